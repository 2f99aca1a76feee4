/**
 * One message or many, over one session or several. Many are taken a window at a time, sent without waiting (RFC 2920),
 * and reported in order.
 */
import { AbortedError, InputError, wordsOf } from "./errors.js";
import type { Draft } from "./draft.js";
import type { RawMessage } from "./message.js";
import { abortSignal, validate } from "./options.js";
import type { Shape } from "./options.js";
import type { Receipt, SendResult } from "./receipt.js";
import type { Settle } from "./session.js";

/** How a message is sent. */
export interface SendOptions {
  /** Gives the message up. If the server may have it by then, the error says so. */
  readonly signal?: AbortSignal;
}

const SEND_OPTIONS: Shape = { signal: abortSignal };

type Input = Draft | RawMessage;

/** Who sends what is taken: a session, or a pool of them. */
export interface Sender {
  /** How many messages may be taken whose results nobody has asked for yet. */
  readonly window: number;
  /** See `Session.start`. */
  start(message: Input, signal: AbortSignal | undefined, settle: Settle): Promise<void> | undefined;
  /** Holds what is started back, so that it goes out together; false if it was held already. */
  cork(): boolean;
  /** Lets it go. */
  uncork(): void;
}

interface Slot {
  result?: SendResult;
}

/** See `Smtp.send`. */
export async function send(sender: Sender, message: Input, options: SendOptions = {}): Promise<Receipt> {
  validate(options, SEND_OPTIONS);
  return new Promise((resolve, reject) => {
    void sender.start(message, options.signal, (result) => {
      if (result.ok) resolve(result.receipt);
      else reject(result.error);
    });
  });
}

/** See `Smtp.sendMany`. */
export function sendMany(
  sender: Sender,
  messages: Iterable<Input> | AsyncIterable<Input>,
  options: SendOptions = {},
): AsyncGenerator<SendResult, void, undefined> {
  validate(options, SEND_OPTIONS);
  const given = messages as Partial<Iterable<Input> & AsyncIterable<Input>> | null;
  if (
    typeof given !== "object" ||
    typeof (given?.[Symbol.asyncIterator] ?? given?.[Symbol.iterator]) !== "function"
  )
    throw new InputError("messages must be an iterable or an async iterable", { field: "messages" });
  return results(sender, messages, options.signal);
}

async function* results(
  sender: Sender,
  messages: Iterable<Input> | AsyncIterable<Input>,
  signal: AbortSignal | undefined,
): AsyncGenerator<SendResult, void, undefined> {
  const intake = new Intake(sender, messages, signal);
  try {
    for (;;) {
      const result = intake.shift();
      if (result !== undefined) {
        yield result;
        continue;
      }
      intake.fill();
      if (intake.empty) break;
      if (!intake.headReady) await intake.change();
    }
    intake.rethrow();
  } finally {
    intake.stop();
  }
}

class Intake {
  readonly #sender: Sender;
  readonly #signal: AbortSignal | undefined;
  readonly #sync: Iterator<Input> | undefined;
  readonly #async: AsyncIterator<Input> | undefined;
  /** In order; those at the front with a result are ready to be reported. */
  readonly #slots: Slot[] = [];
  #taking = false;
  #exhausted = false;
  #stopped = false;
  #failed: { error: unknown } | undefined;
  #changed: (() => void) | undefined;

  constructor(
    sender: Sender,
    messages: Iterable<Input> | AsyncIterable<Input>,
    signal: AbortSignal | undefined,
  ) {
    this.#sender = sender;
    this.#signal = signal;
    if (Symbol.asyncIterator in messages) this.#async = messages[Symbol.asyncIterator]();
    else this.#sync = messages[Symbol.iterator]();
    signal?.addEventListener("abort", this.#tell, { once: true });
  }

  /** Whether there is nothing more to report. Who gives up does not wait for the input either. */
  get empty(): boolean {
    return this.#slots.length === 0 && this.#over && (!this.#taking || this.#signal?.aborted === true);
  }

  get headReady(): boolean {
    return this.#slots[0]?.result !== undefined;
  }

  get #over(): boolean {
    return this.#exhausted || this.#failed !== undefined || this.#signal?.aborted === true;
  }

  shift(): SendResult | undefined {
    return this.headReady ? this.#slots.shift()!.result : undefined;
  }

  /** Settles when a result has come or a message was taken. */
  change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve));
  }

  /** Takes messages up to the window, as far as they come at once. */
  fill(): void {
    while (!this.#taking && !this.#over && !this.#stopped && this.#slots.length < this.#sender.window) {
      if (this.#async !== undefined) return void this.#takeLater(this.#async);
      try {
        const next = this.#sync!.next();
        if (next.done === true) this.#exhausted = true;
        else this.#start(next.value);
      } catch (error) {
        this.#failed = { error };
      }
    }
  }

  /** What comes within this turn of the event loop goes out together. */
  async #takeLater(iterator: AsyncIterator<Input>): Promise<void> {
    this.#taking = true;
    if (this.#sender.cork()) soon(() => this.#sender.uncork());
    try {
      const next = await iterator.next();
      this.#taking = false;
      if (next.done === true) this.#exhausted = true;
      else if (!this.#stopped) this.#start(next.value);
    } catch (error) {
      this.#taking = false;
      this.#failed = { error };
    }
    if (!this.#taking) this.#more();
  }

  #more(): void {
    this.fill();
    if (!this.#taking) this.#sender.uncork();
    this.#tell();
  }

  #start(message: Input): void {
    const slot: Slot = {};
    this.#slots.push(slot);
    const started = this.#sender.start(message, this.#signal, (result) => {
      slot.result = result;
      if (this.#slots[0] === slot) this.#tell();
    });
    if (started === undefined) return;
    this.#taking = true;
    void started.then(() => {
      this.#taking = false;
      this.#more();
    });
  }

  readonly #tell = (): void => {
    const changed = this.#changed;
    this.#changed = undefined;
    changed?.();
  };

  /** All that was taken is reported; if that was not all there was, says why. */
  rethrow(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
    if (this.#signal?.aborted !== true || this.#exhausted) return;
    const { reason } = this.#signal;
    throw new AbortedError(`the caller gave up: ${wordsOf(reason)}`, { stage: "ready", cause: reason });
  }

  /** Takes no more; what is in flight goes on. */
  stop(): void {
    this.#stopped = true;
    this.#signal?.removeEventListener("abort", this.#tell);
    this.#sender.uncork();
    if (this.#exhausted || this.#failed !== undefined) return;
    this.#exhausted = true;
    if (this.#async === undefined) this.#sync!.return?.();
    else void Promise.resolve(this.#async.return?.()).catch(() => {});
  }
}

/** After all that is ready now: at once where the platform can, else in a moment. */
function soon(then: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (then: () => void) => void };
  if (typeof setImmediate === "function") setImmediate(then);
  else setTimeout(then, 0);
}
