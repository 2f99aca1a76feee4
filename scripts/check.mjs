// Checks everything that needs no test run: formatting, lints, documentation, types, the package, and the core without std.
import { join } from "node:path";
import { build } from "./build.mjs";
import { wasmEnv, wasmFeatures, wasmModules } from "./lib/cargo.mjs";
import { inRoot, target } from "./lib/paths.mjs";
import { isProgram, main, Problem, run, tail } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

const NO_STD = "wasm32v1-none";
const LIMIT = 900;

/** The core's features: those that build without `std`, read from Cargo.toml so that a new one is checked at once. */
async function coreFeatures() {
  const { code, output } = await run("cargo", ["metadata", "--no-deps", "--format-version", "1", "--quiet"], {
    limit: 120,
  });
  if (code !== 0) throw new Problem(`Cargo.toml cannot be read:\n${tail(output)}`);
  const { features } = JSON.parse(output.slice(output.indexOf("{"))).packages[0];
  const special = ["default", "std", "wasm"];
  return Object.keys(features).filter((name) => !special.includes(name));
}

async function rustChecks() {
  const core = await coreFeatures();
  const native = ["--no-default-features", "--features", ["std", ...core].join(",")];
  const cargo = (name, args, env) => ({ name, command: "cargo", args, env });
  const fuzz = ["--manifest-path", inRoot("fuzz", "Cargo.toml")];
  const bench = ["--manifest-path", inRoot("bench", "native", "Cargo.toml")];
  const example = ["--manifest-path", inRoot("examples", "rust", "Cargo.toml")];
  const alone = (features) =>
    cargo(`no_std: ${features}`, [
      ...["rustc", "--locked", "--lib", "--crate-type", "rlib", "--target", NO_STD],
      ...["--no-default-features", "--features", features],
    ]);
  return [
    cargo("cargo fmt", ["fmt", "--check"]),
    cargo("cargo fmt: fuzz", ["fmt", "--check", ...fuzz]),
    cargo("cargo fmt: bench", ["fmt", "--check", ...bench]),
    cargo("cargo fmt: example", ["fmt", "--check", ...example]),
    cargo("clippy", ["clippy", "--locked", "--all-targets", ...native, "--", "-D", "warnings"]),
    ...Object.entries(wasmModules).map(([name, features]) =>
      cargo(
        `clippy for WebAssembly: ${name}`,
        ["clippy", "--locked", "--lib", ...wasmFeatures(features), "--", "-D", "warnings"],
        wasmEnv(),
      ),
    ),
    cargo("clippy: fuzz", [
      ...["clippy", "--locked", "--release", "--all-targets", ...fuzz, "--target-dir", join(target, "fuzz")],
      ...["--", "-D", "warnings"],
    ]),
    cargo("clippy: bench", [
      ...["clippy", "--locked", "--release", ...bench, "--target-dir", join(target, "bench")],
      ...["--", "-D", "warnings"],
    ]),
    cargo("clippy: example", [
      ...["clippy", "--locked", ...example, "--target-dir", join(target, "examples")],
      ...["--", "-D", "warnings"],
    ]),
    cargo("rustdoc", ["doc", "--locked", "--no-deps", ...native], { RUSTDOCFLAGS: "-D warnings" }),
    alone(core.join(",")),
    ...core.map(alone),
  ];
}

function scriptChecks() {
  const tool = (name, path, ...args) => ({
    name,
    command: process.execPath,
    args: [inRoot("node_modules", ...path.split("/")), ...args],
  });
  return [
    tool("tsc", "typescript/bin/tsc", "-p", inRoot("tsconfig.json"), "--pretty", "false"),
    tool("prettier", "prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."),
    { name: "package", command: process.execPath, args: [inRoot("scripts", "package.mjs")] },
    { name: "manual", command: process.execPath, args: [inRoot("scripts", "manual.mjs"), "--check"] },
  ];
}

async function perform({ name, command, args, env }) {
  const began = Date.now();
  const { code, output } = await run(command, args, { label: name, limit: LIMIT, env });
  const seconds = `${((Date.now() - began) / 1000).toFixed(1)} s`.padStart(8);
  console.log(`${code === 0 ? "ok  " : "FAIL"}${seconds}  ${name}`);
  return { name, failed: code !== 0, output };
}

/** The declarations that the other checks read come from a build; when it fails, the rest is checked all the same. */
async function building() {
  try {
    await build();
    return { name: "build", failed: false };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.log("FAIL            build");
    return { name: "build", failed: true, output: error.message };
  }
}

async function inTurn(checks) {
  const results = [];
  for (const check of checks) results.push(await perform(check));
  return results;
}

export async function check() {
  await setup({ targets: [NO_STD] });
  const built = await building();
  const results = (await Promise.all([[built], inTurn(await rustChecks()), inTurn(scriptChecks())])).flat();
  const failures = results.filter(({ failed }) => failed);
  for (const { name, output } of failures) console.log(`\n--- ${name}\n${tail(output, 200)}`);
  if (failures.length > 0)
    throw new Problem(
      `${failures.length} of ${results.length} checks failed: ${failures.map(({ name }) => name).join(", ")}.`,
    );
  console.log(`all ${results.length} checks passed`);
}

if (isProgram(import.meta.url)) await main(check);
