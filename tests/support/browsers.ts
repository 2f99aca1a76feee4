/** Real browsers, driven alike: Chromium by Playwright, Firefox by WebDriver BiDi. Each page has a profile of its own. */

import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

import { program, PUPPETEER } from "../interop/software.js";
import { temporary } from "./temporary.js";

/** By the names that `need` of interop/software.ts knows. */
export const BROWSERS = ["chromium", "firefox"] as const;
export type BrowserName = (typeof BROWSERS)[number];

/** A page that is open. */
export interface Page {
  /** Calls a function in the page, which has nothing but its argument; both that and the result are plain data. */
  evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  /** What was said on the console, and the errors that nobody caught. */
  readonly complaints: readonly string[];
  /** Clicks at a place of what is shown: CSS pixels from its left and top. */
  click(x: number, y: number): Promise<void>;
  /** Presses a key, named as by `KeyboardEvent.key`, with those held down before it: `Control+a`. */
  press(key: string): Promise<void>;
  /** Types characters. */
  type(text: string): Promise<void>;
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
}

/** A browser that runs. */
export interface Browser extends AsyncDisposable {
  /** Opens a page, and closes it when `body` is done with it. */
  visit<R>(url: string, body: (page: Page) => Promise<R>): Promise<R>;
}

/** What the two drivers have in common, each for what it drives. */
interface Driver {
  newContext(): Promise<Context>;
  close(): Promise<void>;
}

interface Context {
  newPage(): Promise<Tab>;
  close(): Promise<void>;
}

interface Tab {
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): unknown;
  on(event: "pageerror", listener: (error: Error) => void): unknown;
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  readonly mouse: { click(x: number, y: number): Promise<void> };
  readonly keyboard: {
    down(key: string): Promise<void>;
    press(key: string): Promise<void>;
    type(text: string): Promise<void>;
    up(key: string): Promise<void>;
  };
}

/** CSS pixels. */
const VIEWPORT = { width: 1440, height: 900 };

/** Firefox looks for news from its maker, and must not find the way. */
const LOOPBACK_ONLY = {
  "network.proxy.type": 1,
  "network.proxy.socks": "127.0.0.1",
  "network.proxy.socks_port": 9,
  "network.proxy.no_proxies_on": "localhost,127.0.0.1",
  "network.proxy.allow_hijacking_localhost": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "dom.push.connection.enabled": false,
  "services.settings.server": "data:,",
  "browser.region.network.url": "",
};

/** Milliseconds that a call in a page may take. */
const LIMIT = 600_000;

const LAUNCH: Readonly<Record<BrowserName, () => Promise<Driver>>> = {
  async chromium() {
    const browser = await chromium.launch({ executablePath: program("chromium")!, args: ["--no-sandbox"] });
    return {
      newContext: () => browser.newContext({ viewport: VIEWPORT }) as Promise<Context>,
      close: () => browser.close(),
    };
  },
  async firefox() {
    const { launch } = (await import(pathToFileURL(PUPPETEER).href)) as {
      launch(options: object): Promise<{ createBrowserContext(): Promise<Context>; close(): Promise<void> }>;
    };
    // Puppeteer's own would stay when the test is ended by a signal.
    const profile = await temporary();
    const firefox = await launch({
      browser: "firefox",
      userDataDir: profile.path,
      executablePath: program("firefox-esr")!,
      headless: true,
      defaultViewport: VIEWPORT,
      protocolTimeout: LIMIT,
      extraPrefsFirefox: LOOPBACK_ONLY,
    });
    return {
      newContext: () => firefox.createBrowserContext(),
      async close() {
        await firefox.close();
        await profile.remove();
      },
    };
  },
};

/** Starts a browser that is installed. */
export async function launch(name: BrowserName): Promise<Browser> {
  const driver = await LAUNCH[name]();
  return {
    async visit(url, body) {
      const context = await driver.newContext();
      try {
        const tab = await context.newPage();
        const complaints: string[] = [];
        tab.on("console", (message) => void complaints.push(`${message.type()}: ${message.text()}`));
        tab.on("pageerror", (error) => void complaints.push(`error: ${error.message}`));
        await tab.goto(url);
        return await body(pageOf(tab, complaints));
      } finally {
        await context.close();
      }
    },
    [Symbol.asyncDispose]: () => driver.close(),
  };
}

function pageOf(tab: Tab, complaints: readonly string[]): Page {
  return {
    complaints,
    evaluate: (run, argument) => tab.evaluate(run, argument),
    click: (x, y) => tab.mouse.click(x, y),
    async press(keys) {
      const [key = "", ...held] = keys.split("+").reverse();
      for (const other of [...held].reverse()) await tab.keyboard.down(other);
      await tab.keyboard.press(key);
      for (const other of held) await tab.keyboard.up(other);
    },
    type: (text) => tab.keyboard.type(text),
    async goto(url) {
      await tab.goto(url);
    },
    async reload() {
      await tab.reload();
    },
  };
}
