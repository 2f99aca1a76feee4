/** What mail programs log, recorded live, and what tcpdump captures: `dissect` tells what our server has seen. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { dissect, type TraceFormat, type TraceSession } from "edgepost";

import { type Certificates, certificates } from "../support/certificates.js";
import { run, start } from "../support/process.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { clients, type Order } from "./clients.js";
import { message, sender } from "./messages.js";
import { startPostfix } from "./servers/postfix.js";
import { type Sink, startSink } from "./sink.js";
import { need, program, type Software } from "./software.js";

const [BOB, NOBODY] = ["bob@example.test", "nobody@example.test"] as const;
const CONTENT = message("recorded", ".dot\r\n\r\n.\r\nS: 250 no reply\r\n-> QUIT\r\n");
const SECRET = /c2VjcmV0|AHVzZXIAc2VjcmV0|secret/;

const openssl = await need("openssl");
const missing = async (...names: Software[]): Promise<string | false> => openssl || (await need(...names));
const clientMissing = {
  swaks: await missing("swaks"),
  curl: await missing("curl"),
  smtplib: await missing("python3"),
};
const postfixMissing = await missing("postfix", "swaks");
const tcpdumpMissing = await missing("tcpdump", "swaks");
const msmtpMissing = await missing("msmtp");

/** Octets of content with their dots stuffed. */
const stuffed = (content: Buffer): number => content.toString("latin1").replace(/^\./gm, "..").length;

