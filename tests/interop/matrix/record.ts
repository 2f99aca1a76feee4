/** Where test files, each a process of its own, leave what they saw for the matrix. */

import { appendFileSync, readFileSync } from "node:fs";

/** `client`: our client met a server called `peer`; `server`: a client called `peer` met our server. */
export interface Peer {
  role: "client" | "server";
  peer: string;
}

/** What one test saw. */
export interface Sighting extends Peer {
  test: string;
  passed: boolean;
  /** Rows of the matrix; of a failed test, `used` has also what it was to show. */
  offered: string[];
  used: string[];
  /** Keywords that the peer offers and that are no row. */
  unknown: string[];
}

/** Adds a sighting to the file that EDGEPOST_MATRIX names, if it names one. */
export function record(sighting: Sighting): void {
  const file = process.env["EDGEPOST_MATRIX"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(sighting)}\n`);
}

/** All sightings in a file. */
export function recorded(file: string): Sighting[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Sighting);
}
