/**
 * Edgepost under an application that uses nodemailer: what the application composes is sent by this library. Options,
 * results and error codes are those that the application knows.
 */
import {
  connect,
  InputError,
  pool,
  SmtpError,
  verify,
  type ClientAuthOptions,
  type ConnectOptions,
  type Connector,
  type EnvelopeRecipient,
  type Notify,
  type Pool,
  type RawMessage,
  type Receipt,
  type Reply,
  type SendEnvelope,
  type SendOptions,
  type Step,
} from "./index.js";
import { tcp } from "edgepost/tcp";
import { abortSignal, callback, count, flag, milliseconds, port, text, validate } from "./options.js";
import type { Rule, Shape } from "./options.js";

/** Who sends: a password, or with `type: "OAuth2"` a token that is valid now. */
export interface TransportAuth {
  /** `"login"` (default): any mechanism with a password; `"OAuth2"`: with a token. In any case of letters. */
  readonly type?: string;
  readonly user?: string;
  readonly pass?: string;
  readonly accessToken?: string;
  /** The only mechanism to use, as `"PLAIN"`. Default: the strongest that the server has too. */
  readonly method?: string;
}

/** How messages are sent. The names are nodemailer's. */
export interface EdgepostOptions {
  /** The server. Default: `"localhost"`. */
  readonly host?: string;
  /** Default: 465 where `secure` is true, or else 587. */
  readonly port?: number;
  /** TLS before everything else. Default: on port 465. Otherwise STARTTLS is used where the server offers it. */
  readonly secure?: boolean;
  /** Send nothing without TLS. Default: false; credentials never go in clear, unless `ignoreTLS` says so. */
  readonly requireTLS?: boolean;
  /** Never use STARTTLS. Then credentials go in clear. Default: false. */
  readonly ignoreTLS?: boolean;
  readonly auth?: TransportAuth;
  /** As `auth.method`. */
  readonly authMethod?: string;
  /** The name for EHLO. Default: the address of this end. */
  readonly name?: string;
  /** Speak LMTP (RFC 2033). Default: false. */
  readonly lmtp?: boolean;
  /** What the runtime's TLS takes, as `ca`, `servername`, `rejectUnauthorized`: see `tcp()` of its adapter. */
  readonly tls?: Readonly<Record<string, unknown>>;
  /** How long connecting may take: milliseconds. Default: 30 seconds. */
  readonly connectionTimeout?: number;
  /** How long the server may take to greet: milliseconds. Default: 5 minutes (RFC 5321 section 4.5.3.2.1). */
  readonly greetingTimeout?: number;
  /** How long the server may take for any other reply: milliseconds. Default: as RFC 5321 section 4.5.3.2 says. */
  readonly socketTimeout?: number;
  /** Keep connections for the next messages. Default: false, one connection a message. Close the transporter in the end. */
  readonly pool?: boolean;
  /** With `pool`: how many connections there may be. Default: 5. */
  readonly maxConnections?: number;
  /** With `pool`: after how many messages a connection is replaced. Default: 100. */
  readonly maxMessages?: number;
  /** With `pool`: how many messages may go in any `rateDelta` milliseconds. Default: no limit. */
  readonly rateLimit?: number;
  /** Default: 1000. */
  readonly rateDelta?: number;
  /** Another way to the server than `host`, `port` and `tls` say, as `websocket()` gives. */
  readonly connector?: Connector;
  /** Gets every step of the sessions; secrets are cut out. */
  readonly trace?: (step: Step) => void;
}

/** What became of a message: at least one recipient gets it. */
export interface SentMessageInfo {
  readonly envelope: { readonly from: string | false; readonly to: readonly string[] };
  /** With its angle brackets. */
  readonly messageId: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
  /** Why, for each of `rejected`. */
  readonly rejectedErrors?: readonly TransportError[];
  /** The server's reply to the content, lines and all. */
  readonly response: string;
  /** The server's own name for the message, if its reply tells. */
  readonly queueId?: string;
}

/** Why a message was not sent. `cause` is the library's own error, which knows more. */
export class TransportError extends Error {
  /** nodemailer's name for the kind: `"EAUTH"`, `"EENVELOPE"`, `"EMESSAGE"`, `"ETLS"`, `"ECONNECTION"`, ... */
  readonly code: string;
  /** The server's reply, if there was one. */
  declare readonly response?: string;
  declare readonly responseCode?: number;
  /** What the server replied to. */
  declare readonly command?: string;
  /** The recipient who was refused. */
  declare readonly recipient?: string;
  /** When all recipients were refused. */
  declare readonly rejected?: readonly string[];
  declare readonly rejectedErrors?: readonly TransportError[];

