/** A mail transfer agent between us: our client to Postfix, and Postfix to our server. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { connect } from "edgepost";
import { tcp } from "edgepost/node";

import { certificates } from "../support/certificates.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { message, samples, sender, thorough } from "./messages.js";
import { type Postfix, startPostfix } from "./servers/postfix.js";
import type { Observer } from "./matrix/observer.js";
import { session } from "./session.js";
import { type Received, type Sink, startSink } from "./sink.js";
import { need } from "./software.js";

const skip = await need("postfix", "openssl");

describe("Postfix between our client and our server", () => {
  let dir: Temporary;
  let sink: Sink;
  let postfix: Postfix;
  let said = "";
  const observers: Observer[] = [];

  before(async () => {
    if (skip !== false) return;
    dir = await temporary(0o711);
    const certs = await certificates(dir.path);
    const { cert, key } = certs.good;
    const say = (lines: string): void => void (said += lines);
    sink = await startSink({ tls: { cert, key }, auth: true, observers, say });
    postfix = await startPostfix(certs, sink.port);
  });
  after(async () => {
    await postfix?.stop();
    await sink?.stop();
    await dir?.remove();
  });

  const options = {
    skip,
    log: (): string => said,
    heard: (): readonly Observer[] => observers,
    peer: { role: "server", peer: "Postfix" },
  } as const;

  const relayed = async (from: string): Promise<Received> => {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const [received] = sink.from(from);
      if (received !== undefined) return received;
      if (Date.now() > deadline) throw new Error(`nothing came from ${from}\n${postfix.log().slice(-3_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  session("samples pass it, in TLS with a certificate that it checked", options, async (witness) => {
    const mail = samples
      .filter(({ content }) => content.length > 0)
      .map((sample) => ({ ...sample, from: sender() }));
    await using smtp = await connect(tcp({ host: "127.0.0.1", port: postfix.port.plain }), {
      ...{ name: "client.test", tls: "off", trace: witness.trace },
    });
    const to = ["one@relay.test", "two@relay.test"];
    const messages = mail.map(({ from, raw }) => ({ envelope: { from, to }, raw }));
    for await (const result of smtp.sendMany(messages)) assert.ok(result.ok);
    for (const { name, from, content } of mail) {
      const received = await relayed(from);
      assert.equal(received.secure, true);
      assert.deepEqual(received.to, to);
      const added = /^(Received: .*\r\n(?:[ \t].*\r\n)*)+/.exec(received.content.toString("latin1"))![0];
      assert.ok(received.content.subarray(added.length).equals(content), name);
    }
    assert.match(said, /client: MAIL FROM:<.*\d+ client: RCPT TO:<one@relay\.test>/s);
  });

  session(
    "a recipient that our server refuses comes back to the sender as a bounce",
    options,
    async (witness) => {
      const from = sender();
      await using smtp = await connect(tcp({ host: "127.0.0.1", port: postfix.port.plain }), {
        ...{ name: "client.test", tls: "off", trace: witness.trace },
      });
      const raw = message("bounce", thorough.content.subarray(-100));
      await smtp.send({ envelope: { from, to: "refused@relay.test" }, raw });
      const bounce = await relayed("");
      assert.deepEqual(bounce.to, [from]);
      const text = bounce.content.toString("latin1");
      assert.match(text, /Content-Type: multipart\/report; report-type=delivery-status/);
      assert.match(text, /Diagnostic-Code: smtp; 550 5\.1\.1/);
    },
  );
});
