// Remembers with which inputs a step was last done, so that it is skipped while they are the same.
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere } from "./files.mjs";
import { state } from "./paths.mjs";

const file = (name) => join(state, "stamps", name);

/** True when step `name` was done with exactly these inputs and its outputs are still there. */
export async function done(name, inputs, outputs = []) {
  return (await readIfThere(file(name), "utf8")) === inputs && outputs.every((path) => existsSync(path));
}

export async function remember(name, inputs) {
  await mkdir(join(state, "stamps"), { recursive: true });
  await writeFile(file(name), inputs);
}

export const forget = (name) => rm(file(name), { force: true });
