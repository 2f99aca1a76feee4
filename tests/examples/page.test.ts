/** The static page of examples/, as it is, in Chromium: it sends through its bridge, and says what became of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { parse } from "edgepost";

import { need, program } from "../interop/software.js";
import { environment, start } from "../support/process.js";
import { said, server, settings, workshop } from "./support.js";
import type { Workshop } from "./support.js";

describe("the static page", { skip: await need("chromium") }, () => {
  let shop: Workshop;
  let browser: Browser;
  before(async () => {
    shop = await workshop();
    browser = await chromium.launch({ executablePath: program("chromium")!, args: ["--no-sandbox"] });
  });
  after(async () => {
    await browser?.close();
    await shop?.clear();
  });

  test("sends what is in its form, with a file, and says who refuses", async () => {
    const folder = await shop.copy("static-page");
    await using smtp = await server();
    await using host = start(process.execPath, ["server.js"], {
      cwd: folder,
      env: environment({ ...settings(smtp.port), PORT: "0" }),
    });
    const [, url] = await said(host, /the page is at (\S+)/);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => void complaints.push(message.text()));
    page.on("pageerror", (error) => void complaints.push(error.message));
    await page.goto(url!);
    await page.getByLabel("From").fill("ann@example.com");
    await page.getByLabel("To").fill("bob@example.net");
    await page.getByLabel("Subject").fill("From a page");
    await page.getByLabel("Text").fill("No server of ours was asked.");
    const buffer = Buffer.from("x".repeat(200_000));
    await page.getByLabel("A file").setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer });
    await page.getByRole("button", { name: "Send" }).click();
    await page
      .getByRole("status")
      .filter({ hasText: /^Sent to bob@example\.net: 250 / })
      .waitFor();
    const { subject, attachments } = await parse(smtp.kept[0]!.content);
    assert.equal(subject, "From a page");
    assert.deepEqual(
      attachments.map(({ filename, content }) => [filename, content.length]),
      [["a.txt", buffer.length]],
    );

    await page.getByLabel("To").fill("nobody@example.net");
    await page.getByRole("button", { name: "Send" }).click();
    await page
      .getByRole("status")
      .filter({ hasText: /^Not sent: .*550/ })
      .waitFor();
    assert.deepEqual(complaints, []);
    assert.match(host.log(), /^open 127\.0\.0\.1/m);
    assert.equal((await fetch(`${url}../server.js`)).status, 404);
    assert.equal((await fetch(`${url}%2e%2e%2fserver.js`)).status, 404);
    await page.close();
  });
});
