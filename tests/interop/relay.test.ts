/** Mail transfer agents between us: our client to each of them, and each of them to our server. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { connect, type Smtp } from "edgepost";
import { tcp } from "edgepost/node";

import { type Certificates, certificates } from "../support/certificates.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { REPORTS } from "./matrix/features.js";
import type { Observer } from "./matrix/observer.js";
import { message, sameOctets, samples, sender, thorough } from "./messages.js";
import { startDovecot } from "./servers/dovecot.js";
import { startExim } from "./servers/exim.js";
import { startHaraka } from "./servers/haraka.js";
import { startOpenSmtpd } from "./servers/opensmtpd.js";
import { startPostfix } from "./servers/postfix.js";
import { startSendmail } from "./servers/sendmail.js";
import { session, type Witness } from "./session.js";
import { type Received, type Sink, startSink } from "./sink.js";
import { need, type Software } from "./software.js";

/** An agent that has been started. */
interface Agent {
  /** Where our client submits, in the clear. */
  port: number;
  log(): string;
  stop(): Promise<void>;
}

/** An agent, as the tests have to know it. */
interface AgentSpec {
  name: string;
  software: Software;
  start(certificates: Certificates, next: number): Promise<Agent>;
  /** Rows of the matrix that our server sees it use. */
  uses: readonly string[];
  smtpUtf8?: boolean;
  /** The reports that it sends. */
  reports?: readonly (typeof REPORTS)[number][];
  /** Whether they name the message and the recipient as the sender did. */
  tells?: boolean;
  /** Nobody may submit without AUTH. */
  submission?: boolean;
  /** It passes mail on before it answers, so that there are no bounces. */
  atOnce?: boolean;
}

const at = <S extends { port: Record<string, number>; log(): string; stop(): Promise<void> }>(
  server: S,
  port: keyof S["port"] & string,
): Agent => ({ port: server.port[port]!, log: () => server.log(), stop: () => server.stop() });

const AGENTS: readonly AgentSpec[] = [
  {
    name: "Postfix",
    software: "postfix",
    start: async (certificates, starttls) => at(await startPostfix(certificates, { starttls }), "plain"),
    uses: ["STARTTLS", "PIPELINING", "SIZE", "8BITMIME", "AUTH PLAIN"],
    smtpUtf8: true,
    reports: REPORTS,
  },
  {
    name: "Exim",
    software: "exim",
    start: async (certificates, next) => at(await startExim(certificates, { port: next }), "plain"),
    uses: ["STARTTLS", "PIPELINING", "SIZE", "CHUNKING", "AUTH PLAIN"],
    smtpUtf8: true,
    reports: REPORTS,
  },
  {
    name: "OpenSMTPD",
    software: "opensmtpd",
    start: async (certificates, next) => at(await startOpenSmtpd(certificates, next), "plain"),
    uses: [],
    reports: REPORTS,
    tells: false,
  },
  {
    name: "Sendmail",
    software: "sendmail",
    start: async (certificates, next) => at(await startSendmail(certificates, next), "starttls"),
    uses: ["STARTTLS", "PIPELINING", "SIZE", "8BITMIME"],
    reports: ["DSN failure report"],
  },
  {
    name: "Haraka",
    software: "haraka",
    start: async (certificates, next) => at(await startHaraka(certificates, next), "starttls"),
    uses: ["STARTTLS"],
    atOnce: true,
  },
  {
    name: "Dovecot",
    software: "dovecot",
    start: async (certificates, next) => at(await startDovecot(certificates, next), "starttls"),
    uses: ["STARTTLS", "CHUNKING", "AUTH PLAIN"],
    submission: true,
  },
];

const openssl = await need("openssl");
const missing = new Map<string, string | false>();
for (const { name, software } of AGENTS) missing.set(name, openssl || (await need(software)));

