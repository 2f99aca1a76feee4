/** Temporary directories of tests: removed when they are done with, and when the process ends before that. */

import { rmSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onExit } from "./process.js";

/** A directory that goes away with `remove()` or at the end of an `await using` block. */
export interface Temporary extends AsyncDisposable {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a directory under the system's one; a `mode` of 0o711 lets servers that change their user pass through it. */
export async function temporary(mode = 0o700): Promise<Temporary> {
  const path = await mkdtemp(join(tmpdir(), "edgepost-"));
  await chmod(path, mode);
  const forget = onExit(() => rmSync(path, { recursive: true, force: true }));
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
    forget();
  };
  return { path, remove, [Symbol.asyncDispose]: remove };
}
