/** A session as round trips: what the client says without waiting, and what the server answers to it. No DOM. */
import type { Line } from "./recording.js";

/** A round trip, or what stands beside them: the greeting before the first, what happens to the link. */
export interface Exchange {
  /** Its number among the round trips; undefined: the client waited for nothing. */
  readonly number: number | undefined;
  readonly lines: readonly Line[];
}

/** Groups lines, which are in the order in which they were sent. */
export function exchangesOf(lines: readonly Line[]): Exchange[] {
  const exchanges: { number: number | undefined; lines: Line[] }[] = [];
  let number = 0;
  let said = { client: false, server: false };
  for (const line of lines) {
    const aside = line.from === "link" || line.kind === "closed";
    const last = exchanges.at(-1);
    if (
      last === undefined ||
      aside ||
      isAside(last.lines.at(-1)!) ||
      (line.from === "client" && said.server)
    ) {
      exchanges.push({ number: undefined, lines: [] });
      said = { client: false, server: false };
    }
    const exchange = exchanges.at(-1)!;
    exchange.lines.push(line);
    if (aside) continue;
    said[line.from as "client" | "server"] = true;
    if (said.client && said.server) exchange.number ??= ++number;
  }
  return exchanges;
}

/** How often the client has had to wait for the server. */
export function roundTripsOf(lines: readonly Line[]): number {
  return exchangesOf(lines).reduce((most, { number }) => number ?? most, 0);
}

function isAside(line: Line): boolean {
  return line.from === "link" || line.kind === "closed";
}
