/**
 * The engine's part of composing, typed: a module of its own, which who sends only raw content does not download.
 */
import { composing as source } from "#wasm";
import type * as Glue from "./wasm/pkg/composing.js";
import { lazily } from "./lazy.js";
import { moduleFor } from "./module.js";
import type { Loadable } from "./module.js";

const own: Loadable<Omit<typeof Glue, "default" | "initSync" | "__wbg_reset_state">> = /* @__PURE__ */ lazily(
  () => import("./wasm/pkg/composing.js"),
  () => [],
  source,
);

/** Loads what composing needs, once. Rejects with an `InputError`. */
export function readyToCompose(): Promise<void> {
  return moduleFor(own).module.load();
}

/** Whether it is loaded. */
export function canCompose(): boolean {
  return moduleFor(own).module.loaded;
}

/** Makes the skeleton of a message; see js/skeleton.ts. Throws a plain object. */
export function composeSkeleton(records: string): Uint8Array {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.composeSkeleton(records));
}

/** What content is: lines of ASCII, lines, or anything. What holds a boundary made of `stem` is anything. */
export function kindOf(octets: Uint8Array, stem: string): "7bit" | "8bit" | "binary" {
  const { module, glue } = moduleFor(own);
  return (["7bit", "8bit", "binary"] as const)[module.run(() => glue.kindOf(octets, stem))]!;
}

/** Reads on in content that should be lines; the state to go on with, at first 0, or -1 when it is not. */
export function readLines(octets: Uint8Array, state: number, eightBit: boolean): number {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.readLines(octets, state, eightBit));
}

/** Lines of base64 with their CRLF; all but the last piece of content must be a multiple of 57 octets. */
export function base64Lines(octets: Uint8Array): Uint8Array {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.base64Lines(octets));
}

/** Content in quoted-printable. */
export function quotedPrintable(octets: Uint8Array): Uint8Array {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.quotedPrintable(octets));
}