  /** @internal */
  constructor(code: string, message: string, details: Partial<TransportError> = {}) {
    const { cause, ...rest } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, rest);
  }
}

Object.defineProperty(TransportError.prototype, "name", {
  value: "TransportError",
  configurable: true,
  writable: true,
});

/** What nodemailer hands over. */
export interface ComposedMail {
  readonly data: {
    readonly dsn?: DeliveryNotification;
    readonly requireTLSExtensionEnabled?: boolean;
    readonly auth?: TransportAuth;
    readonly signal?: AbortSignal;
  };
  readonly message: {
    getEnvelope(): { from: string | false; to: string[] };
    messageId(): string;
    createReadStream(): AsyncIterable<Uint8Array>;
  };
}

/** What is asked of the servers (RFC 3461), in nodemailer's names. Where they do not offer it, the message is not sent. */
export interface DeliveryNotification {
  readonly id?: string;
  readonly envid?: string;
  readonly return?: string;
  readonly ret?: string;
  readonly notify?: string | readonly string[];
  readonly recipient?: string;
  readonly orcpt?: string;
}

/** As nodemailer calls it. */
export type SentCallback = (error: Error | null, info?: SentMessageInfo) => void;

const anything: Rule = { allows: (value) => typeof value === "object" && value !== null, words: "an object" };
const AUTH: Shape = { type: text, user: text, pass: text, accessToken: text, method: text };
const OPTIONS: Shape = {
  ...{ host: text, port, secure: flag, requireTLS: flag, ignoreTLS: flag, auth: AUTH, authMethod: text },
  ...{ name: text, lmtp: flag, tls: anything, trace: callback, connector: anything },
  ...{ connectionTimeout: milliseconds, greetingTimeout: milliseconds, socketTimeout: milliseconds },
  ...{ pool: flag, maxConnections: count, maxMessages: count, rateLimit: count, rateDelta: milliseconds },
};
const DSN: Shape = {
  ...{ id: text, envid: text, return: text, ret: text, recipient: text, orcpt: text },
  notify: {
    allows: (value) => typeof value === "string" || Array.isArray(value),
    words: "a word or a list of words",
  },
};
const SIGNAL: Shape = { signal: abortSignal };
const CONNECTIONS = 5;
const RATE_SPAN = 1_000;

/**
 * Makes a transport for nodemailer. Throws an `InputError` on a wrong option.
 *
 *     const transporter = nodemailer.createTransport(edgepost({ host: "mx.example", port: 587, auth: { user, pass } }));
 */
export function edgepost(options: EdgepostOptions = {}): EdgepostTransport {
  validate(options, OPTIONS);
  return new EdgepostTransport(options);
}

/** `"idle"`: another message would be sent at once. `"clear"`: all were taken care of. */
type TransportEvent = "idle" | "clear";

/** What nodemailer sends by. */
export class EdgepostTransport {
  /** For nodemailer's log. */
  readonly name = "Edgepost";
  readonly version = "0.1.0";
  /** The options, which nodemailer reads some of its own from. */
  readonly options: EdgepostOptions;
  readonly #connector: Connector;
  readonly #pool: Pool | undefined;
  readonly #listeners: Record<TransportEvent, (() => void)[]> = { idle: [], clear: [] };
  #sending = 0;

