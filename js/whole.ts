/** The whole engine in WebAssembly, typed: what receives, traces and reads single lines; and all that sends. */
import { whole as source } from "#wasm";
import load, * as glue from "./wasm/pkg/edgepost.js";
import { checked, offer } from "./engine.js";
import type { Param, Sending, ServerConfig, ServerEngine, TraceReader } from "./engine.js";
import type { Reply } from "./errors.js";
import { Module } from "./module.js";
import type { ModuleSource } from "./module.js";

const types = [glue.ClientEngine, glue.ServerEngine, glue.TraceReader];
const module: Module = /* @__PURE__ */ new Module({ load, renew: glue.__wbg_reset_state, types }, source);
const sending: Sending = {
  module,
  ClientEngine: glue.ClientEngine,
  composeText: glue.composeText,
  parseAddress: glue.parseAddress,
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

/** Makes a server engine; the engine must be loaded. Throws an `InputError` on a bad option. */
export function serverEngine(config: ServerConfig): ServerEngine {
  return checked(() => module.make(() => new glue.ServerEngine(config, performance.now()))) as ServerEngine;
}

/** Makes a reader of sessions; the engine must be loaded. */
export function traceReader(): TraceReader {
  return module.make(() => new glue.TraceReader()) as TraceReader;
}

/**
 * Reads one reply of a server, of one or more lines (RFC 5321 section 4.2). Throws an `InputError` with the position,
 * also when the engine is not loaded.
 */
export function parseReply(lines: string): Reply {
  module.demand();
  return checked(() => module.run(() => glue.parseReply(lines)) as Reply);
}

/** A command as a server reads it (RFC 5321 section 4.1.1). Which fields there are depends on the verb. */
export interface Command {
  /** In capitals, as `"MAIL"`. */
  readonly verb: string;
  /** The whole line in its usual form, secrets cut out. */
  readonly line: string;
  /** EHLO, HELO: the client's name. */
  readonly name?: string;
  /** MAIL: the reverse-path; `""` is the null one. */
  readonly from?: string;
  /** RCPT: the forward-path. */
  readonly to?: string;
  /** MAIL, RCPT. */
  readonly params?: readonly Param[];
  /** BDAT: how much content follows. */
  readonly octets?: number;
  /** BDAT: whether it is the last of the message. */
  readonly last?: boolean;
  /** AUTH. */
  readonly mechanism?: string;
  /** AUTH: whether an initial response came with it. */
  readonly initial?: boolean;
  /** VRFY, EXPN, HELP, NOOP. */
  readonly argument?: string;
}

/**
 * Reads one command of a client (RFC 5321 section 4.1.1). Throws an `InputError` with the position, also when the
 * engine is not loaded.
 */
export function parseCommand(line: string): Command {
  module.demand();
  return checked(() => module.run(() => glue.parseCommand(line)) as Command);
}
