/** The modules as text in code, compressed: for `edgepost/inline`, and for bundles that have left the files behind. */

/** The octets of the module that sends. */
export async function sending(): Promise<Uint8Array> {
  return inflated((await import("../inline/sending.deflated.js")).default);
}

/** The octets of the module that composes. */
export async function composing(): Promise<Uint8Array> {
  return inflated((await import("../inline/composing.deflated.js")).default);
}

/** The octets of the module that reads messages. */
export async function reading(): Promise<Uint8Array> {
  return inflated((await import("../inline/reading.deflated.js")).default);
}

/** The octets of the module that serves. */
export async function serving(): Promise<Uint8Array> {
  return inflated((await import("../inline/serving.deflated.js")).default);
}

async function inflated(base64: string): Promise<Uint8Array> {
  const deflated = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const octets = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(octets).arrayBuffer());
}
