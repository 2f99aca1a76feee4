// Measures what users download, compressed: the sending path, and everything, as it is wanted or as one module that a
// host brings; what reads recorded sessions, which nobody downloads who does not; and what an installed package takes. Fails when
// over budget.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "./build.mjs";
import { wasmModules } from "./lib/cargo.mjs";
import { npm } from "./lib/npm.mjs";
import { inRoot } from "./lib/paths.mjs";
import { isProgram, main, Problem, run } from "./lib/run.mjs";

const KB = 1000;
/** Nothing is written there. */
const OUT = inRoot("dist");
const SENDING = {
  what: "sending path (connect)",
  budget: 60 * KB,
  modules: ["sending"],
  runtimeModules: [],
  onDemand: false,
};
/** What is loaded by the first call of a function, and counted apart: tools that no program carries along. */
const LATER = { dissect: "dist/dissect/main.js" };
/** The goal is 200 kB, and missed since there is a linter; what is held is that it grows no further. */
const EVERYTHING = {
  what: "everything",
  goal: 200 * KB,
  budget: 320 * KB,
  modules: Object.keys(wasmModules).filter((name) => name !== "edgepost"),
  runtimeModules: ["node:*"],
  onDemand: true,
};
const DISSECTION = {
  what: "dissect, when called",
  budget: 18 * KB,
  modules: [],
  runtimeModules: ["node:*"],
  onDemand: true,
  only: LATER.dissect,
};
const BROUGHT = { ...EVERYTHING, what: "everything (init)", budget: 265 * KB, modules: ["edgepost"] };

/**
 * The goal is missed: each host needs the modules in a form of its own. Five are raw (the four parts, and the one that does
 * everything), and the parts are there again as text; the playground is a page of its own.
 */
const INSTALLED = { what: "installed, without source maps", goal: 1_000 * KB, budget: 3_300 * KB };

/**
 * Entries that are there instead of others: of the adapters, Node's is measured. The bridge is a program of servers, and under
 * nodemailer the library is what is measured.
 */
const INSTEAD = [
  "./bun",
  "./deno",
  "./workers",
  "./tcp",
  "./websocket",
  "./inline",
  "./bridge",
  "./nodemailer",
];

/** Resolves to rows `{ what, glue, module, total, budget }`, in octets after brotli. */
export async function sizes() {
  const { exports } = JSON.parse(await readFile(inRoot("package.json"), "utf8"));
  const entries = Object.keys(exports).filter((name) => exports[name].default && !INSTEAD.includes(name));
  const names = entries.map((entry) => entry.replace(/^\./, "edgepost"));
  const row = async (kind, code) => {
    const modules = kind.modules.map((name) => readFile(inRoot("dist", "wasm", "pkg", `${name}_bg.wasm`)));
    const module = sum((await Promise.all(modules)).map(compressed));
    const glue = sum((await bundle(code, kind)).map(compressed));
    return { ...kind, glue, module, total: glue + module };
  };
  const all = names
    .map((name, i) => `import * as all${i} from "${name}"; globalThis.use${i} = all${i};`)
    .join("\n");
  return [
    await row(SENDING, `import { connect } from "edgepost"; globalThis.use = connect;`),
    await row(EVERYTHING, all),
    await row(BROUGHT, all),
    await row(DISSECTION, `import { dissect } from "edgepost"; globalThis.use = dissect;`),
  ];
}

/**
 * Resolves to `{ what, parts, total, goal, budget }`, in octets as they are on the disk, from what npm would pack; `parts` are by
 * kinds of files.
 */
export async function installed() {
  const packing = ["pack", "--dry-run", "--json", "--silent", "--ignore-scripts"];
  const { code, output } = await run(npm.command, [...npm.args, ...packing], {
    label: "packing",
    limit: 120,
  });
  if (code !== 0) throw new Problem(`the package cannot be packed:\n${output}`);
  const [{ files }] = JSON.parse(output);
  const parts = {};
  for (const { path, size } of files) {
    const kind = KINDS.find(([, pattern]) => pattern.test(path))?.[0];
    if (kind) parts[kind] = (parts[kind] ?? 0) + size;
  }
  return { ...INSTALLED, parts, total: sum(Object.values(parts)) };
}

/** The first that matches; source maps have none. */
const KINDS = [
  ["modules", /\.wasm$/],
  ["modules as text", /\.deflated\.js$/],
  ["the playground", /^dist\/playground\//],
  ["declarations", /\.d\.ts$/],
  ["JavaScript", /\.js$/],
  ["documents", /^[^/]+$/],
];

/**
 * What a bundler makes of the code for a browser, minified; only `runtimeModules` may stay imports. Resolves to the
 * files: those that are loaded at once, and those `onDemand`, too, if they are wanted; or the one that is made of `only`.
 */
async function bundle(contents, { runtimeModules, onDemand, only }) {
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents, resolveDir: inRoot() },
    bundle: true,
    minify: true,
    write: false,
    splitting: true,
    metafile: true,
    outdir: OUT,
    format: "esm",
    target: "es2022",
    conditions: ["import", "production"],
    external: runtimeModules,
    legalComments: "none",
    logLevel: "error",
  });
  const wanted = new Set();
  const entryOf = (name) => metafile.outputs[name].entryPoint;
  const want = (name) => {
    if (wanted.has(name) || (!only && Object.values(LATER).includes(entryOf(name)))) return;
    wanted.add(name);
    for (const { path, kind, external } of metafile.outputs[name].imports)
      if (!external && (onDemand || kind !== "dynamic-import")) want(path);
  };
  want(Object.keys(metafile.outputs).find((name) => entryOf(name) === (only ?? "<stdin>")));
  return outputFiles
    .filter(({ path }) => wanted.has(relative(process.cwd(), path).replaceAll("\\", "/")))
    .map((file) => file.contents);
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const compressed = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;

const kb = (octets) => `${(octets / KB).toFixed(1)} kB`.padStart(10);
const missed = (total, goal) => (total > goal ? `  the goal is ${kb(goal).trim()}` : "");

function print(rows) {
  console.log(
    `${"brotli".padEnd(24)}${["JavaScript", "module", "total", "budget"].map((head) => head.padStart(10)).join("  ")}`,
  );
  for (const { what, glue, module, total, budget, goal = budget } of rows)
    console.log(
      `${what.padEnd(24)}${[glue, module, total, budget].map(kb).join("  ")}${missed(total, goal)}`,
    );
}

function printInstalled({ what, parts, total, goal, budget }) {
  console.log(`\n${what}: ${kb(total).trim()}, budget ${kb(budget).trim()}${missed(total, goal)}`);
  for (const [kind, octets] of Object.entries(parts)) console.log(`  ${kind.padEnd(22)}${kb(octets)}`);
}

if (isProgram(import.meta.url))
  await main(async () => {
    await build();
    const rows = await sizes();
    print(rows);
    const whole = await installed();
    printInstalled(whole);
    const over = [...rows, whole].filter(({ total, budget }) => total > budget);
    if (over.length > 0) throw new Problem(`over budget: ${over.map(({ what }) => what).join(", ")}.`);
  });
