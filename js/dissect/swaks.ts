/**
 * What swaks prints: ` -> ` and `<-  ` before what is sent and received, with a tilde under TLS and asterisks where it is not
 * what swaks expected; `===` and `***` before its own words.
 */
import { decoded } from "./recording.js";
import type { Side } from "./recording.js";
import type { Line, Log, LogReader } from "./lines.js";

const LINE = /^(?:( [-~]>|\*[*~]>)|<[-~][ *]|<\*\*)(?: ([^]*))?$/;

export const swaks: LogReader = {
  sender(text): Side | undefined {
    const match = LINE.exec(text);
    if (match === null) return undefined;
    return match[1] === undefined ? "server" : "client";
  },

  read(lines, log) {
    for (const line of lines) {
      const match = LINE.exec(line.text);
      if (match === null) aside(line, log);
      else if (match[1] !== undefined) log.session().line("client", match[2] ?? "", line.number);
      else log.sessionOf(match[2] ?? "").line("server", match[2] ?? "", line.number);
    }
  },
};

function aside(line: Line, log: Log): void {
  const { text, number } = line;
  const trying = /^=== Trying (.+):(\d+)\.\.\./.exec(text);
  if (trying !== null) {
    const server = { address: decoded(trying[1]!).replace(/^\[|\]$/g, ""), port: Number(trying[2]) };
    log.begin().recorded.server = server;
  } else if (/^=== TLS started/.test(text)) log.session().secured(number);
  else if (/^=== Connection closed/.test(text)) log.open()?.closed("client", number);
  else if (/^\*\*\* .*(?:Remote host closed|connection lost|connection closed)/i.test(text))
    log.open()?.closed("server", number);
  else if (!/^=== /.test(text)) log.skip(line);
}
