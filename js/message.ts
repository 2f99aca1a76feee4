/**
 * From what an application calls a message to an envelope and a source of content (RFC 5321 section 2.3.1). Drafts are
 * composed elsewhere; raw content is taken as it is, from memory or from a stream, in constant memory.
 */
import { bad } from "./address.js";
import type * as Compose from "./compose.js";
import type { Chunks, Content, ContentPiece } from "./content.js";
import type { Draft } from "./draft.js";
import { TimeoutError } from "./errors.js";
import type { Envelope, Parameters, SendEnvelope } from "./parameters.js";
import { chunksOf, joined, octetsOf } from "./source.js";
import { PIECE_OCTETS, WRITE_OCTETS } from "./transport.js";

/** Where raw content comes from. Strings are sent as UTF-8. */
export type RawSource =
  string | Uint8Array | ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** Content that is a message already (RFC 5322); only bare CR and bare LF in it become CRLF. */
export interface RawMessage {
  readonly envelope: SendEnvelope;
  /** Must not change until the message is settled. */
  readonly raw: RawSource;
}

export interface Prepared {
  envelope: Envelope;
  content: Content;
  asked?: Parameters;
}

/** A message whose content is only now being read. */
export interface Preparing {
  /** Rejects with an `InputError` or a `TimeoutError` of the source's, or with the reason of `drop`. */
  readonly prepared: Promise<Prepared>;
  /** It is not wanted any more: lets the source go, and settles `prepared`, whatever the source does. */
  drop(reason: unknown): void;
}

/** Whether the server offers an extension. */
export type Offers = (keyword: string) => boolean;

/** How much of a stream is read before its envelope goes out, and how long each piece of it may take: milliseconds. */
export interface Patience {
  readonly eager: number;
  readonly timeout: number;
}

/** What a timer can hold at most: milliseconds. */
const LONGEST = 2 ** 31 - 1;
const SCAN_OCTETS = 1024 * 1024;
const HEADER_OCTETS = 64 * 1024;
const encoder: TextEncoder = new TextEncoder();
const decoder: TextDecoder = new TextDecoder("latin1");

/**
 * Makes a message ready to go; what is composed is as the server's offers allow. Content from a stream is read up to `eager` octets, so that what is small goes with its
 * envelope. Throws an `InputError`.
 */
export function prepare(
  message: Draft | RawMessage,
  patience: Patience,
  offers: Offers,
): Prepared | Preparing {
  if (typeof message !== "object" || message === null) throw bad("a message must be an object", "message");
  if (isAsking(message.envelope)) return asking(message, patience, offers);
  if (!("raw" in message)) return composing(message as Draft, offers);
  const envelope = envelopeOf(message.envelope);
  const { raw } = message;
  if (typeof raw === "string") return { envelope, content: ofText(raw) };
  if (raw instanceof Uint8Array) return { envelope, content: ofBytes(raw) };
  return preparing(envelope, chunksOf(raw, "raw"), patience);
}

/** Whether there is more than who sends to whom. */
function isAsking(envelope: Partial<SendEnvelope> | null | undefined): boolean {
  if (typeof envelope !== "object" || envelope === null) return false;
  const { to } = envelope;
  const more = Object.keys(envelope).some((field) => field !== "from" && field !== "to");
  return more || (Array.isArray(to) && to.some((to) => typeof to === "object" && to !== null));
}

function asking(message: Draft | RawMessage, patience: Patience, offers: Offers): Preparing {
  return later(async () => {
    const { parametersOf } = await import("./parameters.js");
    if (!("raw" in message)) return (await composer(), composed(message, offers, parametersOf));
    const asked = parametersOf(message.envelope);
    const next = prepare({ ...message, envelope: asked.envelope }, patience, offers);
    if (!("prepared" in next)) return { ...next, asked };
    return { ...next, prepared: next.prepared.then((prepared) => ({ ...prepared, asked })) };
  });
}

/** What can only be begun when something has been loaded. */
function later(begin: () => Promise<Prepared | Preparing>): Preparing {
  let giveUp!: (reason: unknown) => void;
  const dropped = new Promise<never>((_, reject) => (giveUp = reject));
  const prepared = begin().then((next) => {
    if (!("prepared" in next)) return next;
    dropped.catch((reason: unknown) => next.drop(reason));
    return next.prepared;
  });
  return { prepared: Promise.race([prepared, dropped]), drop: giveUp };
}

/** What composes, once it is there. */
let compose: typeof Compose | undefined;

async function composer(): Promise<void> {
  compose ??= await import("./compose.js");
  await compose.readyToCompose();
}

function composing(message: Draft, offers: Offers): Prepared | Preparing {
  if (compose?.canCompose() === true) return composed(message, offers);
  return later(async () => (await composer(), composed(message, offers)));
}

/** What composes must be there. */
function composed(
  message: Draft,
  offers: Offers,
  parametersOf?: (envelope: SendEnvelope) => Parameters,
): Prepared {
  const eightBit = offers("8BITMIME");
  const { from, to, content } = compose!.composed(message, { open: chunksOf, joined }, { eightBit });
  const given = { from, to, ...message.envelope };
  const asked = parametersOf?.(given);
  return { envelope: asked?.envelope ?? envelopeOf(given), content, ...(asked && { asked }) };
}

