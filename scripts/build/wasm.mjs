// Rust to js/wasm/pkg: cargo, wasm-bindgen, wasm-opt.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { wasmEnv, wasmFeatures } from "../lib/cargo.mjs";
import { fingerprint, mirror, walk } from "../lib/files.mjs";
import { inRoot, state, target } from "../lib/paths.mjs";
import { Problem, run, tail } from "../lib/run.mjs";
import { step } from "../lib/step.mjs";
import { noNetwork } from "../setup/network.mjs";

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

    await must("fetching crates", "cargo", ["fetch", "--locked"], { limit: 300 });
    await must(
      "compiling Rust to WebAssembly",
      "cargo",
      ["build", "--locked", "--release", "--lib", ...wasmFeatures],
      {
        limit: 900,
        env: wasmEnv(),
      },
    );
    const module = join(target, "wasm32-unknown-unknown", "release", "edgepost.wasm");
    await must(
      "making the JavaScript glue",
      bindgen,
      [module, "--target", "web", "--out-dir", aside, "--out-name", "edgepost"],
      {
        limit: 120,
      },
    );
    const bound = join(aside, "edgepost_bg.wasm");
    await must(
      "optimising the module",
      process.execPath,
      [
        wasmOpt,
        "-O3",
        ...FEATURES,
        "--strip-debug",
        "--strip-producers",
        "--strip-target-features",
        bound,
        "-o",
        bound,
      ],
      { limit: 300 },
    );
    await mirror(aside, pkg);
  });
}

async function must(label, command, args, options) {
  const { code, output } = await run(command, args, { label, ...options });
  if (code === 0) return;
  if (noNetwork(output))
    throw new Problem(
      `${label} failed because nothing could be downloaded: connect to the network and run this again.`,
    );
  throw new Problem(`${label} failed:\n${tail(output, 60)}`);
}
