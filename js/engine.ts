/**
 * The engine in WebAssembly, typed, as far as sending needs it; composer.ts and serving.ts have the rest. The module that
 * sends is small, because it is what most users download.
 */
import { sending as source } from "#wasm";
import load, {
  __wbg_reset_state as renew,
  ClientEngine as GlueClient,
  parseAddress as parse,
} from "./wasm/pkg/sending.js";
import type * as Glue from "./wasm/pkg/sending.js";
import { InputError, wordsOf } from "./errors.js";
import type { Failure, RecipientStatus, Reply, Stage } from "./errors.js";
import { Module, moduleFor } from "./module.js";
import type { Loadable } from "./module.js";
import type { ChannelBinding, Endpoint } from "./transport.js";

/** A keyword of the EHLO reply and its parameters (RFC 5321 section 4.1.1.1). */
export interface Capability {
  readonly keyword: string;
  readonly parameters: readonly string[];
}

/** What a server offers, and when it said so: behind its greeting, under TLS, or when asked again after AUTH. */
export interface Offer {
  readonly after: "greeting" | "starttls" | "auth";
  readonly capabilities: readonly Capability[];
}

/** A parameter of MAIL or RCPT (RFC 5321 section 4.1.1.11), as `SIZE=1000`. */
export interface Param {
  readonly keyword: string;
  readonly value?: string;
}

/** What became of one recipient, and its own reply. */
export interface RecipientReply {
  recipient: string;
  status: RecipientStatus;
  reply?: Reply;
}

/** What is known about a message in the end (RFC 1047). */
export type Outcome =
  | { status: "accepted"; reply: Reply; recipients: RecipientReply[] }
  | { status: "refused"; stage: Stage; reply: Reply; recipients: RecipientReply[] }
  | { status: "notSent"; failure: Failure; recipients: RecipientReply[] }
  | { status: "uncertain"; failure: Failure; recipients: RecipientReply[] };

export type ClientEvent =
  | { type: "ready"; greeting: Reply; capabilities: Capability[]; secure: boolean; authenticated: boolean }
  | ({ type: "offered" } & Offer)
  | { type: "outcome"; transaction: number; outcome: Outcome }
  | { type: "reply"; request: number; reply: Reply };

/** What every engine asks of its host. */
export type CommonOutput =
  | { type: "send"; bytes: Uint8Array }
  | { type: "startTls" }
  | { type: "wait"; until?: number; read: boolean }
  | { type: "closed"; failure?: Failure };

/** What a client's host is asked that plays its part of AUTH: the first time, a challenge, and whether it may succeed. */
export interface Exchange {
  type: "exchange";
  /** The first time. */
  mechanism?: string;
  /** With it: `n`, `y`, or a type of channel binding, whose octets are `data` in base64. */
  flag?: string;
  data?: string;
  /** In base64. */
  challenge?: string;
}

/** Answers one question after the other. */
export type Player = (asked: Exchange, engine: ClientEngine) => void;

export type ClientOutput =
  | CommonOutput
  | Exchange
  | { type: "body"; transaction: number; until?: number }
  | { type: "event"; event: ClientEvent };

/** How one piece of content goes out: `before`, then `body` (or the piece as it was), then `after`. */
export interface Piece {
  before: Uint8Array;
  body?: Uint8Array;
  after: Uint8Array;
}

