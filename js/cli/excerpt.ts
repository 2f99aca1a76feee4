/** The line of a message that a finding is about, with a mark below it: every octet is shown, and none steers the terminal. */
import type { Diagnostic } from "edgepost";

/** What stands for a character: itself, or an escape for what cannot be seen. */
interface Cell {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Columns of a terminal. */
  readonly width: number;
}

export interface Excerpt {
  readonly text: string;
  /** Blanks and carets, to stand below the text. */
  readonly marks: string;
}

/** Octets of a line that are looked at before and behind the beginning of a finding. */
const REACH = 1000;
const [LF, CR] = [0x0a, 0x0d];

/** The line in which a finding begins, cut to so many columns around it. */
export function excerpt(octets: Uint8Array, { span, column }: Diagnostic, columns: number): Excerpt {
  const begins = span.start - (column - 1);
  const from = Math.max(begins, boundary(octets, span.start - REACH));
  const ahead = octets.subarray(span.start, span.start + REACH);
  const lf = ahead.indexOf(LF);
  const end = span.start + (lf < 0 ? ahead.length : lf);
  const isCrlf = lf >= 0 && end > begins && octets[end - 1] === CR;
  const ends = isCrlf ? end - 1 : end;
  const line = cells(octets, from, ends);
  let first = line.findIndex((cell) => cell.end > span.start);
  if (first < 0) first = line.length;
  let last = first;
  while (last < line.length && line[last]!.start < span.end) last += 1;
  const beyond = span.end > end + 1;
  return cut(line, first, last, {
    columns,
    before: from > begins,
    behind: lf < 0 && end < octets.length,
    beyond,
  });
}

/** What of a line there is room for, from a third of it before the mark. */
function cut(
  line: readonly Cell[],
  first: number,
  last: number,
  { columns, before, behind, beyond }: { columns: number; before: boolean; behind: boolean; beyond: boolean },
): Excerpt {
  const room = columns - 3;
  let from = 0;
  if (before || width(line.slice(0, last)) > room) {
    from = first;
    for (let used = 0; from > 0; from -= 1) {
      used += line[from - 1]!.width;
      if (used > room / 3) break;
    }
  }
  let to = from;
  for (let used = 0; to < line.length; to += 1) {
    used += line[to]!.width;
    if (used > room) break;
  }
  if (to === line.length) while (from > 0 && width(line.slice(from - 1)) <= room) from -= 1;
  const [left, right] = [before || from > 0 ? "…" : "", behind || to < line.length ? "…" : ""];
  const text = line.slice(from, to).map((cell) => cell.text);
  const indent = left.length + width(line.slice(from, first));
  const marked = Math.max(1, width(line.slice(first, Math.min(last, to))));
  return {
    text: `${left}${text.join("")}${right}`,
    marks: `${" ".repeat(indent)}${"^".repeat(marked)}${beyond || last > to ? "…" : ""}`,
  };
}

/** A piece of a message in one line. */
export function visible(octets: Uint8Array): string {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
  if (/^[ -~]*$/.test(text)) return text;
  return cells(octets, 0, octets.length)
    .map((cell) => cell.text)
    .join("");
}

const width = (line: readonly Cell[]): number => line.reduce((sum, cell) => sum + cell.width, 0);

/** Where a character begins, at this octet or a little before it. */
function boundary(octets: Uint8Array, at: number): number {
  for (let back = 0; back < 4 && at - back > 0; back += 1)
    if ((octets[at - back]! & 0xc0) !== 0x80) return at - back;
  return at;
}

function cells(octets: Uint8Array, from: number, to: number): Cell[] {
  const line: Cell[] = [];
  for (let at = from; at < to;) {
    const character = characterAt(octets, at, to);
    const text = character === undefined ? hex(octets[at]!) : shown(character);
    const end = at + (character === undefined ? 1 : Buffer.byteLength(character));
    line.push({ start: at, end, text, width: columnsOf(text) });
    at = end;
  }
  return line;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The character of UTF-8 that begins here; undefined: none does. */
function characterAt(octets: Uint8Array, at: number, to: number): string | undefined {
  const first = octets[at]!;
  if (first < 0x80) return String.fromCharCode(first);
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  try {
    const text = strict.decode(octets.subarray(at, Math.min(at + length, to)));
    return [...text].length === 1 ? text : undefined;
  } catch {
    return undefined;
  }
}

const hex = (octet: number): string => `\\x${octet.toString(16).padStart(2, "0")}`;

/** Controls, formats, what is unassigned or private, and what is not shown: `\xNN` or `\u{NNNN}`. */
const UNSEEN = /^[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

function shown(character: string): string {
  if (character === "\t") return "    ";
  if (!UNSEEN.test(character)) return character;
  const code = character.codePointAt(0)!;
  return code < 0x100 ? hex(code) : `\\u{${code.toString(16)}}`;
}

/** What takes two columns: East Asian characters and emoji. */
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const COMBINING = /^[\p{Mn}\p{Me}]/u;

function columnsOf(text: string): number {
  if (text.charCodeAt(0) < 0x300) return text.length;
  return COMBINING.test(text) ? 0 : WIDE.test(text) ? 2 : 1;
}
