/**
 * Who sends which message when, over several connections: opens them when there is something to send, shares the
 * messages out, and sends again what is known not to have been taken (RFC 1047, RFC 5321 section 4.5.4.1, RFC 9422).
 */
import { onAbort } from "./abort.js";
import { AbortedError, ClosedError, SmtpError, wordsOf } from "./errors.js";
import type { Clock } from "./clock.js";
import type { Capability } from "./engine.js";
import type { Attachment, Draft } from "./draft.js";
import type { RawMessage } from "./message.js";
import { Pace } from "./pace.js";
import type { Rate } from "./pace.js";
import type { Sender } from "./send.js";
import type { SendResult } from "./receipt.js";
import type { Ready, Session, Settle } from "./session.js";
import type { Rest } from "./split.js";

/** How messages are dispatched. All times are milliseconds. */
export interface Dispatching {
  /** How many connections there may be. */
  readonly size: number;
  /** How many messages go over one connection. */
  readonly perConnection: number;
  /** How many messages may be in flight on one connection. */
  readonly depth: number;
  readonly rate: Rate;
  /** How often a message is tried. */
  readonly attempts: number;
  /** How long is waited after the first failure, and at most. */
  readonly first: number;
  readonly longest: number;
  /** How long a connection is kept that nobody needs. */
  readonly idle: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/** Opens a connection, which ends when the signal fires. Rejects with an `SmtpError`. */
export type Open = (signal: AbortSignal) => Promise<{ session: Session; ready: Ready }>;

/** A message that has no result yet. */
interface Task {
  readonly message: Draft | RawMessage;
  readonly signal: AbortSignal | undefined;
  readonly settle: (result: SendResult) => void;
  /** What is left of the message, when a server took it in parts. */
  readonly rest?: Rest;
  /** Tries that failed: no connection could be made, or the one that it was on broke. */
  attempts: number;
  /** The connection that it was on broke. It may have been the reason: it goes with no others from then on. */
  alone: boolean;
  /** Ends the watch over its signal. */
  unwatch: () => void;
}

/** A connection, from the attempt to make it until it is closed. */
interface Connection {
  /** Undefined while it is being opened. */
  session?: Session;
  readonly giveUp: AbortController;
  /** The failures before it; see `#failed`. */
  readonly round: number;
  /** How many messages it may take, and has taken. */
  limit: number;
  taken: number;
  inFlight: number;
  /** Whether the one message in flight is to stay the only one. */
  alone: boolean;
  /** The server has decided on a message: it is worth talking to. */
  useful: boolean;
  /** A message came back because the session broke. */
  broke: boolean;
  /** It was our wish that it ends. */
  leaving: boolean;
  /** Stops the wait for its end of being of no use. */
  unrest: () => void;
}

/** These errors are a broken session's, not of the message that happened to be on it. */
const BROKEN: ReadonlySet<string> = new Set(["closed", "timeout", "protocol"]);

export class Dispatcher implements Sender {
  readonly window: number;
  readonly #open: Open;
  readonly #how: Dispatching;
  readonly #pace: Pace;
  /** In the order of their turn. */
  readonly #waiting: Set<Task> = new Set();
  readonly #connections: Set<Connection> = new Set();
  #inFlight = 0;

  /** Failures to get anywhere, one after another; the next connection is not made before a time that grows with them. */
  #failures = 0;
  #notBefore = -Infinity;
  /** Counts failures, so that connections that were made together fail together. */
  #round = 0;

  #stopped: { readonly reason: unknown } | undefined;
  #closing: Promise<void> | undefined;
  #closed: (() => void) | undefined;
  #corked = false;
  #scheduled = false;
  #unalarm: () => void = nothing;
  #unwatch: () => void = nothing;

  constructor(open: Open, how: Dispatching) {
    this.#open = open;
    this.#how = how;
    this.#pace = new Pace(how.rate);
    this.window = how.size * how.depth;
    if (how.signal?.aborted === true) this.#stop();
    else if (how.signal !== undefined) this.#unwatch = onAbort(how.signal, this.#stop);
  }

