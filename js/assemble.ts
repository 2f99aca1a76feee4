/**
 * A message as it is read: the skeleton that the engine made, and between its pieces the contents of attachments, encoded on
 * their way (RFC 2045 section 6). Nothing of them is kept.
 */
import { base64Lines, readLines } from "./composer.js";
import type { Chunks, Content, ContentPiece, ContentSource, Sources } from "./content.js";
import { InputError } from "./errors.js";
import type { Skeleton } from "./skeleton.js";

/** Octets that are encoded at once: lines of base64 as they fit in a piece of content. */
const STEP = 57 * 2048;
/** Pieces are gathered up to so many octets; a message that is smaller is made at once. */
const GATHERED = 64 * 1024;

/** Content that goes into a place of the skeleton. */
export interface Insert {
  readonly content: Exclude<ContentSource, string | ArrayBuffer>;
  /** Content in memory fits its encoding. */
  readonly encoding: "7bit" | "8bit" | "binary" | "base64";
  /** Where it was given. */
  readonly field: string;
}

/** How streams are read. */
interface Reading {
  readonly sources: Sources;
  /** Octets that they may have, all together. */
  readonly octets: number;
}

/** The message, to be read; in memory as a whole if it is small. */
export function assembled(
  skeleton: Skeleton,
  inserts: readonly Insert[],
  messageId: string,
  reading: Reading,
): Content {
  let octets: number | undefined = skeleton.octets.length;
  let atHand = true;
  for (const { content, encoding } of inserts) {
    const size = content instanceof Uint8Array ? content.length : undefined;
    atHand &&= size !== undefined;
    const known = content instanceof Blob ? content.size : size;
    octets = known === undefined || octets === undefined ? undefined : octets + encodedSize(known, encoding);
  }
  const assembly = new Assembly(skeleton, inserts, messageId, octets, reading);
  if (!atHand || inserts.length === 0 || octets! > GATHERED) return assembly;
  const { bytes } = assembly.next() as ContentPiece;
  return new Assembly({ ...skeleton, octets: bytes, places: [] }, [], messageId, octets, reading);
}

function encodedSize(octets: number, encoding: Insert["encoding"]): number {
  return encoding === "base64" ? Math.ceil(octets / 3) * 4 + Math.ceil(octets / 57) * 2 : octets;
}

class Assembly implements Content {
  readonly clean = true;
  declare readonly octets?: number;
  declare readonly eightBit?: boolean;
  declare readonly again?: () => Content;
  readonly #skeleton: Skeleton;
  readonly #inserts: readonly Insert[];
  readonly #reading: Reading;
  #streamed = 0;
  /** How much of the skeleton has been given. */
  #at = 0;
  /** The place that comes next, or is being filled. */
  #place = 0;
  #filling: Filling | undefined;
  #dropped = false;

  constructor(
    skeleton: Skeleton,
    inserts: readonly Insert[],
    readonly messageId: string,
    octets: number | undefined,
    reading: Reading,
  ) {
    this.#skeleton = skeleton;
    this.#inserts = inserts;
    this.#reading = reading;
    if (octets !== undefined) this.octets = octets;
    this.eightBit = skeleton.eightBit || inserts.some(({ encoding }) => /^[8b]i/.test(encoding));
    if (inserts.every(({ content }) => content instanceof Uint8Array || content instanceof Blob))
      this.again = () => new Assembly(skeleton, inserts, messageId, octets, reading);
  }

  /** Small pieces are joined. */
  next(): ContentPiece | Promise<ContentPiece> {
    const pieces: Uint8Array[] = [];
    const waiting = this.#gather(pieces);
    return waiting === undefined ? this.#piece(pieces) : this.#later(pieces, waiting);
  }

  drop(reason: unknown): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#filling?.drop(reason);
    const begun = this.#place + (this.#filling === undefined ? 0 : 1);
    for (const { content } of this.#inserts.slice(begun))
      if (content instanceof ReadableStream && !content.locked) void content.cancel(reason).catch(() => {});
  }

