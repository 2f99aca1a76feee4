// The module that sends, whose octets are there: compiled where that is not done ahead, and instantiated.
import { sending } from "#wasm";
import init from "../../dist/wasm/pkg/sending.js";

let source;

export async function prepare() {
  source = await sending();
  if (source instanceof Response)
    source = new Response(await source.arrayBuffer(), { headers: { "Content-Type": "application/wasm" } });
}

export async function start() {
  const { memory } = await init({ module_or_path: source });
  return memory.buffer.byteLength > 0;
}
