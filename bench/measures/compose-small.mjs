// Small multipart messages composed per second, in this process: text, HTML and a file of 2 kB, to octets in memory.
import { composeBoth } from "../compose.mjs";

export const title = "small multipart messages composed (text, HTML, file of 2 kB)";
export const unit = "messages/s";
export const better = "more";
export const repeats = { full: 9, quick: 3 };

const file = new Uint8Array(2000).map((_, index) => index * 7);

export function contenders(stage, { quick }) {
  const counts = { edgepost: quick ? 1000 : 4000, nodemailer: quick ? 200 : 600 };
  return composeBoth(async (compose, who) => {
    const began = performance.now();
    for (let left = counts[who]; left > 0; left--) await compose.whole(file);
    return counts[who] / ((performance.now() - began) / 1000);
  });
}

export function goal({ ours, theirs }) {
  return { text: "at least 10 times", met: ours.median >= 10 * theirs.median };
}
