/** Sessions as documents show them: `C: ` and `S: ` before what each side sends. */
import type { Side } from "./recording.js";
import type { LogReader } from "./lines.js";

const LINE = /^\s*(C|S|Client|Server): ?([^]*)$/i;
const REPLY = /^[2-5]\d\d(?:[ -]|$)/;

export const transcript: LogReader = {
  sender(text): Side | undefined {
    const [, who, said = ""] = LINE.exec(text) ?? [];
    if (who === undefined) return undefined;
    const side = sideOf(who);
    return side === "client" || REPLY.test(said) ? side : undefined;
  },

  read(lines, log) {
    for (const line of lines) {
      const [, who, text = ""] = LINE.exec(line.text) ?? [];
      if (who === undefined) log.skip(line);
      else if (sideOf(who) === "client") log.session().line("client", text, line.number);
      else log.sessionOf(text).line("server", text, line.number);
    }
  },
};

function sideOf(who: string): Side {
  return /^c/i.test(who) ? "client" : "server";
}
