/**
 * The sending side of one session: hands messages and their content to the engine, and turns what it reports into one
 * true result for each message (RFC 1047: a lost reply is neither a failure nor a success).
 */
import {
  AbortedError,
  ClosedError,
  errorOf,
  InputError,
  ReplyError,
  replyText,
  SmtpError,
  wordsOf,
} from "./errors.js";
import type { Failure, RecipientResult, RefusedRecipient, Reply, SmtpErrorDetails, Stage } from "./errors.js";
import { checked } from "./engine.js";
import type {
  Capability,
  ClientEngine,
  ClientEvent,
  ClientOutput,
  CommonOutput,
  Exchange,
  Offer,
  Outcome,
  Player,
} from "./engine.js";
import { namingAddress } from "./address.js";
import { prepare } from "./message.js";
import type { Content, ContentPiece } from "./content.js";
import type { Draft } from "./draft.js";
import type { Patience, Prepared, Preparing, RawMessage } from "./message.js";
import { text, validate } from "./options.js";
import type { Envelope } from "./parameters.js";
import { Pump } from "./pump.js";
import { queueIdOf } from "./queue-id.js";
import type { Receipt, SendResult } from "./receipt.js";
import type { Role } from "./pump.js";
import type { Rest } from "./split.js";
import type { Transport } from "./transport.js";

/** Gets what became of a message, exactly once, and what of it can be sent over another session. */
export type Settle = (result: SendResult, rest?: Rest) => void;

/** A message that was taken and has no result yet. */
interface Job {
  readonly message: Draft | RawMessage;
  readonly settle: Settle;
  readonly signal: AbortSignal | undefined;
  /** Its content is only now being read. */
  preparing?: Preparing;
  envelope?: Envelope;
  content?: Content;
  transaction?: number;
  /** Supplying the content: what is at hand, and whether more is on the way. */
  piece?: ContentPiece;
  pulling: boolean;
  suppliedAll: boolean;
  /** Why it was cancelled, if it was. */
  cause?: unknown;
  sourceFailed: boolean;
  settled: boolean;
}

export interface Ready {
  greeting: Reply;
  capabilities: Capability[];
  secure: boolean;
  authenticated: boolean;
}

export class Session implements Role<ClientOutput> {
  readonly duplex = true;
  readonly full = false;
  readonly pump: Pump<ClientOutput>;
  /** Settles when messages can be sent, or with why they never can. */
  readonly ready: Promise<Ready>;
  /** What the server has offered so far. */
  readonly offers: Offer[] = [];
  readonly #engine: ClientEngine;
  #player: Promise<Player> | undefined;
  #ready!: { resolve: (ready: Ready) => void; reject: (error: SmtpError) => void };
  #isReady = false;
  readonly #jobs: Map<number, Job> = new Map();
  /** Those that the engine does not know yet. */
  readonly #preparing: Set<Job> = new Set();
  readonly #requests: Map<number, { resolve: (reply: Reply) => void; reject: (error: SmtpError) => void }> =
    new Map();
  readonly #signals: Map<AbortSignal, { jobs: Set<Job>; listener: () => void }> = new Map();
  /** Set when the session is over, or on its way there. */
  #ending: ClosedError | undefined;
  /** QUIT waits for messages whose content is only now being read. */
  #parting = false;