  /** Whether messages are taken; if not, why. */
  get refusal(): SmtpError | undefined {
    if (this.#stopped !== undefined) return gaveUp(this.#stopped.reason);
    if (this.#closing !== undefined) return new ClosedError("the pool was closed before", { stage: "quit" });
    return undefined;
  }

  /** Takes one message; `settle` gets what became of it in the end. */
  start(message: Draft | RawMessage, signal: AbortSignal | undefined, settle: Settle): undefined {
    const error = this.refusal ?? (signal?.aborted === true ? gaveUp(signal.reason) : undefined);
    if (error !== undefined) settle({ ok: false, error, message });
    else this.#queue({ message, signal, settle, attempts: 0, alone: false, unwatch: nothing });
  }

  cork(): boolean {
    if (this.#corked) return false;
    this.#corked = true;
    return true;
  }

  uncork(): void {
    this.#corked = false;
    this.#wake();
  }

  /** Takes no more. Resolves when all that was taken has its result and all connections are closed. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => (this.#closed = resolve));
    this.#wake();
    return this.#closing;
  }

  readonly #stop = (): void => {
    const { reason } = this.#how.signal!;
    this.#stopped = { reason };
    this.#unalarm();
    for (const task of [...this.#waiting]) this.#drop(task, gaveUp(reason));
    for (const { giveUp } of this.#connections) giveUp.abort(reason);
  };

  #queue(task: Task): void {
    this.#waiting.add(task);
    const { signal } = task;
    if (signal !== undefined) task.unwatch = onAbort(signal, () => this.#drop(task, gaveUp(signal.reason)));
    this.#wake();
  }

  /** A waiting message will not be sent. */
  #drop(task: Task, error: SmtpError): void {
    this.#waiting.delete(task);
    task.unwatch();
    task.settle({ ok: false, error, message: task.message });
    this.#wake();
  }

  /** Looks at everything again, soon; what happens together is looked at together. */
  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#advance();
    });
  }

