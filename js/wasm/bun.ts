/** Where Bun finds the modules: assets, which its bundler copies and its compiler puts into the program. */
declare const Bun: { file(path: string | URL): Blob };

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

/** There an import of an asset gives its path; in a bundle, from where the bundle is. */
async function octets(imported: { default: unknown }): Promise<Uint8Array> {
  const path = imported.default as string;
  const file = Bun.file(path.startsWith(".") ? new URL(path, import.meta.url) : path);
  return new Uint8Array(await file.arrayBuffer());
}
