/**
 * A message's octets as text to read and edit, and back: nothing is lost on the way. No DOM.
 *
 * The end of a line (CRLF) is `\n`. What is not UTF-8, and what is no end of a line, becomes a lone low surrogate, which no
 * UTF-8 can be: an octet above 127 is U+DC80 to U+DCFF, a bare CR is U+DC0D, and a bare LF is U+DC0A before the `\n` that it
 * is shown as.
 */

/** Stands before a `\n` that is a LF alone. */
export const BARE_LF = "\uDC0A";
export const BARE_CR = "\uDC0D";

const CR = 0x0d;
const LF = 0x0a;
const OCTET = 0xdc00;
/** Units of UTF-16 that are made into a string at once. */
const PIECE = 8192;
/** Octets between two places that are known. */
const STEP = 1024;

/** What needs no mark is read and written by the platform, many times as fast. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const BARE = /\r(?!\n)|(?<!\r)\n/;
const MARKED = /[\udc00-\udfff]/;

/** Octets as text. */
export function textOf(octets: Uint8Array): string {
  return plainText(octets) ?? markedText(octets);
}

function plainText(octets: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(octets);
    return BARE.test(text) ? undefined : text.replaceAll("\r\n", "\n");
  } catch {
    // It is not all UTF-8.
    return undefined;
  }
}

function markedText(octets: Uint8Array): string {
  const units = new Uint16Array(Math.min(2 * octets.length, PIECE) + 2);
  let text = "";
  let used = 0;
  for (let at = 0; at < octets.length;) {
    if (used >= PIECE) {
      text += String.fromCharCode(...units.subarray(0, used));
      used = 0;
    }
    const octet = octets[at]!;
    if (octet < 0x80 && octet > CR) {
      units[used++] = octet;
      at++;
      continue;
    }
    const length = lengthAt(octets, at);
    if (octet === CR) units[used++] = length === 2 ? LF : OCTET + CR;
    else if (octet === LF) {
      units[used++] = OCTET + LF;
      units[used++] = LF;
    } else if (octet < 0x80) units[used++] = octet;
    else if (length === 1) units[used++] = OCTET + octet;
    else {
      const point = pointAt(octets, at, length);
      if (length < 4) units[used++] = point;
      else {
        units[used++] = 0xd7c0 + (point >> 10);
        units[used++] = OCTET + (point & 0x3ff);
      }
    }
    at += length;
  }
  return text + String.fromCharCode(...units.subarray(0, used));
}

/**
 * The octets that a text stands for: any text, as a person may have made anything of it. CRLF is one line's end; a mark of a
 * bare LF that stands before no line's end is nothing, and what UTF-8 cannot say is U+FFFD.
 */
export function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  return MARKED.test(text) ? markedOctets(text) : encoder.encode(text.replace(/\r?\n/g, "\r\n"));
}

function markedOctets(text: string): Uint8Array<ArrayBuffer> {
  let octets = new Uint8Array(text.length + (text.length >> 3) + 16);
  let used = 0;
  for (let at = 0; at < text.length; at++) {
    if (used + 4 > octets.length) {
      const more = new Uint8Array(octets.length * 2);
      more.set(octets);
      octets = more;
    }
    const unit = text.charCodeAt(at);
    if (unit === LF) {
      const before = at === 0 ? 0 : text.charCodeAt(at - 1);
      if (before !== OCTET + LF && before !== CR) octets[used++] = CR;
      octets[used++] = LF;
    } else if (unit < 0x80) octets[used++] = unit;
    else if (unit < 0x800) {
      octets[used++] = 0xc0 | (unit >> 6);
      octets[used++] = 0x80 | (unit & 0x3f);
    } else if (unit === OCTET + LF) continue;
    else if (unit === OCTET + CR || (unit >= OCTET + 0x80 && unit <= OCTET + 0xff))
      octets[used++] = unit - OCTET;
    else {
      let point = text.codePointAt(at)!;
      if (point > 0xffff) {
        octets[used++] = 0xf0 | (point >> 18);
        octets[used++] = 0x80 | ((point >> 12) & 0x3f);
        at++;
      } else {
        if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
        octets[used++] = 0xe0 | (point >> 12);
      }
      octets[used++] = 0x80 | ((point >> 6) & 0x3f);
      octets[used++] = 0x80 | (point & 0x3f);
    }
  }
  return octets.slice(0, used);
}

/** Where the octets of a message are in its text, and the other way round. */
export class Places {
  readonly #octets: Uint8Array;
  /** Of octets that are so many steps in, or as near behind as a character begins: where they are in the octets, and in the text. */
  readonly #marks: readonly (readonly [octet: number, position: number])[];
  /** Of the text: units of UTF-16. */
  readonly length: number;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
    const marks: (readonly [number, number])[] = [[0, 0]];
    let next = STEP;
    let position = 0;
    for (let at = 0; at < octets.length;) {
      if (at >= next) {
        marks.push([at, position]);
        next = at + STEP;
      }
      const octet = octets[at]!;
      if (octet < 0x80 && octet > CR) {
        at++;
        position++;
        continue;
      }
      const length = lengthAt(octets, at);
      position += unitsAt(octets, at, length);
      at += length;
    }
    this.#marks = marks;
    this.length = position;
  }

  /** Where an octet is in the text; of one in the midst of a character, where that begins, or ends. */
  position(octet: number, side: "begin" | "end" = "begin"): number {
    const octets = this.#octets;
    let [at, position] = this.#before(0, octet);
    while (at < octet && at < octets.length) {
      const length = lengthAt(octets, at);
      if (at + length > octet) return side === "begin" ? position : position + unitsAt(octets, at, length);
      position += unitsAt(octets, at, length);
      at += length;
    }
    return position;
  }

  /** Which octet a place in the text is before. */
  octet(position: number): number {
    const octets = this.#octets;
    let [at, reached] = this.#before(1, position);
    while (at < octets.length) {
      const length = lengthAt(octets, at);
      reached += unitsAt(octets, at, length);
      if (reached > position) break;
      at += length;
    }
    return at;
  }

  /** The last place that is known and not behind this one. */
  #before(which: 0 | 1, value: number): readonly [octet: number, position: number] {
    let [low, high] = [0, this.#marks.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#marks[middle]![which] <= value) low = middle;
      else high = middle;
    }
    return this.#marks[low]!;
  }
}

