/**
 * The engine's part of composing, typed: a module of its own, which who sends only raw content does not download. It is not
 * loaded where the whole one is there already.
 */
import { message as source } from "#wasm";
import load, { __wbg_reset_state as renew, composeText as compose } from "./wasm/pkg/message.js";
import { checked, offered } from "./engine.js";
import type { Composing, TextMessage } from "./engine.js";
import { Module } from "./module.js";

const own: Composing = {
  module: /* @__PURE__ */ new Module({ load, renew, types: [] }, source),
  composeText: compose,
};

function composer(): Composing {
  const whole = offered();
  return whole?.module.begun === true && !own.module.begun ? whole : own;
}

/** Loads what composing needs, once. Rejects with an `InputError`. */
export function readyToCompose(): Promise<void> {
  return composer().module.load();
}

/** Whether it is loaded. */
export function canCompose(): boolean {
  return composer().module.loaded;
}

/** Makes the octets of a plain text message: CRLF at every line's end, clean. Throws an `InputError`. */
export function composeText(message: TextMessage): Uint8Array {
  const { module, composeText } = composer();
  return checked(() => module.run(() => composeText(message)), "mail");
}
