// Builds, then runs the suite of tests/runtimes in every runtime: `npm run test:runtimes -- [--only NAME] [--case TEXT]`.
import { build } from "./build.mjs";
import { inRoot } from "./lib/paths.mjs";
import { isProgram, main, Problem, run } from "./lib/run.mjs";

/** Seconds. */
const LIMIT = 1_800;

/** Resolves to `{ code }`. Its output goes to the terminal; the package has to be built. */
export function runtimes(argv) {
  const suite = ["--import", "tsx", inRoot("tests", "runtimes", "run.ts"), ...argv];
  return run(process.execPath, suite, { label: "the runtimes", limit: LIMIT, show: true });
}

async function buildAndRun(argv) {
  await build();
  const { code } = await runtimes(argv);
  if (code !== 0) throw new Problem("not everything is the same in every runtime.");
}

if (isProgram(import.meta.url)) await main(() => buildAndRun(process.argv.slice(2)));