/** How long a client waits for what: milliseconds (RFC 5321 section 4.5.3.2). */
export interface ClientTimeouts {
  /** The greeting. Default: 5 minutes. */
  greeting: number;
  /** The reply to EHLO or HELO. Default: 5 minutes. */
  ehlo: number;
  /** The reply to STARTTLS. Default: 2 minutes. */
  startTls: number;
  /** The TLS handshake after it. Default: 1 minute. */
  handshake: number;
  /** Each reply of AUTH. Default: 2 minutes. */
  auth: number;
  /** The reply to MAIL. Default: 5 minutes. */
  mail: number;
  /** The reply to RCPT. Default: 5 minutes. */
  rcpt: number;
  /** The reply to DATA. Default: 2 minutes. */
  data: number;
  /** Each piece of content: that it comes from its source and the server takes it. Default: 3 minutes. */
  content: number;
  /** The reply to the end of the content. Default: 10 minutes. */
  end: number;
  /** The reply to RSET and NOOP. Default: 5 minutes. */
  reset: number;
  /** The reply to QUIT. Default: 5 seconds. */
  quit: number;
}

/** Who a client is, and what it needs to prove it. */
export interface ClientAuth {
  user: string;
  pass?: string;
  token?: string;
  authzid?: string;
  mechanisms?: readonly string[];
  channelBinding?: string;
  /** Random octets. */
  nonce: Uint8Array;
  minIterations?: number;
  maxIterations?: number;
  /** Where the client has connected to. */
  host?: string;
  port?: number;
}

export interface ClientConfig {
  name: string;
  tls: "required" | "opportunistic" | "off";
  secure: boolean;
  upgradable: boolean;
  auth?: ClientAuth;
  pipelining?: boolean;
  chunking?: boolean;
  eager?: number;
  window?: number;
  timeouts?: Partial<ClientTimeouts>;
  limits?: { replyLine?: number; reply?: number };
  /** As serving.ts writes them. */
  xclient?: string;
  proxy?: Uint8Array;
  lmtp?: boolean;
  lineEnds?: "normalise" | "refuse";
}

type AbortCode = "aborted" | "tls" | "closed";

/** What both engines have in common: all that the pump needs. */
export interface Engine<Output> {
  receive(bytes: Uint8Array): void;
  end(): void;
  /** What the TLS connection can be bound to; comes before `secured`, or before the first poll. */
  bind(bindings: readonly ChannelBinding[]): void;
  secured(): void;
  abort(code: AbortCode, message: string): void;
  poll(now: number): Output | CommonOutput;
  free(): void;
}

export interface ClientEngine extends Engine<ClientOutput> {
  send(
    from: string,
    to: readonly string[],
    octets: number | undefined,
    eightBit: boolean | undefined,
    params: string | undefined,
    prdr: boolean | undefined,
  ): number;
  content(transaction: number, bytes: Uint8Array, last: boolean): Piece;
  cleanContent(transaction: number, octets: number, last: boolean): Piece;
  chunked(transaction: number): boolean;
  cancel(transaction: number): void;
  request(verb: "EHLO" | "NOOP" | "RSET" | "VRFY" | "EXPN" | "HELP" | "ETRN", argument?: string): number;
  quit(): void;
  /**
   * Answers an {@link Exchange}. `error` is what a `SaslClient` has thrown, or 0; `said` is what the server has said in the
   * exchange about a failure.
   */
  respond(error: number, response: Uint8Array | undefined, said: string | undefined): void;
}

export type Verdict =
  { accept: true; text?: string } | { accept: false; code: number; enhanced?: string; text: string };

/** What a host says; `each` has a verdict for each recipient of a message, `content` is what is at a URL, `secret` what
 * is known of a user. */
export type Answer =
  Verdict | { each: Verdict[] } | { content: Uint8Array } | { secret: string | object | undefined };

/** What the parameters of MAIL ask for; times are seconds since 1970 began. */
export interface AskedOfMail {
  size?: number;
  ret?: "full" | "headers";
  envid?: string;
  deliverBy?: { seconds: number; mode: "return" | "notify"; trace?: boolean };
  holdFor?: number;
  holdUntil?: number;
  priority?: number;
  requireTls?: boolean;
  binary?: boolean;
  prdr?: boolean;
  submitter?: string;
  solicit?: string;
  transaction?: string;
}

