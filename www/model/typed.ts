/** What a person types, as octets: a text whose lines end with LF, and escapes for what cannot be typed. No DOM. */

const ESCAPES: Readonly<Record<string, number>> = { r: 13, n: 10, t: 9, "0": 0, "\\": 92 };
const encoder = new TextEncoder();

/**
 * The octets: each line end becomes CRLF; `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` become those octets, as they are. A text
 * whose last line has no end gets one, unless it ends with `\c`.
 */
export function octetsOf(text: string): Uint8Array {
  const open = text.endsWith("\\c");
  const whole = open ? text.slice(0, -2) : text.endsWith("\n") ? text : `${text}\n`;
  const pieces = [...tokensOf(whole)].map(({ octets }) => octets);
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Where in the text that was typed what became this octet is, and how long. Behind the last octet is the end. */
export function placeOf(text: string, octet: number): { readonly start: number; readonly end: number } {
  let left = octet;
  for (const { start, end, octets, plain } of tokensOf(text)) {
    if (left >= octets.length) left -= octets.length;
    else if (!plain) return { start, end };
    else {
      let at = start;
      for (const character of text.slice(start, end)) {
        left -= lengthOf(character);
        if (left < 0) return { start: at, end: at + character.length };
        at += character.length;
      }
    }
  }
  return { start: text.length, end: text.length };
}

interface Token {
  readonly start: number;
  readonly end: number;
  readonly octets: Uint8Array;
  /** No escape, and no line's end: its own characters. */
  readonly plain: boolean;
}

function* tokensOf(text: string): Generator<Token> {
  const pattern = /\\(?:x([0-9a-f]{2})|([rnt0\\]))|\r?\n|[^\\\n\r]+|[^]/giu;
  for (const { 0: token, 1: hex, 2: escape, index } of text.matchAll(pattern)) {
    const octets =
      hex !== undefined
        ? Uint8Array.of(Number.parseInt(hex, 16))
        : escape !== undefined
          ? Uint8Array.of(ESCAPES[escape.toLowerCase()]!)
          : token.endsWith("\n")
            ? Uint8Array.of(13, 10)
            : encoder.encode(token);
    const plain = hex === undefined && escape === undefined && !token.endsWith("\n");
    yield { start: index, end: index + token.length, octets, plain };
  }
}

/** UTF-8 takes so many octets for a character. */
function lengthOf(character: string): number {
  const point = character.codePointAt(0)!;
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}
