/** What our client has to manage with every server: all that it offers is used, and what it delivers is what was sent. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { inspect } from "node:util";

import { connect, ReplyError, type Smtp } from "edgepost";
import { tcp } from "edgepost/node";

import { type Certificates, certificates } from "../support/certificates.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { large, message, sameOctets, type Sample, samples, sender } from "./messages.js";
import type { Delivered } from "./servers/mailbox.js";
import { session, type Witness } from "./session.js";
import { need, type Software } from "./software.js";

/** What is known of a server that was started. */
export interface Started {
  readonly port: Record<string, number>;
  readonly mailbox: {
    now(from: string): Promise<Delivered[]>;
    delivered(from: string, recipients?: number): Promise<Delivered[]>;
  };
  log(): string;
  stop(): Promise<void>;
}

/** A server, as the suite has to know it. */
export interface PeerSpec<S extends Started> {
  /** Its column of the matrix. */
  name: string;
  software: readonly Software[];
  start(certificates: Certificates): Promise<S>;
  /** Its ports, by how a session begins there. */
  links: Partial<Record<"off" | "starttls" | "implicit", keyof S["port"] & string>>;
  /** The mechanisms that a password is enough for. */
  mechanisms?: readonly string[];
  /** Those that take the password for a token. */
  tokens?: readonly string[];
  /** Only who has authenticated may send. */
  authRequired?: boolean;
  /** Rows of the matrix that sessions show as a matter of course. */
  everyday: readonly string[];
  smtpUtf8?: boolean;
  /** Samples that it changes on their way, and why. */
  changes?: Record<string, string>;
  /** Requests that it answers. */
  asks?: readonly ("VRFY" | "EXPN" | "HELP" | "ETRN")[];
  /** It takes requests for delivery status notifications. */
  dsn?: boolean;
  /** It tells who got a message only when it is for one. */
  single?: boolean;
  /** What every session is told. */
  options?: Options;
  /** Takes any recipient. */
  takesAnybody?: boolean;
}

/** What a test says to {@link connect}. */
export type Options = Omit<NonNullable<Parameters<typeof connect>[1]>, "name">;
type Link = "off" | "starttls" | "implicit";

export const GOOD = { user: "user", pass: "secret" };
export const BOB = "bob@example.test";
export const ALICE = "alice@example.test";
export const NOBODY = "nobody@example.test";
export const JOERG = "jörg@example.test";
const TLS = { off: "off", starttls: "required", implicit: "implicit" } as const;

/** What tests for one server only work with. */
export interface Suite<S extends Started> {
  server(): S;
  /** A session over one of the links. */
  dial(witness: Witness, link: Link, options?: Options): Promise<Smtp>;
  /** A session on a port. */
  dialPort(witness: Witness, port: number, options: Options): Promise<Smtp>;
  /** `shows`: rows of the matrix that have to be seen. */
  session(name: string, shows: readonly string[], body: (witness: Witness) => Promise<void>): void;
  /** The message from `from` has reached `to`, nobody else, and is `content`, octet by octet. */
  arrived(from: string, to: string[], content: Buffer): Promise<void>;
}

/** Registers the tests of a server; `also` may add some. */
export async function peerSuite<S extends Started>(
  spec: PeerSpec<S>,
  also: (suite: Suite<S>) => void = () => {},
): Promise<void> {
  const skip = await need("openssl", ...spec.software);
  describe(`our client and ${spec.name}`, () => {
    let dir: Temporary;
    let certs: Certificates;
    let server: S;
    before(async () => {
      if (skip !== false) return;
      dir = await temporary(0o711);
      certs = await certificates(dir.path);
      server = await spec.start(certs);
    });
    after(async () => {
      await server?.stop();
      await dir?.remove();
    });
    const dialPort = (witness: Witness, port: number, options: Options): Promise<Smtp> =>
      connect(witness.watch(tcp({ host: "127.0.0.1", port, tls: { ca: certs.ca } })), {
        name: "client.test",
        ...options,
        trace: witness.trace,
      });
    const suite: Suite<S> = {
      server: () => server,
      dialPort,
      dial: (witness, link, options) =>
        dialPort(witness, server.port[spec.links[link]!]!, {
          tls: TLS[link],
          ...(spec.authRequired === true && { auth: GOOD }),
          ...spec.options,
          ...options,
        }),
      session: (name, shows, body) =>
        session(name, { skip, shows, peer: spec.name, log: () => server?.log() ?? "" }, body),
      async arrived(from, to, content) {
        const found = await server.mailbox.delivered(from, to.length);
        assert.deepEqual(found.flatMap((one) => one.to).sort(), [...to].sort());
        for (const one of found) sameOctets(one.content, content);
      },
    };
    register(spec, suite);
    also(suite);
  });
}

