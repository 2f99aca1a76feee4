// Rust to js/wasm/pkg: cargo, wasm-bindgen, wasm-opt, for each module.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { wasmEnv, wasmFeatures, wasmModules } from "../lib/cargo.mjs";
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
  const names = Object.keys(wasmModules);
  const outputs = names
    .flatMap((name) => [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`])
    .map((name) => join(pkg, name));
  return step("wasm", { inputs, outputs }, async () => {
    const aside = join(state, "pkg");
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { recursive: true });
    await must("fetching crates", "cargo", ["fetch", "--locked"], { limit: 300 });
    for (const name of names) {
      await compile(name);
      await bind(bindgen, name, aside);
      await optimise(wasmOpt, join(aside, `${name}_bg.wasm`));
      await hush(join(aside, `${name}_bg.wasm`), join(aside, `${name}.js`));
    }
    await mirror(aside, pkg);
  });
}

/** Only as a cdylib: Cargo optimises across crates at link time only where nothing else is asked for. */
async function compile(name) {
  const args = [
    "rustc",
    "--locked",
    "--release",
    "--lib",
    "--crate-type",
    "cdylib",
    ...wasmFeatures(wasmModules[name]),
  ];
  await must("compiling Rust to WebAssembly", "cargo", args, { limit: 900, env: wasmEnv() });
}

/** With a function that starts afresh, because an instance is of no use after a trap. */
async function bind(bindgen, name, folder) {
  const module = join(target, "wasm32-unknown-unknown", "release", "edgepost.wasm");
  const args = [module, "--target", "web", "--out-dir", folder, "--out-name", name];
  args.push("--omit-default-module-path", "--experimental-reset-state-function");
  await must("making the JavaScript glue", bindgen, args, { limit: 120 });
}

/** Twice for size: what the first round leaves without use, the second one removes. */
async function optimise(wasmOpt, module) {
  const size = ["-Oz", "--dae-optimizing", "--reorder-functions", "-Oz"];
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  const args = [wasmOpt, ...size, ...FEATURES, ...strip, module, "-o", module];
  await must("optimising the module", process.execPath, args, { limit: 300 });
}

/**
 * Puts octets that are compressed to nothing, and are as many, in the place of some that nobody reads: the hashes in the
 * names of imports, a number for each, and the source files that panics come from (src/wasm/runtime.rs drops them).
 */
async function hush(module, glue) {
  const hashes = new Map();
  const numbered = (name, hash) => {
    if (!hashes.has(hash)) hashes.set(hash, `${hashes.size}`.padStart(hash.length, "0"));
    return name + hashes.get(hash);
  };
  const hush = (text) =>
    text.replace(/(__wbg_\w+?_)([0-9a-f]{16})\b/g, (_, name, hash) => numbered(name, hash));
  const octets = hush((await readFile(module)).toString("latin1"));
  const silent = octets.replace(/(?:\/rustc\/[0-9a-f]{40}\/library|crates|src)\/[\w/.-]+?\.rs/g, (path) =>
    "\0".repeat(path.length),
  );
  await writeFile(module, silent, "latin1");
  await writeFile(glue, hush(await readFile(glue, "utf8")));
}

async function must(label, command, args, options) {
  const { code, output } = await run(command, args, { label, ...options });
  if (code !== 0) throw explain(label, output);
}
