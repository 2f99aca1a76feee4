/**
 * Every snippet of README.md is run, as it stands there but for where the servers are: `smtp.example.com` and port 587
 * become a server of this test, port 2525 becomes one that is free, and `npx edgepost` is the command of this checkout.
 */

import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Refuse, serve, connect as connectSmtp } from "edgepost";
import type { Param, ServerExtensions, ServerHandlers } from "edgepost";
import { mintToken, startBridge } from "edgepost/bridge";
import { listen, tcp } from "edgepost/node";

import { testCertificate } from "../../js/cli/certificate.js";
import { importMap } from "../support/import-map.js";
import type { Manifest } from "../support/import-map.js";
import { freePorts } from "../support/ports.js";
import { check, environment, run, type Running, start } from "../support/process.js";
import { type Temporary, temporary } from "../support/temporary.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EDGEPOST = join(ROOT, "dist", "cli", "edgepost.js");
const TSX = import.meta.resolve("tsx");

interface Snippet {
  language: string;
  code: string;
}

const readme = await readFile(join(ROOT, "README.md"), "utf8");
const snippets: Snippet[] = [...readme.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language, code]) => ({
  language: language!,
  code: code!,
}));
const typescript = snippets.filter(({ language }) => language === "ts").map(({ code }) => code);
const html = snippets.filter(({ language }) => language === "html").map(({ code }) => code);
const shell = snippets.filter(({ language }) => language === "sh").map(({ code }) => code.trimEnd());

/** The one snippet in which `word` occurs. */
function about(word: string, among: readonly string[]): string {
  const found = among.filter((code) => code.includes(word));
  assert.equal(found.length, 1, `README.md should have one snippet with "${word}"`);
  return found[0]!;
}

/** Replaces what must be there. */
function substitute(code: string, ...pairs: [from: string, to: string][]): string {
  for (const [from, to] of pairs) {
    assert.ok(code.includes(from), `the snippet should have ${from}`);
    code = code.replaceAll(from, to);
  }
  return code;
}

const sending = about("const { accepted, refused, reply }", typescript);
const composing = about("compose(", typescript);
const reading = about("parse(", typescript);
const dissecting = about("dissect(", typescript);
const many = about("pool(", typescript);
const asking = about("probe(", typescript);
const receiving = about("listen(", typescript);
const answering = about("receive(", typescript);
const browser = about("websocket(", typescript);
const page = about("importmap", html);
const both = about("loopback()", typescript);
const frontDoor = about("npm start", shell);
const command = about("npx edgepost", shell);

test("each snippet is one that is run below", () => {
  assert.equal(snippets.length, 13);
  assert.equal(typescript.length + html.length + shell.length, snippets.length);
});

