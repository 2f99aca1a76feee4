/**
 * A transport that tells what goes over it: both directions are read by the engine's passive reader and come out as
 * steps, with secrets cut out.
 */
import { reportMistake } from "./errors.js";
import type { Step, TraceReader } from "./engine.js";
import type { Transport } from "./transport.js";
import { readyToServe, traceReader } from "./serving.js";

/** Loads what tracing needs; transports that are traced do it by themselves. */
export { readyToServe as load } from "./serving.js";

/**
 * Wraps a transport: `onStep` gets every step of the session as it happens, also after STARTTLS. `side` says which side
 * this end of the wire is. What `onStep` throws does not disturb the session; it is reported as an uncaught error.
 */
export function traced(
  transport: Transport,
  onStep: (step: Step) => void,
  side: "client" | "server" = "client",
): Transport {
  return wrap(transport, new Tap(onStep, side));
}

class Tap {
  readonly #onStep: (step: Step) => void;
  readonly #side: "client" | "server";
  #reader: TraceReader | undefined;
  #closed = new Set<string>();

  constructor(onStep: (step: Step) => void, side: "client" | "server") {
    this.#onStep = onStep;
    this.#side = side;
  }

  /** The reader needs the engine, which may still be loading. */
  load(): Promise<void> | undefined {
    if (this.#reader !== undefined) return undefined;
    return readyToServe().then(() => {
      this.#reader ??= traceReader();
    });
  }

  ours(bytes: Uint8Array): void {
    this.#tell((reader, at) => reader[this.#side](bytes, at));
  }

  theirs(bytes: Uint8Array): void {
    this.#tell((reader, at) => reader[other(this.#side)](bytes, at));
  }

  secured(): void {
    this.#tell((reader, at) => reader.secured(at));
  }

  ended(whose: "ours" | "theirs"): void {
    const side = whose === "ours" ? this.#side : other(this.#side);
    if (this.#closed.has(side)) return;
    this.#closed.add(side);
    this.#tell((reader, at) => reader.closed(side, at));
  }

  #tell(read: (reader: TraceReader, at: number) => Step[]): void {
    if (this.#reader === undefined) return;
    for (const step of read(this.#reader, performance.now())) {
      try {
        this.#onStep(step);
      } catch (thrown) {
        reportMistake(thrown);
      }
    }
  }
}

function other(side: "client" | "server"): "client" | "server" {
  return side === "client" ? "server" : "client";
}

function wrap(inner: Transport, tap: Tap): Transport {
  const reader = inner.readable.getReader();
  const writer = inner.writable.getWriter();
  reader.closed.catch(ignore);
  writer.closed.catch(ignore);
  const readable = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await tap.load();
        try {
          const { done, value } = await reader.read();
          if (!done) {
            tap.theirs(value);
            return controller.enqueue(value);
          }
        } catch (error) {
          tap.ended("theirs");
          throw error;
        }
        tap.ended("theirs");
        controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array>(
    {
      async write(bytes) {
        await tap.load();
        tap.ours(bytes);
        await writer.write(bytes);
      },
      async close() {
        tap.ended("ours");
        await writer.close();
      },
      abort: (reason) => writer.abort(reason),
    },
    { highWaterMark: 1 },
  );
  const { startTls, channelBinding } = inner;
  const close = (): Promise<void> => {
    tap.ended("ours");
    return inner.close();
  };
  return {
    readable,
    writable,
    secure: inner.secure,
    ...(inner.remote !== undefined && { remote: inner.remote }),
    ...(inner.local !== undefined && { local: inner.local }),
    ...(startTls !== undefined && {
      async startTls(options): Promise<Transport> {
        reader.releaseLock();
        writer.releaseLock();
        const secured = await startTls.call(inner, options);
        tap.secured();
        return wrap(secured, tap);
      },
    }),
    ...(channelBinding !== undefined && { channelBinding: () => channelBinding.call(inner) }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function ignore(): void {}
