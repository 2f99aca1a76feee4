/** A recorded session, made into what the studio's diagram and inspector draw. No DOM. */
import type { TraceSession, TraceStep } from "edgepost";
import { SESSION } from "./plan.js";
import type { Line, SessionRecord } from "./recording.js";
import { roundTripsOf } from "./round-trips.js";

/** Milliseconds from a step to the next where the recording has no times, so that they stand below each other. */
const NO_TIME = 1;
const encoder = new TextEncoder();

export interface Drawn {
  readonly record: SessionRecord;
  /** Whether the recording has times. */
  readonly timed: boolean;
}

export function drawn({ steps, client, server, name }: TraceSession): Drawn {
  const timed = steps.some(({ at }) => at !== undefined);
  const pieces: Record<"client" | "server", Uint8Array[]> = { client: [], server: [] };
  const counts = { client: 0, server: 0 };
  let time = 0;
  const lines = steps.map((step): Line => {
    time = timed ? Math.max(time, step.at ?? time) : time + NO_TIME;
    const { from } = step;
    const octets = from === "link" ? new Uint8Array() : octetsOf(step);
    const start = from === "link" ? 0 : counts[from];
    if (from !== "link") {
      pieces[from].push(octets);
      counts[from] += octets.length;
    }
    const { place: _, answers: __, waited: ___, at: ____, kind, octets: wire = 0, ...rest } = step;
    return {
      ...rest,
      octets: wire,
      kind: kind === "gap" ? "garbage" : kind,
      start,
      end: start + octets.length,
      sent: time,
      arrived: time,
      secure: false,
    };
  });
  const secured = lines.findIndex(({ kind }) => kind === "tls");
  const whole = lines.map((line, index) => ({ ...line, secure: secured >= 0 && index >= secured }));
  return {
    timed,
    record: {
      plan: {
        ...SESSION,
        client: { ...SESSION.client, name: client?.address ?? name ?? "" },
        server: { ...SESSION.server, name: server?.address ?? "" },
      },
      began: 0,
      lines: whole,
      pieces: [],
      octets: { client: joined(pieces.client), server: joined(pieces.server) },
      ended: timed ? time : 0,
      roundTrips: roundTripsOf(whole),
      outcome: { kind: "over", words: [] },
      received: [],
    },
  };
}

/** As the line was: the recording has its text, and its lines ended with CRLF. What was cut out stays out. */
function octetsOf({ kind, text }: TraceStep): Uint8Array {
  if (kind === "content" || kind === "gap" || kind === "closed" || kind === "tls") return new Uint8Array();
  return encoder.encode(`${text.replaceAll("\n", "\r\n")}\r\n`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
