/** The runtimes, and an empty project for each with the packed package in it. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { check } from "../support/process.js";
// @ts-expect-error a script, without types
import { locked } from "../../scripts/lib/lock.mjs";
// @ts-expect-error a script, without types
import { state } from "../../scripts/lib/paths.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = join(root, "tests", "runtimes");
const tools = join(root, "target", "runtimes", "tools");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
/** Milliseconds. */
const LIMIT = 300_000;

/** The programs, by the names in package.json. */
export const programs = {
  workerd: program("workerd", "bin", "workerd"),
  deno: program("deno", "deno"),
  bun: program("bun", "bin", "bun.exe"),
  node20: program("node20", "bin", "node"),
  node26: program("node26", "bin", "node"),
  miniflare: program("miniflare", "dist", "src", "index.js"),
} as const;

function program(...path: readonly string[]): string {
  return join(tools, "node_modules", ...path);
}

/** Installs the runtimes that package-lock.json names, unless they are there; test files that run side by side share them. */
export function installRuntimes(): Promise<void> {
  const options = { label: "installing the runtimes", limit: LIMIT / 1000 };
  return locked(join(state, "runtimes.lock"), options, async () => {
    const wanted = join(here, "programs");
    const lock = await readFile(join(wanted, "package-lock.json"), "utf8");
    const stamp = join(tools, "installed");
    if ((await readFile(stamp, "utf8").catch(() => "")) === lock) return;
    console.error("installing the runtimes");
    await cp(wanted, tools, { recursive: true });
    await npmIn(tools, "ci", "--ignore-scripts");
    // Nothing is fetched: each puts the program for this system, which came with it, where it is looked for.
    for (const script of ["deno/install.cjs", "bun/install.js", "workerd/install.js"])
      await check(process.execPath, [program(script)], { cwd: tools, limit: LIMIT });
    await writeFile(stamp, lock);
  }) as Promise<void>;
}

/** Packs the package, which has been built, and installs it into an empty project in `folder`. */
export async function installPackage(folder: string): Promise<void> {
  const project = join(folder, "project");
  await mkdir(project);
  const packing = ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", project];
  const packed = await check(npm, packing, { cwd: root, limit: LIMIT });
  const [{ filename }] = JSON.parse(packed.stdout.toString()) as [{ filename: string }];
  await writeManifest(project);
  await npmIn(project, "install", "--offline", `./${filename}`);
}

/** A project of its own with the package (`installPackage`) and the suite in it, compiled; resolves to its folder. */
export async function projectFor(runtime: string, folder: string): Promise<string> {
  const project = join(folder, runtime);
  const modules = join("node_modules", "edgepost");
  await cp(join(folder, "project", modules), join(project, modules), { recursive: true });
  await writeManifest(project);
  await mkdir(join(project, "on"));
  const entries = ["accepting", "node", "deno", "bun", "workers", "email", "browser"].map((name) =>
    join("on", name),
  );
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
  await check(npm, [...args, "--no-audit", "--no-fund"], { cwd, limit: LIMIT });
}