function register<S extends Started>(spec: PeerSpec<S>, suite: Suite<S>): void {
  const { session, dial, arrived, server } = suite;
  const links = Object.keys(spec.links) as Link[];
  const first = links[0]!;
  const best = links.includes("starttls") ? "starttls" : first;
  const secured: Record<Link, string[]> = { off: [], starttls: ["STARTTLS"], implicit: ["implicit TLS"] };
  // A server may complete a header.
  const kept = ({ name, raw }: Sample): boolean =>
    raw.includes("Message-ID:") && spec.changes?.[name] === undefined;

  for (const link of links) {
    session(
      `samples arrive octet by octet, TLS ${link}`,
      [...spec.everyday, ...secured[link]],
      async (witness) => {
        await using smtp = await dial(witness, link);
        assert.equal(smtp.secure, link !== "off");
        await deliver(smtp, samples.filter(kept));
      },
    );
  }

  session("samples arrive octet by octet without PIPELINING and CHUNKING", [], async (witness) => {
    await using smtp = await dial(witness, first, { pipelining: false, chunking: false });
    await deliver(smtp, samples.filter(kept));
    assert.ok(!witness.observers.some(({ used }) => used.has("PIPELINING") || used.has("CHUNKING")));
  });

  async function deliver(smtp: Smtp, samples: readonly Sample[]): Promise<void> {
    const mail = samples.map((sample) => ({ ...sample, from: sender() }));
    const messages = mail.map(({ from, raw }) => ({ envelope: { from, to: BOB }, raw }));
    let done = 0;
    for await (const result of smtp.sendMany(messages))
      assert.ok(result.ok, `${mail[done++]!.name}: ${inspect(result)}`);
    for (const { from, content } of mail) await arrived(from, [BOB], content);
  }

  session("50 messages", ["50 messages"], async (witness) => {
    const mail = Array.from({ length: 50 }, (_, i) => ({
      from: sender(),
      raw: message(`number ${i}`, `.${i}\r\n`),
    }));
    await using smtp = await dial(witness, best);
    const to = spec.single === true ? [BOB] : [BOB, ALICE];
    const messages = mail.map(({ from, raw }) => ({ envelope: { from, to }, raw }));
    for await (const result of smtp.sendMany(messages)) assert.ok(result.ok, inspect(result));
    for (const { from, raw } of mail) await arrived(from, to, raw);
  });

  session("25 MB", ["25 MB"], async (witness) => {
    const [from, raw] = [sender(), large(25_100_000)];
    await using smtp = await dial(witness, best);
    await smtp.send({ envelope: { from, to: BOB }, raw });
    await arrived(from, [BOB], raw);
  });

  if (spec.takesAnybody !== true)
    session("refused recipients and messages leave the others alone", [], async (witness) => {
      const mail = [[BOB], [NOBODY], [BOB, NOBODY, ALICE]].map((to) => ({
        from: sender(),
        to,
        raw: message("some", `${to.join()}\r\n`),
      }));
      await using smtp = await dial(witness, first);
      const messages = mail.map(({ from, to, raw }) => ({ envelope: { from, to }, raw }));
      const results = [];
      for await (const result of smtp.sendMany(messages)) results.push(result);
      const [good, bad, mixed] = results;
      assert.ok(good!.ok && !bad!.ok && mixed!.ok, inspect(results));
      assert.ok(bad!.error instanceof ReplyError, inspect(bad!.error));
      assert.deepEqual(
        [bad!.error.stage, bad!.error.delivery, bad!.error.retryable],
        ["rcpt", "none", false],
      );
      assert.deepEqual(
        mixed!.receipt.refused.map(({ recipient }) => recipient),
        [NOBODY],
      );
      await arrived(mail[0]!.from, [BOB], mail[0]!.raw);
      await arrived(mail[2]!.from, [BOB, ALICE], mail[2]!.raw);
      assert.deepEqual(await server().mailbox.now(mail[1]!.from), []);
    });

  if (spec.smtpUtf8 === true)
    session("addresses in UTF-8", ["SMTPUTF8"], async (witness) => {
      const [from, raw] = [sender(), message("jörg", "Jörg\r\n")];
      await using smtp = await dial(witness, best);
      await smtp.send({ envelope: { from, to: [JOERG, BOB] }, raw });
      await arrived(from, [JOERG, BOB], raw);
    });

  if (spec.asks !== undefined)
    session(spec.asks.join(" and "), spec.asks, async (witness) => {
      await using smtp = await dial(witness, first);
      if (spec.asks!.includes("VRFY")) await smtp.vrfy(BOB);
      if (spec.asks!.includes("EXPN")) await smtp.expn(BOB);
      if (spec.asks!.includes("HELP")) await smtp.help();
      if (spec.asks!.includes("ETRN")) await smtp.etrn("example.test");
    });

  if (spec.dsn === true)
    session("delivery status notifications are asked for", ["DSN"], async (witness) => {
      const [from, raw] = [sender(), message("dsn", "hello\r\n")];
      await using smtp = await dial(witness, best);
      const to = [
        {
          address: BOB,
          originalRecipient: "Bob+Smith@example.test",
          notify: ["success", "failure"] as const,
        },
        { address: ALICE, notify: ["delay"] as const },
      ];
      await smtp.send({ envelope: { from, to, ret: "headers", envid: "some+id=1" }, raw });
      await arrived(from, [BOB, ALICE], raw);
    });

  for (const mechanism of spec.tokens ?? [])
    session(`AUTH ${mechanism}`, [`AUTH ${mechanism}`], async (witness) => {
      const auth = { user: GOOD.user, token: GOOD.pass, mechanisms: [mechanism] };
      await using smtp = await dial(witness, best, { auth });
      assert.ok(smtp.authenticated);
      const wrong = dial(witness, best, { auth: { ...auth, token: "open-sesame" } });
      await assert.rejects(wrong, (error) => {
        assert.ok(error instanceof ReplyError, inspect(error));
        assert.ok(!inspect(error).includes("open-sesame"));
        return true;
      });
    });

  for (const mechanism of spec.mechanisms ?? []) {
    session(`AUTH ${mechanism}`, [`AUTH ${mechanism}`], async (witness) => {
      for (const link of links) {
        const [from, raw] = [sender(), message("authenticated", "hello\r\n")];
        await using smtp = await dial(witness, link, { auth: { ...GOOD, mechanisms: [mechanism] } });
        assert.ok(smtp.authenticated);
        await smtp.send({ envelope: { from, to: BOB }, raw });
        await arrived(from, [BOB], raw);
      }
      assert.ok(!witness.transcript.includes(GOOD.pass), witness.transcript);
    });

    session(`AUTH ${mechanism} with a wrong password`, [], (witness) =>
      assert.rejects(
        dial(witness, best, { auth: { ...GOOD, pass: "open sesame", mechanisms: [mechanism] } }),
        (error) => {
          assert.ok(error instanceof ReplyError, inspect(error));
          assert.deepEqual([error.stage, error.delivery], ["auth", "none"]);
          assert.ok(!inspect(error).includes("open sesame"));
          return true;
        },
      ),
    );
  }
}
