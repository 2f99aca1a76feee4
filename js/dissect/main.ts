/**
 * Recorded sessions, dissected: what form a recording has, its sessions, and what there is to say of each. Nothing here is
 * imported by what sends: what it needs of the library is handed in, so that bundlers keep it apart.
 */
import type { Command, Status } from "../serving.js";
import type { TraceReader } from "../engine.js";
import { sessionsOf } from "./connections.js";
import { conversation, outcomes } from "./conversation.js";
import { curl } from "./curl.js";
import { diagnose } from "./diagnosis.js";
import { edgepost } from "./edgepost.js";
import { linesOf, Log, logText } from "./lines.js";
import type { LogReader } from "./lines.js";
import { msmtp } from "./msmtp.js";
import { nodemailer } from "./nodemailer.js";
import { capture, captureFormat } from "./pcap.js";
import { postfix } from "./postfix.js";
import { Unreadable } from "./recording.js";
import type { Recorded } from "./recording.js";
import { Replay } from "./replay.js";
import type { Budget } from "./replay.js";
import { smtplib } from "./smtplib.js";
import { swaks } from "./swaks.js";
import { terminal } from "./terminal.js";
import { transcript } from "./transcript.js";
import type { LineRange, Trace, TraceFormat, TraceNote, TraceSession } from "./trace.js";

/** What the library gives. */
export interface Tools {
  traceReader(): TraceReader;
  describeStatus(code: string): Status | undefined;
  parseCommand(line: string): Command;
  /** An error for the caller's input. */
  fault(message: string): Error;
}

export interface Settings {
  readonly format?: TraceFormat;
  readonly slow: number;
  readonly sessions: number;
  readonly steps: number;
}

/** The readers of logs; where lines fit several of them as well, the first. */
const LOGS: Readonly<Record<Exclude<TraceFormat, "pcap" | "pcapng">, LogReader>> = {
  edgepost,
  swaks,
  msmtp,
  nodemailer,
  smtplib,
  postfix,
  curl,
  transcript,
  terminal,
};
/** So many lines tell what a log is. */
const TELLING = 5000;
/** What may be made up in place of what is missing, in octets. */
const FILLED = 1 << 26;

/** Dissects a recording. Throws what `fault` makes. */
export function dissected(octets: Uint8Array, settings: Settings, tools: Tools): Trace {
  const notes: TraceNote[] = [];
  const budget: Budget = { steps: settings.steps, over: false, filler: FILLED };
  const begin = (recorded: Recorded): Read => ({
    recorded,
    replay: new Replay(recorded, tools.traceReader(), budget),
  });
  try {
    const { format, read, skipped } = readAll(octets, settings, begin, notes);
    if (budget.over)
      notes.push({
        message: `Left out: all steps after the first ${settings.steps}; limits.steps allows more.`,
      });
    return { format, sessions: read.map((one) => sessionOf(one, settings, tools)), notes, skipped };
  } catch (error) {
    throw error instanceof Unreadable ? tools.fault(error.message) : error;
  }
}

/** A session, and what was read of it. */
interface Read {
  readonly recorded: Recorded;
  readonly replay: Replay;
}

interface ReadAll {
  readonly format: TraceFormat;
  readonly read: readonly Read[];
  readonly skipped: readonly LineRange[];
}

type Begin = (recorded: Recorded) => Read;

function readAll(octets: Uint8Array, settings: Settings, begin: Begin, notes: TraceNote[]): ReadAll {
  if (octets.length === 0) throw new Unreadable("the recording is empty");
  const format = settings.format ?? captureFormat(octets);
  if (format === "pcap" || format === "pcapng") return readCapture(octets, format, settings, begin, notes);
  return readLog(octets, format, settings, begin, notes);
}

function readCapture(
  octets: Uint8Array,
  format: "pcap" | "pcapng",
  { sessions: most }: Settings,
  begin: Begin,
  notes: TraceNote[],
): ReadAll {
  const captured = sessionsOf(capture(octets, format, notes), notes);
  if (captured.length === 0)
    throw new Unreadable(
      `there is no SMTP session in this capture. ${notes.map(({ message }) => message).join(" ")} Capture with a filter such as "tcp port 25", from before the connection is made`,
    );
  if (captured.length > most) notes.push(tooMany(most));
  const all = captured.slice(0, most).map(({ recorded, happenings }) => {
    const one = begin(recorded);
    for (const happening of happenings) one.replay.happened(happening);
    one.replay.end();
    return one;
  });
  const read = all.filter(({ replay }) => replay.steps.length > 0 || !replay.over);
  return { format, read, skipped: [] };
}