  async #later(pieces: Uint8Array[], first: Promise<Uint8Array>): Promise<ContentPiece> {
    for (let waiting: typeof first | undefined = first; waiting !== undefined;) {
      const piece = await waiting;
      if (piece.length > 0) pieces.push(piece);
      waiting = this.#gather(pieces);
    }
    return this.#piece(pieces);
  }

  #piece(pieces: Uint8Array[]): ContentPiece {
    return { bytes: this.#reading.sources.joined(pieces), last: this.#isOver };
  }

  /** Adds what is at hand; a promise is the piece after that. */
  #gather(pieces: Uint8Array[]): Promise<Uint8Array> | undefined {
    let octets = pieces.reduce((sum, { length }) => sum + length, 0);
    while (octets < GATHERED && !this.#isOver) {
      const piece = this.#pull();
      if (piece instanceof Promise) return piece;
      if (piece.length > 0) pieces.push(piece);
      octets += piece.length;
    }
    return undefined;
  }

  get #isOver(): boolean {
    return this.#place >= this.#inserts.length && this.#at >= this.#skeleton.octets.length;
  }

  #pull(): Uint8Array | Promise<Uint8Array> {
    if (this.#filling !== undefined) {
      const piece = this.#filling.next();
      if (piece !== undefined) return piece;
      this.#filling = undefined;
      this.#place++;
      if (this.#isOver) return new Uint8Array();
    }
    const { octets, places } = this.#skeleton;
    const end = places[this.#place] ?? octets.length;
    if (this.#at < end) {
      const piece = octets.subarray(this.#at, Math.min(end, this.#at + STEP));
      this.#at += piece.length;
      return piece;
    }
    this.#filling = new Filling(this.#inserts[this.#place]!, this.#reading.sources, (octets) =>
      this.#count(octets),
    );
    return new Uint8Array();
  }

  #count(octets: number): void {
    this.#streamed += octets;
    if (this.#streamed > this.#reading.octets)
      throw new InputError("the attachments have more octets than maxOctets allows", {
        field: "attachments",
        stage: "content",
      });
  }
}

/** Content on its way into its place. */
class Filling {
  readonly #insert: Insert;
  readonly #sources: Sources;
  readonly #count: (octets: number) => void;
  #chunks: Chunks | undefined;
  #held: Uint8Array;
  #lines = 0;

  constructor(insert: Insert, sources: Sources, count: (octets: number) => void) {
    this.#insert = insert;
    this.#sources = sources;
    this.#count = count;
    const { content, field } = insert;
    this.#held = content instanceof Uint8Array ? content : new Uint8Array();
    if (!(content instanceof Uint8Array))
      this.#chunks = sources.open(content instanceof Blob ? content.stream() : content, field);
  }

  /** The next piece, encoded; undefined when there is none. */
  next(): Uint8Array | undefined | Promise<Uint8Array> {
    if (this.#chunks !== undefined && this.#held.length < STEP) return this.#more(this.#chunks);
    return this.#encoded();
  }

  drop(reason: unknown): void {
    this.#chunks?.drop(reason);
    this.#held = new Uint8Array();
  }

  async #more(chunks: Chunks): Promise<Uint8Array> {
    const chunk = await chunks.next();
    if (chunk === undefined) {
      this.#chunks = undefined;
      const { encoding } = this.#insert;
      if ((encoding === "7bit" || encoding === "8bit") && this.#lines % 2 === 1) throw this.#unfit();
      return this.#encoded() ?? new Uint8Array();
    }
    if (!(this.#insert.content instanceof Blob)) this.#count(chunk.length);
    this.#held = this.#held.length === 0 ? chunk : this.#sources.joined([this.#held, chunk]);
    return this.#encoded() ?? new Uint8Array();
  }

  #encoded(): Uint8Array | undefined {
    const { encoding, content } = this.#insert;
    let octets = Math.min(this.#held.length, STEP);
    if (encoding === "base64" && this.#chunks !== undefined) octets -= octets % 57;
    if (octets === 0) return undefined;
    const piece = this.#held.subarray(0, octets);
    this.#held = this.#held.subarray(octets);
    if (encoding === "base64") return base64Lines(piece);
    if (encoding !== "binary" && !(content instanceof Uint8Array)) {
      this.#lines = readLines(piece, this.#lines, encoding === "8bit");
      if (this.#lines < 0) throw this.#unfit();
    }
    return piece;
  }

  #unfit(): InputError {
    const { encoding, field } = this.#insert;
    const what = encoding === "7bit" ? "ASCII in lines" : "lines";
    return new InputError(`${field} is not ${encoding}: ${what} of at most 998 octets that end with CRLF`, {
      field,
      stage: "content",
    });
  }
}
