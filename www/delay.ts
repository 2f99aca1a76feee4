/** A link that takes its time: what goes over it, in either direction, arrives so many milliseconds later, in order. */
import type { Transport } from "edgepost";

/** Wraps one end of a connection; the other end needs nothing. Also after STARTTLS. */
export function delayed(inner: Transport, milliseconds: number): Transport {
  const reader = inner.readable.getReader();
  const writer = inner.writable.getWriter();
  writer.closed.catch(ignore);
  const incoming = new Line(milliseconds);
  const outgoing = new Line(milliseconds);
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      const listen = async (): Promise<void> => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return void incoming.carry(() => controller.close());
          void incoming.carry(() => controller.enqueue(value));
        }
      };
      listen().catch((error: unknown) => incoming.carry(() => controller.error(error)));
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const writable = new WritableStream<Uint8Array>({
    write: (bytes) => void outgoing.carry(() => writer.write(bytes)),
    close: () => outgoing.carry(() => writer.close()),
    abort: (reason) => writer.abort(reason),
  });
  const { startTls } = inner;
  const close = (): Promise<void> => inner.close();
  return {
    readable,
    writable,
    secure: inner.secure,
    ...(inner.remote !== undefined && { remote: inner.remote }),
    ...(inner.local !== undefined && { local: inner.local }),
    ...(startTls !== undefined && {
      async startTls(options) {
        await outgoing.carry(ignore);
        reader.releaseLock();
        writer.releaseLock();
        return delayed(await startTls.call(inner, options), milliseconds);
      },
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One direction. */
class Line {
  #last: Promise<void> = Promise.resolve();

  constructor(readonly milliseconds: number) {}

  /** Does at the far end what was begun at this end now. What fails there is seen by reading. */
  carry(arrive: () => unknown): Promise<void> {
    const due = performance.now() + this.milliseconds;
    this.#last = this.#last
      .then(() => until(due))
      .then(arrive)
      .then(ignore, ignore);
    return this.#last;
  }
}

function until(time: number): Promise<void> | undefined {
  const left = time - performance.now();
  return left <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, left));
}

function ignore(): void {}
