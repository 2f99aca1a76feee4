// Installs the npm packages that package-lock.json names, when they are not all there.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fingerprint, readIfThere } from "../lib/files.mjs";
import { locked } from "../lib/lock.mjs";
import { npm } from "../lib/npm.mjs";
import { inRoot, state } from "../lib/paths.mjs";
import { Problem, run } from "../lib/run.mjs";
import { explain } from "./causes.mjs";

const LIMIT = 300;
const LOCK = inRoot("package-lock.json");
const STAMP = inRoot("node_modules", ".edgepost");

export async function ensurePackages() {
  if (await fresh()) return;
  await locked(
    join(state, "packages.lock"),
    { label: "installing npm packages", limit: 2 * LIMIT },
    async () => {
      if (await fresh()) return;
      if (!(await complete())) await install();
      await writeFile(STAMP, await wanted());
    },
  );
}

const wanted = () => fingerprint([LOCK], process.platform, process.arch);
const fresh = async () => (await readIfThere(STAMP, "utf8")) === (await wanted());

/** True when npm itself, run by somebody, has already installed exactly what the lock file names. */
async function complete() {
  const there = await readIfThere(inRoot("node_modules", ".package-lock.json"), "utf8");
  if (!there) return false;
  const installed = JSON.parse(there).packages;
  const { "": _root, ...named } = JSON.parse(await readFile(LOCK, "utf8")).packages;
  const same = (path) => installed[path]?.version === named[path].version && existsSync(inRoot(path));
  return Object.keys(named).every((path) => same(path) || (named[path].optional && !installed[path]));
}

async function install() {
  const { code, output } = await run(
    npm.command,
    [...npm.args, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"],
    {
      label: "installing npm packages",
      limit: LIMIT,
    },
  );
  if (code === 0) return;
  if (code === null)
    throw new Problem(
      "npm is missing: install Node 20 or newer with npm from https://nodejs.org and run this again.",
    );
  throw explain("`npm ci`", output, "the set of npm packages");
}
