/** The package in fresh projects, as bundlers make programs and pages of it: no settings, no shims, and a message goes through. */
import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build as esbuild } from "esbuild";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

import { need, program } from "../interop/software.js";
import { installRuntimes, programs as runtimes } from "../runtimes/install.js";
import { check, environment } from "../support/process.js";
// @ts-expect-error a script, without types
import { installPrograms, load } from "./programs.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project = join(root, "target", "bundlers", "project");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
/** Milliseconds. */
const LIMIT = 120_000;

/** What an application does: both sides of a session, and a look at what came. `NAME` is what it imports. */
const SESSION = `
  import { check, connect, loopback, parse, serve } from "NAME";
  export async function run() {
    const [near, far] = loopback();
    let kept = "";
    const served = serve(far, { async onMessage(content) { kept = await new Response(content).text(); } });
    const smtp = await connect(near, { tls: "off" });
    const { accepted } = await smtp.send({
      from: "ann@example.com", to: "bob@example.net", subject: "Bundled", text: "Gr\\u00fc\\u00dfe",
    });
    await smtp.close();
    await served;
    const { subject, text } = await parse(kept);
    return { accepted, subject, text, findings: (await check(kept)).length };
  }`;
const EXPECTED = { accepted: ["bob@example.net"], subject: "Bundled", text: "Grüße\r\n", findings: 0 };

/** The same over TCP, where there is TCP. */
const OVER_TCP = `
  import { connect, serve } from "NAME";
  import { listen, tcp } from "edgepost/tcp";
  export async function overTcp() {
    const listener = listen({ port: 0, host: "127.0.0.1" });
    const kept = [];
    const taking = (async () => {
      for await (const transport of listener)
        void serve(transport, { async onMessage(content) { kept.push(await new Response(content).text()); } });
    })();
    await listener.ready;
    const smtp = await connect(tcp({ host: "127.0.0.1", port: listener.port }), { tls: "off" });
    const envelope = { from: "ann@example.com", to: ["bob@example.net"] };
    await smtp.send({ envelope, raw: "Subject: TCP\\r\\n\\r\\n.x\\r\\n" });
    await smtp.close();
    await listener.close();
    await taking;
    return kept;
  }`;
const KEPT = ["Subject: TCP\r\n\r\n.x\r\n"];

const PAGE = `
  import { run } from "./SESSION.js";
  run().then(
    (result) => (document.title = JSON.stringify(result)),
    (error) => (document.title = "failed: " + error.stack),
  );`;
/** Without an `await` on top, which CommonJS does not have. */
const PROGRAM = `
  import { run } from "./SESSION.js";
  import { overTcp } from "./TCP.js";
  Promise.all([run(), overTcp()]).then((results) => console.log(JSON.stringify(results)));`;

/** What the program imports. */
const OF = { plain: "with edgepost", inline: "with edgepost/inline" } as const;
const DENO = ["run", "--no-prompt", "--allow-net=127.0.0.1"];
const deno = { DENO_DIR: join(root, "target", "bundlers", "deno"), NO_COLOR: "1" };

const out = (...path: readonly string[]): string => join(project, ...path);
const html = (script: string): string =>
  `<!doctype html><meta charset="utf-8"><title></title><link rel="icon" href="data:,">${script}`;