/** What the parameters of RCPT ask for. */
export interface AskedOfRcpt {
  notify?: "never" | ("success" | "failure" | "delay")[];
  originalRecipient?: string;
  requireValidSince?: number;
}

export type Ask =
  | { type: "connect" }
  | { type: "auth"; mechanism: string; user: string; pass?: string; token?: string; authzid?: string }
  | { type: "secret"; mechanism: string; user: string; authzid?: string }
  | { type: "mail"; from: string; params: Param[]; asked?: AskedOfMail }
  | { type: "rcpt"; to: string; params: Param[]; asked?: AskedOfRcpt }
  | { type: "message" }
  | { type: "vrfy" | "expn" | "etrn" | "burl"; argument: string };

export type ServerEvent =
  | { type: "hello"; name: string; verb: "EHLO" | "HELO" | "LHLO" }
  | { type: "proxied"; local: boolean; source?: Endpoint; destination?: Endpoint }
  | { type: "client"; attributes: PeerAttributes; nowhere: boolean }
  | { type: "forwarded"; attributes: PeerAttributes }
  | { type: "secured" }
  | { type: "authenticated"; user: string }
  | { type: "denied"; mechanism: string; user?: string; reason: "refused" | "proof" | "binding" }
  | { type: "content"; perRecipient: boolean }
  | { type: "discard"; reason: string }
  | { type: "reset" }
  | { type: "fault"; message: string; reply: Reply };

export type ServerOutput =
  | CommonOutput
  | { type: "ask"; ask: Ask }
  | { type: "body"; bytes: Uint8Array }
  | { type: "event"; event: ServerEvent };

/** What a trusted peer says of a client, by the names of XCLIENT and XFORWARD; what it does not know is left out. */
export type PeerAttributes = {
  readonly [
    name in
      "NAME" | "ADDR" | "PORT" | "PROTO" | "HELO" | "LOGIN" | "DESTADDR" | "DESTPORT" | "IDENT" | "SOURCE"
  ]?: string;
};

/** How much a client may say. */
export interface ServerLimits {
  /** Octets of a command line with its CRLF. Default: 2048. */
  readonly commandLine?: number;
  /** Octets of a line of AUTH. Default: 12288. */
  readonly authLine?: number;
  /** Faults before the session ends with 421. Default: 50. */
  readonly faults?: number;
  /** Refused credentials before the session ends with 421. Default: 5. */
  readonly logins?: number;
  /** Recipients refused since the last message before the session ends with 421. Default: 100. */
  readonly refusedRecipients?: number;
  /** Commands that say nothing of a message, since the last one, before the session ends with 421. Default: 100. */
  readonly idleCommands?: number;
  /**
   * Commands that are refused without being faults, since the last message, before the session ends with 421: out of
   * sequence, over a limit, given up, or by you. Default: 1000; a client that pipelines may run into some hundred.
   */
  readonly refusedCommands?: number;
  /** Messages of one session, which clients are told (MAILMAX of RFC 9422). Default: 0, no limit. */
  readonly messages?: number;
  /** Domains of the recipients of one session, which clients are told (RCPTDOMAINMAX of RFC 9422). Default: 0, no limit. */
  readonly recipientDomains?: number;
  /** Octets of a local part. Default: 64. */
  readonly localPart?: number;
  /** Octets of a domain. Default: 255. */
  readonly domain?: number;
  /** Octets of a path. Default: 256. */
  readonly path?: number;
}

export interface ServerConfig {
  name: string;
  secure: boolean;
  upgradable: boolean;
  lmtp?: boolean;
  size?: number;
  recipients?: number;
  auth?: {
    mechanisms: readonly string[];
    insecure?: boolean;
    iterations?: number;
    nonce: Uint8Array;
    pepper: Uint8Array;
  };
  greeting?: string;
  help?: string;
  offer?: readonly string[];
  disable?: readonly string[];
  remote?: string;
  trusted?: { xclient?: readonly string[]; xforward?: readonly string[]; proxy?: readonly string[] };
  tarpit?: { delay?: number; after?: number };
  timeouts?: Partial<{ command: number; content: number; handshake: number; session: number }>;
  limits?: ServerLimits;
}

