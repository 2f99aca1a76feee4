/** Findings as SARIF 2.1.0, which code hosts and editors read. */
import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic, Rule, Severity } from "edgepost";
import { STDIN } from "./check-files.js";
import type { Checked } from "./check-report.js";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
const LEVELS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };
const LF = 0x0a;

/** A log of one run; `problems` are files that could not be checked, in words. */
export function sarif(
  all: readonly Checked[],
  rules: readonly Rule[],
  version: string,
  problems: readonly string[],
): unknown {
  const index = new Map(rules.map(({ name }, at) => [name, at]));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "edgepost", semanticVersion: version, rules: rules.map(descriptor) } },
        columnKind: "unicodeCodePoints",
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            toolExecutionNotifications: problems.map((text) => ({ level: "error", message: { text } })),
          },
        ],
        results: all.flatMap((checked) => results(checked, index)),
      },
    ],
  };
}

function descriptor({ name, severity, group, reference, summary }: Rule): unknown {
  return {
    id: name,
    shortDescription: { text: summary },
    help: { text: `${summary} (${reference})` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { group, reference },
  };
}

function results({ file, octets, diagnostics }: Checked, index: ReadonlyMap<string, number>): unknown[] {
  const artifactLocation = { uri: uriOf(file) };
  let start = BEGINNING;
  return diagnostics.map((found) => {
    start = ahead(octets, start, found.span.start); // findings are in the order of their octets
    const region = regionOf(found, start, ahead(octets, start, found.span.end));
    return {
      ruleId: found.rule,
      ruleIndex: index.get(found.rule),
      level: LEVELS[found.severity],
      message: { text: found.message },
      locations: [{ physicalLocation: { artifactLocation, region } }],
      ...(found.fix !== undefined && { fixes: [fixOf(found.fix, artifactLocation)] }),
      properties: { group: found.group, reference: found.reference },
    };
  });
}

function fixOf({ description, edits }: NonNullable<Diagnostic["fix"]>, artifactLocation: unknown): unknown {
  const replacements = edits.map(({ start, end, text }) => ({
    deletedRegion: { byteOffset: start, byteLength: end - start },
    ...(text !== "" && { insertedContent: { text } }),
  }));
  return { description: { text: description }, artifactChanges: [{ artifactLocation, replacements }] };
}

function regionOf({ span }: Diagnostic, start: Place, end: Place): unknown {
  return {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.column,
    byteOffset: span.start,
    byteLength: span.end - span.start,
  };
}

interface Place {
  readonly at: number;
  readonly line: number;
  /** In characters; an octet that belongs to none begins one. */
  readonly column: number;
}

const BEGINNING: Place = { at: 0, line: 1, column: 1 };

/** From a place to a later one. */
function ahead(octets: Uint8Array, from: Place, to: number): Place {
  let { line, column } = from;
  for (let at = from.at; at < to; at += 1) {
    if (octets[at] === LF) {
      line += 1;
      column = 1;
    } else if ((octets[at]! & 0xc0) !== 0x80) column += 1;
  }
  return { at: to, line, column };
}

/** A file as a URI: relative as it was named, and standard input by a name of its own. */
function uriOf(file: string): string {
  if (file === STDIN) return "stdin";
  if (isAbsolute(file)) return pathToFileURL(file).href;
  const path = encodeURI(file.split(sep).join("/")).replaceAll("#", "%23").replaceAll("?", "%3F");
  return /^[^/]*:/.test(path) ? `./${path}` : path;
}