before(async () => {
  await rm(project, { recursive: true, force: true });
  await mkdir(out("src"), { recursive: true });
  await writeFile(out("package.json"), JSON.stringify({ private: true, type: "module" }));
  const packing = ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", project];
  const { stdout } = await check(npm, packing, { cwd: root, limit: LIMIT });
  const [{ filename }] = JSON.parse(stdout.toString()) as [{ filename: string }];
  const installing = ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`];
  await check(npm, installing, { cwd: project, limit: LIMIT });
  for (const [kind, name] of [
    ["plain", "edgepost"],
    ["inline", "edgepost/inline"],
  ] as const) {
    await writeFile(out("src", `session-${kind}.js`), SESSION.replace("NAME", name));
    await writeFile(out("src", `tcp-${kind}.js`), OVER_TCP.replace("NAME", name));
    await writeFile(out("src", `page-${kind}.js`), PAGE.replace("SESSION", `session-${kind}`));
    const source = PROGRAM.replace("SESSION", `session-${kind}`).replace("TCP", `tcp-${kind}`);
    await writeFile(out("src", `program-${kind}.js`), source);
  }
  await installPrograms();
  await installRuntimes();
});

/** Runs a program, on Node unless told otherwise, and looks at what it prints. */
async function runs(file: string, command = process.execPath, ...args: readonly string[]): Promise<void> {
  const { stdout } = await check(command, [...args, file], {
    cwd: project,
    limit: LIMIT,
    env: environment(deno),
  });
  assert.deepEqual(JSON.parse(stdout.toString()), [EXPECTED, KEPT]);
}

/** A module of the pinned bundlers. */
const bundler = load as <T>(name: string) => Promise<T>;

interface Vite {
  build(options: object): Promise<unknown>;
  createServer(options: object): Promise<{
    listen(): Promise<unknown>;
    readonly resolvedUrls: { readonly local: readonly string[] } | null;
    close(): Promise<void>;
  }>;
}

/** Whether what was built has one of the modules as text. */
async function holdsText(folder: string): Promise<boolean> {
  const text = out("node_modules", "edgepost", "dist", "inline", "sending.deflated.js");
  const [, start] = /"(.{100})/.exec(await readFile(text, "utf8"))!;
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"));
  const contents = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return contents.some((content) => content.includes(start!));
}

interface Webpack {
  default(
    options: object,
    done: (error: Error | null, stats: { hasErrors(): boolean; toString(options: object): string }) => void,
  ): void;
}

async function webpack(options: object): Promise<void> {
  const { default: bundle } = await bundler<Webpack>("webpack");
  await new Promise<void>((resolve, reject) =>
    bundle({ mode: "production", context: project, ...options }, (error, stats) => {
      if (error !== null) return reject(error);
      if (stats.hasErrors()) return reject(new Error(stats.toString({ all: false, errors: true })));
      resolve();
    }),
  );
}

async function denoBundle(entry: string, platform: "deno" | "browser", outdir: string): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", platform, "--outdir", outdir, entry];
  // Its first run fetches esbuild, so it keeps what it is told of the way there.
  await check(runtimes.deno, args, { cwd: project, limit: LIMIT, env: { ...process.env, ...deno } });
}

async function bun(entry: string, target: "bun" | "node" | "browser", outdir: string): Promise<void> {
  const args = ["build", entry, "--target", target, "--outdir", outdir];
  await check(runtimes.bun, args, { cwd: project, limit: LIMIT });
}

interface Rollup {
  rollup(options: object): Promise<{ write(options: object): Promise<unknown> }>;
}

async function rollup(input: string, dir: string, resolving: object): Promise<void> {
  const { rollup } = await bundler<Rollup>("rollup");
  const { default: nodeResolve } = await bundler<{ default(options: object): object }>(
    "@rollup/plugin-node-resolve",
  );
  const onwarn = ({ message, code }: { message: string; code?: string }): void => {
    if (code !== "UNRESOLVED_IMPORT" || !message.includes('"node:')) throw new Error(message);
  };
  const bundle = await rollup({ input, plugins: [nodeResolve(resolving)], onwarn });
  await bundle.write({ dir, format: "es" });
}

describe("on Node", () => {
  test("without a bundler", () => runs(out("src", "program-plain.js")));

  test("bundled by webpack, which copies the modules", async () => {
    await webpack({
      mode: "development",
      entry: out("src", "program-plain.js"),
      target: "node",
      output: { path: out("webpack-node"), filename: "main.cjs" },
    });
    await runs(out("webpack-node", "main.cjs"));
  });

  for (const kind of ["plain", "inline"] as const)
    for (const [format, extension] of [
      ["esm", "mjs"],
      ["cjs", "cjs"],
    ] as const)
      test(`bundled by esbuild as ${format}, ${OF[kind]}`, async () => {
        const outfile = out(`esbuild-node-${kind}`, `main.${extension}`);
        const { warnings } = await esbuild({
          entryPoints: [out("src", `program-${kind}.js`)],
          outfile,
          bundle: true,
          platform: "node",
          format,
          logLevel: "silent",
        });
        assert.deepEqual(warnings, []);
        await runs(outfile);
      });

  for (const kind of ["plain", "inline"] as const)
    test(`bundled by Rollup, ${OF[kind]}`, async () => {
      const folder = out(`rollup-node-${kind}`);
      await rollup(out("src", `program-${kind}.js`), folder, { exportConditions: ["node"] });
      await runs(join(folder, `program-${kind}.js`));
    });

  test("bundled by Bun", async () => {
    await bun(out("src", "program-plain.js"), "node", out("bun-node"));
    await runs(out("bun-node", "program-plain.js"));
  });
});

describe("on Bun", () => {
  test("bundled by Bun, which copies the modules", async () => {
    await bun(out("src", "program-plain.js"), "bun", out("bun"));
    await runs(out("bun", "program-plain.js"), runtimes.bun);
  });
});

describe("on Deno", () => {
  for (const kind of ["plain", "inline"] as const)
    test(`bundled by Deno, ${OF[kind]}, and allowed nothing but the network`, async () => {
      await denoBundle(out("src", `program-${kind}.js`), "deno", out(`deno-${kind}`));
      await runs(out(`deno-${kind}`, `program-${kind}.js`), runtimes.deno, ...DENO);
    });
});

describe("in Chromium", { skip: await need("chromium") }, () => {
  let browser: Browser;
  let site: { readonly url: string; close(): void };
  before(async () => {
    browser = await chromium.launch({ executablePath: program("chromium")!, args: ["--no-sandbox"] });
    site = await serveFolder(project);
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });

  /** Opens a page, waits for what it has to say, and looks at it. */
  async function shows(url: string): Promise<void> {
    const page = await browser.newPage();
    try {
      await page.goto(url);
      await page.waitForFunction(() => document.title !== "", null, { timeout: 30_000 });
      const title = await page.title();
      assert.ok(!title.startsWith("failed"), title);
      assert.deepEqual(JSON.parse(title), EXPECTED);
    } finally {
      await page.close();
    }
  }

  for (const name of ["vite7", "vite"]) {
    const settings = (): object => ({
      root: project,
      base: "./",
      configFile: false,
      logLevel: "silent",
      cacheDir: out(`${name}-cache`),
    });
    const page = html('<script type="module" src="/src/page-plain.js"></script>');
    const vite = (): Promise<Vite> => (name === "vite" ? (import("vite") as Promise<Vite>) : bundler(name));

    test(`built by Vite (${name}), without the modules as text`, async () => {
      await writeFile(out("index.html"), page);
      await (await vite()).build({ ...settings(), build: { outDir: name } });
      assert.equal(await holdsText(out(name)), false);
      await shows(`${site.url}${name}/index.html`);
    });

    test(`served by Vite (${name}) while it is developed`, async () => {
      await writeFile(out("index.html"), page);
      const server = await (
        await vite()
      ).createServer({ ...settings(), server: { host: "127.0.0.1", port: 0, hmr: false, ws: false } });
      try {
        await server.listen();
        await shows(server.resolvedUrls!.local[0]!);
      } finally {
        await server.close();
      }
    });
  }

  test("bundled by webpack, without the modules as text", async () => {
    await webpack({
      entry: out("src", "page-plain.js"),
      output: { path: out("webpack") },
      performance: { hints: false },
    });
    assert.equal(await holdsText(out("webpack")), false);
    await showsBundle("webpack/main.js", "text/javascript");
  });

  /** Opens a page that has a bundle as its script, and looks at what it shows. */
  async function showsBundle(script: string, type = "module"): Promise<void> {
    const [folder] = script.split("/");
    await writeFile(out(`${folder}.html`), html(`<script type="${type}" src="${script}" defer></script>`));
    await shows(`${site.url}${folder}.html`);
  }

  /** By esbuild, as a module or, as it does unless told otherwise, as a script. */
  async function bundle(
    kind: "plain" | "inline",
    folder: string,
    format: "esm" | "iife",
    conditions: string[] = [],
  ): Promise<void> {
    const entryPoints = [out("src", `page-${kind}.js`)];
    await esbuild({ entryPoints, outfile: out(folder, "main.js"), bundle: true, format, conditions });
  }

  for (const [format, type] of [
    ["esm", "module"],
    ["iife", "text/javascript"],
  ] as const) {
    for (const kind of ["plain", "inline"] as const)
      test(`bundled by esbuild as ${format}, ${OF[kind]}`, async () => {
        const folder = `esbuild-${format}-${kind}`;
        await bundle(kind, folder, format);
        await showsBundle(`${folder}/main.js`, type);
      });

    test(`an ${format} bundle for production that has left the modules behind says what to do`, async () => {
      const folder = `esbuild-left-${format}`;
      await bundle("plain", folder, format, ["production"]);
      const said = /InputError: the engine cannot be loaded: .*; .* import "edgepost\/inline"/;
      await assert.rejects(showsBundle(`${folder}/main.js`, type), said);
    });
  }

  test("bundled by esbuild, with the modules copied beside it", async () => {
    await bundle("plain", "esbuild-copied", "esm", ["production"]);
    const modules = out("node_modules", "edgepost", "dist", "wasm", "pkg");
    await cp(modules, out("esbuild-copied", "pkg"), { recursive: true });
    await showsBundle("esbuild-copied/main.js");
  });

  test("bundled by Rollup, with edgepost/inline", async () => {
    await rollup(out("src", "page-inline.js"), out("rollup"), { browser: true });
    await showsBundle("rollup/page-inline.js");
  });

  test("bundled by Bun, with edgepost/inline", async () => {
    await bun(out("src", "page-inline.js"), "browser", out("bun-page"));
    await showsBundle("bun-page/page-inline.js");
  });

  test("bundled by Deno, with edgepost/inline", async () => {
    await denoBundle(out("src", "page-inline.js"), "browser", out("deno-page"));
    await showsBundle("deno-page/page-inline.js");
  });

  test("as a script of a page, without a bundler", async () => {
    const script = PAGE.replace("./SESSION.js", "./src/session-inline.js");
    const map = { imports: { "edgepost/inline": "./node_modules/edgepost/dist/inline/index.js" } };
    await writeFile(
      out("script.html"),
      html(
        `<script type="importmap">${JSON.stringify(map)}</script><script type="module">${script}</script>`,
      ),
    );
    await shows(`${site.url}script.html`);
  });

  test("as a script of a page whose import map names the modules", async () => {
    const script = PAGE.replace("./SESSION.js", "./src/session-plain.js");
    const dist = "./node_modules/edgepost/dist/";
    const map = { imports: { edgepost: `${dist}index.js`, "#wasm": `${dist}wasm/fetch.js` } };
    await writeFile(
      out("map.html"),
      html(
        `<script type="importmap">${JSON.stringify(map)}</script><script type="module">${script}</script>`,
      ),
    );
    await shows(`${site.url}map.html`);
  });
});

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

async function serveFolder(folder: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://localhost").pathname;
    readFile(join(folder, path)).then(
      (content) =>
        response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "text/plain" }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