export interface ServerEngine extends Engine<ServerOutput> {
  accept(text?: string): void;
  acceptEach(verdicts: readonly Verdict[]): void;
  content(bytes: Uint8Array): void;
  /** Answers a question for a secret. */
  secret(secret: string | object | undefined): void;
  refuse(code: number, enhanced: string | undefined, text: string): void;
  close(code: number, enhanced: string | undefined, text: string): void;
}

/** One step of a session, as a person reads it: a command, a reply, some content. */
export interface Step {
  /** When, in milliseconds of `performance.now()`. */
  readonly at: number;
  readonly from: "client" | "server" | "link";
  readonly kind: "greeting" | "command" | "reply" | "auth" | "content" | "tls" | "closed" | "garbage";
  /** The text, secrets cut out and control characters escaped; lines are joined by LF. */
  readonly text: string;
  /** How many octets went over the wire for it. */
  readonly octets: number;
  readonly verb?: string;
  readonly code?: number;
  readonly enhanced?: string;
}

export interface TraceReader {
  client(bytes: Uint8Array, at: number): Step[];
  server(bytes: Uint8Array, at: number): Step[];
  secured(at: number): Step[];
  closed(side: "client" | "server" | "link", at: number): Step[];
  free(): void;
}

/** A mailbox, alone or with the name to show for it. */
export type NamedAddress = string | { name?: string; address: string };

const own: Loadable<Pick<typeof Glue, "ClientEngine" | "parseAddress">> = {
  module: /* @__PURE__ */ new Module({ load, renew, types: [GlueClient] }, source),
  glue: { ClientEngine: GlueClient, parseAddress: parse },
};

/** Loads what sending needs, once. Rejects with an `InputError`. */
export function readyToSend(): Promise<void> {
  return moduleFor(own).module.load();
}

/** Makes a client engine; {@link readyToSend} comes first. Throws an `InputError` on a bad option. */
export function clientEngine(config: ClientConfig): ClientEngine {
  const { module, glue } = moduleFor(own);
  return checked(() => module.make(() => new glue.ClientEngine(config, performance.now()))) as ClientEngine;
}

/** Runs a call to the engine; what the engine throws comes out as an `InputError`. */
export function checked<T>(call: () => T, stage?: Stage): T {
  try {
    return call();
  } catch (thrown) {
    throw faultOf(thrown, stage);
  }
}

function faultOf(thrown: unknown, stage?: Stage): unknown {
  if (thrown instanceof Error) return thrown;
  const fault = thrown as { message?: string; position?: number; rule?: string; field?: string } | null;
  return new InputError(fault?.message ?? wordsOf(thrown), { ...fault, ...(stage && { stage }) });
}

/** A mailbox of an envelope (RFC 5321 section 4.1.2). */
export interface Mailbox {
  /** The whole, as it goes into an envelope. */
  readonly address: string;
  readonly localPart: string;
  readonly domain: string;
}

/** What else can read addresses. */
let reader: Loadable<Pick<typeof Glue, "parseAddress">> | undefined;

/** Has another module read addresses, too, once it is loaded. */
export function readsAddresses(other: Loadable<Pick<typeof Glue, "parseAddress">>): void {
  reader = other;
}

/**
 * Reads one mailbox (RFC 5321 section 4.1.2). Throws an `InputError` with the position and the rule, also when the
 * engine is not loaded.
 */
export function parseAddress(text: string, options: { readonly utf8?: boolean } = {}): Mailbox {
  const { module, glue } = reader?.module.loaded === true ? reader : moduleFor(own);
  module.demand();
  return checked(() => module.run(() => glue.parseAddress(text, options.utf8 ?? false)) as Mailbox);
}
