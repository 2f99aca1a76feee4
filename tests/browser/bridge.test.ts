/** Sending from real browsers: through the bridge, by a token, under a strict Content-Security-Policy. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { serve } from "edgepost";
import { mintToken, startBridge } from "edgepost/bridge";
import type { BridgeLog, RunningBridge } from "edgepost/bridge";
import { listen } from "edgepost/node";
import type { Listener } from "edgepost/node";

import { need } from "../interop/software.js";
import { keeper } from "../js/support.js";
import { type Browser, type BrowserName, BROWSERS, launch } from "../support/browsers.js";
import { runIn, SCOPES, type Site, siteOf } from "./scopes.js";
import type { Sending } from "./sending.js";

const KEY = "0123456789abcdef0123456789abcdef";
/** What servers that do not know WebAssembly, or know it too well, say that it is. */
const OTHER_TYPES = [
  "application/octet-stream",
  "text/plain; charset=utf-8",
  "application/wasm; charset=utf-8",
];
/** What browsers say by themselves of a WebSocket that was refused. */
const REFUSED = /WebSocket connection to .* failed: .*403|can.t establish a connection to the server at ws:/;
/** What the engine's loader says of such a server. */
const MISTYPED = /^warn(ing)?: `WebAssembly.instantiateStreaming` failed because your server/;

for (const name of BROWSERS) describe(name, { skip: await need(name) }, () => sendingFrom(name));

function sendingFrom(name: BrowserName): void {
  let browser: Browser;
  let listener: Listener;
  let bridge: RunningBridge;
  let site: Site;
  let stranger: Site;
  let mistyped: Site[];
  const log: BridgeLog[] = [];
  const { kept, handlers } = keeper();

  before(async () => {
    browser = await launch(name);
    listener = listen({ port: 0, host: "127.0.0.1" });
    await listener.ready;
    void (async () => {
      for await (const transport of listener)
        void serve(transport, { ...handlers, onAuth() {} }, { auth: { insecure: true } });
    })();
    const serving = (wasm?: string): Promise<Site> =>
      siteOf(
        "./sending.ts",
        () => [bridge.url.replace(/\/$/, "")],
        wasm === undefined ? {} : { ".wasm": wasm },
      );
    [site, stranger] = await Promise.all([serving(), serving()]);
    mistyped = await Promise.all(OTHER_TYPES.map(serving));
    bridge = await startBridge({
      allow: [`localhost:${listener.port}`],
      origins: [site, ...mistyped].map(({ origin }) => origin),
      tokens: { key: KEY },
      log: (entry) => void log.push(entry),
    });
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await bridge?.close();
    await listener?.close();
    await Promise.all([site, stranger, ...(mistyped ?? [])].map((site) => site?.close()));
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

  test("is told what to look at, when its page may not use the bridge", async () => {
    const result = (await runIn(browser, stranger, "page", await sending(), REFUSED)) as Error;
    assert.equal(result.name, "ClosedError");
    assert.match(result.message, /cannot be reached, or refuses: .*origin.*Content-Security-Policy/);
    assert.match(log.at(-1)!.reason, /pages of this origin may not/);
  });

  for (const [at, type] of OTHER_TYPES.entries())
    test(`sends, and warns, when the server calls the engine ${type}`, async () => {
      const result = await runIn(browser, mistyped[at]!, "page", await sending(), MISTYPED);
      assert.deepEqual(result, { code: 250 });
    });
}