describe("README.md", () => {
  let dir: Temporary;
  before(async () => {
    dir = await temporary();
    await mkdir(join(dir.path, "node_modules"));
    await symlink(ROOT, join(dir.path, "node_modules", "edgepost"));
    await writeFile(join(dir.path, "package.json"), '{ "type": "module" }');
  });
  after(() => dir.remove());

  /** Writes a program into a folder that has the package, as a user's would; gives Node's arguments for it. */
  async function program(name: string, code: string): Promise<string[]> {
    const path = join(dir.path, `${name}.ts`);
    await writeFile(path, code);
    return ["--import", TSX, path];
  }

  test("the TypeScript has no type errors", async () => {
    const files = typescript.map((_, index) => `typed-${index}.ts`);
    await Promise.all(files.map((name, index) => writeFile(join(dir.path, name), typescript[index]!)));
    const options = {
      extends: join(ROOT, "tsconfig.json"),
      files,
      compilerOptions: { typeRoots: [join(ROOT, "node_modules", "@types")] },
    };
    await writeFile(join(dir.path, "tsconfig.json"), JSON.stringify({ ...options, include: [] }));
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const { code, log } = await run(process.execPath, [tsc, "-p", dir.path, "--pretty", "false"], {
      limit: 120_000,
    });
    assert.equal(code, 0, log);
  });

  test("Send: the message arrives at a server that wants TLS and a log-in", async () => {
    const { ca, cert, key } = testCertificate(["localhost"]);
    const caFile = join(dir.path, "ca.pem");
    await writeFile(caFile, ca);
    const listener = listen({ port: 0, host: "127.0.0.1", tls: { cert, key } });
    await listener.ready;
    const received: { to: readonly string[]; user: string | undefined; text: string }[] = [];
    const serving = (async () => {
      for await (const transport of listener)
        await serve(
          transport,
          {
            onAuth({ user, pass }) {
              if (user !== "ann" || pass !== "secret") throw new Refuse({ code: 535, text: "no" });
            },
            async onMessage(content, { to }, { user }) {
              received.push({ to, user, text: await new Response(content).text() });
            },
          },
          { auth: {} },
        );
    })();
    try {
      const args = await program(
        "send",
        substitute(sending, ["smtp.example.com", "localhost"], ["587", String(listener.port)]),
      );
      const env = environment({ SMTP_PASS: "secret", NODE_EXTRA_CA_CERTS: caFile });
      const { stdout } = await check(process.execPath, args, { env });
      assert.match(stdout.toString(), /^250 \[ 'bob@example\.net', 'carol@example\.net' \] \[\]\n$/);
    } finally {
      await listener.close();
      await serving;
    }
    assert.equal(received.length, 1);
    assert.deepEqual([received[0]!.user, received[0]!.to], ["ann", ["bob@example.net", "carol@example.net"]]);
    assert.match(received[0]!.text, /^Subject: Lunch\?\r\n[^]*\r\n\r\nNoon, the usual place\.\r\n$/m);
  });

  test("Compose: the message is made, with its image and its file", async () => {
    const { stdout } = await check(process.execPath, await program("compose", composing));
    const [envelope, ...sizes] = stdout.toString().trimEnd().split("\n");
    assert.match(
      envelope!,
      /^\{ from: 'ann@example\.com', to: \[ 'bob@example\.net' \] \} <[\da-f-]{36}@example\.com>$/,
    );
    const octets = sizes.reduce((sum, size) => sum + Number(size), 0);
    assert.ok(octets > 1000 && octets < 5000, sizes.join(" "));
  });

  test("Read: the message, what it reports, and what is wrong with it", async () => {
    const { stdout } = await check(process.execPath, await program("reading", reading));
    const lines = stdout.toString().trimEnd().split("\n");
    assert.match(lines[0]!, /^Nicht zustellbar: Grüße \[/);
    for (const [, printed] of reading.matchAll(/\/\/ (.*?)(?: \.\.\.)?$/gm))
      assert.ok(
        lines.some((line) => line.startsWith(printed!)),
        `${printed} in ${lines.join("\n")}`,
      );
  });

  test("Send many: each message has its result", async () => {
    const { received, log } = await sent("many", many, {});
    assert.equal(log, "[ 'bob@example.net' ] 250\n[ 'carol@example.net' ] 250\n");
    assert.deepEqual(received.map(({ to }) => to).sort(), [["bob@example.net"], ["carol@example.net"]]);
  });

  test("Ask for more: the server hears it, and each recipient has its result", async () => {
    const { received, log } = await sent("asking", asking, { DSN: true, REQUIRETLS: true });
    const [offered, ...recipients] = log.trimEnd().split("\n");
    assert.match(offered!, /\bDSN\b.*\bREQUIRETLS\b|\bREQUIRETLS\b.*\bDSN\b/);
    assert.deepEqual(recipients, ["bob@example.net accepted 2.1.5", "eve@example.net refused 5.1.1"]);
    const asked = received[0]!.params.map(({ keyword, value }) =>
      value === undefined ? keyword : `${keyword}=${value}`,
    );
    for (const param of ["ENVID=lunch-1", "RET=HDRS", "REQUIRETLS"])
      assert.ok(asked.includes(param), asked.join(" "));
  });

  /** Runs a snippet against a server with TLS that knows everybody but eve; gives what it got and what the snippet said. */
  async function sent(name: string, code: string, extensions: ServerExtensions) {
    const { ca, cert, key } = testCertificate(["localhost"]);
    const caFile = join(dir.path, `${name}-ca.pem`);
    await writeFile(caFile, ca);
    const listener = listen({ port: 0, host: "127.0.0.1", tls: { cert, key } });
    await listener.ready;
    const received: { to: readonly string[]; params: readonly Param[] }[] = [];
    const handlers: ServerHandlers = {
      onAuth() {},
      onRcpt(to) {
        if (to.startsWith("eve@")) throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
      },
      onMessage: (_, { to, params }) => void received.push({ to, params }),
    };
    const sessions: Promise<void>[] = [];
    const serving = (async () => {
      for await (const transport of listener)
        sessions.push(serve(transport, handlers, { auth: {}, extensions }));
    })();
    try {
      const args = await program(
        name,
        substitute(code, ["smtp.example.com", "localhost"], ["587", String(listener.port)]),
      );
      const env = environment({ SMTP_PASS: "secret", NODE_EXTRA_CA_CERTS: caFile });
      const { stdout } = await check(process.execPath, args, { env });
      return { received, log: stdout.toString() };
    } finally {
      await listener.close();
      await serving;
      await Promise.all(sessions);
    }
  }

  test("Receive: it takes a message for somebody it knows, and refuses others", async () => {
    const [port] = await freePorts(1);
    const running = start(
      process.execPath,
      await program("receive", substitute(receiving, ["2525", String(port)])),
    );
    try {
      const smtp = await patiently(running, () =>
        connectSmtp(tcp({ host: "127.0.0.1", port: port! }), { tls: "off" }),
      );
      const to = ["bob@example.net", "eve@example.org"];
      const { accepted, refused } = await smtp.send({ from: "ann@example.com", to, text: "Noon." });
      await smtp.close();
      assert.deepEqual([accepted, refused[0]!.reply.code], [["bob@example.net"], 550]);
      assert.match(running.log(), /^ann@example\.com -> bob@example\.net\n[^]*\nNoon\.\r?\n/);
    } finally {
      await running.stop();
    }
  });

  test("Answer mail in a Worker: a person gets an answer, a program none", async () => {
    const worker = join(dir.path, "worker.ts");
    await writeFile(worker, answering);
    const messages = ["no", "auto-generated"].map((value) =>
      [
        ...["From: ann@example.com", "To: bob@example.net", "Subject: Lunch?", "Message-ID: <1@example.com>"],
        ...[`Auto-Submitted: ${value}`, "", "Noon.", ""],
      ].join("\r\n"),
    );
    const code = `
      import { standInForWorkers } from ${JSON.stringify(import.meta.resolve("../support/cloudflare.js"))};
      standInForWorkers();
      const { default: worker } = await import(${JSON.stringify(worker)});
      const paths = { from: "ann@example.com", to: "bob@example.net" };
      const reply = async ({ from, to, raw }) => console.log(from, to, raw);
      for (const message of ${JSON.stringify(messages)}) {
        const { body: raw } = new Response(message);
        await worker.email({ ...paths, raw, rawSize: message.length, setReject: console.log, reply });
      }`;
    const { stdout } = await check(process.execPath, await program("answering", code));
    const said = stdout.toString();
    assert.match(said, /^error Every message says in Date when it was written\.\n(?!error)/m);
    assert.match(said, /^bob@example\.net ann@example\.com [^]*^In-Reply-To: <1@example\.com>\r$/m);
    assert.match(said, /^"Lunch\?" has come, thank you\.\r$/m);
    assert.match(said, /^answered by <.*@example\.net>$/m);
    assert.match(said, /^no answer: a program sent it/m);
  });

  test("Send from a browser: the message arrives, through a bridge that makes the TLS", async () => {
    const { ca, cert, key } = testCertificate(["localhost"]);
    const listener = listen({ port: 0, host: "127.0.0.1", tls: { cert, key, implicit: true } });
    await listener.ready;
    const { port } = listener;
    const users: (string | undefined)[] = [];
    const handlers: ServerHandlers = {
      onAuth() {},
      onMessage: (_, _envelope, { user }) => void users.push(user),
    };
    const serving = (async () => {
      for await (const transport of listener) await serve(transport, handlers, { auth: {} });
    })();
    const secret = "0123456789abcdef0123456789abcdef";
    const bridge = await startBridge({ allow: [`localhost:${port}`], tokens: { key: secret }, ca });
    try {
      // What Node 20 has not; pages have it.
      const ws = JSON.stringify(import.meta.resolve("ws"));
      const prelude = `import { WebSocket } from ${ws};\nObject.assign(globalThis, { WebSocket });\n`;
      const token = await mintToken({ key: secret, host: "localhost", port });
      const code = substitute(
        browser,
        ["wss://bridge.example.com/", bridge.url],
        ["smtp.example.com", "localhost"],
        ["465", String(port)],
        ['fetch("/token")', `fetch("data:,${token}")`],
        ['prompt("Password?")!', '"secret"'],
      );
      const { stdout } = await check(process.execPath, await program("browser", prelude + code));
      assert.equal(stdout.toString(), "250\n");
    } finally {
      await bridge.close();
      await listener.close();
      await serving;
    }
    assert.deepEqual(users, ["ann"]);
  });

  // The whole map is tried in browsers: tests/runtimes.
  test("Send from a browser: the import map is what package.json says", async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Manifest;
    const all = importMap(manifest, "/node_modules/edgepost/");
    const [, map] = /<script type="importmap">([^<]*)<\/script>/.exec(page)!;
    const { imports, scopes } = JSON.parse(map!) as typeof all;
    assert.deepEqual(scopes, all.scopes);
    const needed = ["edgepost", "edgepost/websocket"];
    assert.deepEqual(imports, Object.fromEntries(needed.map((name) => [name, all.imports[name]])));
  });

  test("Both, without a network: the session is printed, up to its end", async () => {
    const { stdout } = await check(process.execPath, await program("both", both));
    const said = stdout.toString();
    assert.match(said, /^server 220 /);
    for (const line of [
      "client EHLO",
      "client MAIL FROM:<ann@example.com>",
      "server 250",
      "client QUIT",
      "server 221",
    ])
      assert.ok(said.includes(`\n${line}`), said);
  });

  test("On the command line: send to sink", async () => {
    const [port] = await freePorts(1);
    const [sink, send] = substitute(command, ["2525", String(port)])
      .split("\n")
      .map((line) => line.split(" "));
    assert.deepEqual(
      [sink!.slice(0, 3), send!.slice(0, 3)],
      [
        ["npx", "edgepost", "sink"],
        ["npx", "edgepost", "send"],
      ],
    );
    const running = start(process.execPath, [EDGEPOST, ...sink!.slice(2)]);
    try {
      const sent = await patiently(running, async () => {
        const ran = await run(process.execPath, [EDGEPOST, ...send!.slice(2)]);
        return ran.code === 0 ? ran : Promise.reject(new Error(ran.log));
      });
      assert.match(sent.log, /C: MAIL FROM:<ann@example\.com>/);
      assert.equal(await running.ended, 0);
      assert.match(running.log(), /#1 ann@example\.com -> bob@example\.net/);
    } finally {
      await running.stop();
    }
  });

  test("On the command line: check", async () => {
    const line = command.split("\n")[2]!.split(" ");
    assert.deepEqual(line.slice(0, 3), ["npx", "edgepost", "check"]);
    await writeFile(join(dir.path, "draft.eml"), "Subject: Lunch\r\n\r\nNoon.\n");
    const { code, log } = await run(process.execPath, [EDGEPOST, ...line.slice(2)], { cwd: dir.path });
    assert.match(log, /^draft\.eml:3:6: error\[bare-lf\]: /m);
    assert.equal(code, 1);
  });

  test("Dissect a session: what went wrong is said", async () => {
    const { stdout } = await check(process.execPath, await program("dissect", dissecting));
    const [first, second, ...rest] = stdout.toString().trimEnd().split("\n");
    assert.equal(first, "swaks 9 refused");
    assert.match(second!, /^6: warning: greylisted: Greylisted: .* <bob@example\.net> for now/);
    assert.deepEqual(rest, []);
  });

  test("On the command line: dissect", async () => {
    const line = command.split("\n")[3]!.split(" ");
    assert.deepEqual(line.slice(0, 3), ["npx", "edgepost", "dissect"]);
    await writeFile(join(dir.path, "session.log"), "S: 554 no mail here\nC: QUIT\nS: 221 bye\n");
    const { code, log } = await run(process.execPath, [EDGEPOST, ...line.slice(2)], { cwd: dir.path });
    assert.match(log, /error: greeting-refused: The server refused to talk: no mail here \(554\)/);
    assert.equal(code, 1);
  });

  test("On the command line: bridge", async () => {
    const line = command.split("\n")[4]!.split(" ");
    assert.deepEqual(line.slice(0, 3), ["npx", "edgepost", "bridge"]);
    const running = start(process.execPath, [EDGEPOST, ...line.slice(2), "--port", "0"]);
    await patiently(running, async () => assert.match(running.log(), /listening on ws:/));
    await running.stop();
    assert.equal(await running.ended, 0);
  });

  // This test is a part of `npm test`; `npm start` would serve its page for ever, and with --once it does not.
  test("See it: npm start", async () => {
    assert.equal(frontDoor, "npm start\nnpm test");
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    assert.match(scripts["test"]!, /^node scripts\/test\.mjs$/);
    const [node, ...args] = scripts["start"]!.split(" ");
    assert.equal(node, "node");
    // What is not built yet, when this file is run by itself, is no part of what is judged.
    await check("npm", ["run", "build"], { cwd: ROOT, limit: 900_000 });
    const { stdout } = await check(process.execPath, [...args, "--once"], { cwd: ROOT, limit: 120_000 });
    const said = stdout.toString();
    for (const word of [
      "C: EHLO",
      "C: STARTTLS",
      "C: AUTH PLAIN [redacted]",
      "C: MAIL",
      "C: RCPT",
      "C: BDAT",
      "byte for byte",
    ])
      assert.ok(said.includes(word), said);
    assert.match(said, /http:\/\/127\.0\.0\.1:\d+\//);
  });
});

/** Does it again until it succeeds, or until the program it needs has ended. */
async function patiently<T>(running: Running, action: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      return await action();
    } catch (error) {
      if (!running.running || Date.now() > deadline) throw new Error(running.log(), { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
