/** What our client has to manage with a real server; client-*.test.ts say which. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { inspect } from "node:util";

import { AbortedError, connect, ReplyError, SmtpError, TlsError } from "edgepost";
import { tcp } from "edgepost/node";

import { type Certificates, certificates } from "../support/certificates.js";
import { type Temporary, temporary } from "../support/temporary.js";
import type { Mailbox } from "./servers/mailbox.js";
import { large, message, sameOctets, samples, sender } from "./messages.js";
import { session, type Witness } from "./session.js";
import { need, type Software } from "./software.js";

/** The listeners that every server has; {@link startPostfix} and {@link startAiosmtpd} describe them. */
type Port = "plain" | "starttls" | "implicit" | "submission" | "expired" | "wrongName" | "unknownCa";

interface Server {
  readonly port: Record<Port, number>;
  readonly mailbox: Mailbox;
  log(): string;
  stop(): Promise<void>;
}

const GOOD = { user: "user", pass: "secret" };
const BOB = "bob@example.test";
const ALICE = "alice@example.test";
const NOBODY = "nobody@example.test";
const JOERG = "jörg@example.test";

/** What a test says to {@link connect}; the rest is the same everywhere. */
type Options = Omit<NonNullable<Parameters<typeof connect>[1]>, "name" | "trace">;

const TRANSFERS: Record<string, Options> = {
  "as offered": {},
  "without CHUNKING": { chunking: false },
  "without PIPELINING": { pipelining: false },
  "without either": { chunking: false, pipelining: false },
};

/** Registers the tests. `chunking` says whether the server has it; `also` may add tests for one server only. */
export async function clientSuite<S extends Server>(
  name: Software,
  start: (certificates: Certificates) => Promise<S>,
  { chunking, also }: { chunking: boolean; also?: (suite: Suite<S>) => void },
): Promise<void> {
  const skip = await need(name, "openssl");
  const peer = name === "postfix" ? "Postfix" : name;

  describe(`our client and ${name}`, () => {
    let dir: Temporary;
    let certs: Certificates;
    let server: S;

    before(async () => {
      if (skip !== false) return;
      dir = await temporary(0o711);
      certs = await certificates(dir.path);
      server = await start(certs);
    });
    after(async () => {
      await server?.stop();
      await dir?.remove();
    });

    const suite: Suite<S> = {
      server: () => server,
      dial: (port, options, witness, host = "127.0.0.1") =>
        connect(witness.watch(tcp({ host, port, tls: { ca: certs.ca } })), {
          name: "client.test",
          ...options,
          trace: witness.trace,
        }),
      session: (what, body) => session(what, { skip, peer, log: () => server?.log() ?? "" }, body),
      async arrived(from, to, content) {
        const found = await server.mailbox.delivered(from, to.length);
        assert.deepEqual(found.flatMap((one) => one.to).sort(), [...to].sort());
        for (const one of found) sameOctets(one.content, content);
      },
    };
    register(suite, () => certs, chunking);
    also?.(suite);
  });
}

/** What tests work with. */
export interface Suite<S extends Server = Server> {
  server(): S;
  dial(port: number, options: Options, witness: Witness, host?: string): ReturnType<typeof connect>;
  session(name: string, body: (witness: Witness) => Promise<void>): void;
  /** The message from `from` has reached `to`, nobody else, and is `content`, octet by octet. */
  arrived(from: string, to: string[], content: Buffer): Promise<void>;
}

/** In pieces of `octets`, each when it is asked for. */
async function* pieces(bytes: Buffer, octets: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += octets) yield new Uint8Array(bytes.subarray(at, at + octets));
}

