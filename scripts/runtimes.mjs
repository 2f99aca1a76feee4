// Builds, then runs the suite of tests/runtimes in every runtime: `npm run test:runtimes -- [--only NAME] [--case TEXT]`.
import { build } from "./build.mjs";
import { inRoot } from "./lib/paths.mjs";
import { isProgram, main, Problem, run } from "./lib/run.mjs";

/** Seconds. */
const LIMIT = 1_800;

export async function runtimes(argv) {
  await build();
  const suite = ["--import", "tsx", inRoot("tests", "runtimes", "run.ts"), ...argv];
  const { code } = await run(process.execPath, suite, { label: "the runtimes", limit: LIMIT, show: true });
  if (code !== 0) throw new Problem("not everything is the same in every runtime.");
}

if (isProgram(import.meta.url)) await main(() => runtimes(process.argv.slice(2)));
