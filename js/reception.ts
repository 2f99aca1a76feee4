/**
 * The receiving side of one session: puts the engine's questions to the handlers, and hands the content of messages to
 * them as streams, no faster than they read.
 */
import { ClosedError, errorOf, InputError, ProtocolError, reportMistake, SmtpError } from "./errors.js";
import type { Failure } from "./errors.js";
import { checked } from "./engine.js";
import type {
  Answer,
  Ask,
  CommonOutput,
  PeerAttributes,
  ServerEngine,
  ServerEvent,
  ServerOutput,
} from "./engine.js";
import type { ReceivedEnvelope, ReceivedRecipient, ServerHandlers, ServerSession } from "./handlers.js";
import { Pump } from "./pump.js";
import type { Role } from "./pump.js";
import { Refuse } from "./refuse.js";
import { ACCEPT, decisionOn, fetched, knownFor, listing, refused, saying } from "./decision.js";
import { Incoming } from "./incoming.js";
import type { Endpoint, Transport } from "./transport.js";

const FAULT: Answer = { accept: false, code: 451, enhanced: "4.3.0", text: "Error here, try again later" };
const NO_AUTH: Answer = { accept: false, code: 535, enhanced: "5.7.8", text: "Authentication failed" };
const NO_STORE: Answer = { accept: false, code: 451, enhanced: "4.3.0", text: "No messages are taken here" };
const NO_ETRN: Answer = { accept: false, code: 458, enhanced: "4.3.0", text: "Nothing is queued here" };
const NO_BURL: Answer = { accept: false, code: 554, enhanced: "5.6.6", text: "Nothing is fetched here" };
const NO_EXPN: Answer = { accept: false, code: 502, enhanced: "5.5.1", text: "EXPN is not done here" };

/** What handlers see of a session. */
class Session implements ServerSession {
  declare name?: string;
  secure: boolean;
  declare user?: string;
  declare remote?: Endpoint;
  declare proxy?: Endpoint;
  declare client?: PeerAttributes;
  declare forwarded?: PeerAttributes;
  declare envelope?: ReceivedEnvelope & { to: string[]; recipients: ReceivedRecipient[] };
  #controller: AbortController | undefined;
  #over: (() => SmtpError) | undefined;

  constructor({ secure, remote }: Transport) {
    this.secure = secure;
    if (remote !== undefined) this.remote = remote;
  }

  /** Made for who asks for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    this.#tellOver();
    return this.#controller.signal;
  }

  /** A proxy has said for whom it speaks. */
  cameBy({ local, source }: Extract<ServerEvent, { type: "proxied" }>): void {
    if (local) return;
    if (this.remote !== undefined) this.proxy = this.remote;
    if (source === undefined) delete this.remote;
    else this.remote = source;
  }

  /** A peer has said for which client it speaks: the session begins anew. */
  become({ attributes, nowhere }: Extract<ServerEvent, { type: "client" }>): void {
    this.client = attributes;
    this.forget();
    delete this.name;
    const { ADDR: address, PORT: port = 0, HELO: name, LOGIN: user } = attributes;
    if (address !== undefined) this.remote = { address, port: Number(port) };
    else if (nowhere) delete this.remote;
    if (name !== undefined) this.name = name;
    if (user === undefined) delete this.user;
    else this.user = user;
  }

  /** The transaction is over. */
  forget(): void {
    delete this.envelope;
    delete this.forwarded;
  }

  /** Nobody is left to answer. The reason is made for who asks: an error takes a twentieth of a short session's time. */
  leave(reason: () => SmtpError): void {
    this.#over ??= reason;
    this.#tellOver();
  }

  #tellOver(): void {
    if (this.#over !== undefined && this.#controller?.signal.aborted === false)
      this.#controller.abort(this.#over());
  }
}

/** What a handler's result means beyond the usual. */
interface Meaning {
  refusal(result: unknown): Answer | undefined;
  /** What the answer is when it is no refusal. Throws an `InputError` when the result is none that it can be. */
  answerOf(result: unknown): Answer;
  over(): boolean;
}

const NEVER = (): boolean => false;
const ALWAYS = (): Answer => ACCEPT;

export class Reception implements Role<ServerOutput> {
  readonly duplex = false;
  readonly pump: Pump<ServerOutput>;
  readonly #engine: ServerEngine;
  readonly #handlers: ServerHandlers;
  readonly #session: Session;
  #message: Incoming | undefined;
  /** It is this side that ended the session. */
  #stopped = false;

  constructor(engine: ServerEngine, transport: Transport, handlers: ServerHandlers) {
    this.#engine = engine;
    this.#handlers = handlers;
    this.#session = new Session(transport);
    this.pump = new Pump<ServerOutput>(engine, transport, this);
  }

  get full(): boolean {
    return this.#message?.full ?? false;
  }

  /** Ends the session with 421. */
  stop(): void {
    if (this.pump.done) return;
    this.#stopped = true;
    this.#message?.hurry();
    this.#engine.close(421, "4.3.2", "shutting down");
    this.pump.wake();
  }

