/** The examples for Workers and edge runtimes, as they are, in workerd: what arrives, and what a failure looks like. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { parse } from "edgepost";
import { startBridge } from "edgepost/bridge";

import { programs } from "../runtimes/install.js";
import { environment, start } from "../support/process.js";
import { nowhere, said, server, settings, USER, workshop } from "./support.js";
import type { Workshop } from "./support.js";

const HOST = fileURLToPath(new URL("../runtimes/on/miniflare.mjs", import.meta.url));
/** Nothing is asked of anybody, nor told to. */
const QUIET = { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", CI: "1" };

let shop: Workshop;
before(async () => {
  shop = await workshop();
});
after(() => shop.clear());

interface Worker extends AsyncDisposable {
  readonly url: string;
  log(): string;
}

/** `?module` is what bundlers for edge runtimes make a compiled module of. */
const compiled: Plugin = {
  name: "compiled modules",
  setup(build) {
    build.onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir, kind }) =>
      build.resolve(path.replace("?module", ""), { resolveDir, kind }),
    );
  },
};

/** Bundles a Worker as Wrangler does, and runs it. */
async function worker(
  folder: string,
  entry: string,
  bindings: Record<string, string>,
  more: { readonly conditions?: string[]; readonly kvNamespaces?: string[] } = {},
): Promise<Worker> {
  const { conditions = ["workerd", "worker", "browser"], ...options } = more;
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    outdir: "bundle",
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions,
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    plugins: [compiled],
    metafile: true,
    logLevel: "error",
  });
  const isWasm = (file: string): number => Number(file.endsWith(".wasm"));
  const modules = Object.keys(metafile.outputs)
    .sort((one, other) => isWasm(one) - isWasm(other))
    .map((name) => join(folder, name));
  const given = {
    miniflare: programs.miniflare,
    root: join(folder, "bundle"),
    modules,
    bindings,
    ...options,
  };
  const host = start(programs.node26, [HOST, JSON.stringify(given)], { env: environment(QUIET) });
  const [, url] = await said(host, /^listening on (\S+)$/m);
  return { url: url!, log: host.log, [Symbol.asyncDispose]: () => host.stop() };
}

test("a Worker's form sends what is written in it, and nothing that is hidden in it", async () => {
  const folder = await shop.copy("cloudflare-worker-form");
  await using smtp = await server();
  await using form = await worker(folder, "src/worker.ts", settings(smtp.port));
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(form.url, { method: "POST", body: new URLSearchParams(fields), headers });
  const letter = { name: "Carol", email: "carol@example.org", text: "Grüße!\n.\nBye." };

  const shown = await fetch(form.url);
  assert.match(await shown.text(), /<form method="post">/);
  assert.match(shown.headers.get("Content-Security-Policy")!, /default-src 'none'/);

  const sent = await post(letter);
  assert.equal(sent.status, 200, form.log());
  assert.match(await sent.text(), /on its way/);
  const [kept] = smtp.kept;
  assert.deepEqual([kept!.from, kept!.to, kept!.user], ["ann@example.com", ["bob@example.net"], USER]);
  const message = await parse(kept!.content);
  assert.equal(message.subject, "Contact form: Carol");
  assert.deepEqual(message.replyTo, [{ name: "Carol", address: "carol@example.org" }]);
  assert.match(message.text!, /Grüße!\r\n\.\r\nBye\./);

  const hidden = { ...letter, name: "x\r\nBcc: everybody@example.org" };
  assert.equal((await post(hidden)).status, 400);
  assert.equal((await post({ ...letter, email: "a@b.example>\r\nRCPT TO:<x@y.example" })).status, 400);
  const alert = await post({ ...letter, email: "<script>alert(1)</script>" });
  assert.ok(!(await alert.text()).includes("<script>"));
  assert.equal((await post({ ...letter, text: "" })).status, 400);
  assert.equal((await post(letter, { Origin: "https://elsewhere.example" })).status, 403);
  assert.equal((await post({ ...letter, text: "x".repeat(30_000) })).status, 413);
  assert.equal((await fetch(form.url, { method: "PUT" })).status, 405);
  assert.equal((await post({ ...letter, website: "https://spam.example" })).status, 200);
  const later = await post({ ...letter, name: "later" });
  assert.deepEqual([later.status, later.headers.get("Retry-After")], [503, "60"]);
  assert.equal(smtp.kept.length, 1);
});

test("a Worker's form says so when there is no server", async () => {
  const folder = await shop.copy("cloudflare-worker-form");
  await using form = await worker(folder, "src/worker.ts", settings(await nowhere()));
  const body = new URLSearchParams({ name: "", email: "carol@example.org", text: "x" });
  assert.equal((await fetch(form.url, { method: "POST", body })).status, 503);
});

