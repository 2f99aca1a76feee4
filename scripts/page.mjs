// The page in www/: bundled in memory, and served on this machine only.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { inRoot } from "./lib/paths.mjs";
import { Problem } from "./lib/run.mjs";

const STATIC = ["index.html", "style.css", "icon.svg"];

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const POLICY = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "img-src": "'self'",
  "connect-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "frame-ancestors": "'none'",
};

const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

/** Resolves to the page's files: path to octets. The package must be built. */
export async function buildPage() {
  const { build } = await import("esbuild");
  const bundle = await build({
    entryPoints: [inRoot("www", "main.ts")],
    outdir: "/",
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions: ["production"],
    loader: { ".wasm": "file" },
    assetNames: "[name]-[hash]",
    write: false,
    logLevel: "silent",
  }).catch((error) => {
    throw new Problem(`the page could not be bundled: ${error.message}`);
  });
  const files = new Map(
    await Promise.all(STATIC.map(async (name) => [`/${name}`, await readFile(inRoot("www", name))])),
  );
  for (const { path, contents } of bundle.outputFiles) files.set(path.replaceAll("\\", "/"), contents);
  return files;
}

/**
 * Serves files (as of `buildPage`) on 127.0.0.1, on the first of `ports` that is free; 0 is always one. `policy` gives
 * directives that differ, `types` media types by the ends of names. Resolves to `{ url, close }`.
 */
export async function servePage(files, ports = [0], { policy = () => ({}), types = {} } = {}) {
  const site = { files, types: { ...TYPES, ...types } };
  const server = createServer((request, response) => answer(site, policy(), request, response));
  for (const port of ports) if (await listening(server, port)) break;
  if (!server.listening) throw new Problem(`no port is free for the page; tried ${ports.join(", ")}.`);
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

function listening(server, port) {
  return new Promise((resolve, reject) => {
    const failed = (error) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error));
    server.once("error", failed);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}

function answer({ files, types }, policy, { method, url }, response) {
  const [pathname] = url.split("?");
  const path = pathname === "/" ? "/index.html" : pathname;
  const body = files.get(path);
  const allowed = ["GET", "HEAD"].includes(method);
  const [status, type, content] = !allowed
    ? [405, "text/plain; charset=utf-8", Buffer.from("only GET and HEAD\n")]
    : body === undefined
      ? [404, "text/plain; charset=utf-8", Buffer.from("there is no such page\n")]
      : [200, types[extname(path)], body];
  const directives = Object.entries({ ...POLICY, ...policy }).map((directive) => directive.join(" "));
  response.writeHead(status, {
    ...HEADERS,
    "Content-Security-Policy": directives.join("; "),
    "Content-Type": type,
    "Content-Length": content.length,
  });
  response.end(method === "HEAD" ? undefined : content);
}