  constructor(
    engine: ClientEngine,
    transport: Transport,
    readonly patience: Patience,
    readonly window: number,
    /** Loads who plays the client's part of AUTH where the engine asks its host to. */
    readonly player: (finished: Promise<void>) => Promise<Player>,
  ) {
    this.#engine = engine;
    this.ready = new Promise((resolve, reject) => (this.#ready = { resolve, reject }));
    this.pump = new Pump<ClientOutput>(engine, transport, this);
  }

  /** Why it takes no more, once it has ended or is on its way there. */
  get ending(): ClosedError | undefined {
    return this.#ending;
  }

  /** Holds what is given to it back, so that it goes out together; false if it was held already. */
  cork(): boolean {
    return this.pump.cork();
  }

  /** Lets it go. */
  uncork(): void {
    this.pump.uncork();
  }

  /**
   * Takes one message, or what is left of one; `settle` gets its result, exactly once. A promise is returned when the
   * content is only now being read; it never rejects, and the next message should wait for it, to stay in order.
   */
  start(
    message: Draft | RawMessage,
    signal: AbortSignal | undefined,
    settle: Settle,
    rest?: Prepared,
  ): Promise<void> | undefined {
    const job = begun(message, signal, settle);
    if (signal?.aborted === true) {
      this.#settle(job, given(signal.reason));
      return undefined;
    }
    if (this.#ending !== undefined) {
      this.#settle(job, this.#ending);
      return undefined;
    }
    try {
      const prepared = rest ?? prepare(message, this.patience, this.#offers);
      if (signal !== undefined) this.#watch(signal, job);
      if ("prepared" in prepared) return this.#await(job, prepared);
      if (this.#limits !== undefined && prepared.envelope.to.length > 1) return this.#parts(job, prepared);
      this.#submit(job, prepared);
    } catch (error) {
      this.#settle(job, asError(error));
    }
    return undefined;
  }

  readonly #offers = (keyword: string): boolean => this.#offered(keyword) !== undefined;

  async #await(job: Job, preparing: Preparing): Promise<void> {
    job.preparing = preparing;
    this.#preparing.add(job);
    try {
      const prepared = await preparing.prepared;
      if (this.#limits === undefined) this.#submit(job, prepared);
      else await this.#parts(job, prepared);
    } catch (error) {
      this.#settle(job, asError(error));
    }
    delete job.preparing;
    this.#preparing.delete(job);
    this.#part();
  }

  /** Within a server's limits on recipients (RFC 9422): one message is as many transactions as that takes. */
  async #parts(job: Job, prepared: Prepared): Promise<void> {
    this.#preparing.add(job);
    try {
      const { merged, split } = await import("./split.js");
      const parts = split(prepared, this.#limits!);
      const results: SendResult[] = [];
      let left = parts.length;
      if (left === 1 || job.settled) this.#submit(job, prepared);
      else {
        this.#unwatch(job);
        parts.forEach((part, index) => {
          const { message, signal, settle } = job;
          const own = begun(message, signal, (result) => {
            results[index] = result;
            if (--left === 0) settle(...merged(prepared, parts, results));
          });
          if (signal !== undefined) this.#watch(signal, own);
          this.#submit(own, part.prepared);
        });
      }
    } catch (error) {
      prepared.content.drop(error);
      this.#settle(job, asError(error));
    }
    this.#preparing.delete(job);
    this.#part();
  }

  /** What the server offered last of LIMITS. */
  get #limits(): Capability | undefined {
    return this.#offered("LIMITS");
  }

  #offered(keyword: string): Capability | undefined {
    return this.offers.at(-1)?.capabilities.find((offered) => offered.keyword === keyword);
  }

  /** Asks for something outside of messages. */
  request(...[verb, argument]: Parameters<ClientEngine["request"]>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      validate({ argument }, { argument: text });
      if (this.#ending !== undefined) return reject(this.#ending);
      const request = checked(() => this.#engine.request(verb, argument), "ready");
      this.#requests.set(request, { resolve, reject });
      this.pump.wake();
    });
  }

  /** Ends the session after what is in flight. */
  quit(): Promise<void> {
    if (this.#ending === undefined) {
      this.#ending = new ClosedError("the session was closed before", { stage: "quit" });
      this.#parting = true;
      this.#part();
    }
    return this.pump.finished;
  }

  #part(): void {
    if (!this.#parting || this.#preparing.size > 0) return;
    this.#parting = false;
    this.#engine.quit();
    this.pump.wake();
  }

  /** Ends the session now, because the caller wants it. */
  abort(reason: unknown): void {
    if (this.pump.done) return;
    this.#parting = false;
    this.#ending = new ClosedError("the session was aborted before", { stage: "ready", cause: reason });
    this.pump.abort("aborted", wordsOf(reason), reason);
  }

  take(output: Exclude<ClientOutput, CommonOutput>): boolean {
    if (output.type === "body") return this.#supply(output.transaction);
    if (output.type === "event") this.#event(output.event);
    else void this.#play(output);
    return true;
  }

  closed(failure: Failure | undefined, cause: unknown): boolean {
    this.#parting = false;
    const error = failure && errorOf(failure, causeOf(cause));
    this.#ending = new ClosedError(
      error ? `the session has ended: ${failure!.message}` : "the session has ended",
      {
        stage: "ready",
        ...(error && { cause: error }),
      },
    );
    const lost: Failure = failure ?? { code: "closed", stage: "quit", message: "the session ended" };
    if (!this.#isReady) this.#ready.reject(error ?? errorOf(lost));
    for (const request of this.#requests.values()) request.reject(errorOf(lost, causeOf(cause)));
    this.#requests.clear();
    // The engine reports every message before it closes; this is for an engine that broke.
    for (const job of [...this.#jobs.values()]) {
      const status = job.suppliedAll ? "uncertain" : "notSent";
      this.#outcome(job, { status, failure: lost, recipients: [] }, cause);
    }
    for (const job of this.#preparing) {
      job.preparing?.drop(this.#ending);
      this.#settle(job, errorOf(lost, causeOf(cause)));
    }
    for (const [signal, { listener }] of this.#signals) signal.removeEventListener("abort", listener);
    this.#signals.clear();
    return false;
  }

  async #play(asked: Exchange): Promise<void> {
    try {
      const play = await (this.#player ??= this.player(this.pump.finished));
      if (this.pump.done) return;
      play(asked, this.#engine);
      this.pump.wake();
    } catch (thrown) {
      this.pump.broken(thrown);
    }
  }

  #event(event: ClientEvent): void {
    switch (event.type) {
      case "ready":
        this.#isReady = true;
        this.#ready.resolve(event);
        return;
      case "offered":
        this.offers.push({ after: event.after, capabilities: event.capabilities });
        return;
      case "reply": {
        const request = this.#requests.get(event.request);
        this.#requests.delete(event.request);
        if (event.reply.code < 400) request?.resolve(event.reply);
        else request?.reject(refusal(event.reply, { stage: "ready" }));
        return;
      }
      case "outcome": {
        const job = this.#jobs.get(event.transaction);
        if (job !== undefined) this.#outcome(job, event.outcome, undefined);
      }
    }
  }

  #submit(job: Job, prepared: Prepared): void {
    const { envelope, content } = prepared;
    if (job.settled) return content.drop(job.cause);
    if (this.#ending !== undefined && !this.#parting) {
      content.drop(this.#ending);
      return this.#settle(job, this.#ending);
    }
    const { octets, eightBit } = content;
    try {
      const { from, to } = envelope;
      const { params, prdr } = prepared.asked ?? {};
      job.transaction = namingAddress(
        () => checked(() => this.#engine.send(from, to, octets, eightBit, params, prdr), "mail"),
        { ...(from !== "" && { from: [from] }), to },
      );
    } catch (error) {
      content.drop(error);
      return this.#settle(job, asError(error));
    }
    job.envelope = envelope;
    job.content = content;
    this.#jobs.set(job.transaction, job);
    this.pump.wake();
  }

  /** Supplies one piece of content, if one is at hand and the peer takes it. */
  #supply(transaction: number): boolean {
    const job = this.#jobs.get(transaction);
    if (job === undefined) {
      this.#engine.cancel(transaction);
      return true;
    }
    if (job.pulling || !this.pump.mayWrite) return false;
    let piece = job.piece;
    if (piece === undefined) {
      const next = job.content!.next();
      if (next instanceof Promise) return this.#pull(job, next);
      piece = next;
    }
    delete job.piece;
    const { bytes, last } = piece;
    if (last) job.suppliedAll = true;
    const out =
      job.content!.clean && this.#engine.chunked(transaction)
        ? this.#engine.cleanContent(transaction, bytes.length, last)
        : this.#engine.content(transaction, bytes, last);
    this.pump.write(out.before);
    this.pump.write(out.body ?? bytes);
    this.pump.write(out.after);
    return true;
  }

  #pull(job: Job, next: Promise<ContentPiece>): false {
    job.pulling = true;
    next.then(
      (piece) => {
        job.pulling = false;
        job.piece = piece;
        this.pump.wake();
      },
      (error: unknown) => {
        job.pulling = false;
        job.sourceFailed = true;
        this.#cancel(job, error);
      },
    );
    return false;
  }

  #cancel(job: Job, cause: unknown): void {
    if (job.settled || job.cause !== undefined) return;
    job.cause = cause ?? "no reason was given";
    if (job.transaction === undefined) {
      job.preparing?.drop(cause);
      return this.#settle(job, given(cause));
    }
    job.content!.drop(cause);
    if (this.pump.done) return;
    this.#engine.cancel(job.transaction);
    this.pump.wake();
  }

  /** One listener for each signal, however many messages it is for. */
  #watch(signal: AbortSignal, job: Job): void {
    let watched = this.#signals.get(signal);
    if (watched === undefined) {
      const jobs = new Set<Job>();
      const listener = (): void => {
        for (const job of [...jobs]) this.#cancel(job, signal.reason);
      };
      watched = { jobs, listener };
      this.#signals.set(signal, watched);
      signal.addEventListener("abort", listener, { once: true });
    }
    watched.jobs.add(job);
  }

  #unwatch(job: Job): void {
    const watched = job.signal && this.#signals.get(job.signal);
    if (watched === undefined) return;
    watched.jobs.delete(job);
    if (watched.jobs.size > 0) return;
    job.signal!.removeEventListener("abort", watched.listener);
    this.#signals.delete(job.signal!);
  }

  #outcome(job: Job, outcome: Outcome, cause: unknown): void {
    this.#jobs.delete(job.transaction!);
    if (outcome.status !== "accepted") {
      if (!job.suppliedAll) job.content!.drop(undefined);
      return this.#settle(job, this.#errorFor(job, outcome, cause));
    }
    if (job.settled) return;
    const { reply } = outcome;
    const recipients = recipientsOf(outcome);
    const { messageId } = job.content!;
    const queueId = queueIdOf(reply);
    const receipt: Receipt = {
      envelope: job.envelope!,
      ...(messageId !== undefined && { messageId }),
      reply,
      ...(queueId !== undefined && { queueId }),
      accepted: recipients.filter(({ status }) => status === "accepted").map(({ recipient }) => recipient),
      refused: refusedOf(outcome),
      recipients,
    };
    job.settled = true;
    this.#unwatch(job);
    job.settle({ ok: true, receipt });
  }

  #errorFor(job: Job, outcome: Exclude<Outcome, { status: "accepted" }>, cause: unknown): SmtpError {
    const refused = refusedOf(outcome);
    const recipients = recipientsOf(outcome);
    if (outcome.status === "refused")
      return refusal(outcome.reply, { stage: outcome.stage, refused, recipients });
    const delivery = outcome.status === "uncertain" ? "uncertain" : "none";
    // Uncertain is a message whose end went out: that is its stage, whatever reply the session was waiting for.
    const stage = outcome.status === "uncertain" ? "end" : outcome.failure.stage;
    const details: SmtpErrorDetails = {
      stage,
      delivery,
      refused,
      recipients,
      ...causeOf(job.cause ?? cause),
    };
    if (job.sourceFailed) {
      const what = "the source of the content failed";
      return new InputError(what, { ...details, field: (job.cause as InputError).field });
    }
    return errorOf(outcome.failure, details);
  }

