/**
 * Prints the matrix of a run. With `--whole`, as all tests ran, it exits with 1 when something that a server offers, or that
 * a client can do, and we implement was used nowhere.
 * usage: print.ts SIGHTINGS [--whole]
 */

import { CLIENTS, FEATURES, OURS, REPORTS } from "./features.js";
import { recorded, type Peer, type Sighting } from "./record.js";

/** What is offered and cannot be used, and why. */
const EXCUSED: Record<string, string> = {
  "OpenSMTPD STARTTLS": "its handshake fails with OpenSSL 3 (OpenSMTPD issue 1239)",
};

const ROWS = [...FEATURES.map(({ name }) => name), ...REPORTS];

/** One peer's cells. */
class Column {
  readonly offered: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  readonly unknown: string[];

  constructor(
    readonly role: Peer["role"],
    readonly peer: string,
    sightings: readonly Sighting[],
  ) {
    const of = (passed: boolean): Sighting[] => sightings.filter((sighting) => sighting.passed === passed);
    this.offered = new Set(sightings.flatMap(({ offered }) => offered));
    this.used = new Set(of(true).flatMap(({ used }) => used));
    this.failed = new Set(of(false).flatMap(({ used }) => used));
    this.unknown = [...new Set(sightings.flatMap(({ unknown }) => unknown))].sort();
  }

  mark(row: string): string {
    if (this.failed.has(row)) return "✗";
    if (this.used.has(row)) return "✓";
    return this.role === "client" && this.offered.has(row) ? "–" : "·";
  }

  /** What the peer has and was never used, without excuse. */
  get missed(): string[] {
    const known =
      this.role === "server"
        ? (CLIENTS[this.peer] ?? [])
        : [...this.offered].filter((row) => OURS.has(row) && EXCUSED[`${this.peer} ${row}`] === undefined);
    return known.filter((row) => !this.used.has(row));
  }
}

function columns(role: Peer["role"], sightings: readonly Sighting[]): Column[] {
  const all = sightings.filter((sighting) => sighting.role === role);
  const peers = [...new Set(all.map(({ peer }) => peer))].sort((a, b) => a.localeCompare(b));
  return peers.map(
    (peer) =>
      new Column(
        role,
        peer,
        all.filter((sighting) => sighting.peer === peer),
      ),
  );
}

function table(title: string, columns: readonly Column[]): string {
  const wide = Math.max(title.length, ...ROWS.map((row) => row.length));
  const centred = (text: string, width: number): string =>
    text.padStart(Math.ceil((width + text.length) / 2)).padEnd(width);
  const rows = ROWS.filter((row) => columns.some((column) => column.mark(row) !== "·"));
  return [
    `${title.padEnd(wide)}  ${columns.map(({ peer }) => peer).join("  ")}`,
    ...rows.map((row) => {
      const cells = columns.map((column) => centred(column.mark(row), column.peer.length));
      return `${row.padEnd(wide)}  ${cells.join("  ")}`.trimEnd();
    }),
  ].join("\n");
}

const sightings = recorded(process.argv[2]!);
const client = columns("client", sightings);
const server = columns("server", sightings);

if (client.length > 0) console.log(`\n${table("our client to", client)}`);
if (server.length > 0) console.log(`\n${table("our server from", server)}`);
console.log(
  "\n✓ used on the wire, and the test passed   ✗ the test failed   – offered, not used   · not there",
);

for (const { peer, unknown } of client)
  if (unknown.length > 0) console.log(`${peer} also offers ${unknown.join(", ")}, which has no row.`);
const peers = new Set(client.map(({ peer }) => peer));
for (const [cell, why] of Object.entries(EXCUSED))
  if ([...peers].some((peer) => cell.startsWith(`${peer} `))) console.log(`${cell}: ${why}.`);
for (const { role, peer, missed } of process.argv.includes("--whole") ? [...client, ...server] : []) {
  if (missed.length === 0) continue;
  const where = role === "client" ? "our client has not used" : "our server has not seen";
  console.log(`MISSED: ${peer} has ${missed.join(", ")}, which ${where}.`);
  process.exitCode = 1;
}
