/** The package for JSR: its entry points name their types, and Deno would publish it. What jsr.json says: published.test.mjs. */
import assert from "node:assert/strict";
import { access, cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { installRuntimes, programs } from "../runtimes/install.js";
import { check, environment } from "../support/process.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = async (name: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(root, name), "utf8")) as Manifest;

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly publish: { readonly include: readonly string[] };
}

let npm: Manifest;
let jsr: Manifest;
before(async () => {
  npm = await read("package.json");
  jsr = await read("jsr.json");
});

test("each entry point names its types", async () => {
  for (const [entry, target] of Object.entries(jsr.exports)) {
    const [, types] = /^\/\* @ts-self-types="(.+)" \*\//.exec(
      await readFile(join(root, target as string), "utf8"),
    )!;
    const path = join(target as string, "..", types!);
    await access(join(root, path));
    const { default: module, types: declared } = npm.exports[entry] as Record<string, string>;
    if (target === module) assert.equal(path, join(declared!));
  }
});

test("Deno would publish it as it is", async () => {
  await installRuntimes();
  const folder = await mkdtemp(join(tmpdir(), "edgepost-jsr-"));
  after(() => rm(folder, { recursive: true, force: true }));
  // Without package.json beside it: JSR does not look at that.
  for (const name of [...jsr.publish.include, "jsr.json"])
    await cp(join(root, name), join(folder, name), { recursive: true });
  const { log } = await check(
    programs.deno,
    ["publish", "--dry-run", "--allow-dirty", "--allow-slow-types", "--no-check"],
    { cwd: folder, limit: 60_000, env: environment({ DENO_DIR: join(folder, "deno"), NO_COLOR: "1" }) },
  );
  assert.match(log, /Success Dry run complete/);
});
