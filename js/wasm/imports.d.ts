/** What an import of a module gives on Workers. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** A module as text, which scripts/build/inline.mjs writes: its octets, compressed (RFC 1951), in base64. */
declare module "*.deflated.js" {
  const deflated: string;
  export default deflated;
}

/** What it gives in the edge runtime of Next.js and Vercel. */
declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