  /** Gives out what can be given, opens what is missing, and sees to it that the rest gets its turn. */
  #advance(): void {
    this.#unalarm();
    this.#unalarm = nothing;
    if (this.#closing !== undefined) this.#part();
    if (this.#corked || this.#waiting.size === 0) return;
    const { clock } = this.#how;
    const now = clock.now();
    let allowance = this.#pace.allowance(now);
    for (const task of this.#waiting) {
      if (allowance === 0) break;
      const connection = this.#free(task);
      if (connection === undefined) break;
      this.#give(task, connection, now);
      allowance--;
    }
    const left = Math.min(this.#waiting.size, allowance);
    const due = left > 0 ? this.#connect(now, left) : this.#pace.next;
    if (this.#waiting.size > 0 && due < Infinity) this.#unalarm = clock.after(due - now, () => this.#wake());
  }

  /** The least busy connection that may take this message. */
  #free(task: Task): Connection | undefined {
    const { size, depth } = this.#how;
    const share = Math.min(depth, Math.ceil((this.#waiting.size + this.#inFlight) / size));
    let best: Connection | undefined;
    for (const connection of this.#connections) {
      const { session, inFlight, alone } = connection;
      if (session === undefined || session.ending !== undefined || connection.leaving) continue;
      if (inFlight > 0 && (alone || task.alone || inFlight >= share)) continue;
      if (best === undefined || inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  #give(task: Task, connection: Connection, now: number): void {
    this.#waiting.delete(task);
    task.unwatch();
    connection.unrest();
    connection.taken++;
    connection.inFlight++;
    connection.alone = task.alone;
    this.#inFlight++;
    this.#pace.count(now);
    const settle: Settle = (result, rest) => {
      connection.inFlight--;
      this.#inFlight--;
      const done = rest
        ? !this.#goOn(task, connection, result, rest)
        : !this.#again(task, connection, result);
      if (done) task.settle(result);
      if (connection.inFlight === 0) this.#rest(connection);
      this.#wake();
    };
    void connection.session!.start(task.message, task.signal, settle, task.rest?.prepared());
    if (connection.taken >= connection.limit) this.#leave(connection);
  }

  /** Opens connections for so many messages. Gives when to look again, if that is to be by the clock. */
  #connect(now: number, messages: number): number {
    if (now < this.#notBefore) return this.#notBefore;
    const wanted = Math.min(this.#how.size, this.#waiting.size + this.#inFlight);
    // After a failure, one finds out whether it is any better now.
    const most = this.#failures > 0 ? 1 : messages;
    let opening = 0;
    for (const { session } of this.#connections) if (session === undefined) opening++;
    for (; this.#connections.size < wanted && opening < most; opening++) void this.#run();
    return Infinity;
  }

  async #run(): Promise<void> {
    const connection: Connection = {
      giveUp: new AbortController(),
      round: this.#round,
      limit: this.#how.perConnection,
      taken: 0,
      inFlight: 0,
      alone: false,
      useful: false,
      broke: false,
      leaving: false,
      unrest: nothing,
    };
    this.#connections.add(connection);
    let why: SmtpError | undefined;
    try {
      const { session, ready } = await this.#open(connection.giveUp.signal);
      connection.limit = Math.min(connection.limit, mailMax(ready.capabilities));
      connection.session = session;
      this.#rest(connection);
      this.#wake();
      await session.pump.finished;
      why = session.ending;
    } catch (error) {
      why = error as SmtpError;
    }
    this.#connections.delete(connection);
    connection.unrest();
    this.#gone(connection, why!);
    this.#wake();
  }

  /** Nothing is in flight on it: it will not be kept for ever. */
  #rest(connection: Connection): void {
    connection.unrest();
    connection.unrest = this.#how.clock.after(this.#how.idle, () => this.#leave(connection));
  }

  #leave(connection: Connection): void {
    connection.leaving = true;
    connection.unrest();
    void connection.session!.quit();
  }

  /** Closes what is left when there is nothing left to do. */
  #part(): void {
    if (this.#waiting.size > 0 || this.#inFlight > 0) return;
    for (const connection of this.#connections) {
      if (connection.session !== undefined) this.#leave(connection);
      else connection.giveUp.abort("the pool is closed");
    }
    if (this.#connections.size > 0) return;
    this.#unwatch();
    this.#closed!();
  }

  /** A connection has ended, or could not be made. */
  #gone(connection: Connection, why: SmtpError): void {
    const { useful, broke, taken, leaving } = connection;
    if (connection.giveUp.signal.aborted) return;
    // Those that wait for their time by the rate have lost nothing.
    const wanted = this.#waiting.size > 0 && this.#pace.allowance(this.#how.clock.now()) > 0;
    if (leaving && !broke) {
      // Its place is free, which may be what the server had no more of.
      this.#failures = 0;
      this.#notBefore = -Infinity;
    } else if (!useful && (broke || wanted)) this.#failed(connection);
    if (leaving || !wanted || taken > 0 || this.#connections.size > 0) return;
    // Messages waited for it, and for no other: they wait on if they may, and if there is hope.
    for (const task of [...this.#waiting])
      if (++task.attempts >= this.#how.attempts || !why.retryable) this.#drop(task, why);
  }

  /** Nothing was got from the server by this connection: it is waited until the next one is made. */
  #failed(connection: Connection): void {
    if (connection.round !== this.#round) return;
    const { first, longest, clock } = this.#how;
    const delay = Math.min(longest, first * 2 ** this.#failures);
    this.#round++;
    this.#failures++;
    // Not all clients of a server that was away are to come back at once.
    this.#notBefore = clock.now() + delay * (1 - Math.random() / 2);
  }

  /** Sends a message again if its connection broke and it is known not to have been taken; says whether it will. */
  #again(task: Task, connection: Connection, result: SendResult): boolean {
    if (result.ok) return this.#worked(connection);
    const { code, reply, delivery, stage } = result.error;
    // With 421 the server says that it closes the connection, whatever it was asked (RFC 5321 section 3.8).
    const turnedAway = code === "reply" && reply!.code === 421;
    if (code === "reply" && !turnedAway) return this.#worked(connection);
    if (!turnedAway && !BROKEN.has(code)) return false;
    connection.broke = true;
    if (turnedAway) this.#failed(connection);
    // The time that ran out may be that of its source; what that says about the connection is seen in the end.
    if (task.rest === undefined && !isReplayable(task.message)) return false;
    if (!connection.useful) this.#failed(connection);
    // It has ended, or takes no more messages.
    this.#leave(connection);
    if (delivery !== "none" || this.#stopped !== undefined) return false;
    // What had not begun when a connection came to its end is not the reason.
    const innocent = connection.useful && stage === "ready";
    if (!innocent) task.alone = true;
    if (!innocent && ++task.attempts >= this.#how.attempts) return false;
    this.#queue(task);
    return true;
  }

  /** Sends what is left of a message when the server, or the connection, took only a part; says whether it will. */
  #goOn(task: Task, connection: Connection, result: SendResult, rest: Rest): boolean {
    this.#worked(connection);
    connection.broke = true;
    this.#leave(connection);
    if (this.#stopped !== undefined) return false;
    this.#queue({ ...task, rest, settle: (later) => task.settle(rest.with(later)) });
    return true;
  }

  #worked(connection: Connection): false {
    connection.useful = true;
    if (connection.round === this.#round) this.#failures = 0;
    return false;
  }
}

/** Whether its content can be had a second time. */
function isReplayable(message: Draft | RawMessage): boolean {
  if ("raw" in message) return typeof message.raw === "string" || message.raw instanceof Uint8Array;
  // Composing says what is wrong with them, if anything is.
  if (!Array.isArray(message.attachments)) return true;
  return message.attachments.every(
    (attachment: Attachment | null) =>
      !(attachment?.content instanceof ReadableStream) &&
      (attachment?.content as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === undefined,
  );
}

/** How many messages the server takes in one session (RFC 9422 section 4.1). */
function mailMax(capabilities: readonly Capability[]): number {
  const limits = capabilities.find(({ keyword }) => keyword.toUpperCase() === "LIMITS");
  for (const limit of limits?.parameters ?? []) {
    const most = /^MAILMAX=([1-9]\d{0,5})$/i.exec(limit)?.[1];
    if (most !== undefined) return Number(most);
  }
  return Infinity;
}

function gaveUp(reason: unknown): AbortedError {
  return new AbortedError(`the caller gave up: ${wordsOf(reason)}`, { stage: "mail", cause: reason });
}

function nothing(): void {}
