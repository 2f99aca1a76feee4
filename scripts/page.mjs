// The page in www/: built to a folder (`npm run build:www`), and served on this machine only.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, relative } from "node:path";
import { buildPage as bundle } from "./build/playground.mjs";
import { walk } from "./lib/files.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { isProgram, main, Problem } from "./lib/run.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

const POLICY = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "img-src": "'self' data: blob:",
  "connect-src": "'self' ws://127.0.0.1:* ws://localhost:* wss:",
  "manifest-src": "'self'",
  "worker-src": "'self'",
  "frame-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "frame-ancestors": "'none'",
};

/** The page that messages are shown in: what they bring along as style is shown, and nothing is run or fetched. */
const FRAME = "/frame.html";
const FRAME_POLICY = {
  "default-src": "'none'",
  "style-src": "'unsafe-inline'",
  "img-src": "data: blob:",
  "base-uri": "'none'",
  "form-action": "'none'",
  "frame-ancestors": "'self'",
};

const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

/** Builds the page; the package must be built. Resolves to its folder, whose files any host can serve. */
export async function buildFolder() {
  const folder = inRoot("target", "www");
  await bundle(folder);
  return folder;
}

/** Builds the page. Resolves to its files: path to octets. */
export async function buildPage() {
  const folder = await buildFolder();
  const path = (file) => `/${relative(folder, file).replaceAll("\\", "/")}`;
  return new Map(
    await Promise.all((await walk(folder)).map(async (file) => [path(file), await readFile(file)])),
  );
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
  const wanted = path === FRAME ? FRAME_POLICY : { ...POLICY, ...policy };
  const directives = Object.entries(wanted).map((directive) => directive.join(" "));
  response.writeHead(status, {
    ...HEADERS,
    "Content-Security-Policy": directives.join("; "),
    "Content-Type": type,
    "Content-Length": content.length,
  });
  response.end(method === "HEAD" ? undefined : content);
}

if (isProgram(import.meta.url))
  await main(async () =>
    console.log(`the page is in ${relative(root, await buildFolder())}: any host can serve it.`),
  );
