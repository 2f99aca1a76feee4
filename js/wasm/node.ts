/** Where Node finds the modules: files beside this one. */
import { readFile } from "node:fs/promises";

/** The octets of the module that sends. */
export function sending(): Promise<Uint8Array> {
  return readFile(new URL("./pkg/sending_bg.wasm", import.meta.url));
}

/** The octets of the module that composes. */
export function composing(): Promise<Uint8Array> {
  return readFile(new URL("./pkg/composing_bg.wasm", import.meta.url));
}

/** The octets of the module that reads messages. */
export function reading(): Promise<Uint8Array> {
  return readFile(new URL("./pkg/reading_bg.wasm", import.meta.url));
}

/** The octets of the module that serves. */
export function serving(): Promise<Uint8Array> {
  return readFile(new URL("./pkg/serving_bg.wasm", import.meta.url));
}