test("an Email Worker answers each writer once, and no program", async () => {
  const folder = await shop.copy("email-worker");
  const bindings = { AWAY_UNTIL: "2999-01-01", FORWARD_TO: "" };
  await using email = await worker(folder, "src/worker.ts", bindings, { kvNamespaces: ["ANSWERED"] });
  const deliver = async (from: string, ...fields: readonly string[]): Promise<string[]> => {
    const message = [
      `From: ${from}`,
      ...(fields.some((field) => field.startsWith("To:")) ? [] : ["To: me@worker.test"]),
      "Subject: Lunch?",
      "Date: Thu, 26 Nov 2026 12:00:00 +0000",
      `Message-ID: <${crypto.randomUUID()}@client.test>`,
      ...fields,
      "",
      "Are you there?",
      "",
    ].join("\r\n");
    const paths = new URLSearchParams({ from, to: "me@worker.test", format: "json" });
    const response = await fetch(`${email.url}cdn-cgi/handler/email?${paths}`, {
      method: "POST",
      body: message,
    });
    const text = await response.text();
    assert.equal(response.status, 200, `${text}\n${email.log()}`);
    const { replies, outcome } = JSON.parse(text) as { outcome: string; replies: { raw: string }[] };
    assert.equal(outcome, "ok", email.log());
    return replies.map(({ raw }) => raw);
  };
  const [reply] = await deliver("ann@client.test");
  const { text, subject, headers } = await parse(reply!);
  assert.match(text!, /I am away until 2999-01-01/);
  assert.match(subject!, /Lunch\?$/);
  assert.equal(headers.find(({ name }) => name === "Auto-Submitted")!.value, "auto-replied");
  assert.deepEqual(await deliver("Ann@client.test"), []);
  assert.equal((await deliver("zoe@client.test")).length, 1);
  assert.deepEqual(await deliver("list@client.test", "List-Id: <news.client.test>"), []);
  assert.deepEqual(await deliver("bob@client.test", "To: everybody@client.test"), []);
  assert.deepEqual(await deliver("robot@client.test", "Auto-Submitted: auto-generated"), []);
});

test("an Email Worker whose owner is back answers nobody", async () => {
  const folder = await shop.copy("email-worker");
  const bindings = { AWAY_UNTIL: "2020-01-01", FORWARD_TO: "" };
  await using email = await worker(folder, "src/worker.ts", bindings, { kvNamespaces: ["ANSWERED"] });
  const paths = new URLSearchParams({ from: "ann@client.test", to: "me@worker.test", format: "json" });
  const body = "From: ann@client.test\r\nTo: me@worker.test\r\nMessage-ID: <1@client.test>\r\n\r\nx\r\n";
  const response = await fetch(`${email.url}cdn-cgi/handler/email?${paths}`, { method: "POST", body });
  assert.deepEqual(((await response.json()) as { replies: unknown[] }).replies, []);
});

test("an edge route sends through the bridge, with a token of its own", async () => {
  const folder = await shop.copy("next-edge-route");
  // What the framework does around a route. There are no sockets among the conditions.
  await writeFile(
    join(folder, "host.ts"),
    `import { POST } from "./app/api/contact/route.js";
    export default { fetch(request, env) { globalThis.process = { env }; return POST(request); } };`,
  );
  const key = "a key that is long enough for the tokens of a bridge";
  await using smtp = await server();
  const log: string[] = [];
  await using bridge = await startBridge({
    allow: [`127.0.0.1:${smtp.port}`],
    tokens: { key },
    log: ({ event, subject = "" }) => void log.push(`${event} ${subject}`),
  });
  const bindings = { ...settings(smtp.port), BRIDGE_URL: bridge.url, BRIDGE_KEY: key };
  const conditions = ["edge-light", "worker", "browser"];
  await using route = await worker(folder, "host.ts", bindings, { conditions });
  const post = (body: unknown): Promise<Response> =>
    fetch(route.url, { method: "POST", body: JSON.stringify(body) });
  const letter = { from: "carol@example.org", subject: "Grüße", text: "From the edge." };
  const sent = await post(letter);
  assert.equal(sent.status, 202, `${await sent.clone().text()}\n${route.log()}`);
  const { subject, text, replyTo } = await parse(smtp.kept[0]!.content);
  assert.deepEqual(
    [subject, text, replyTo?.[0]],
    ["Grüße", "From the edge.\r\n", { address: "carol@example.org" }],
  );
  assert.deepEqual(log, ["open contact", "end contact"]);
  assert.equal((await post({ subject: "x" })).status, 400);
  assert.equal((await post({ ...letter, from: "no address" })).status, 400);
  assert.equal((await post({ ...letter, subject: "later" })).status, 503);
});
