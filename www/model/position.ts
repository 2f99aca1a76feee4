/** A moment of a session that is looked at: everything that is drawn follows from it. No DOM. */
import type { Line } from "./recording.js";

export interface Position {
  /** So many lines have gone, whole. */
  readonly shown: number;
  /** So many octets of the line behind them, too. */
  readonly octets: number;
  /** Milliseconds since the session's beginning: what arrives later is still under way. */
  readonly time: number;
}

export const START: Position = { shown: 0, octets: 0, time: 0 };

export function endOf(lines: readonly Line[]): Position {
  return { shown: lines.length, octets: 0, time: Infinity };
}

/** The moment at which so many milliseconds have passed. */
export function atTime(lines: readonly Line[], time: number): Position {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.sent <= time) low = middle + 1;
    else high = middle;
  }
  return { shown: low, octets: 0, time };
}

/** The moment at which the line with this index has come. */
export function behind(lines: readonly Line[], index: number): Position {
  const line = lines[index];
  if (line === undefined) return index < 0 ? START : endOf(lines);
  if (index === lines.length - 1) return endOf(lines);
  return { shown: index + 1, octets: 0, time: line.arrived ?? line.sent };
}

/** The next line whole, or the one before that. */
export function stepLine(lines: readonly Line[], { shown, octets }: Position, by: 1 | -1): Position {
  if (by === 1) return behind(lines, Math.min(shown, lines.length - 1));
  return behind(lines, octets > 0 ? shown - 1 : shown - 2);
}

/** One octet more, or less. */
export function stepOctet(lines: readonly Line[], { shown, octets, time }: Position, by: 1 | -1): Position {
  if (by === 1) {
    const line = lines[shown];
    if (line === undefined) return endOf(lines);
    return octets + 1 >= sizeOf(line)
      ? behind(lines, shown)
      : { shown, octets: octets + 1, time: Math.max(Math.min(time, line.arrived ?? line.sent), line.sent) };
  }
  if (octets > 0) return { shown, octets: octets - 1, time };
  const line = lines[shown - 1];
  if (line === undefined) return START;
  return { shown: shown - 1, octets: Math.max(0, sizeOf(line) - 1), time: line.sent };
}

function sizeOf({ start, end }: Line): number {
  return end - start;
}
