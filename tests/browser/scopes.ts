/**
 * Runs a module in every kind of scope that a browser has: a page, a Web Worker and a Service Worker, with the package as a
 * bundler makes it and under a strict Content-Security-Policy. The module's default export is called with what the test gives,
 * and what it resolves to, plain data, is what the test gets.
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import type { Browser } from "../support/browsers.js";
// @ts-expect-error a script, without types
import { servePage } from "../../scripts/page.mjs";

export const SCOPES = ["page", "worker", "service worker"] as const;
export type Scope = (typeof SCOPES)[number];

const PKG = fileURLToPath(new URL("../../dist/wasm/pkg", import.meta.url));

/** How each scope hears what to run the module with. */
const HOSTS: Record<Scope, (module: string) => string> = {
  page: (module) => `import run from ${module}; globalThis.run = run;`,
  worker: (module) => `import run from ${module};
    onmessage = async ({ data, ports: [port] }) => port.postMessage(await run(data));`,
  "service worker": (module) => `import run from ${module};
    onmessage = (event) => event.waitUntil(run(event.data).then((result) => event.ports[0].postMessage(result)));
    onactivate = (event) => event.waitUntil(clients.claim());`,
};
const FILES: Record<Scope, string> = {
  page: "/page.js",
  worker: "/worker.js",
  "service worker": "/service-worker.js",
};

/** Pages that run a module. */
export interface Site {
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Serves the module for all scopes; pages may connect to these sources, as `ws://127.0.0.1:8025`. `types` has media types
 * that are not the usual ones, by the ends of names.
 */
export async function siteOf(
  module: string,
  connectSources: () => readonly string[],
  types: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const bundles = await Promise.all(
    SCOPES.map(async (scope) => {
      // In one file: a Service Worker may not import when it runs.
      const { outputFiles } = await build({
        stdin: {
          contents: HOSTS[scope](JSON.stringify(module)),
          resolveDir: fileURLToPath(new URL(".", import.meta.url)),
        },
        bundle: true,
        format: "esm",
        target: "es2022",
        conditions: ["browser", "production"],
        write: false,
        logLevel: "silent",
      });
      return [FILES[scope], outputFiles[0]!.contents] as const;
    }),
  );
  const modules = (await readdir(PKG)).filter((name) => name.endsWith(".wasm"));
  const files = new Map<string, Uint8Array>([
    ...bundles,
    [
      "/index.html",
      Buffer.from(
        '<!doctype html><title>scopes</title><link rel="icon" href="/icon.svg"><script type="module" src="/page.js"></script>',
      ),
    ],
    ["/icon.svg", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    // Where the code looks for its modules: beside itself.
    ...(await Promise.all(
      modules.map(async (name) => [`/pkg/${name}`, await readFile(join(PKG, name))] as const),
    )),
  ]);
  const { url, close }: { url: string; close: () => Promise<void> } = await servePage(files, [0], {
    policy: () => ({ "connect-src": ["'self'", ...connectSources()].join(" ") }),
    types,
  });
  return { origin: new URL(url).origin, close };
}

/** Runs the module in a scope of a new page; rejects unless what is said on the console is `expected`, which is nothing by default. */
export function runIn(
  browser: Browser,
  site: Site,
  scope: Scope,
  argument: unknown,
  expected?: RegExp,
): Promise<unknown> {
  return browser.visit(`${site.origin}/`, async (page) => {
    const result = await page.evaluate(
      async ([kind, file, argument]) => {
        type Run = (argument: unknown) => Promise<unknown>;
        if (kind === "page") return (globalThis as unknown as { run: Run }).run(argument);
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise<unknown>((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
        if (kind === "worker") new Worker(file, { type: "module" }).postMessage(argument, [port2]);
        else {
          await navigator.serviceWorker.register(file, { type: "module" });
          const { active } = await navigator.serviceWorker.ready;
          active!.postMessage(argument, [port2]);
        }
        return answer;
      },
      [scope, FILES[scope], argument] as const,
    );
    const { complaints } = page;
    const unexpected = complaints.filter((complaint) => expected?.test(complaint) !== true);
    if (unexpected.length > 0) throw new Error(unexpected.join("\n"));
    if (expected !== undefined && complaints.length === 0) throw new Error(`nothing is said of ${expected}`);
    return result;
  });
}
