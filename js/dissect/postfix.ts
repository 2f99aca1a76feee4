/**
 * Postfix's mail log where its programs are verbose (`debug_peer_list`, `-v`): `> ` is what the program sent, `< ` what it
 * received. Content is not in it. A program serves one session after the other, so its number and its peer name a session.
 */
import { decoded } from "./recording.js";
import type { Side } from "./recording.js";
import type { Log, LoggedSession, LogReader } from "./lines.js";
import type { TraceEndpoint } from "./trace.js";

const LINE =
  /^(?:([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d)|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)) \S+ \S*\/(smtpd|smtp|lmtp)\[(\d+)\]: (.*)$/;
const SAID = /^([<>]) ([^ []+\[[^\]]*\](?::[^ :]+)?): ?(.*)$/;
/** What a program says of a connection, which is its present one. */
const ASIDE: readonly [RegExp, (session: LoggedSession, place: number, at: number) => void][] = [
  [/TLS connection established/, (session, place, at) => session.secured(place, at)],
  [
    /^(?:timeout after|lost connection (?:after|with))|^conversation with .* timed out/,
    (session, place, at) => session.closed("link", place, at),
  ],
  [/^disconnect from/, (session, place, at) => session.closed("client", place, at)],
];

export const postfix: LogReader = {
  sender(text): Side | undefined {
    const match = LINE.exec(text);
    const said = match === null ? null : SAID.exec(match[7]!);
    return said === null ? undefined : senderOf(match![5]!, said[1]!);
  },

  read(lines, log) {
    for (const line of lines) {
      const match = LINE.exec(line.text);
      if (match === null) {
        log.skip(line);
        continue;
      }
      const [, month, day, time, full, program = "", pid = "", text = ""] = match;
      const at = full === undefined ? inYear(month!, day!, time!) : Date.parse(full);
      const said = SAID.exec(text);
      if (said === null) {
        aside(log, `${program} ${pid}`, text, line.number, at);
        if (!/^(?:dis)?connect from/.test(text)) log.skip(line);
        continue;
      }
      const name = `${program} ${pid}`;
      const [, arrow, peer, words = ""] = said;
      const from = senderOf(program, arrow!);
      const session = from === "server" ? log.sessionOf(words, name) : log.session(name);
      const { recorded } = session;
      recorded[program === "smtpd" ? "client" : "server"] ??= endpoint(peer!);
      if (full !== undefined) recorded.dated = true;
      recorded.resolution ??= full?.includes(".") === true ? 0.001 : 1000;
      // Of content, only its end is logged.
      if (from === "client" && words === "." && session.inContent) session.content({}, line.number, at);
      else session.line(from, words, line.number, at);
    }
  },
};

function senderOf(program: string, arrow: string): Side {
  return (program === "smtpd") === (arrow === ">") ? "server" : "client";
}

function aside(log: Log, name: string, text: string, place: number, at: number): void {
  if (/^connect from/.test(text)) log.end(name);
  const session = log.open(name);
  if (session === undefined) return;
  for (const [words, happened] of ASIDE) if (words.test(text)) happened(session, place, at);
  if (/^disconnect from/.test(text)) log.end(name);
}

/** `host[address]:port`; a client's port is seldom told. */
function endpoint(peer: string): TraceEndpoint {
  const [, host = "", address = "", port] = /^(.*)\[([^\]]*)\](?::(\d+))?/.exec(peer) ?? [];
  return {
    address: address === "" ? decoded(host) : address,
    ...(port !== undefined && { port: Number(port) }),
  };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Milliseconds in some leap year: the log does not say which one it is. */
function inYear(month: string, day: string, time: string): number {
  const [hours, minutes, seconds] = time.split(":").map(Number);
  return Date.UTC(2000, Math.max(0, MONTHS.indexOf(month)), Number(day), hours, minutes, seconds);
}
