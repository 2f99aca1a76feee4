/** The runtimes, and an empty project for each with the packed package in it. */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { transform } from "esbuild";
import { fingerprint, readIfThere } from "../../scripts/lib/files.mjs";
import { npm } from "../../scripts/lib/npm.mjs";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { check } from "../support/process.js";

const here = inRoot("tests", "runtimes");
const wanted = join(here, "programs");
const folder = inRoot("target", "runtimes");
const tools = join(folder, "tools");
/** Milliseconds. */
const LIMIT = 300_000;

/** The programs, by the names in package.json. */
export const programs = {
  workerd: program("workerd", "bin", "workerd"),
  deno: program("deno", "deno"),
  bun: program("bun", "bin", "bun.exe"),
  node20: program("node20", "bin", "node"),
  node26: program("node26", "bin", "node"),
} as const;

function program(...path: readonly string[]): string {
  return join(tools, "node_modules", ...path);
}

/** Installs the runtimes that package-lock.json names, unless they are there. */
export async function installRuntimes(): Promise<void> {
  const files = ["package.json", "package-lock.json"];
  const stamp = join(tools, "installed");
  const present = await fingerprint(files.map((name) => join(wanted, name)));
  if ((await readIfThere(stamp, "utf8")) === present) return;
  console.error("installing the runtimes");
  await mkdir(tools, { recursive: true });
  for (const name of files) await cp(join(wanted, name), join(tools, name));
  await npmIn(tools, "ci", "--ignore-scripts");
  // Nothing is fetched: each puts the program for this system, which came with it, where it is looked for.
  for (const script of ["deno/install.cjs", "bun/install.js", "workerd/install.js"])
    await check(process.execPath, [program(script)], { cwd: tools, limit: LIMIT });
  await writeFile(stamp, present);
}

/** Packs the package, which has been built, and installs it into an empty project. */
export async function installPackage(): Promise<void> {
  const project = join(folder, "project");
  await rm(project, { recursive: true, force: true });
  await mkdir(project, { recursive: true });
  const packing = ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", project];
  const packed = await check(npm.command, [...npm.args, ...packing], { cwd: inRoot(), limit: LIMIT });
  const [{ filename }] = JSON.parse(packed.stdout.toString()) as [{ filename: string }];
  await writeManifest(project);
  await npmIn(project, "install", "--offline", `./${filename}`);
}

/** A project of its own with the package and the suite in it, compiled; resolves to its folder. */
export async function projectFor(runtime: string): Promise<string> {
  const project = join(folder, runtime);
  await rm(project, { recursive: true, force: true });
  const modules = join("node_modules", "edgepost");
  await cp(join(folder, "project", modules), join(project, modules), { recursive: true });
  await writeManifest(project);
  await mkdir(join(project, "on"));
  const entries = ["accepting", "node", "deno", "bun", "workers"].map((name) => join("on", name));
  for (const name of ["suite", ...entries]) {
    const { code } = await transform(await readFile(join(here, `${name}.ts`), "utf8"), {
      loader: "ts",
      target: "es2022",
    });
    await writeFile(join(project, `${name}.js`), code);
  }
  return project;
}

function writeManifest(project: string): Promise<void> {
  return writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
}

async function npmIn(cwd: string, ...args: readonly string[]): Promise<void> {
  await check(npm.command, [...npm.args, ...args, "--no-audit", "--no-fund"], { cwd, limit: LIMIT });
}
