/** What the bundler makes of an import that it is told to. */
declare module "*?url" {
  const address: string;
  export default address;
}

interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
