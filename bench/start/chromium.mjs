// How long a program takes to start in a page of Chromium, from nothing: it is fetched over loopback, compiled and run.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import { bundled } from "./bundle.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

/** Milliseconds; nothing is cached from one call to the next. `prepared`: the program has been loaded before. */
export function startsInChromium(executablePath, program, prepared) {
  return bundled(program, "chromium", async (folder) => {
    const server = createServer((request, response) => void serve(folder, request.url, response));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/index.html`);
      return await page.evaluate(measured, prepared);
    } finally {
      await browser.close();
      server.close();
    }
  });
}

async function serve(folder, url, response) {
  const type = { "Content-Type": TYPES[extname(url)] ?? "text/plain" };
  if (url === "/index.html")
    return void response.writeHead(200, type).end("<!doctype html><title>start</title>");
  const octets = await readFile(join(folder, url)).catch(() => undefined);
  response.writeHead(octets === undefined ? 404 : 200, type).end(octets);
}

/** Runs in the page. */
async function measured(prepared) {
  // What the browser does when it connects for the first time is not measured.
  for (let count = 0; count < 10; count++) await (await fetch("/index.html")).text();
  if (prepared) await (await import("/program.js")).prepare();
  const begin = performance.now();
  const { start } = await import("/program.js");
  if (!(await start())) throw new Error("the program does not do what it is measured for");
  return performance.now() - begin;
}
