/**
 * The engine in WebAssembly, typed: what receives, traces, plays SASL and reads single lines. A module of its own, which who
 * only sends does not download.
 */
import { serving as source } from "#wasm";
import type * as Glue from "./wasm/pkg/serving.js";
import { checked, readsAddresses } from "./engine.js";
import type { ClientAuth, Param, ServerConfig, ServerEngine, TraceReader } from "./engine.js";
import type { Reply } from "./errors.js";
import { lazily } from "./lazy.js";
import { moduleFor } from "./module.js";
import type { Loadable } from "./module.js";
import type { Endpoint } from "./transport.js";

const own: Loadable<Omit<typeof Glue, "default" | "initSync" | "__wbg_reset_state">> = /* @__PURE__ */ lazily(
  () => import("./wasm/pkg/serving.js"),
  ({ SaslClient, ServerEngine, TraceReader }) => [SaslClient, ServerEngine, TraceReader],
  source,
);

/** Loads what serving, tracing and reading single lines need, once. Rejects with an `InputError`. */
export function readyToServe(): Promise<void> {
  const present = moduleFor(own);
  readsAddresses(present);
  return present.module.load();
}

/** Makes the client's side of a SASL exchange, whose methods throw numbers; the engine must be loaded. */
export function saslClient(
  mechanism: string,
  flag: string,
  data: string | undefined,
  auth: ClientAuth,
): SaslClient {
  const { module, glue } = moduleFor(own);
  return module.make(() => new glue.SaslClient(mechanism, flag, data, auth)) as SaslClient;
}

/** Makes a server engine; the engine must be loaded. Throws an `InputError` on a bad option. */
export function serverEngine(config: ServerConfig): ServerEngine {
  const { module, glue } = moduleFor(own);
  return checked(() => module.make(() => new glue.ServerEngine(config, performance.now()))) as ServerEngine;
}

/** Makes a reader of sessions; the engine must be loaded. */
export function traceReader(): TraceReader {
  const { module, glue } = moduleFor(own);
  return module.make(() => new glue.TraceReader()) as TraceReader;
}

/** What a client says for another, as its engine takes it, by names and values (XCLIENT). Throws an `InputError`. */
export function xclientAttributes(attributes: Readonly<Record<string, string>>): string {
  const { module, glue } = moduleFor(own);
  return checked(() => module.run(() => glue.xclientAttributes(Object.entries(attributes).flat())));
}

/** A header of the PROXY protocol, `version` 1 or 2. Throws an `InputError`. */
export function proxyHeader(source: Endpoint, destination: Endpoint, version: number): Uint8Array {
  const { module, glue } = moduleFor(own);
  return checked(() => module.run(() => glue.proxyHeader(written(source), written(destination), version)));
}

function written({ address, port }: Endpoint): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
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
  const { module, glue } = moduleFor(own);
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
  const { module, glue } = moduleFor(own);
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
  const { module, glue } = moduleFor(own);
  module.demand();
  return checked(() => module.run(() => glue.parseCommand(line)) as Command);
}
