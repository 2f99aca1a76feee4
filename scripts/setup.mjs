// Finds or installs what a build needs: Rust for WebAssembly, wasm-bindgen, wasm-opt and the npm packages. Needs only Node and Rust.
import { inRoot } from "./lib/paths.mjs";
import { isProgram, main, Problem } from "./lib/run.mjs";
import { ensureBindgen } from "./setup/bindgen.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { ensureRust } from "./setup/rust.mjs";

/**
 * Resolves to the tools' paths. Does nothing, quickly, when all is there; throws a Problem when something is missing that it
 * cannot install. `targets` are Rust targets beyond the one that every build needs.
 */
export async function setup({ targets = [] } = {}) {
  if (Number(process.versions.node.split(".")[0]) < 20)
    throw new Problem(
      `Node is too old (${process.versions.node}): install Node 20 or newer from https://nodejs.org and run this again.`,
    );
  await ensureRust(["wasm32-unknown-unknown", ...targets]);
  await ensurePackages();
  return { bindgen: await ensureBindgen(), wasmOpt: inRoot("node_modules", "binaryen", "bin", "wasm-opt") };
}

if (isProgram(import.meta.url)) await main(() => setup());
