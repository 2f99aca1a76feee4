/** The package in a strict TypeScript project: a program that uses every entry point compiles, and runs as it was compiled. */
import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { installPackage, installRuntimes, programs } from "../runtimes/install.js";
import { check } from "../support/process.js";
import { temporary } from "../support/temporary.js";
import type { Temporary } from "../support/temporary.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
/** Milliseconds. */
const LIMIT = 120_000;
/** Of each resolution, the `module` that goes with it. */
const MODULES = { node16: "node16", bundler: "esnext" } as const;

let folder: Temporary;
before(async () => {
  folder = await temporary();
  await installRuntimes();
  await installPackage(folder.path);
});
after(() => folder.remove());

test("the program names every entry point that has types", async () => {
  const { exports } = JSON.parse(await readFile(join(here, "..", "..", "package.json"), "utf8")) as {
    exports: Record<string, string | { types?: string }>;
  };
  const program = await readFile(join(here, "program.ts"), "utf8");
  for (const [entry, target] of Object.entries(exports))
    if (typeof target === "object" && target.types)
      assert.ok(program.includes(`from "${entry.replace(".", "edgepost")}"`), entry);
});

for (const [moduleResolution, module] of Object.entries(MODULES))
  test(`it compiles with moduleResolution ${moduleResolution}, and what comes of it sends`, async () => {
    const project = join(folder.path, "project", moduleResolution);
    await mkdir(project);
    await cp(join(here, "program.ts"), join(project, "program.ts"));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      target: "es2022",
      lib: ["es2022", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
      module,
      moduleResolution,
      types: [],
      outDir: "out",
    };
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["program.ts"] }),
    );
    await check(process.execPath, [tsc, "-p", ".", "--pretty", "false"], { cwd: project, limit: LIMIT });
    // A Node that has WebSocket by itself.
    const { stdout } = await check(programs.node26, [join("out", "program.js")], {
      cwd: project,
      limit: LIMIT,
    });
    assert.deepEqual(JSON.parse(stdout.toString()), {
      arrived: ["tcp", "node", "inline", "websocket", "nodemailer", "loopback"],
      rule: "header-missing-date",
      code: "closed",
    });
  });
