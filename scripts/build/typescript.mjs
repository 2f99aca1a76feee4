// TypeScript to dist: JavaScript, declarations and source maps, with the WebAssembly module beside them.
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, normalize } from "node:path";
import { fingerprint, mirror, walk } from "../lib/files.mjs";
import { inRoot } from "../lib/paths.mjs";
import { Problem, run, tail } from "../lib/run.mjs";
import { step } from "../lib/step.mjs";
import { bundleWebSockets, inputs as bundled } from "./bridge.mjs";
import { pkg } from "./wasm.mjs";

const dist = inRoot("dist");
const cli = inRoot("js", "cli");
const source = join("wasm", "source.js");

export async function buildTypescript() {
  const sources = await walk(inRoot("js"), (path) => path === cli);
  const settings = ["tsconfig.json", "package.json", "package-lock.json", "jsr.json"].map((name) =>
    inRoot(name),
  );
  const inputs = await fingerprint([
    ...sources,
    ...settings,
    ...bundled,
    inRoot("scripts", "build", "typescript.mjs"),
  ]);
  const outputs = [
    "index.js",
    "index.d.ts",
    join("bridge", "ws.js"),
    join("wasm", "pkg", "sending_bg.wasm"),
  ].map((name) => join(dist, name));
  return step("typescript", { inputs, outputs }, async () => {
    const { code, output } = await run(
      process.execPath,
      [
        inRoot("node_modules", "typescript", "bin", "tsc"),
        ...["-p", inRoot("js", "tsconfig.json"), "--listEmittedFiles", "--pretty", "false"],
      ],
      { label: "compiling TypeScript", limit: 180 },
    );
    await mirror(pkg, join(dist, "wasm", "pkg"));
    await shortenGlue();
    // TypeScript does not know the form of import that is in it.
    await copyFile(inRoot("js", source), join(dist, source));
    await removeLeftOvers(output);
    await nameTypes();
    if (code === 0) await bundleWebSockets();
    else throw new Problem(`the TypeScript in js/ has errors:\n${tail(withoutList(output), 60)}`);
  });
}

/** Nobody reads what is generated, and its comments are in the declarations. */
async function shortenGlue() {
  const { transform } = await import("esbuild");
  for (const path of await walk(join(dist, "wasm", "pkg"))) {
    if (!path.endsWith(".js")) continue;
    const options = { format: "esm", target: "es2022", minifySyntax: true, minifyWhitespace: true };
    const { code } = await transform(await readFile(path, "utf8"), options);
    await writeFile(path, code);
  }
}

/** JSR takes no types from a manifest: each entry point names its own, in front of its first line. */
async function nameTypes() {
  const { exports } = JSON.parse(await readFile(inRoot("jsr.json"), "utf8"));
  for (const path of new Set(Object.values(exports))) {
    const file = inRoot(path);
    if (file.startsWith(join(dist, "inline"))) continue;
    const types = basename(path).replace(/\.js$/, ".d.ts");
    await writeFile(file, `/* @ts-self-types="./${types}" */ ${await readFile(file, "utf8")}`);
  }
}

const EMITTED = /^TSFILE: (.+)$/gm;
const withoutList = (output) => output.replace(EMITTED, "").replace(/\n+/g, "\n");

/** Takes away what earlier compilations made of sources that are no more. */
async function removeLeftOvers(output) {
  const emitted = new Set([...output.matchAll(EMITTED)].map(([, path]) => normalize(path)));
  const others = ["cli", "inline", "playground", source, join("wasm", "pkg")].map((name) => join(dist, name));
  for (const path of await walk(dist, (path) => others.includes(path)))
    if (!emitted.has(path)) await rm(path);
}
