/** What the readers of all formats make of a recording: who sent which octets in which order. */
import type { Step } from "../engine.js";
import type { TraceEndpoint, TraceNote } from "./trace.js";

export type Side = "client" | "server";

/** Something that a recording shows. */
export interface Happening {
  /** The line of the log, or the number of the packet. */
  readonly place: number;
  /** Milliseconds; of what origin is the recording's own matter, but the same in all of a session. */
  readonly at?: number;
  readonly what:
    | { readonly type: "octets"; readonly from: Side; readonly octets: Uint8Array }
    /** A BDAT command whose chunk, if there is one, comes as `content`. */
    | { readonly type: "chunk"; readonly command: string }
    /** Content of which only the size is told, or not even that; to its end, unless it was cut off. */
    | { readonly type: "content"; readonly dotted: boolean; readonly octets?: number; readonly cut: boolean }
    /** What was read when it was recorded. */
    | { readonly type: "step"; readonly step: Step }
    | { readonly type: "gap"; readonly from: Side; readonly octets: number }
    | { readonly type: "secured" }
    | { readonly type: "closed"; readonly side: Side | "link" };
}

/** One connection, as it was recorded. */
export interface Recorded {
  client?: TraceEndpoint;
  server?: TraceEndpoint;
  /** Whether the recording's times are milliseconds since 1970. */
  dated?: boolean;
  resolution?: number;
  /** Whether octets are as they were on the wire, so that an encrypted session cannot be read. */
  readonly wire: boolean;
  /** Whether the server answered at all; absent where only what was said is recorded. */
  readonly connected?: boolean;
  readonly notes: TraceNote[];
}

/** Gets what a recording shows of a session, in its order. */
export type Follow = (happening: Happening) => void;

/** What is found wrong with a recording; main.ts makes an error of it. */
export class Unreadable extends Error {}

/** The octets of a text whose characters are octets. */
export function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}

/** A text whose characters are these octets: nothing is lost, whatever the charset. */
export function textOf(octets: Uint8Array): string {
  let text = "";
  for (let i = 0; i < octets.length; i += 8192) text += String.fromCharCode(...octets.subarray(i, i + 8192));
  return text;
}

/** The text that these characters, which are octets, are in UTF-8. */
export function decoded(text: string): string {
  return new TextDecoder().decode(octetsOf(text));
}

/** `1 octet`, `1,234 octets` */
export function counted(octets: number): string {
  return `${octets.toLocaleString("en-US")} ${octets === 1 ? "octet" : "octets"}`;
}
