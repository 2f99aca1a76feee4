/** Typing by hand in a real browser: completed by keys and by pointer, wrong lines marked at their octet, nothing in the way. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { Locator, Page } from "playwright-core";

import { need } from "../interop/software.js";
import { pack } from "../../www/links.js";
import { MESSAGE, session } from "../../www/model/plan.js";
import type { SessionPlan } from "../../www/model/plan.js";
import { findings, openSite, PHONE } from "./page.js";
import type { Site, VisitOptions } from "./page.js";

const one = { messages: [{ ...MESSAGE, to: ["bob@mx.example"] }] };
const client = (...byHand: string[]): SessionPlan => session({ ...one, client: { byHand } });
const server = (...byHand: string[]): SessionPlan => session({ ...one, server: { byHand } });

describe("by hand", { skip: await need("chromium") }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  const visit = async (
    plan: SessionPlan,
    body: (page: Page) => Promise<void>,
    options: VisitOptions = {},
  ): Promise<void> =>
    site.visit(
      async (page) => {
        await page.locator("ep-hand [role=option]").first().waitFor();
        await body(page);
      },
      {
        hash: `studio=${await pack({ plan: { sessions: [plan] }, session: 0, compare: false })}`,
        ...options,
      },
    );
  const field = (page: Page): Locator => page.locator("ep-hand textarea");
  const offered = (page: Page, text: string): Locator =>
    page.locator("ep-hand [role=option]", { hasText: text }).first();
  const sent = (page: Page, text: string): Promise<void> =>
    page.locator("ep-diagram .option", { hasText: text }).last().waitFor();
  const hint = (page: Page, text: string): Promise<void> =>
    page.locator("ep-hand #hint", { hasText: text }).waitFor();

  test("a whole transaction as the client, by keys alone", () =>
    visit(client(), async (page) => {
      await page.keyboard.press("h");
      for (const [typed, answer] of [
        ["eh", "250-mx.example"],
        ["m", "250 2.1.0"],
        ["r", "250 2.1.5"],
        ["d", "354"],
        ["f", "250 2.0.0 queued"],
      ] as const) {
        await page.keyboard.type(typed);
        await page.keyboard.press("Tab");
        assert.notEqual(await field(page).inputValue(), typed);
        await page.keyboard.press("Enter");
        await sent(page, answer);
      }
      // An empty line offers what comes next, and arrow keys go there.
      await offered(page, "QUIT").waitFor();
      await page.keyboard.press("ArrowDown");
      await page.locator("ep-hand [role=option][aria-selected=true]", { hasText: "QUIT" }).waitFor();
      assert.equal(
        await field(page).getAttribute("aria-activedescendant"),
        await page.locator("ep-hand [role=option][aria-selected=true]").getAttribute("id"),
      );
      await page.keyboard.press("Enter");
      assert.equal(await field(page).inputValue(), "QUIT");
      await page.keyboard.press("Enter");
      await page.locator(".outcome", { hasText: "closed" }).waitFor();
      await page.getByText("bob@mx.example").first().waitFor();
    }));

  test("a whole transaction as the client, by pointer alone", () =>
    visit(client(), async (page) => {
      for (const [option, answer] of [
        ["EHLO client.example", "250-mx.example"],
        ["MAIL FROM:<ann@client.example>", "250 2.1.0"],
        ["RCPT TO:<bob@mx.example>", "250 2.1.5"],
        ["DATA", "354"],
        ["From: ann@client.example", "250 2.0.0 queued"],
        ["QUIT", "221"],
      ] as const) {
        await offered(page, option).click();
        await page.getByRole("button", { name: "Send" }).click();
        await sent(page, answer);
      }
      await hint(page, "The session is over");
    }));

  test("the same by touch, where there is no Shift", () =>
    visit(
      client("EHLO client.example", "MAIL FROM:<ann@client.example>"),
      async (page) => {
        await offered(page, "RCPT TO:<bob@mx.example>").tap();
        await page.getByRole("button", { name: "New line" }).tap();
        await offered(page, "DATA").tap();
        assert.equal(await field(page).inputValue(), "RCPT TO:<bob@mx.example>\nDATA");
        await page.getByRole("button", { name: "Send" }).tap();
        await sent(page, "354");
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.ok(!overflow);
      },
      PHONE,
    ));

  test("a wrong line is marked at its octet, said aloud, and sent all the same", () =>
    visit(client("EHLO client.example"), async (page) => {
      await field(page).fill("NOOP\nMAIL FROM:ann@client.example");
      const mark = page.locator("ep-hand mark.error");
      await mark.waitFor();
      assert.equal(await mark.innerText(), "a");
      assert.equal(await field(page).getAttribute("aria-invalid"), "true");
      await page.locator("ep-hand [role=status]", { hasText: "octet 10" }).waitFor();
      const finding = page.locator("ep-hand .findings .error");
      assert.match(await finding.innerText(), /Line 2, octet 10.*Expected "<".*will answer 501/s);
      await finding.getByRole("button").click();
      const chosen = await field(page).evaluate((field: HTMLTextAreaElement) =>
        field.value.slice(field.selectionStart, field.selectionEnd),
      );
      assert.equal(chosen, "a");
      // The mark lies behind the very octet: the tenth of the second line, in the same type as what is typed.
      const box = (await mark.boundingBox())!;
      const around = (await page.locator("ep-hand .editor").boundingBox())!;
      assert.ok(Math.abs(box.x - around.x - 9 - 10 * box.width) < 2, JSON.stringify([box, around]));
      assert.ok(box.y > around.y + 20 && box.y < around.y + 40, JSON.stringify([box, around]));
      const [typed, mirrored] = await page.locator("ep-hand .editor > *").evaluateAll((elements) =>
        elements.map((element) => {
          const { font, letterSpacing, padding, whiteSpace, overflowWrap, width } = getComputedStyle(element);
          return { font, letterSpacing, padding, whiteSpace, overflowWrap, width };
        }),
      );
      assert.deepEqual(typed, mirrored);
      await page.keyboard.press("Enter");
      await sent(page, "501");
      assert.equal(await field(page).inputValue(), "");
    }));

  test("a line out of sequence is well-formed, and what will happen is told", () =>
    visit(client("EHLO client.example"), async (page) => {
      await field(page).fill("RCPT TO:<bob@mx.example>");
      const finding = page.locator("ep-hand .findings .warning");
      assert.match(
        await finding.innerText(),
        /MAIL has to come first\. The server will answer 503\. RFC 5321 §3\.3/,
      );
      await page.keyboard.press("Enter");
      await sent(page, "503");
    }));

  test("as the server, replies are completed for the command that waits", () =>
    visit(server(), async (page) => {
      for (const [typed, asked] of [
        ["22", "EHLO client.example"],
        ["250-", "MAIL FROM:<ann@client.example>"],
        ["2", "RCPT TO:<bob@mx.example>"],
        ["2", "BDAT"],
        ["2", "QUIT"],
      ] as const) {
        await field(page).pressSequentially(typed);
        await field(page).press("Tab");
        await field(page).press("Enter");
        await hint(page, asked);
      }
      await offered(page, "221").click();
      await page.getByRole("button", { name: "Send" }).click();
      await page.locator(".outcome", { hasText: /Accepted for bob@mx\.example/ }).waitFor();
    }));

  test("Escape puts the list away, typing and the arrow key bring it back, and Tab leaves an empty line", () =>
    visit(client("EHLO client.example"), async (page) => {
      const list = page.locator("ep-hand [role=listbox]");
      await field(page).focus();
      await page.keyboard.press("Escape");
      await list.waitFor({ state: "detached" });
      await page.keyboard.press("ArrowDown");
      await list.locator("[aria-selected=true]").waitFor();
      await page.keyboard.press("Escape");
      await list.waitFor({ state: "detached" });
      await page.keyboard.type("N");
      await list.waitFor();
      await page.keyboard.press("Backspace");
      await page.keyboard.press("Tab");
      assert.equal(await field(page).inputValue(), "");
      assert.ok(
        await page.getByRole("button", { name: "Send" }).evaluate((button) => button.matches(":focus")),
      );
    }));

  test("what was said last is taken back by a key, and can be said anew", () =>
    visit(client("EHLO client.example", "VRFY bob"), async (page) => {
      await sent(page, "VRFY bob");
      await page.keyboard.press("u");
      await page.locator("ep-diagram .option", { hasText: "VRFY bob" }).waitFor({ state: "detached" });
      await page.keyboard.press("b");
      await page.locator("ep-diagram .option", { hasText: "EHLO" }).waitFor({ state: "detached" });
    }));

  test("who only watches does not load what reads along", () =>
    site.visit(async (page) => {
      await page.locator(".outcome", { hasText: "Accepted" }).waitFor();
      const loaded = (): Promise<string[]> =>
        page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
      assert.ok(!(await loaded()).some((name) => /\/hand-[^/]*\.js/.test(name)));
      await page.getByRole("checkbox", { name: "I type what it says" }).check();
      await page.locator("ep-hand [role=option]").first().waitFor();
      assert.ok((await loaded()).some((name) => /\/hand-[^/]*\.js/.test(name)));
    }));

  test("hostile texts neither run nor freeze", () =>
    visit(client("EHLO client.example"), async (page) => {
      for (const text of [
        "<img src=x onerror=alert(1)>\n".repeat(500),
        "\\".repeat(16_000),
        "x".repeat(900_000),
      ]) {
        await field(page).fill(text);
        await field(page).press("End");
      }
      await hint(page, "sent, but not read here");
      await field(page).fill("NOOP");
      await hint(page, "waits for a command");
    }));

  for (const colorScheme of ["light", "dark"] as const)
    for (const [name, size] of [
      ["wide", {}],
      ["on a phone", PHONE],
    ] as const)
      test(`nothing keeps anybody out: ${name}, ${colorScheme}`, () =>
        visit(
          client("EHLO client.example"),
          async (page) => {
            assert.deepEqual(await findings(page), []);
            await field(page).fill("MAIL FROM:ann\nRCPT TO:<bob@mx.example>\n");
            await page.locator("ep-hand mark").first().waitFor();
            // What is half scrolled away would be found too small.
            await page.locator("main").evaluate((main) => main.scrollTo(0, 0));
            assert.deepEqual(await findings(page), []);
          },
          { ...size, colorScheme },
        ));
});
