/**
 * Sending: connects, secures and authenticates a session, and sends messages through it (RFC 5321, RFC 3207, RFC 4954,
 * RFC 2920, RFC 3030).
 */
import { CLIENT_AUTH, clientAuth } from "./credentials.js";
import type { ClientAuthOptions } from "./credentials.js";
import {
  AbortedError,
  ClosedError,
  InputError,
  ReplyError,
  SmtpError,
  TimeoutError,
  TlsError,
  wordsOf,
} from "./errors.js";
import type { Reply } from "./errors.js";
import { clientEngine, readyToSend } from "./engine.js";
import type { Capability, ClientAuth, ClientConfig, ClientTimeouts, Offer, Player, Step } from "./engine.js";
import type { Draft } from "./draft.js";
import type { RawMessage } from "./message.js";
import {
  abortSignal,
  callback,
  count,
  flag,
  milliseconds,
  octets,
  oneOf,
  port,
  text,
  texts,
  validate,
} from "./options.js";
import type { Shape } from "./options.js";
import { send, sendMany } from "./send.js";
import type { SendOptions } from "./send.js";
import { Session } from "./session.js";
import type { Receipt, SendResult } from "./receipt.js";
import type { Ready } from "./session.js";
import type { ChannelBinding, Connector, Endpoint, Transport } from "./transport.js";

/** How a session is made. */
export interface ConnectOptions {
  /** The name for EHLO. Default: the address of this end, as `"[192.0.2.1]"` (RFC 5321 section 4.1.4). */
  readonly name?: string;
  /**
   * When TLS begins. `"implicit"`: before the greeting (default on port 465). `"required"` (default): by STARTTLS, or
   * not at all. `"opportunistic"`: by STARTTLS if offered; credentials never go in clear. `"off"`: never; credentials,
   * if there are any, go in clear.
   */
  readonly tls?: "implicit" | "required" | "opportunistic" | "off";
  /** Who sends (RFC 4954). */
  readonly auth?: ClientAuthOptions;
  /** Gives up: connecting stops, and later the session ends, at once. */
  readonly signal?: AbortSignal;
  /** Says whom we speak for, to a server that trusts us, as `{ NAME: "client.example" }` (Postfix's XCLIENT). */
  readonly xclient?: Readonly<Record<string, string>>;
  /** Says before everything else, and before any TLS, whom we speak for (the PROXY protocol). `version`: 1 or 2 (default). */
  readonly proxy?: { readonly source: Endpoint; readonly destination: Endpoint; readonly version?: 1 | 2 };
  /** Speak LMTP to a delivery agent: each recipient gets a result of its own (RFC 2033). Default: false. */
  readonly lmtp?: boolean;
  /**
   * What becomes of bare CR and LF in raw content, which are no line ends: each becomes a CRLF (default), or the message
   * is refused with an `InputError`. One that is found when DATA has begun ends the session: nothing else takes it back.
   */
  readonly lineEnds?: "normalise" | "refuse";
  /** Use PIPELINING when it is offered (RFC 2920). Default: true. */
  readonly pipelining?: boolean;
  /** Use CHUNKING when it is offered (RFC 3030). Default: true. */
  readonly chunking?: boolean;
  /** Content up to this many octets goes out without waiting for the recipients' replies. Default: 65536. */
  readonly eager?: number;
  /** How many messages may be in flight. Default: 100. */
  readonly window?: number;
  /** How long each step may take: milliseconds. Defaults: RFC 5321 section 4.5.3.2, and 30 seconds to connect. */
  readonly timeouts?: Readonly<Partial<ClientTimeouts>> & { readonly connect?: number };
  /** How much a server may say: octets of a reply's line, and of a reply. */
  readonly limits?: { readonly replyLine?: number; readonly reply?: number };
  /** Gets every step of the session as it happens; secrets are cut out. */
  readonly trace?: (step: Step) => void;
}

/** What a server says and offers at each stage of a session. What there was no occasion for is absent. */
export interface Probe {
  /** What the server said first. */
  readonly greeting: Reply;
  /** Whether the session has come under TLS. */
  readonly secure: boolean;
  /** What was offered in clear. Anybody on the way may have changed it. */
  readonly clear?: readonly Capability[];
  /** What was offered under TLS. */
  readonly secured?: readonly Capability[];
  /** What was offered after AUTH. */
  readonly authenticated?: readonly Capability[];
}

