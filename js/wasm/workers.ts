/** Where Workers find the modules: imports, which are compiled ahead; each is fetched when it is wanted. */

/** The module that sends. */
export async function sending(): Promise<WebAssembly.Module> {
  return (await import("./pkg/sending_bg.wasm")).default;
}

/** The module that composes. */
export async function composing(): Promise<WebAssembly.Module> {
  return (await import("./pkg/composing_bg.wasm")).default;
}

/** The module that reads messages. */
export async function reading(): Promise<WebAssembly.Module> {
  return (await import("./pkg/reading_bg.wasm")).default;
}

/** The module that serves. */
export async function serving(): Promise<WebAssembly.Module> {
  return (await import("./pkg/serving_bg.wasm")).default;
}
