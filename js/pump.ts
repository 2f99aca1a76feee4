/**
 * The one loop that moves octets between an engine and a transport, for clients and servers alike. It decides nothing
 * about the protocol: it polls, writes, reads, waits, upgrades to TLS and closes, as the engine says.
 */
import { ClosedError, TlsError, wordsOf } from "./errors.js";
import type { Failure } from "./errors.js";
import type { CommonOutput, Engine } from "./engine.js";
import { lineOf, WRITE_OCTETS } from "./transport.js";
import type { Line, LineListener, Transport } from "./transport.js";

/** Pieces from this size on are written as they are; smaller ones are joined first. */
const JOIN_OCTETS = 16 * 1024;
/** How long the last octets, and the peer's, are waited for when a session ends: milliseconds. */
const CLOSING = 1_000;
/** What a timer can hold at most: milliseconds. */
const LONGEST = 2 ** 31 - 1;

type AbortCode = "aborted" | "closed" | "tls";

/** What a client or a server adds to the pump. */
export interface Role<Output> {
  /** Whether to go on reading while the peer takes nothing: a client must, or both sides wait for ever. */
  readonly duplex: boolean;
  /** Whether the host cannot take more at present. It calls `wake` when it can. */
  readonly full: boolean;
  /** The peer has ended its side while the engine is busy with its host. A client is never told. */
  parted?(): void;
  /** Handles one output. False: nothing can be done for it now; the role calls `wake` when it can. */
  take(output: Exclude<Output, CommonOutput>): boolean;
  /**
   * The session is over. Called once; the engine must not be used any more. True: the peer may not know yet, and be
   * sending still.
   */
  closed(failure: Failure | undefined, cause: unknown): boolean;
}

/** Drives one engine over one transport until the session is over. */
export class Pump<Output extends { type: string }> implements LineListener {
  readonly #engine: Engine<Output>;
  readonly #role: Role<Output>;
  /** Settles when the session is over and the transport closed; never rejects. */
  readonly finished: Promise<void>;
  #finished!: () => void;

  #transport: Transport;
  #line: Line;

  /** Octets that wait for their neighbours. */
  #out: Uint8Array[] = [];
  #outOctets = 0;

  /** A read is under way. */
  #reading = false;
  /** What it brings may go to the engine at once. */
  #wantsRead = false;
  /** What came when the engine wanted nothing. */
  #held: Uint8Array | undefined;
  #ended: "no" | "held" | "told" = "no";
  #lost = false;
  /** Why the session is to end, if it is not the engine that says so. The host's pace does not matter any more. */
  #aborted: AbortCode | undefined;

