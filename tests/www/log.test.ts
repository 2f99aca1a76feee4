/** The log reader in a real browser: a log becomes a diagram and a diagnosis; files, captures and junk, too. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { dissect } from "edgepost";
import type { Page } from "playwright-core";

import { need } from "../interop/software.js";
import { pack } from "../../www/links.js";
import { drawn } from "../../www/model/dissected.js";
import { LOG_EXAMPLES } from "../../www/model/log-examples.js";
import { findings, openSite, PHONE } from "./page.js";
import type { Site } from "./page.js";

test("each example is read, and something is said of it", async () => {
  for (const { title, text } of LOG_EXAMPLES) {
    const { sessions, skipped } = await dissect(text);
    assert.equal(sessions.length, 1, title);
    assert.ok(sessions[0]!.diagnosis.length > 0, title);
    assert.ok(
      skipped.every(({ first, last }) => last - first < 2),
      title,
    );
    const { record, timed } = drawn(sessions[0]!);
    assert.equal(timed, false);
    assert.equal(record.lines.length, sessions[0]!.steps.length);
    for (const { from, start, end } of record.lines)
      if (from !== "link") assert.ok(end >= start && end <= record.octets[from].length);
  }
});

describe("the log reader", { skip: await need("chromium") }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  const said = (page: Page): Promise<string[]> => page.locator("ep-diagram .option .text").allTextContents();

  test("shows a session that is pasted, and why it failed; by keyboard", () =>
    site.visit(
      async (page) => {
        await page.getByText("refused the recipient <bob@mx.example>").waitFor();
        await page.keyboard.press("i");
        await page.keyboard.press("ControlOrMeta+A");
        await page.keyboard.insertText(
          "S: 220 a.example\nC: EHLO b.example\nS: 250 a.example\nC: MAIL FROM:<>\nS: 421 4.3.2 bye\n",
        );
        await page.locator("ep-diagram .option", { hasText: "421 4.3.2 bye" }).waitFor();
        await page.locator("textarea").blur();
        await page.keyboard.press("n");
        await page.locator("ep-inspector", { hasText: "421" }).waitFor();
        assert.deepEqual((await said(page)).slice(0, 2), ["220 a.example", "EHLO b.example"]);
      },
      { hash: "log" },
    ));

  test("shows where a finding is, by pointer, and keeps secrets out", () =>
    site.visit(
      async (page) => {
        await page.getByRole("button", { name: "curl -v" }).click();
        await page.getByText("AUTH failed").waitFor();
        await page.getByRole("button", { name: /^Show where: AUTH failed/ }).click();
        await page.locator("ep-inspector", { hasText: "535" }).waitFor();
        assert.ok(!(await said(page)).join().includes("AGFubg"));
      },
      { hash: "log" },
    ));

  test("a link restores the log; what is no session is said to be none", async () => {
    const text = "S: 554 5.7.1 go away\n";
    await site.visit(
      async (page) => {
        await page.locator("ep-diagram .option", { hasText: "554 5.7.1 go away" }).waitFor();
      },
      { hash: `log=${await pack({ text })}` },
    );
    await site.visit(
      async (page) => {
        await page.getByRole("alert").waitFor();
      },
      { hash: `log=${await pack({ text: "<script>alert(1)</script>\n".repeat(1000) })}` },
    );
  });

  test("a file of many lines does not freeze the page", () =>
    site.visit(
      async (page) => {
        const lines = ["S: 220 a.example", "C: EHLO b.example", "S: 250 a.example"];
        for (let count = 0; count < 10_000; count++) lines.push("C: NOOP", "S: 250 ok");
        const buffer = Buffer.from(lines.join("\n"));
        await page
          .locator("input[type=file]")
          .setInputFiles({ name: "long.log", mimeType: "text/plain", buffer });
        await page.getByText("long.log").waitFor();
        await page.locator("ep-diagram .option", { hasText: "NOOP" }).first().waitFor();
        assert.ok((await page.locator("ep-diagram .option").count()) < 150);
      },
      { hash: "log" },
    ));

  for (const [name, size] of [
    ["wide", { colorScheme: "dark" }],
    ["on a phone", PHONE],
  ] as const)
    test(`nothing keeps anybody out: ${name}`, () =>
      site.visit(
        async (page) => {
          await page.getByText("refused the recipient").waitFor();
          await page.keyboard.press("n");
          assert.deepEqual(await findings(page), []);
          assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)));
        },
        { hash: "log", ...size },
      ));
});
