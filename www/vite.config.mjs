// How the playground is built: static files that any host serves, from any folder.
import { defineConfig } from "vite";
import { inRoot } from "../scripts/lib/paths.mjs";

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
  plugins: [onlyOneEngine(), elementsCount()],
  build: {
    outDir: inRoot("target", "www"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
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
