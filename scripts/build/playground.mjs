// The page of `edgepost playground`: built by Vite, put into the package compressed, without the engine, which is there anyway.
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { fingerprint, mirror, walk } from "../lib/files.mjs";
import { inRoot, state } from "../lib/paths.mjs";
import { Problem } from "../lib/run.mjs";
import { step } from "../lib/step.mjs";

const output = inRoot("dist", "playground");

/** Builds the page from what has been compiled; resolves to its folder in the package. */
export async function buildPlayground() {
  const compiled = (
    await walk(inRoot("dist"), (path) => path === output || path.startsWith(inRoot("dist", "cli")))
  ).filter((path) => /\.(js|wasm)$/.test(path));
  const inputs = await fingerprint([
    ...(await walk(inRoot("www"))),
    ...compiled,
    inRoot("package-lock.json"),
    inRoot("scripts", "build", "playground.mjs"),
  ]);
  return step("playground", { inputs, outputs: [join(output, "index.html.br")] }, async () => {
    const aside = join(state, "playground");
    await buildPage(aside);
    for (const path of await walk(aside)) {
      if (!path.endsWith(".wasm")) await writeFile(`${path}.br`, brotliCompressSync(await readFile(path)));
      await rm(path);
    }
    await mirror(aside, output);
  });
}

/** Builds the page into a folder, whole: any host can serve it. */
export async function buildPage(outDir) {
  const { build } = await import("vite");
  try {
    await build({
      configFile: inRoot("www", "vite.config.mjs"),
      logLevel: "error",
      build: { outDir, emptyOutDir: true },
    });
  } catch (error) {
    throw new Problem(`the page could not be bundled: ${error.message}`);
  }
}
