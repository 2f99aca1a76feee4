/** The whole engine in WebAssembly, typed: what receives, traces and reads single lines; and all that sends. */
import { whole as source } from "#wasm";
import type * as Glue from "./wasm/pkg/edgepost.js";
import { checked, offer } from "./engine.js";
import type {
  ClientAuth,
  Composing,
  Param,
  Sending,
  ServerConfig,
  ServerEngine,
  TraceReader,
} from "./engine.js";
import type { Reply } from "./errors.js";
import { Module } from "./module.js";
import type { ModuleSource } from "./module.js";

/**
 * What is around the module, there once it is loaded. Never a static import: who only sends would download it, because
 * some bundlers put all that index.ts reaches beside it as soon as a dynamic import reaches it, too.
 */
let glue: typeof Glue;
const module: Module = /* @__PURE__ */ new Module(
  {
    async load(options) {
      glue = await import("./wasm/pkg/edgepost.js");
      return glue.default(options);
    },
    renew: () => glue.__wbg_reset_state(),
    get types() {
      return [glue.ClientEngine, glue.SaslClient, glue.ServerEngine, glue.TraceReader];
    },
  },
  source,
);
const sending: Sending & Composing = {
  module,
  get ClientEngine() {
    return glue.ClientEngine;
  },
  composeText: (message) => glue.composeText(message),
  parseAddress: (text, utf8) => glue.parseAddress(text, utf8),
};

/**
 * Loads the engine from a place of your own, for hosts where its files are not found by themselves: the module that is
 * `edgepost/edgepost.wasm`, which does everything, sending included. Call it before anything else; once the engine is
 * loaded, it changes nothing. Rejects with an `InputError` when it cannot be loaded.
 */
export function init(module: ModuleSource): Promise<void> {
  return start(module);
}

/**
 * Loads the engine, once. Everything asynchronous does it by itself; `parseAddress`, `parseReply` and `parseCommand`
 * need it before. Rejects as {@link init} does.
 */
export function ready(): Promise<void> {
  return start();
}

function start(from?: ModuleSource): Promise<void> {
  const loading = module.load(from);
  offer(sending);
  return loading;
}

/** Makes the client's side of a SASL exchange, whose methods throw numbers; the engine must be loaded. */
export function saslClient(
  mechanism: string,
  flag: string,
  data: string | undefined,
  auth: ClientAuth,
): SaslClient {
  return module.make(() => new glue.SaslClient(mechanism, flag, data, auth)) as SaslClient;
}

/** Makes a server engine; the engine must be loaded. Throws an `InputError` on a bad option. */
export function serverEngine(config: ServerConfig): ServerEngine {
  return checked(() => module.make(() => new glue.ServerEngine(config, performance.now()))) as ServerEngine;
}

/** Makes a reader of sessions; the engine must be loaded. */
export function traceReader(): TraceReader {
  return module.make(() => new glue.TraceReader()) as TraceReader;
}

/** The client's side of a SASL exchange. Challenges come in base64. */
export interface SaslClient {
  initial(): Uint8Array | undefined;
  respond(challenge: string): Uint8Array;
  succeeded(): void;
  said(): string | undefined;
  free(): void;
}

/** Octets of a text, as UTF-8, that match a rule of the grammar. */
export interface Span {
  /** The rule, by its name in the ABNF of the RFC that it comes from, as `"Reply-code"`. */
  readonly rule: string;
  /** The first octet. */
  readonly start: number;
  /** Behind the last octet. */
  readonly end: number;
}

/** A reply and where its parts are. */
export interface ParsedReply extends Reply {
  /** In order; a part comes before what is in it. */
  readonly spans: readonly Span[];
}

/**
 * Reads one reply of a server, of one or more lines (RFC 5321 section 4.2). Throws an `InputError` with the position,
 * also when the engine is not loaded.
 */
export function parseReply(lines: string): ParsedReply {
  module.demand();
  return checked(() => module.run(() => glue.parseReply(lines)) as ParsedReply);
}

/** What an enhanced status code means, as IANA has registered it (RFC 5248). */
export interface Status {
  /** As `"5.1.1"`. */
  readonly code: string;
  /** What the first number says, as `"Permanent Failure"`. */
  readonly class: string;
  /** What the second number says, as `"Addressing Status"`. */
  readonly subject: string;
  /** The sample text that is registered; empty for `X.6.10`, which is deprecated. */
  readonly name: string;
  /** What it says, in plain words. */
  readonly description: string;
  /** The reply codes that are registered with it; empty when none or no certain ones are. */
  readonly replyCodes: readonly number[];
  /** Where it is specified, as `"RFC 3463"`. */
  readonly reference: string;
}

/**
 * What an enhanced status code such as `"5.1.1"` means; `undefined` when it is not registered. Throws an `InputError`
 * with the position when it is no such code, also when the engine is not loaded.
 */
export function describeStatus(code: string): Status | undefined {
  module.demand();
  return checked(() => module.run(() => glue.describeStatus(code)) as Status | undefined);
}

/** A command as a server reads it (RFC 5321 section 4.1.1). Which fields there are depends on the verb. */
export interface Command {
  /** In capitals, as `"MAIL"`. */
  readonly verb: string;
  /** The whole line in its usual form, secrets cut out. */
  readonly line: string;
  /** EHLO, HELO, LHLO: the client's name. */
  readonly name?: string;
  /** MAIL: the reverse-path; `""` is the null one. */
  readonly from?: string;
  /** RCPT: the forward-path. */
  readonly to?: string;
  /** MAIL, RCPT. */
  readonly params?: readonly Param[];
  /** BDAT: how much content follows. */
  readonly octets?: number;
  /** BURL: where the content is, the token of `URLAUTH` cut out. */
  readonly url?: string;
  /** BDAT, BURL: whether it is the last of the message. */
  readonly last?: boolean;
  /** AUTH. */
  readonly mechanism?: string;
  /** AUTH: whether an initial response came with it. */
  readonly initial?: boolean;
  /** XCLIENT, XFORWARD: names in capitals and values, decoded, in order. */
  readonly attributes?: readonly { readonly name: string; readonly value: string }[];
  /** VRFY, EXPN, HELP, NOOP, ETRN. */
  readonly argument?: string;
  /** Where its parts are, in order; a part comes before what is in it. */
  readonly spans: readonly Span[];
}

/**
 * Reads one command of a client (RFC 5321 section 4.1.1). Throws an `InputError` with the position, also when the
 * engine is not loaded.
 */
export function parseCommand(line: string): Command {
  module.demand();
  return checked(() => module.run(() => glue.parseCommand(line)) as Command);
}
