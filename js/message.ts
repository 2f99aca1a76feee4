/**
 * From what an application calls a message to an envelope and a source of content (RFC 5321 section 2.3.1). Plain text
 * is composed here; raw content is taken as it is, from memory or from a stream, in constant memory.
 */
import { InputError, TimeoutError } from "./errors.js";
import { composeText, parseAddress } from "./engine.js";
import type { NamedAddress } from "./engine.js";
import type { Envelope, Parameters, SendEnvelope } from "./parameters.js";
import { PIECE_OCTETS, WRITE_OCTETS } from "./transport.js";

/** A mailbox: `"ann@example.com"`, `"Ann <ann@example.com>"`, or a name and an address. */
export type Address = string | { readonly name?: string; readonly address: string };

/** A plain text message; the library writes its header. */
export interface Message {
  readonly from: Address;
  readonly to?: Address | readonly Address[];
  readonly cc?: Address | readonly Address[];
  /** These get the message too; no one sees it. */
  readonly bcc?: Address | readonly Address[];
  readonly replyTo?: Address | readonly Address[];
  readonly subject?: string;
  readonly text?: string;
  /** What servers are told; by default, the addresses above and nothing else. */
  readonly envelope?: Partial<SendEnvelope>;
}

/** Where raw content comes from. Strings are sent as UTF-8. */
export type RawSource =
  string | Uint8Array | ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** Content that is a message already (RFC 5322); only bare CR and bare LF in it become CRLF. */
export interface RawMessage {
  readonly envelope: SendEnvelope;
  /** Must not change until the message is settled. */
  readonly raw: RawSource;
}

/** A piece of content on its way. */
export interface ContentPiece {
  bytes: Uint8Array;
  last: boolean;
}

/** A source of content, pulled piece by piece. */
export interface Content {
  /** How much it is, if that is known beforehand. */
  readonly octets?: number;
  /** Whether octets over 127 are in it; undefined: unknown. */
  readonly eightBit?: boolean;
  /** Whether it is known to hold no bare CR or LF. */
  readonly clean: boolean;
  /** The Message-ID of its header. */
  readonly messageId?: string;
  /** The next piece; at once if it is at hand. Rejects when the source fails. */
  next(): ContentPiece | Promise<ContentPiece>;
  /** No more of it is wanted. */
  drop(reason: unknown): void;
  /** The same again, from its beginning, where that can be had. */
  again?(): Content;
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
 * Makes a message ready to go. Content from a stream is read up to `eager` octets, so that what is small goes with its
 * envelope. Throws an `InputError`.
 */
export function prepare(message: Message | RawMessage, patience: Patience): Prepared | Preparing {
  if (typeof message !== "object" || message === null) throw bad("a message must be an object", "message");
  if (isAsking(message.envelope)) return asking(message, patience);
  if (!("raw" in message)) return composed(message as Message);
  const envelope = envelopeOf(message.envelope);
  const { raw } = message;
  if (typeof raw === "string") return { envelope, content: ofText(raw) };
  if (raw instanceof Uint8Array) return { envelope, content: ofBytes(raw) };
  return preparing(envelope, chunksOf(raw), patience);
}

/** Whether there is more than who sends to whom. */
function isAsking(envelope: Partial<SendEnvelope> | null | undefined): boolean {
  if (typeof envelope !== "object" || envelope === null) return false;
  const { to } = envelope;
  const more = Object.keys(envelope).some((field) => field !== "from" && field !== "to");
  return more || (Array.isArray(to) && to.some((to) => typeof to === "object" && to !== null));
}

function asking(message: Message | RawMessage, patience: Patience): Preparing {
  let inner: Preparing | undefined;
  let over: { reason: unknown } | undefined;
  let giveUp!: (reason: unknown) => void;
  const dropped = new Promise<never>((_, reject) => (giveUp = reject));
  const prepared = (async () => {
    const { parametersOf } = await import("./parameters.js");
    const plain =
      "raw" in message ? message.envelope : composed({ ...message, envelope: undefined }).envelope;
    const asked = parametersOf({ ...plain, ...message.envelope });
    const next = prepare({ ...message, envelope: asked.envelope }, patience);
    if (!("prepared" in next)) return { ...next, asked };
    inner = next;
    if (over !== undefined) next.drop(over.reason);
    return { ...(await next.prepared), asked };
  })();
  const drop = (reason: unknown): void => {
    over = { reason };
    giveUp(reason);
    inner?.drop(reason);
  };
  return { prepared: Promise.race([prepared, dropped]), drop };
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

/** How much of an address is shown in an error, in characters. */
const SHOWN = 100;

type AddressFields = Readonly<Record<string, readonly NamedAddress[]>>;

/** Runs a call to the engine; when it fails because of one of these addresses, the error says which. */
export function namingAddress<T>(call: () => T, fields: AddressFields): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof InputError) throw wrongAddress(fields) ?? error;
    throw error;
  }
}

