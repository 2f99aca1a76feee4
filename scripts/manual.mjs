// Writes the generated chapters of the manual: `npm run manual`. With --check it only says what is stale or has no test.
//
// The coverage table is made from tags in comments right above the tests, so that it says only what a test shows:
//
//     // covers: RFC 3461 section 4.1 client server
//
// In a transcript the tag is a line `@covers RFC 3461 client server`. State diagrams and limits come from the code itself,
// by tests/manual.rs.
import { readFile, writeFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { readIfThere, walk } from "./lib/files.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { isProgram, main, Problem, run, tail } from "./lib/run.mjs";
import { coverage } from "./manual/coverage.mjs";
import { rows } from "./manual/rows.mjs";
import { tags } from "./manual/tags.mjs";

const CHAPTER = "src/manual/coverage.md";

/** The text of the coverage chapter, and what is wrong with the tags. */
export async function coverageChapter() {
  const found = [];
  const faults = [];
  const paths = [...(await walk(inRoot("tests"), skipped)), ...(await walk(inRoot("src")))];
  for (const path of paths.filter((path) => /\.(rs|ts|mjs|smtp)$/.test(path))) {
    const file = relative(root, path).split(sep).join("/");
    const read = tags(file, await readFile(path, "utf8"));
    found.push(...read.tags);
    faults.push(...read.faults);
  }
  const made = coverage(rows, found);
  return { text: made.text, faults: [...faults, ...made.faults] };
}

const skipped = (path) => /[/\\](node_modules|vectors[/\\][^.]+)$/.test(path);

async function check() {
  const { text, faults } = await coverageChapter();
  if ((await readIfThere(inRoot(CHAPTER), "utf8")) !== text)
    faults.unshift(`${CHAPTER} is not what the tests' tags say: run npm run manual.`);
  if (faults.length > 0) throw new Problem(`the manual does not hold:\n  ${faults.join("\n  ")}`);
}

async function write() {
  const { text, faults } = await coverageChapter();
  await writeFile(inRoot(CHAPTER), text);
  const { code, output } = await run("cargo", ["test", "--locked", "--test", "manual"], {
    label: "reading the engine's tables",
    limit: 900,
    env: { EDGEPOST_MANUAL: "write" },
  });
  if (code !== 0) throw new Problem(`the engine's tables cannot be read:\n${tail(output)}`);
  for (const fault of faults) console.log(fault);
}

if (isProgram(import.meta.url)) await main(process.argv.includes("--check") ? check : write);
