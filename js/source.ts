/** Where content comes from: octets and texts, one after the other, from whatever streams there are. */
import { bad } from "./address.js";
import type { Chunks } from "./content.js";
import { InputError } from "./errors.js";

const encoder: TextEncoder = new TextEncoder();

/** Chunks as one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(octetsOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

export function octetsOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((octets, chunk) => octets + chunk.length, 0);
}

/**
 * One way to read streams and iterables; `field` is where it was given. A source's own failure comes out as an `InputError`,
 * with it as the cause.
 */
export function chunksOf(
  raw: ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  field: string,
): Chunks {
  const source = pulled(raw, field);
  const toBytes = utf8Joiner(field);
  let dropped = false;
  return {
    async next() {
      for (;;) {
        let result: IteratorResult<Uint8Array | string | undefined>;
        try {
          result = await source.next();
        } catch (cause) {
          throw new InputError("the source of the content failed", { field, stage: "content", cause });
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

function pulled(
  raw: ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  field: string,
): Pulled {
  if (raw instanceof ReadableStream) {
    if (raw.locked) throw bad(`the stream in ${field} is locked: somebody else reads it`, field);
    const reader = raw.getReader();
    const next = (): Promise<IteratorResult<Uint8Array | string>> =>
      reader.read() as Promise<IteratorResult<Uint8Array | string>>;
    return { next, drop: (reason) => void reader.cancel(reason).catch(() => {}) };
  }
  const iterate = (raw as Partial<AsyncIterable<Uint8Array | string>> | null | undefined)?.[
    Symbol.asyncIterator
  ];
  if (typeof iterate !== "function")
    throw bad(`${field} must be a string, a Uint8Array, a ReadableStream or an async iterable`, field);
  const iterator = iterate.call(raw);
  return {
    next: () => Promise.resolve(iterator.next()),
    drop: () => void (async () => iterator.return?.())().catch(() => {}),
  };
}

/** UTF-8 of strings that come in pieces: a surrogate pair may be cut in two. */
function utf8Joiner(field: string): (chunk: Uint8Array | string | undefined, end: boolean) => Uint8Array {
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
        field,
        stage: "content",
      });
    if (half === "") return chunk;
    const before = encoder.encode(half);
    half = "";
    return joined([before, chunk]);
  };
}
