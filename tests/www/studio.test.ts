/** The studio in a real browser: sessions run, step and rewind, by key and by pointer; links carry all of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { Page } from "playwright-core";

import { need } from "../interop/software.js";
import { pack } from "../../www/links.js";
import { play } from "../../www/model/play.js";
import { MESSAGE, session } from "../../www/model/plan.js";
import type { Recording } from "../../www/model/recording.js";
import { SCENARIOS } from "../../www/model/scenarios/index.js";
import { findings, openSite, PHONE } from "./page.js";
import type { Site } from "./page.js";

describe("the studio", { skip: await need("chromium") }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  const outcome = async (page: Page): Promise<string> => (await page.locator(".outcome").innerText()).trim();
  const ended = (page: Page, words: RegExp): Promise<void> =>
    page.locator(".outcome", { hasText: words }).waitFor();
  const said = (page: Page): Promise<string[]> => page.locator("ep-diagram .option .text").allTextContents();
  const trips = (page: Page): Promise<string> => page.locator(".figures b").first().innerText();

  test("runs a session by itself: three round trips, and a 250 for the message", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted for bob@mx\.example, .*: 250 /);
      assert.equal(await trips(page), "3");
      const lines = await said(page);
      assert.deepEqual(
        lines.filter((line) => /^[A-Z]{4}/.test(line)).map((line) => line.slice(0, 4)),
        ["EHLO", "MAIL", "RCPT", "RCPT", "RCPT", "BDAT", "QUIT"],
      );
    }));

  test("each scenario's transcript in the page is what the engines say outside of it", () =>
    site.visit(async (page) => {
      // Nonces differ from run to run, and with them what is said of them.
      const steady = SCENARIOS.filter(({ id }) => !/scram|cram|auth-refused|journey|bounce|silence/.test(id));
      await ended(page, /Accepted/);
      const studio = await page.locator("ep-studio").elementHandle();
      for (const { id, plan } of steady) {
        const { sessions } = await play(plan);
        const hash = `studio=${await pack({ plan })}`;
        const transcripts = await studio!.evaluate(async (studio, hash) => {
          const view = studio as unknown as { recording: Recording };
          const before = view.recording;
          location.hash = hash;
          while (view.recording === before) await new Promise(requestAnimationFrame);
          return view.recording.sessions.map(({ lines }) => lines.map(({ text, sent }) => [sent, text]));
        }, hash);
        const outside = sessions.map(({ lines }) => lines.map(({ text, sent }) => [sent, text]));
        assert.deepEqual(transcripts, outside, id);
      }
    }));

  test("is worked by keyboard: a scenario, back to the beginning, by lines and by octets, to the end", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      await page.keyboard.press("s");
      await page.getByRole("button", { name: "STARTTLS", exact: true }).focus();
      await page.keyboard.press("Enter");
      await page.getByText("secured by TLS").waitFor();
      await page.keyboard.press("r");
      assert.equal(await outcome(page), "The session goes on.");
      assert.deepEqual(await said(page), []);
      await page.keyboard.press("n");
      await page.keyboard.press("n");
      for (let octet = 0; octet < 4; octet++) await page.keyboard.press(".");
      assert.deepEqual(await said(page), ["220 mx.example ESMTP Edgepost", "EHLO client.example", "250-"]);
      await page.keyboard.press(",");
      await page.keyboard.press("p");
      await page.keyboard.press("p");
      assert.deepEqual(await said(page), ["220 mx.example ESMTP Edgepost"]);
      await page.keyboard.press("e");
      await ended(page, /Accepted/);
    }));

  test("lines are chosen by arrow keys, and looked at", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      await page.locator("ep-diagram .scroll").focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page
        .locator('ep-diagram .option[aria-selected="true"]', { hasText: "EHLO client.example" })
        .waitFor();
      await page.locator("ep-inspector", { hasText: "EHLO client.example" }).waitFor();
      await page.locator("ep-inspector ep-octets .cell").first().waitFor();
      await page.keyboard.press("End");
      await page.keyboard.press("Home");
      await page.locator("ep-inspector", { hasText: "220 mx.example" }).waitFor();
    }));

  test("runs in time, and can be paused", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      await page.getByLabel("Speed").selectOption("40 times slower");
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page.getByText("EHLO client.example").first().waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      const paused = await said(page);
      assert.ok(paused.length >= 1 && paused.length < 10, paused.join());
      await page.getByRole("button", { name: "End", exact: true }).click();
      await ended(page, /Accepted/);
    }));

  test("who wants no motion gets the end at once", () =>
    site.visit(
      async (page) => {
        await ended(page, /Accepted/);
        await page.keyboard.press("r");
        await page.keyboard.press(" ");
        await ended(page, /Accepted/);
      },
      { reducedMotion: "reduce" },
    ));

  test("settings change what happens: without PIPELINING and CHUNKING eight round trips", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      const client = page.getByRole("region", { name: "The client" });
      await client.getByRole("checkbox", { name: "PIPELINING" }).uncheck();
      await client.getByRole("checkbox", { name: "CHUNKING" }).uncheck();
      await page.locator(".figures b", { hasText: /^8$/ }).waitFor();
      await page.getByRole("button", { name: "Compare" }).click();
      const rows = page.locator("ep-compare tbody tr");
      await rows.nth(3).locator("td", { hasText: "ms" }).waitFor();
      const counts = await rows.locator("td:nth-child(2)").allInnerTexts();
      assert.deepEqual(counts, ["8", "4", "7", "3"]);
    }));

  test("faults are put in and taken out", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      const server = page.getByRole("region", { name: "The server" });
      await server.getByLabel(/^\s*At\s/).selectOption("RCPT");
      await server.getByLabel(/^\s*What\s/).selectOption("no such user: 550");
      await server.getByRole("button", { name: "Let it go wrong" }).click();
      await ended(page, /refused all recipients: 550 5\.1\.1/);
      await server.getByRole("button", { name: /^Remove: RCPT/ }).click();
      await ended(page, /Accepted/);
    }));

  test("commands can be typed by hand, and taken back", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      const client = page.getByRole("region", { name: "The client" });
      await client.getByLabel("I type what it says").check();
      await ended(page, /The server waits for you/);
      const line = page.locator("ep-hand textarea");
      for (const text of ["EHLO me.example", "MAIL FROM:<a@b.example>", "VRFY"]) {
        await line.fill(text);
        await line.press("Enter");
        await page.locator("ep-diagram .option", { hasText: text }).waitFor();
      }
      assert.ok((await said(page)).some((text) => /^50\d /.test(text)));
      await page.getByRole("button", { name: "Take back" }).click();
      await page.locator("ep-diagram .option", { hasText: "VRFY" }).waitFor({ state: "detached" });
    }));

  test("a link restores what was set; one that is broken says so", async () => {
    const plan = {
      sessions: [session({ link: { delay: 123 }, messages: [{ ...MESSAGE, to: ["zoe@mx.example"] }] })],
    };
    const packed = await pack({ plan, session: 0, compare: true });
    await site.visit(
      async (page) => {
        await ended(page, /Accepted for zoe@mx\.example/);
        await page.getByText("Delay each way: 123 ms").waitFor();
        await page.locator("ep-compare").waitFor();
      },
      { hash: `studio=${packed}` },
    );
    await site.visit(
      async (page) => {
        await page.getByText("The link cannot be read").waitFor();
        await ended(page, /Accepted/);
      },
      { hash: `studio=${packed.slice(0, -4)}` },
    );
  });

  test("the address follows, and a draft stays for the next time", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      await page.getByLabel("Subject").fill("Kept");
      await page.getByLabel("Subject").press("Tab");
      await page.waitForFunction(() => location.hash.startsWith("#studio="));
      const { hash } = new URL(page.url());
      await page.goto(site.url);
      await ended(page, /Accepted/);
      assert.equal(await page.getByLabel("Subject").inputValue(), "Kept");
      assert.ok(hash.length < 2000);
    }));

  test("a session of a thousand messages scrolls smoothly: only what is seen is drawn", async () => {
    const plan = { sessions: [session({ messages: [{ ...MESSAGE, times: 1000 }] })] };
    await site.visit(
      async (page) => {
        await ended(page, /1000 of 1000 messages were accepted/);
        assert.ok((await page.locator("ep-diagram .option").count()) < 150);
        const slowest = await page.evaluate(async () => {
          const studio = document.querySelector("ep-app")!.shadowRoot!.querySelector("ep-studio")!;
          const scroll = studio
            .shadowRoot!.querySelector("ep-diagram")!
            .shadowRoot!.querySelector(".scroll")!;
          const times: number[] = [];
          let last = await new Promise<number>(requestAnimationFrame);
          for (let step = 0; step < 60; step++) {
            scroll.scrollTop += 1500;
            const now = await new Promise<number>(requestAnimationFrame);
            times.push(now - last);
            last = now;
          }
          return times.sort((one, other) => one - other)[Math.floor(times.length * 0.9)]!;
        });
        // A frame takes some 20; machines that run tests are slow.
        assert.ok(slowest < 300, `${slowest} ms`);
      },
      { hash: `studio=${await pack({ plan })}` },
    );
  });

  test("the page works offline after it was loaded once", () =>
    site.visit(async (page) => {
      await ended(page, /Accepted/);
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.waitForFunction(async () => (await caches.keys()).length === 1);
      await page.context().setOffline(true);
      await page.reload();
      await ended(page, /Accepted/);
      await page.context().setOffline(false);
    }));

  for (const colorScheme of ["light", "dark"] as const)
    for (const [name, size] of [
      ["wide", {}],
      ["on a phone", PHONE],
    ] as const)
      test(`nothing keeps anybody out: ${name}, ${colorScheme}`, () =>
        site.visit(
          async (page) => {
            await ended(page, /Accepted/);
            assert.deepEqual(await findings(page), []);
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
            assert.ok(!overflow);
            await page.keyboard.press("s");
            assert.deepEqual(await findings(page), []);
          },
          { ...size, colorScheme },
        ));

  test("what the first view loads is under 400 kB compressed; all views together are held", async () => {
    const { brotliCompressSync } = await import("node:zlib");
    const octets = new Map<string, number>();
    for (const [path, content] of site.files)
      if (/\.(js|wasm)$/.test(path)) octets.set(path, brotliCompressSync(content).length);
    const sum = (paths: Iterable<string>): number =>
      [...paths].reduce((all, path) => all + (octets.get(path) ?? 0), 0);
    await site.visit(async (page) => {
      const loaded = await page.evaluate(() =>
        performance.getEntriesByType("resource").map(({ name }) => name),
      );
      await ended(page, /Accepted/);
      const more = await page.evaluate(() =>
        performance.getEntriesByType("resource").map(({ name }) => name),
      );
      const first = sum(new Set([...loaded, ...more].map((url) => new URL(url).pathname)));
      assert.ok(first > 200_000 && first < 400_000, `${first}`);
    });
    // The goal is 400 kB for all: the editor of the message lab takes some 80.
    assert.ok(sum(octets.keys()) < 500_000, `${sum(octets.keys())}`);
  });
});
