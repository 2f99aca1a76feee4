// How Cargo is called for WebAssembly: the flags that the build and the checks must share.
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root, target } from "./paths.mjs";

const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");

/**
 * SIMD, which every current runtime has; and no path of this machine in the module (panic messages carry paths).
 * Set as a variable because it then also wins over a RUSTFLAGS that the user has for other things.
 */
export function wasmEnv() {
  const flags = [
    "-Ctarget-feature=+simd128",
    `--remap-path-prefix=${root}=edgepost`,
    ...crateFolders().map((path) => `--remap-path-prefix=${path}=crates`),
  ];
  return { CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"), CARGO_TARGET_DIR: target };
}

/**
 * The modules and the crate's features in them: four that share the work, each loaded when it is wanted first, and one
 * that does all of it, for hosts that bring the module themselves (`init`).
 */
export const wasmModules = {
  sending: ["client"],
  composing: ["export-compose"],
  reading: ["export-read"],
  serving: ["server", "trace", "scram", "cram-md5"],
  edgepost: ["client", "export-compose", "export-read", "server", "trace", "scram", "cram-md5"],
};

export const wasmFeatures = (features) => [
  ...["--target", "wasm32-unknown-unknown"],
  ...["--no-default-features", "--features", ["wasm", ...features].join(",")],
];

/** Where Cargo unpacks crates: one folder for each registry, named after it. */
function crateFolders() {
  const sources = join(cargoHome, "registry", "src");
  try {
    return readdirSync(sources).map((name) => join(sources, name));
  } catch {
    return [];
  }
}