/** How the lines of a message end, and what of it is not UTF-8. */
export interface Nature {
  readonly crlf: number;
  readonly bareLf: number;
  readonly bareCr: number;
  /** Octets that are no UTF-8. */
  readonly undecodable: number;
  /** Whether all of it is ASCII. */
  readonly ascii: boolean;
}

export function natureOf(octets: Uint8Array): Nature {
  let [crlf, bareLf, bareCr, undecodable] = [0, 0, 0, 0];
  let ascii = true;
  for (let at = 0; at < octets.length;) {
    const octet = octets[at]!;
    if (octet < 0x80) {
      if (octet === LF) bareLf++;
      else if (octet === CR) {
        if (octets[at + 1] === LF) {
          crlf++;
          at++;
        } else bareCr++;
      }
      at++;
      continue;
    }
    ascii = false;
    const length = lengthAt(octets, at);
    if (length === 1) undecodable++;
    at += length;
  }
  return { crlf, bareLf, bareCr, undecodable, ascii };
}

/** In one sentence. */
export function endsInWords({ crlf, bareLf, bareCr }: Nature): string {
  const kinds = [
    crlf > 0 ? `${count(crlf)} CRLF` : "",
    bareLf > 0 ? `${count(bareLf)} bare LF` : "",
    bareCr > 0 ? `${count(bareCr)} bare CR` : "",
  ].filter((kind) => kind !== "");
  if (kinds.length === 0) return "no line ends";
  if (kinds.length > 1) return `line ends mixed: ${kinds.join(", ")}`;
  return bareCr > 0
    ? `no line ends: ${kinds[0]}`
    : `all ${count(crlf + bareLf)} lines end with ${crlf > 0 ? "CRLF" : "a bare LF"}`;
}

/** A piece of a message that is too large to be shown as a whole: octets. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** The piece of some `most` octets around an octet: it begins and ends with a line, where one does not far before. */
export function windowAround(octets: Uint8Array, octet: number, most: number): Window {
  if (octets.length <= most) return { start: 0, end: octets.length };
  const wanted = Math.max(0, Math.min(octet - (most >> 2), octets.length - most));
  const start = wanted === 0 ? 0 : edge(octets, wanted);
  const end = wanted + most >= octets.length ? octets.length : edge(octets, wanted + most);
  return { start, end };
}

/** The beginning of a line, or else of a character, at or before an octet. */
function edge(octets: Uint8Array, octet: number): number {
  for (let at = octet; at > octet - 4096 && at > 0; at--) if (octets[at - 1] === LF) return at;
  let at = octet;
  while (at > octet - 3 && (octets[at]! & 0xc0) === 0x80) at--;
  return octets[at - 1] === CR && octets[at] === LF ? at + 1 : at;
}

/** The least that must change for one text to be the other. */
export function changeBetween(
  before: string,
  after: string,
): { readonly from: number; readonly to: number; readonly insert: string } {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before.charCodeAt(from) === after.charCodeAt(from)) from++;
  let same = 0;
  while (
    same < shorter - from &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  )
    same++;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}

/** Octets of what is shown as one: CRLF, a character of UTF-8, or an octet. */
function lengthAt(octets: Uint8Array, at: number): 1 | 2 | 3 | 4 {
  const first = octets[at]!;
  if (first < 0x80) return first === CR && octets[at + 1] === LF ? 2 : 1;
  if (first < 0xc2 || first > 0xf4) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let more = 1; more < length; more++) if ((octets[at + more]! & 0xc0) !== 0x80) return 1;
  const second = octets[at + 1]!;
  // Longer than need be, a surrogate, or beyond of Unicode (RFC 3629 section 4).
  if (first === 0xe0 && second < 0xa0) return 1;
  if (first === 0xed && second > 0x9f) return 1;
  if (first === 0xf0 && second < 0x90) return 1;
  if (first === 0xf4 && second > 0x8f) return 1;
  return length;
}

function unitsAt(octets: Uint8Array, at: number, length: number): number {
  return octets[at] === LF || length === 4 ? 2 : 1;
}

function pointAt(octets: Uint8Array, at: number, length: 2 | 3 | 4): number {
  let point = octets[at]! & (0xff >> (length + 1));
  for (let more = 1; more < length; more++) point = (point << 6) | (octets[at + more]! & 0x3f);
  return point;
}

export function count(number: number): string {
  return number.toLocaleString("en-GB");
}
