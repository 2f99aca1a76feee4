/** A line of a record with all that it takes to read it: its octets, and what it stands behind. No DOM. */
import type { Line, SessionRecord } from "../recording.js";
import type { SessionLine } from "./line.js";

/** Undefined: there is no such line. */
export function lineOf({ lines, octets }: SessionRecord, index: number): SessionLine | undefined {
  const line = lines[index];
  if (line === undefined) return undefined;
  const { from, kind, verb, start, end } = line;
  const own = from === "link" ? new Uint8Array() : octets[from].subarray(start, end);
  const base = { from, kind, verb, octets: own };
  if (kind === "content") return { ...base, ...contentAt(lines, index) };
  if (kind === "reply" && verb === "DATA" && answersContent(lines, index))
    return { ...base, kind: "content" };
  if (kind === "auth" || verb === "AUTH") return { ...base, ...exchangeAt(lines, index) };
  return base;
}

/** By which command content goes, and whether some of the message has gone before it. */
function contentAt(lines: readonly Line[], index: number): Pick<SessionLine, "verb" | "continued"> {
  let verb: string | undefined;
  for (let at = index - 1; at >= 0; at--) {
    const before = lines[at]!;
    if (before.from !== "client") continue;
    if (before.kind === "content") return { verb, continued: true };
    if (before.kind !== "command") continue;
    verb ??= before.verb;
    if (before.verb === "MAIL") break;
  }
  return { verb };
}

/** Whether 354 has come before it: then it is the message that is answered, not DATA. */
function answersContent(lines: readonly Line[], index: number): boolean {
  for (let at = index - 1; at >= 0; at--) {
    const { from, verb, code } = lines[at]!;
    if (from !== "server") continue;
    if (verb !== "DATA") return false;
    if (code === 354) return true;
  }
  return false;
}

/** The mechanism of an AUTH exchange, and the how-manieth message of its side it is. */
function exchangeAt(lines: readonly Line[], index: number): Pick<SessionLine, "mechanism" | "turn"> {
  const { from } = lines[index]!;
  let turn = 0;
  let at = index;
  for (; at >= 0; at--) {
    const before = lines[at]!;
    if (before.kind === "command") break;
    if (at < index && before.kind === "auth" && before.from === from) turn++;
  }
  const words = lines[at]?.text.split(" ") ?? [];
  if (words[0]?.toUpperCase() !== "AUTH") return {};
  // An initial response is the client's first message.
  if (from === "client" && at < index && words.length > 2) turn++;
  return { mechanism: words[1], turn };
}
