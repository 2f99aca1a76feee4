/**
 * What Python's smtplib prints with `set_debuglevel`: `send: ` and `reply: ` before Python literals of what went over the wire,
 * octet by octet; with level 2 the time of the day before that.
 */
import { textOf } from "./recording.js";
import type { Side } from "./recording.js";
import type { LogReader } from "./lines.js";

const LINE = /^(?:(\d\d:\d\d:\d\d(?:\.\d{1,6})?) )?(send|reply|connect|data): (.*)$/;
const LITERAL = /^(b?)(['"])(.*)\2$/;

export const smtplib: LogReader = {
  sender(text): Side | undefined {
    const [, , what, rest = ""] = LINE.exec(text) ?? [];
    if (!LITERAL.test(rest)) return undefined;
    return what === "send" ? "client" : what === "reply" ? "server" : undefined;
  },

  read(lines, log) {
    for (const line of lines) {
      const [, time, what, rest = ""] = LINE.exec(line.text) ?? [];
      if (what === undefined) {
        const gone = /^smtplib\.SMTPServerDisconnected\b/.test(line.text);
        if (gone) log.open()?.closed("server", line.number);
        else log.skip(line);
        continue;
      }
      const to = what === "connect" ? /^to \('(.*)', (\d+)\)/.exec(rest) : null;
      if (to !== null) log.begin().recorded.server = { address: to[1]!, port: Number(to[2]) };
      const [, bytes, , literal] = LITERAL.exec(rest) ?? [];
      if (literal === undefined || what === "connect" || what === "data") continue; // said before, or by no side
      const sent = unescaped(literal, bytes === "b");
      const session = what === "reply" ? log.sessionOf(sent) : log.session();
      const at = time === undefined ? undefined : session.timeOfDay(time);
      if (at !== undefined) session.recorded.resolution ??= time!.includes(".") ? 0.001 : 1000;
      if (what === "send") session.octets(sent, line.number, at);
      else
        for (const reply of sent.split(/\r\n|\r|\n/))
          if (reply !== "") session.line("server", reply, line.number, at);
    }
  },
};

const ESCAPE = /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([^]))/g;
const SHORT: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t" };

/** What a literal stands for, in octets; what of a `str` is beyond ASCII goes out as UTF-8. */
function unescaped(literal: string, bytes: boolean): string {
  return literal.replace(ESCAPE, (_, octet?: string, short?: string, long?: string, letter = "") => {
    const number = octet ?? short ?? long;
    if (number === undefined) return SHORT[letter as string] ?? (letter as string);
    const code = parseInt(number, 16);
    if (bytes || code < 0x80) return String.fromCharCode(code);
    return textOf(new TextEncoder().encode(code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code)));
  });
}