describe("dissect", () => {
  let dir: Temporary;
  let certs: Certificates;
  const sinks = {} as Record<"off" | "starttls", Sink>;

  before(async () => {
    if (openssl !== false) return;
    dir = await temporary();
    certs = await certificates(dir.path);
    const { cert, key } = certs.good;
    sinks.off = await startSink({ auth: "insecure" });
    sinks.starttls = await startSink({ tls: { cert, key }, auth: true });
  });
  after(async () => {
    await Promise.all(Object.values(sinks).map((sink) => sink.stop()));
    await dir?.remove();
  });

  const order = (tls: keyof typeof sinks, rest: Partial<Order> = {}): Order => ({
    ...{ port: sinks[tls].port, tls, from: sender(), to: [BOB, NOBODY], content: CONTENT },
    ...{ ca: certs.ca, caFile: certs.caFile },
    ...rest,
  });

  /** Reads the log of one session, in which bob got the message and nobody was refused. */
  async function judge(log: string | Uint8Array, format: TraceFormat, from: string): Promise<TraceSession> {
    const trace = await dissect(log);
    assert.equal(trace.format, format);
    const of = trace.sessions.filter(({ messages }) => messages.some((one) => one.from === from));
    assert.equal(of.length, 1, String(log));
    const [one] = of as [TraceSession];
    const statuses = one.messages[0]!.recipients.map(({ recipient, status }) => [recipient, status]);
    assert.deepEqual(statuses, [
      [BOB, "accepted"],
      [NOBODY, "refused"],
    ]);
    const rules = one.diagnosis.map(({ rule }) => rule);
    assert.ok(rules.includes("accepted") && rules.includes("recipient-refused"), rules.join(", "));
    assert.ok(!rules.includes("no-smtp") && !rules.includes("recording-ends"), rules.join(", "));
    assert.doesNotMatch(JSON.stringify(trace), SECRET);
    return one;
  }

  for (const name of ["swaks", "curl", "smtplib"] as const)
    for (const tls of ["off", "starttls"] as const)
      for (const mechanism of ["PLAIN", "LOGIN"] as const) {
        const skip = clientMissing[name];
        test(`reads what ${name} logs, TLS ${tls}, AUTH ${mechanism}`, { skip }, async () => {
          const sent = order(tls, { auth: { user: "user", pass: "secret", mechanism } });
          const { ok, log } = await clients[name](sent);
          assert.ok(ok, log);
          const one = await judge(log, name, sent.from);
          assert.equal(one.tls, tls === "off" ? undefined : "starttls");
          assert.ok(one.steps.some(({ verb, code }) => verb === "AUTH" && code === 235));
          // Under TLS curl does not say how much content there was.
          const told = name !== "curl" || tls === "off";
          assert.equal(one.messages[0]!.octets, told ? stuffed(sent.content) + 3 : undefined, log);
        });
      }

  for (const tls of ["off", "starttls"] as const)
    for (const form of ["as its own logger prints it", "as JSON"])
      test(`reads what nodemailer logs, ${form}, TLS ${tls}`, { skip: openssl }, async () => {
        const sent = order(tls);
        const script = new URL("nodemailer-client.mjs", import.meta.url).pathname;
        const { from, to, port, ca } = sent;
        const asked = { from, to, port, ca, tls, json: form === "as JSON" };
        const { log } = await run(process.execPath, [script, JSON.stringify(asked)], { input: sent.content });
        const one = await judge(log, "nodemailer", from);
        assert.equal(one.tls, tls === "off" ? undefined : "starttls");
        assert.ok(one.began !== undefined && Math.abs(Date.now() - one.began.getTime()) < 60_000);
        assert.equal(one.messages[0]!.octets, stuffed(sent.content) + 3, log);
      });

  test("reads what msmtp logs", { skip: msmtpMissing }, async () => {
    const from = sender();
    const args = ["--file=/dev/null", "--debug", "--host=localhost", `--port=${sinks.off.port}`, "--tls=off"];
    const input = message("msmtp", "hello\n");
    const { log } = await run("msmtp", [...args, "--domain=client.test", `--from=${from}`, "--", BOB], {
      input,
    });
    const { format, sessions } = await dissect(log);
    assert.equal(format, "msmtp");
    assert.deepEqual(
      sessions[0]!.messages.map(({ from, recipients }) => [from, recipients[0]!.status]),
      [[from, "accepted"]],
    );
  });

  test("reads what Postfix logs, as a server and as a client", { skip: postfixMissing }, async () => {
    const onward = "carol@elsewhere.test";
    await using postfix = await startPostfix(certs, { starttls: sinks.starttls.port }, true);
    const auth = { user: "user", pass: "secret", mechanism: "PLAIN" } as const;
    const sent = order("off", { port: postfix.port.plain, to: [BOB, NOBODY, onward], auth });
    const { ok, log } = await clients.swaks(sent);
    assert.ok(ok, log);
    for (const deadline = Date.now() + 20_000; sinks.starttls.from(sent.from).length === 0;) {
      assert.ok(Date.now() < deadline, postfix.log());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // The program says what it has heard after it has heard it.
    for (const deadline = Date.now() + 20_000; !/status=sent/.test(postfix.log());) {
      assert.ok(Date.now() < deadline, postfix.log());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const trace = await dissect(postfix.log());
    assert.equal(trace.format, "postfix");
    const of = trace.sessions.filter(({ messages }) => messages.some(({ from }) => from === sent.from));
    assert.deepEqual(
      of.map(({ messages, tls }) => [tls, ...messages[0]!.recipients.map(({ status }) => status)]),
      [
        [undefined, "accepted", "refused", "accepted"],
        ["starttls", "accepted"],
      ],
    );
    // It logs no content.
    for (const { messages } of of) assert.ok(!("octets" in messages[0]!), postfix.log());
    assert.doesNotMatch(JSON.stringify(trace), SECRET);
  });

  for (const tls of ["off", "starttls"] as const)
    test(`reads what tcpdump captures, TLS ${tls}`, { skip: tcpdumpMissing }, async () => {
      const file = `${dir.path}/${tls}.pcap`;
      const filter = `tcp port ${sinks[tls].port}`;
      const args = ["-i", "lo", "-U", "-Z", "root", "-w", file, filter];
      await using capturing = start(program("tcpdump")!, args);
      while (!/listening on/.test(capturing.log())) {
        assert.ok(capturing.running, capturing.log());
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const sent = order(tls, { auth: { user: "user", pass: "secret", mechanism: "PLAIN" } });
      const { ok, log } = await clients.swaks(sent);
      assert.ok(ok, log);
      await complete(file);
      await capturing.stop("SIGINT");
      const captured = await readFile(file);
      if (tls === "off") {
        const one = await judge(captured, "pcap", sent.from);
        assert.equal(one.messages[0]!.octets, stuffed(sent.content) + 3);
        assert.deepEqual([one.notes, one.resolution], [[], 0.001]);
        const [received] = sinks.off.from(sent.from);
        assert.deepEqual([received?.to, one.server?.port], [[BOB], sinks.off.port]);
      } else {
        const [one] = (await dissect(captured)).sessions as [TraceSession];
        assert.equal(one.tls, "starttls");
        assert.ok(one.diagnosis.some(({ rule }) => rule === "tls-sealed"));
        assert.equal(one.steps.filter(({ text }) => / of TLS records$/.test(text)).length, 2);
      }
    });

  /** Waits until a capture has both ends of its connection, or its reset: who leaves before all of TLS is read, resets it. */
  async function complete(file: string): Promise<void> {
    for (const deadline = Date.now() + 20_000; ;) {
      const trace = await dissect(await readFile(file)).catch(() => undefined);
      const closed = trace?.sessions[0]?.steps.filter(({ kind }) => kind === "closed") ?? [];
      if (closed.length === 2 || closed.some(({ from }) => from === "link")) return;
      assert.ok(Date.now() < deadline, JSON.stringify(trace));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
