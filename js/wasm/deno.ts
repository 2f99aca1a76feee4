/** Where Deno finds the modules: imports; before Deno 2.6, files beside this one, which it must be allowed to read. */
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
  const imports = await import("./source.js").catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
  return imports?.parts[name]() ?? Deno.readFile(new URL(`./pkg/${name}_bg.wasm`, import.meta.url));
}
