// What the package is tried and looked at with, pinned in programs/: installed when it is wanted.
import { cp, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readIfThere } from "../../scripts/lib/files.mjs";
import { locked } from "../../scripts/lib/lock.mjs";
import { npm } from "../../scripts/lib/npm.mjs";
import { inRoot, state } from "../../scripts/lib/paths.mjs";
import { Problem, run, tail } from "../../scripts/lib/run.mjs";

const wanted = inRoot("tests", "packaging", "programs");
const programs = inRoot("target", "bundlers", "programs");
/** Seconds. */
const LIMIT = 300;

/** Installs what programs/package-lock.json names, unless it is there. */
export function installPrograms() {
  const label = "installing what the package is tried with";
  return locked(join(state, "programs.lock"), { label, limit: LIMIT }, async () => {
    const lock = await readIfThere(join(wanted, "package-lock.json"), "utf8");
    const stamp = join(programs, "installed");
    if ((await readIfThere(stamp, "utf8")) === lock) return;
    await cp(wanted, programs, { recursive: true });
    const args = [...npm.args, "ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    const { code, output } = await run(npm.command, args, { label, limit: LIMIT, cwd: programs });
    if (code !== 0) throw new Problem(`${label} failed:\n${tail(output)}`);
    await writeFile(stamp, lock);
  });
}

/** Imports a module of what is installed. */
export function load(name) {
  const require = createRequire(join(programs, "package.json"));
  return import(pathToFileURL(require.resolve(name)).href);
}
