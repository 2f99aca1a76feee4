/** One message on its way into a server: the stream of its content, and what the handler decides. */
import type { Answer } from "./engine.js";
import { ClosedError } from "./errors.js";
import type { SmtpError } from "./errors.js";

/** How much of a message may wait for the handler, in octets. */
const CONTENT_OCTETS = 64 * 1024;

export class Incoming {
  readonly #wake: () => void;
  #reads: ReadableStreamDefaultController<Uint8Array> | undefined;
  #answer: Answer | undefined;
  #complete: ((answer: Answer) => void) | undefined;
  #hurried = false;
  #full = false;
  /** There will be no more of it: what the handler says of it does not matter. */
  failed = false;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Whether the handler has yet to read what there is. */
  get full(): boolean {
    return this.#full;
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#reads = controller),
        pull: () => this.#goOn(),
        cancel: () => {
          this.#reads = undefined;
          this.#goOn();
        },
      },
      { highWaterMark: CONTENT_OCTETS, size: (bytes) => bytes.byteLength },
    );
  }

  add(bytes: Uint8Array): void {
    if (this.#reads === undefined || bytes.length === 0) return;
    this.#reads.enqueue(bytes);
    this.#full = !this.#hurried && this.#reads.desiredSize! <= 0;
  }

  /** The content is complete; `then` gets the handler's answer, once there is one. */
  complete(then: (answer: Answer) => void): void {
    this.#reads?.close();
    this.#reads = undefined;
    if (this.#answer !== undefined) then(this.#answer);
    else this.#complete = then;
  }

  /** The handler has decided; what has yet to come is not kept for it, nor what it has not read of a part. */
  decide(answer: Answer): void {
    if (this.failed) return;
    this.#answer = answer;
    this.#reads?.error(new ClosedError("the message was decided on before its end", { stage: "content" }));
    this.#reads = undefined;
    this.#goOn();
    this.#complete?.(answer);
    this.#complete = undefined;
  }

  /** There will be no more, and the handler's answer does not matter. */
  fail(error: SmtpError): void {
    this.#reads?.error(error);
    this.#reads = undefined;
    this.#complete = undefined;
    this.failed = true;
    this.#full = false;
  }

  /** The session is to end; the handler's pace does not matter any more. */
  hurry(): void {
    this.#hurried = true;
    this.#full = false;
  }

  #goOn(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#wake();
  }
}
