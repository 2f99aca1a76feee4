// Sets up, then builds what the package consists of: js/wasm/pkg, dist with `edgepost/inline` in it, the command, and the page that it serves. Does only what changed.
import { join } from "node:path";
import { buildCli } from "./build/cli.mjs";
import { buildInline } from "./build/inline.mjs";
import { buildPlayground } from "./build/playground.mjs";
import { buildTypescript } from "./build/typescript.mjs";
import { buildWasm } from "./build/wasm.mjs";
import { locked } from "./lib/lock.mjs";
import { state } from "./lib/paths.mjs";
import { isProgram, main } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

/** Resolves when everything is built from the present sources; options as for `setup`. */
export async function build(options) {
  const tools = await setup(options);
  await locked(join(state, "build.lock"), { label: "building", limit: 1_800 }, async () => {
    await buildWasm(tools);
    await buildTypescript();
    await buildInline();
    await buildCli();
    await buildPlayground();
  });
}

if (isProgram(import.meta.url)) await main(() => build());
