/** What differs between two messages, line by line, as unified diffs show it. */
import { visible } from "./excerpt.js";

const CONTEXT = 3;
/** Lines that may differ before two messages are taken to have nothing in common between their first and last difference. */
const DISTANCE = 2000;

/** Lines `from` until `to` of the old message became others of the new one. */
interface Change {
  readonly old: readonly [from: number, to: number];
  readonly new: readonly [from: number, to: number];
}

/** The lines of a diff, without those that name the files; none where nothing differs. */
export function unified(before: Uint8Array, after: Uint8Array): string[] {
  const [one, other] = [lines(before), lines(after)];
  return hunks(changes(one, other)).flatMap((hunk) => show(hunk, one, other));
}

/** Lines with their ends; an octet is a character. */
function lines(octets: Uint8Array): string[] {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function changes(one: readonly string[], other: readonly string[]): Change[] {
  let same = 0;
  while (same < one.length && same < other.length && one[same] === other[same]) same += 1;
  let [end, otherEnd] = [one.length, other.length];
  while (end > same && otherEnd > same && one[end - 1] === other[otherEnd - 1]) {
    end -= 1;
    otherEnd -= 1;
  }
  if (end === same && otherEnd === same) return [];
  const found = shortest(one.slice(same, end), other.slice(same, otherEnd));
  const moved = ([from, to]: readonly [number, number]): [number, number] => [from + same, to + same];
  return found.map((change) => ({ old: moved(change.old), new: moved(change.new) }));
}

/** The fewest lines to take out and put in (Myers, "An O(ND) difference algorithm", 1986). */
function shortest(one: readonly string[], other: readonly string[]): Change[] {
  const most = Math.min(one.length + other.length, DISTANCE);
  const middle = most + 1;
  /** How far into `one` each diagonal has come. */
  const reached = new Int32Array(2 * most + 3);
  const history: Int32Array[] = [];
  const comesFromAbove = (at: Int32Array, center: number, diagonal: number, edits: number): boolean =>
    diagonal === -edits || (diagonal !== edits && at[center + diagonal - 1]! < at[center + diagonal + 1]!);
  for (let edits = 0; edits <= most; edits += 1) {
    history.push(reached.slice(middle - edits - 1, middle + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const above = comesFromAbove(reached, middle, diagonal, edits);
      let x = above ? reached[middle + diagonal + 1]! : reached[middle + diagonal - 1]! + 1;
      while (x < one.length && x - diagonal < other.length && one[x] === other[x - diagonal]) x += 1;
      reached[middle + diagonal] = x;
      if (x >= one.length && x - diagonal >= other.length) return traced(edits);
    }
  }
  return [{ old: [0, one.length], new: [0, other.length] }];

  function traced(edits: number): Change[] {
    const removed = new Set<number>();
    const added = new Set<number>();
    let diagonal = one.length - other.length;
    for (; edits > 0; edits -= 1) {
      const at = history[edits]!;
      const center = edits + 1;
      const above = comesFromAbove(at, center, diagonal, edits);
      diagonal += above ? 1 : -1;
      const x = at[center + diagonal]!;
      if (above) added.add(x - diagonal);
      else removed.add(x);
    }
    return runs(removed, added, one.length, other.length);
  }
}

function runs(
  removed: ReadonlySet<number>,
  added: ReadonlySet<number>,
  length: number,
  otherLength: number,
): Change[] {
  const found: Change[] = [];
  for (let [x, y] = [0, 0]; x < length || y < otherLength; x += 1, y += 1) {
    const from = [x, y] as const;
    while (removed.has(x)) x += 1;
    while (added.has(y)) y += 1;
    if (x > from[0] || y > from[1]) found.push({ old: [from[0], x], new: [from[1], y] });
  }
  return found;
}

/** Changes that are near to each other are shown together. */
function hunks(changes: readonly Change[]): Change[][] {
  const found: Change[][] = [];
  for (const change of changes) {
    const last = found.at(-1);
    if (last !== undefined && change.old[0] - last.at(-1)!.old[1] <= 2 * CONTEXT) last.push(change);
    else found.push([change]);
  }
  return found;
}

function show(hunk: readonly Change[], one: readonly string[], other: readonly string[]): string[] {
  const [first, last] = [hunk[0]!, hunk.at(-1)!];
  const lead = Math.min(CONTEXT, first.old[0]);
  const tail = Math.min(CONTEXT, one.length - last.old[1]);
  const [from, to] = [first.old[0] - lead, last.old[1] + tail];
  const [otherFrom, otherTo] = [first.new[0] - lead, last.new[1] + tail];
  // Line ends are shown where a change may be about them: nobody wants to see them otherwise.
  const changed = hunk.flatMap((change) => [...one.slice(...change.old), ...other.slice(...change.new)]);
  const ends = changed.some((line) => !line.endsWith("\r\n"));
  const out = [`@@ -${place(from, to)} +${place(otherFrom, otherTo)} @@`];
  const put = (sign: string, lines: readonly string[]): void => {
    for (const line of lines) {
      const text = line.replace(ends && sign !== " " ? /\n$/ : /\r?\n$/, "");
      out.push(`${sign}${visible(Buffer.from(text, "latin1"))}`);
      if (!line.endsWith("\n")) out.push("\\ No newline at end of file");
    }
  };
  let at = from;
  for (const change of hunk) {
    put(" ", one.slice(at, change.old[0]));
    put("-", one.slice(...change.old));
    put("+", other.slice(...change.new));
    at = change.old[1];
  }
  put(" ", one.slice(at, to));
  return out;
}

/** Lines as diffs count them: the first and how many, or the one before and none. */
function place(from: number, to: number): string {
  return `${to === from ? from : from + 1},${to - from}`;
}