function wrongAddress(fields: AddressFields): InputError | undefined {
  for (const [field, addresses] of Object.entries(fields))
    for (const address of addresses.map(addressOf)) {
      try {
        checkAddress(address);
      } catch (cause) {
        if (!(cause instanceof InputError)) throw cause;
        const { message, position, rule } = cause;
        const shown = JSON.stringify(address.length > SHOWN ? `${address.slice(0, SHOWN)}…` : address);
        return new InputError(`${field}: ${shown} is no address: ${message}`, {
          field,
          stage: "mail",
          ...(position !== undefined && { position }),
          ...(rule !== undefined && { rule }),
        });
      }
    }
  return undefined;
}

function checkAddress(address: string): void {
  // The one local part that needs no domain (RFC 5321 section 4.5.1).
  if (address.toLowerCase() !== "postmaster") parseAddress(address, { utf8: true });
}

function bad(what: string, field: string): InputError {
  return new InputError(what, { field, stage: "mail" });
}

const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  "from",
  "to",
  "cc",
  "bcc",
  "replyTo",
  "subject",
  "text",
  "envelope",
]);

function composed(message: Message): Prepared {
  if (typeof (message.envelope ?? {}) !== "object") throw bad("envelope must be an object", "envelope");
  for (const field of Object.keys(message))
    if (!MESSAGE_FIELDS.has(field)) throw bad(`a message has no field "${field}"`, field);
  const from = mailbox(message.from, "from");
  const [to, cc, bcc, replyTo] = (["to", "cc", "bcc", "replyTo"] as const).map((field) =>
    list(message[field], field),
  );
  const recipients = [...new Set([...to!, ...cc!, ...bcc!].map(addressOf))];
  if (recipients.length === 0) throw bad("a message needs at least one recipient", "to");
  const sender = addressOf(from);
  const domain = sender.slice(sender.lastIndexOf("@") + 1);
  const messageId = `<${crypto.randomUUID()}@${domain}>`;
  const subject = text(message.subject, "subject");
  const body = text(message.text, "text");
  const compose = (): Uint8Array => {
    // Only the envelope will have these, and there nobody could say which field they came from.
    for (const address of bcc!) checkAddress(addressOf(address));
    return composeText({
      from,
      to: to!,
      ...(cc!.length > 0 && { cc: cc! }),
      ...(replyTo!.length > 0 && { replyTo: replyTo! }),
      subject,
      text: body,
      date: Date.now(),
      messageId,
    });
  };
  const bytes = namingAddress(compose, { from: [from], to: to!, cc: cc!, bcc: bcc!, replyTo: replyTo! });
  const envelope = envelopeOf({ from: sender, to: recipients, ...message.envelope });
  return { envelope, content: new Memory(bytes, true, messageId) };
}

function text(value: string | undefined, field: string): string {
  if (value === undefined) return "";
  if (typeof value !== "string") throw bad(`${field} must be a string`, field);
  return value;
}

function list(value: Address | readonly Address[] | undefined, field: string): NamedAddress[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((address: Address) => mailbox(address, field));
}

/** `Name <address>` is split here; what the parts may hold is the engine's to judge. */
function mailbox(value: Address, field: string): NamedAddress {
  if (typeof value === "object" && value !== null && typeof value.address === "string") {
    if (value.name === undefined || value.name === "") return value.address;
    if (typeof value.name === "string") return { name: value.name, address: value.address };
  }
  if (typeof value !== "string") throw bad(`${field} must be an address`, field);
  // No pattern does this in linear time, and addresses come from forms that anybody fills in.
  const text = value.trim();
  const open = text.lastIndexOf("<");
  if (open < 0 || !text.endsWith(">")) return text;
  const address = text.slice(open + 1, -1).trim();
  const written = text.slice(0, open).trim();
  const name = unquoted(written);
  // Two addresses in one: who was meant is a guess. The engine refuses the whole.
  if (name === written && name.includes(">")) return text;
  return name === "" ? address : { name, address };
}

