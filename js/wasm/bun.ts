/** Where Bun finds the modules: assets, which its bundler copies and its compiler puts into the program. */
declare const Bun: { file(path: string): Blob };

/** The octets of the module that sends. */
export async function sending(): Promise<Uint8Array> {
  return octets(await import("./pkg/sending_bg.wasm", { with: { type: "file" } }));
}

/** The octets of the module that composes. */
export async function composing(): Promise<Uint8Array> {
  return octets(await import("./pkg/composing_bg.wasm", { with: { type: "file" } }));
}

/** The octets of the module that reads messages. */
export async function reading(): Promise<Uint8Array> {
  return octets(await import("./pkg/reading_bg.wasm", { with: { type: "file" } }));
}

/** The octets of the module that serves. */
export async function serving(): Promise<Uint8Array> {
  return octets(await import("./pkg/serving_bg.wasm", { with: { type: "file" } }));
}

/** There an import of an asset gives its path. */
async function octets(imported: { default: unknown }): Promise<Uint8Array> {
  return new Uint8Array(await Bun.file(imported.default as string).arrayBuffer());
}
