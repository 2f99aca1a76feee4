/** The command: real clients to `edgepost sink`, and `edgepost send` to Postfix. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { fileURLToPath } from "node:url";

import { type Certificates, certificates } from "../support/certificates.js";
import { freePorts } from "../support/ports.js";
import { environment, type Ran, run, type Running, start } from "../support/process.js";
import { Raw } from "../support/raw.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { clients, smtpSource } from "./clients.js";
import { message, sender, thorough } from "./messages.js";
import { type Postfix, startPostfix } from "./servers/postfix.js";
import { session } from "./session.js";
import { need } from "./software.js";

const EDGEPOST = fileURLToPath(new URL("../../dist/cli/edgepost.js", import.meta.url));
const BOB = "bob@example.test";
const ALICE = "alice@example.test";

/** What `--json` prints. */
interface Event {
  event: string;
  port?: number;
  from?: string;
  to?: string[];
  secure?: boolean;
  user?: string;
  file?: string;
  content?: string;
}

interface Command extends AsyncDisposable {
  port: number;
  events(): Event[];
  process: Running;
}

/** Starts a sink and waits until it listens. */
async function sink(...args: string[]): Promise<Command> {
  const process_ = start(process.execPath, [EDGEPOST, "sink", "--port", "0", "--json", ...args]);
  const events = (): Event[] =>
    process_
      .log()
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Event);
  try {
    await until(() => {
      if (!process_.running) throw new Error(`edgepost sink ended\n${process_.log()}`);
      return events().some(({ event }) => event === "listening");
    });
  } catch (error) {
    await process_.stop();
    throw error;
  }
  const { port } = events().find(({ event }) => event === "listening")!;
  return { port: port!, events, process: process_, [Symbol.asyncDispose]: () => process_.stop() };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The messages in a folder of the sink: envelope and content. */
async function folder(dir: string): Promise<{ from: string; to: string[]; content: Buffer }[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".eml"));
  return Promise.all(
    names.map(async (name) => ({
      ...(JSON.parse(await readFile(join(dir, name.replace(/eml$/, "json")), "utf8")) as {
        from: string;
        to: string[];
      }),
      content: await readFile(join(dir, name)),
    })),
  );
}

const openssl = await need("openssl");
const missing: Record<keyof typeof clients, string | false> = {
  swaks: await need("swaks"),
  curl: await need("curl"),
  smtplib: await need("python3"),
  nodemailer: false,
};
const postfixMissing = openssl || (await need("postfix"));

describe("edgepost sink", () => {
  let dir: Temporary;
  before(async () => {
    dir = await temporary();
  });
  after(() => dir.remove());

  for (const tls of ["starttls", "implicit", "off"] as const) {
    for (const name of Object.keys(clients) as (keyof typeof clients)[]) {
      session(
        `${name}, TLS ${tls}: the file is the message, octet by octet`,
        { skip: missing[name] },
        async (witness) => {
          const at = join(dir.path, `${name}-${tls}`);
          const caFile = tls === "off" ? "" : `${at}.ca.pem`;
          const trust = tls === "off" ? [] : ["--cert-out", caFile];
          await using command = await sink("--tls", tls, "--dir", at, "--auth", "user:secret", ...trust);
          const from = sender();
          const { ok, log } = await clients[name]({
            ...{ port: command.port, tls, from, to: [BOB, ALICE], content: thorough.content },
            ...{ auth: { user: "user", pass: "secret", mechanism: "PLAIN" } },
            ...{ ca: tls === "off" ? "" : await readFile(caFile, "utf8"), caFile },
          });
          witness.transcript = log + command.process.log();
          assert.ok(ok, `${name} is not content`);
          const found = await folder(at);
          assert.deepEqual(
            found.map(({ from, to, content }) => [from, to, content.equals(thorough.content)]),
            [[from, [BOB, ALICE], true]],
          );
          await until(() => command.events().some(({ event }) => event === "message"));
          const shown = command.events().find(({ event }) => event === "message")!;
          assert.deepEqual(
            [shown.from, shown.to, shown.secure, shown.user],
            [from, [BOB, ALICE], tls !== "off", "user"],
          );
        },
      );
    }
  }

  session(
    "smtp-source: 200 messages in 10 sessions, each a file",
    { skip: postfixMissing },
    async (witness) => {
      const at = join(dir.path, "load");
      await using command = await sink("--tls", "off", "--dir", at);
      const content = message("load", ".\r\n");
      const { ok, log } = await smtpSource({
        port: command.port,
        from: sender(),
        to: BOB,
        content,
        sessions: 10,
        messages: 200,
      });
      witness.transcript = log;
      assert.ok(ok, "smtp-source is not content");
      const found = await folder(at);
      assert.equal(found.length, 200);
      assert.ok(found.every((one) => one.content.toString() === `${content.toString()}\r\n`));
    },
  );

  session(
    "a message that was accepted is there after the sink was killed; one that was not leaves no file",
    { skip: false },
    async (witness) => {
      const at = join(dir.path, "killed");
      const command = await sink("--tls", "off", "--dir", at);
      await using client = await Raw.connect(command.port);
      await client.hello();
      client.write(`MAIL FROM:<a@client.test>\r\nRCPT TO:<${BOB}>\r\nBDAT 7 LAST\r\nhello\r\n`);
      for (let i = 0; i < 3; i++) assert.equal((await client.reply())[0]!.slice(0, 3), "250");
      client.write(`MAIL FROM:<b@client.test>\r\nRCPT TO:<${BOB}>\r\nBDAT 1000 LAST\r\nhello\r\n`);
      for (let i = 0; i < 2; i++) await client.reply();
      witness.transcript = client.transcript;
      await command.process.stop("SIGKILL");
      assert.deepEqual(
        (await folder(at)).map(({ from, content }) => [from, content.toString()]),
        [["a@client.test", "hello\r\n"]],
      );
    },
  );

  session(
    "without a folder: kept in memory, shown whole, and the sink ends after one",
    { skip: false },
    async (witness) => {
      const command = await sink("--tls", "off", "--once", "--show");
      const from = sender();
      const order = {
        port: command.port,
        tls: "off",
        from,
        to: [BOB],
        content: thorough.content,
        ca: "",
        caFile: "",
      } as const;
      const { ok, log } = await clients.nodemailer({ ...order, to: [...order.to] });
      witness.transcript = log;
      assert.ok(ok);
      assert.equal(await command.process.ended, 0);
      const shown = command.events().find(({ event }) => event === "message")!;
      assert.ok(Buffer.from(shown.content!, "base64").equals(thorough.content));
    },
  );
});

