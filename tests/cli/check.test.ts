/** `edgepost check`, called as a user calls it; and what it shows of lines and differences. */
import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { check as checkMessage, checkRules } from "edgepost";
import type { Diagnostic } from "edgepost";
import { replace } from "../../js/cli/check-files.js";
import { unified } from "../../js/cli/diff.js";
import { excerpt } from "../../js/cli/excerpt.js";
import { checkLocal } from "../../js/cli/line-ends.js";
import { environment, type Ran, run } from "../support/process.js";
import { type Temporary, temporary } from "../support/temporary.js";

const EDGEPOST = fileURLToPath(new URL("../../dist/cli/edgepost.js", import.meta.url));

const HEADER = "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nMessage-ID: <1@example.org>\r\n";
/** Nothing is wrong with it. */
const GOOD = `${HEADER}Subject: Lunch\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\n\r\nAt one?\r\nOr two?\r\n`;
/** An obsolete zone, and a LF. */
const BAD = GOOD.replace("+0000", "GMT").replace("one?\r\n", "one?\n");
/** Only an info. */
const OPEN = GOOD.replace(/\r\n$/, "");
/** Nothing that a fix is known for. */
const LOST = GOOD.replace(/^Message-ID.*\r\n/m, "");

let dir: Temporary;
before(async () => (dir = await temporary()));
after(() => dir.remove());

