// The coverage table says what the tests' tags say, and a tag that says nothing true is a fault.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { coverageChapter } from "../scripts/manual.mjs";
import { inRoot } from "../scripts/lib/paths.mjs";
import { coverage } from "../scripts/manual/coverage.mjs";
import { rows } from "../scripts/manual/rows.mjs";
import { tags } from "../scripts/manual/tags.mjs";

/** Tags as they stand in files, put together here so that this file has none. */
const tag = (text) => `// ${"covers"}: ${text}`;

const READ = [
  ["a Rust test", "a.rs", `${tag("RFC 1870 client")}\n#[test]\nfn sizes() {}`, "RFC 1870 client sizes"],
  [
    "two sides and a section",
    "a.rs",
    `    ${tag("RFC 3461 section 4.1 server client")}\n    #[test]\n    fn a() {}`,
    "RFC 3461 4.1 client,server a",
  ],
  ["both", "a.rs", `${tag("PRDR both")}\n#[test]\nfn a() {}`, "PRDR client,server a"],
  [
    "a JavaScript test",
    "a.ts",
    `${tag("LOGIN server")}\ntest("a log-in", () => {});`,
    "LOGIN server a log-in",
  ],
  [
    "a test in a table",
    "a.ts",
    `${tag("LOGIN server")}\nfor (const name of names)\n  test(\`\${name} logs in\`, () => {});`,
    "LOGIN server … logs in",
  ],
  [
    "a test on lines of its own",
    "a.ts",
    `${tag("LOGIN server")}\nsession(\n  "a log-in",\n  async () => {});`,
    "LOGIN server a log-in",
  ],
  [
    "a transcript",
    "a.smtp",
    "# Words.\n@covers RFC 2920 both\n@side both\nC: QUIT",
    "RFC 2920 client,server ",
  ],
];

for (const [what, file, source, expected] of READ)
  test(`the tag of ${what} is read`, () => {
    const { tags: found, faults } = tags(file, source);
    assert.deepEqual(faults, []);
    const said = found.map(({ document, section, sides, test: name }) =>
      [document, ...(section ? [section] : []), sides.join(","), name].join(" "),
    );
    assert.deepEqual(said, [expected]);
  });

test("several tags stand above one test", () => {
  const source = `${tag("RFC 3461 client")}\n${tag("RFC 3463 client")}\n#[test]\nfn a() {}`;
  assert.deepEqual(
    tags("a.rs", source).tags.map(({ document, test: name }) => [document, name]),
    [
      ["RFC 3461", "a"],
      ["RFC 3463", "a"],
    ],
  );
});

const FAULTS = [
  ["no side", "a.rs", `${tag("RFC 1870")}\n#[test]\nfn a() {}`, /^a\.rs:1: a tag is/],
  ["a side that is none", "a.rs", `${tag("RFC 1870 relay")}\n#[test]\nfn a() {}`, /^a\.rs:1: a tag is/],
  ["a function that is no test", "a.rs", `${tag("RFC 1870 client")}\nfn a() {}`, /no test follows/],
  ["nothing below", "a.ts", `${tag("RFC 1870 client")}\nconst a = 1;`, /no test follows/],
  [
    "a side that is not played",
    "a.smtp",
    "@covers RFC 1870 both\n@side client\nC: QUIT",
    /not played against the server/,
  ],
];

for (const [what, file, source, fault] of FAULTS)
  test(`a tag with ${what} is a fault`, () => {
    const { faults } = tags(file, source);
    assert.equal(faults.length, 1, faults.join("\n"));
    assert.match(faults[0], fault);
  });

const row = (document, required, section) => ({ document, section, title: "Title", what: "WHAT", required });
const said = (document, sides, section) => ({ document, section, sides, file: "tests/a.rs", test: "a_fact" });

test("a row has the tests of its document, of its own sections first", () => {
  const { text, faults } = coverage(
    [row("RFC 1", ["client"]), row("RFC 1", ["server"], "4")],
    [said("RFC 1", ["client"]), said("RFC 1", ["server"], "4.1"), said("RFC 1", ["client"], "41")],
  );
  assert.deepEqual(faults, []);
  assert.match(text, /^\| \[RFC 1\]\(\S+\/rfc1\) \| Title \| WHAT \| 2 \|  \|$/m);
  assert.match(text, /^\| \[RFC 1 section 4\]\(\S+\/rfc1#section-4\) \| Title \| WHAT \|  \| 1 \|$/m);
  assert.match(text, /^- `tests\/a\.rs`: `a_fact` \(server, section 4\.1\)$/m);
});

test("a side without a test, and a document without a row, are faults", () => {
  const { faults } = coverage(
    [row("RFC 1", ["client", "server"])],
    [said("RFC 1", ["client"]), said("X", ["client"])],
  );
  assert.deepEqual(faults, [
    "tests/a.rs: X has no row in scripts/manual/rows.mjs",
    "no test shows RFC 1 (WHAT) for the server",
  ]);
});

test("no row is there twice", () => {
  const names = rows.map(({ document, section }) => `${document} ${section}`);
  assert.equal(new Set(names).size, names.length);
});

test("every tag of every test is one", async () => {
  const { faults } = await coverageChapter();
  assert.deepEqual(
    faults.filter((fault) => !fault.startsWith("no test shows")),
    [],
  );
});

test("the chapter on attacks names tests that are there", async () => {
  const chapter = await readFile(inRoot("src", "manual", "attacks.md"), "utf8");
  const named = [...chapter.matchAll(/`((?:tests|src)\/[\w./-]+)`(?:: `([^`]+)`)?/g)];
  assert.ok(named.length > 30, `${named.length} tests`);
  for (const [, path, name] of named) {
    const source = await readFile(inRoot(...path.split("/")), "utf8");
    if (name)
      assert.ok(source.includes(`fn ${name}(`) || source.includes(`"${name}"`), `${path} has no ${name}`);
  }
  const shown = chapter.split(/^(?=\*\*)/m).slice(1);
  for (const attack of shown) assert.match(attack, /^- Shown by /m, attack.slice(0, 40));
});
