/**
 * Where the edge runtime of Next.js and Vercel finds the modules, which compiles none at run time: imports that say so. Their
 * bundlers compile them when the program is deployed.
 */

/** The module that sends. */
export async function sending(): Promise<WebAssembly.Module> {
  return (await import("./pkg/sending_bg.wasm?module")).default;
}

/** The module that composes. */
export async function composing(): Promise<WebAssembly.Module> {
  return (await import("./pkg/composing_bg.wasm?module")).default;
}

/** The module that reads messages. */
export async function reading(): Promise<WebAssembly.Module> {
  return (await import("./pkg/reading_bg.wasm?module")).default;
}

/** The module that serves. */
export async function serving(): Promise<WebAssembly.Module> {
  return (await import("./pkg/serving_bg.wasm?module")).default;
}