function check(
  args: string[],
  options: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<Ran> {
  const { input, env } = options;
  return run(process.execPath, [EDGEPOST, "check", ...args], {
    cwd: dir.path,
    env: environment(env),
    ...(input !== undefined && { input }),
  });
}

let files = 0;
/** A new file; its name in the folder in which the command runs. */
async function file(content: string | Uint8Array): Promise<string> {
  const name = `${++files}.eml`;
  await writeFile(join(dir.path, name), content);
  return name;
}

const text = (ran: Ran): string => ran.stdout.toString();
const content = (name: string): Promise<string> => readFile(join(dir.path, name), "utf8");

describe("a file with the line ends of this system", () => {
  const LOCAL = BAD.replaceAll("\r\n", "\n");

  test("is looked at as it will be sent, and its places are its own", async () => {
    const name = await file(LOCAL);
    const ran = await check(["--json", name]);
    const [found] = JSON.parse(text(ran)) as [{ diagnostics: Diagnostic[] }];
    assert.deepEqual(
      found.diagnostics.map(({ rule, line, column, span }) => [
        rule,
        line,
        column,
        LOCAL.slice(span.start, span.end),
      ]),
      [["date-obsolete", 5, 32, "GMT"]],
    );
    assert.match(text(await check([name])), /\n {2}its lines end in LF, looked at as CRLF/);
    const sarif = JSON.parse(text(await check(["--sarif", name]))) as {
      runs: [{ results: [{ locations: [{ physicalLocation: { region: unknown } }] }] }];
    };
    const start = LOCAL.indexOf("GMT");
    assert.deepEqual(sarif.runs[0].results[0].locations[0].physicalLocation.region, {
      ...{ startLine: 5, startColumn: 32, endLine: 5, endColumn: 35 },
      ...{ byteOffset: start, byteLength: 3 },
    });
  });

  test("keeps them when it is mended", async () => {
    const name = await file(LOCAL);
    const ran = await check(["--fix", name]);
    assert.equal(ran.code, 0, text(ran));
    assert.equal(await content(name), LOCAL.replace("GMT", "+0000"));
    const long = `${GOOD.replaceAll("\r\n", "\n")}${"word ".repeat(300)}\n`;
    const folded = await check(["--fix"], { input: long });
    assert.ok(!folded.stdout.includes("\r"), "a line end of another kind came in");
  });

  test("is looked at as it is when that is wanted, and when a single line ends in CRLF", async () => {
    const asIs = await check(["--json", "--as-is", await file(LOCAL)]);
    assert.match(text(asIs), /"bare-lf"/);
    const mixed = await check(["--json", await file(LOCAL.replace("\n", "\r\n"))]);
    assert.match(text(mixed), /"bare-lf"/);
  });

  test("of any kind has the findings of the same in CRLF, at the same lines and octets", async () => {
    const lines = [
      "From: a@example.org",
      "Subject: =?x?=",
      " folded \u0000",
      "",
      "t\rext",
      "",
      "x".repeat(1200),
      "",
    ];
    for (let from = 0; from < lines.length; from += 1) {
      const wire = lines.slice(from).join("\r\n");
      const local = lines.slice(from).join("\n");
      if (!local.includes("\n")) continue;
      const [there, here] = await Promise.all([
        checkMessage(wire),
        checkLocal(new TextEncoder().encode(local)),
      ]);
      const seen = (found: readonly Diagnostic[], source: string): unknown[] =>
        found.map(({ rule, line, column, span, fix }) => [
          ...[rule, line, column, source.slice(span.start, span.end).replaceAll("\r\n", "\n")],
          fix?.edits.map(({ start, end, text }) =>
            [source.slice(start, end), text].join(" > ").replaceAll("\r\n", "\n"),
          ),
        ]);
      assert.deepEqual(seen(here, local), seen(there, wire));
      assert.ok(from > 0 || here.length > 3, "too little is wrong with it");
    }
  });
});

describe("findings for people", () => {
  test("each has its place, reason, line, mark and help; then there is a summary", async () => {
    const name = await file(BAD);
    const ran = await check([name]);
    assert.equal(
      text(ran),
      `${name}:5:32: warning[date-obsolete]: Years with two digits and zones with names are read still, but must not be written. (RFC 5322 section 4.3)
 5 | Date: Tue, 3 Mar 2026 10:00:00 GMT
   |                                ^^^
   = help: Write the zone as an offset: +0000

${name}:7:8: error[bare-lf]: A line ends with CRLF: servers refuse a LF without its CR, because it has been used to smuggle messages. (RFC 5321 section 2.3.8)
 7 | At one?
   |        ^
   = help: End the line with CRLF

${name}: 2 findings; --fix mends all
  will be refused  1  bare-lf
  style            1  date-obsolete
`,
    );
    assert.equal(ran.code, 1);
  });

  test("nothing found: exit code 0", async () => {
    const name = await file(GOOD);
    const ran = await check([name]);
    assert.deepEqual([ran.code, ran.log], [0, `${name}: nothing found\n`]);
  });

  test("infos alone: shown, exit code 0", async () => {
    const ran = await check([await file(OPEN)]);
    assert.match(ran.log, /info\[no-final-line-end\]/);
    assert.equal(ran.code, 0);
  });

  test("several files have one summary, with how often a rule is broken", async () => {
    const ran = await check([await file(BAD), await file(GOOD), await file(BAD)]);
    assert.match(ran.log, /\n3 files: 4 findings; --fix mends all\n  will be refused  2  bare-lf \(2\)\n/);
  });

  test("--quiet: only the summary", async () => {
    const ran = await check(["--quiet", await file(BAD)]);
    assert.match(ran.log, /^\d+\.eml: 2 findings.*\n  will be refused  1  bare-lf\n  style .*\n$/);
    assert.equal(ran.code, 1);
  });

  for (const args of [[], ["-"]])
    test(`standard input: edgepost check ${args.join(" ")}`, async () => {
      const ran = await check(args, { input: BAD });
      assert.match(ran.log, /^<stdin>:5:32: warning\[date-obsolete\]/);
      assert.equal(ran.code, 1);
    });

  test("colours: at a terminal and where they are asked for", async () => {
    const name = await file(BAD);
    const coloured = async (args: string[], env: Record<string, string> = {}): Promise<boolean> =>
      /\x1b\[31merror\[bare-lf\]:\x1b\[39m/.test((await check([...args, name], { env })).log);
    assert.equal(await coloured([]), false);
    assert.equal(await coloured(["--color", "auto"], { FORCE_COLOR: "1" }), true);
    assert.equal(await coloured(["--color", "always"], { NO_COLOR: "1" }), true);
    assert.equal(await coloured(["--color=never"], { FORCE_COLOR: "1" }), false);
  });

  test("neither a message nor a name can steer the terminal", async () => {
    const evil = "\x1b[2J\x1b]0;x\x07\x9b1m\u202e\u200f\r\x7f";
    const message = GOOD.replace("Lunch", `Lunch ${evil}`).replace("one?", `one? ${evil}\n<p>`);
    const name = `\x1b[31m\n${await file(message)}`;
    await writeFile(join(dir.path, name), Buffer.from(message, "latin1"));
    for (const args of [[], ["--json"], ["--sarif"], ["--diff"], ["--fix"]])
      for (const path of [await file(message), name]) {
        const { log } = await check([...args, path]);
        assert.ok(log.length > 100);
        assert.doesNotMatch(log, /[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
      }
    const { log } = await check([await file(message)]);
    assert.ok(log.includes("Lunch \\x1b[2J\\x1b]0;x\\x07\\x9b1m\\u{202e}\\u{200f}\\x0d\\x7f\n"), log);
  });
});

describe("the line of a finding", () => {
  const shown = (line: string | Uint8Array, start: number, end: number, columns = 80): string[] => {
    const octets = Buffer.concat([
      Buffer.from("before\r\n"),
      Buffer.from(line),
      Buffer.from("\r\nafter\r\n"),
    ]);
    const span = { start: start + 8, end: end + 8 };
    const found = { span, line: 2, column: start + 1 } as Diagnostic;
    const { text, marks } = excerpt(octets, found, columns);
    return [text, marks];
  };
  const CASES: [
    what: string,
    line: string | Uint8Array,
    span: [number, number],
    text: string,
    marks: string,
  ][] = [
    ["letters", "abcdef", [2, 4], "abcdef", "  ^^"],
    ["nothing", "abcdef", [2, 2], "abcdef", "  ^"],
    ["the line's end", "abc", [3, 5], "abc", "   ^"],
    ["what goes on in the next line", "abc", [1, 8], "abc", " ^^…"],
    ["an empty line", "", [0, 2], "", "^"],
    ["behind a tab", "a\tbc", [2, 3], "a    bc", "     ^"],
    ["a tab", "a\tbc", [1, 2], "a    bc", " ^^^^"],
    ["behind wide characters", "日本🎉x", [10, 11], "日本🎉x", "      ^"],
    ["a wide character", "日本x", [3, 6], "日本x", "  ^^"],
    ["one octet of a wide character", "日本x", [4, 5], "日本x", "  ^^"],
    ["behind a combining mark", "e\u0301x", [3, 4], "e\u0301x", " ^"],
    ["a control", "a\x1bb", [1, 2], "a\\x1bb", " ^^^^"],
    ["behind a CR", "a\rb", [2, 3], "a\\x0db", "     ^"],
    ["what cannot be seen", "a\u200bb", [1, 4], "a\\u{200b}b", " ^^^^^^^^"],
    ["no UTF-8", Buffer.from([0x61, 0xff, 0xc3, 0x62]), [2, 3], "a\\xff\\xc3b", "     ^^^^"],
  ];
  for (const [what, line, span, text, marks] of CASES)
    test(`${what} is marked`, () => assert.deepEqual(shown(line, ...span), [text, marks]));

  test("a long line is cut around the mark", () => {
    const long = `${"a".repeat(5000)}XYZ${"b".repeat(5000)}`;
    for (const columns of [20, 40, 100]) {
      const [text, marks] = shown(long, 5000, 5003, columns) as [string, string];
      assert.match(text, /^…a+XYZb+…$/);
      assert.ok(text.length <= columns, text);
      assert.equal(text.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1), "XYZ");
    }
  });

  test("a long mark ends where the line is cut", () => {
    const [text, marks] = shown("a".repeat(500), 3, 400, 30) as [string, string];
    assert.match(text, /^…?a+…$/);
    assert.match(marks, /^ +\^+…$/);
    assert.ok(marks.length <= 30 && text.length <= 30);
  });
});

describe("which findings", () => {
  const rulesOf = async (...args: string[]): Promise<string[]> => {
    const ran = await check(["--json", ...args, await file(BAD.replace(/\r\n$/, ""))]);
    const [only] = JSON.parse(text(ran)) as [{ diagnostics: Diagnostic[] }];
    return only.diagnostics.map(({ rule }) => rule);
  };
  const CASES: [args: string[], rules: string[]][] = [
    [[], ["date-obsolete", "bare-lf", "no-final-line-end"]],
    [
      ["--severity", "info"],
      ["date-obsolete", "bare-lf", "no-final-line-end"],
    ],
    [
      ["--severity", "warning"],
      ["date-obsolete", "bare-lf"],
    ],
    [["--severity", "error"], ["bare-lf"]],
    [
      ["--rule", "bare-lf", "--rule", "date-obsolete"],
      ["date-obsolete", "bare-lf"],
    ],
    [["--ignore", "bare-lf", "--ignore=no-final-line-end"], ["date-obsolete"]],
    [["--rule", "bare-lf", "--ignore", "bare-lf"], []],
  ];
  for (const [args, rules] of CASES)
    test(`${args.join(" ") || "by default"}: ${rules.join(", ") || "none"}`, async () =>
      assert.deepEqual(await rulesOf(...args), rules));

  test("what is not shown is not counted, and not mended", async () => {
    const name = await file(BAD);
    assert.equal((await check(["--ignore", "bare-lf", "--ignore", "date-obsolete", name])).code, 0);
    assert.equal((await check(["--severity", "error", "--fix", name])).code, 0);
    assert.equal(await content(name), GOOD.replace("+0000", "GMT"));
  });
});

describe("rules", () => {
  test("--list-rules names each rule of a group with its reason", async () => {
    const ran = await check(["--list-rules"]);
    const rules = await checkRules();
    for (const { name, severity } of rules) assert.ok(ran.log.includes(`  ${name}  ${severity}\n`), name);
    const groups = ran.log.match(/^\S.*$/gm);
    assert.deepEqual(groups, ["will be refused", "may be filtered", "style"]);
    for (const line of ran.log.split("\n")) assert.ok(line.length <= 100, line);
    const json = JSON.parse(text(await check(["--list-rules", "--json"]))) as unknown[];
    assert.deepEqual(json, rules);
    assert.equal(ran.code, 0);
  });

  test("--explain says how bad it is, why, and which document says so", async () => {
    const ran = await check(["--explain", "bare-lf"]);
    assert.match(ran.log, /^bare-lf: error, will be refused\nA line ends with CRLF: /);
    assert.match(ran.log, /\nSee RFC 5321 section 2\.3\.8\.\n/);
    assert.equal(ran.code, 0);
  });
});

describe("--fix", () => {
  test("the file is mended in place, keeps its mode, and mending again changes nothing", async () => {
    const name = await file(BAD);
    const path = join(dir.path, name);
    await chmod(path, 0o640);
    const ran = await check(["--fix", name]);
    assert.equal(
      text(ran),
      `${name}: fixed\n  Write the zone as an offset [date-obsolete]\n  End the line with CRLF [bare-lf]\n${name}: nothing found\n`,
    );
    assert.equal(ran.code, 0);
    assert.equal(await content(name), GOOD);
    const { mode, mtimeMs, ino } = await stat(path);
    assert.equal(mode & 0o777, 0o640);
    const again = await check(["--fix", name]);
    assert.deepEqual([again.code, again.log], [0, `${name}: nothing to fix\n${name}: nothing found\n`]);
    const still = await stat(path);
    assert.deepEqual([still.mtimeMs, still.ino], [mtimeMs, ino]);
    assert.deepEqual(
      (await readdir(dir.path)).filter((name) => name.includes(".tmp")),
      [],
    );
  });

  test("a file that was changed meanwhile, and what is no file, stay as they are", async () => {
    const name = await file(BAD);
    const path = join(dir.path, name);
    await assert.rejects(replace(path, Buffer.from(GOOD), Buffer.from("x")), /it was changed meanwhile$/);
    await assert.rejects(replace(dir.path, Buffer.from(GOOD), Buffer.from("x")), /it is no ordinary file$/);
    assert.equal(await content(name), BAD);
  });

  test("a link to the file stays one", async () => {
    const name = await file(BAD);
    await symlink(name, join(dir.path, "link.eml"));
    assert.equal((await check(["--fix", "link.eml"])).code, 0);
    assert.equal(await content(name), GOOD);
  });

  test("what is left is shown, and counts", async () => {
    const ran = await check(["--fix", await file(LOST.replace("one?\r\n", "one?\n"))]);
    assert.match(ran.log, /fixed\n  End the line with CRLF \[bare-lf\]\n.*header-missing-message-id/s);
    assert.equal(ran.code, 1);
  });

  test("more places than are shown are mended, too", async () => {
    const name = await file(GOOD + "x\n".repeat(1000));
    const ran = await check(["--fix", name]);
    assert.match(ran.log, /End the line with CRLF \[bare-lf\], in 1000 places\n/);
    assert.equal(await content(name), GOOD + "x\r\n".repeat(1000));
  });

  test("every rule's examples are mended so that nothing more can be", async () => {
    const manual = await readFile(new URL("../../src/manual/rules.md", import.meta.url), "utf8");
    const examples = [...manual.matchAll(/^```text\n([^]*?)^```$/gm)].map(([, example]) =>
      example!
        .replaceAll("\n", "\r\n")
        .replace("{no line end}\r\n", "")
        .replace(/\{([0-9A-F]{2})\}/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
        .replace(/\{(.)\*(\d+)\}/g, (_, octet: string, times: string) => octet.repeat(Number(times))),
    );
    const names = await Promise.all(examples.map((example) => file(Buffer.from(example, "latin1"))));
    await check(["--fix", "--quiet", ...names]);
    const mended = await Promise.all(names.map((name) => readFile(join(dir.path, name))));
    const again = await check(["--fix", "--json", ...names]);
    for (const { fixed, diagnostics } of JSON.parse(text(again)) as {
      fixed: unknown[];
      diagnostics: Diagnostic[];
    }[]) {
      assert.deepEqual(fixed, []);
      assert.ok(diagnostics.every(({ fix }) => fix === undefined));
    }
    assert.deepEqual(await Promise.all(names.map((name) => readFile(join(dir.path, name)))), mended);
  });

  test("standard input: the result, and nothing else, goes to standard output", async () => {
    const ran = await check(["--fix"], { input: BAD });
    assert.equal(text(ran), GOOD);
    assert.match(ran.log, /<stdin>: fixed\n/);
    assert.equal(ran.code, 0);
    const good = await check(["--fix", "-"], { input: GOOD });
    assert.equal(text(good), GOOD);
  });

  test("--stdout: the file stays as it is", async () => {
    const name = await file(BAD);
    const ran = await check(["--fix", "--stdout", name]);
    assert.deepEqual([ran.code, text(ran)], [0, GOOD]);
    assert.equal(await content(name), BAD);
  });

  test("octets that are no text stay as they are", async () => {
    const tail = Buffer.from([0xff, 0xc3, 0xe2, 0x82, 0x0d, 0x0a]);
    const ran = await check(["--fix", "--rule", "bare-lf"], {
      input: Buffer.concat([Buffer.from(BAD), tail]),
    });
    assert.deepEqual(ran.stdout, Buffer.concat([Buffer.from(GOOD.replace("+0000", "GMT")), tail]));
  });

  test("a message that is signed has to be signed anew", async () => {
    const ran = await check(["--fix", await file(`DKIM-Signature: v=1; a=rsa-sha256\r\n${BAD}`)]);
    assert.match(ran.log, /signed anew/);
    assert.doesNotMatch((await check(["--fix", await file(BAD)])).log, /signed anew/);
  });

  for (const args of [["--diff"], ["--dry-run"], ["--fix", "--diff"]])
    test(`${args.join(" ")}: what would change, and nothing is changed`, async () => {
      const name = await file(BAD);
      const ran = await check([...args, name]);
      assert.equal(
        text(ran),
        `--- ${name}
+++ ${name}, mended
@@ -2,7 +2,7 @@
 To: bob@example.net
 Message-ID: <1@example.org>
 Subject: Lunch
-Date: Tue, 3 Mar 2026 10:00:00 GMT\\x0d
+Date: Tue, 3 Mar 2026 10:00:00 +0000\\x0d
 
-At one?
+At one?\\x0d
 Or two?
`,
      );
      assert.equal(ran.code, 1);
      assert.equal(await content(name), BAD);
    });

  test("--diff of a message that nothing can be mended in shows nothing", async () => {
    const ran = await check(["--diff", await file(GOOD)]);
    assert.deepEqual([ran.code, ran.log], [0, ""]);
  });
});

describe("a unified diff", () => {
  /** What comes of lines when a diff is applied to them. */
  function patched(lines: readonly string[], diff: readonly string[]): string[] {
    const result: string[] = [];
    let at = 0;
    let left: [number, number] = [0, 0];
    for (const line of diff) {
      const hunk = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
      if (hunk !== null) {
        assert.deepEqual(left, [0, 0]);
        const [from, many, otherFrom, otherMany] = hunk.slice(1).map(Number) as [
          number,
          number,
          number,
          number,
        ];
        const start = many === 0 ? from : from - 1;
        while (at < start) result.push(lines[at++]!);
        assert.equal(result.length, otherMany === 0 ? otherFrom : otherFrom - 1);
        left = [many, otherMany];
        continue;
      }
      if (line[0] !== "+") {
        assert.equal(line.slice(1), lines[at++]);
        left[0] -= 1;
      }
      if (line[0] !== "-") {
        result.push(line.slice(1));
        left[1] -= 1;
      }
    }
    assert.deepEqual(left, [0, 0]);
    return [...result, ...lines.slice(at)];
  }

  test("applied to the old lines gives the new ones", () => {
    let state = 7;
    const random = (below: number): number => (state = (state * 48_271) % 0x7fff_ffff) % below;
    const some = (): string[] => Array.from({ length: random(40) }, () => "abcd"[random(4)]!);
    const octets = (lines: readonly string[]): Buffer =>
      Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
    for (let round = 0; round < 500; round += 1) {
      const one = some();
      const other =
        round % 2 === 0 ? some() : one.flatMap((line) => [line, "e", ""].slice(0, random(8) || 1));
      assert.deepEqual(patched(one, unified(octets(one), octets(other))), other);
    }
  });

  test("thousands of lines that all differ are replaced as one", () => {
    const [one, other] = ["\n", "\r\n"].map((end) => Buffer.from(`x${end}`.repeat(5000)));
    const diff = unified(one!, other!);
    assert.deepEqual(
      [diff.length, diff[0], diff[1], diff.at(-1)],
      [10_001, "@@ -1,5000 +1,5000 @@", "-x", "+x\\x0d"],
    );
  });

  test("a last line without an end is marked", () => {
    assert.deepEqual(unified(Buffer.from("a"), Buffer.from("a\r\n")), [
      "@@ -1,1 +1,1 @@",
      "-a",
      "\\ No newline at end of file",
      "+a\\x0d",
    ]);
  });
});

describe("for programs", () => {
  test("--json: an array of files, each with findings as the library has them", async () => {
    const [bad, good] = [await file(BAD), await file(GOOD)];
    const ran = await check(["--json", bad, good]);
    assert.deepEqual(JSON.parse(text(ran)), [
      {
        file: bad,
        diagnostics: await checkMessage(BAD),
        summary: { "will be refused": 1, "may be filtered": 0, style: 1 },
      },
      { file: good, diagnostics: [], summary: { "will be refused": 0, "may be filtered": 0, style: 0 } },
    ]);
    assert.equal(ran.code, 1);
    assert.deepEqual(await check(["--json", bad, good]), ran);
  });

  test("--json --fix says what was mended", async () => {
    const ran = await check(["--json", "--fix", await file(BAD)]);
    const [{ fixed, diagnostics }] = JSON.parse(text(ran)) as [{ fixed: unknown; diagnostics: unknown }];
    assert.deepEqual(fixed, [
      { rule: "date-obsolete", description: "Write the zone as an offset", places: 1 },
      { rule: "bare-lf", description: "End the line with CRLF", places: 1 },
    ]);
    assert.deepEqual(diagnostics, []);
  });

  interface Sarif {
    $schema: string;
    version: string;
    runs: {
      tool: { driver: { name: string; semanticVersion: string; rules: SarifRule[] } };
      columnKind: string;
      invocations: { executionSuccessful: boolean; toolExecutionNotifications: unknown[] }[];
      results: SarifResult[];
    }[];
  }
  interface SarifRule {
    id: string;
    shortDescription: { text: string };
    help: { text: string };
    defaultConfiguration: { level: string };
  }
  interface SarifResult {
    ruleId: string;
    ruleIndex: number;
    level: string;
    message: { text: string };
    locations: { physicalLocation: { artifactLocation: { uri: string }; region: Record<string, number> } }[];
    fixes?: {
      artifactChanges: {
        artifactLocation: { uri: string };
        replacements: {
          deletedRegion: { byteOffset: number; byteLength: number };
          insertedContent?: { text: string };
        }[];
      }[];
    }[];
  }

  test("--sarif: what the format requires, rules, places in octets and characters, and replacements", async () => {
    const message = BAD.replace("At one?", "Grüße, at one?");
    const [name, good] = [await file(message), await file(OPEN)];
    const ran = await check(["--sarif", name, good]);
    assert.equal(ran.code, 1);
    const { $schema, version, runs } = JSON.parse(text(ran)) as Sarif;
    assert.match($schema, /sarif-2\.1\.0\.json$/);
    assert.equal(version, "2.1.0");
    const [{ tool, columnKind, invocations, results }] = runs as [Sarif["runs"][0]];
    assert.equal(columnKind, "unicodeCodePoints");
    assert.deepEqual(invocations, [{ executionSuccessful: true, toolExecutionNotifications: [] }]);
    assert.equal(tool.driver.name, "edgepost");
    const { rules } = tool.driver;
    assert.deepEqual(
      rules.map(({ id }) => id),
      (await checkRules()).map(({ name }) => name),
    );
    for (const { help, shortDescription } of rules) assert.ok(help.text.startsWith(shortDescription.text));
    const octets = Buffer.from(message);
    const lf = octets.indexOf("?\n") + 1;
    for (const { ruleId, ruleIndex, level, message } of results) {
      assert.equal(rules[ruleIndex]!.id, ruleId);
      assert.equal(rules[ruleIndex]!.defaultConfiguration.level, level);
      assert.ok(message.text.length > 10);
    }
    assert.deepEqual(
      results.map(({ ruleId, level }) => [ruleId, level]),
      (await checkMessage(message))
        .map(({ rule, severity }) => [rule, severity])
        .concat([["no-final-line-end", "note"]]),
    );
    const { locations, fixes } = results.find(({ ruleId }) => ruleId === "bare-lf")!;
    assert.deepEqual(locations, [
      {
        physicalLocation: {
          artifactLocation: { uri: name },
          region: { startLine: 7, startColumn: 15, endLine: 8, endColumn: 1, byteOffset: lf, byteLength: 1 },
        },
      },
    ]);
    assert.deepEqual(fixes![0]!.artifactChanges, [
      {
        artifactLocation: { uri: name },
        replacements: [{ deletedRegion: { byteOffset: lf, byteLength: 0 }, insertedContent: { text: "\r" } }],
      },
    ]);
    assert.equal(results.at(-1)!.locations[0]!.physicalLocation.artifactLocation.uri, good);
  });

  test("--sarif: names of files become URIs", async () => {
    const name = "a b#c?:ü.eml";
    await writeFile(join(dir.path, name), BAD);
    const uris = async (path: string, input?: string): Promise<Set<string>> => {
      const ran = await check(["--sarif", path], { ...(input !== undefined && { input }) });
      const { results } = (JSON.parse(text(ran)) as Sarif).runs[0]!;
      return new Set(results.map(({ locations }) => locations[0]!.physicalLocation.artifactLocation.uri));
    };
    assert.deepEqual(await uris(name), new Set(["./a%20b%23c%3F:%C3%BC.eml"]));
    assert.match([...(await uris(join(dir.path, name)))][0]!, /^file:\/\/\/.*\/a%20b%23c%3F/);
    assert.deepEqual(await uris("-", BAD), new Set(["stdin"]));
  });

  test("--sarif says which file could not be read", async () => {
    const ran = await check(["--sarif", "no.eml"]);
    const { invocations } = (JSON.parse(text(ran)) as Sarif).runs[0]!;
    assert.equal(invocations[0]!.executionSuccessful, false);
    assert.match(JSON.stringify(invocations), /there is no file no\.eml/);
    assert.equal(ran.code, 2);
  });
});

describe("files", () => {
  test("one that is not there is told of, the others are checked, and the exit code is 2", async () => {
    const name = await file(GOOD);
    const ran = await check(["no.eml", name]);
    assert.deepEqual(
      [ran.code, ran.log],
      [2, `edgepost check: there is no file no.eml\n${name}: nothing found\n`],
    );
    const json = JSON.parse(text(await check(["--json", "no.eml", name]))) as {
      file: string;
      error?: string;
    }[];
    assert.deepEqual(
      json.map(({ file, error }) => [file, error]),
      [
        ["no.eml", "there is no file no.eml"],
        [name, undefined],
      ],
    );
  });

  test("one of more than 100 MB is not read", async () => {
    const name = await file("");
    await truncate(join(dir.path, name), 100_000_001);
    const ran = await check([name]);
    assert.deepEqual([ran.code, /is too large: 100 MB at most/.test(ran.log)], [2, true], ran.log);
  });

  test("a folder: how to name what is in it; --recursive: all .eml files in it", async () => {
    const folder = join(dir.path, "mail");
    await mkdir(join(folder, "old"), { recursive: true });
    await mkdir(join(folder, "none"));
    for (const path of ["b.eml", "a.EML", "notes.txt", "old/c.eml"]) await writeFile(join(folder, path), BAD);
    const advice = await check(["mail"]);
    assert.deepEqual([advice.code, /give --recursive/.test(advice.log)], [2, true], advice.log);
    const all = JSON.parse(text(await check(["--json", "--recursive", "mail"]))) as { file: string }[];
    assert.deepEqual(
      all.map(({ file }) => file),
      ["a.EML", "b.eml", join("old", "c.eml")].map((name) => join("mail", name)),
    );
    const none = await check(["--recursive", join("mail", "none")]);
    assert.deepEqual([none.code, /no \.eml file in/.test(none.log)], [2, true], none.log);
  });
});

describe("wrong usage: exit code 2, and words about what is wrong", () => {
  const CASES: [args: string[], words: RegExp][] = [
    [["--rule", "bare-fl"], /--rule: there is no rule "bare-fl"; did you mean bare-lf\?/],
    [["--ignore", "nonsense"], /--ignore: there is no rule "nonsense"; --list-rules prints all/],
    [["--explain", "bare-le"], /--explain: there is no rule "bare-le"; did you mean bare-lf\?/],
    [["--severity", "fatal"], /--severity has to be error, warning or info, not "fatal"/],
    [["--color", "blue"], /--color has to be auto, always or never/],
    [["--recursiv"], /unknown option --recursiv; did you mean --recursive\?/],
    [["--json", "--sarif"], /give either --json or --sarif/],
    [["--quiet", "--json"], /give either --json or --quiet/],
    [["--stdout"], /--stdout is for a mended message: it goes with --fix/],
    [["--diff", "--json"], /leave --json out/],
    [["--fix", "--stdout", "a.eml", "b.eml"], /name one file/],
    [["--fix", "--json", "-"], /leave --json and --sarif out/],
    [["-", "-"], /standard input can be read only once/],
  ];
  for (const [args, words] of CASES)
    test(`edgepost check ${args.join(" ")}`, async () => {
      const { code, log, stdout } = await check(args);
      assert.match(log, words);
      assert.deepEqual([code, stdout.toString()], [2, ""]);
    });
});
