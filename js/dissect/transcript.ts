/** Sessions as documents show them: `C: ` and `S: ` before what each side sends. */
import type { Side } from "./recording.js";
import type { LogReader } from "./lines.js";

const LINE = /^\s*(C|S|Client|Server): ?([^]*)$/i;

export const transcript: LogReader = {
  sender(text): Side | undefined {
    const who = LINE.exec(text)?.[1];
    return who === undefined ? undefined : sideOf(who);
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
