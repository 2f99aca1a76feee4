/** What an import of a module gives on Workers. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
