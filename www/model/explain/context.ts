/** A line of a record with all that it takes to read it: its octets, and where in an AUTH exchange it is. No DOM. */
import type { SessionRecord } from "../recording.js";
import type { SessionLine } from "./line.js";

/** Undefined: there is no such line. */
export function lineOf({ lines, octets }: SessionRecord, index: number): SessionLine | undefined {
  const line = lines[index];
  if (line === undefined) return undefined;
  const { from, kind, verb, start, end } = line;
  const own = from === "link" ? new Uint8Array() : octets[from].subarray(start, end);
  const base = { from, kind, verb, octets: own };
  if (kind !== "auth" && verb !== "AUTH") return base;
  let turn = 0;
  let at = index;
  for (; at >= 0; at--) {
    const before = lines[at]!;
    if (before.kind === "command") break;
    if (at < index && before.kind === "auth" && before.from === from) turn++;
  }
  const words = lines[at]?.text.split(" ") ?? [];
  if (words[0]?.toUpperCase() !== "AUTH") return base;
  // An initial response is the client's first message.
  if (from === "client" && at < index && words.length > 2) turn++;
  return { ...base, mechanism: words[1], turn };
}
