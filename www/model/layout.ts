/**
 * Where things are in a sequence diagram: time runs downward, to scale as far as there is room for the words; what is sent
 * at one time stands in rows below each other. No DOM.
 */
import type { Line } from "./recording.js";

export interface Placed {
  readonly line: Line;
  readonly index: number;
  /** Where its arrow begins, and where it ends: pixels from above. */
  readonly from: number;
  readonly to: number;
}

export interface Tick {
  readonly time: number;
  readonly y: number;
  /** Here time is left out: nothing happens for longer than there is room for. */
  readonly cut: boolean;
}

export interface Layout {
  readonly placed: readonly Placed[];
  readonly ticks: readonly Tick[];
  readonly height: number;
  /** Where a time is. */
  y(time: number): number;
}

export const ROW = 22;
const TOP = 12;
/** Pixels for a millisecond. */
const SCALE = 0.6;
const LEAST = 26;
const MOST = 110;
/** Heads of arrows that arrive together. */
const FAN = 5;
const FAN_MOST = 3;
/** So many lines at one time are drawn beside each other, not to one point. */
const CROWD = 12;
/** No arrow is higher than this. */
export const HIGHEST = CROWD * ROW + MOST + LEAST;

export function layoutOf(lines: readonly Line[]): Layout {
  const times = timesOf(lines);
  const rows = new Map<number, number>();
  for (const { sent } of lines) rows.set(sent, (rows.get(sent) ?? 0) + 1);
  const ticks: Tick[] = [];
  let y = TOP;
  times.forEach((time, index) => {
    const before = times[index - 1];
    const gap = before === undefined ? 0 : (time - before) * SCALE;
    if (before !== undefined) y += Math.max(LEAST, (rows.get(before) ?? 0) * ROW + 6, Math.min(gap, MOST));
    ticks.push({ time, y, cut: gap > MOST });
  });
  const at = new Map(ticks.map(({ time, y }) => [time, y]));
  const next = new Map<string, number>();
  const place = (key: string): number => {
    const row = next.get(key) ?? 0;
    next.set(key, row + 1);
    return row;
  };
  let height = y;
  const placed = lines.map((line, index): Placed => {
    const from = at.get(line.sent)! + place(`sent ${line.sent}`) * ROW;
    const { arrived = line.sent } = line;
    const near = arrived === line.sent || rows.get(line.sent)! > CROWD;
    const to = near
      ? from + (line.arrived === line.sent ? ROW / 2 : ROW)
      : at.get(arrived)! + Math.min(place(`arrived ${line.from} ${arrived}`), FAN_MOST) * FAN;
    height = Math.max(height, from + ROW, to + ROW);
    return { line, index, from, to: Math.max(from, to) };
  });
  return { placed, ticks, height: height + ROW, y: (time) => interpolated(ticks, time) };
}

function timesOf(lines: readonly Line[]): number[] {
  const times = new Set<number>();
  for (const { sent, arrived } of lines) {
    times.add(sent);
    if (arrived !== undefined) times.add(arrived);
  }
  return [...times].sort((one, other) => one - other);
}

function interpolated(ticks: readonly Tick[], time: number): number {
  let [low, high] = [0, ticks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ticks[middle]!.time <= time) low = middle + 1;
    else high = middle;
  }
  const before = ticks[low - 1];
  const after = ticks[low];
  if (before === undefined) return after?.y ?? TOP;
  if (after === undefined) return before.y;
  return before.y + ((after.y - before.y) * (time - before.time)) / (after.time - before.time);
}
