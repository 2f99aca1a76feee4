/** An application that uses nodemailer, with this library below it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import test from "node:test";

import nodemailer from "nodemailer";
import { InputError, parse, Refuse, serve } from "edgepost";
import type { Connector, ServerHandlers, ServeOptions, Step } from "edgepost";
import { listen } from "edgepost/node";
import { edgepost, TransportError, type EdgepostOptions, type SentMessageInfo } from "edgepost/nodemailer";

import { Site } from "./site.js";
import { keeper } from "./support.js";

const MAIL = {
  from: "Ann <ann@example.org>",
  to: ["bob@example.net", "carol@example.net"],
  bcc: "dora@example.net",
  subject: "Grüße",
  text: "Hello\n.\nand more",
  html: "<p>Hello</p>",
  attachments: [{ filename: "a.bin", content: Buffer.from([0, 1, 2, 13, 10, 46, 13, 10]) }],
};

interface Served {
  readonly handlers?: ServerHandlers;
  readonly serve?: ServeOptions;
}

function transporter(
  options: EdgepostOptions = {},
  served: Served = {},
): {
  site: Site;
  mailer: ReturnType<typeof nodemailer.createTransport>;
} {
  const site = new Site(served);
  return { site, mailer: nodemailer.createTransport(edgepost({ connector: site, ...options })) };
}

async function failure(sent: Promise<unknown>): Promise<TransportError> {
  const error = await sent.then(
    () => assert.fail("it was sent"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof TransportError, String(error));
  return error;
}

test("what nodemailer composes arrives, and what became of it is told in its words", async () => {
  const { kept, handlers } = keeper();
  const { mailer, site } = transporter({}, { handlers });
  const info = (await mailer.sendMail(MAIL)) as SentMessageInfo;
  assert.deepEqual(info.envelope, { from: "ann@example.org", to: [...MAIL.to, MAIL.bcc] });
  assert.deepEqual(info.accepted, [...MAIL.to, MAIL.bcc]);
  assert.deepEqual(info.rejected, []);
  assert.match(info.response, /^250 2\.\d\.\d /);
  assert.equal(kept.length, 1);
  const message = await parse(kept[0]!.content);
  assert.equal(message.messageId, info.messageId);
  assert.equal(message.subject, MAIL.subject);
  assert.equal(message.text?.replaceAll("\r\n", "\n").trimEnd(), MAIL.text);
  assert.deepEqual([...message.attachments[0]!.content], [...MAIL.attachments[0]!.content]);
  assert.ok(!Buffer.from(kept[0]!.content).includes("dora"), "a Bcc leaked");
  await mailer.sendMail(MAIL);
  assert.equal(site.asked, 2, "without pool, each message has a connection of its own");
});

test("over TCP, to the host and port that the application has named", async () => {
  const { kept, handlers } = keeper();
  await using listener = listen({ port: 0, host: "127.0.0.1" });
  void (async () => {
    for await (const transport of listener) void serve(transport, handlers);
  })();
  await listener.ready;
  const mailer = nodemailer.createTransport(edgepost({ host: "127.0.0.1", port: listener.port }));
  assert.equal(await mailer.verify(), true);
  await mailer.sendMail(MAIL);
  assert.equal(kept.length, 1);
});

test("a pool keeps its connections, is idle when it can take more, and says so", async () => {
  const { kept, handlers } = keeper();
  const { mailer, site } = transporter({ pool: true, maxConnections: 2 }, { handlers });
  assert.equal(mailer.isIdle(), true);
  const sent = Array.from({ length: 10 }, () => mailer.sendMail(MAIL));
  await new Promise(setImmediate);
  await once(mailer, "idle");
  await Promise.all(sent);
  assert.equal(kept.length, 10);
  assert.ok(site.asked <= 2, `${site.asked} connections`);
  mailer.close();
});

test("some recipients refused: the others get it, and the refusal is told of each", async () => {
  const { handlers } = keeper();
  const onRcpt = (address: string): void => {
    if (address.startsWith("carol")) throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
  };
  const { mailer } = transporter({}, { handlers: { ...handlers, onRcpt } });
  const info = (await mailer.sendMail(MAIL)) as SentMessageInfo;
  assert.deepEqual(info.rejected, ["carol@example.net"]);
  const [error] = info.rejectedErrors!;
  assert.deepEqual(
    [error!.code, error!.responseCode, error!.recipient],
    ["EENVELOPE", 550, "carol@example.net"],
  );
  assert.equal(error!.response, "550 5.1.1 no such user");
});

test("all recipients refused: the error has the code and each refusal", async () => {
  const onRcpt = (): void => {
    throw new Refuse({ code: 452, enhanced: "4.2.2", text: "full" });
  };
  const { mailer } = transporter({}, { handlers: { ...keeper().handlers, onRcpt } });
  const error = await failure(mailer.sendMail(MAIL));
  assert.deepEqual([error.code, error.responseCode], ["EENVELOPE", 452]);
  assert.deepEqual(error.rejected, [...MAIL.to, MAIL.bcc]);
  assert.equal((error.cause as { retryable: boolean }).retryable, true);
});

test("a message refused behind its content is an EMESSAGE, as a size too large is", async () => {
  const onMessage = (): void => {
    throw new Refuse({ code: 554, enhanced: "5.6.0", text: "not this" });
  };
  const { mailer } = transporter({}, { handlers: { ...keeper().handlers, onMessage } });
  const error = await failure(mailer.sendMail(MAIL));
  assert.deepEqual([error.code, error.responseCode, error.response], ["EMESSAGE", 554, "554 5.6.0 not this"]);
});

test("credentials never go in clear, unless TLS is not to be used", async () => {
  const auth = { user: "ann", pass: "secret-word" };
  const handlers: ServerHandlers = { ...keeper().handlers, onAuth: () => {} };
  const served: Served = { handlers, serve: { auth: { insecure: true } } as ServeOptions };
  const refused = await failure(transporter({ auth }, served).mailer.sendMail(MAIL));
  assert.equal(refused.code, "EAUTH", refused.message);
  assert.match(refused.message, /credentials do not go in clear/);
  await transporter({ auth, ignoreTLS: true }, served).mailer.sendMail(MAIL);
});

test("a wrong password is an EAUTH, and a right one for one message is that message's", async () => {
  const handlers: ServerHandlers = {
    ...keeper().handlers,
    onAuth({ user, pass }) {
      if (user !== "ann" || pass !== "right") throw new Refuse({ code: 535, enhanced: "5.7.8", text: "no" });
    },
  };
  const served: Served = {
    handlers,
    serve: { auth: { insecure: true, mechanisms: ["PLAIN"] } } as ServeOptions,
  };
  const { mailer } = transporter({ ignoreTLS: true, auth: { user: "ann", pass: "wrong" } }, served);
  const error = await failure(mailer.sendMail(MAIL));
  assert.deepEqual([error.code, error.responseCode], ["EAUTH", 535]);
  assert.ok(!JSON.stringify({ ...error, message: error.message }).includes("wrong"), "a password shows");
  assert.equal((await failure(mailer.verify())).code, "EAUTH");
  await mailer.sendMail({ ...MAIL, auth: { pass: "right" } });
});

test("reports of delivery are asked for in nodemailer's words", async () => {
  const steps: Step[] = [];
  const { mailer } = transporter(
    { trace: (step) => steps.push(step) },
    { handlers: keeper().handlers, serve: { extensions: { DSN: true } } },
  );
  await mailer.sendMail({
    ...MAIL,
    to: "bob@example.net",
    bcc: [],
    dsn: {
      id: "abc",
      return: "headers",
      notify: ["success", "failure"],
      recipient: "rfc822;old@example.net",
    },
  });
  const said = steps
    .flatMap((step) => ("line" in step ? [String(step.line)] : [JSON.stringify(step)]))
    .join("\n");
  assert.match(said, /RET=HDRS/);
  assert.match(said, /ENVID=abc/);
  assert.match(said, /NOTIFY=SUCCESS,FAILURE/);
  assert.match(said, /ORCPT=rfc822;old@example\.net/);
});

test("a message can be given up", async () => {
  const controller = new AbortController();
  const handlers: ServerHandlers = {
    ...keeper().handlers,
    onMail: () => controller.abort(new Error("enough")),
  };
  const { mailer } = transporter({}, { handlers });
  const thrown = await mailer
    .sendMail({ ...MAIL, signal: controller.signal })
    .catch((error: unknown) => error);
  assert.equal((thrown as TransportError).code, "EABORT");
  assert.equal((thrown as TransportError).name, "AbortError");
});

test("nobody there is an ECONNECTION; a server that does not greet, an ETIMEDOUT", async () => {
  const nobody = nodemailer.createTransport(edgepost({ host: "127.0.0.1", port: 1 }));
  assert.equal((await failure(nobody.sendMail(MAIL))).code, "ECONNECTION");
  await using listener = listen({ port: 0, host: "127.0.0.1" });
  await listener.ready;
  const silent = edgepost({ host: "127.0.0.1", port: listener.port, greetingTimeout: 50 });
  assert.equal((await failure(nodemailer.createTransport(silent).sendMail(MAIL))).code, "ETIMEDOUT");
});

test("a source that fails is no message, and its error is the cause", async () => {
  const { kept, handlers } = keeper();
  const { mailer } = transporter({}, { handlers });
  const content = (await import("node:stream")).Readable.from(
    (function* () {
      yield Buffer.from("some");
      throw new Error("the disk is gone");
    })(),
  );
  const error = await failure(mailer.sendMail({ ...MAIL, attachments: [{ content }] }));
  assert.equal(error.code, "ESTREAM");
  assert.match(String((error.cause as Error).cause), /disk is gone/);
  assert.equal(kept.length, 0);
});

for (const [options, field] of [
  [{ hots: "mx.example" }, "hots"],
  [{ port: 99_999 }, "port"],
  [{ requireTLS: true, ignoreTLS: true, pool: true }, "requireTLS"],
  [{ auth: { type: "NTLM", user: "a" }, pool: true }, "auth.type"],
  [{ auth: { type: "OAuth2", user: "a" }, pool: true }, "auth.accessToken"],
] as const)
  test(`a wrong option is an InputError that names it: ${JSON.stringify(options)}`, () => {
    const connector = new Site() as Connector;
    assert.throws(
      () => edgepost({ connector, ...options } as EdgepostOptions),
      (error: unknown) => error instanceof InputError && error.field === field,
    );
  });

test("the version is the package's", async () => {
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  assert.equal(edgepost({ connector: new Site() }).version, version);
});