  take(output: Exclude<ServerOutput, CommonOutput>): boolean {
    switch (output.type) {
      case "body":
        this.#message?.add(output.bytes);
        break;
      case "ask":
        this.#ask(output.ask);
        break;
      case "event":
        this.#event(output.event);
    }
    return true;
  }

  closed(failure: Failure | undefined, cause: unknown): boolean {
    const error = failure && errorOf(withoutStage(failure), cause === undefined ? {} : { cause });
    this.#message?.fail(error ?? new ClosedError("the session ended", { stage: "content" }));
    this.#message = undefined;
    this.#session.leave(() => error ?? new ClosedError("the session is over"));
    if (error !== undefined) this.#report(error);
    this.#tell(() => this.#handlers.onClose?.(this.#session));
    return this.#stopped || failure !== undefined;
  }

  /** The client has ended its side; it is still answered, if it listens. */
  parted(): void {
    this.#session.leave(() => new ClosedError("the client has ended its side of the connection"));
  }

  #ask(ask: Ask): void {
    const handlers = this.#handlers;
    const session = this.#session;
    switch (ask.type) {
      case "connect":
        return this.#decide(handlers.onConnect && (() => handlers.onConnect!(session)));
      case "auth": {
        const { type: _, ...credentials } = ask;
        if (handlers.onAuth === undefined) return this.#answer(NO_AUTH);
        return this.#outcome(
          () => handlers.onAuth!(credentials, session),
          (answer) => this.#answer(answer),
          { refusal: (result) => (result === undefined || Boolean(result) ? undefined : NO_AUTH) },
        );
      }
      case "secret": {
        const { type: _, ...question } = ask;
        return this.#outcome(
          () => handlers.onSecret!(question, session),
          (answer) => this.#answer(answer),
          { refusal: () => undefined, answerOf: (result) => knownFor(ask.mechanism, result) },
        );
      }
      case "mail": {
        const { from, params } = ask;
        const asked = datesIn(ask.asked, "holdUntil");
        return this.#decide(handlers.onMail && (() => handlers.onMail!(from, params, session, asked)), () => {
          this.#session.envelope = { from, to: [], params, recipients: [], ...asked };
        });
      }
      case "rcpt": {
        const { to, params } = ask;
        const asked = datesIn(ask.asked, "requireValidSince");
        return this.#decide(handlers.onRcpt && (() => handlers.onRcpt!(to, params, session, asked)), () => {
          const { envelope } = this.#session;
          envelope?.to.push(to);
          envelope?.recipients.push({ address: to, params, ...asked });
        });
      }
      case "message": {
        const message = this.#message;
        if (message === undefined) return this.#answer(NO_STORE);
        message.complete((answer) => {
          this.#message = undefined;
          this.#session.forget();
          this.#answer(answer);
        });
        return;
      }
      case "vrfy":
        if (handlers.onVrfy === undefined) return this.#answer(ACCEPT);
        return this.#outcome(
          () => handlers.onVrfy!(ask.argument, session),
          (answer) => this.#answer(answer),
          { answerOf: saying },
        );
      case "expn":
        if (handlers.onExpn === undefined) return this.#answer(NO_EXPN);
        return this.#outcome(
          () => handlers.onExpn!(ask.argument, session),
          (answer) => this.#answer(answer),
          { answerOf: listing },
        );
      case "etrn":
        if (handlers.onEtrn === undefined) return this.#answer(NO_ETRN);
        return this.#outcome(
          () => handlers.onEtrn!(ask.argument, session),
          (answer) => this.#answer(answer),
          { answerOf: saying },
        );
      case "burl":
        if (handlers.onBurl === undefined) return this.#answer(NO_BURL);
        return this.#outcome(
          () => handlers.onBurl!(ask.argument, session),
          (answer) => this.#answer(answer),
          { answerOf: fetched },
        );
    }
  }

  /** Asks a handler, at once or later; without one the answer is yes. */
  #decide(handler: (() => unknown) | undefined, accepted?: () => void): void {
    if (handler === undefined) {
      accepted?.();
      return this.#answer(ACCEPT);
    }
    this.#outcome(handler, (answer) => {
      if (isYes(answer)) accepted?.();
      this.#answer(answer);
    });
  }

  /**
   * What a handler's result means: to return is to accept, if it is neither a `refusal` nor an error; to throw is to
   * refuse. What is thrown when it is `over`, or only says that the session is, is nobody's business.
   */
  #outcome(
    handler: () => unknown,
    then: (answer: Answer) => void,
    { refusal = this.#mistaken, answerOf = ALWAYS, over = NEVER }: Partial<Meaning> = {},
  ): void {
    const accept = (result: unknown): void => {
      if (result instanceof Error) return refuse(result);
      if (over()) return;
      let answer: Answer;
      try {
        answer = refusal(result) ?? answerOf(result);
      } catch (mistake) {
        answer = this.#refusal(mistake);
      }
      then(answer);
    };
    const refuse = (thrown: unknown): void => {
      if (over() || (this.pump.done && thrown === this.#session.signal.reason)) return;
      then(this.#refusal(thrown));
    };
    let result: unknown;
    try {
      result = handler();
      // A promise stays itself; anything else with a `then` could settle twice, or throw.
      if (isPromise(result)) return void Promise.resolve(result).then(accept, refuse);
    } catch (thrown) {
      return refuse(thrown);
    }
    accept(result);
  }

  /** Who returns `false` means to refuse, but has not said with which reply. */
  readonly #mistaken = (result: unknown): Answer | undefined => {
    if (result !== false) return undefined;
    return this.#refusal(new InputError("a handler returned false; to refuse, it must throw a Refuse"));
  };

  #refusal(thrown: unknown): Answer {
    if (thrown instanceof Refuse) return refused(thrown);
    this.#report(thrown);
    return FAULT;
  }

  #answer(answer: Answer): void {
    if (this.pump.ending) return;
    try {
      checked(() => this.#say(answer));
    } catch (error) {
      // A text that no reply can carry.
      if (!(error instanceof InputError)) throw error;
      this.#report(error);
      this.#say(isYes(answer) ? ACCEPT : FAULT);
    }
    this.pump.wake();
  }

  #say(answer: Answer): void {
    if ("secret" in answer) this.#engine.secret(answer.secret);
    else if ("content" in answer) this.#engine.content(answer.content);
    else if ("each" in answer) this.#engine.acceptEach(answer.each);
    else if (answer.accept) this.#engine.accept(answer.text);
    else this.#engine.refuse(answer.code, answer.enhanced, answer.text);
  }

  #event(event: ServerEvent): void {
    switch (event.type) {
      case "hello":
        this.#session.name = event.name;
        this.#session.forget();
        return;
      case "proxied":
        return this.#session.cameBy(event);
      case "client":
        return this.#session.become(event);
      case "forwarded":
        // A peer says it in several commands when it has more to say than fits into one.
        this.#session.forwarded = { ...this.#session.forwarded, ...event.attributes };
        return;
      case "secured":
        this.#session.secure = true;
        // All that was said in clear may have been somebody else's (RFC 3207 section 4.2).
        delete this.#session.name;
        delete this.#session.user;
        this.#session.forget();
        return;
      case "authenticated":
        this.#session.user = event.user;
        return;
      case "denied": {
        const { type: _, ...denial } = event;
        return this.#tell(() => this.#handlers.onDenied?.(denial, this.#session));
      }
      case "content":
        return this.#begin(event.perRecipient);
      case "discard":
        return this.#discard(event.reason);
      case "reset":
        this.#session.forget();
        return;
      case "fault":
        this.#report(
          new ProtocolError(`the client broke the protocol: ${event.message}`, { reply: event.reply }),
        );
    }
  }

  #begin(perRecipient: boolean): void {
    const accepted = this.#session.envelope!;
    // Its decisions are for these, whatever the handler does with its own list.
    const to = [...accepted.to];
    const envelope = { ...accepted, perRecipient };
    const message = new Incoming(() => this.pump.wake());
    this.#message = message;
    if (this.#handlers.onMessage === undefined) return message.decide(NO_STORE);
    this.#outcome(
      () => this.#handlers.onMessage!(message.stream(), envelope, this.#session),
      (answer) => message.decide(answer),
      {
        answerOf: (result) => decisionOn(result, to),
        over: () => message.failed,
      },
    );
  }

  #discard(reason: string): void {
    const what = `the message will not be completed: ${reason}`;
    this.#message?.fail(new ProtocolError(what, { stage: "content" }));
    this.#message = undefined;
    this.#session.forget();
  }

  #report(error: unknown): void {
    this.#tell(() => this.#handlers.onError?.(error, this.#session));
  }

  /** Calls a handler for whose result nobody waits. */
  #tell(handler: () => unknown): void {
    try {
      const result = handler();
      if (isPromise(result)) Promise.resolve(result).then(undefined, reportMistake);
    } catch (mistake) {
      reportMistake(mistake);
    }
  }
}

/** Points in time as JavaScript has them. */
function datesIn<Name extends string, Asked extends { [name in Name]?: number }>(
  asked: Asked | undefined,
  name: Name,
): Omit<Asked, Name> & { [name in Name]?: Date } {
  if (asked === undefined) return {} as never;
  const { [name]: seconds, ...rest } = asked;
  return { ...rest, ...(seconds !== undefined && { [name]: new Date(seconds * 1000) }) } as never;
}

function isYes(answer: Answer): boolean {
  return "accept" in answer && answer.accept;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** A stage is a client's: here it would say that nothing was sent. */
function withoutStage({ stage: _, ...failure }: Failure): Omit<Failure, "stage"> {
  return failure;
}
