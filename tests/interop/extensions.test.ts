/** What real clients can do beyond sending a message, with our server: DSN, LMTP, PRDR, VRFY, EXPN, ETRN, HELP. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { fileURLToPath } from "node:url";

import { createTransport } from "nodemailer";

import { run } from "../support/process.js";
import type { Observer } from "./matrix/observer.js";
import { message, sender } from "./messages.js";
import { session, type Witness } from "./session.js";
import { type Received, type Sink, startSink } from "./sink.js";
import { need, type Software } from "./software.js";

const BOB = "bob@example.test";
const ALICE = "alice@example.test";
const SOFTWARE: Record<string, Software> = {
  curl: "curl",
  msmtp: "msmtp",
  smtplib: "python3",
  swaks: "swaks",
};
const missing = new Map<string, string | false>();
for (const [peer, software] of Object.entries(SOFTWARE)) missing.set(peer, await need(software));

describe("what clients can do with our server beyond a message", () => {
  let said = "";
  const observers: Observer[] = [];
  let smtp: Sink;
  let lmtp: Sink;
  let trusting: Sink;
  let behind: Sink;
  const asked: string[] = [];

  before(async () => {
    const say = (lines: string): void => void (said += lines);
    const handlers = {
      onVrfy: (argument: string) => (asked.push(argument), `<${BOB}>`),
      onExpn: (argument: string) => (asked.push(argument), [`<${BOB}>`, `<${ALICE}>`]),
      onEtrn: (argument: string) => void asked.push(argument),
    };
    smtp = await startSink({ observers, say, handlers, options: { extensions: { DSN: true, PRDR: true } } });
    const local = ["127.0.0.1"];
    trusting = await startSink({ observers, say, options: { trusted: local } });
    behind = await startSink({ observers, say, options: { trusted: { proxy: local } } });
    lmtp = await startSink({ observers, say, options: { lmtp: true } });
  });
  after(() => Promise.all([smtp, lmtp, trusting, behind].map((sink) => sink?.stop())));

  const register = (
    peer: string,
    name: string,
    hears: readonly string[],
    body: (witness: Witness) => Promise<void>,
  ): void =>
    session(
      `${peer}: ${name}`,
      { skip: missing.get(peer) ?? false, log: () => said, heard: () => observers, peer, hears },
      body,
    );

  const runs = async (witness: Witness, command: string, args: string[], input = ""): Promise<void> => {
    const { code, log } = await run(command, args, { input });
    witness.transcript += log;
    assert.equal(code, 0, log);
  };
  const one = (sink: Sink, from: string): Received => {
    const received = sink.from(from);
    assert.equal(received.length, 1, `${received.length} messages from ${from}`);
    return received[0]!;
  };

  const swaks = (witness: Witness, sink: Sink, args: string[]): Promise<void> => {
    const common = ["--server", "127.0.0.1", "--port", `${sink.port}`, "--ehlo", "client.test"];
    return runs(witness, "swaks", [...common, "--timeout", "20", "--body", "hello", ...args]);
  };

  register("swaks", "commands in a pipeline", ["PIPELINING"], async (witness) => {
    const from = sender();
    await swaks(witness, smtp, ["--from", from, "--to", `${BOB},${ALICE}`, "--pipeline"]);
    assert.deepEqual(one(smtp, from).to, [BOB, ALICE]);
  });

  register("swaks", "PRDR: one of two does not want it", ["PRDR"], async (witness) => {
    const from = sender();
    const header = ["--add-header", `X-Unwanted-By: ${ALICE}`];
    await swaks(witness, smtp, ["--from", from, "--to", `${BOB},${ALICE}`, "--prdr", ...header]);
    assert.match(witness.transcript, /<- +353 [^]*<- +250 [^]*<\*\* +550 5\.7\.1/);
  });

  register("swaks", "LMTP", ["LMTP"], async (witness) => {
    const from = sender();
    await swaks(witness, lmtp, ["--from", from, "--to", `${BOB},${ALICE}`, "--protocol", "LMTP"]);
    assert.deepEqual(one(lmtp, from).to, [BOB, ALICE]);
  });

  register("swaks", "XCLIENT", ["XCLIENT"], async (witness) => {
    const from = sender();
    const args = ["--xclient-addr", "192.0.2.1", "--xclient-name", "mx.client.test"];
    await swaks(witness, trusting, ["--from", from, "--to", BOB, ...args]);
    assert.equal(one(trusting, from).remote, "192.0.2.1");
  });

  for (const version of ["1", "2"])
    register("swaks", `PROXY header of version ${version}`, ["PROXY"], async (witness) => {
      const from = sender();
      const args = ["--proxy-version", version, "--proxy-family", version === "1" ? "TCP4" : "AF_INET"];
      if (version === "2") args.push("--proxy-protocol", "STREAM", "--proxy-command", "PROXY");
      const ends = ["--proxy-source", "192.0.2.1", "--proxy-source-port", "1025"];
      ends.push("--proxy-dest", "192.0.2.25", "--proxy-dest-port", "25");
      await swaks(witness, behind, ["--from", from, "--to", BOB, ...args, ...ends]);
      assert.equal(one(behind, from).remote, "192.0.2.1");
    });

  const msmtp = (witness: Witness, sink: Sink, args: string[]): Promise<void> => {
    const common = ["--file=/dev/null", "--debug", "--host=127.0.0.1", `--port=${sink.port}`, "--tls=off"];
    const input = message("msmtp", "hello\r\n").toString();
    return runs(witness, "msmtp", [...common, "--domain=client.test", "--timeout=20", ...args], input);
  };

  register("msmtp", "DSN", ["DSN", "PIPELINING"], async (witness) => {
    const from = sender();
    const dsn = ["--dsn-notify=success,failure", "--dsn-return=headers"];
    await msmtp(witness, smtp, [...dsn, `--from=${from}`, "--", BOB, ALICE]);
    const { parameters, recipientParameters } = one(smtp, from);
    assert.ok(parameters.includes("RET=HDRS"), parameters.join());
    assert.deepEqual(recipientParameters, [["NOTIFY=SUCCESS,FAILURE"], ["NOTIFY=SUCCESS,FAILURE"]]);
  });

  register("msmtp", "LMTP", ["LMTP"], async (witness) => {
    const from = sender();
    await msmtp(witness, lmtp, ["--protocol=lmtp", `--from=${from}`, "--", BOB, ALICE]);
    assert.deepEqual(one(lmtp, from).to, [BOB, ALICE]);
  });

  register("msmtp", "ETRN", ["ETRN"], async (witness) => {
    await msmtp(witness, smtp, ["--rmqs=@client.test"]);
    assert.equal(asked.at(-1), "@client.test");
  });

  const smtplib = (witness: Witness, sink: Sink, what: string, from: string): Promise<void> => {
    const order = { port: sink.port, what, from, to: [BOB, ALICE] };
    return runs(witness, "python3", [
      fileURLToPath(new URL("asks.py", import.meta.url)),
      JSON.stringify(order),
    ]);
  };

  register("smtplib", "LMTP", ["LMTP"], async (witness) => {
    const from = sender();
    await smtplib(witness, lmtp, "lmtp", from);
    assert.deepEqual(one(lmtp, from).to, [BOB, ALICE]);
  });

  register("smtplib", "DSN", ["DSN"], async (witness) => {
    const from = sender();
    await smtplib(witness, smtp, "dsn", from);
    const { parameters, recipientParameters } = one(smtp, from);
    assert.ok(parameters.includes("RET=FULL") && parameters.includes("ENVID=QQ+2B314159"), parameters.join());
    for (const given of recipientParameters)
      assert.deepEqual(given, ["NOTIFY=SUCCESS,FAILURE,DELAY", "ORCPT=rfc822;Bob+2Bx@example.test"]);
  });

  register("smtplib", "VRFY, EXPN and HELP", ["VRFY", "EXPN", "HELP"], async (witness) => {
    await smtplib(witness, smtp, "ask", sender());
    assert.deepEqual(asked.slice(-2), ["bob", "staff"]);
  });

  const curl = (witness: Witness, args: string[], { port } = smtp): Promise<void> =>
    runs(witness, "curl", ["-q", "-sv", "--noproxy", "*", `smtp://127.0.0.1:${port}/client.test`, ...args]);

  register("curl", "VRFY, EXPN and HELP", ["VRFY", "EXPN", "HELP"], async (witness) => {
    await curl(witness, ["--mail-rcpt", "bob"]);
    await curl(witness, ["--mail-rcpt", "staff", "-X", "EXPN"]);
    await curl(witness, ["-X", "HELP"]);
    assert.deepEqual(asked.slice(-2), ["bob", "staff"]);
  });

  register("curl", "PROXY header of version 1", ["PROXY"], async (witness) => {
    await curl(witness, ["--haproxy-protocol", "--mail-rcpt", "bob"], behind);
  });

  register("nodemailer", "DSN", ["DSN"], async () => {
    const from = sender();
    const transport = createTransport({
      host: "127.0.0.1",
      port: smtp.port,
      name: "client.test",
      ignoreTLS: true,
    });
    const dsn = {
      id: "some+id=1",
      return: "headers",
      notify: ["failure", "delay"],
      recipient: "ann+b@client.test",
    };
    try {
      await transport.sendMail({
        envelope: { from, to: [BOB, ALICE] },
        raw: message("dsn", "hello\r\n"),
        dsn,
      });
    } finally {
      transport.close();
    }
    const { parameters, recipientParameters } = one(smtp, from);
    assert.ok(
      parameters.includes("RET=HDRS") && parameters.includes("ENVID=some+2Bid+3D1"),
      parameters.join(),
    );
    for (const given of recipientParameters)
      assert.deepEqual(given, ["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;ann+2Bb@client.test"]);
  });

  register("nodemailer", "LMTP", ["LMTP"], async () => {
    const from = sender();
    const transport = createTransport({
      host: "127.0.0.1",
      port: lmtp.port,
      name: "client.test",
      lmtp: true,
      ignoreTLS: true,
    });
    try {
      await transport.sendMail({ envelope: { from, to: [BOB, ALICE] }, raw: message("lmtp", "hello\r\n") });
    } finally {
      transport.close();
    }
    assert.deepEqual(one(lmtp, from).to, [BOB, ALICE]);
  });
});
