// How the playground is built: static files that any host serves, from any folder.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { chapters, sources } from "./views/learn/compile.mjs";

const inRoot = (...path) => fileURLToPath(new URL(["..", ...path].join("/"), import.meta.url));

export default defineConfig({
  root: inRoot("www"),
  base: "./",
  publicDir: inRoot("www", "public"),
  resolve: {
    alias: [
      { find: /^edgepost\/edgepost\.wasm/, replacement: inRoot("dist", "wasm", "pkg", "edgepost_bg.wasm") },
      { find: /^edgepost\/(websocket)$/, replacement: inRoot("dist", "adapters", "$1.js") },
      { find: /^edgepost$/, replacement: inRoot("dist", "index.js") },
    ],
  },
  plugins: [onlyOneEngine(), elementsCount(), lessons(), offline()],
  build: {
    outDir: inRoot("target", "www"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // In a worker there is no document in which something could be loaded beforehand: only the page's own imports do that.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_, files, { hostId }) => (/\bindex\b/.test(hostId) ? files : []),
    },
    // The worker is built with the page, so that they share what both need.
    rolldownOptions: {
      input: { index: inRoot("www", "index.html"), worker: inRoot("www", "views", "message", "worker.ts") },
      output: {
        entryFileNames: ({ name }) => (name === "worker" ? "assets/worker.js" : "assets/[name]-[hash].js"),
      },
    },
    reportCompressedSize: false,
  },
  server: { host: "127.0.0.1" },
});

/** The page brings the whole engine by `init`: the modules for a part of the work are never wanted, nor built in. */
function onlyOneEngine() {
  const none = "\0no-module";
  return {
    name: "only-one-engine",
    enforce: "pre",
    resolveId: (source) => (source === "#wasm" ? none : undefined),
    load(id) {
      if (id !== none) return undefined;
      const never = 'Promise.reject(new Error("the page loads the whole engine"))';
      return ["sending", "composing", "reading", "serving"]
        .map((name) => `export const ${name} = () => ${never};`)
        .join("\n");
    },
  };
}

/** The package says of its modules that they do nothing by being imported; those of the page define elements. */
function elementsCount() {
  return {
    name: "elements-count",
    transform: (code, id) =>
      id.includes("/www/") ? { code, map: null, moduleSideEffects: true } : undefined,
  };
}

/** Makes the chapters of the lessons: a list in the page, and a file for each that is loaded when it is read. */
function lessons() {
  const list = "\0chapters";
  let building = false;
  const loader = ({ file, html }) =>
    building
      ? `() => fetch(new URL("./${file}", document.baseURI)).then((response) => response.text())`
      : `async () => ${JSON.stringify(html)}`;
  const entry = ({ id, number, title, about, exercises, ...made }) =>
    `{ ...${JSON.stringify({ id, number, title, about, exercises })}, load: ${loader(made)} }`;
  return {
    name: "lessons",
    configResolved: ({ command }) => void (building = command === "build"),
    resolveId: (source) => (source === "virtual:chapters" ? list : undefined),
    load(id) {
      if (id !== list) return undefined;
      for (const source of sources()) this.addWatchFile(source);
      return `export const CHAPTERS = [${chapters().map(entry).join(",\n")}];`;
    },
    buildStart() {
      if (!building) return;
      for (const { file, html } of chapters()) this.emitFile({ type: "asset", fileName: file, source: html });
    },
  };
}

/** Writes the worker that keeps the page for when there is no network, with the list of all files. */
function offline() {
  const open = inRoot("www", "public");
  return {
    name: "offline",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = [...Object.keys(bundle), ...readdirSync(open)].sort();
      const version = createHash("sha256").update(files.join());
      for (const { code, source } of Object.values(bundle)) version.update(code ?? source);
      for (const name of readdirSync(open)) version.update(readFileSync(inRoot("www", "public", name)));
      // What stands beside the page may be another thing each time.
      const listed = files
        .filter((name) => name !== "live.json")
        .map((name) => (name === "index.html" ? "./" : `./${name}`));
      const source = readFileSync(inRoot("www", "sw.js"), "utf8")
        .replace("__VERSION__", `edgepost-${version.digest("hex").slice(0, 16)}`)
        .replace('["__FILES__"]', JSON.stringify(listed));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}
