/** The bundler turns the module into an asset and gives its address. */
declare module "*.wasm" {
  const address: string;
  export default address;
}
