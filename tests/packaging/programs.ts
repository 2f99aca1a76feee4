/** The bundlers that the package is tried with, pinned in programs/: installed when they are wanted. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { check } from "../support/process.js";

const wanted = fileURLToPath(new URL("programs", import.meta.url));
export const programs = fileURLToPath(new URL("../../target/bundlers/programs", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
/** Milliseconds. */
const LIMIT = 300_000;

/** Installs what programs/package-lock.json names, unless it is there. */
export async function bundlers(): Promise<void> {
  const lock = await readFile(join(wanted, "package-lock.json"), "utf8");
  const stamp = join(programs, "installed");
  if ((await readFile(stamp, "utf8").catch(() => "")) === lock) return;
  await cp(wanted, programs, { recursive: true });
  await check(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: programs, limit: LIMIT });
  await writeFile(stamp, lock);
}