function envelopeOf(envelope: RawMessage["envelope"]): Envelope {
  if (typeof envelope !== "object" || envelope === null)
    throw bad("a raw message needs an envelope", "envelope");
  const { from, to } = envelope;
  if (typeof from !== "string") throw bad("envelope.from must be a string", "envelope.from");
  const recipients = typeof to === "string" ? [to] : to;
  if (!Array.isArray(recipients) || recipients.some((recipient) => typeof recipient !== "string"))
    throw bad("envelope.to must be a string or a list of strings", "envelope.to");
  if (recipients.length === 0) throw bad("a message needs at least one recipient", "envelope.to");
  return { from, to: recipients };
}

/** Content that is in memory as a whole. */
class Memory implements Content {
  readonly clean = false;
  readonly octets: number;
  declare readonly eightBit?: boolean;
  declare readonly messageId?: string;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(
    bytes: Uint8Array,
    messageId: string | undefined,
    eightBit: boolean | undefined = isEightBit(bytes),
  ) {
    this.#bytes = bytes;
    this.octets = bytes.length;
    if (eightBit !== undefined) this.eightBit = eightBit;
    if (messageId !== undefined) this.messageId = messageId;
  }

  next(): ContentPiece {
    const bytes = this.#bytes;
    if (this.#at === 0 && bytes.length <= PIECE_OCTETS) return { bytes, last: true };
    const piece = bytes.subarray(this.#at, (this.#at += PIECE_OCTETS));
    return { bytes: piece, last: this.#at >= bytes.length };
  }

  drop(): void {}

  again(): Content {
    return new Memory(this.#bytes, this.messageId, this.eightBit);
  }
}

function ofText(raw: string): Memory {
  const bytes = encoder.encode(raw);
  return new Memory(bytes, messageIdOf(raw.slice(0, HEADER_OCTETS)), bytes.length > raw.length);
}

function ofBytes(bytes: Uint8Array): Memory {
  return new Memory(bytes, messageIdIn(bytes));
}

function isEightBit(bytes: Uint8Array): boolean | undefined {
  if (bytes.length > SCAN_OCTETS) return undefined;
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! > 127) return true;
  return false;
}

function messageIdIn(bytes: Uint8Array): string | undefined {
  return messageIdOf(decoder.decode(bytes.subarray(0, HEADER_OCTETS)));
}

/** The Message-ID of a header, which ends at the first empty line (RFC 5322 section 3.6.4). */
function messageIdOf(start: string): string | undefined {
  const field = /^message-id[ \t]*:\s*(<[^<>\r\n]*>)/im.exec(start);
  if (field === null) return undefined;
  const end = start.search(/\r?\n\r?\n/);
  return end < 0 || field.index < end ? field[1] : undefined;
}

/** Content that comes as it comes. Small chunks are joined; nothing is held back at the end. */
class Streamed implements Content {
  readonly clean = false;
  declare readonly messageId?: string;
  readonly #chunks: Chunks;
  #held: Uint8Array[];
  #heldOctets: number;

  constructor(chunks: Chunks, held: Uint8Array[], messageId: string | undefined) {
    this.#chunks = chunks;
    this.#held = held;
    this.#heldOctets = octetsOf(held);
    if (messageId !== undefined) this.messageId = messageId;
  }

  async next(): Promise<ContentPiece> {
    while (this.#heldOctets < WRITE_OCTETS) {
      const chunk = await this.#chunks.next();
      if (chunk === undefined) return { bytes: this.#take(), last: true };
      this.#held.push(chunk);
      this.#heldOctets += chunk.length;
    }
    return { bytes: this.#take(), last: false };
  }

  drop(reason: unknown): void {
    this.#held = [];
    this.#chunks.drop(reason);
  }

  #take(): Uint8Array {
    const bytes = joined(this.#held);
    const piece = bytes.subarray(0, PIECE_OCTETS);
    const rest = bytes.subarray(piece.length);
    this.#held = rest.length > 0 ? [rest] : [];
    this.#heldOctets = rest.length;
    return piece;
  }
}

function preparing(envelope: Envelope, chunks: Chunks, { eager, timeout }: Patience): Preparing {
  let giveUp!: (reason: unknown) => void;
  const dropped = new Promise<never>((_, reject) => (giveUp = reject));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const drop = (reason: unknown): void => {
    over = true;
    clearTimeout(timer);
    giveUp(reason);
    chunks.drop(reason);
  };
  const late = (): void => {
    const what = `the source of the content gave nothing for ${timeout} ms`;
    drop(new TimeoutError(what, { stage: "content" }));
  };
  const next = async (): Promise<Uint8Array | undefined> => {
    if (over) return undefined;
    timer = setTimeout(late, Math.min(timeout, LONGEST));
    try {
      return await chunks.next();
    } finally {
      clearTimeout(timer);
    }
  };
  const prepared = begun(chunks, next, eager).then((content) => ({ envelope, content }));
  return { prepared: Promise.race([prepared, dropped]), drop };
}

async function begun(chunks: Chunks, next: Chunks["next"], eager: number): Promise<Content> {
  const held: Uint8Array[] = [];
  let octets = 0;
  while (octets <= eager) {
    const chunk = await next();
    if (chunk === undefined) return ofBytes(joined(held));
    held.push(chunk);
    octets += chunk.length;
  }
  return new Streamed(chunks, held, messageIdIn(joined(held).subarray(0, HEADER_OCTETS)));
}
