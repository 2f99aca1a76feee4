// Builds, then runs every test: `npm test`, or a part: `npm test -- --only rust|js|... [paths or flags for the runner]`.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { smoke } from "./fuzz.mjs";
import { walk } from "./lib/files.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { isProgram, main, Problem, run } from "./lib/run.mjs";
import { runtimes } from "./runtimes.mjs";

/** What Node runs: the folders of tests/ that are a part of their own; all others are `js`. */
const FOLDERS = { packages: ["packaging", "examples"], pages: ["browser", "www"], interop: ["interop"] };
const PARTS = ["rust", "js", "packages", "pages", "runtimes", "fuzz", "interop"];
const LIMIT = { rust: 900, js: 900, packages: 900, pages: 900, interop: 1_500 };
const USAGE = `usage: npm test -- [--only ${PARTS.join("|")}] [test files or flags for the runner]`;

async function rust(rest) {
  return run("cargo", ["test", "--locked", ...rest], {
    label: "the Rust tests",
    limit: LIMIT.rust,
    show: true,
  });
}

/** `node --test` through tsx over the given test files, or over all of this part. */
async function node(part, rest) {
  const named = rest.filter((argument) => !argument.startsWith("-"));
  const flags = rest.filter((argument) => argument.startsWith("-"));
  const files = named.length > 0 ? named : await testFiles(part);
  if (files.length === 0) return { code: 0 };
  const options = ["--import", "tsx", "--test", "--test-reporter=spec", ...concurrency(part), ...flags];
  const tests = (env) =>
    run(process.execPath, [...options, ...files], {
      label: `the ${part} tests`,
      limit: LIMIT[part],
      show: true,
      env,
    });
  return part === "interop" ? withMatrix(tests, named.length === 0) : tests();
}

/** Interop tests mostly wait for servers to start: two files go together, where Node can be told (20.10). */
function concurrency(part) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return part === "interop" && (major > 20 || minor >= 10) ? ["--test-concurrency=2"] : [];
}

/** Runs interop tests, and prints what they saw as a matrix; a `whole` run fails when it has a hole. */
async function withMatrix(tests, whole) {
  const folder = await mkdtemp(join(tmpdir(), "edgepost-matrix-"));
  try {
    const file = join(folder, "sightings.jsonl");
    await writeFile(file, "");
    const { code } = await tests({ EDGEPOST_MATRIX: file });
    const print = [inRoot("tests", "interop", "matrix", "print.ts"), file, ...(whole ? ["--whole"] : [])];
    const printed = await run(process.execPath, ["--import", "tsx", ...print], { limit: 60, show: true });
    return { code: code || printed.code };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function testFiles(part) {
  const all = (await walk(inRoot("tests")))
    .filter((path) => /\.test\.(ts|mjs)$/.test(path))
    .map((path) => relative(root, path));
  const partOf = (path) => {
    const folder = path.split(/[/\\]/)[1];
    return Object.keys(FOLDERS).find((part) => FOLDERS[part].includes(folder)) ?? "js";
  };
  return all.filter((path) => partOf(path) === part);
}

const RUN = {
  rust,
  js: (rest) => node("js", rest),
  packages: (rest) => node("packages", rest),
  pages: (rest) => node("pages", rest),
  runtimes,
  fuzz: (rest) => smoke(rest),
  interop: (rest) => node("interop", rest),
};

/** Runs the parts in turn, all of them even when one fails, and says at the end which failed. */
export async function test(argv) {
  const { parts, rest } = parse(argv);
  await build();
  const results = [];
  for (const part of parts) {
    console.log(`\n=== ${part}`);
    const began = Date.now();
    const { code } = await RUN[part](rest);
    results.push({ part, passed: code === 0, seconds: (Date.now() - began) / 1000 });
  }
  console.log();
  for (const { part, passed, seconds } of results)
    console.log(`${passed ? "passed" : "FAILED"}  ${part.padEnd(8)} ${seconds.toFixed(1).padStart(7)} s`);
  const failed = results.filter(({ passed }) => !passed).map(({ part }) => part);
  if (failed.length > 0) throw new Problem(`tests failed: ${failed.join(", ")}.`);
}

function parse(argv) {
  const { tokens } = parseArgs({
    args: argv,
    options: { only: { type: "string" } },
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const only = tokens.find((token) => token.kind === "option" && token.name === "only");
  if (only && !PARTS.includes(only.value)) throw new Problem(USAGE);
  const skipped = only ? [only.index, only.inlineValue ? -1 : only.index + 1] : [];
  const rest = argv.filter((_, index) => !skipped.includes(index));
  if (!only && rest.length > 0) throw new Problem(`to pass arguments on, say to whom; ${USAGE}`);
  return { parts: only ? [only.value] : PARTS, rest };
}

if (isProgram(import.meta.url)) await main(() => test(process.argv.slice(2)));
