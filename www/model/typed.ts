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
  const out: number[] = [];
  const pattern = /\\(?:x([0-9a-f]{2})|([rnt0\\]))|\r?\n|[^\\\n\r]+|[^]/giu;
  for (const [token, hex, escape] of whole.matchAll(pattern)) {
    if (hex !== undefined) out.push(Number.parseInt(hex, 16));
    else if (escape !== undefined) out.push(ESCAPES[escape.toLowerCase()]!);
    else if (token.endsWith("\n")) out.push(13, 10);
    else out.push(...encoder.encode(token));
  }
  return Uint8Array.from(out);
}
