/** What content is to whoever sends it: a source that is pulled piece by piece. */

/**
 * Where octets come from: an attachment's, or those of a message that is read. Strings are UTF-8. Streams are read once, in
 * constant memory. No file is read and no address is fetched.
 */
export type ContentSource =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

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

/** Octets that come as they come; undefined is their end. */
export type Chunks = { next(): Promise<Uint8Array | undefined>; drop(reason: unknown): void };

/** What reads streams and iterables (source.ts), for what is loaded later than that. */
export interface Sources {
  /** `field` is where it was given. A source's failure is an `InputError` that names it. */
  open(raw: ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>, field: string): Chunks;
  /** Chunks as one. */
  joined(chunks: readonly Uint8Array[]): Uint8Array;
}
