/** One octet for a person: its number, its sign, its name, and the character that it belongs to. No DOM. */

export interface Octet {
  /** Two digits, in capitals. */
  readonly hex: string;
  readonly decimal: number;
  /** A sign that stands for it in one cell. */
  readonly sign: string;
  /** What it is called. */
  readonly name: string;
  readonly kind: "text" | "space" | "control" | "utf8" | "continuation" | "broken";
}

const CONTROLS = [
  ["NUL", "null"],
  ["SOH", "start of heading"],
  ["STX", "start of text"],
  ["ETX", "end of text"],
  ["EOT", "end of transmission"],
  ["ENQ", "enquiry"],
  ["ACK", "acknowledge"],
  ["BEL", "bell"],
  ["BS", "backspace"],
  ["TAB", "horizontal tab"],
  ["LF", "line feed"],
  ["VT", "vertical tab"],
  ["FF", "form feed"],
  ["CR", "carriage return"],
  ["SO", "shift out"],
  ["SI", "shift in"],
  ["DLE", "data link escape"],
  ["DC1", "device control 1"],
  ["DC2", "device control 2"],
  ["DC3", "device control 3"],
  ["DC4", "device control 4"],
  ["NAK", "negative acknowledge"],
  ["SYN", "synchronous idle"],
  ["ETB", "end of block"],
  ["CAN", "cancel"],
  ["EM", "end of medium"],
  ["SUB", "substitute"],
  ["ESC", "escape"],
  ["FS", "file separator"],
  ["GS", "group separator"],
  ["RS", "record separator"],
  ["US", "unit separator"],
] as const;

/** Of the signs of ASCII, in order, from 0x20. */
const SIGNS =
  "space,exclamation mark,quotation mark,number sign,dollar sign,percent sign,ampersand,apostrophe,left parenthesis,right parenthesis,asterisk,plus sign,comma,hyphen,full stop,slash".split(
    ",",
  );
const SIGNS_3A = "colon,semicolon,less-than sign,equals sign,greater-than sign,question mark,at sign".split(
  ",",
);
const SIGNS_5B = "left square bracket,backslash,right square bracket,circumflex,underscore,backtick".split(
  ",",
);
const SIGNS_7B = "left brace,vertical bar,right brace,tilde".split(",");

/** Characters that cannot be seen, and change how others are. */
const UNSEEN: Readonly<Record<number, string>> = {
  0x85: "next line",
  0xa0: "no-break space",
  0xad: "soft hyphen",
  0x61c: "Arabic letter mark",
  0x200b: "zero width space",
  0x200c: "zero width non-joiner",
  0x200d: "zero width joiner",
  0x200e: "left-to-right mark",
  0x200f: "right-to-left mark",
  0x2028: "line separator",
  0x2029: "paragraph separator",
  0x202a: "left-to-right embedding",
  0x202b: "right-to-left embedding",
  0x202c: "pop directional formatting",
  0x202d: "left-to-right override",
  0x202e: "right-to-left override",
  0x2060: "word joiner",
  0x2066: "left-to-right isolate",
  0x2067: "right-to-left isolate",
  0x2068: "first strong isolate",
  0x2069: "pop directional isolate",
  0xfeff: "byte order mark",
  0xfffd: "replacement character",
};

/** The octet at this place, which there is. */
export function octetAt(octets: Uint8Array, at: number): Octet {
  const decimal = octets[at]!;
  const hex = decimal.toString(16).toUpperCase().padStart(2, "0");
  if (decimal < 0x20) {
    const [short, name] = CONTROLS[decimal]!;
    return { hex, decimal, sign: short, name: `${short}, ${name}`, kind: "control" };
  }
  if (decimal === 0x7f) return { hex, decimal, sign: "DEL", name: "DEL, delete", kind: "control" };
  if (decimal < 0x7f) {
    const sign = String.fromCharCode(decimal);
    return {
      hex,
      decimal,
      sign: decimal === 0x20 ? "\u2423" : sign,
      name: asciiName(decimal, sign),
      kind: decimal === 0x20 ? "space" : "text",
    };
  }
  const character = characterAt(octets, at);
  if (character === undefined) return { hex, decimal, sign: "\u25a1", name: "not UTF-8", kind: "broken" };
  const { point, start, length } = character;
  const name = `octet ${at - start + 1} of ${length} of ${characterName(point)}, in UTF-8`;
  if (at > start) return { hex, decimal, sign: "\u00b7", name, kind: "continuation" };
  return { hex, decimal, sign: visible(point), name, kind: "utf8" };
}

