/** `edgepost playground`, called as a user calls it: the page, the sink and the bridge beside it, in a real browser too. */

import assert from "node:assert/strict";
import { request } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";

import { connect } from "edgepost";
import { tcp } from "edgepost/node";
import { websocket } from "edgepost/websocket";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { WebSocket } from "ws";

import { need, program } from "../interop/software.js";
import { mail, rejection } from "../js/support.js";
import { EDGEPOST, running } from "../support/playground.js";
import { environment, type Ran, run } from "../support/process.js";
import { findings } from "../www/page.js";

const playground = (args: readonly string[]): Promise<Ran> =>
  run(process.execPath, [EDGEPOST, "playground", ...args], { env: environment() });

/** The status that a request for the page has, under a name. */
function status(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    asked.on("error", reject).end();
  });
}

test("serves the page with its engine, under a strict policy", async () => {
  await using program = await running();
  const { page } = program.at;
  const response = await fetch(page);
  assert.equal(response.status, 200);
  assert.match(
    response.headers.get("content-security-policy")!,
    /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'/,
  );
  const html = await response.text();
  assert.equal((await fetch(new URL(/src="([^"]+\.js)"/.exec(html)![1]!, page))).status, 200);
  const all = await (await fetch(new URL("sw.js", page))).text();
  const [engine] = /\.\/assets\/edgepost_bg-[\w-]+\.wasm/.exec(all)!;
  const wasm = await WebAssembly.compileStreaming(fetch(new URL(engine, page)));
  assert.ok(WebAssembly.Module.exports(wasm).length > 0);
  assert.equal((await fetch(new URL("nothing.html", page))).status, 404);
  assert.equal((await fetch(page, { method: "POST" })).status, 405);
});

test("keeps what is sent to it, by TCP and by the bridge, and tells the page", async () => {
  await using program = await running();
  const { page, bridge, smtp } = program.at;
  assert.deepEqual(await (await fetch(`${page}live.json`)).json(), { bridge, servers: [smtp] });
  const content = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nx\r\n";
  for (const connector of [tcp(smtp), websocket({ url: bridge, ...smtp, WebSocket })]) {
    const client = await connect(connector, { tls: "off" });
    await client.send(mail(content));
    await client.close();
  }
  const listed = (await (await fetch(`${page}messages.json`)).json()) as {
    number: number;
    subject: string;
  }[];
  assert.deepEqual(
    listed.map(({ number, subject }) => [number, subject]),
    [
      [1, "Grüße"],
      [2, "Grüße"],
    ],
  );
  assert.equal(await (await fetch(`${page}messages/2.eml`)).text(), content);
  assert.equal((await fetch(`${page}messages/3.eml`)).status, 404);
  assert.match(program.log(), /"event":"message","number":1/);
});

test("the bridge reaches no other server, unless it was allowed", async () => {
  const other = createServer((socket) => socket.end("220 here\r\n"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const reach = async (url: string): Promise<Error> =>
    rejection(
      connect(websocket({ url, host: "127.0.0.1", port, WebSocket }), { tls: "off" }),
    ) as Promise<Error>;
  try {
    await using closed = await running();
    assert.match((await reach(closed.at.bridge)).message, /not one that the bridge may reach/);
    await using open = await running("--allow", `127.0.0.1:${port}`);
    assert.doesNotMatch((await reach(open.at.bridge)).message, /may reach/);
  } finally {
    other.close();
  }
});

test("a page of elsewhere whose name leads here reads nothing", async () => {
  await using program = await running();
  const { page } = program.at;
  const { host, port } = new URL(page);
  assert.equal(await status(`${page}messages.json`, host), 200);
  assert.equal(await status(`${page}messages.json`, `localhost:${port}`), 200);
  assert.equal(await status(`${page}messages.json`, `rebound.example:${port}`), 421);
});

test("ends when it is asked to", async () => {
  await using program = await running();
  await program.stop("SIGINT");
  assert.equal(await program.ended, 0);
});

test("says what is wrong with its options and its ports", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const port = String((taken.address() as AddressInfo).port);
  try {
    for (const [args, code, words] of [
      [["--port", "x"], 2, /--port/],
      [["--smtp-port", "70000"], 2, /--smtp-port/],
      [["--allow", "nowhere", "--port", "0", "--smtp-port", "0"], 2, /no destination/],
      [["--port", port, "--smtp-port", "0"], 1, /is in use/],
      [["--smtp-port", port, "--port", "0"], 1, /is in use/],
      [["extra"], 2, /extra/],
    ] as const) {
      const ran = await playground(args);
      assert.deepEqual([ran.code, words.test(ran.log)], [code, true], ran.log);
    }
    const help = await playground(["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout.toString(), /Examples:\n {2}edgepost playground\n/);
  } finally {
    taken.close();
  }
});

describe("in Chromium", { skip: await need("chromium") }, () => {
  test("a session with the sink is drawn as it happens, and what it has kept is shown; nothing keeps anybody out", async () => {
    await using playing = await running();
    const browser = await chromium.launch({ executablePath: program("chromium")!, args: ["--no-sandbox"] });
    try {
      const page: Page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      const complaints: string[] = [];
      page.on("console", (message) => void complaints.push(message.text()));
      page.on("pageerror", (error) => void complaints.push(error.message));
      await page.goto(`${playing.at.page}#live`);
      await page.getByLabel("Subject").fill("Drawn live");
      await page.getByLabel("Subject").press("Tab");
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("Accepted for bob@mx.example: 250").waitFor();
      await page.locator("ep-diagram .option", { hasText: "MAIL FROM:<ann@client.example>" }).click();
      await page
        .locator("ep-inspector", { hasText: "reverse-path" })
        .or(page.locator("ep-inspector", { hasText: "MAIL" }))
        .first()
        .waitFor();
      await page.getByRole("button", { name: /Drawn live/ }).click();
      await page.locator("pre", { hasText: "Subject: Drawn live" }).waitFor();
      assert.deepEqual(await findings(page), []);
      await page.getByLabel("To, with commas between").fill("no address");
      await page.getByLabel("To, with commas between").blur();
      await page.keyboard.press("s");
      await page.locator("p.failed").waitFor();
      await page.getByRole("button", { name: "Open in the message lab" }).click();
      await page.getByText("This is message 1 of the server.").waitFor();
      await page.locator("ep-source .cm-line", { hasText: "Subject: Drawn live" }).waitFor();
      await page.getByText("reading…").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Send to the sink…" }).click();
      const dialog = page.getByRole("dialog", { name: "Send it to the sink" });
      await dialog.getByLabel("To: the forward-paths").fill("");
      await dialog.getByRole("button", { name: "Send" }).click();
      await dialog.getByText("It goes to nobody: name a recipient.").waitFor();
      await dialog.getByLabel("To: the forward-paths").fill("zoe@mx.example");
      await dialog.getByRole("button", { name: "Send" }).click();
      await dialog.getByText("Accepted for zoe@mx.example: 250").waitFor();
      assert.deepEqual(await findings(page), []);
      const before = await (await fetch(`${playing.at.page}messages/1.eml`)).text();
      assert.equal(await (await fetch(`${playing.at.page}messages/2.eml`)).text(), before);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  });
});
