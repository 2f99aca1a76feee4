/**
 * The engine's part of composing, typed: a module of its own, which who sends only raw content does not download.
 */
import { message as source } from "#wasm";
import load, * as glue from "./wasm/pkg/message.js";
import { checked } from "./engine.js";
import type { TextMessage } from "./engine.js";
import { Module, moduleFor } from "./module.js";
import type { Loadable } from "./module.js";

type Parts = Omit<typeof glue, "default" | "initSync" | "__wbg_reset_state">;

const own: Loadable<Parts> = {
  module: /* @__PURE__ */ new Module(
    { load, renew: glue.__wbg_reset_state, types: [glue.MessageReader] },
    source,
  ),
  glue,
};

/** The module that knows messages. */
export function messages(): Loadable<Parts> {
  return moduleFor(own);
}

/** Loads what composing needs, once. Rejects with an `InputError`. */
export function readyToCompose(): Promise<void> {
  return moduleFor(own).module.load();
}

/** Whether it is loaded. */
export function canCompose(): boolean {
  return moduleFor(own).module.loaded;
}

/** Makes the octets of a plain text message: CRLF at every line's end, clean. Throws an `InputError`. */
export function composeText(message: TextMessage): Uint8Array {
  const { module, glue } = moduleFor(own);
  return checked(() => module.run(() => glue.composeText(message)), "mail");
}
