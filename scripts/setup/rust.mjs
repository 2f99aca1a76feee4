// Finds cargo and rustc, and sees to it that the standard libraries for WebAssembly are there.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { executable, inRoot, state } from "../lib/paths.mjs";
import { Problem, plain, run } from "../lib/run.mjs";
import { done, remember } from "../lib/stamp.mjs";
import { explain } from "./causes.mjs";

/** A program that compiles and links only when the target's libraries and the linker are really there. */
const PROBE = {
  "wasm32-unknown-unknown": `#[unsafe(no_mangle)] pub extern "C" fn probe(n: u32) -> usize { std::format!("{n}").len() }`,
  "wasm32v1-none": `#![no_std]
    #[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
    #[unsafe(no_mangle)] pub extern "C" fn probe(n: u32) -> u32 { n.wrapping_add(1) }`,
};

/** Resolves when cargo works and can compile for every one of `targets`. */
export async function ensureRust(targets) {
  const version = await toolchain();
  for (const target of targets) await ensureTarget(target, version);
}

/** Also looks in rustup's default place, which a shell started before the installation does not have on its PATH. */
function findCargo(how) {
  const bin = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
  const onPath = (process.env.PATH ?? "").split(delimiter);
  const has = (folder) => existsSync(join(folder, executable("cargo")));
  if (onPath.some(has)) return;
  if (!has(bin)) throw new Problem(`Rust (cargo) is missing: ${how}`);
  process.env.PATH = [bin, ...onPath].join(delimiter);
}

/** What `rustc -vV` says: it names the toolchain, so it keys everything that depends on it. */
async function toolchain() {
  const needed = /^rust-version = "(.+)"/m.exec(await readFile(inRoot("Cargo.toml"), "utf8"))[1];
  const how = `install Rust ${needed} or newer from https://rustup.rs and run this again.`;
  findCargo(how);
  const { code, output } = await run("rustc", ["-vV"], { label: "looking for Rust", limit: 60 });
  if (code === null) throw new Problem(`Rust (rustc) is missing: ${how}`);
  if (code !== 0) throw new Problem(`rustc does not run (${firstError(output)}): ${how}`);
  const version = /^release: (\S+)/m.exec(output)?.[1] ?? "0.0.0";
  if (olderThan(version, needed)) throw new Problem(`Rust is too old (${version}): ${how}`);
  return output;
}

async function ensureTarget(target, version) {
  const sysroot = (await run("rustc", ["--print", "sysroot"], { limit: 60 })).output.trim();
  const key = `${version}${sysroot}`;
  if ((await done(`target-${target}`, key)) && (await hasCore(sysroot, target))) return;
  if (!(await probe(target)).works) await install(target);
  await remember(`target-${target}`, key);
}

async function hasCore(sysroot, target) {
  const names = await readdir(join(sysroot, "lib", "rustlib", target, "lib")).catch(() => []);
  return names.some((name) => name.startsWith("libcore-"));
}

async function install(target) {
  const what = `the Rust standard library for ${target}`;
  const rustup = await run("rustup", ["target", "add", target], {
    label: `installing ${what}`,
    limit: 180,
    env: { RUSTUP_DOWNLOAD_TIMEOUT: "15", RUSTUP_MAX_RETRIES: "1" },
  });
  if (rustup.code === null)
    throw new Problem(
      `${what} is missing and there is no rustup to get it: install Rust from https://rustup.rs, or ${what} from where your Rust came from.`,
    );
  const after = await probe(target);
  if (after.works) return;
  const why = rustup.code === 0 ? after.output : rustup.output;
  throw explain(`\`rustup target add ${target}\``, why, what);
}

/** Compiles and links a few lines: the exit status of rustup alone does not say that the target works. */
async function probe(target) {
  const folder = join(state, `probe-${process.pid}`);
  await mkdir(folder, { recursive: true });
  try {
    const source = join(folder, "probe.rs");
    await writeFile(source, PROBE[target]);
    const flags = ["--edition=2024", "--crate-type=cdylib", `--target=${target}`, "-Cpanic=abort"];
    const { code, output } = await run("rustc", [...flags, "-o", join(folder, "probe.wasm"), source], {
      label: `trying ${target}`,
      limit: 120,
    });
    return { works: code === 0, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const firstError = (output) =>
  plain(output)
    .split("\n")
    .find((line) => line.includes("error"))
    ?.trim() ?? "it says nothing";

function olderThan(version, needed) {
  const [a, b] = [version, needed].map((text) => text.split(/[.-]/).map(Number));
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
