// `edgepost/inline`: the library once more, from what has been compiled, and its WebAssembly modules as text in code.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { deflateRawSync } from "node:zlib";
import { wasmModules } from "../lib/cargo.mjs";
import { fingerprint, mirror, walk } from "../lib/files.mjs";
import { inRoot, state } from "../lib/paths.mjs";
import { Problem } from "../lib/run.mjs";
import { step } from "../lib/step.mjs";

const dist = inRoot("dist");
const output = join(dist, "inline");
const entry = join(dist, "index.js");
const loader = join(dist, "wasm", "inline.js");
const glue = join(dist, "wasm", "pkg");

export async function buildInline() {
  const skipped = [output, join(dist, "cli"), join(dist, "playground")];
  const compiled = (await walk(dist, (path) => skipped.includes(path))).filter((path) =>
    /\.(js|wasm)$/.test(path),
  );
  const inputs = await fingerprint([...compiled, inRoot("scripts", "build", "inline.mjs")]);
  return step(
    "inline",
    { inputs, outputs: ["index.js", "sending.deflated.js"].map((name) => join(output, name)) },
    async () => {
      const aside = join(state, "inline");
      await rm(aside, { recursive: true, force: true });
      try {
        await mkdir(aside, { recursive: true });
        await writeTexts(aside);
        const own = await dependents();
        await bundle({ outdir: aside, plugins: [inlining(own)] });
        const index = join(aside, "index.js");
        await writeFile(index, `/* @ts-self-types="../index.d.ts" */\n${await readFile(index, "utf8")}`);
      } catch (error) {
        throw new Problem(`edgepost/inline could not be bundled: ${error.message}`);
      }
      await mirror(aside, output);
    },
  );
}

/** Each module that does a part, compressed: js/wasm/inline.ts imports it. */
async function writeTexts(folder) {
  for (const name of Object.keys(wasmModules).filter((name) => name !== "edgepost")) {
    const octets = await readFile(join(glue, `${name}_bg.wasm`));
    const text = deflateRawSync(octets, { level: 9 }).toString("base64");
    await writeFile(join(folder, `${name}.deflated.js`), `export default "${text}";\n`);
  }
}

async function bundle(options) {
  const { build } = await import("esbuild");
  return build({
    absWorkingDir: dist,
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    chunkNames: "[name]-[hash]",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "silent",
    ...options,
  });
}

/**
 * The files that load WebAssembly, and those that import them: these there are twice, all others once. An error of one is an
 * error of the other, and adapters are for both.
 */
async function dependents() {
  const { metafile } = await bundle({
    outdir: dist,
    write: false,
    metafile: true,
    alias: { "#wasm": loader },
    external: ["*.deflated.js"],
  });
  const importers = new Map();
  for (const [file, { imports }] of Object.entries(metafile.inputs))
    for (const { path } of imports) importers.set(path, [...(importers.get(path) ?? []), file]);
  const found = new Set();
  const add = (file) => {
    if (found.has(file)) return;
    found.add(file);
    importers.get(file)?.forEach(add);
  };
  for (const file of Object.keys(metafile.inputs)) if (/^wasm\/(inline|pkg\/\w+)\.js$/.test(file)) add(file);
  return new Set([...found].map((file) => join(dist, file)));
}

/** Takes the modules that are text, and leaves out what need not be there twice. */
const inlining = (own) => ({
  name: "inlining",
  setup(build) {
    build.onResolve({ filter: /^#wasm$/ }, () => ({ path: loader }));
    build.onResolve({ filter: /\.deflated\.js$/ }, ({ path }) => ({
      path: `./${basename(path)}`,
      external: true,
    }));
    build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      if (own.has(file)) return undefined;
      return { path: relative(output, file).replaceAll("\\", "/"), external: true, sideEffects: false };
    });
  },
});
