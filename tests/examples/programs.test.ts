/** The examples for Node, Deno, Bun and Rust, as they are, with the packed package: what arrives, and what a failure looks like. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { connect, parse, ReplyError } from "edgepost";
import { tcp } from "edgepost/node";

import { programs } from "../runtimes/install.js";
import { environment, run, start } from "../support/process.js";
import type { Ran } from "../support/process.js";
import { nowhere, report, said, server, settings, USER, workshop } from "./support.js";
import type { Workshop } from "./support.js";

/** Milliseconds. */
const LIMIT = 60_000;
const root = fileURLToPath(new URL("../..", import.meta.url));

let shop: Workshop;
before(async () => {
  shop = await workshop();
});
after(() => shop.clear());

test("Node: a report goes with its attachment, and the exit code tells what became of it", async () => {
  const folder = await shop.copy("node");
  const file = await report(folder);
  await using smtp = await server();
  const send = (but: Record<string, string>, ...args: readonly string[]): Promise<Ran> => {
    const env = environment({ ...settings(smtp.port), ...but });
    return run(process.execPath, ["send.js", ...args], { cwd: folder, env, limit: LIMIT });
  };

  const done = await send({}, file);
  assert.equal(done.code, 0, done.log);
  assert.match(done.log, /^accepted for bob@example\.net: 250 /);
  const [kept] = smtp.kept;
  assert.equal(kept!.user, USER);
  const { attachments, subject } = await parse(kept!.content);
  assert.equal(subject, "Report: report.csv");
  assert.deepEqual(
    attachments.map(({ filename, content }) => [filename, new TextDecoder().decode(content)]),
    [["report.csv", "day,mails\n1,42\n"]],
  );

  const partly = await send({ MAIL_TO: "bob@example.net,nobody@example.net" }, file);
  assert.equal(partly.code, 1);
  assert.match(partly.log, /refused for nobody@example\.net: 550 /);
  const nobody = await send({ SMTP_PORT: String(await nowhere()) }, file);
  assert.equal(nobody.code, 75, nobody.log);
  const wrong = await send({ SMTP_PASS: "wrong" }, file);
  assert.deepEqual([wrong.code, /^reply: .*535/.test(wrong.log)], [1, true], wrong.log);
  assert.ok(!wrong.log.includes("wrong"), "the password is shown");
  assert.equal((await send({})).code, 2);
});

test("Deno: each person gets a message, and one that is refused does not stop the others", async () => {
  const folder = await shop.copy("deno");
  // As on a machine without a network: npm's package is in node_modules.
  await writeFile(join(folder, "deno.json"), JSON.stringify({ nodeModulesDir: "manual" }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies: { edgepost: "*" } }));
  await using smtp = await server();
  const send = (input: string, but: Record<string, string> = {}): Promise<Ran> =>
    run(programs.deno, ["run", "--no-check", "--allow-net", "--allow-env", "--cached-only", "send.ts"], {
      cwd: folder,
      input,
      env: environment({ ...settings(smtp.port), ...but, DENO_DIR: join(folder, "cache"), NO_COLOR: "1" }),
      limit: LIMIT,
    });
  const done = await send("bob@example.net, Bob\nnobody@example.net, Nobody\ncarol@example.net, Carol\n");
  assert.equal(done.code, 1, done.log);
  assert.match(done.log, /bob@example\.net: 250\n/);
  assert.match(done.log, /nobody@example\.net: .*550.*\(delivery: none\)\n/);
  const texts = await Promise.all(smtp.kept.map(async ({ content }) => (await parse(content)).text));
  assert.deepEqual(
    texts,
    ["Bob", "Carol"].map((name) => `Dear ${name},\r\n\r\nthere is none.\r\n`),
  );
  assert.equal((await send("bob@example.net, Bob\n")).code, 0);
  assert.equal((await send("bob@example.net\n", { SMTP_PORT: String(await nowhere()) })).code, 75);
});

test("Bun: the server keeps what is for its domain, whole, and ends when it is asked to", async () => {
  const folder = await shop.copy("bun");
  const mail = join(folder, "mail");
  const env = environment({ MAIL_DOMAIN: "example.net", MAIL_DIR: mail, PORT: "0" });
  const bun = start(programs.bun, ["run", "inbox.ts"], { cwd: folder, env });
  try {
    const [, port] = await said(bun, /listening on 127\.0\.0\.1:(\d+)/);
    const smtp = await connect(tcp({ host: "127.0.0.1", port: Number(port) }), { tls: "off" });
    const draft = { from: "ann@example.com", subject: "Hello", text: "For the file.\n" };
    await assert.rejects(
      smtp.send({ ...draft, to: "x@example.org" }),
      (error: ReplyError) => error.reply?.code === 550,
    );
    const { reply } = await smtp.send({ ...draft, to: ["bob@example.net", "carol@EXAMPLE.net"] });
    await smtp.close();
    const [, id] = /kept as (\S+)/.exec(reply.lines.join(" "))!;
    assert.deepEqual(await readdir(mail), [`${id}.eml`]);
    const content = await readFile(join(mail, `${id}.eml`), "utf8");
    assert.match(
      content,
      /^Return-Path: <ann@example\.com>\r\nDelivered-To: bob@example\.net, carol@EXAMPLE\.net\r\n/,
    );
    assert.match(content, /\r\n\r\nFor the file\.\r\n$/);
    await bun.stop();
    assert.equal(await bun.ended, 0, bun.log());
  } finally {
    await bun.stop();
  }
});

test("Rust: the session is printed, and the exit code tells what became of the message", async () => {
  const folder = join(root, "examples", "rust");
  const target = join(root, "target", "examples");
  const built = await run("cargo", ["build", "--locked", "--quiet"], {
    cwd: folder,
    env: { ...process.env, CARGO_TARGET_DIR: target },
    limit: 300_000,
  });
  assert.equal(built.code, 0, built.log);
  await mkdir(target, { recursive: true });
  await using smtp = await server();
  const send = (but: Record<string, string> = {}): Promise<Ran> =>
    run(join(target, "debug", "edgepost-example"), [], {
      env: environment({ ...settings(smtp.port), ...but }),
      limit: LIMIT,
    });
  const done = await send();
  assert.equal(done.code, 0, done.log);
  assert.match(done.log, /^S: 220 mx\.example .*\nC: EHLO client\.example\n/);
  assert.match(done.log, /C: MAIL FROM:<ann@example\.com>.*\nC: RCPT TO:<bob@example\.net>\n/);
  assert.match(done.log, /accepted: 250 /);
  const message = await parse(smtp.kept[0]!.content);
  assert.deepEqual(
    [message.subject, message.text],
    ["Grüße from Rust", "This went over a socket of the standard library.\r\n"],
  );
  const refused = await send({ MAIL_TO: "nobody@example.net" });
  assert.deepEqual([refused.code, /refused: 550 /.test(refused.log)], [1, true], refused.log);
  assert.equal((await send({ MAIL_TO: "not an address" })).code, 1);
});