describe("edgepost send", { skip: postfixMissing }, () => {
  let dir: Temporary;
  let certs: Certificates;
  let postfix: Postfix;
  before(async () => {
    dir = await temporary(0o711);
    certs = await certificates(dir.path);
    postfix = await startPostfix(certs);
  });
  after(async () => {
    await postfix?.stop();
    await dir?.remove();
  });

  const send = (args: string[], input?: Buffer, pass = "secret"): Promise<Ran> =>
    run(process.execPath, [EDGEPOST, "send", "--host", "localhost", "--name", "client.test", ...args], {
      env: environment({ EDGEPOST_PASS: pass }),
      ...(input && { input }),
    });
  const sends = (name: string, body: (say: (ran: Ran) => Ran) => Promise<void>): void =>
    session(name, { skip: false, log: () => postfix.log() }, (witness) =>
      body((ran) => {
        witness.transcript += ran.log;
        return ran;
      }),
    );

  for (const [tls, port] of [
    ["required", "submission"],
    ["implicit", "submissions"],
  ] as const) {
    sends(
      `a message from standard input, TLS ${tls}, AUTH, the session shown without the password`,
      async (say) => {
        const from = sender();
        const args = [
          "--port",
          `${postfix.port[port]}`,
          "--tls",
          tls,
          "--ca",
          certs.caFile,
          "--user",
          "user",
        ];
        const ran = say(
          await send(
            [...args, "--from", from, "--to", `${BOB},${ALICE}`, "--file", "-", "--trace"],
            thorough.raw,
          ),
        );
        assert.equal(ran.code, 0);
        assert.match(ran.log, /AUTH SCRAM-SHA-256/);
        assert.doesNotMatch(ran.log, /secret|c2VjcmV0|AHVzZXIAc2VjcmV0/);
        const found = await postfix.mailbox.delivered(from, 2);
        assert.deepEqual(found.flatMap(({ to }) => to).sort(), [ALICE, BOB]);
        for (const { content } of found) assert.ok(content.equals(thorough.content));
      },
    );
  }

  sends("a message from options, its result as JSON", async (say) => {
    const from = sender();
    const args = [
      "--port",
      `${postfix.port.plain}`,
      "--tls",
      "off",
      "--from",
      `App <${from}>`,
      "--to",
      BOB,
      "--json",
    ];
    const ran = say(await send([...args, "--subject", "Grüße", "--text", "one\n.\n"]));
    assert.equal(ran.code, 0);
    const result = JSON.parse(ran.stdout.toString()) as { ok: boolean };
    assert.equal(result.ok, true);
    const [found] = await postfix.mailbox.delivered(from);
    assert.match(found!.content.toString(), /^Subject: =\?utf-8\?/im);
  });

  sends(
    "exit code 1: refused recipient, wrong password, certificate of an unknown authority",
    async (say) => {
      const from = sender();
      const mail = ["--from", from, "--text", "hello"];
      const port = (name: keyof Postfix["port"]): string[] => ["--port", `${postfix.port[name]}`];
      const refused = say(
        await send([...port("plain"), "--tls", "off", ...mail, "--to", "nobody@example.test"]),
      );
      assert.equal(refused.code, 1);
      assert.match(refused.log, /550/);
      const tls = ["--ca", certs.caFile, "--user", "user", ...mail, "--to", BOB];
      const password = say(await send([...port("submission"), ...tls], undefined, "open sesame"));
      assert.equal(password.code, 1);
      assert.match(password.log, /535/);
      assert.doesNotMatch(password.log, /open sesame/);
      const unknown = say(await send([...port("unknownCa"), ...tls]));
      assert.equal(unknown.code, 1);
      assert.match(unknown.log, /certificate/);
      assert.deepEqual(await postfix.mailbox.now(from), []);
    },
  );

  sends("without --ca it trusts whom Node trusts, and nobody else", async (say) => {
    const args = ["--port", `${postfix.port.starttls}`, "--from", sender(), "--to", BOB, "--text", "hello"];
    const command = [EDGEPOST, "send", "--host", "localhost", ...args];
    const env = environment({ NODE_EXTRA_CA_CERTS: certs.caFile });
    assert.equal(say(await run(process.execPath, command, { env })).code, 0);
    assert.equal(say(await run(process.execPath, command)).code, 1);
  });

  sends("exit code 75: nobody there", async (say) => {
    const [port] = await freePorts(1);
    const ran = say(await send(["--port", `${port}`, "--from", sender(), "--to", BOB, "--text", "hello"]));
    assert.equal(ran.code, 75);
  });
});
