/** The lessons in a real browser: read and solved by key and by pointer, kept, carried by links, and printed. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { Locator, Page } from "playwright-core";

import { need } from "../interop/software.js";
import { pack } from "../../www/links.js";
import { EXERCISES } from "../../www/model/exercises/index.js";
import { findings, openSite, PHONE } from "./page.js";
import type { Site } from "./page.js";

describe("the lessons", { skip: await need("chromium") }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  const title = (page: Page): Promise<string> => page.locator("#chapter").innerText();
  const at = (page: Page, words: string): Promise<void> =>
    page.locator("#chapter", { hasText: words }).waitFor();
  const text = (page: Page): Promise<void> => page.locator("ep-learn .text p").first().waitFor();
  const exercise = (page: Page, id: string): Locator => page.locator(`ep-exercise[name="${id}"]`);
  const verdict = (page: Page, id: string, words: RegExp): Promise<void> =>
    exercise(page, id).locator(".verdict", { hasText: words }).waitFor();
  const chapter = (id: string, answers: object = {}): Promise<string> =>
    pack({ chapter: id, answers }).then((packed) => `learn=${packed}`);

  test("are read and solved by keyboard alone", async () =>
    site.visit(
      async (page) => {
        await text(page);
        assert.equal(await title(page), "What SMTP is");
        await page.keyboard.press("n");
        await at(page, "The commands");
        await text(page);
        await page.keyboard.press("e");
        await page.keyboard.type("RCPT TO:dora@lists.example");
        await page.keyboard.press("Enter");
        await verdict(page, "rcpt", /Not yet\. Expected "<" at octet 8/);
        await page.keyboard.press("Control+a");
        await page.keyboard.type("RCPT TO:<dora@lists.example>");
        await page.keyboard.press("Enter");
        await verdict(page, "rcpt", /✓ Right/);
        await exercise(page, "rcpt").getByText("✓ solved").waitFor();
        await page.keyboard.press("Tab");
        await page.keyboard.press("e");
        await page.keyboard.press("Control+a");
        await page.keyboard.type(
          "EHLO client.example\nMAIL FROM:<ann@client.example>\nRCPT TO:<bob@mx.example>\nDATA\nSubject: Lunch?\n\nNoon?\n.\nQUIT",
        );
        await page.keyboard.press("Control+Enter");
        await verdict(page, "order", /✓ Right/);
        await exercise(page, "order").getByText("354 End the message").waitFor();
        await page
          .locator(".chapters")
          .getByRole("button", { name: /2 of 4 exercises solved/ })
          .waitFor();
        await page.keyboard.press("Tab");
        await page.keyboard.press("p");
        await at(page, "What SMTP is");
      },
      { hash: "learn" },
    ));

  test("are read and solved by pointer: hint, answer, where it is wrong, the studio, and back", async () =>
    site.visit(
      async (page) => {
        await text(page);
        await page.locator(".chapters").getByText("The commands").click();
        await at(page, "The commands");
        const order = exercise(page, "order");
        await order.getByRole("button", { name: "Check" }).click();
        await verdict(page, "order", /503/);
        assert.equal(await order.locator("mark").innerText(), "RCPT TO:<bob@mx.example>");
        await order.getByRole("button", { name: "Go there" }).click();
        const selected = await order
          .locator("textarea")
          .evaluate((field: HTMLTextAreaElement) =>
            field.value.slice(field.selectionStart, field.selectionEnd),
          );
        assert.equal(selected, "RCPT TO:<bob@mx.example>");
        await order.getByRole("button", { name: "Hint" }).click();
        await order.getByText("The sender comes before the recipients").waitFor();
        await order.getByRole("button", { name: "Show an answer" }).click();
        await order.getByRole("button", { name: "Put it into the field" }).click();
        await order.getByRole("button", { name: "Check" }).click();
        await verdict(page, "order", /✓ Right/);
        await order.getByRole("button", { name: "See it in the studio" }).click();
        await page.locator("ep-studio .outcome", { hasText: /closed/ }).waitFor();
        await page.goBack();
        await at(page, "The commands");
        await exercise(page, "order").getByText("✓ solved").waitFor();
      },
      { hash: "learn" },
    ));

  test("each exercise is solved in the page by the answer that it shows", { timeout: 120_000 }, async () =>
    site.visit(
      async (page) => {
        await text(page);
        for (;;) {
          for (const one of await page.locator("ep-exercise").all()) {
            await one.getByRole("button", { name: "Show an answer" }).click();
            await one.getByRole("button", { name: "Put it into the field" }).click();
            await one.getByRole("button", { name: "Check" }).click();
            await one.locator(".verdict.right").waitFor();
          }
          const next = page.locator("button.next");
          if ((await next.count()) === 0) break;
          const before = await title(page);
          await next.click();
          await page.waitForFunction((before) => {
            const app = document.querySelector("ep-app")!.shadowRoot!;
            const learn = app.querySelector("ep-learn")!.shadowRoot!;
            return (
              learn.querySelector("#chapter")!.textContent !== before &&
              learn.querySelector(".text p") !== null
            );
          }, before);
        }
        await page.getByText(`${EXERCISES.length} of ${EXERCISES.length} exercises solved.`).waitFor();
        assert.equal(await page.locator(".count.done").count(), 13);
      },
      { hash: "learn" },
    ),
  );

  test("a choice is made, and what is wrong in it is marked", async () =>
    site.visit(
      async (page) => {
        const addresses = exercise(page, "addresses");
        await addresses.getByLabel("bob@mx.example", { exact: true }).check();
        await addresses.getByLabel("bob..miller@mx.example").check();
        await addresses.getByRole("button", { name: "Check" }).click();
        await verdict(page, "addresses", /4 are not as you say/);
        assert.equal(await addresses.getByText("look again").count(), 4);
      },
      { hash: await chapter("envelope") },
    ));

  test("a link opens its chapter and answers, and does not touch what somebody has done", async () =>
    site.visit(
      async (page) => {
        await text(page);
        await exercise(page, "hello").locator("textarea").fill("EHLO client.example\nQUIT");
        await exercise(page, "hello").getByRole("button", { name: "Check" }).click();
        await verdict(page, "hello", /✓ Right/);
        const answers = { "for-good": "550 5.1.2 no", rcpt: 7, hello: "mine now" };
        const hash = await chapter("replies", answers);
        await page.evaluate((hash) => void (location.hash = hash), hash);
        await at(page, "Replies");
        await exercise(page, "for-good").locator("input").waitFor();
        assert.equal(await exercise(page, "for-good").locator("input").inputValue(), "550 5.1.2 no");
        await page.keyboard.press("p");
        await page.keyboard.press("p");
        await at(page, "What SMTP is");
        await exercise(page, "hello").getByText("✓ solved").waitFor();
        assert.equal(
          await exercise(page, "hello").locator("textarea").inputValue(),
          "EHLO client.example\nQUIT",
        );
        await page.waitForTimeout(400);
        await page.reload();
        await exercise(page, "hello").getByText("✓ solved").waitFor();
      },
      { hash: "learn" },
    ));

  test("what is hostile in a link is text in a field, at most", async () =>
    site.visit(
      async (page) => {
        const field = exercise(page, "rcpt").locator("input");
        await field.waitFor();
        assert.match(await field.inputValue(), /onerror/);
        await exercise(page, "rcpt").getByRole("button", { name: "Check" }).click();
        await verdict(page, "rcpt", /Not yet/);
        assert.equal(await page.locator("ep-exercise img").count(), 0);
      },
      {
        hash: await chapter("commands", {
          rcpt: `RCPT TO:<img src=x onerror=alert(1)>\u202e${"(".repeat(5000)}`,
          order: "<script>alert(1)</script>\n".repeat(200),
        }),
      },
    ));

  test("a link that is none says so", async () =>
    site.visit(
      async (page) => {
        await page.getByText("The link cannot be read").waitFor();
        assert.equal(await title(page), "What SMTP is");
      },
      { hash: "learn=AAAA" },
    ));

  test("are read to the end without a network, after they were loaded once", async () =>
    site.visit(
      async (page) => {
        await text(page);
        await page.evaluate(() => navigator.serviceWorker.ready);
        await page.waitForFunction(async () => (await caches.keys()).length === 1);
        await page.context().setOffline(true);
        await page.reload();
        await page.locator(".chapters").getByText("What sits beside SMTP").click();
        await at(page, "What sits beside SMTP");
        await text(page);
        await page.context().setOffline(false);
      },
      { hash: "learn" },
    ));

  test("the tool makes base64 and reads it", async () =>
    site.visit(
      async (page) => {
        const tool = page.locator("ep-base64");
        await tool.getByLabel("Text").fill("\\0ann\\0secret");
        assert.equal(
          await tool.getByLabel("Base64", { exact: true }).locator("visible=true").last().inputValue(),
          btoa("\0ann\0secret"),
        );
        await tool.locator("input").last().fill("====");
        await tool.getByText("That is no base64").waitFor();
      },
      { hash: await chapter("sasl") },
    ));

  test("works on a phone in portrait, where nothing is wider than the screen", async () =>
    site.visit(
      async (page) => {
        for (const id of ["smtp", "sasl", "content", "failures", "domains"]) {
          await page.locator("#pick").selectOption(id);
          await text(page);
          const [width, height] = await page.evaluate(() => {
            const { scrollWidth, scrollHeight } = document.documentElement;
            return [scrollWidth, scrollHeight];
          });
          assert.ok(width! <= 390, `${id}: ${width}`);
          assert.ok(height! <= 844, `${id}: the page itself scrolls: ${height}`);
        }
        await exercise(page, "spf").locator("input").fill("v=spf1 mx -all");
        await exercise(page, "spf").getByRole("button", { name: "Check" }).tap();
        await verdict(page, "spf", /Include the mailer/);
      },
      { ...PHONE, hash: "learn" },
    ));

  test("is printed as a whole: the chapter, and nothing around it", async () =>
    site.visit(
      async (page) => {
        await text(page);
        await page.emulateMedia({ media: "print" });
        assert.equal(await page.locator(".chapters").isVisible(), false);
        assert.equal(await page.locator("header .brand").isVisible(), false);
        const [whole, page_] = await page.evaluate(() => {
          const learn = document.querySelector("ep-app")!.shadowRoot!.querySelector("ep-learn")!.shadowRoot!;
          return [learn.querySelector(".page")!.scrollHeight, document.documentElement.scrollHeight];
        });
        assert.ok(page_! >= whole!, `${whole} of ${page_}`);
      },
      { hash: await chapter("domains") },
    ));

  for (const colorScheme of ["light", "dark"] as const)
    test(`axe finds nothing in any chapter, ${colorScheme}`, { timeout: 120_000 }, async () =>
      site.visit(
        async (page) => {
          for (let number = 1; number <= 13; number++) {
            await text(page);
            if (number === 2) {
              await exercise(page, "order").getByRole("button", { name: "Check" }).click();
              await verdict(page, "order", /Not yet/);
              await exercise(page, "order").getByRole("button", { name: "Show an answer" }).click();
              await exercise(page, "order").getByRole("button", { name: "Hint" }).click();
            }
            assert.deepEqual(await findings(page), [], String(number));
            await page.keyboard.press("n");
            if (number < 13) await page.getByText(`Chapter ${number + 1} of 13`).waitFor();
          }
        },
        { colorScheme, hash: "learn" },
      ),
    );
});
