/** The playground in a real browser, for tests: built once, served under its policy, and nothing may be said on the console. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

import { program } from "../interop/software.js";
// @ts-expect-error a script, without types
import { buildPage, servePage } from "../../scripts/page.mjs";

export interface Site {
  readonly url: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Opens the page, does what is to be tested, and looks whether anything was complained of. */
  visit(body: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void>;
  close(): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** What stands behind `#`. */
  readonly hash?: string;
}

export const WIDE = { viewport: { width: 1440, height: 900 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export async function openSite(): Promise<Site> {
  const files = (await buildPage()) as ReadonlyMap<string, Uint8Array>;
  const served = (await servePage(files)) as { url: string; close(): Promise<void> };
  const browser: Browser = await chromium.launch({
    executablePath: program("chromium")!,
    args: ["--no-sandbox"],
  });
  return {
    url: served.url,
    files,
    async visit(body, { hash = "", ...options } = {}) {
      const context = await browser.newContext({ ...WIDE, ...options });
      try {
        const page = await context.newPage();
        page.setDefaultTimeout(20_000);
        const complaints: string[] = [];
        page.on("console", (message) => void complaints.push(`${message.type()}: ${message.text()}`));
        page.on("pageerror", (error) => void complaints.push(`error: ${error.message}`));
        page.on("requestfailed", (request) => {
          // What was under way when the page was left is not missed.
          if (request.failure()?.errorText !== "net::ERR_ABORTED")
            complaints.push(`failed: ${request.url()}`);
        });
        page.on("request", (request) => {
          if (!request.url().startsWith(served.url) && !/^(data|blob):/.test(request.url()))
            complaints.push(`went elsewhere: ${request.url()}`);
        });
        await page.goto(`${served.url}${hash === "" ? "" : `#${hash}`}`);
        await body(page);
        assert.deepEqual(complaints, []);
      } finally {
        await context.close();
      }
    },
    async close() {
      await browser.close();
      await served.close();
    },
  };
}

/** What the accessibility rules of WCAG 2.2 A and AA find wrong. */
export async function findings(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  return page.evaluate(async (source) => {
    // The page's policy allows no such script: it is run from outside of it.
    (0, eval)(source);
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run({ runOnly: tags });
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
    );
  }, source);
}

interface Axe {
  run(options: object): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  }>;
}
