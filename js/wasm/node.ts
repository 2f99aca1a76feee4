/** Where Node finds the module: a file beside this one. */
import { readFile } from "node:fs/promises";

/**
 * The module's octets.
 * @internal
 */
export function source(): Promise<Uint8Array> {
  return readFile(new URL("./pkg/edgepost_bg.wasm", import.meta.url));
}
