// Rust to js/wasm/pkg: cargo, wasm-bindgen, wasm-opt.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { wasmEnv, wasmFeatures } from "../lib/cargo.mjs";
import { fingerprint, mirror, walk } from "../lib/files.mjs";
import { inRoot, state, target } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { step } from "../lib/step.mjs";
import { explain } from "../setup/causes.mjs";

export const pkg = inRoot("js", "wasm", "pkg");

/** What Rust's own output uses, and SIMD. */
const FEATURES = [
  "--enable-simd",
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-nontrapping-float-to-int",
  "--enable-sign-ext",
  "--enable-mutable-globals",
  "--enable-multivalue",
  "--enable-reference-types",
];

export async function buildWasm({ bindgen, wasmOpt }) {
  const sources = [inRoot("Cargo.toml"), inRoot("Cargo.lock"), ...(await walk(inRoot("src")))];
  const scripts = [...(await walk(inRoot("scripts", "build"))), inRoot("scripts", "lib", "cargo.mjs")];
  const inputs = await fingerprint(
    [...sources, ...scripts, inRoot("node_modules", "binaryen", "package.json")],
    bindgen,
  );
  const outputs = ["edgepost.js", "edgepost.d.ts", "edgepost_bg.wasm"].map((name) => join(pkg, name));
  return step("wasm", { inputs, outputs }, async () => {
    const aside = join(state, "pkg");
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { recursive: true });
    await compile();
    await bind(bindgen, aside);
    await optimise(wasmOpt, join(aside, "edgepost_bg.wasm"));
    await mirror(aside, pkg);
  });
}

async function compile() {
  await must("fetching crates", "cargo", ["fetch", "--locked"], { limit: 300 });
  const args = ["build", "--locked", "--release", "--lib", ...wasmFeatures];
  await must("compiling Rust to WebAssembly", "cargo", args, { limit: 900, env: wasmEnv() });
}

async function bind(bindgen, folder) {
  const module = join(target, "wasm32-unknown-unknown", "release", "edgepost.wasm");
  const args = [module, "--target", "web", "--out-dir", folder, "--out-name", "edgepost"];
  await must("making the JavaScript glue", bindgen, args, { limit: 120 });
}

async function optimise(wasmOpt, module) {
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  const args = [wasmOpt, "-O3", ...FEATURES, ...strip, module, "-o", module];
  await must("optimising the module", process.execPath, args, { limit: 300 });
}

async function must(label, command, args, options) {
  const { code, output } = await run(command, args, { label, ...options });
  if (code !== 0) throw explain(label, output);
}