  #settle(job: Job, error: SmtpError): void {
    if (job.settled) return;
    job.settled = true;
    this.#unwatch(job);
    job.settle({ ok: false, error, message: job.message });
  }
}

function begun(message: Draft | RawMessage, signal: AbortSignal | undefined, settle: Settle): Job {
  const no = { pulling: false, suppliedAll: false, sourceFailed: false, settled: false };
  return { message, signal, settle, ...no };
}

function given(reason: unknown): AbortedError {
  return new AbortedError(`the caller gave up: ${wordsOf(reason)}`, { stage: "mail", cause: reason });
}

function asError(thrown: unknown): SmtpError {
  if (thrown instanceof SmtpError) return thrown;
  return new InputError(wordsOf(thrown), { stage: "mail", cause: thrown });
}

const REFUSED_AT: Readonly<Partial<Record<Stage, string>>> = {
  mail: "the sender",
  rcpt: "all recipients",
  data: "the message at DATA",
  content: "the content",
  end: "the content",
};

function refusal(reply: Reply, details: SmtpErrorDetails & { stage: Stage }): ReplyError {
  const what = REFUSED_AT[details.stage] ?? "the command";
  return new ReplyError(`the server refused ${what}: ${replyText(reply)}`, { ...details, reply });
}

/** The original of a failure, where an adapter has put words around it. */
function causeOf(cause: unknown): { cause?: unknown } {
  if (cause === undefined) return {};
  return { cause: cause instanceof SmtpError && cause.cause !== undefined ? cause.cause : cause };
}

/** The recipients that have a refusal of their own. */
function refusedOf(outcome: Outcome): RefusedRecipient[] {
  return outcome.recipients.flatMap(({ recipient, reply }) =>
    reply !== undefined && reply.code >= 400 ? [{ recipient, reply }] : [],
  );
}

/** A recipient without a refusal of its own was refused with the message. */
function recipientsOf(outcome: Outcome): RecipientResult[] {
  return outcome.recipients.map(({ recipient, status, reply: own }) => {
    const refused = status === "refused";
    const reply = refused && !(own && own.code >= 400) && "reply" in outcome ? outcome.reply : own;
    return { recipient, status, ...(reply && { reply }), retryable: refused && reply!.code < 500 };
  });
}
