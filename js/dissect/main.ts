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
import { replay } from "./replay.js";
import type { Filler, Replayed } from "./replay.js";
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
  try {
    const { format, recorded, skipped } = read(octets, settings, notes);
    if (recorded.length > settings.sessions)
      notes.push({
        message: `Left out: all sessions after the first ${settings.sessions}; limits.sessions allows more.`,
      });
    const sessions = dissectAll(recorded.slice(0, settings.sessions), settings, tools, notes);
    return { format, sessions, notes, skipped };
  } catch (error) {
    throw error instanceof Unreadable ? tools.fault(error.message) : error;
  }
}

function read(
  octets: Uint8Array,
  { format, sessions: most }: Settings,
  notes: TraceNote[],
): { format: TraceFormat; recorded: Recorded[]; skipped: LineRange[] } {
  if (octets.length === 0) throw new Unreadable("the recording is empty");
  const captured = format ?? captureFormat(octets);
  if (captured === "pcap" || captured === "pcapng") {
    const recorded = sessionsOf(capture(octets, captured, notes), notes);
    if (recorded.length === 0)
      throw new Unreadable(
        `there is no SMTP session in this capture. ${notes.map(({ message }) => message).join(" ")} Capture with a filter such as "tcp port 25", from before the connection is made`,
      );
    return { format: captured, recorded, skipped: [] };
  }
  const text = logText(octets);
  const found = captured ?? logFormat(text);
  const log = new Log(most + 1);
  LOGS[found].read(linesOf(text), log);
  const recorded = log.sessions
    .map((session) => session.recorded)
    .filter(({ happenings }) => happenings.length > 0);
  if (recorded.length === 0)
    throw new Unreadable(
      `no line of this recording is one of a session in the form "${found}": name another format`,
    );
  return { format: found, recorded, skipped: log.skipped };
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

function dissectAll(
  recorded: readonly Recorded[],
  settings: Settings,
  tools: Tools,
  notes: TraceNote[],
): TraceSession[] {
  const sessions: TraceSession[] = [];
  const filler: Filler = { octets: FILLED };
  let left = settings.steps;
  for (const one of recorded) {
    if (left === 0) break;
    const replayed = replay(one, tools.traceReader(), left, filler);
    sessions.push(sessionOf(one, replayed, settings, tools));
    left -= replayed.steps.length;
    if (replayed.over || (left === 0 && sessions.length < recorded.length))
      notes.push({
        message: `Left out: all steps after the first ${settings.steps}; limits.steps allows more.`,
      });
  }
  return sessions;
}

function sessionOf(recorded: Recorded, replayed: Replayed, { slow }: Settings, tools: Tools): TraceSession {
  const began = recorded.happenings.find(({ at }) => at !== undefined)?.at;
  const { steps } = replayed;
  if (began !== undefined)
    steps.forEach((step, index) => {
      if (step.at !== undefined) steps[index] = { ...step, at: round(step.at - began) };
    });
  const spoken = conversation(steps, (line) => addressOf(line, tools));
  const meaningOf = (enhanced: string): string | undefined =>
    tools.describeStatus(enhanced)?.name || undefined;
  const diagnosis = diagnose({ recorded, replayed, conversation: spoken, meaningOf, slow });
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
    notes: replayed.notes,
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