const CONNECT_TIMEOUT = 30_000;
/** As the engine's: RFC 5321 section 4.5.3.2.5. */
const CONTENT_TIMEOUT = 180_000;
const EAGER_OCTETS = 65_536;
const WINDOW = 100;

const endpoint: Shape = { address: text, port };

/** @internal */
export const CONNECT_OPTIONS: Shape = {
  name: text,
  tls: oneOf("implicit", "required", "opportunistic", "off"),
  auth: CLIENT_AUTH,
  signal: abortSignal,
  xclient: {
    allows: (value) =>
      typeof value === "object" &&
      value !== null &&
      Object.values(value).every((value) => typeof value === "string"),
    words: "an object of strings",
  },
  proxy: { source: endpoint, destination: endpoint, version: count },
  lmtp: flag,
  lineEnds: oneOf("normalise", "refuse"),
  pipelining: flag,
  chunking: flag,
  eager: octets,
  window: count,
  timeouts: {
    connect: milliseconds,
    greeting: milliseconds,
    ehlo: milliseconds,
    startTls: milliseconds,
    handshake: milliseconds,
    auth: milliseconds,
    mail: milliseconds,
    rcpt: milliseconds,
    data: milliseconds,
    content: milliseconds,
    end: milliseconds,
    reset: milliseconds,
    quit: milliseconds,
  },
  limits: { replyLine: octets, reply: octets },
  trace: callback,
};

/**
 * Makes a session with a server: greeted, under TLS unless said otherwise, and authenticated if credentials are given.
 *
 * `target` is a connector of an adapter, as `tcp({ host, port })`, or a transport; the session closes it in the end.
 * Rejects with an `SmtpError`: `ClosedError` (nobody there), `TlsError`, `TimeoutError`, `ReplyError` (refused, wrong
 * password), `ProtocolError`, `InputError` (a wrong option), `AbortedError`. Nothing stays open then.
 */
export async function connect(target: Connector | Transport, options: ConnectOptions = {}): Promise<Smtp> {
  const { session, ready } = await openSession(target, options);
  return new Smtp(session, ready);
}

/**
 * As {@link connect}, for those who drive the session themselves.
 * @internal
 */
export async function openSession(
  target: Connector | Transport,
  given: ConnectOptions,
): Promise<{ session: Session; ready: Ready }> {
  const { open: opens, close: closes }: Partial<Connector & Transport> = Object(target) as object;
  if (typeof (opens ?? closes) !== "function")
    throw new InputError("connect needs a connector, as tcp({ host, port }) gives, or a transport", {
      field: "target",
    });
  const connector = opens && (target as Connector);
  let transport = opens ? undefined : (target as Transport);
  let signal: AbortSignal | undefined;
  let session: Session;
  try {
    validate(given, CONNECT_OPTIONS);
    // What an object only inherits is no option: nobody has looked at it.
    const options = { ...given };
    const { trace } = options;
    ({ signal } = options);
    const auth = options.auth && clientAuth(options.auth, connector);
    // Tracing is the other module's, which is loaded for it alone.
    const tracing = trace && (await import("./traced.js"));
    await tracing?.load();
    const spokenFor = await speaksFor(options);
    await readyToSend();
    transport ??= await open(target as Connector, options);
    const bindings = auth && transport.secure ? await transport.channelBinding?.() : undefined;
    if (signal?.aborted === true) throw gaveUp(signal);
    session = begin(
      transport,
      { ...options, auth },
      spokenFor,
      bindings,
      (transport) => tracing?.traced(transport, trace!) ?? transport,
    );
  } catch (error) {
    await transport?.close?.();
    if (error instanceof SmtpError) throw error;
    throw new InputError(`the transport cannot be used: ${wordsOf(error)}`, {
      stage: "connect",
      cause: error,
    });
  }
  if (signal !== undefined) {
    const abort = (): void => session.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    void session.pump.finished.then(() => signal.removeEventListener("abort", abort));
  }
  try {
    return { session, ready: await session.ready };
  } catch (error) {
    await session.pump.finished;
    throw error;
  }
}

