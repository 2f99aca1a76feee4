/** What happened in a course of sessions, whole: each octet, when it went and when it came, and what it was. No DOM. */
import type { Reply, Step } from "edgepost";
import type { Piece, Side } from "./link.js";
import type { SessionPlan } from "./plan.js";

/** What happened in all of them, in order. */
export interface Recording {
  readonly sessions: readonly SessionRecord[];
}

/** What happened in one session. All times are milliseconds since its beginning. */
export interface SessionRecord {
  readonly plan: SessionPlan;
  /** When it began, behind the beginning of the course. */
  readonly began: number;
  readonly lines: readonly Line[];
  /** All that a side has sent. */
  readonly octets: Readonly<Record<Side, Uint8Array>>;
  readonly pieces: readonly Piece[];
  /** When its last octet arrived, or the connection ended. */
  readonly ended: number;
  /** How often the client had nothing to do but wait for the server. */
  readonly roundTrips: number;
  readonly outcome: Outcome;
  readonly received: readonly Received[];
  /** The message as it goes on from here: the last that was taken, in this session or before it. */
  readonly carried?: Received;
  /** What could not be brought to whom. */
  readonly undelivered?: Undelivered;
}

/** A message that was refused for somebody. */
export interface Undelivered {
  readonly from: string;
  readonly content: Uint8Array;
  readonly recipients: readonly { readonly recipient: string; readonly reply: Reply }[];
}

/** A step of the session: a command, a reply, content, or what happened to the link. */
export interface Line extends Omit<Step, "at"> {
  /** Where its octets are among those of its side. */
  readonly start: number;
  readonly end: number;
  /** When its last octet went. */
  readonly sent: number;
  /** When its last octet came; absent: it never did. */
  readonly arrived?: number;
  /** Whether it went under TLS. */
  readonly secure: boolean;
}

/** A message as the server has it. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: Uint8Array;
  readonly at: number;
}

export type OutcomeKind = "accepted" | "partly" | "refused" | "uncertain" | "failed" | "waits" | "over";

/** How it ended, for who wanted it. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** Sentences. */
  readonly words: readonly string[];
  /** Who has to say something for it to go on: a person. */
  readonly turn?: Side;
}
