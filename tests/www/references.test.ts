/**
 * References to RFCs by section, in lessons, explanations, exercises, scenarios, the diagnosis of sessions and the manual
 * of the linter: each names a section that is there. Numbers and titles in references.json are from the tables of contents
 * of the RFCs, or from the headings in their text where an RFC has no such table or a shorter one.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** A reference: the number of the RFC, the section or the letter of the appendix, and where it stands. */
interface Reference {
  readonly rfc: string;
  readonly section: string;
  readonly at: string;
}

const ROOT = new URL("../../", import.meta.url);
const PLACES = ["www/views/learn/chapters", "www/model", "js/dissect", "src/manual/rules.md"];

/** Number of an RFC: its sections, and their titles. */
const TABLES = JSON.parse(readFileSync(new URL("references.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Readonly<Record<string, string>>>
>;

/** As "4.2.1", or "D.1" of an appendix. */
const SECTION = String.raw`(?:[A-Z]|\d+)(?:\.\d+)*`;

/** As `5321#4.2.1`. */
const SHORT = new RegExp(String.raw`\b(\d{3,4})#(${SECTION})`, "g");

/** As "RFC 5321 section 4.2.1", or "RFC 9989 sections 4.7 and 4.8". */
const LONG = new RegExp(
  String.raw`RFC (\d{3,4}),? (?:sections?|appendix|appendices) (${SECTION}(?:(?:, | and )${SECTION}\b)*)`,
  "g",
);

function files(place: string): string[] {
  if (/\.\w+$/.test(place)) return [place];
  return readdirSync(new URL(`${place}/`, ROOT), { withFileTypes: true }).flatMap((entry) =>
    files(`${place}/${entry.name}`),
  );
}

function references(file: string): Reference[] {
  return readFileSync(new URL(file, ROOT), "utf8")
    .split("\n")
    .flatMap((line, index) => {
      const at = `${file}:${index + 1}`;
      return [
        ...[...line.matchAll(SHORT)].map(([, rfc, section]) => ({ rfc: rfc!, section: section!, at })),
        ...[...line.matchAll(LONG)].flatMap(([, rfc, sections]) =>
          sections!.split(/, | and /).map((section) => ({ rfc: rfc!, section, at })),
        ),
      ];
    });
}

const found = PLACES.flatMap(files).flatMap(references);
const known = found.filter(({ rfc }) => TABLES[rfc] !== undefined);

test("each reference to an RFC whose sections are known names one of them", (context) => {
  assert.deepEqual(
    known
      .filter(({ rfc, section }) => TABLES[rfc]![section] === undefined)
      .map(({ rfc, section, at }) => `${at}: RFC ${rfc} has no section ${section}`),
    [],
  );
  const others = new Set(found.filter((reference) => !known.includes(reference)).map(({ rfc }) => rfc));
  context.diagnostic(
    `${known.length} references looked up; ${found.length - known.length} are to ${others.size} RFCs whose sections are not in the table`,
  );
});

test("each kind of place has references, in both ways of writing", () => {
  for (const place of PLACES)
    assert.ok(
      found.some(({ at }) => at.startsWith(place)),
      place,
    );
  assert.deepEqual(
    references("www/model/exercises/domains.ts")
      .filter(({ rfc }) => rfc === "9989")
      .map(({ section }) => section),
    ["4.7", "4.8"],
  );
});

test("no RFC is in the table without being referred to", () => {
  assert.deepEqual(
    Object.keys(TABLES).filter((number) => !known.some(({ rfc }) => rfc === number)),
    [],
  );
});
