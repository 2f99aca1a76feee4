/** The line lab in a real browser: what is typed is read at once, by key and by pointer; nothing typed runs or freezes. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { Page } from "playwright-core";

import { need } from "../interop/software.js";
import { pack } from "../../www/links.js";
import { findings, openSite, PHONE } from "./page.js";
import type { Site } from "./page.js";

const hash = await pack({ kind: "address", text: "a (b) @ c . example", obsolete: true });

describe("the line lab", { skip: await need("chromium") }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  const visit = (
    body: (page: Page) => Promise<void>,
    { hash = "line", ...options }: Parameters<Site["visit"]>[1] = {},
  ): Promise<void> =>
    site.visit(
      async (page) => {
        await page.locator("ep-octets .cell").first().waitFor();
        await body(page);
      },
      { hash, ...options },
    );
  const input = (page: Page) => page.getByRole("textbox");
  const right = (page: Page): Promise<void> => page.getByText("nothing is wrong").waitFor();
  const about = (page: Page): Promise<string> => page.locator("ep-octets .about").innerText();
  const marked = (page: Page) => page.locator("ep-octets .cell.mark");
  const values = async (page: Page): Promise<string[]> =>
    (await page.locator("ep-values .entry").allInnerTexts()).map((text) => text.split("\n")[0]!.trim());

  test("reads while one types, points at the octet that is wrong, and mends it at a click", () =>
    visit(async (page) => {
      await right(page);
      await input(page).fill("RCPT TO:bob@mx.example");
      await page.getByText('Expected "<" at octet 8.').waitFor();
      assert.equal(await marked(page).getAttribute("data-at"), "8");
      await page.getByRole("button", { name: "Show octet 8" }).click();
      assert.match(await about(page), /^Octet 8: 0x62, 98 decimal, b small letter b here it goes wrong/);
      assert.equal(await page.evaluate(() => String(getSelection())), "b");
      await page.getByRole("button", { name: "Put angle brackets around it" }).click();
      await right(page);
      assert.equal(await input(page).inputValue(), "RCPT TO:<bob@mx.example>");
      assert.equal(await marked(page).count(), 0);
      assert.ok((await values(page)).some((value) => /^to\s*bob@mx\.example$/.test(value)));
    }));

  test("is worked by keyboard: type, go over the octets, mend, another kind, another example", () =>
    visit(async (page) => {
      await page.keyboard.press("i");
      await page.keyboard.press("Control+a");
      await page.keyboard.type("RSTE");
      await page.getByText("Begin with a command that there is").waitFor();
      await page.getByRole("button", { name: "Find out" }).focus();
      await page.keyboard.press("f");
      await right(page);
      assert.equal(await input(page).inputValue(), "RSET");
      await page.keyboard.press("o");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      assert.match(
        await about(page),
        /^Octet 2: 0x45, 69 decimal, E capital letter E\s+rset\s+rset: Gives up/,
      );
      await page.keyboard.press("End");
      assert.match(await about(page), /^Octet 5: 0x0A, 10 decimal, LF, line feed\s+CRLF/);
      await page.keyboard.press("k");
      await page.keyboard.press("k");
      await page.getByText("Expected a reply code at octet 0").waitFor();
      await page.keyboard.press("g");
      assert.match(await about(page), /^Octet 0/);
      await page.getByRole("button", { name: "Find out" }).focus();
      await page.keyboard.press("n");
      await page.getByText("NOTIFY", { exact: true }).waitFor();
      await page.keyboard.press("p");
      await page.getByText("ENVID", { exact: true }).waitFor();
    }));

  test("a part that is pointed at shows its octets, and an octet its part", () =>
    visit(async (page) => {
      await page.getByRole("button", { name: "names and a group" }).click();
      await page.getByText("dave@mx.example", { exact: true }).hover();
      const lit = await page.locator("ep-octets .cell.lit").allInnerTexts();
      assert.equal(lit.join(""), "dave@mx.example");
      await page.locator('ep-octets .cell[data-at="5"]').hover();
      await page.locator("ep-values .entry.here", { hasText: "ann@client.example" }).waitFor();
      await page.locator("ep-octets .span", { hasText: "group" }).first().hover();
      assert.match(await about(page), /^group: Mailboxes by one name.*RFC 5322 §3\.4 Octets 56 to 95\./);
    }));

  test("header fields, addresses and replies are read with what is set for them", () =>
    visit(async (page) => {
      await input(page).fill("jörg@bücher.example");
      await page.getByRole("button", { name: "Allow UTF-8" }).click();
      await right(page);
      assert.equal(await page.getByRole("checkbox", { name: "UTF-8" }).isChecked(), true);
      await input(page).fill("Subject: =?utf-8?Q?Caf=C3=A9?=");
      await page.getByText("Café", { exact: true }).waitFor();
      await input(page).fill("450 4.7.1 come again");
      await page.getByLabel("It answers").selectOption("RCPT");
      await page.getByText("greylisting").waitFor();
    }));

  test("the address is a link that shows the same again, to whom it was given", async () => {
    let link = "";
    await visit(
      async (page) => {
        assert.equal(await input(page).inputValue(), "a (b) @ c . example");
        await right(page);
        assert.equal(await page.getByRole("checkbox", { name: "Obsolete syntax" }).isChecked(), true);
        // What the link left out is in the address, too, when the state is kept.
        const changed = (old: string) => page.waitForFunction((old) => location.hash !== old, old);
        await changed(`#line=${hash}`);
        const before = await page.evaluate(() => location.hash);
        await input(page).fill("d@e.example");
        await changed(before);
        link = await page.evaluate(() => location.hash.slice(1));
      },
      { hash: `line=${hash}` },
    );
    await visit(async (page) => assert.equal(await input(page).inputValue(), "d@e.example"), { hash: link });
  });

  test("octets that have not arrived are paler, and the end can be what is wrong", () =>
    visit(async (page) => {
      await page.getByRole("button", { name: "the end is missing" }).click();
      await page.getByText("another line of the reply at octet").waitFor();
      const { at, count } = await page.locator("ep-octets").evaluate((element) => {
        const shown = element as unknown as { mark: number; octets: Uint8Array; until: number };
        shown.until = 20;
        return { at: shown.mark, count: shown.octets.length };
      });
      assert.equal(await marked(page).getAttribute("data-at"), String(at));
      const end = at === count ? 1 : 0;
      assert.equal(await page.locator("ep-octets .cell.later").count(), count + end - 20);
    }));

  test("hostile text neither runs nor freezes the page", () =>
    visit(async (page) => {
      for (const text of [
        'MAIL FROM:<"<img/src=x\u202eonerror=alert(1)>"@x.example>',
        `Subject: <script>alert(1)</script>${"=?utf-8?Q?a?= ".repeat(8_000)}`,
        `To: ${"a@b.example, ".repeat(8_000)}`,
        "\\0\\x1b[2J\\xff".repeat(8_000),
        `250-${"(".repeat(100_000)}`,
        "\u202e".repeat(30_000),
      ]) {
        const octets = page.locator("ep-octets");
        const before = await octets.evaluateHandle(
          (element) => (element as unknown as { octets: object }).octets,
        );
        await input(page).fill(text);
        await octets.evaluate(async (element, before) => {
          const shown = element as unknown as { octets: object };
          while (shown.octets === before) await new Promise(requestAnimationFrame);
        }, before);
        const longest = await page.evaluate(async () => {
          const began = performance.now();
          for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
          return performance.now() - began;
        });
        assert.ok(longest < 2_000, `${text.slice(0, 20)}: ${longest} ms for five frames`);
        assert.ok((await page.locator("ep-octets .cell").count()) < 5_000);
        await octets.locator(".scroll").focus();
        await page.keyboard.press("Control+End");
        assert.match(await about(page), /^Octet [1-9]/);
      }
      assert.equal(await page.locator("script:not([src]), img[src=x]").count(), 0);
    }));

  test("a text of more octets than are read says so", () =>
    visit(async (page) => {
      await input(page).fill("a".repeat(300_000));
      await page.getByText("more than 262,144 octets").waitFor();
    }));

  for (const [name, options] of [
    ["wide", {}],
    ["dark", { colorScheme: "dark" }],
    ["phone", PHONE],
  ] as const)
    test(`accessibility rules find nothing, ${name}, and nothing is wider than the page`, () =>
      visit(async (page) => {
        await right(page);
        assert.deepEqual(await findings(page), []);
        await page.getByRole("button", { name: "without angle brackets" }).click();
        await marked(page).waitFor();
        await page.keyboard.press("o");
        assert.deepEqual(await findings(page), []);
        await page.getByRole("button", { name: "Date", exact: true }).click();
        await page.getByText("no such day").waitFor();
        assert.deepEqual(await findings(page), []);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wider <= 0, `${wider} px`);
      }, options));
});
