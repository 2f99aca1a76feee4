/**
 * The engine's part of composing, typed: a module of its own, which who sends only raw content does not download.
 */
import { message as source } from "#wasm";
import load, {
  __wbg_reset_state as renew,
  base64Lines as base64,
  composeSkeleton as skeleton,
  kindOf as kind,
  quotedPrintable as quoted,
  readLines as read,
} from "./wasm/pkg/message.js";
import type * as Glue from "./wasm/pkg/message.js";
import { Module, moduleFor } from "./module.js";
import type { Loadable } from "./module.js";

type Part = Pick<typeof Glue, "base64Lines" | "composeSkeleton" | "kindOf" | "quotedPrintable" | "readLines">;

const own: Loadable<Part> = {
  module: /* @__PURE__ */ new Module({ load, renew, types: [] }, source),
  glue: {
    base64Lines: base64,
    composeSkeleton: skeleton,
    kindOf: kind,
    quotedPrintable: quoted,
    readLines: read,
  },
};

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
