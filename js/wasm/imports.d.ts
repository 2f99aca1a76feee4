/** What an import of a module gives on Workers. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** What it gives in the code of `edgepost/inline`: the module's octets, compressed (RFC 1951), in base64. */
declare module "*.wasm?deflated" {
  const deflated: string;
  export default deflated;
}
