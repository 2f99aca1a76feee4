/** What fixes change in a message, as lines to look at before it is done. No DOM. */
import type { Edit } from "edgepost";
import { textOf } from "./source.js";

/** Lines that stand together and change. */
export interface Hunk {
  /** The number of the first line that changes, from 1. */
  readonly line: number;
  readonly lead: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly tail: readonly string[];
}

export interface Hunks {
  readonly hunks: readonly Hunk[];
  /** How many more there are. */
  readonly more: number;
}

const HUNKS = 100;
/** Lines of one hunk, on each side. */
const LINES = 40;
/** Octets of a line that are shown. */
const WIDTH = 400;
/** Lines around a change. */
const CONTEXT = 1;
const LF = 0x0a;
const encoder = new TextEncoder();

/** Edits in the order in which they are, without those that `applyFixes` leaves out, because others change the same octets. */
export function applied(edits: readonly Edit[], length: number): Edit[] {
  const sorted = [...edits].sort((one, other) => one.start - other.start || one.end - other.end);
  const kept: Edit[] = [];
  let at = 0;
  for (const edit of sorted) {
    const last = kept.at(-1);
    const again = last?.start === edit.start && last.end === edit.end && last.text === edit.text;
    if (edit.start < at || edit.end > length || again) continue;
    kept.push(edit);
    at = edit.end;
  }
  return kept;
}

export function hunksOf(octets: Uint8Array, edits: readonly Edit[]): Hunks {
  const kept = applied(edits, octets.length);
  const hunks: Hunk[] = [];
  let more = 0;
  let line = 1;
  let counted = 0;
  for (let index = 0; index < kept.length;) {
    // Edits of the same lines, and of lines next to each other, are one hunk.
    const start = lineStart(octets, kept[index]!.start);
    let end = lineEnd(octets, kept[index]!.end);
    let next = index + 1;
    while (next < kept.length && kept[next]!.start < end) {
      end = Math.max(end, lineEnd(octets, kept[next]!.end));
      next++;
    }
    if (hunks.length === HUNKS) more++;
    else {
      for (; counted < start; counted++) if (octets[counted] === LF) line++;
      const changed: Uint8Array[] = [];
      let at = start;
      for (const edit of kept.slice(index, next)) {
        changed.push(octets.subarray(at, edit.start), encoder.encode(edit.text));
        at = edit.end;
      }
      changed.push(octets.subarray(at, end));
      let lead = start;
      for (let lines = 0; lines < CONTEXT && lead > 0; lines++) lead = lineStart(octets, lead - 1);
      let tail = end;
      for (let lines = 0; lines < CONTEXT && tail < octets.length; lines++) tail = lineEnd(octets, tail + 1);
      hunks.push({
        line,
        lead: linesOf([octets.subarray(lead, start)]),
        before: linesOf([octets.subarray(start, end)]),
        after: linesOf(changed),
        tail: linesOf([octets.subarray(end, tail)]),
      });
    }
    index = next;
  }
  return { hunks, more };
}

function lineStart(octets: Uint8Array, octet: number): number {
  return octet === 0 ? 0 : octets.lastIndexOf(LF, octet - 1) + 1;
}

/** Behind the line that an octet is in, or that ends right before it. */
function lineEnd(octets: Uint8Array, octet: number): number {
  const found = octets.indexOf(LF, Math.max(0, octet - 1));
  return found < 0 ? octets.length : found + 1;
}

/** Lines, each with its end as text: `\n` is CRLF. */
function linesOf(pieces: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  let line: Uint8Array[] = [];
  let width = 0;
  const end = (): void => {
    if (width === 0) return;
    const cut = width > WIDTH ? "…" : "";
    const whole = new Uint8Array(line.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of line) {
      whole.set(piece, at);
      at += piece.length;
    }
    lines.push(cut === "" ? textOf(whole) : textOf(whole.subarray(0, WIDTH)) + cut);
    [line, width] = [[], 0];
  };
  for (const piece of pieces)
    for (let at = 0; at < piece.length;) {
      if (lines.length > LINES) return [...lines.slice(0, LINES), "…"];
      const found = piece.indexOf(LF, at);
      const to = found < 0 ? piece.length : found + 1;
      if (width <= WIDTH) line.push(piece.subarray(at, to));
      width += to - at;
      at = to;
      if (found >= 0) end();
    }
  end();
  return lines;
}
