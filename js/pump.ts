/**
 * The one loop that moves octets between an engine and a transport, for clients and servers alike. It decides nothing
 * about the protocol: it polls, writes, reads, waits, upgrades to TLS and closes, as the engine says.
 */
import { TlsError, wordsOf } from "./errors.js";
import type { Failure } from "./errors.js";
import type { CommonOutput, Engine } from "./engine.js";
import { WRITE_OCTETS } from "./transport.js";
import type { Transport } from "./transport.js";

/** Pieces from this size on are written as they are; smaller ones are joined first. */
const JOIN_OCTETS = 16 * 1024;
/** How long the last octets, and the peer's, are waited for when a session ends: milliseconds. */
const CLOSING = 1_000;
/** What a timer can hold at most: milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** What a client or a server adds to the pump. */
export interface Role<Output> {
  /** Whether to go on reading while the peer takes nothing: a client must, or both sides wait for ever. */
  readonly duplex: boolean;
  /** Whether the host cannot take more at present. It calls `wake` when it can. */
  readonly full: boolean;
  /** Handles one output. False: nothing can be done for it now; the role calls `wake` when it can. */
  take(output: Exclude<Output, CommonOutput>): boolean;
  /** The session is over. Called once; the engine must not be used any more. */
  closed(failure: Failure | undefined, cause: unknown): void;
}

/** Drives one engine over one transport until the session is over. */
export class Pump<Output extends { type: string }> {
  readonly #engine: Engine<Output>;
  readonly #role: Role<Output>;
  /** Settles when the session is over and the transport closed; never rejects. */
  readonly finished: Promise<void>;
  #finished!: () => void;

  #transport!: Transport;
  #reader!: ReadableStreamDefaultReader<Uint8Array>;
  #writer!: WritableStreamDefaultWriter<Uint8Array>;

  #out: Uint8Array[] = [];
  #outOctets = 0;
  #written: Promise<void> = Promise.resolve();
  #lost = false;
  #awaitingRoom = false;

  #reading = false;
  #wantsRead = false;
  #held: Uint8Array | undefined;
  #ended: "no" | "held" | "told" = "no";

  #upgrading = false;
  #driving = false;
  #scheduled = false;
  #corked = false;
  #done = false;
  #cause: unknown;

  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  #due = Infinity;

