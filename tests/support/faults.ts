/** A transport that breaks: after so many octets in one direction the connection is gone in both. */

import { ClosedError } from "edgepost";
import type { Transport } from "edgepost";

/** When it breaks. */
export interface Fault {
  /** After so many octets were written. */
  written?: number;
  /** After so many octets were read. */
  read?: number;
}

/** Wraps a transport. `seen` gets all that its user writes, also what is not delivered any more. */
export function faulty(
  transport: Transport,
  fault: Fault,
  seen: (bytes: Uint8Array) => void = () => {},
): Transport {
  const reader = transport.readable.getReader();
  const writer = transport.writable.getWriter();
  let left = { written: fault.written ?? Infinity, read: fault.read ?? Infinity };
  let reads!: ReadableStreamDefaultController<Uint8Array>;
  const broken = (): ClosedError => new ClosedError("the connection broke");
  const breakOff = async (): Promise<void> => {
    left = { written: 0, read: 0 };
    try {
      reads.error(broken());
    } catch {
      // It has ended.
    }
    await transport.close();
  };
  const readable = new ReadableStream<Uint8Array>(
    {
      start: (controller) => void (reads = controller),
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        const part = value.subarray(0, left.read);
        left.read -= part.length;
        if (part.length > 0) controller.enqueue(part);
        if (left.read === 0) await breakOff();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array>({
    async write(bytes) {
      seen(bytes);
      const part = bytes.subarray(0, left.written);
      left.written -= part.length;
      if (part.length > 0) await writer.write(part);
      if (left.written > 0) return;
      await breakOff();
      throw broken();
    },
    close: () => writer.close(),
  });
  return { ...transport, readable, writable };
}

/** Numbers that look random and are the same every time: 0 to below 1 (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