function readLog(
  octets: Uint8Array,
  format: keyof typeof LOGS | undefined,
  { sessions: most }: Settings,
  begin: Begin,
  notes: TraceNote[],
): ReadAll {
  const text = logText(octets);
  const found = format ?? logFormat(text);
  const all: Read[] = [];
  const log = new Log(most, (recorded) => {
    const one = begin(recorded);
    all.push(one);
    return (happening) => one.replay.happened(happening);
  });
  LOGS[found].read(linesOf(text), log);
  for (const { replay } of all) replay.end();
  const read = all.filter(({ replay }) => replay.steps.length > 0);
  if (read.length === 0)
    throw new Unreadable(
      `no line of this recording is one of a session in the form "${found}": name another format`,
    );
  if (log.over) notes.push(tooMany(most));
  return { format: found, read, skipped: log.skipped };
}

function tooMany(most: number): TraceNote {
  return { message: `Left out: all sessions after the first ${most}; limits.sessions allows more.` };
}

/** What form a log has: that of which most lines are, of both sides. */
function logFormat(text: string): Exclude<TraceFormat, "pcap" | "pcapng"> {
  const names = Object.keys(LOGS) as (keyof typeof LOGS)[];
  const lines = new Map(names.map((name) => [name, { client: 0, server: 0 }]));
  for (const line of linesOf(text)) {
    if (line.number > TELLING) break;
    for (const name of names) {
      const side = LOGS[name].sender(line.text);
      if (side !== undefined) lines.get(name)![side]++;
    }
  }
  const count = (name: keyof typeof LOGS): number => {
    const { client, server } = lines.get(name)!;
    // Lines with nothing before them are taken for a session's only where both sides are seen.
    if (server === 0 || (name === "terminal" && (client === 0 || server === 1))) return 0;
    return client + server;
  };
  const best = names.reduce((one, other) => (count(other) > count(one) ? other : one));
  if (count(best) > 0) return best;
  throw new Unreadable(
    `nothing in the first ${TELLING} lines looks like a session. What can be read: ${[...names, "pcap", "pcapng"].join(", ")}; name the format if it is one of them`,
  );
}

function sessionOf({ recorded, replay }: Read, { slow }: Settings, tools: Tools): TraceSession {
  const { steps, began } = replay;
  if (began !== undefined)
    steps.forEach((step, index) => {
      if (step.at !== undefined) steps[index] = { ...step, at: round(step.at - began) };
    });
  const spoken = conversation(steps, (line) => addressOf(line, tools));
  const meaningOf = (enhanced: string): string | undefined =>
    tools.describeStatus(enhanced)?.name || undefined;
  const diagnosis = diagnose({ recorded, replayed: replay, conversation: spoken, meaningOf, slow });
  const { client, server, resolution } = recorded;
  const tls = tlsOf(steps);
  return {
    ...(client !== undefined && { client }),
    ...(server !== undefined && { server }),
    ...(recorded.dated === true && began !== undefined && { began: new Date(began) }),
    ...(resolution !== undefined && began !== undefined && { resolution }),
    ...(spoken.name !== undefined && { name: spoken.name }),
    capabilities: [...spoken.offers.values()].at(-1) ?? [],
    ...(tls !== undefined && { tls }),
    steps: spoken.steps.map((step) =>
      step.waited === undefined ? step : { ...step, waited: round(step.waited) },
    ),
    messages: outcomes(spoken),
    diagnosis,
    notes: replay.notes,
  };
}

function tlsOf(
  steps: readonly { readonly kind: string; readonly verb?: string; readonly code?: number }[],
): "implicit" | "starttls" | undefined {
  const first = steps.findIndex(({ kind }) => kind === "tls");
  if (first < 0) return undefined;
  const granted = steps.slice(0, first).some(({ verb, code }) => verb === "STARTTLS" && code === 220);
  return granted ? "starttls" : "implicit";
}

/** The address in MAIL or RCPT, also where its grammar is not kept. */
function addressOf(line: string, { parseCommand }: Tools): string {
  try {
    const { from, to } = parseCommand(line);
    return from ?? to ?? "";
  } catch {
    return /:\s*<?([^<>\s]*)/.exec(line)?.[1] ?? "";
  }
}

/** To microseconds: what is finer is the noise of fractions. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