/** Whom we speak for, as the engine takes it: few do, so another module writes it. */
async function speaksFor({
  proxy,
  xclient,
}: ConnectOptions): Promise<Pick<ClientConfig, "proxy" | "xclient">> {
  if (proxy === undefined && xclient === undefined) return {};
  const { proxyHeader, readyToServe, xclientAttributes } = await import("./serving.js");
  await readyToServe();
  return {
    ...(proxy !== undefined && { proxy: proxyHeader(proxy.source, proxy.destination, proxy.version ?? 2) }),
    ...(xclient !== undefined && { xclient: xclientAttributes(xclient) }),
  };
}

function begin(
  transport: Transport,
  options: Omit<ConnectOptions, "auth"> & { auth: ClientAuth | undefined },
  spokenFor: Pick<ClientConfig, "proxy" | "xclient">,
  bindings: readonly ChannelBinding[] | undefined,
  heard: (transport: Transport) => Transport,
): Session {
  const { name, tls = "required", auth, pipelining, chunking, timeouts, limits } = options;
  const { eager = EAGER_OCTETS, window = WINDOW } = options;
  if (tls === "implicit" && !transport.secure)
    throw new InputError('the option tls is "implicit", but the transport is not under TLS', {
      field: "tls",
    });
  if (spokenFor.proxy !== undefined && transport.secure)
    throw new InputError("a PROXY header goes before TLS, and the transport is under TLS", {
      field: "proxy",
    });
  const { connect: _, ...engineTimeouts } = timeouts ?? {};
  const config = {
    name: name ?? addressLiteral(transport),
    tls: tls === "implicit" ? "required" : tls,
    secure: transport.secure,
    upgradable: transport.startTls !== undefined,
    ...(auth !== undefined && { auth }),
    ...(pipelining !== undefined && { pipelining }),
    ...(chunking !== undefined && { chunking }),
    eager,
    window,
    timeouts: engineTimeouts,
    ...(limits !== undefined && { limits }),
    ...spokenFor,
    ...(options.lmtp !== undefined && { lmtp: options.lmtp }),
    ...(options.lineEnds !== undefined && { lineEnds: options.lineEnds }),
  } as const;
  const engine = clientEngine(config);
  if (bindings !== undefined) engine.bind(bindings);
  const patience = { eager, timeout: timeouts?.content ?? CONTENT_TIMEOUT };
  const player = async (finished: Promise<void>): Promise<Player> =>
    (await import("./exchange.js")).player(auth!, finished);
  return new Session(engine, heard(transport), patience, window, player);
}

/** This end as a domain (RFC 5321 section 4.1.3). */
function addressLiteral(transport: Transport): string {
  const address = transport.local?.address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (address === undefined || address === "") return "[127.0.0.1]";
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}

/** Opens a connector, within the limits. */
async function open(connector: Connector, options: ConnectOptions): Promise<Transport> {
  const { signal, timeouts, tls = connector.port === 465 ? "implicit" : "required" } = options;
  if (signal?.aborted === true) throw gaveUp(signal);
  const limit = timeouts?.connect ?? CONNECT_TIMEOUT;
  const attempt = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: (() => void) | undefined;
  const over = new Promise<never>((_, reject) => {
    const giveUp = (error: SmtpError): void => {
      reject(error);
      attempt.abort(error);
    };
    const where = `${connector.host}:${connector.port}`;
    timer = setTimeout(() => {
      giveUp(new TimeoutError(`no connection to ${where} within ${limit} ms`, { stage: "connect" }));
    }, limit);
    abort = () => giveUp(gaveUp(signal!));
    signal?.addEventListener("abort", abort, { once: true });
  });
  // What a connector throws at once is no better than what it throws later.
  const opened = (async () => connector.open({ implicitTls: tls === "implicit", signal: attempt.signal }))();
  try {
    return await Promise.race([opened, over]);
  } catch (thrown) {
    // A connector that did not hear the signal may still come with a connection.
    opened.then((late) => late.close(), ignore);
    throw atConnect(thrown);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort!);
    over.catch(ignore);
  }
}

function gaveUp(signal: AbortSignal): AbortedError {
  const { reason } = signal;
  return new AbortedError(`the caller gave up: ${wordsOf(reason)}`, { stage: "connect", cause: reason });
}

function atConnect(thrown: unknown): SmtpError {
  if (thrown instanceof SmtpError && thrown.stage !== undefined) return thrown;
  const details = { stage: "connect", cause: thrown instanceof SmtpError ? thrown.cause : thrown } as const;
  if (thrown instanceof TlsError) return new TlsError(thrown.message, details);
  if (thrown instanceof InputError) return thrown;
  return new ClosedError(wordsOf(thrown), details);
}

