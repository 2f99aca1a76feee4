/** `edgepost check --fix`: fixes what can be fixed until nothing is left that can be. */
import { applyFixes } from "edgepost";
import type { Diagnostic } from "edgepost";

/** What was done for a rule. */
export interface Done {
  readonly rule: string;
  readonly description: string;
  /** How many places of the message were changed. */
  places: number;
}

export interface Mended {
  readonly octets: Uint8Array;
  readonly did: readonly Done[];
  /** What is found in the result. */
  readonly left: readonly Diagnostic[];
  /** Whether nothing is left that a fix is known for. */
  readonly settled: boolean;
}

/** One fix can make room for another, or uncover what only then is found. */
const ROUNDS = 10;

/** A message with all fixes of its findings; `found` are these, and `look` finds what is left. */
export async function mend(
  octets: Uint8Array,
  found: readonly Diagnostic[],
  look: (octets: Uint8Array) => Promise<readonly Diagnostic[]>,
): Promise<Mended> {
  const did = new Map<string, Done>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const fixable = found.filter(({ fix }) => fix !== undefined);
    const next = fixable.length === 0 ? octets : applyFixes(octets, fixable);
    if (Buffer.compare(next, octets) === 0)
      return { octets, did: [...did.values()], left: found, settled: true };
    count(fixable, did);
    octets = next;
    found = await look(octets);
  }
  const settled = found.every(({ fix }) => fix === undefined);
  return { octets, did: [...did.values()], left: found, settled };
}

/** Counts what `applyFixes` does: of two edits of the same octets it makes the first. */
function count(diagnostics: readonly Diagnostic[], did: Map<string, Done>): void {
  const edits = diagnostics.flatMap(({ rule, fix }) => fix!.edits.map((edit) => ({ rule, fix: fix!, edit })));
  edits.sort(({ edit: one }, { edit: other }) => one.start - other.start || one.end - other.end);
  let at = 0;
  let last = "";
  for (const { rule, fix, edit } of edits) {
    const place = `${edit.start} ${edit.end} ${edit.text}`;
    if (edit.start < at || place === last) continue;
    const key = `${rule} ${fix.description}`;
    const known = did.get(key) ?? { rule, description: fix.description, places: 0 };
    known.places += 1;
    did.set(key, known);
    at = edit.end;
    last = place;
  }
}