describe("mail transfer agents between our client and our server", () => {
  let dir: Temporary;
  let sink: Sink;
  let said = "";
  const observers: Observer[] = [];
  const agents = new Map<string, Agent>();

  before(async () => {
    if (openssl !== false) return;
    dir = await temporary(0o711);
    const certs = await certificates(dir.path);
    const { cert, key } = certs.good;
    const say = (lines: string): void => void (said += lines);
    const options = { extensions: { DSN: true } };
    sink = await startSink({ tls: { cert, key }, auth: true, observers, say, options });
    await Promise.all(
      AGENTS.filter(({ name }) => missing.get(name) === false).map(async ({ name, start }) =>
        agents.set(name, await start(certs, sink.port)),
      ),
    );
  });
  after(async () => {
    await Promise.all([...agents.values()].map((agent) => agent.stop()));
    await sink?.stop();
    await dir?.remove();
  });

  for (const {
    name,
    submission = false,
    atOnce = submission,
    smtpUtf8 = false,
    reports = [],
    tells = true,
    uses,
  } of AGENTS) {
    const options = {
      skip: missing.get(name)!,
      log: (): string => said,
      heard: (): readonly Observer[] => observers,
      peer: name,
    };
    const log = (): string => agents.get(name)?.log().slice(-3_000) ?? "";

    /** What our server got from a reverse-path, once it has come for so many recipients. */
    const relayed = async (from: string, recipients: number): Promise<Received[]> => {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const received = sink.from(from);
        if (received.flatMap(({ to }) => to).length >= recipients) return received;
        if (Date.now() > deadline) throw new Error(`too little came from ${from}\n${log()}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const submit = (witness: Witness): Promise<Smtp> =>
      connect(witness.watch(tcp({ host: "127.0.0.1", port: agents.get(name)!.port })), {
        ...{ name: "client.test", tls: "off", trace: witness.trace },
        ...(submission && { auth: { user: "user", pass: "secret" } }),
      });

    session(`samples pass ${name}`, { ...options, hears: uses }, async (witness) => {
      const mail = samples
        .filter(({ raw }) => raw.includes("Message-ID:"))
        .map((sample) => ({ ...sample, from: sender() }));
      await using smtp = await submit(witness);
      const to = ["one@relay.test", "two@relay.test"];
      for (const { from, raw } of mail) await smtp.send({ envelope: { from, to }, raw });
      for (const { name, from, content } of mail) {
        const received = await relayed(from, to.length);
        assert.deepEqual(received.flatMap(({ to }) => to).sort(), to);
        for (const one of received) {
          assert.equal(one.secure, uses.includes("STARTTLS"));
          const added = ADDED.exec(one.content.toString("latin1"))?.[0] ?? "";
          const arrived = one.content.subarray(added.length);
          // In chunks a message may end as it was written.
          const end = arrived.at(-1) === 0x0a ? "" : "\r\n";
          sameOctets(Buffer.concat([arrived, Buffer.from(end)]), content, name);
        }
      }
    });

    if (smtpUtf8)
      session(`addresses in UTF-8 pass ${name}`, { ...options, hears: ["SMTPUTF8"] }, async (witness) => {
        const [from, raw] = [`jörg.${sender()}`, message("jörg", "Jörg\r\n")];
        await using smtp = await submit(witness);
        await smtp.send({ envelope: { from, to: "дмитрий@relay.test" }, raw });
        const [received] = await relayed(from, 1);
        assert.deepEqual(received!.to, ["дмитрий@relay.test"]);
        assert.ok(received!.parameters.includes("SMTPUTF8"));
      });

    if (atOnce) continue;

    session(`what our server refuses comes back from ${name} as a bounce`, options, async (witness) => {
      const from = sender();
      await using smtp = await submit(witness);
      const raw = message("bounce", thorough.content.subarray(-100));
      await smtp.send({ envelope: { from, to: "refused@relay.test" }, raw });
      const bounce = await bounced(from);
      const text = bounce.content.toString("latin1");
      assert.match(text, /^Content-Type: message\/delivery-status/im);
      assert.match(text, /^Final-Recipient: rfc822; ?refused@relay\.test/im);
      assert.match(text, /^Action: failed/im);
      assert.match(text, /550[ -]5\.1\.1/);
    });

    if (reports.length > 0)
      session(
        `${name} reports as it is asked to`,
        { ...options, hears: tells ? ["DSN"] : [] },
        async (witness) => {
          const [from, failing] = [sender(), sender()];
          const raw = message("report", "hello\r\n");
          const envelope = { ret: "headers", envid: "some+id=1", notify: ["success", "failure"] } as const;
          const original = "Bob+Smith@client.test";
          await using smtp = await submit(witness);
          const local = { address: "bob@example.test", originalRecipient: original };
          const onward = { address: "one@relay.test", originalRecipient: original };
          await smtp.send({ envelope: { from, to: [local], ...envelope }, raw });
          await smtp.send({ envelope: { from, to: [onward], ...envelope }, raw });
          const refused = { address: "refused@relay.test", originalRecipient: original };
          const never = { address: "refused@never.test", notify: "never" } as const;
          await smtp.send({ envelope: { from: failing, to: [never], ...envelope }, raw });
          await smtp.send({ envelope: { from: failing, to: [refused], ...envelope }, raw });

          const [passed] = await relayed(from, 1);
          assert.ok(passed!.parameters.includes("ENVID=some+2Bid+3D1"), passed!.parameters.join());
          const asked = passed!.recipientParameters[0]!.map((parameter) => parameter.toLowerCase());
          assert.ok(asked.includes("notify=success,failure"), asked.join());
          assert.ok(asked.includes("orcpt=rfc822;bob+2bsmith@client.test"), asked.join());

          for (const report of reports) {
            const success = report === "DSN success report";
            const { content } = await bounced(success ? from : failing);
            const text = content.toString("latin1");
            const field = (name: string): string | undefined =>
              new RegExp(`^${name}: *(?:rfc822; *)?<?([^>\\r]*)`, "im").exec(text)?.[1];
            assert.equal(field("Final-Recipient"), success ? local.address : refused.address, text);
            assert.match(field("Action") ?? "", success ? /^delivered/ : /^failed/);
            if (tells) {
              assert.equal(plain(field("Original-Envelope-Id")), "some+id=1", text);
              assert.equal(plain(field("Original-Recipient")), original, text);
            }
            assert.doesNotMatch(text, /never\.test/);
            witness.shown.add(report);
          }
        },
      );

    const bounced = async (to: string): Promise<Received> => {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const found = sink.from("").find((received) => received.to[0] === to);
        if (found !== undefined) return found;
        if (Date.now() > deadline) throw new Error(`no bounce came to ${to}\n${log()}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
  }
});

/** Some write what they got in xtext as they got it. */
function plain(field: string | undefined): string | undefined {
  return field?.replaceAll("+2B", "+").replaceAll("+3D", "=");
}

/** What agents put in front of a message. */
const ADDED = /^(?:(?:Return-Path|Received|Authentication-Results|X-[\w-]+): .*\r\n(?:[ \t].*\r\n)*)+/i;