export interface Character {
  /** Its number in Unicode. */
  readonly point: number;
  readonly start: number;
  /** Octets. */
  readonly length: number;
}

/** The character of UTF-8 that this octet belongs to; undefined: it is none (RFC 3629 section 4). */
export function characterAt(octets: Uint8Array, at: number): Character | undefined {
  let start = at;
  while (start > 0 && at - start < 3 && (octets[start]! & 0xc0) === 0x80) start--;
  const first = octets[start]!;
  const length =
    first < 0x80
      ? 1
      : first >= 0xc2 && first < 0xe0
        ? 2
        : (first & 0xf0) === 0xe0
          ? 3
          : first >= 0xf0 && first < 0xf5
            ? 4
            : 0;
  if (length === 0 || at >= start + length || start + length > octets.length) return undefined;
  let point = length === 1 ? first : first & (0x7f >> length);
  for (let next = start + 1; next < start + length; next++) {
    const octet = octets[next]!;
    if ((octet & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (octet & 0x3f);
  }
  const overlong = (length === 3 && point < 0x800) || (length === 4 && point < 0x10000);
  const surrogate = point >= 0xd800 && point < 0xe000;
  return overlong || surrogate || point > 0x10ffff ? undefined : { point, start, length };
}

/** As `U+00F6 ö`; the sign is left out where it cannot be seen, or turns others around. */
export function characterName(point: number): string {
  const number = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  const unseen = UNSEEN[point];
  if (unseen !== undefined) return `${number} ${unseen}`;
  return isVisible(point) ? `${number} ${String.fromCodePoint(point)}` : number;
}

/** A text that can be shown in one line as it is: what cannot be seen is written as its number. */
export function shown(text: string): string {
  let out = "";
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x20) out += `⟨${CONTROLS[point]![0]}⟩`;
    else if (point === 0x7f) out += "⟨DEL⟩";
    else out += point < 0x80 || isVisible(point) || isMark(point) ? character : `⟨${characterName(point)}⟩`;
  }
  return out;
}

/** The first character that cannot be seen and turns the text around it, or hides itself: where it is, in octets. */
export function firstUnseen(text: string): (Character & { readonly name: string }) | undefined {
  let start = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    const length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (point > 0x7f && /^\p{C}$/u.test(character))
      return { point, start, length, name: characterName(point) };
    start += length;
  }
  return undefined;
}

function visible(point: number): string {
  if (isVisible(point)) return String.fromCodePoint(point);
  // A mark needs something to stand on.
  return isMark(point) ? `\u25cc${String.fromCodePoint(point)}` : "\u25cc";
}

function isVisible(point: number): boolean {
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(String.fromCodePoint(point)) && point !== 0xfffd;
}

function isMark(point: number): boolean {
  return /^\p{M}$/u.test(String.fromCodePoint(point));
}

function asciiName(octet: number, sign: string): string {
  if (octet < 0x30) return SIGNS[octet - 0x20]!;
  if (octet < 0x3a) return `digit ${sign}`;
  if (octet < 0x41) return SIGNS_3A[octet - 0x3a]!;
  if (octet < 0x5b) return `capital letter ${sign}`;
  if (octet < 0x61) return SIGNS_5B[octet - 0x5b]!;
  return octet < 0x7b ? `small letter ${sign}` : SIGNS_7B[octet - 0x7b]!;
}
