/**
 * nodemailer's log with `debug: true`: its own logger prints a time, a level, the connection's name and `C: ` or `S: ` before
 * what is sent and received, and content with nothing before it; other loggers print objects, one a line as JSON.
 */
import { decoded, textOf } from "./recording.js";
import type { Side } from "./recording.js";
import type { Line, Log, LoggedSession, LogReader } from "./lines.js";

const LINE = /^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] ([A-Z]+) +(?:\[([\w#/+-]+)\] )?(.*)$/;
const SAID = /^([CS]): ?(.*)$/;

export const nodemailer: LogReader = {
  sender(text): Side | undefined {
    const who = SAID.exec(LINE.exec(text)?.[4] ?? "")?.[1];
    if (who !== undefined) return who === "C" ? "client" : "server";
    const tnx = entryOf(text)?.tnx;
    return tnx === "client" || tnx === "server" ? tnx : undefined;
  },

  read(lines, log) {
    for (const line of lines) {
      const match = LINE.exec(line.text);
      const entry = match === null ? entryOf(line.text) : undefined;
      if (match !== null) printed(match, line, log);
      else if (entry !== undefined) logged(entry, line, log);
      else log.skip(line);
    }
  },
};

function printed([, date, level, name = "", text = ""]: RegExpExecArray, line: Line, log: Log): void {
  const at = Date.parse(`${date!.replace(" ", "T")}Z`);
  const [, who, said = ""] = SAID.exec(text) ?? [];
  const session = log.open(name);
  // Content is printed at once when all of it has gone out, and looks like anything.
  const refused = session?.contentBegun === false && who === "S" && /^\d{3}[ -]/.test(said);
  if (session?.inContent === true && level === "DEBUG" && !refused)
    return session.line("client", text, line.number, at);
  if (who === undefined) return aside(text, name, line, log, at, 1000);
  const one = who === "S" ? log.sessionOf(said, name) : log.session(name);
  timed(one, at, 1000);
  one.line(who === "S" ? "server" : "client", said, line.number, at);
}

/** What a logger is given, as far as it says anything of a session. */
interface Entry {
  readonly tnx: string;
  readonly name: string;
  readonly text: string;
  readonly at?: number;
}

function entryOf(text: string): Entry | undefined {
  if (!text.startsWith("{") || !text.includes('"tnx"')) return undefined;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(decoded(text)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { tnx, sid, msg, message, time, timestamp } = value;
  const said = msg ?? message;
  if (typeof tnx !== "string" || typeof said !== "string") return undefined;
  const when = time ?? timestamp;
  const at = typeof when === "number" ? when : typeof when === "string" ? Date.parse(when) : NaN;
  const name = typeof sid === "string" ? sid : "";
  return { tnx, name, text: textOf(new TextEncoder().encode(said)), ...(Number.isFinite(at) && { at }) };
}

function logged({ tnx, name, text, at }: Entry, line: Line, log: Log): void {
  if (tnx !== "client" && tnx !== "server" && !(tnx === "message" && log.open(name)?.inContent === true))
    return aside(text, name, line, log, at, 1);
  for (const said of text.split(/\r?\n/)) {
    const session = tnx === "server" ? log.sessionOf(said, name) : log.session(name);
    timed(session, at, 1);
    session.line(tnx === "server" ? "server" : "client", said, line.number, at);
  }
}

function aside(
  text: string,
  name: string,
  line: Line,
  log: Log,
  at: number | undefined,
  resolution: number,
): void {
  const made = /^(Secure c|C)onnection established to (.+):(\d+)$/.exec(text);
  if (made !== null) {
    const session = log.begin(name);
    timed(session, at, resolution);
    session.recorded.server = { address: made[2]!.replace(/^\[|\]$/g, ""), port: Number(made[3]) };
    if (made[1] !== "C") session.secured(line.number, at);
  } else if (/^Connection upgraded/.test(text)) log.open(name)?.secured(line.number, at);
  else if (/^Closing connection to the server/.test(text)) log.open(name)?.closed("client", line.number, at);
  else if (/^(?:Socket|Connection) closed|Connection closed unexpectedly/.test(text))
    log.open(name)?.closed("link", line.number, at);
  else log.skip(line);
}

function timed({ recorded }: LoggedSession, at: number | undefined, resolution: number): void {
  if (at === undefined) return;
  recorded.dated = true;
  recorded.resolution ??= resolution;
}
