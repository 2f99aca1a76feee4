/** Recorded sessions: a trace, a log of some program or a capture of packets becomes steps, and what there is to say of them. */
import type { ContentSource } from "./content.js";
import type { DissectOptions, Trace } from "./dissect/trace.js";
import type { Step } from "./engine.js";
import { InputError } from "./errors.js";
import { count, milliseconds, oneOf, validate } from "./options.js";
import type { Shape } from "./options.js";
import { describeStatus, parseCommand, readyToServe, traceReader } from "./serving.js";
import { chunksOf, joined } from "./source.js";

export type {
  DissectOptions,
  Finding,
  LineRange,
  Trace,
  TraceEndpoint,
  TraceFormat,
  TraceMessage,
  TraceNote,
  TraceRecipient,
  TraceSession,
  TraceStep,
} from "./dissect/trace.js";

const FORMATS = "edgepost swaks msmtp nodemailer smtplib postfix curl transcript terminal pcap pcapng";
const LARGEST = 1 << 27;

/**
 * Reads a recorded session, or many; or the steps that `trace` has told. A recording's form is recognised by its content, unless
 * `format` says it. Secrets are cut out, also where a log has them in clear. Times and sizes that a recording has not are left
 * out; what of it was cut off, or is over a limit, is in the notes. All of it is held in memory. Rejects with an `InputError` when
 * there is no session in it, when its source fails, or when it is larger than `limits.octets`.
 */
export async function dissect(
  input: ContentSource | readonly Step[],
  options: DissectOptions = {},
): Promise<Trace> {
  validate(options, shape());
  const { octets = LARGEST, sessions = 1000, steps = 200_000 } = options.limits ?? {};
  const recording = await whole(input, octets);
  const [{ dissected }] = await Promise.all([import("./dissect/main.js"), readyToServe()]);
  const { format, slow = 3000 } = options;
  const fault = (message: string): Error => new InputError(message, { field: "input" });
  const tools = { traceReader, describeStatus, parseCommand, fault };
  return dissected(recording, { ...(format && { format }), slow, sessions, steps }, tools);
}

function shape(): Shape {
  const format = oneOf(...FORMATS.split(" "));
  return { format, slow: milliseconds, limits: { octets: count, sessions: count, steps: count } };
}

/** `Array.isArray` knows no lists that are read only. */
function isList(input: unknown): input is readonly Step[] {
  return Array.isArray(input);
}

/** All of a recording, in memory. */
async function whole(input: ContentSource | readonly Step[], most: number): Promise<Uint8Array> {
  const fits = (octets: number): void => {
    if (octets > most)
      throw new InputError(
        `the recording has more than ${most} octets, which is the limit (limits.octets): give a part of it, or raise the limit`,
        { field: "input" },
      );
  };
  if (input instanceof Uint8Array || input instanceof ArrayBuffer) {
    fits(input.byteLength);
    return input instanceof Uint8Array ? input : new Uint8Array(input);
  }
  if (typeof input === "string" || isList(input)) {
    const text = isList(input) ? JSON.stringify(input) : input;
    fits(text.length);
    const octets = new TextEncoder().encode(text);
    fits(octets.length);
    return octets;
  }
  const source = chunksOf(input instanceof Blob ? input.stream() : input, "input");
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
    octets += chunk.length;
    try {
      fits(octets);
    } catch (error) {
      source.drop(error);
      throw error;
    }
    chunks.push(chunk);
  }
  return joined(chunks);
}
