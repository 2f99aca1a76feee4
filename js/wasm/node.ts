/** Where Node finds the modules: files beside this one, or, in a bundle that has left them behind, text in it. */
import { readFile } from "node:fs/promises";

/** The octets of the module that sends. */
export function sending(): Promise<Uint8Array> {
  return part("sending", () => new URL("./pkg/sending_bg.wasm", import.meta.url));
}

/** The octets of the module that composes. */
export function composing(): Promise<Uint8Array> {
  return part("composing", () => new URL("./pkg/composing_bg.wasm", import.meta.url));
}

/** The octets of the module that reads messages. */
export function reading(): Promise<Uint8Array> {
  return part("reading", () => new URL("./pkg/reading_bg.wasm", import.meta.url));
}

/** The octets of the module that serves. */
export function serving(): Promise<Uint8Array> {
  return part("serving", () => new URL("./pkg/serving_bg.wasm", import.meta.url));
}

/** A bundle that is CommonJS has no `import.meta.url`: there even the address of the file fails. */
async function part(
  name: "sending" | "composing" | "reading" | "serving",
  file: () => URL,
): Promise<Uint8Array> {
  try {
    return await readFile(file());
  } catch (error) {
    if (!LEFT_BEHIND.includes((error as { code?: string }).code)) throw error;
    return (await import("./inline.js"))[name]();
  }
}

const LEFT_BEHIND: readonly (string | undefined)[] = ["ENOENT", "ERR_INVALID_URL"];
