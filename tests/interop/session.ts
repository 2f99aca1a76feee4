/** Tests of sessions: when one fails, it shows what was said; what was seen on the wire goes into the matrix. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Connector, type Step, traced } from "edgepost";

import { Observer } from "./matrix/observer.js";
import { type Peer, record } from "./matrix/record.js";

/** What is seen of a session; `trace` is made for the option of that name. */
export class Witness {
  readonly trace = (step: Pick<Step, "from" | "text" | "verb">): void => {
    if (step.from === "client" && step.verb !== undefined) this.verbs.push(step.verb);
    const who = { client: "C", server: "S" }[step.from as string] ?? "-";
    for (const line of step.text.split("\n")) this.transcript += `${who}: ${line}\n`;
  };

  /** The commands, in order. */
  readonly verbs: string[] = [];

  /** The session as a person reads it; tests may add what else they know. */
  transcript = "";

  /** What was seen on the wires. */
  readonly observers: Observer[] = [];

  /** Rows of the matrix that a test has shown by other means. */
  readonly shown = new Set<string>();

  /** The connector, with its wire under observation. */
  watch(connector: Connector): Connector {
    const { host, port } = connector;
    return {
      host,
      port,
      open: async (options) => {
        const transport = await connector.open(options);
        const observer = new Observer(transport.secure);
        this.observers.push(observer);
        return traced(transport, (step) => observer.step(step));
      },
    };
  }
}

/** How a session is registered. */
export interface SessionOptions {
  skip: string | false;
  /** What gains lines meanwhile that explain a failure. */
  log?: () => string;
  /** Who took part: a column of the matrix. */
  peer?: string;
  /** Rows of the matrix that have to be seen on the wire between our client and the peer, or the test fails. */
  shows?: readonly string[];
  /** The same between the peer and our server. */
  hears?: readonly string[];
  /** Observers of sessions at our server; those that are new after the test are its own. */
  heard?: () => readonly Observer[];
}

/**
 * Registers a test. Its `body` hands `witness.trace` to the session, and the transcript becomes part of the failure,
 * with what `log` has gained meanwhile; what the witness watched becomes part of the matrix.
 */
export function session(
  name: string,
  options: SessionOptions,
  body: (witness: Witness) => Promise<void>,
): void {
  const { skip, log = () => "", peer, shows = [], hears = [], heard = () => [] } = options;
  test(name, { skip, timeout: 60_000 }, async () => {
    const [logged, sessions] = [log().length, heard().length];
    const witness = new Witness();
    let passed = false;
    const ends = (): readonly End[] => [
      { role: "client", rows: shows, seen: seenBy(witness.observers, witness.shown) },
      { role: "server", rows: hears, seen: seenBy(heard().slice(sessions), []) },
    ];
    try {
      await body(witness);
      for (const { role, rows, seen } of ends())
        for (const row of rows) assert.ok(seen.used.has(row), `${row} was not used at our ${role}`);
      passed = true;
    } catch (error) {
      const said = witness.transcript.slice(-20_000);
      const more = log().slice(logged).slice(-10_000);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${reason}\n\n--- session ---\n${said}${more && `--- log ---\n${more}`}`, {
        cause: error,
      });
    } finally {
      if (peer !== undefined) note(peer, name, passed, ends());
    }
  });
}

/** What was seen at our end of the wire, and what had to be. */
interface End {
  role: Peer["role"];
  rows: readonly string[];
  seen: Record<"offered" | "used" | "unknown", Set<string>>;
}

function seenBy(observers: readonly Observer[], shown: Iterable<string>): End["seen"] {
  return {
    offered: new Set(observers.flatMap(({ offered }) => [...offered])),
    used: new Set([...observers.flatMap(({ used }) => [...used]), ...shown]),
    unknown: new Set(observers.flatMap(({ unknown }) => [...unknown])),
  };
}

function note(peer: string, test: string, passed: boolean, ends: readonly End[]): void {
  for (const { role, rows, seen } of ends) {
    const used = new Set([...seen.used, ...(passed ? [] : rows)]);
    if (seen.offered.size + used.size === 0) continue;
    const [offered, unknown] = [[...seen.offered], [...seen.unknown]];
    record({ role, peer, test, passed, offered, used: [...used], unknown });
  }
}
