/** What Postfix can do with our server beyond passing mail on: LMTP, implicit TLS. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { connect } from "edgepost";
import { tcp } from "edgepost/node";

import { certificates } from "../support/certificates.js";
import { type Temporary, temporary } from "../support/temporary.js";
import type { Observer } from "./matrix/observer.js";
import { sender, thorough } from "./messages.js";
import { type Postfix, startPostfix } from "./servers/postfix.js";
import { session, type Witness } from "./session.js";
import { type Received, type Sink, startSink } from "./sink.js";
import { need } from "./software.js";

const skip = await need("postfix", "openssl");

describe("Postfix and our server", () => {
  let dir: Temporary;
  let postfix: Postfix;
  const sinks = {} as Record<"starttls" | "implicit" | "lmtp", Sink>;
  let said = "";
  const observers: Observer[] = [];

  before(async () => {
    if (skip !== false) return;
    dir = await temporary(0o711);
    const certs = await certificates(dir.path);
    const { cert, key } = certs.good;
    const trusted = ["127.0.0.1", "::1", "::ffff:127.0.0.1"];
    const say = (lines: string): void => void (said += lines);
    sinks.starttls = await startSink({
      tls: { cert, key },
      auth: true,
      observers,
      say,
      options: { trusted },
    });
    sinks.implicit = await startSink({ tls: { cert, key, implicit: true }, auth: true, observers, say });
    sinks.lmtp = await startSink({ observers, say, options: { lmtp: true, trusted } });
    const [starttls, implicit, lmtp] = [sinks.starttls.port, sinks.implicit.port, sinks.lmtp.port];
    postfix = await startPostfix(certs, { starttls, implicit, lmtp });
  });
  after(async () => {
    await postfix?.stop();
    await Promise.all(Object.values(sinks).map((sink) => sink.stop()));
    await dir?.remove();
  });

  const register = (
    name: string,
    hears: readonly string[],
    body: (witness: Witness) => Promise<void>,
  ): void => session(name, { skip, log: () => said, heard: () => observers, peer: "Postfix", hears }, body);

  const submit = async (
    witness: Witness,
    from: string,
    to: string | string[],
    raw: Buffer,
  ): Promise<void> => {
    await using smtp = await connect(witness.watch(tcp({ host: "127.0.0.1", port: postfix.port.plain })), {
      ...{ name: "client.test", tls: "off", trace: witness.trace },
    });
    await smtp.send({ envelope: { from, to }, raw });
  };

  const passed = async (sink: Sink, from: string, to?: string): Promise<Received> => {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const received = sink.from(from).find((one) => to === undefined || one.to.includes(to));
      if (received !== undefined) return received;
      if (Date.now() > deadline) throw new Error(`nothing came from ${from}\n${postfix.log().slice(-3_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  register("its LMTP agent", ["LMTP", "PIPELINING", "SIZE", "8BITMIME"], async (witness) => {
    const from = sender();
    const to = ["one@lmtp.test", "two@lmtp.test"];
    await submit(witness, from, to, thorough.raw);
    assert.deepEqual((await passed(sinks.lmtp, from)).to, to);
  });

  register("its LMTP agent, and one of two recipients does not want it", ["LMTP"], async (witness) => {
    const from = sender();
    const to = ["one@lmtp.test", "two@lmtp.test"];
    const raw = Buffer.concat([Buffer.from("X-Unwanted-By: two@lmtp.test\r\n"), thorough.raw]);
    await submit(witness, from, to, raw);
    const bounce = await passed(sinks.starttls, "", from);
    const text = bounce.content.toString("latin1");
    assert.match(text, /^Final-Recipient: rfc822; two@lmtp\.test/m);
    assert.doesNotMatch(text, /^Final-Recipient: rfc822; one@lmtp\.test/m);
    assert.match(text, /^Diagnostic-Code: smtp; 550 5\.7\.1/m);
  });

  for (const [agent, to] of [
    ["lmtp", "one@lmtp.test"],
    ["starttls", "one@elsewhere.test"],
  ] as const)
    register(`XFORWARD of its agent for ${to}`, ["XFORWARD"], async (witness) => {
      const from = sender();
      await submit(witness, from, to, thorough.raw);
      const { forwarded } = await passed(sinks[agent], from);
      assert.equal(forwarded?.ADDR, "127.0.0.1");
      assert.equal(forwarded?.HELO, "client.test");
      assert.equal(forwarded?.PROTO, "ESMTP");
    });

  register("implicit TLS", ["implicit TLS", "AUTH PLAIN"], async (witness) => {
    const from = sender();
    await submit(witness, from, "one@implicit.test", thorough.raw);
    const received = await passed(sinks.implicit, from);
    assert.deepEqual([received.secure, received.user], [true, "user"]);
  });
});