  /** @internal */
  constructor(options: EdgepostOptions) {
    this.options = options;
    this.#connector = options.connector ?? connectorOf(options);
    if (options.pool !== true) return;
    const { maxConnections, maxMessages, rateLimit, rateDelta = RATE_SPAN } = options;
    this.#pool = pool(this.#connector, {
      ...sessionOf(options, options.auth),
      ...(maxConnections !== undefined && { size: maxConnections }),
      ...(maxMessages !== undefined && { perConnection: maxMessages }),
      ...(rateLimit !== undefined && { rate: { messages: rateLimit, per: rateDelta } }),
    });
  }

  /** Sends a message that nodemailer has composed. */
  send(mail: ComposedMail, callback: SentCallback): void {
    this.#sending += 1;
    const settle = (error: Error | null, info?: SentMessageInfo): void => {
      this.#sending -= 1;
      callback(error, info);
      if (this.isIdle()) this.#tell("idle");
      if (this.#sending === 0) this.#tell("clear");
    };
    this.#send(mail).then(
      (info) => settle(null, info),
      (error: unknown) => settle(transportError(error)),
    );
  }

  /** Listens for `"idle"` and `"clear"`; other events, which nodemailer asks for, there are none of. */
  on(event: string, listener: () => void): this {
    if (Object.hasOwn(this.#listeners, event)) this.#listeners[event as TransportEvent].push(listener);
    return this;
  }

  #tell(event: TransportEvent): void {
    for (const listener of this.#listeners[event]) listener();
  }

  async #send({ data, message }: ComposedMail): Promise<SentMessageInfo> {
    validate({ signal: data.signal }, SIGNAL);
    const envelope = message.getEnvelope();
    const raw: RawMessage = { envelope: sendEnvelope(envelope, data), raw: message.createReadStream() };
    const options: SendOptions = data.signal === undefined ? {} : { signal: data.signal };
    const receipt = await this.#deliver(raw, data.auth, options);
    return infoOf(receipt, envelope, message.messageId());
  }

  async #deliver(raw: RawMessage, auth: TransportAuth | undefined, options: SendOptions): Promise<Receipt> {
    if (auth !== undefined) validate({ auth }, { auth: AUTH });
    if (this.#pool !== undefined && auth !== undefined)
      throw new InputError("with pool, auth is the transport's: the connections are shared", {
        field: "auth",
      });
    if (this.#pool !== undefined) return this.#pool.send(raw, options);
    const merged = auth === undefined ? this.options.auth : { ...this.options.auth, ...auth };
    const smtp = await connect(this.#connector, { ...sessionOf(this.options, merged), ...options });
    try {
      return await smtp.send(raw, options);
    } finally {
      // Nobody has to wait for the server's goodbye.
      void smtp.close();
    }
  }

  /** Whether another message would be sent at once: without `pool` always. */
  isIdle(): boolean {
    return this.#pool === undefined || this.#sending < (this.options.maxConnections ?? CONNECTIONS);
  }

  /** Whether the server is there and lets us in. Resolves to true, or calls back with it. */
  verify(): Promise<true>;
  verify(callback: (error: Error | null, success?: true) => void): void;
  verify(callback?: (error: Error | null, success?: true) => void): Promise<true> | void {
    const verified = verify(this.#connector, sessionOf(this.options, this.options.auth)).then(
      () => true as const,
      (error: unknown) => Promise.reject(transportError(error)),
    );
    if (callback === undefined) return verified;
    verified.then(
      (success) => callback(null, success),
      (error: Error) => callback(error),
    );
  }

  /** Takes no more; what was taken is sent. */
  close(): void {
    void this.#pool?.close();
  }
}

function connectorOf({ host = "localhost", secure, tls, ...options }: EdgepostOptions): Connector {
  const { port = secure === true ? 465 : 587 } = options;
  return tcp({ host, port, ...(tls !== undefined && { tls }) });
}

function sessionOf(options: EdgepostOptions, auth: TransportAuth | undefined): ConnectOptions {
  const { name, lmtp, trace, connectionTimeout, greetingTimeout, socketTimeout } = options;
  const replies = ["ehlo", "startTls", "auth", "mail", "rcpt", "data", "content", "end", "reset"] as const;
  const timeouts = {
    ...(connectionTimeout !== undefined && { connect: connectionTimeout }),
    ...(greetingTimeout !== undefined && { greeting: greetingTimeout }),
    ...(socketTimeout !== undefined && Object.fromEntries(replies.map((reply) => [reply, socketTimeout]))),
  };
  return {
    tls: tlsOf(options),
    timeouts,
    ...(auth !== undefined && { auth: authOf(auth, options.authMethod) }),
    ...(name !== undefined && { name }),
    ...(lmtp !== undefined && { lmtp }),
    ...(trace !== undefined && { trace }),
  };
}

function tlsOf({
  secure,
  requireTLS,
  ignoreTLS,
  ...options
}: EdgepostOptions): ConnectOptions["tls"] & string {
  if (secure ?? options.port === 465) return "implicit";
  if (ignoreTLS !== true) return requireTLS === true ? "required" : "opportunistic";
  if (requireTLS === true)
    throw new InputError("requireTLS and ignoreTLS exclude each other", { field: "requireTLS" });
  return "off";
}

function authOf(auth: TransportAuth, authMethod: string | undefined): ClientAuthOptions {
  const { type = "login", user, pass, accessToken, method = authMethod } = auth;
  const who = {
    ...(user !== undefined && { user }),
    ...(method !== undefined && { mechanisms: [method.toUpperCase()] }),
  };
  switch (type.toLowerCase()) {
    case "login":
      return { ...who, ...(pass !== undefined && { pass }) };
    case "oauth2":
      if (accessToken !== undefined) return { ...who, token: accessToken };
      throw new InputError(
        "OAuth2 needs accessToken: a token that is valid now; this transport fetches none",
        {
          field: "auth.accessToken",
        },
      );
    default:
      throw new InputError(`auth.type must be "login" or "OAuth2", not ${JSON.stringify(type)}`, {
        field: "auth.type",
      });
  }
}

function sendEnvelope(
  { from, to }: ReturnType<ComposedMail["message"]["getEnvelope"]>,
  { dsn, requireTLSExtensionEnabled }: ComposedMail["data"],
): SendEnvelope {
  if (to.length === 0) throw new InputError("the message has no recipients", { field: "to" });
  return {
    from: from === false ? "" : from,
    ...(dsn === undefined ? { to } : notification(to, dsn)),
    ...(requireTLSExtensionEnabled === true && { requireTls: true }),
  };
}

/** What the servers are asked to tell. */
function notification(
  to: readonly string[],
  dsn: DeliveryNotification,
): Pick<SendEnvelope, "to" | "ret" | "envid" | "notify"> {
  validate({ dsn }, { dsn: DSN });
  const { id, envid = id, notify } = dsn;
  const ret = (dsn.ret ?? dsn.return)?.toLowerCase();
  const original = (dsn.orcpt ?? dsn.recipient)?.replace(/^rfc822;/i, "");
  const words = typeof notify === "string" ? notify.split(/[\s,]+/) : notify;
  const events = words?.map((word) => String(word).trim().toLowerCase()).filter((word) => word !== "");
  return {
    to:
      original === undefined
        ? to
        : to.map((address): EnvelopeRecipient => ({ address, originalRecipient: original })),
    ...(ret !== undefined && { ret: (ret === "hdrs" ? "headers" : ret) as "full" | "headers" }),
    ...(envid !== undefined && { envid }),
    ...(events !== undefined && {
      notify: (events.length === 1 && events[0] === "never" ? "never" : events) as Notify,
    }),
  };
}

function infoOf(receipt: Receipt, envelope: SentMessageInfo["envelope"], messageId: string): SentMessageInfo {
  const { accepted, refused, reply, queueId } = receipt;
  return {
    envelope,
    messageId,
    accepted,
    rejected: refused.map(({ recipient }) => recipient),
    ...(refused.length > 0 && { rejectedErrors: refused.map(refusal) }),
    response: textOf(reply),
    ...(queueId !== undefined && { queueId }),
  };
}

function refusal({ recipient, reply }: Receipt["refused"][number]): TransportError {
  const response = textOf(reply);
  const details = { recipient, response, responseCode: reply.code, command: "RCPT TO" };
  return new TransportError("EENVELOPE", `Recipient command failed: ${response}`, details);
}

/** A reply as nodemailer has it: its lines as they came. */
function textOf({ code, enhanced, lines }: Reply): string {
  const last = lines.length - 1;
  const begun = (line: string): string => (enhanced === undefined ? line : `${enhanced} ${line}`);
  return lines.map((line, at) => `${code}${at === last ? " " : "-"}${begun(line)}`.trimEnd()).join("\n");
}

function transportError(thrown: unknown): Error {
  if (!(thrown instanceof SmtpError)) return thrown instanceof Error ? thrown : new Error(String(thrown));
  const { message, reply, command, refused } = thrown;
  const code = codeOf(thrown);
  const error = new TransportError(code, message, {
    cause: thrown,
    ...(reply !== undefined && { response: textOf(reply), responseCode: reply.code }),
    ...(command !== undefined && { command }),
    ...(refused !== undefined && {
      rejected: refused.map(({ recipient }) => recipient),
      rejectedErrors: refused.map(refusal),
    }),
  });
  if (code === "EABORT") error.name = "AbortError";
  return error;
}

function codeOf(error: SmtpError): string {
  const { code, stage = "ready", cause } = error;
  switch (code) {
    case "reply":
      return CODES[stage] ?? "EPROTOCOL";
    case "input":
      if (/^(from|to|envelope)\b/.test((error as InputError).field ?? "")) return "EENVELOPE";
      return cause === undefined ? (CODES[stage] ?? "ECONFIG") : "ESTREAM";
    case "protocol":
      return stage === "auth" ? "EAUTH" : "EPROTOCOL";
    case "tls":
      return "ETLS";
    case "timeout":
      return "ETIMEDOUT";
    case "closed":
      return "ECONNECTION";
    case "aborted":
      return "EABORT";
  }
}

const CODES: Readonly<Record<string, string>> = {
  mail: "EENVELOPE",
  rcpt: "EENVELOPE",
  data: "EMESSAGE",
  content: "EMESSAGE",
  end: "EMESSAGE",
  starttls: "ETLS",
  auth: "EAUTH",
};
