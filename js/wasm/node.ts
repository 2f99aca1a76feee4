/** Where Node finds the modules: files beside this one. */
import { readFile } from "node:fs/promises";

/** The octets of the module that sends. */
export function sending(): Promise<Uint8Array> {
  return octets(new URL("./pkg/sending_bg.wasm", import.meta.url));
}

/** The octets of the module that composes. */
export function composing(): Promise<Uint8Array> {
  return octets(new URL("./pkg/composing_bg.wasm", import.meta.url));
}

/** The octets of the module that reads messages. */
export function reading(): Promise<Uint8Array> {
  return octets(new URL("./pkg/reading_bg.wasm", import.meta.url));
}

/** The octets of the module that serves. */
export function serving(): Promise<Uint8Array> {
  return octets(new URL("./pkg/serving_bg.wasm", import.meta.url));
}

async function octets(file: URL): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    const name = file.pathname.replace(/^.*\//, "");
    const words = `${name} is not beside the program; with a bundler that copies no files, import "edgepost/inline"`;
    throw new Error(words, { cause: error });
  }
}
