/** Spans over octets, one in the other: on which level each is drawn, and which of them an octet is in. No DOM. */

/** Octets that match a rule of a grammar. */
export interface Marked {
  readonly rule: string;
  readonly start: number;
  /** Behind the last octet. */
  readonly end: number;
  /** What is written on it, where that is not the rule's name. */
  readonly label?: string;
}

/** A span with its place in the drawing. */
export interface Nested extends Marked {
  /** 0 is next to the octets. */
  readonly level: number;
}

/** More levels are not drawn. */
const LEVELS = 8;

/** Those that are in `length` octets, in order, a span before what is in it; of equal ones the earlier is the outer. */
export function nested(spans: readonly Marked[], length: number): Nested[] {
  const inside = spans
    .filter(({ start, end }) => start >= 0 && start < end && start < length)
    .map((span) => ({ ...span, end: Math.min(span.end, length), level: 0 }));
  inside.sort((one, other) => one.start - other.start || other.end - one.end);
  const outer: (number | undefined)[] = [];
  const open: number[] = [];
  for (const [index, { start }] of inside.entries()) {
    while (open.length > 0 && inside[open.at(-1)!]!.end <= start) open.pop();
    outer.push(open.at(-1));
    open.push(index);
  }
  for (let index = inside.length - 1; index >= 0; index--) {
    const parent = outer[index];
    if (parent !== undefined)
      inside[parent]!.level = Math.max(inside[parent]!.level, inside[index]!.level + 1);
  }
  return inside.filter(({ level }) => level < LEVELS);
}

/** Those that an octet is in, the innermost first. */
export function around(spans: readonly Nested[], at: number): Nested[] {
  return spans.filter(({ start, end }) => start <= at && at < end).reverse();
}

/** Rows of so many octets each: how many levels each needs, and where each begins, in units that `heightOf` gives. */
export interface Rows {
  readonly columns: number;
  /** Where each row begins, and where the last ends. */
  readonly tops: Float64Array;
  readonly levels: Uint8Array;
}

export function rowsOf(
  spans: readonly Nested[],
  length: number,
  columns: number,
  heightOf: (levels: number) => number,
): Rows {
  const count = Math.max(1, Math.ceil(length / columns));
  const levels = new Uint8Array(count);
  for (const { start, end, level } of spans) {
    const last = Math.floor((end - 1) / columns);
    for (let row = Math.floor(start / columns); row <= last; row++)
      if (levels[row]! < level + 1) levels[row] = level + 1;
  }
  const tops = new Float64Array(count + 1);
  for (let row = 0; row < count; row++) tops[row + 1] = tops[row]! + heightOf(levels[row]!);
  return { columns, tops, levels };
}

/** The row at this height. */
export function rowAt({ tops }: Rows, y: number): number {
  let low = 0;
  let high = tops.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
