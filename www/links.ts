/** State as a word of letters and digits: JSON, deflated, in base64url. No DOM. */

/** What unpacks to more than this is no link of ours: octets. */
const LARGEST = 4 << 20;

export async function pack(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const packed = await through(bytes, new CompressionStream("deflate-raw"), Infinity);
  let text = "";
  for (const octet of packed) text += String.fromCharCode(octet);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Rejects when it is not what `pack` makes. */
export async function unpack(packed: string): Promise<unknown> {
  const text = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const json = await through(bytes, new DecompressionStream("deflate-raw"), LARGEST);
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
  largest: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    octets += read.value.length;
    if (octets > largest) {
      await reader.cancel();
      throw new RangeError("the link holds too much");
    }
    pieces.push(read.value);
  }
  const whole = new Uint8Array(octets);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