function register(
  { server, dial, session, arrived }: Suite,
  certs: () => Certificates,
  chunking: boolean,
): void {
  const links: [name: string, port: Port, tls: NonNullable<Options["tls"]>, transfers: string[]][] = [
    ["in the clear", "plain", "off", Object.keys(TRANSFERS)],
    ["after STARTTLS", "starttls", "required", ["as offered", "without either"]],
    ["in implicit TLS", "implicit", "implicit", ["as offered", "without CHUNKING"]],
  ];
  for (const [link, port, tls, transfers] of links) {
    for (const transfer of transfers) {
      session(`every sample arrives octet by octet, ${link}, extensions ${transfer}`, async (witness) => {
        const mail = samples.map((sample) => ({ ...sample, from: sender() }));
        await using smtp = await dial(server().port[port], { tls, ...TRANSFERS[transfer] }, witness);
        assert.equal(smtp.secure, tls !== "off");
        const messages = mail.map(({ from, raw }) => ({ envelope: { from, to: BOB }, raw }));
        let done = 0;
        for await (const result of smtp.sendMany(messages)) {
          assert.ok(result.ok, `${mail[done]!.name}: ${inspect(result)}`);
          assert.equal(result.receipt.envelope.from, mail[done]!.from);
          done++;
        }
        assert.equal(done, mail.length);
        for (const { from, content } of mail) await arrived(from, [BOB], content);
        const uses = chunking && TRANSFERS[transfer]!.chunking !== false ? "BDAT" : "DATA";
        assert.ok(witness.verbs.includes(uses) && !witness.verbs.includes(uses === "DATA" ? "BDAT" : "DATA"));
      });
    }
  }

  session("one message, the connection closed after it", async (witness) => {
    const from = sender();
    const content = message("one", "hello\r\n");
    const smtp = await dial(server().port.starttls, { tls: "required" }, witness, "localhost");
    const receipt = await smtp.send({ envelope: { from, to: [BOB] }, raw: content.toString() });
    assert.equal(receipt.reply.code, 250);
    assert.deepEqual(receipt.refused, []);
    await smtp.close();
    assert.equal(witness.verbs.at(-1), "QUIT");
    await arrived(from, [BOB], content);
  });

  session("a message from fields has a complete header, without Bcc", async (witness) => {
    const from = sender();
    await using smtp = await dial(server().port.plain, { tls: "off" }, witness);
    const receipt = await smtp.send({ from, to: BOB, bcc: ALICE, subject: "Grüße", text: "one\n.\ntwo" });
    const found = await server().mailbox.delivered(from, 2);
    assert.deepEqual(found.flatMap(({ to }) => to).sort(), [ALICE, BOB]);
    for (const { content } of found) {
      const text = content.toString();
      assert.match(text, new RegExp(`^From: .*${from}`, "m"));
      assert.match(text, /^Date: .+ [+-]\d{4}\r$/m);
      assert.ok(text.includes(`Message-ID: ${receipt.messageId}\r\n`), text);
      assert.ok(!text.includes("alice"), text);
      assert.match(text, /^[\t\r\n\x20-\x7e]*$/);
    }
  });

  session("50 messages on one connection", async (witness) => {
    const mail = Array.from({ length: 50 }, (_, i) => ({
      from: sender(),
      raw: message(`number ${i}`, `.${i}\r\n`),
    }));
    await using smtp = await dial(server().port.starttls, { tls: "required" }, witness);
    const messages = mail.map(({ from, raw }) => ({ envelope: { from, to: [BOB, ALICE] }, raw }));
    const order: string[] = [];
    for await (const result of smtp.sendMany(messages)) {
      assert.ok(result.ok, inspect(result));
      order.push(result.receipt.envelope.from);
    }
    assert.deepEqual(
      order,
      mail.map(({ from }) => from),
    );
    for (const { from, raw } of mail) await arrived(from, [BOB, ALICE], raw);
  });

  for (const [transfer, options] of Object.entries(TRANSFERS)) {
    session(`one refused message does not stop the others, extensions ${transfer}`, async (witness) => {
      const mail = [BOB, NOBODY, ALICE, NOBODY, BOB].map((to) => ({
        from: sender(),
        to,
        raw: message("some", `${to}\r\n`),
      }));
      await using smtp = await dial(server().port.plain, { tls: "off", ...options }, witness);
      const messages = mail.map(({ from, to, raw }) => ({ envelope: { from, to }, raw }));
      const results = [];
      for await (const result of smtp.sendMany(messages)) results.push(result);
      assert.deepEqual(
        results.map(({ ok }) => ok),
        [true, false, true, false, true],
      );
      for (const result of results) {
        if (result.ok) continue;
        assert.ok(result.error instanceof ReplyError, inspect(result.error));
        assert.equal(result.error.stage, "rcpt");
        assert.equal(result.error.reply?.code, 550);
        assert.equal(result.error.delivery, "none");
      }
      for (const { from, to, raw } of mail) if (to !== NOBODY) await arrived(from, [to], raw);
    });

    session(
      `a refused recipient does not keep the message from the others, extensions ${transfer}`,
      async (witness) => {
        const from = sender();
        const raw = message("some", ".\r\n");
        await using smtp = await dial(server().port.plain, { tls: "off", ...options }, witness);
        const receipt = await smtp.send({ envelope: { from, to: [BOB, NOBODY, ALICE] }, raw });
        assert.deepEqual(
          receipt.refused.map(({ recipient, reply }) => [recipient, reply.code]),
          [[NOBODY, 550]],
        );
        assert.equal(receipt.accepted.length, 2);
        await arrived(from, [BOB, ALICE], raw);
      },
    );
  }

  session("the session goes on after a message of which all recipients were refused", async (witness) => {
    const [refused, from] = [sender(), sender()];
    const raw = message("again", "again\r\n");
    await using smtp = await dial(server().port.plain, { tls: "off" }, witness);
    await assert.rejects(
      smtp.send({ envelope: { from: refused, to: [NOBODY, "x@example.test"] }, raw }),
      (error) => {
        assert.ok(error instanceof ReplyError, inspect(error));
        assert.deepEqual(
          [error.stage, error.reply?.code, error.retryable, error.delivery],
          ["rcpt", 550, false, "none"],
        );
        return true;
      },
    );
    await smtp.send({ envelope: { from, to: BOB }, raw });
    await arrived(from, [BOB], raw);
    assert.deepEqual(await server().mailbox.now(refused), []);
  });

  for (const mechanism of ["PLAIN", "LOGIN"]) {
    session(`AUTH ${mechanism} after STARTTLS`, async (witness) => {
      const from = sender();
      const raw = message("authenticated", "hello\r\n");
      const auth = { ...GOOD, mechanisms: [mechanism] };
      await using smtp = await dial(server().port.submission, { tls: "required", auth }, witness);
      await smtp.send({ envelope: { from, to: BOB }, raw });
      await arrived(from, [BOB], raw);
      assert.match(witness.transcript, new RegExp(`^C: AUTH ${mechanism}`, "m"));
      assertSecret(witness.transcript, GOOD.pass, mechanism);
    });

    session(
      `AUTH ${mechanism} in implicit TLS, and in the clear where both were asked for`,
      async (witness) => {
        const auth = { ...GOOD, mechanisms: [mechanism] };
        for (const [port, tls] of [
          ["implicit", "implicit"],
          ["plain", "off"],
        ] as const) {
          await using smtp = await dial(server().port[port], { tls, auth }, witness);
          const from = sender();
          const raw = message("authenticated", "hello\r\n");
          await smtp.send({ envelope: { from, to: BOB }, raw });
          await arrived(from, [BOB], raw);
        }
        assert.equal(witness.verbs.filter((verb) => verb === "AUTH").length, 2);
      },
    );

    session(`AUTH ${mechanism} with a wrong password`, async (witness) => {
      const auth = { user: GOOD.user, pass: "open sesame", mechanisms: [mechanism] };
      await assert.rejects(dial(server().port.submission, { tls: "required", auth }, witness), (error) => {
        assert.ok(error instanceof ReplyError, inspect(error));
        assert.deepEqual([error.stage, error.reply?.code, error.delivery], ["auth", 535, "none"]);
        assertSecret(inspect(error), auth.pass, mechanism);
        assertSecret(witness.transcript, auth.pass, mechanism);
        return true;
      });
    });
  }

  session("a server that requires AUTH refuses mail without it", async (witness) => {
    const from = sender();
    await using smtp = await dial(server().port.submission, { tls: "required" }, witness);
    await assert.rejects(
      smtp.send({ envelope: { from, to: BOB }, raw: message("no", "no\r\n") }),
      (error) => {
        assert.ok(error instanceof ReplyError, inspect(error));
        assert.equal(error.delivery, "none");
        return true;
      },
    );
    assert.deepEqual(await server().mailbox.now(from), []);
  });

  session("addresses in UTF-8 are sent with SMTPUTF8", async (witness) => {
    const from = sender();
    const raw = message("jörg", "Jörg\r\n");
    await using smtp = await dial(server().port.starttls, { tls: "required" }, witness);
    await smtp.send({ envelope: { from, to: [JOERG, BOB] }, raw });
    await arrived(from, [JOERG, BOB], raw);
    assert.match(witness.transcript, /^C: MAIL FROM:.* SMTPUTF8/m);
    const [found] = await server().mailbox.now(from);
    if (found?.parameters !== undefined) assert.ok(found.parameters.includes("SMTPUTF8"));
  });

  session("octets over 127 are announced by BODY=8BITMIME", async (witness) => {
    const { raw, content } = samples.find(({ name }) => name === "octets over 127")!;
    await using smtp = await dial(server().port.plain, { tls: "off" }, witness);
    for (const source of [raw, pieces(raw, 100)]) {
      const from = sender();
      await smtp.send({ envelope: { from, to: BOB }, raw: source });
      await arrived(from, [BOB], content);
    }
    assert.equal(witness.transcript.match(/^C: MAIL FROM:.* BODY=8BITMIME/gm)?.length, 2);
  });

  session("the null reverse-path", async (witness) => {
    const raw = message("from nobody", "a bounce\r\n");
    await using smtp = await dial(server().port.plain, { tls: "off" }, witness);
    await smtp.send({ envelope: { from: "", to: BOB }, raw });
    await arrived("", [BOB], raw);
  });

  session("samples from a stream of single octets", async (witness) => {
    const mail = samples.map((sample) => ({ ...sample, from: sender() }));
    await using smtp = await dial(server().port.plain, { tls: "off" }, witness);
    const messages = mail.map(({ from, raw }) => ({ envelope: { from, to: BOB }, raw: pieces(raw, 1) }));
    for await (const result of smtp.sendMany(messages)) assert.ok(result.ok, inspect(result));
    for (const { from, content } of mail) await arrived(from, [BOB], content);
  });

  const big = large(25_000_000);
  const sources: Record<string, () => Uint8Array | ReadableStream<Uint8Array>> = {
    "octets in memory": () => big,
    "a stream": () => {
      const source = pieces(big, 65_521);
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await source.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      });
    },
  };
  for (const [source, raw] of Object.entries(sources)) {
    for (const transfer of chunking ? ["as offered", "without CHUNKING"] : ["as offered"]) {
      session(`25 MB from ${source}, extensions ${transfer}`, async (witness) => {
        const from = sender();
        await using smtp = await dial(
          server().port.starttls,
          { tls: "required", ...TRANSFERS[transfer] },
          witness,
        );
        await smtp.send({ envelope: { from, to: BOB }, raw: raw() });
        await arrived(from, [BOB], big);
      });
    }
  }

  for (const transfer of ["as offered", "without CHUNKING"]) {
    session(
      `given up while its content is under way, extensions ${transfer}: nothing is delivered`,
      async (witness) => {
        const [given, from] = [sender(), sender()];
        const controller = new AbortController();
        const endless = async function* (): AsyncGenerator<Uint8Array> {
          for (let i = 0; ; i++) {
            yield Buffer.from(`line ${i}\r\n`.repeat(1_000));
            if (i === 100) controller.abort(new Error("changed my mind"));
          }
        };
        await using smtp = await dial(server().port.plain, { tls: "off", ...TRANSFERS[transfer] }, witness);
        const envelope = { from: given, to: BOB };
        await assert.rejects(
          smtp.send({ envelope, raw: endless() }, { signal: controller.signal }),
          (error) => {
            assert.ok(error instanceof AbortedError, inspect(error));
            assert.equal(error.delivery, "none");
            return true;
          },
        );
        await using next = await dial(server().port.plain, { tls: "off" }, witness);
        const raw = message("next", "next\r\n");
        await next.send({ envelope: { from, to: BOB }, raw });
        await arrived(from, [BOB], raw);
        assert.deepEqual(await server().mailbox.now(given), []);
      },
    );

    session(
      `a source that fails on the way, extensions ${transfer}: nothing is delivered`,
      async (witness) => {
        const [failed, from] = [sender(), sender()];
        const failing = async function* (): AsyncGenerator<Uint8Array> {
          for (let i = 0; i < 100; i++) yield Buffer.from(`line ${i}\r\n`.repeat(1_000));
          throw new Error("the disk is on fire");
        };
        await using smtp = await dial(server().port.plain, { tls: "off", ...TRANSFERS[transfer] }, witness);
        await assert.rejects(smtp.send({ envelope: { from: failed, to: BOB }, raw: failing() }), (error) => {
          assert.ok(error instanceof SmtpError, inspect(error));
          assert.equal(error.delivery, "none");
          assert.match(inspect(error), /the disk is on fire/);
          return true;
        });
        await using next = await dial(server().port.plain, { tls: "off" }, witness);
        const raw = message("next", "next\r\n");
        await next.send({ envelope: { from, to: BOB }, raw });
        await arrived(from, [BOB], raw);
        assert.deepEqual(await server().mailbox.now(failed), []);
      },
    );
  }

  session("10 sessions at once", async (witness) => {
    const mail = Array.from({ length: 10 }, (_, i) => ({
      from: sender(),
      raw: message(`session ${i}`, `.${i}\r\n`),
    }));
    await Promise.all(
      mail.map(async ({ from, raw }) => {
        await using smtp = await dial(server().port.starttls, { tls: "required" }, witness);
        await smtp.send({ envelope: { from, to: [BOB, ALICE] }, raw });
      }),
    );
    for (const { from, raw } of mail) await arrived(from, [BOB, ALICE], raw);
  });

  session("VRFY and HELP", async (witness) => {
    await using smtp = await dial(server().port.plain, { tls: "off" }, witness);
    assert.equal((await smtp.vrfy(BOB)).code, 252);
    if (smtp.capabilities.some(({ keyword }) => keyword === "HELP")) await smtp.help();
  });

  for (const port of ["expired", "wrongName", "unknownCa"] as const) {
    session(
      `STARTTLS with a certificate that does not verify (${port}): an error, and nothing is sent`,
      (witness) =>
        assert.rejects(dial(server().port[port], { tls: "required", auth: GOOD }, witness), (error) => {
          assert.ok(error instanceof TlsError, inspect(error));
          assert.equal(error.delivery, "none");
          assert.equal(witness.verbs.at(-1), "STARTTLS");
          return true;
        }),
    );
  }

  session(
    "a certificate is checked against the system's authorities when none are given",
    async (witness) => {
      const connector = tcp({ host: "127.0.0.1", port: server().port.starttls });
      await assert.rejects(connect(connector, { name: "client.test", trace: witness.trace }), TlsError);
      assert.equal(witness.verbs.at(-1), "STARTTLS");
    },
  );

  session("a certificate is checked against the name that was connected to", async (witness) => {
    const port = server().port.starttls;
    const tls = { ca: certs().ca, servername: "mx.test" };
    const options = { name: "client.test", trace: witness.trace };
    await assert.rejects(connect(tcp({ host: "127.0.0.1", port, tls }), options), TlsError);
  });

  session("STARTTLS is required unless the caller says otherwise", async (witness) => {
    await assert.rejects(dial(server().port.plain, {}, witness), (error) => {
      assert.ok(error instanceof TlsError, inspect(error));
      return true;
    });
    assert.ok(!witness.verbs.includes("MAIL"));
  });
}

/** Neither the secret nor what AUTH makes of it is in the text. */
function assertSecret(text: string, secret: string, mechanism: string): void {
  const base64 = (octets: string): string => Buffer.from(octets).toString("base64");
  const forms = [secret, base64(secret), base64(`\0${GOOD.user}\0${secret}`)];
  for (const form of forms) assert.ok(!text.includes(form), `the secret of AUTH ${mechanism} shows: ${text}`);
}
