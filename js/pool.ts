/**
 * Sending over several connections to one server: they are made when they are needed, kept while they are, and replaced
 * when they break (RFC 5321 section 4.5.4.1, RFC 9422).
 */
import { CONNECT_OPTIONS, openSession } from "./client.js";
import type { ConnectOptions } from "./client.js";
import { platform } from "./clock.js";
import type { Clock } from "./clock.js";
import { Dispatcher } from "./dispatch.js";
import { InputError } from "./errors.js";
import type { Reply } from "./errors.js";
import type { Draft } from "./draft.js";
import type { RawMessage } from "./message.js";
import { callback, count, milliseconds, validate } from "./options.js";
import type { Rule } from "./options.js";
import type { Rate } from "./pace.js";
import { verify } from "./probe.js";
import type { Receipt, SendResult } from "./receipt.js";
import { send, sendMany } from "./send.js";
import type { SendOptions } from "./send.js";
import type { Connector } from "./transport.js";

/** When and how often what failed is tried again. */
export interface Retry {
  /** How often a message is tried: at least 1, which is not again. Default: 4. */
  readonly attempts?: number;
  /** How long is waited after a first failure, at most: milliseconds. Twice as long after each further one. Default: 500. */
  readonly first?: number;
  /** How long is waited at most, however often it failed: milliseconds. Default: 30000. */
  readonly longest?: number;
}

/** How a pool sends: its own options, and those of each of its connections. */
export interface PoolOptions extends ConnectOptions {
  /** How many connections there may be. Default: 5. */
  readonly size?: number;
  /** After how many messages a connection is replaced; a server's own limit (MAILMAX, RFC 9422) counts too. Default: 100. */
  readonly perConnection?: number;
  /** How many messages may go in any second, or in any span of so many milliseconds. Default: no limit. */
  readonly rate?: number | Rate;
  /**
   * How many messages may be in flight on one connection. The outcome of so many may be unknown when it is lost.
   * Default: 20.
   */
  readonly window?: number;
  /** When and how often what failed is tried again. */
  readonly retry?: Retry;
  /** How long a connection is kept that nobody needs: milliseconds. Default: 10000. */
  readonly idle?: number;
  /** Gives up: what waits is not sent, what is in flight is given up, and all connections end at once. */
  readonly signal?: AbortSignal;
  /** What the pool waits by. Connections have their own time limits. Default: the platform's clock. */
  readonly clock?: Clock;
}

const SIZE = 5;
const PER_CONNECTION = 100;
const DEPTH = 20;
const ATTEMPTS = 4;
const FIRST = 500;
const LONGEST = 30_000;
const IDLE = 10_000;

const span: Rule = {
  allows: (value) => milliseconds.allows(value) && (value as number) > 0,
  words: "a number of milliseconds, more than 0",
};
const clock: Rule = {
  allows: (value) =>
    typeof value === "object" &&
    value !== null &&
    ["now", "after"].every((name) => callback.allows((value as Record<string, unknown>)[name])),
  words: "a clock: an object with now() and after()",
};

/**
 * Makes a pool of connections to one server; the first is made when there is something to send. Throws an `InputError`
 * on a wrong option. Close it in the end, or a connection stays open for a while.
 *
 *     await using mail = pool(tcp({ host: "mx.example", port: 587 }), { size: 3, rate: 10, auth: { user, pass } });
 *     for await (const result of mail.sendMany(messages)) console.log(result.ok);
 */
export function pool(connector: Connector, options: PoolOptions = {}): Pool {
  if (typeof connector !== "object" || connector === null || typeof connector.open !== "function")
    throw new InputError(
      "a pool needs a connector, as tcp({ host, port }) gives: it connects more than once",
      {
        field: "connector",
      },
    );
  validate(options, {
    ...CONNECT_OPTIONS,
    size: count,
    perConnection: count,
    rate: typeof options?.rate === "object" ? { messages: count, per: span } : count,
    retry: { attempts: count, first: milliseconds, longest: milliseconds },
    idle: milliseconds,
    clock,
  });
  return new Pool(connector, options);
}

/** Connections to one server. Made by {@link pool}; closed by `close()` or `await using`. */
export class Pool implements AsyncDisposable {
  readonly #dispatcher: Dispatcher;
  readonly #verify: () => Promise<Reply>;

  /** @internal */
  constructor(connector: Connector, options: PoolOptions) {
    const {
      size = SIZE,
      perConnection = PER_CONNECTION,
      rate = Infinity,
      window = DEPTH,
      retry: { attempts = ATTEMPTS, first = FIRST, longest = LONGEST } = {},
      idle = IDLE,
      clock = platform,
      signal,
      ...session
    } = options;
    if (typeof rate === "object")
      for (const name of ["messages", "per"] as const)
        if (rate[name] === undefined)
          throw new InputError(`the option rate needs ${name}`, { field: `rate.${name}` });
    this.#dispatcher = new Dispatcher((signal) => openSession(connector, { ...session, window, signal }), {
      size,
      perConnection,
      depth: window,
      rate: typeof rate === "number" ? { messages: rate, per: 1_000 } : rate,
      attempts,
      first,
      longest,
      idle,
      clock,
      signal,
    });
    this.#verify = () => verify(connector, { ...session, ...(signal !== undefined && { signal }) });
  }

  /**
   * Sends one message, as `Smtp.send` does, over the connection that has the least to do.
   *
   * When no connection can be made, or the one that the message was on breaks, and it is known not to have been taken,
   * it is tried again, over another connection and after a while: see {@link PoolOptions.retry}. That is not done when
   * the server has refused it, with 4yz or 5yz, but for 421, by which a server closes; when it is uncertain whether the
   * server has it; when the server will not let us in (wrong password, no TLS); nor when its content comes from a stream
   * that was read from already. It rejects with the `SmtpError` of the last try.
   *
   * It waits for its turn in memory, without a limit. The pool gives it up when `signal` fires.
   */
  send(message: Draft | RawMessage, options?: SendOptions): Promise<Receipt> {
    return send(this.#dispatcher, message, options);
  }

  /**
   * Sends many messages over all connections and yields what became of each, in their order, as `Smtp.sendMany` does;
   * each is tried again as {@link Pool.send} says. Messages are taken from the input when the results are taken: never
   * more are without a result, or with one that was not taken, than the connections may have in flight together (`size`
   * times `window`).
   */
  sendMany(
    messages: Iterable<Draft | RawMessage> | AsyncIterable<Draft | RawMessage>,
    options?: SendOptions,
  ): AsyncGenerator<SendResult, void, undefined> {
    return sendMany(this.#dispatcher, messages, options);
  }

  /**
   * Whether the server is there and lets us in: makes a connection of its own, which is closed again, and does not try
   * twice. Resolves to the reply to NOOP; rejects as `connect` does, or because the pool is closed.
   */
  async verify(): Promise<Reply> {
    const { refusal } = this.#dispatcher;
    if (refusal !== undefined) throw refusal;
    return this.#verify();
  }

  /**
   * Takes no more. Resolves when all that was taken has its result, tries and waits included, and all connections are
   * closed; `signal` of the options ends it sooner. Never rejects.
   */
  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  /** The same as {@link Pool.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
