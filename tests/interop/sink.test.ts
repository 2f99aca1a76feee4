/** Real clients deliver to our server: swaks, curl, Python's smtplib, nodemailer and Postfix's smtp-source. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { inspect } from "node:util";

import { ClosedError, ProtocolError } from "edgepost";
import { createTransport } from "nodemailer";

import { type Certificates, certificates } from "../support/certificates.js";
import { type Temporary, temporary } from "../support/temporary.js";
import type { Observer } from "./matrix/observer.js";
import { clients, type Order, smtpSource } from "./clients.js";
import { large, message, samples, sender, thorough } from "./messages.js";
import { session, type SessionOptions } from "./session.js";
import { type Sink, startSink } from "./sink.js";
import { need, type Software } from "./software.js";

const GOOD = { user: "user", pass: "secret" };
const [BOB, ALICE, NOBODY, JOERG] = ["bob", "alice", "nobody", "jörg"].map(
  (name) => `${name}@example.test`,
) as [string, string, string, string];
const NEEDS: Record<keyof typeof clients, Software[]> = {
  swaks: ["swaks"],
  curl: ["curl"],
  smtplib: ["python3"],
  nodemailer: [],
};

const openssl = await need("openssl");
const missing = Object.fromEntries(
  await Promise.all(
    Object.entries(NEEDS).map(async ([name, software]) => [name, openssl || (await need(...software))]),
  ),
) as Record<keyof typeof clients, string | false>;
const smtpSourceMissing = openssl || (await need("postfix"));

describe("real clients and our server", () => {
  let dir: Temporary;
  let certs: Certificates;
  let said = "";
  const observers: Observer[] = [];
  const sinks = {} as Record<"off" | "starttls" | "implicit" | "secureOnly" | "small", Sink>;

  before(async () => {
    if (openssl !== false) return;
    dir = await temporary();
    certs = await certificates(dir.path);
    const { cert, key } = certs.good;
    const say = (lines: string): void => void (said += lines);
    sinks.off = await startSink({ observers, auth: "insecure", say });
    sinks.starttls = await startSink({ observers, tls: { cert, key }, auth: true, say });
    sinks.implicit = await startSink({ observers, tls: { cert, key, implicit: true }, auth: true, say });
    sinks.secureOnly = await startSink({ observers, auth: true, say });
    sinks.small = await startSink({ observers, size: 10_000, say });
  });
  after(async () => {
    await Promise.all(Object.values(sinks).map((sink) => sink.stop()));
    await dir?.remove();
    // Clients may break the protocol or hang up; nothing else may have gone wrong.
    for (const error of Object.values(sinks).flatMap(({ errors }) => errors))
      assert.ok(error instanceof ProtocolError || error instanceof ClosedError, inspect(error));
  });

  const log = (): string => said;
  const heard = (): readonly Observer[] => observers;
  const options = (peer: string, skip: string | false): SessionOptions => ({
    ...{ skip, log, heard },
    peer,
  });

  /** Fills in what an order need not say. */
  const order = (which: keyof typeof sinks, rest: Partial<Order> = {}): Order => ({
    port: sinks[which].port,
    tls: which === "starttls" || which === "implicit" ? which : "off",
    from: sender(),
    to: [BOB],
    content: thorough.content,
    ca: certs.ca,
    caFile: certs.caFile,
    ...rest,
  });

  for (const name of Object.keys(clients) as (keyof typeof clients)[]) {
    const send = clients[name];
    const registered = options(name, missing[name]);

    for (const tls of ["off", "starttls", "implicit"] as const) {
      for (const mechanism of [undefined, "PLAIN", "LOGIN"] as const) {
        const how = `${name}, TLS ${tls}, ${mechanism ? `AUTH ${mechanism}` : "no AUTH"}`;
        session(`${how}: the message arrives octet by octet`, registered, async (witness) => {
          const sent = order(tls, {
            ...(mechanism && { auth: { ...GOOD, mechanism } }),
            to: [BOB, NOBODY, ALICE],
          });
          const { ok, log } = await send(sent);
          witness.transcript = log;
          assert.ok(ok, `${name} is not content`);
          const [received, ...more] = sinks[tls].from(sent.from);
          assert.ok(received && more.length === 0, `${more.length + (received ? 1 : 0)} messages arrived`);
          assert.deepEqual(received.to, [BOB, ALICE]);
          assert.ok(received.content.equals(sent.content), received.content.toString());
          assert.equal(received.secure, tls !== "off");
          assert.equal(received.user, mechanism && GOOD.user);
          if (mechanism !== undefined) assert.match(log, new RegExp(`AUTH ${mechanism}`));
        });
      }
    }

    for (const tls of ["starttls", "implicit"] as const) {
      session(
        `${name}, TLS ${tls}: a wrong password is refused, and there is no message`,
        registered,
        async (witness) => {
          const sent = order(tls, { auth: { ...GOOD, pass: "open sesame", mechanism: "PLAIN" } });
          const { ok, log } = await send(sent);
          witness.transcript = log;
          assert.equal(ok, false);
          assert.match(log, /535/);
          assert.deepEqual(sinks[tls].from(sent.from), []);
        },
      );
    }

    session(`${name}: there is no AUTH in the clear unless it was asked for`, registered, async (witness) => {
      const sent = order("secureOnly", { auth: { ...GOOD, mechanism: "PLAIN" } });
      const { log } = await send(sent);
      witness.transcript = log;
      assert.ok(sinks.secureOnly.from(sent.from).every(({ user }) => user === undefined));
      assert.doesNotMatch(log, /250[- ]AUTH|\b235\b/);
    });

    session(`${name}: a message whose recipients are all refused`, registered, async (witness) => {
      const sent = order("off", { to: [NOBODY, "x@example.test"] });
      const { ok, log } = await send(sent);
      witness.transcript = log;
      assert.equal(ok, false);
      assert.match(log, /550/);
      assert.deepEqual(sinks.off.from(sent.from), []);
    });

    session(`${name}: a refused sender, and a refused message`, registered, async (witness) => {
      for (const [sent, code] of [
        [order("off", { from: "refused@client.test" }), /550/],
        [order("off", { content: Buffer.from(`X-Unwanted: yes\r\n\r\n${"x\r\n".repeat(100)}`) }), /554/],
      ] as const) {
        const { ok, log } = await send(sent);
        witness.transcript += log;
        assert.equal(ok, false);
        assert.match(log, code);
        assert.deepEqual(sinks.off.from(sent.from), []);
      }
    });

    session(`${name}: a message over the size limit`, registered, async (witness) => {
      const sent = order("small", { content: large(50_000) });
      const { ok, log } = await send(sent);
      witness.transcript = log;
      assert.equal(ok, false);
      assert.match(log, /55[24]/);
      assert.deepEqual(sinks.small.received, []);
    });

    session(`${name}: 5 MB`, registered, async (witness) => {
      const sent = order("starttls", { content: large(5_000_000) });
      const { ok, log } = await send(sent);
      witness.transcript = log.slice(0, 5_000);
      assert.ok(ok, `${name} is not content`);
      assert.deepEqual(
        sinks.starttls.from(sent.from).map(({ content }) => content.equals(sent.content)),
        [true],
      );
    });

    if (name === "swaks") continue; // no SMTPUTF8, and it mends what is not a proper message

    session(`${name}: an address in UTF-8`, registered, async (witness) => {
      const sent = order("starttls", { to: [JOERG] });
      const { ok, log } = await send(sent);
      witness.transcript = log;
      assert.ok(ok, `${name} is not content`);
      const [received] = sinks.starttls.from(sent.from);
      assert.deepEqual(received?.to, [JOERG]);
      assert.ok(received.parameters.includes("SMTPUTF8"));
    });

    session(`${name}: samples that have CRLF line ends`, registered, async (witness) => {
      for (const sample of samples) {
        if (!sample.raw.equals(sample.content) || sample.content.length === 0) continue;
        const sent = order("off", { content: sample.content });
        const { ok, log } = await send(sent);
        witness.transcript = log;
        assert.ok(ok, `${name} is not content with ${sample.name}`);
        assert.deepEqual(
          sinks.off.from(sent.from).map(({ content }) => content.toString("latin1")),
          [sample.content.toString("latin1")],
          sample.name,
        );
      }
    });
  }

  session(
    "nodemailer: 30 messages through a pool of 3 connections",
    options("nodemailer", openssl),
    async () => {
      const { port } = sinks.starttls;
      const pool = createTransport({
        ...{ host: "localhost", port, name: "client.test", requireTLS: true, tls: { ca: certs.ca } },
        ...{ auth: GOOD, pool: true, maxConnections: 3 },
      });
      const mail = Array.from({ length: 30 }, (_, i) => ({
        from: sender(),
        raw: message(`number ${i}`, `.${i}\r\n`),
      }));
      try {
        await Promise.all(
          mail.map(({ from, raw }) => pool.sendMail({ envelope: { from, to: [BOB, ALICE] }, raw })),
        );
      } finally {
        pool.close();
      }
      for (const { from, raw } of mail)
        assert.deepEqual(
          sinks.starttls.from(from).map(({ content, user }) => [content.equals(raw), user]),
          [[true, "user"]],
        );
    },
  );

  for (const { sessions, messages, content } of [
    { sessions: 1, messages: 1, content: thorough.content },
    { sessions: 10, messages: 1_000, content: thorough.content },
    { sessions: 5, messages: 20, content: large(1_000_000) },
  ]) {
    const what = `smtp-source: ${messages} of ${content.length} octets in ${sessions} sessions at once`;
    session(what, options("smtp-source", smtpSourceMissing), async (witness) => {
      const from = sender();
      const { ok, log } = await smtpSource({
        port: sinks.off.port,
        from,
        to: BOB,
        content,
        sessions,
        messages,
      });
      witness.transcript = log;
      assert.ok(ok, "smtp-source is not content");
      const received = sinks.off.from(from);
      assert.equal(received.length, messages);
      const expected = Buffer.concat([content, Buffer.from("\r\n")]); // its own empty line
      const wrong = received.filter((one) => !one.content.equals(expected) || one.to.join() !== BOB);
      assert.equal(wrong.length, 0, wrong[0]?.content.toString("latin1", 0, 3_000));
    });
  }
});
