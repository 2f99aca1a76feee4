/**
 * Where Deno finds the modules: imports; before Deno 2.6, files beside this one, which it must be allowed to read; in a bundle,
 * text in it.
 */
declare const Deno: { readFile(path: URL): Promise<Uint8Array> };

/** The module that sends. */
export function sending(): Promise<WebAssembly.Module | Uint8Array> {
  return part("sending");
}

/** The module that composes. */
export function composing(): Promise<WebAssembly.Module | Uint8Array> {
  return part("composing");
}

/** The module that reads messages. */
export function reading(): Promise<WebAssembly.Module | Uint8Array> {
  return part("reading");
}

/** The module that serves. */
export function serving(): Promise<WebAssembly.Module | Uint8Array> {
  return part("serving");
}

async function part(
  name: "sending" | "composing" | "reading" | "serving",
): Promise<WebAssembly.Module | Uint8Array> {
  // Nothing is beside a bundle, and Deno would ask the user to have it read.
  if (!import.meta.url.endsWith("/wasm/deno.js")) return (await import("./inline.js"))[name]();
  // Not in the place of the import: bundlers that know only other syntax than that file's would fail on it.
  const source = "./source.js";
  const imports = await (import(source) as Promise<typeof import("./source.js")>).catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
  return imports?.parts[name]() ?? Deno.readFile(new URL(`./pkg/${name}_bg.wasm`, import.meta.url));
}
