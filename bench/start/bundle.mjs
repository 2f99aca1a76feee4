// A program as it is published: bundled and minified for a Worker or a page, with the modules of WebAssembly beside it.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PLATFORMS = {
  workerd: {
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
  },
  // Where it is looked for from there: bundlers that know the form copy it.
  chromium: { conditions: ["browser", "production"], pkg: true },
};

/** Node's modules by the names that a Worker knows: what is written for Node leaves `node:` away. */
const nodes = {
  name: "names of Node's modules",
  setup({ onResolve }) {
    const names =
      /^(buffer|child_process|crypto|dns|dns\/promises|events|fs|http|https|net|os|path|process|stream|string_decoder|timers|tls|url|util|zlib)$/;
    onResolve({ filter: names }, ({ path }) => ({ path: `node:${path}`, external: true }));
  },
};

/** Bundles `program` (a file here) into a folder of its own, which `body` may use. */
export async function bundled(program, platform, body) {
  const folder = await mkdtemp(join(tmpdir(), "edgepost-bench-"));
  try {
    const { pkg, ...rest } = PLATFORMS[platform];
    await build({
      absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
      entryPoints: { program: `${program}.mjs` },
      outdir: folder,
      bundle: true,
      minify: true,
      format: "esm",
      target: "es2022",
      plugins: [nodes],
      logLevel: "error",
      ...rest,
    });
    if (pkg)
      await cp(new URL("../../dist/wasm/pkg", import.meta.url), join(folder, "pkg"), { recursive: true });
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
