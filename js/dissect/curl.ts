/**
 * What `curl --verbose` prints: `> ` and `< ` before what is sent and received, `* ` before its own words, the size of content in
 * brackets; and what `--trace-ascii` prints, octets and all. With `--trace-time`, the time of the day is before that.
 */
import { decoded } from "./recording.js";
import type { Side } from "./recording.js";
import type { Line, Log, LoggedSession, LogReader } from "./lines.js";

const TIME = /^(\d\d:\d\d:\d\d\.\d{6}) (.*)$/;
const LINE = /^([<>]) (.*)$/;
const SIZE = /^} \[(\d{1,15}) bytes data\]$/;
const HEAD = /^(<=|=>) (?:Recv|Send) (header|data), (\d{1,15}) bytes/;
const DUMPED = /^([\da-f]{4,8}): (.*)$/;
const WORDS = /^(?:\*|== Info:) +(.*)$/;

export const curl: LogReader = {
  sender(text): Side | undefined {
    const rest = TIME.exec(text)?.[2] ?? text;
    const arrow = LINE.exec(rest)?.[1] ?? HEAD.exec(rest)?.[1];
    return arrow === undefined ? undefined : /^(?:>|=>)$/.test(arrow) ? "client" : "server";
  },

  read(lines, log) {
    let dump: Dump | undefined;
    for (const line of lines) {
      const [, time, rest = line.text] = TIME.exec(line.text) ?? [];
      const dumped = dump === undefined ? null : DUMPED.exec(line.text);
      if (dumped !== null) {
        dump!.add(parseInt(dumped[1]!, 16), dumped[2]!);
        continue;
      }
      dump?.end();
      const head = HEAD.exec(rest);
      dump = head === null ? undefined : new Dump(head, time, line, log);
      if (dump === undefined) said(rest, time, line, log);
    }
    dump?.end();
  },
};

function said(text: string, time: string | undefined, line: Line, log: Log): void {
  const [, arrow, words = ""] = LINE.exec(text) ?? [];
  const size = SIZE.exec(text)?.[1];
  if (arrow === "<") {
    const session = log.sessionOf(words);
    session.line("server", words, line.number, timed(session, time));
  } else if (arrow !== undefined) {
    const session = log.session();
    session.line("client", words, line.number, timed(session, time));
  } else if (size !== undefined) {
    // Under TLS these are the sizes of records.
    if (log.open()?.secure === false && log.session().inContent) log.session().partOfContent(Number(size));
  } else if (!aside(WORDS.exec(text)?.[1] ?? "", time, line, log)) log.skip(line);
}

/** What curl says of a connection; false when it is nothing about one. */
function aside(words: string, time: string | undefined, { number }: Line, log: Log): boolean {
  const to = /^Connected to ([^()]+) \(([^()]+)\) port (\d+)/.exec(words);
  if (to !== null) {
    const { recorded } = log.begin();
    recorded.server = { address: decoded(to[2]!), port: Number(to[3]) };
    return true;
  }
  const session = log.open();
  if (session === undefined) return false;
  const at = timed(session, time);
  if (/^SSL connection using/.test(words)) session.secured(number, at);
  else if (/^Connection #\d+ to host .* left intact|^Closing connection/.test(words))
    session.closed("client", number, at);
  else if (
    /^Recv failure|^Send failure|^Connection died|^Operation timed out|^response reading failed/.test(words)
  )
    session.closed("link", number, at);
  else return false;
  return true;
}

function timed(session: LoggedSession, time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  session.recorded.resolution ??= 0.001;
  return session.timeOfDay(time);
}

/** Octets of a dump, in which a line ends where CRLF was, or after so many octets as there is room for. */
class Dump {
  readonly #side: Side;
  readonly #content: boolean;
  readonly #octets: number;
  readonly #time: string | undefined;
  readonly #line: Line;
  readonly #log: Log;
  #text = "";

  constructor([, arrow, what, octets]: RegExpExecArray, time: string | undefined, line: Line, log: Log) {
    this.#side = arrow === "=>" ? "client" : "server";
    this.#content = what === "data";
    this.#octets = Number(octets);
    this.#time = time;
    this.#line = line;
    this.#log = log;
  }

  /** A line, and the number of octets before it. */
  add(offset: number, text: string): void {
    this.#text += `${offset === this.#text.length + 2 ? "\r\n" : ""}${text}`;
  }

  end(): void {
    const log = this.#log;
    const lines = this.#text.split("\r\n");
    const session = this.#side === "server" ? log.sessionOf(lines[0]!) : log.session();
    const at = timed(session, this.#time);
    const { number } = this.#line;
    if (this.#side === "server") for (const line of lines) session.line("server", line, number, at);
    else if (this.#content && session.inContent) session.partOfContent(this.#octets);
    else for (const line of lines) session.line("client", line, number, at);
  }
}