  #upgrading = false;
  #driving = false;
  /** The loop was woken while it runs. */
  #again = false;
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
    this.#transport = transport;
    this.#line = lineOf(transport);
    this.#line.open(this);
    this.wake();
  }

  /** Whether the session is over. The engine must not be called from then on. */
  get done(): boolean {
    return this.#done;
  }

  /** Whether the session is over or has been given up: the engine has nothing to ask any more. */
  get ending(): boolean {
    return this.#done || this.#aborted !== undefined;
  }

  /** Looks at the engine again, soon: something was asked of it. */
  wake(): void {
    if (this.#corked || this.#done) return;
    this.#again = true;
    if (this.#driving || this.#scheduled) return;
    this.#scheduled = true;
    void soon.then(this.#woken);
  }

  readonly #woken = (): void => {
    this.#scheduled = false;
    if (!this.#corked) this.#drive();
  };

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
  abort(code: AbortCode, message: string, cause?: unknown): void {
    if (this.#done) return;
    this.#cause ??= cause;
    this.#aborted ??= code;
    this.#engine.abort(code, message);
    this.#corked = false;
    this.wake();
  }

  /** Whether content may be written now; if not, the loop goes on when it may. */
  get mayWrite(): boolean {
    return !this.#lost && !this.#upgrading && this.#line.room;
  }

  /** Writes octets, joined with their neighbours where they are small. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.length >= JOIN_OCTETS) {
      this.#flush();
      this.#line.write(bytes);
      return;
    }
    this.#out.push(bytes);
    this.#outOctets += bytes.length;
    if (this.#outOctets >= WRITE_OCTETS) this.#flush();
  }

  received(bytes: Uint8Array): void {
    this.#reading = false;
    if (this.#done) return this.#drain();
    if (this.#wantsRead && !this.#driving) {
      this.#wantsRead = false;
      try {
        this.#engine.receive(bytes);
      } catch (thrown) {
        return this.broken(thrown);
      }
    } else this.#held = bytes;
    this.#drive();
  }

  ended(error?: unknown): void {
    this.#reading = false;
    this.#heard(error);
    this.#ended = "held";
    if (error !== undefined) this.#lost = true;
    if (this.#done) return this.#drained?.();
    this.#drive();
    this.#forsaken();
  }

  room(): void {
    this.#drive();
  }

  /** The peer takes nothing more. What it has said before is still read, for a moment. */
  lost(error: unknown): void {
    this.#heard(error);
    if (this.#done || this.#lost) return;
    this.#lost = true;
    const timer = setTimeout(() => {
      if (this.#ended === "no") this.abort("closed", "the connection was lost");
    }, CLOSING);
    void this.finished.then(() => clearTimeout(timer));
    this.#drive();
    this.#forsaken();
  }

  /** Some runtimes tell of a failed handshake only when something is to go over the connection. */
  #heard(error: unknown): void {
    this.#cause ??= error;
    if (error instanceof TlsError) this.abort("tls", error.message, error);
  }

  /** The peer has gone, and the engine, busy with its host, does not want to know yet: the host is told. */
  #forsaken(): void {
    if (this.#done || this.#role.duplex || this.#upgrading || this.#ended !== "held") return;
    if (this.#lost) this.abort("closed", "the connection was lost");
    else this.#role.parted?.();
  }

  #drive(): void {
    if (this.#driving || this.#done) return;
    this.#driving = true;
    try {
      do this.#again = false;
      while (this.#step() || this.#again);
    } catch (thrown) {
      this.broken(thrown);
    }
    this.#driving = false;
  }

  /** One turn of the loop; false when there is nothing to do until something happens. */
  #step(): boolean {
    if (this.#role.full && this.#aborted === undefined) return this.#rest(undefined, false);
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
        void this.#finish(this.#told((output as { failure?: Failure }).failure));
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
    if (!read) {
      this.#lookAhead();
      return false;
    }
    // A server whose client takes no replies takes no commands either.
    if (!this.#role.duplex && !this.#lost && !this.#line.room) return false;
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
    this.#read();
    return false;
  }

  /** A server that waits for its host reads one piece ahead, and no more: that is how it sees that its client goes. */
  #lookAhead(): void {
    if (!this.#role.duplex && this.#held === undefined) this.#read();
  }

  #read(): void {
    if (this.#reading || this.#ended !== "no") return;
    this.#reading = true;
    this.#line.read();
  }

  #flush(): void {
    if (this.#outOctets === 0 || this.#upgrading) return;
    const pieces = this.#out;
    const bytes = pieces.length === 1 ? pieces[0]! : join(pieces, this.#outOctets);
    this.#out = [];
    this.#outOctets = 0;
    this.#line.write(bytes);
  }

  /** One timer, armed again only when it would ring too late. */
  #arm(): void {
    clearTimeout(this.#timer);
    this.#timerAt = this.#due;
    this.#timer = setTimeout(this.#rang, Math.min(Math.max(0, this.#due - performance.now()), LONGEST));
  }

  readonly #rang = (): void => {
    this.#timerAt = Infinity;
    if (this.#done || this.#due === Infinity) return;
    if (performance.now() < this.#due) this.#arm();
    else this.#drive();
  };

  async #upgrade(): Promise<void> {
    this.#flush();
    this.#upgrading = true;
    try {
      await this.#line.flushed();
      if (this.#done) return;
      if (this.#held !== undefined) throw new TlsError("plaintext came where the TLS handshake should begin");
      this.#line.release();
      this.#reading = false;
      const secured = await this.#transport.startTls!();
      const bindings = await secured.channelBinding?.();
      if (this.#done) return void secured.close();
      this.#transport = secured;
      this.#line = lineOf(secured);
      this.#line.open(this);
      this.#upgrading = false;
      if (bindings !== undefined) this.#engine.bind(bindings);
      this.#engine.secured();
    } catch (error) {
      if (this.#done) return;
      this.#cause ??= error;
      this.#aborted ??= "tls";
      this.#engine.abort("tls", wordsOf(error));
    }
    this.#drive();
  }

  /** A server's engine knows that it was aborted, but not by whom. */
  #told(failure: Failure | undefined): Failure | undefined {
    if (failure?.code !== "aborted" || this.#aborted === undefined) return failure;
    return { ...failure, code: this.#aborted };
  }

  /** The engine itself failed, or what plays a part of it; nothing can be asked of it any more. */
  broken(thrown: unknown): void {
    this.#cause = thrown;
    const words = wordsOf(thrown);
    const message = thrown instanceof ClosedError ? words : `the engine failed: ${words}`;
    void this.#finish({ code: "closed", stage: "ready", message });
  }

  async #finish(failure: Failure | undefined): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    // A client that gives up does not wait for a peer that takes nothing.
    const stuck = failure !== undefined && this.#role.duplex && !this.mayWrite;
    const orderly = !stuck && !this.#upgrading && !this.#lost;
    if (orderly) this.#flush();
    const linger = this.#role.closed(failure, this.#cause);
    try {
      if (orderly) await within(CLOSING, this.#part(linger));
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
   * Ends our side, so that the peer gets the last reply. What it is sending still is read and dropped meanwhile: closing
   * over unread octets would destroy our reply on its way.
   */
  async #part(linger: boolean): Promise<void> {
    await this.#line.end();
    if (!linger || this.#ended !== "no") return;
    const drained = new Promise<void>((resolve) => (this.#drained = resolve));
    this.#drain();
    await drained;
  }

  #drained: (() => void) | undefined;

  #drain(): void {
    if (this.#drained !== undefined) this.#read();
  }
}

/** What hangs on it runs in a microtask, for less than `queueMicrotask` takes where that makes a resource to trace. */
const soon = Promise.resolve();

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
