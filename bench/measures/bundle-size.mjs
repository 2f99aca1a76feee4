// What is downloaded before it can work: a bundle of what a program imports, minified, with its WebAssembly, by brotli.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

export const title = "code that is downloaded, JavaScript and WebAssembly, brotli";
export const unit = "kB";
export const better = "less";
export const note =
  "Peers are bundled for Node, whose own modules they need: in a Worker or a page shims for these come on top.";
export const repeats = { full: 1, quick: 1 };

/** What does the same; of ours, the module that it needs, and the code that is loaded with the first call. */
const USES = {
  send: {
    edgepost: ['export { connect } from "edgepost";', "sending"],
    nodemailer: ['export { createTransport } from "nodemailer";'],
  },
  compose: {
    edgepost: ['export { compose } from "edgepost";', "composing", /(?:dist\/compose|composing)\.js$/],
    nodemailer: ['export { default } from "nodemailer/lib/mail-composer/index.js";'],
  },
  parse: {
    edgepost: ['export { parse } from "edgepost";', "reading", /reading\.js$/],
    "postal-mime": ['export { default } from "postal-mime";'],
    mailparser: ['export { simpleParser } from "mailparser";'],
  },
  serve: {
    edgepost: ['export { serve } from "edgepost";', "serving", /serving\.js$/],
    "smtp-server": ['export { SMTPServer } from "smtp-server";'],
  },
};

export function contenders() {
  return Object.entries(USES).flatMap(([against, programs]) =>
    Object.entries(programs).map(([who, [program, module, later]]) => ({
      who,
      against,
      needs: [who],
      run: async () => ((await bundled(program, who === "edgepost", later)) + (await wasm(module))) / 1000,
    })),
  );
}

/** No row but that of sending has a goal of its own; `npm run size` holds them all. */
export function goal({ against, ours }) {
  return against === "send" ? { text: "at most 60", met: ours.median <= 60 } : undefined;
}

/** What is loaded when the program is, and of what it loads `later` this. */
async function bundled(contents, forBrowser, later = /(?!)/) {
  const { build } = await import("esbuild");
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "silent",
    ...(forBrowser ? { conditions: ["production"] } : { platform: "node" }),
    external: ["node:*"],
  });
  const names = Object.keys(metafile.outputs);
  const entryOf = (name) => metafile.outputs[name].entryPoint ?? "";
  const wanted = new Set(names.filter((name) => /stdin/.test(entryOf(name)) || later.test(entryOf(name))));
  for (const name of wanted)
    for (const { path, kind } of metafile.outputs[name].imports)
      if (kind === "import-statement" && names.includes(path)) wanted.add(path);
  return outputFiles
    .filter(({ path }) => [...wanted].some((name) => path.replaceAll("\\", "/").endsWith(name)))
    .reduce((sum, { contents }) => sum + brotliCompressSync(contents).length, 0);
}

async function wasm(module) {
  if (module === undefined) return 0;
  const octets = await readFile(new URL(`../../dist/wasm/pkg/${module}_bg.wasm`, import.meta.url));
  return brotliCompressSync(octets).length;
}
