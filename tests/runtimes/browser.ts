/** Serves a page with the suite and the package as they are, without a bundler, and runs it in a real browser. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { need } from "../interop/software.js";
import { launch } from "../support/browsers.js";
import type { BrowserName } from "../support/browsers.js";
import { importMap } from "../support/import-map.js";
import type { Manifest } from "../support/import-map.js";
import type { Settings } from "./on/browser.js";
import type { Result } from "./suite.js";
// @ts-expect-error a script, without types
import { walk } from "../../scripts/lib/files.mjs";
// @ts-expect-error a script, without types
import { servePage } from "../../scripts/page.mjs";

const PACKAGE = "/node_modules/edgepost/";
/** What browsers say of a WebSocket that is given up before it is open, as one may be when a case gives up. */
const GIVEN_UP =
  /WebSocket is closed before the connection is established|can.t establish a connection to the server at ws:/;

/** Runs the suite of a project in a browser; says why when there is none and it cannot be installed. */
export async function onBrowser(
  name: BrowserName,
  project: string,
  settings: Settings,
): Promise<readonly Result[]> {
  const missing = await need(name);
  if (missing !== false) return [{ name: "the runtime runs the suite", outcome: "cannot", detail: missing }];
  const site = await serve(project, settings.control);
  try {
    await using browser = await launch(name);
    return await browser.visit(site.url, async (page) => {
      const results = await page.evaluate(
        (settings) => (globalThis as unknown as { run(settings: Settings): Promise<Result[]> }).run(settings),
        settings,
      );
      const said = page.complaints.filter((complaint) => !GIVEN_UP.test(complaint)).join("\n");
      const name = "nothing is said on the console";
      return [
        ...results,
        said === "" ? { name, outcome: "passed" } : { name, outcome: "failed", detail: said },
      ];
    });
  } finally {
    await site.close();
  }
}

/** The page may connect to nothing but itself, the control and bridges. */
async function serve(project: string, control: string): Promise<{ url: string; close(): Promise<void> }> {
  const paths = ((await walk(project)) as string[]).filter((path) => /\.(js|wasm)$/.test(path));
  const files = new Map<string, Uint8Array>();
  for (const path of paths)
    files.set(`/${relative(project, path).split(sep).join("/")}`, await readFile(path));
  const manifest = await readFile(join(project, PACKAGE, "package.json"), "utf8");
  const map = JSON.stringify(importMap(JSON.parse(manifest) as Manifest, PACKAGE));
  const page = `<!doctype html><title>suite</title><link rel="icon" href="data:,"><script type="importmap">${map}</script>
    <script type="module" src="/on/browser.js"></script>`;
  files.set("/index.html", Buffer.from(page));
  const hash = createHash("sha256").update(map).digest("base64");
  return servePage(files, [0], {
    policy: () => ({
      "script-src": `'self' 'wasm-unsafe-eval' 'sha256-${hash}'`,
      "img-src": "data:",
      "connect-src": `'self' ${control} ws://127.0.0.1:*`,
    }),
  });
}