function unquoted(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name;
  return name.slice(1, -1).replace(/\\(.)/gs, "$1");
}

function addressOf(address: NamedAddress): string {
  return typeof address === "string" ? address : address.address;
}

/** Content that is in memory as a whole. */
class Memory implements Content {
  readonly octets: number;
  declare readonly eightBit?: boolean;
  declare readonly messageId?: string;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(
    bytes: Uint8Array,
    readonly clean: boolean,
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
    return new Memory(this.#bytes, this.clean, this.messageId, this.eightBit);
  }
}

function ofText(raw: string): Memory {
  const bytes = encoder.encode(raw);
  return new Memory(bytes, false, messageIdOf(raw.slice(0, HEADER_OCTETS)), bytes.length > raw.length);
}

function ofBytes(bytes: Uint8Array): Memory {
  return new Memory(bytes, false, messageIdIn(bytes));
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

type Chunks = { next(): Promise<Uint8Array | undefined>; drop(reason: unknown): void };

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

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(octetsOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function octetsOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((octets, chunk) => octets + chunk.length, 0);
}

/** One way to read streams and iterables. A source's own failure comes out as an `InputError`, with it as the cause. */
function chunksOf(raw: ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>): Chunks {
  const source = pulled(raw);
  const toBytes = utf8Joiner();
  let dropped = false;
  return {
    async next() {
      for (;;) {
        let result: IteratorResult<Uint8Array | string | undefined>;
        try {
          result = await source.next();
        } catch (cause) {
          throw new InputError("the source of the content failed", { field: "raw", stage: "content", cause });
        }
        const bytes = toBytes(result.done === true ? undefined : result.value, result.done === true);
        if (bytes.length > 0) return bytes;
        if (result.done === true || dropped) return undefined;
        // Whoever gives nothing, again and again, does not keep everybody else from their turn.
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
    drop(reason) {
      dropped = true;
      source.drop(reason);
    },
  };
}

type Pulled = { next(): Promise<IteratorResult<Uint8Array | string>>; drop(reason: unknown): void };

function pulled(raw: ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>): Pulled {
  if (raw instanceof ReadableStream) {
    if (raw.locked) throw bad("the stream in raw is locked: somebody else reads it", "raw");
    const reader = raw.getReader();
    const next = (): Promise<IteratorResult<Uint8Array | string>> =>
      reader.read() as Promise<IteratorResult<Uint8Array | string>>;
    return { next, drop: (reason) => void reader.cancel(reason).catch(() => {}) };
  }
  const iterate = (raw as Partial<AsyncIterable<Uint8Array | string>> | null | undefined)?.[
    Symbol.asyncIterator
  ];
  if (typeof iterate !== "function")
    throw bad("raw must be a string, a Uint8Array, a ReadableStream or an async iterable", "raw");
  const iterator = iterate.call(raw);
  return {
    next: () => Promise.resolve(iterator.next()),
    drop: () => void (async () => iterator.return?.())().catch(() => {}),
  };
}

/** UTF-8 of strings that come in pieces: a surrogate pair may be cut in two. */
function utf8Joiner(): (chunk: Uint8Array | string | undefined, end: boolean) => Uint8Array {
  let half = "";
  return (chunk, end) => {
    if (chunk === undefined || typeof chunk === "string") {
      let text = half + (chunk ?? "");
      half = !end && /[\uD800-\uDBFF]$/.test(text) ? text.slice(-1) : "";
      if (half !== "") text = text.slice(0, -1);
      return encoder.encode(text);
    }
    if (!(chunk instanceof Uint8Array))
      throw new InputError("the source of the content gave something other than octets or text", {
        field: "raw",
        stage: "content",
      });
    if (half === "") return chunk;
    const before = encoder.encode(half);
    half = "";
    return joined([before, chunk]);
  };
}
