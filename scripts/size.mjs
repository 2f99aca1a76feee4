// Measures what users download, compressed: the sending path, and everything. Fails when over budget.
import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "./build.mjs";
import { inRoot } from "./lib/paths.mjs";
import { isProgram, main, Problem } from "./lib/run.mjs";

const KB = 1000;
const SENDING = { what: "sending path (connect)", budget: 60 * KB, runtimeModules: [] };
const EVERYTHING = { what: "everything", budget: 200 * KB, runtimeModules: ["node:*"] };

/** Resolves to rows `{ what, glue, module, total, budget }`, in octets after brotli. */
export async function sizes() {
  const { exports } = JSON.parse(await readFile(inRoot("package.json"), "utf8"));
  const entries = Object.keys(exports).filter((name) => exports[name].default);
  const names = entries.map((entry) => entry.replace(/^\./, "edgepost"));
  const module = compressed(await readFile(inRoot("dist", "wasm", "pkg", "edgepost_bg.wasm")));
  const row = async (kind, code) => {
    const glue = compressed(await bundle(code, kind.runtimeModules));
    return { ...kind, glue, module, total: glue + module };
  };
  return [
    await row(SENDING, `import { connect } from "edgepost"; globalThis.use = connect;`),
    await row(
      EVERYTHING,
      names.map((name, i) => `import * as all${i} from "${name}"; globalThis.use${i} = all${i};`).join("\n"),
    ),
  ];
}

/** What a bundler makes of the code for a browser, minified; only `runtimeModules` may stay imports. */
async function bundle(contents, runtimeModules) {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: inRoot() },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["import"],
    external: runtimeModules,
    legalComments: "none",
    logLevel: "error",
  });
  return outputFiles[0].contents;
}

const compressed = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;

function print(rows) {
  const kb = (octets) => `${(octets / KB).toFixed(1)} kB`.padStart(10);
  console.log(
    `${"brotli".padEnd(24)}${["JavaScript", "module", "total", "budget"].map((head) => head.padStart(10)).join("  ")}`,
  );
  for (const { what, glue, module, total, budget } of rows)
    console.log(`${what.padEnd(24)}${[glue, module, total, budget].map(kb).join("  ")}`);
}

if (isProgram(import.meta.url))
  await main(async () => {
    await build();
    const rows = await sizes();
    print(rows);
    const over = rows.filter(({ total, budget }) => total > budget);
    if (over.length > 0) throw new Problem(`over budget: ${over.map(({ what }) => what).join(", ")}.`);
  });
