// Megabytes (10^6 octets) of an attachment composed per second, in this process, read as a stream.
import { composeBoth } from "../compose.mjs";

export const title = "message with an attachment of 25 MB composed, as a stream";
export const unit = "MB/s";
export const better = "more";
export const repeats = { full: 9, quick: 3 };

const file = new Uint8Array(25_000_000).map((_, index) => index * 7);

export function contenders() {
  return composeBoth(async (compose) => {
    const began = performance.now();
    let octets = 0;
    for await (const bytes of await compose.stream(file)) octets += bytes.length;
    if (octets < (file.length * 4) / 3) throw new Error(`only ${octets} octets were composed`);
    return file.length / 1000 / (performance.now() - began);
  });
}

export function goal({ ours, theirs }) {
  return { text: "at least 2 times", met: ours.median >= 2 * theirs.median };
}
