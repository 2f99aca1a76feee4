/** Characters that nobody sees, or that turn the direction of text around: their names, so that they can be shown. No DOM. */

const NAMES: Readonly<Record<number, string>> = {
  0x00ad: "SHY",
  0x061c: "ALM",
  0x200b: "ZWSP",
  0x200e: "LRM",
  0x200f: "RLM",
  0x2028: "LS",
  0x2029: "PS",
  0x202a: "LRE",
  0x202b: "RLE",
  0x202c: "PDF",
  0x202d: "LRO",
  0x202e: "RLO",
  0x2060: "WJ",
  0x2066: "LRI",
  0x2067: "RLI",
  0x2068: "FSI",
  0x2069: "PDI",
  0xfeff: "BOM",
  0xdc0a: "LF",
  0xdc0d: "CR",
  0x7f: "DEL",
};
const CONTROLS =
  "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(
    " ",
  );

/** All that is shown by its name: not the tab, nor the end of a line, nor what joins characters, as in emoji. */
export const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\udc0a\udc0d\udc80-\udcff]/gu;

/** Those that turn the direction of text around (UAX #9 section 2). */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export function nameOf(point: number): string {
  const known = NAMES[point] ?? CONTROLS[point];
  if (known !== undefined) return known;
  if (point >= 0xdc80 && point <= 0xdcff) return hex(point - 0xdc00, 2);
  return `U+${hex(point, 4)}`;
}

/** What it is, in words. */
export function explain(point: number): string {
  if (point === 0xdc0a) return "A LF without its CR: no end of a line (RFC 5321 section 2.3.8)";
  if (point === 0xdc0d) return "A CR without its LF: no end of a line (RFC 5321 section 2.3.8)";
  if (point >= 0xdc80 && point <= 0xdcff)
    return `The octet ${hex(point - 0xdc00, 2)}, which is no UTF-8 here`;
  const kind = isBidi(point)
    ? "turns the direction of text around (UAX #9)"
    : point < 0x20 || (point >= 0x7f && point < 0xa0)
      ? "a control character"
      : "a character that nobody sees";
  return `${nameOf(point)}${NAMES[point] === undefined ? "" : `, U+${hex(point, 4)}`}: ${kind}`;
}

export function isBidi(point: number): boolean {
  return new RegExp(BIDI, "u").test(String.fromCodePoint(point));
}

/** How many characters of a text turn its direction around. */
export function bidiIn(text: string): number {
  return text.match(BIDI)?.length ?? 0;
}

/** A text with names in place of what cannot be seen, as ⟨RLO⟩. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `⟨${nameOf(character.codePointAt(0)!)}⟩`);
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, "0");
}
