// Finds or builds the wasm-bindgen command of exactly the version that Cargo.lock names.
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { locked } from "../lib/lock.mjs";
import { cache, executable, inRoot } from "../lib/paths.mjs";
import { Problem, run } from "../lib/run.mjs";
import { explain } from "./causes.mjs";

const LIMIT = 1_500;

/** A quick build of a tool that runs for a second: optimising it would cost minutes. */
const CHEAP = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_DEBUG: "0",
};

/** Resolves to the path of the wasm-bindgen command. */
export async function ensureBindgen() {
  const version = await lockedVersion();
  const home = join(cache, `wasm-bindgen-${version}-${process.platform}-${process.arch}`);
  const command = join(home, "bin", executable("wasm-bindgen"));
  if (existsSync(command)) return command;
  if ((await run("wasm-bindgen", ["--version"], { limit: 30 })).output.trim() === `wasm-bindgen ${version}`)
    return "wasm-bindgen";

  try {
    await mkdir(cache, { recursive: true });
  } catch (error) {
    throw new Problem(
      `the folder for build tools, ${cache}, cannot be made (${error.code}): set EDGEPOST_CACHE to one that can.`,
    );
  }
  await locked(`${home}.lock`, { label: `building wasm-bindgen ${version}`, limit: 2 * LIMIT }, async () => {
    if (!existsSync(command)) await build(version, home);
  });
  return command;
}

/** The version in Cargo.lock: the command and the library must be the very same. */
async function lockedVersion() {
  const lock = await readFile(inRoot("Cargo.lock"), "utf8").catch(() => "");
  const version = /^name = "wasm-bindgen"\nversion = "(.+)"$/m.exec(lock.replaceAll("\r\n", "\n"))?.[1];
  if (!version)
    throw new Problem(
      "Cargo.lock is missing or names no wasm-bindgen: restore it with `git checkout Cargo.lock`.",
    );
  return version;
}

/** Builds aside and renames at the end, so that what is in the cache is always whole. */
async function build(version, home) {
  const aside = `${home}.${process.pid}.new`;
  process.stderr.write(`Building wasm-bindgen ${version}; this takes a few minutes, once.\n`);
  try {
    const first = await install(version, aside, ["--locked"]);
    const last = first.code === 0 ? first : await install(version, aside, []);
    if (last.code !== 0)
      throw explain(`\`cargo install wasm-bindgen-cli@${version}\``, last.output, `wasm-bindgen ${version}`);
    await rm(home, { recursive: true, force: true });
    await rename(join(aside, "root"), home);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const install = (version, aside, flags) =>
  run(
    "cargo",
    [
      ...[
        "install",
        `wasm-bindgen-cli@${version}`,
        "--no-default-features",
        "--bin",
        "wasm-bindgen",
        ...flags,
      ],
      ...["--root", join(aside, "root"), "--target-dir", join(aside, "target")],
    ],
    { label: `building wasm-bindgen ${version}`, limit: LIMIT, cwd: cache, env: CHEAP },
  );