  constructor(engine: Engine<Output>, transport: Transport, role: Role<Output>) {
    this.#engine = engine;
    this.#role = role;
    this.finished = new Promise((resolve) => (this.#finished = resolve));
    this.#attach(transport);
    this.wake();
  }

  /** The transport in use: another one after STARTTLS. */
  get transport(): Transport {
    return this.#transport;
  }

  /** Whether the session is over. The engine must not be called from then on. */
  get done(): boolean {
    return this.#done;
  }

  /** Looks at the engine again, soon: something was asked of it. */
  wake(): void {
    if (this.#scheduled || this.#corked || this.#done) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#corked) this.#drive();
    });
  }

  /** Holds what is asked of the engine back, so that it goes out together; false if it was held already. */
  cork(): boolean {
    if (this.#corked) return false;
    this.#corked = true;
    return true;
  }

  /** Lets it go. */
  uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.wake();
  }

  /** Ends the session for a reason of the caller's. */
  abort(code: "aborted" | "closed" | "timeout", message: string, cause?: unknown): void {
    if (this.#done) return;
    this.#cause ??= cause;
    this.#engine.abort(code, message);
    this.#corked = false;
    this.wake();
  }

  /** Whether content may be written now; if not, the loop goes on when it may. */
  room(): boolean {
    return (this.#writer.desiredSize ?? 0) > 0;
  }

  /** Writes octets, joined with their neighbours where they are small. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.length >= JOIN_OCTETS) {
      this.#flush();
      this.#put(bytes);
      return;
    }
    this.#out.push(bytes);
    this.#outOctets += bytes.length;
    if (this.#outOctets >= WRITE_OCTETS) this.#flush();
  }

  #attach(transport: Transport): void {
    this.#transport = transport;
    this.#reader = transport.readable.getReader();
    this.#writer = transport.writable.getWriter();
    // Whether it failed is seen by reading and writing.
    this.#reader.closed.catch(ignore);
    this.#writer.closed.catch(ignore);
  }

  #drive(): void {
    if (this.#driving || this.#done) return;
    this.#driving = true;
    try {
      while (this.#step());
    } catch (thrown) {
      this.#broken(thrown);
    }
    this.#driving = false;
  }

  /** One turn of the loop; false when there is nothing to do until something happens. */
  #step(): boolean {
    if (this.#role.full) return this.#rest(undefined, false);
    const output = this.#engine.poll(performance.now());
    switch (output.type) {
      case "send":
        this.write((output as { bytes: Uint8Array }).bytes);
        return true;
      case "startTls":
        void this.#upgrade();
        return true;
      case "wait": {
        const { until, read } = output as { until?: number; read: boolean };
        return this.#rest(until, read);
      }
      case "closed":
        void this.#finish((output as { failure?: Failure }).failure);
        return false;
      default:
        if (this.#role.take(output as Exclude<Output, CommonOutput>)) return true;
        return this.#rest((output as { until?: number }).until, this.#role.duplex);
    }
  }

  /** Writes what there is and waits: for octets if `read`, for the time `until`, for room, for a `wake`. */
  #rest(until: number | undefined, read: boolean): boolean {
    this.#flush();
    this.#due = until ?? Infinity;
    if (this.#due < this.#timerAt) this.#arm();
    this.#wantsRead = false;
    if (this.#upgrading) return false;
    if ((this.#writer.desiredSize ?? 1) <= 0) {
      this.#awaitRoom();
      if (!this.#role.duplex) return false;
    }
    if (!read) return false;
    if (this.#held !== undefined) {
      this.#engine.receive(this.#held);
      this.#held = undefined;
      return true;
    }
    if (this.#ended === "held") {
      this.#ended = "told";
      this.#engine.end();
      return true;
    }
    this.#wantsRead = true;
    if (!this.#reading && this.#ended === "no") this.#read();
    return false;
  }

  #read(): void {
    this.#reading = true;
    const reader = this.#reader;
    reader.read().then(
      (result) => {
        if (reader !== this.#reader) return;
        this.#reading = false;
        if (result.done) this.#inputEnded();
        else this.#received(result.value);
      },
      (error: unknown) => {
        if (reader !== this.#reader) return;
        this.#reading = false;
        this.#cause ??= error;
        this.#inputEnded();
      },
    );
  }

  #received(bytes: Uint8Array): void {
    if (this.#done) return;
    if (this.#wantsRead && !this.#driving) {
      this.#wantsRead = false;
      try {
        this.#engine.receive(bytes);
      } catch (thrown) {
        return this.#broken(thrown);
      }
    } else this.#held = bytes;
    this.#drive();
  }

  #inputEnded(): void {
    this.#ended = "held";
    this.#drive();
  }

  #flush(): void {
    if (this.#outOctets === 0 || this.#upgrading) return;
    const pieces = this.#out;
    const bytes = pieces.length === 1 ? pieces[0]! : join(pieces, this.#outOctets);
    this.#out = [];
    this.#outOctets = 0;
    this.#put(bytes);
  }

  #put(bytes: Uint8Array): void {
    this.#written = this.#writer.write(bytes);
    this.#written.catch(this.#writeFailed);
  }

  /** The peer takes nothing more. What it has said before is still read, for a moment. */
  readonly #writeFailed = (error: unknown): void => {
    this.#cause ??= error;
    if (this.#done || this.#lost) return;
    this.#lost = true;
    const timer = setTimeout(() => {
      if (this.#ended === "no") this.abort("closed", "the connection was lost");
    }, CLOSING);
    void this.finished.then(() => clearTimeout(timer));
  };

  #awaitRoom(): void {
    if (this.#awaitingRoom) return;
    this.#awaitingRoom = true;
    const go = (): void => {
      this.#awaitingRoom = false;
      this.wake();
    };
    this.#writer.ready.then(go, go);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timerAt = this.#due;
    this.#timer = setTimeout(this.#rang, Math.min(Math.max(0, this.#due - performance.now()), LONGEST));
  }

  readonly #rang = (): void => {
    this.#timerAt = Infinity;
    if (this.#done) return;
    if (this.#due === Infinity) return;
    if (performance.now() < this.#due) this.#arm();
    else this.#drive();
  };

  async #upgrade(): Promise<void> {
    this.#flush();
    this.#upgrading = true;
    try {
      await this.#written;
      if (this.#done) return;
      if (this.#held !== undefined) throw new TlsError("plaintext came where the TLS handshake should begin");
      this.#reader.releaseLock();
      this.#writer.releaseLock();
      const secured = await this.#transport.startTls!();
      if (this.#done) return void secured.close();
      this.#attach(secured);
      this.#upgrading = false;
      this.#reading = false;
      this.#engine.secured();
    } catch (error) {
      if (this.#done) return;
      this.#cause ??= error;
      this.#engine.abort("tls", wordsOf(error));
    }
    this.#drive();
  }

  /** The engine itself failed; nothing can be asked of it any more. */
  #broken(thrown: unknown): void {
    this.#cause = thrown;
    const message = `the engine failed: ${wordsOf(thrown)}`;
    void this.#finish({ code: "closed", stage: "ready", message });
  }

  async #finish(failure: Failure | undefined): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    // A client that gives up does not wait for a peer that takes nothing.
    const stuck = failure !== undefined && this.#role.duplex && !this.room();
    const writable = !this.#upgrading && !stuck;
    if (writable) this.#flush();
    this.#role.closed(failure, this.#cause);
    try {
      if (writable) await within(CLOSING, this.#part(failure !== undefined));
    } finally {
      await this.#transport.close().catch(ignore);
      try {
        this.#engine.free();
      } catch {
        // It failed before; there is nothing left to free.
      }
      this.#finished();
    }
  }

  /**
   * Ends our side, so that the peer gets the last reply. When the session did not end as agreed, the peer may be
   * sending still: what it sends is read and dropped, because closing over unread octets would destroy our reply.
   */
  async #part(linger: boolean): Promise<void> {
    await this.#writer.close();
    if (!linger || this.#role.duplex || this.#ended !== "no" || this.#reading) return;
    while (!(await this.#reader.read()).done);
  }
}

function join(pieces: readonly Uint8Array[], octets: number): Uint8Array {
  const joined = new Uint8Array(octets);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Waits for a promise, but not longer than so many milliseconds; its failure is as good as its success. */
function within(limit: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limit);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    promise.then(done, done);
  });
}

function ignore(): void {}
