/** Sending from a real browser: through the bridge, by a token, under a strict Content-Security-Policy. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { serve } from "edgepost";
import { mintToken, startBridge } from "edgepost/bridge";
import type { BridgeLog, RunningBridge } from "edgepost/bridge";
import { listen } from "edgepost/node";
import type { Listener } from "edgepost/node";
import { type Browser, chromium } from "playwright-core";

import { need, program } from "../interop/software.js";
import { keeper } from "../js/support.js";
import { runIn, SCOPES, type Site, siteOf } from "./scopes.js";
import type { Sending } from "./sending.js";

const KEY = "0123456789abcdef0123456789abcdef";

describe("a browser", { skip: await need("chromium") }, () => {
  let browser: Browser;
  let listener: Listener;
  let bridge: RunningBridge;
  let site: Site;
  let stranger: Site;
  const log: BridgeLog[] = [];
  const { kept, handlers } = keeper();

  before(async () => {
    browser = await chromium.launch({ executablePath: program("chromium")!, args: ["--no-sandbox"] });
    listener = listen({ port: 0, host: "127.0.0.1" });
    await listener.ready;
    void (async () => {
      for await (const transport of listener)
        void serve(transport, { ...handlers, onAuth() {} }, { auth: { insecure: true } });
    })();
    const sources = (): string[] => [bridge.url.replace(/\/$/, "")];
    [site, stranger] = [await siteOf("./sending.ts", sources), await siteOf("./sending.ts", sources)];
    bridge = await startBridge({
      allow: [`localhost:${listener.port}`],
      origins: [site.origin],
      tokens: { key: KEY },
      log: (entry) => void log.push(entry),
    });
  });
  after(async () => {
    await browser?.close();
    await bridge?.close();
    await listener?.close();
    await Promise.all([site?.close(), stranger?.close()]);
  });

  const sending = async (more: Partial<Sending> = {}): Promise<Sending> => ({
    url: bridge.url,
    port: listener.port,
    token: await mintToken({ key: KEY, host: "localhost", port: listener.port, subject: "ann" }),
    octets: 100,
    ...more,
  });

  for (const scope of SCOPES)
    test(`sends from a ${scope}, small and large`, async () => {
      kept.length = 0;
      assert.deepEqual(await runIn(browser, site, scope, await sending()), { code: 250 });
      assert.deepEqual(await runIn(browser, site, scope, await sending({ octets: 3 << 20 })), { code: 250 });
      assert.deepEqual(
        kept.map(({ content }) => content.length > 3 << 20),
        [false, true],
      );
      const { event, origin, subject } = log.at(-1)!;
      assert.deepEqual([event, origin, subject], ["end", site.origin, "ann"]);
    });

  test("is told why, when its token is bad", async () => {
    const result = (await runIn(browser, site, "page", await sending({ token: "nonsense" }))) as Error;
    assert.equal(result.name, "InputError");
    assert.equal(result.message, "the bridge says: the token is not one of this bridge's");
  });

  test("is told that it was refused, when its page may not use the bridge", async () => {
    const result = runIn(browser, stranger, "page", await sending());
    // The browser itself says so on the console.
    await assert.rejects(result, /WebSocket connection to .* failed: .*403/);
    assert.match(log.at(-1)!.reason, /pages of this origin may not/);
  });
});
