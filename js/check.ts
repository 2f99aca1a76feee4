/** A linter for mail: what of a message will be refused, may be filtered, or could be done better (src/manual/rules.md). */
import { reading, readyToRead } from "./reader.js";
import { InputError } from "./errors.js";
import type { OctetSpan } from "./reader.js";

/** How bad it is to break a rule: a standard is broken or a large receiver refuses, it harms, or it is worth knowing. */
export type Severity = "error" | "warning" | "info";

/** What comes of breaking a rule. */
export type DiagnosticGroup = "will be refused" | "may be filtered" | "style";

/** Other octets in place of some. */
export interface Edit {
  /** The first octet that goes. */
  readonly start: number;
  /** Behind the last one that goes. */
  readonly end: number;
  /** What comes there, as UTF-8. */
  readonly text: string;
}

/** A way to mend what is wrong, where that needs no thought. */
export interface Fix {
  /** What it does, as an order. */
  readonly description: string;
  readonly edits: readonly Edit[];
}

/** A rule. Its name never changes. */
export interface Rule {
  /** As `"bare-lf"`. */
  readonly name: string;
  readonly severity: Severity;
  readonly group: DiagnosticGroup;
  /** The document that says so, as `"RFC 5322 section 3.6"`. */
  readonly reference: string;
  /** The reason, in one sentence. */
  readonly summary: string;
}

/** A place in a message where a rule is broken. */
export interface Diagnostic {
  /** The name of the rule. */
  readonly rule: string;
  readonly severity: Severity;
  readonly group: DiagnosticGroup;
  /** The rule's reason, and what exactly is meant. */
  readonly message: string;
  /** The octets at fault; empty where something is missing. */
  readonly span: OctetSpan;
  /** The line in which they begin, from 1. */
  readonly line: number;
  /** Where in this line, from 1, in octets. */
  readonly column: number;
  /** The document that says so. */
  readonly reference: string;
  readonly fix?: Fix;
}

/** The findings of a message by what comes of them. */
export type Deliverability = Readonly<Record<DiagnosticGroup, readonly Diagnostic[]>>;

const encoder: TextEncoder = new TextEncoder();

/**
 * What there is to say of a message, in the order of its octets; of one rule at most 100 findings, the last of which mends the
 * others, too. A string is checked as UTF-8. Nobody is asked: all is in the message. Rejects with an `InputError` when the
 * input is no message at all.
 */
export async function check(input: string | Uint8Array): Promise<Diagnostic[]> {
  const bytes = octetsOf(input);
  await readyToRead();
  const { module, glue } = reading();
  return module.run(() => glue.checkMessage(bytes)) as Diagnostic[];
}

/** All rules. */
export async function checkRules(): Promise<Rule[]> {
  await readyToRead();
  const { module, glue } = reading();
  return module.run(() => glue.checkRules()) as Rule[];
}

/**
 * The message with the fixes of these findings, which must be its own. Of two that want to change the same octets the first
 * one does; what is left is found when the result is checked again.
 */
export function applyFixes(input: string | Uint8Array, diagnostics: readonly Diagnostic[]): Uint8Array {
  const bytes = octetsOf(input);
  const edits = diagnostics.flatMap(({ fix }) => fix?.edits ?? []);
  edits.sort((one, other) => one.start - other.start || one.end - other.end);
  const pieces: Uint8Array[] = [];
  let at = 0;
  let last: Edit | undefined;
  for (const edit of edits) {
    const { start, end, text } = edit;
    const again = last?.start === start && last.end === end && last.text === text;
    if (start < at || end > bytes.length || again) continue;
    pieces.push(bytes.subarray(at, start), encoder.encode(text));
    at = end;
    last = edit;
  }
  pieces.push(bytes.subarray(at));
  const mended = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    mended.set(piece, place);
    place += piece.length;
  }
  return mended;
}

/** What will become of a message, as far as it shows itself: no name is looked up. */
export function summarize(diagnostics: readonly Diagnostic[]): Deliverability {
  const of = (group: DiagnosticGroup): Diagnostic[] => diagnostics.filter((found) => found.group === group);
  return {
    "will be refused": of("will be refused"),
    "may be filtered": of("may be filtered"),
    style: of("style"),
  };
}

function octetsOf(input: string | Uint8Array): Uint8Array {
  if (typeof input === "string") return encoder.encode(input);
  if (input instanceof Uint8Array) return input;
  throw new InputError("a message to check must be a string or a Uint8Array");
}
