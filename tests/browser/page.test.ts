/** The page of `npm start` in a real browser: sessions run in it, under a strict content security policy. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

import { need, program } from "../interop/software.js";
// @ts-expect-error a script, without types
import { buildPage, servePage } from "../../scripts/page.mjs";

describe("the page", { skip: await need("chromium") }, () => {
  let browser: Browser;
  let site: { url: string; close(): Promise<void> };
  before(async () => {
    site = (await servePage(await buildPage())) as typeof site;
    browser = await chromium.launch({ executablePath: program("chromium")!, args: ["--no-sandbox"] });
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  /** Opens the page, waits for its first session, does what is to be tested; nothing may be said on the console. */
  async function visit(
    body: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const complaints: string[] = [];
      page.on("console", (message) => void complaints.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => void complaints.push(`error: ${error.message}`));
      page.on("requestfailed", (request) => void complaints.push(`failed: ${request.url()}`));
      const response = await page.goto(site.url);
      assert.match(response!.headers()["content-security-policy"]!, /script-src 'self' 'wasm-unsafe-eval';/);
      await sessions(page, 1);
      await body(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  /** Waits until so many sessions have run. */
  const sessions = async (page: Page, count: number): Promise<void> => {
    await page
      .locator("#runs tr")
      .nth(count - 1)
      .waitFor();
  };
  const said = (page: Page, side: "client" | "server"): Promise<string[]> =>
    page.locator(`.flight.${side} .said`).allTextContents();
  const verbs = (page: Page): Promise<string[]> =>
    page
      .locator(".flight.client .command .said")
      .allTextContents()
      .then((texts) => texts.map((text) => text.split(" ")[0]!));
  const roundTrips = async (page: Page): Promise<number> => Number(await page.textContent("#round-trips"));
  const result = (page: Page): Promise<string | null> => page.textContent("#result");

  test("runs a session by itself: three round trips, and a 250 for the message", () =>
    visit(async (page) => {
      assert.deepEqual(await verbs(page), ["EHLO", "MAIL", "RCPT", "RCPT", "RCPT", "BDAT", "QUIT"]);
      const replies = await said(page, "server");
      assert.match(replies[1]!, /^250-mx\.example\n(250-.*\n)*250-CHUNKING\n/);
      assert.deepEqual(
        replies.map((text) => text.slice(0, 3)),
        ["220", "250", "250", "250", "250", "250", "250", "221"],
      );
      assert.equal(await roundTrips(page), 3);
      assert.match((await result(page))!, /^Accepted for bob@mx\.example, .*: 250 /);
    }));

  test("is worked by keyboard: other settings, another session", () =>
    visit(async (page) => {
      await page.focus("input[name=used][value=PIPELINING]");
      await page.keyboard.press("Space");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space"); // CHUNKING
      await page.focus("#run");
      await page.keyboard.press("Enter");
      await sessions(page, 2);
      assert.deepEqual(await verbs(page), ["EHLO", "MAIL", "RCPT", "RCPT", "RCPT", "DATA", "QUIT"]);
      assert.equal(await roundTrips(page), 8);
    }));

  test("shows STARTTLS, and a log-in without its secret", () =>
    visit(async (page) => {
      await page.check("input[value=STARTTLS]");
      await page.check("input[name=login]");
      await page.click("#run");
      await sessions(page, 2);
      assert.equal(await page.locator(".tls .said").textContent(), "secured by TLS");
      assert.ok((await said(page, "client")).includes("AUTH PLAIN [redacted]"));
      assert.ok((await said(page, "server")).some((reply) => reply.startsWith("235 ")));
    }));

  test("refuses a recipient, and says for whom the message was accepted nevertheless", () =>
    visit(async (page) => {
      await page.selectOption("#refuse", { label: "carol@mx.example" });
      await page.click("#run");
      await sessions(page, 2);
      assert.match(
        (await result(page))!,
        /^Accepted for bob@mx\.example, dave@mx\.example: 250 .*Not for carol@mx\.example: 550 /,
      );
    }));

  test("says what is wrong with an address, and which", () =>
    visit(async (page) => {
      await page.fill("#to", "bob@mx.example, not an address");
      await page.click("#run");
      assert.match((await result(page))!, /^"not an address" is no address: /);
      await page.fill("#to", "bob@mx.example");
      await page.click("#run");
      await sessions(page, 2);
      assert.match((await result(page))!, /^Accepted for bob@mx\.example: 250 /);
    }));

  test("opens the content: the message as the server has it", () =>
    visit(async (page) => {
      await page.fill("#text", "<img src=x onerror=alert(1)>\n.dot");
      await page.click("#run");
      await sessions(page, 2);
      await page.locator(".content summary").focus();
      await page.keyboard.press("Enter");
      assert.match(
        (await page.locator(".content pre").textContent())!,
        /\n\n<img src=x onerror=alert\(1\)>\n\.dot\n$/,
      );
    }));

  for (const [name, options] of [
    ["a wide, light screen", { viewport: { width: 1440, height: 900 } }],
    ["a phone at night", { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true }],
  ] as [string, BrowserContextOptions][])
    test(`fits ${name}`, () =>
      visit(async (page) => {
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.ok((overflow as number) <= 0, `it is ${overflow} px too wide`);
        assert.ok(await page.locator("#run").isVisible());
      }, options));
});