/** A session with a server. Made by {@link connect}; closed by `close()` or `await using`. */
export class Smtp implements AsyncDisposable {
  readonly #session: Session;
  /** What the server said first. */
  readonly greeting: Reply;
  /** What the server offers, as of the last EHLO. Empty after HELO. */
  readonly capabilities: readonly Capability[];
  /** Whether the session is under TLS. */
  readonly secure: boolean;
  /** Whether the server knows who we are. */
  readonly authenticated: boolean;

  /** @internal */
  constructor(session: Session, ready: Ready) {
    this.#session = session;
    this.greeting = ready.greeting;
    this.capabilities = ready.capabilities;
    this.secure = ready.secure;
    this.authenticated = ready.authenticated;
  }

  /**
   * Sends one message: plain text, or `raw` with an envelope. Resolves when the server has accepted it for at least one
   * recipient; the receipt says for whom. Rejects with an `SmtpError`; its `delivery` says whether the message may have
   * been delivered nevertheless. May be called again before the first is settled: the messages go out one behind the
   * other without waiting.
   */
  send(message: Draft | RawMessage, options?: SendOptions): Promise<Receipt> {
    return send(this.#session, message, options);
  }

  /**
   * Sends many messages without waiting in between and yields what became of each, in their order. Messages are taken
   * from the input a window at a time, when the results are taken. A message that is refused, or cannot be sent as it
   * is, does not stop the rest; after a lost connection each one says what is known about it.
   *
   * When the loop is left, no more is taken and what is in flight goes on. When the signal fires, what is in flight is
   * given up and reported; then an `AbortedError` is thrown. What the input itself throws is thrown after the results of
   * all that it gave.
   */
  sendMany(
    messages: Iterable<Draft | RawMessage> | AsyncIterable<Draft | RawMessage>,
    options?: SendOptions,
  ): AsyncGenerator<SendResult, void, undefined> {
    return sendMany(this.#session, messages, options);
  }

  /** Asks the server for a sign of life (NOOP, RFC 5321 section 4.1.1.9). Rejects as `send` does. */
  verify(): Promise<Reply> {
    return this.#session.request("NOOP");
  }

  /**
   * Tells what the server has offered at each stage of the session. After AUTH it is asked again, because it may offer
   * more then; a server that will not answer that leaves `authenticated` out. Rejects as `send` does.
   */
  async probe(): Promise<Probe> {
    const { greeting, secure } = this;
    if (this.authenticated)
      await this.#session.request("EHLO").catch((error: unknown) => {
        if (!(error instanceof ReplyError)) throw error;
      });
    const offered = (stage: Offer["after"]): readonly Capability[] | undefined =>
      this.#session.offers.filter(({ after }) => after === stage).at(-1)?.capabilities;
    const [first, tls, authenticated] = [offered("greeting"), offered("starttls"), offered("auth")];
    // Under TLS from the start, nothing was said in clear.
    const [clear, secured] = secure && tls === undefined ? [tls, first] : [first, tls];
    return {
      greeting,
      secure,
      ...(clear && { clear }),
      ...(secured && { secured }),
      ...(authenticated && { authenticated }),
    };
  }

  /**
   * Asks whether the server knows a mailbox (VRFY, RFC 5321 section 3.5). Many servers answer 252, which says neither.
   * Rejects as `send` does.
   */
  vrfy(mailbox: string): Promise<Reply> {
    return this.#session.request("VRFY", mailbox);
  }

  /** Asks who is on a mailing list (EXPN, RFC 5321 section 3.5). */
  expn(list: string): Promise<Reply> {
    return this.#session.request("EXPN", list);
  }

  /** Asks for words about a command, or about all (HELP, RFC 5321 section 4.1.1.8). */
  help(command?: string): Promise<Reply> {
    return this.#session.request("HELP", command);
  }

  /**
   * Asks the server to send what it holds for us: for a host, for `@` and a domain with all below it, or for `#` and a
   * queue (ETRN, RFC 1985). Mail comes over a connection that the server makes.
   */
  etrn(node: string): Promise<Reply> {
    return this.#session.request("ETRN", node);
  }

  /** Ends the session with QUIT after what is in flight, and closes the connection. Never rejects. */
  close(): Promise<void> {
    return this.#session.quit();
  }

  /** The same as {@link Smtp.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function ignore(): void {}
