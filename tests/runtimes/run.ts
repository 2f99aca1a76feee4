/**
 * Runs the suite in every runtime, from the packed package, and prints what became of each case. `--only NAME` takes one
 * runtime, `--case TEXT` the cases with this in their names. Ends with 1 unless all that can be done is done.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { certificates as make } from "../support/certificates.js";
import type { Certificates } from "../support/certificates.js";
import { check } from "../support/process.js";
import { temporary } from "../support/temporary.js";
import { onBrowser } from "./browser.js";
import { installPackage, installRuntimes, programs, projectFor } from "./install.js";
import { onMiniflare } from "./miniflare.js";
import { startControl } from "./peer.js";
import type { Settings } from "./on/browser.js";
import type { Result } from "./suite.js";
import { onWorkerd } from "./workerd.js";

/** Milliseconds. */
const LIMIT = 600_000;
/** Of a column of the table. */
const WIDTH = 11;

type Run = (project: string, settings: Settings, certificates: Certificates) => Promise<readonly Result[]>;

const RUNTIMES: Readonly<Record<string, Run>> = {
  workerd: onWorkerd,
  deno: byCommand("deno", programs.deno, "run", "--allow-net", "--no-prompt"),
  bun: byCommand("bun", programs.bun),
  node20: byCommand("node", programs.node20),
  node26: byCommand("node", programs.node26),
  chromium: (project, settings) => onBrowser("chromium", project, settings),
  firefox: (project, settings) => onBrowser("firefox", project, settings),
  miniflare: onMiniflare,
};

/** The suite prints its results on the last line. */
function byCommand(entry: string, command: string, ...args: readonly string[]): Run {
  return async (project, settings, { ca, good: { cert, key } }) => {
    const told = JSON.stringify({ ...settings, ca, cert, key });
    const { stdout } = await check(command, [...args, join("on", `${entry}.js`), told], {
      cwd: project,
      limit: LIMIT,
    });
    return JSON.parse(stdout.toString().trim().split("\n").at(-1)!) as Result[];
  };
}

const { values } = parseArgs({ options: { only: { type: "string" }, case: { type: "string" } } });
const names = Object.keys(RUNTIMES).filter((name) => values.only === undefined || name === values.only);
if (names.length === 0)
  throw new Error(`there is no runtime ${values.only}: ${Object.keys(RUNTIMES).join(", ")}`);

if (names.some((name) => name in programs)) await installRuntimes();
await using folder = await temporary();
await using projects = await temporary();
await installPackage(projects.path);
const certificates = await make(folder.path);
await using control = await startControl(certificates);
const results = new Map<string, readonly Result[]>();
for (const name of names) {
  const began = Date.now();
  const settings = { control: control.url, ...(values.case !== undefined && { only: values.case }) };
  try {
    results.set(name, await RUNTIMES[name]!(await projectFor(name, projects.path), settings, certificates));
  } catch (error) {
    results.set(name, [{ name: "the runtime runs the suite", outcome: "failed", detail: String(error) }]);
  }
  console.error(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
print(results);
const all = [...results.values()].flat();
if (all.length === 0 || all.some(({ outcome }) => outcome === "failed")) process.exitCode = 1;

function print(results: ReadonlyMap<string, readonly Result[]>): void {
  const cases = [...new Set([...results.values()].flatMap((list) => list.map(({ name }) => name)))];
  const width = Math.max(...cases.map((name) => name.length)) + 2;
  console.log(`${"".padEnd(width)}${[...results.keys()].map((name) => name.padEnd(WIDTH)).join("")}`);
  for (const name of cases) {
    const row = [...results.values()].map(
      (list) => list.find((result) => result.name === name)?.outcome ?? "-",
    );
    console.log(`${name.padEnd(width)}${row.map((outcome) => outcome.padEnd(WIDTH)).join("")}`);
  }
  for (const [runtime, list] of results)
    for (const { name, outcome, detail } of list)
      if (outcome !== "passed") console.log(`\n${runtime}: ${name}: ${outcome}: ${detail}`);
}
