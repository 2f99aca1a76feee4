/** A client and a server, ours both, joined in memory: what is sent arrives, whatever it comes from. */
import assert from "node:assert/strict";
import test from "node:test";

import {
  AbortedError,
  ClosedError,
  connect,
  InputError,
  loopback,
  Refuse,
  ReplyError,
  serve,
  SmtpError,
  traced,
} from "edgepost";
import type { RawSource, SendResult, Step } from "edgepost";

import { gate, joined, keeper, mail, rejection } from "./support.js";

const RAW =
  "From: ann@example.com\r\nMessage-ID: <1@example.com>\r\nSubject: Hi\r\n\r\n.dot\r\n..dots\r\nend\r\n";
const encoded = new TextEncoder().encode(RAW);

for (const disable of [[], ["CHUNKING"], ["CHUNKING", "PIPELINING"]])
  for (const chunk of [Infinity, 1, 7])
    test(`a message arrives as it was sent (without ${disable.join(", ") || "nothing"}, in pieces of ${chunk})`, async () => {
      const { kept, errors, handlers } = keeper();
      const { smtp, served } = await joined({
        handlers,
        serve: { disable },
        loopback: chunk === Infinity ? {} : { chunk },
      });
      const receipt = await smtp.send(mail(RAW, ["bob@example.org", "eve@example.org"]));
      await smtp.close();
      await served;
      assert.deepEqual(kept, [
        { envelope: { from: "ann@example.com", to: ["bob@example.org", "eve@example.org"] }, content: RAW },
      ]);
      assert.deepEqual(receipt.accepted, ["bob@example.org", "eve@example.org"]);
      assert.deepEqual(receipt.refused, []);
      assert.equal(receipt.messageId, "<1@example.com>");
      assert.equal(receipt.reply.code, 250);
      assert.deepEqual(errors, []);
    });

const big = "a line of text, 64 octets with its end, which is CR and then LF\r\n".repeat(5_000);
const bigBytes = new TextEncoder().encode(big);

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

function* cutText(text: string, size: number): Generator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

function stream(chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

const emoji = "Subject: x\r\n\r\n" + "\u{1F600}".repeat(10) + "\r\n";

const SOURCES: [string, () => RawSource, string][] = [
  ["a string", () => RAW, RAW],
  ["octets", () => encoded, RAW],
  ["many octets", () => bigBytes, big],
  ["a long string", () => big, big],
  ["a stream", () => stream(cut(encoded, 10)), RAW],
  ["a long stream of small chunks", () => stream(cut(bigBytes, 1_000)), big],
  ["a long stream of one chunk", () => stream([bigBytes]), big],
  ["an async iterable", () => later(cut(encoded, 3)), RAW],
  ["a long async iterable", () => later(cut(bigBytes, 70_000)), big],
  ["an async iterable with empty chunks", () => later([new Uint8Array(), encoded, new Uint8Array()]), RAW],
  ["an async iterable of text that is cut within characters", () => later(cutText(emoji, 1)), emoji],
  ["an empty string", () => "", ""],
];

for (const disable of [[], ["CHUNKING"]])
  for (const [name, source, expected] of SOURCES)
    test(`raw may be ${name} (${disable.length ? "DATA" : "BDAT"})`, async () => {
      const { kept, handlers } = keeper();
      const { smtp } = await joined({ handlers, serve: { disable } });
      await smtp.send({ envelope: { from: "", to: "bob@example.org" }, raw: source() });
      await smtp.send(mail(RAW));
      await smtp.close();
      // DATA cannot carry a message of nothing: it ends with a line's end.
      assert.equal(kept[0]!.content.replace(/^\r\n$/, ""), expected);
      assert.equal(kept[1]!.content, RAW);
      assert.equal(kept[0]!.envelope.from, "");
    });

for (const disable of [[], ["CHUNKING"]])
  test(`bare CR and LF become CRLF (${disable.length ? "DATA" : "BDAT"})`, async () => {
    const { kept, handlers } = keeper();
    const { smtp } = await joined({ handlers, serve: { disable } });
    await smtp.send(mail("a: b\n\nc\rd\r\n.\ne\n"));
    await smtp.close();
    assert.equal(kept[0]!.content, "a: b\r\n\r\nc\r\nd\r\n.\r\ne\r\n");
  });

test("a plain text message gets a header, and Bcc stays out of it", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers });
  const receipt = await smtp.send({
    from: "Ann <ann@example.com>",
    to: ["bob@example.org", { name: "Carol, the third", address: "carol@example.org" }],
    cc: "dan@example.org",
    bcc: ["secret@example.org", "bob@example.org"],
    replyTo: "reply@example.com",
    subject: "Grüße",
    text: "Hello\n.\nworld",
  });
  await smtp.close();
  const [{ envelope, content }] = kept as [(typeof kept)[0]];
  assert.deepEqual(envelope, {
    from: "ann@example.com",
    to: ["bob@example.org", "carol@example.org", "dan@example.org", "secret@example.org"],
  });
  assert.match(content, /^From: "?Ann"? <ann@example\.com>\r$/m);
  assert.match(content, /^To: .*bob@example\.org.*"Carol, the third" <carol@example\.org>\r$/ms);
  assert.match(content, /^Cc: <?dan@example\.org>?\r$/m);
  assert.match(content, /^Reply-To: <?reply@example\.com>?\r$/m);
  assert.doesNotMatch(content, /secret/);
  assert.ok(content.includes(`\r\nMessage-ID: ${receipt.messageId}\r\n`), content);
  assert.match(receipt.messageId!, /^<[^@]+@example\.com>$/);
  assert.match(content, /^Date: /m);
});

test("a message refused for some recipients is accepted for the others", async () => {
  const { smtp } = await joined({
    handlers: {
      ...keeper().handlers,
      onRcpt(to) {
        if (to.startsWith("no")) throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
      },
    },
  });
  const receipt = await smtp.send(mail(RAW, ["yes@example.org", "no@example.org"]));
  assert.deepEqual(receipt.accepted, ["yes@example.org"]);
  assert.deepEqual(receipt.refused, [
    { recipient: "no@example.org", reply: { code: 550, enhanced: "5.1.1", lines: ["no such user"] } },
  ]);
  assert.deepEqual(
    receipt.recipients.map(({ recipient, status, retryable }) => [recipient, status, retryable]),
    [
      ["yes@example.org", "accepted", false],
      ["no@example.org", "refused", false],
    ],
  );
  const error = await rejection(smtp.send(mail(RAW, ["no@example.org", "nobody@example.org"])));
  assert.ok(error instanceof ReplyError);
  assert.equal(error.stage, "rcpt");
  assert.equal(error.reply!.code, 550);
  assert.equal(error.delivery, "none");
  assert.equal(error.retryable, false);
  assert.equal(error.refused!.length, 2);
  assert.deepEqual(
    error.recipients!.map(({ status, reply }) => [status, reply!.code]),
    [
      ["refused", 550],
      ["refused", 550],
    ],
  );
  assert.match(error.message, /all recipients.*550 5\.1\.1 no such user; the message was not delivered$/);
  await smtp.close();
});

for (const [stage, handlers] of [
  ["mail", { onMail: () => fail() }],
  ["rcpt", { onRcpt: () => fail() }],
  ["end", { onMessage: () => fail() }],
] as const)
  test(`a temporary refusal at ${stage} can be tried again, and the session goes on`, async () => {
    let refuse = true;
    const turn = Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [name, () => (refuse ? handler() : undefined)]),
    );
    const { smtp } = await joined({ handlers: { onMessage() {}, ...turn } });
    const error = await rejection(smtp.send(mail(RAW)));
    assert.ok(error instanceof ReplyError);
    assert.equal(error.stage, stage);
    assert.equal(error.retryable, true);
    assert.equal(error.delivery, "none");
    refuse = false;
    await smtp.send(mail(RAW));
    await smtp.close();
  });

function fail(): never {
  throw new Refuse({ code: 451, enhanced: "4.7.1", text: "not now" });
}

test("fifty messages go out in one flight", async () => {
  const { kept, handlers } = keeper();
  let flights = 0;
  let counting = false;
  const { smtp } = await joined({
    handlers,
    between: (transport) => ({
      ...transport,
      writable: tap(transport.writable, () => counting && flights++),
    }),
  });
  counting = true;
  const messages = Array.from({ length: 50 }, (_, index) => mail(`Subject: ${index}\r\n\r\n${index}\r\n`));
  const results: SendResult[] = [];
  for await (const result of smtp.sendMany(messages)) results.push(result);
  counting = false;
  await smtp.close();
  assert.ok(results.every((result) => result.ok));
  assert.equal(kept.length, 50);
  assert.equal(flights, 1);
});

function tap(writable: WritableStream<Uint8Array>, seen: () => void): WritableStream<Uint8Array> {
  const writer = writable.getWriter();
  return new WritableStream({
    write(bytes) {
      seen();
      return writer.write(bytes);
    },
    close: () => writer.close(),
  });
}

test("messages sent at the same time go out together and each has its receipt", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers });
  const receipts = await Promise.all(
    [1, 2, 3].map((index) => smtp.send(mail(`Message-ID: <${index}@x>\r\n\r\n${index}\r\n`))),
  );
  await smtp.close();
  assert.deepEqual(
    receipts.map((receipt) => receipt.messageId),
    ["<1@x>", "<2@x>", "<3@x>"],
  );
  assert.equal(kept.length, 3);
});

test("sendMany reports in order, and one bad message does not stop the rest", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({
    handlers: {
      ...handlers,
      onRcpt(to) {
        if (to === "no@example.org") throw new Refuse({ code: 550, text: "no" });
      },
    },
  });
  const messages = [
    mail("1"),
    mail("2", "no@example.org"),
    mail("3", "not an address"),
    mail("4", []),
    { envelope: { from: "a@x.test", to: "b@x.test" }, raw: later(["5"]) },
    mail("6"),
    { envelope: { from: "a@x.test", to: "b@x.test" }, raw: 7 as never },
    mail("8"),
  ];
  const codes: string[] = [];
  for await (const result of smtp.sendMany(later(messages))) {
    codes.push(result.ok ? "ok" : result.error.code);
    if (!result.ok) assert.equal(result.message, messages[codes.length - 1]);
  }
  await smtp.close();
  assert.deepEqual(codes, ["ok", "reply", "input", "input", "ok", "ok", "input", "ok"]);
  assert.deepEqual(
    kept.map(({ content }) => content.trim()),
    ["1", "5", "6", "8"],
  );
});

test("sendMany takes no more of the input than its window, and no more when the loop is left", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers, connect: { window: 4 } });
  let taken = 0;
  let returned = false;
  function* endless(): Generator<ReturnType<typeof mail>> {
    try {
      for (;;) yield mail(`${++taken}`);
    } finally {
      returned = true;
    }
  }
  let seen = 0;
  for await (const result of smtp.sendMany(endless())) {
    assert.ok(result.ok);
    assert.ok(taken - seen <= 4, `${taken} taken, ${seen} seen`);
    if (++seen === 10) break;
  }
  assert.equal(returned, true);
  await smtp.close();
  assert.equal(kept.length, taken);
});

test("what the input of sendMany throws is thrown after what was taken is reported", async () => {
  const { smtp } = await joined();
  const broken = new Error("broken");
  function* input(): Generator<ReturnType<typeof mail>> {
    yield mail("1");
    yield mail("2");
    throw broken;
  }
  const results: boolean[] = [];
  const error = await rejection(
    (async () => {
      for await (const { ok } of smtp.sendMany(input())) results.push(ok);
    })(),
  );
  assert.equal(error, broken);
  assert.deepEqual(results, [true, true]);
  await smtp.close();
});

/** An input that gives these and then waits for ever. */
function stalling<T>(...items: T[]): AsyncIterable<T> & { returned: Promise<void> } {
  const returned = gate();
  return {
    returned: returned.opened,
    [Symbol.asyncIterator]: () => ({
      next() {
        const value = items.shift();
        return value === undefined ? new Promise<never>(() => {}) : Promise.resolve({ done: false, value });
      },
      return() {
        returned.open();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

test("sendMany ends when its signal fires while the input keeps it waiting", async () => {
  const { smtp } = await joined();
  const controller = new AbortController();
  const reason = new Error("enough");
  const input = stalling(mail("1"), mail("2"));
  const results: boolean[] = [];
  const error = await rejection(
    (async () => {
      for await (const { ok } of smtp.sendMany(input, { signal: controller.signal })) {
        results.push(ok);
        if (results.length === 2) setImmediate(() => controller.abort(reason));
      }
    })(),
  );
  assert.ok(error instanceof AbortedError, String(error));
  assert.equal(error.cause, reason);
  assert.deepEqual(results, [true, true]);
  await input.returned;
  await smtp.close();
});

test("sendMany ends when its signal fires while the content of a message keeps it waiting", async () => {
  const { smtp } = await joined();
  const controller = new AbortController();
  const source = stalling<string>();
  const results: SendResult[] = [];
  const error = await rejection(
    (async () => {
      const input = [mail("1"), { envelope: { from: "a@x.test", to: "b@x.test" }, raw: source }, mail("3")];
      for await (const result of smtp.sendMany(input, { signal: controller.signal })) {
        results.push(result);
        if (results.length === 1) setImmediate(() => controller.abort());
      }
    })(),
  );
  assert.ok(error instanceof AbortedError, String(error));
  assert.deepEqual(
    results.map((result) => result.ok || result.error.code),
    [true, "aborted"],
  );
  await source.returned;
  await smtp.close();
});

test("what sendMany leaves behind keeps no hold of its signal", async () => {
  const { smtp } = await joined();
  const { signal } = new AbortController();
  let held = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    held++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    held--;
    removeEventListener.apply(signal, args);
  };
  for await (const { ok } of smtp.sendMany([mail("1"), mail("2")], { signal })) assert.ok(ok);
  assert.equal(held, 0);
  await smtp.close();
});

test("a message whose source stalls is settled when the session ends", async () => {
  const [client, server] = loopback();
  void serve(server, keeper().handlers);
  const smtp = await connect(client, { tls: "off" });
  const source = stalling("Subject: x\r\n");
  const sent = smtp.send({ envelope: { from: "a@x.test", to: "b@x.test" }, raw: source });
  setImmediate(() => void server.close());
  const error = await rejection(sent);
  assert.ok(error instanceof ClosedError, String(error));
  assert.equal(error.delivery, "none");
  await source.returned;
  await smtp.close();
});

test("sendMany goes on over a session that ended while the content of a message stalled", async () => {
  const [client, server] = loopback();
  void serve(server, keeper().handlers);
  const smtp = await connect(client, { tls: "off" });
  const raw = stalling<string>();
  setImmediate(() => void server.close());
  const results: SendResult[] = [];
  for await (const result of smtp.sendMany([
    { envelope: { from: "a@x.test", to: "b@x.test" }, raw },
    mail("2"),
  ]))
    results.push(result);
  assert.deepEqual(
    results.map((result) => !result.ok && result.error.code),
    ["closed", "closed"],
  );
});

test("a source that gives nothing is given up after the timeout for content", async () => {
  const { smtp } = await joined({ connect: { timeouts: { content: 30 } } });
  const source = stalling("Subject: x\r\n");
  const error = await rejection(smtp.send({ envelope: { from: "a@x.test", to: "b@x.test" }, raw: source }));
  assert.ok(error instanceof SmtpError, String(error));
  assert.deepEqual([error.code, error.stage, error.delivery], ["timeout", "content", "none"]);
  await source.returned;
  await smtp.send(mail(RAW));
  await smtp.close();
});

test("close waits for a message whose content is only now being read", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers });
  const go = gate();
  async function* slow(): AsyncGenerator<string> {
    await go.opened;
    yield RAW;
  }
  const sent = smtp.send({ envelope: { from: "a@x.test", to: "b@x.test" }, raw: slow() });
  const closed = smtp.close();
  assert.ok((await rejection(smtp.send(mail(RAW)))) instanceof ClosedError);
  go.open();
  await sent;
  await closed;
  assert.equal(kept.length, 1);
});

test("a source that fails gives the message up, and the session goes on", async () => {
  for (const disable of [[], ["CHUNKING"]]) {
    const { kept, handlers } = keeper();
    const { smtp } = await joined({ handlers, serve: { disable } });
    const cause = new Error("disk on fire");
    async function* failing(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield bigBytes;
      throw cause;
    }
    const error = await rejection(
      smtp.send({ envelope: { from: "a@x.test", to: "b@x.test" }, raw: failing() }),
    );
    assert.ok(error instanceof InputError);
    assert.equal(error.cause, cause);
    assert.equal(error.delivery, "none");
    // With DATA only the end of the connection keeps half a message from being delivered.
    if (disable.length === 0) await smtp.send(mail(RAW));
    await smtp.close();
    assert.deepEqual(
      kept.map(({ content }) => content),
      disable.length === 0 ? [RAW] : [],
    );
  }
});

test("verify asks for a sign of life", async () => {
  const { smtp } = await joined();
  assert.equal((await smtp.verify()).code, 250);
  await smtp.close();
  assert.ok((await rejection(smtp.verify())) instanceof ClosedError);
});

test("the session tells what the server offers", async () => {
  const { smtp } = await joined({ serve: { name: "mx.test", size: 1000 } });
  assert.equal(smtp.secure, false);
  assert.equal(smtp.authenticated, false);
  assert.match(smtp.greeting.lines[0]!, /mx\.test/);
  assert.deepEqual(
    smtp.capabilities.find(({ keyword }) => keyword === "SIZE"),
    { keyword: "SIZE", parameters: ["1000"] },
  );
  await smtp.close();
});

test("credentials go over TLS and are checked by the server", async () => {
  for (const mechanism of ["PLAIN", "LOGIN"]) {
    const seen: unknown[] = [];
    const { smtp } = await joined({
      handlers: {
        onAuth: ({ mechanism, user, pass }) => void seen.push([mechanism, user, pass]),
        onMail: (_from, _params, session) => void seen.push([session.user, session.secure]),
        onMessage() {},
      },
      serve: { auth: { mechanisms: [mechanism] } },
      connect: { tls: "required", auth: { user: "ann", pass: "päss" } },
      loopback: { tls: true },
    });
    assert.equal(smtp.secure, true);
    assert.equal(smtp.authenticated, true);
    await smtp.send(mail(RAW));
    await smtp.close();
    assert.deepEqual(seen, [
      [mechanism, "ann", "päss"],
      ["ann", true],
    ]);
  }
});

test("a wrong password is a ReplyError at auth that does not tell the password", async () => {
  const error = await rejection(
    joined({
      handlers: {
        onAuth() {
          throw new Refuse({ code: 535, enhanced: "5.7.8", text: "no" });
        },
      },
      serve: { auth: {} },
      connect: { tls: "required", auth: { user: "ann", pass: "hunter2" } },
      loopback: { tls: true },
    }),
  );
  assert.ok(error instanceof ReplyError);
  assert.equal(error.stage, "auth");
  assert.equal(error.reply!.code, 535);
  assert.equal(error.retryable, false);
  assert.doesNotMatch(JSON.stringify(error) + error.stack, /hunter2|aHVudGVyMg|AGFubgBodW50ZXIy/);
});

test("TLS that is required and not offered is an error", async () => {
  const error = await rejection(joined({ connect: { tls: "required" } }));
  assert.equal((error as { code: string }).code, "tls");
  assert.equal((error as { stage: string }).stage, "starttls");
});

test("close ends the session after what is in flight, and everything later is ClosedError", async () => {
  const { kept, handlers } = keeper();
  const { smtp, served } = await joined({ handlers });
  const sent = smtp.send(mail(RAW));
  await Promise.all([smtp.close(), smtp.close()]);
  await sent;
  await served;
  assert.equal(kept.length, 1);
  const error = await rejection(smtp.send(mail(RAW)));
  assert.ok(error instanceof ClosedError);
  assert.equal(error.delivery, "none");
  const results: SendResult[] = [];
  for await (const result of smtp.sendMany([mail("1"), mail("2")])) results.push(result);
  assert.deepEqual(
    results.map((result) => !result.ok && result.error.code),
    ["closed", "closed"],
  );
});

test("a connector that throws at once is a connection that cannot be made", async () => {
  const broken = new Error("no sockets here");
  const connector = {
    host: "mx.test",
    port: 25,
    open(): never {
      throw broken;
    },
  };
  const error = await rejection(connect(connector));
  assert.ok(error instanceof ClosedError, String(error));
  assert.equal(error.stage, "connect");
  assert.equal(error.cause, broken);
});

test("a session is closed by await using", async () => {
  const closed = gate();
  let session: { verify(): Promise<unknown> };
  {
    const [client, server] = loopback();
    void serve(server, { onClose: () => closed.open() });
    await using smtp = await connect(client, { tls: "off" });
    session = smtp;
    await smtp.verify();
  }
  await closed.opened;
  assert.ok((await rejection(session.verify())) instanceof ClosedError);
});

test("trace tells every step, across STARTTLS, without the secrets", async () => {
  const steps: Step[] = [];
  const { smtp } = await joined({
    handlers: { ...keeper().handlers, onAuth() {} },
    serve: { auth: {} },
    connect: { tls: "required", auth: { user: "ann", pass: "hunter2" }, trace: (step) => steps.push(step) },
    loopback: { tls: true, chunk: 5 },
  });
  await smtp.send(mail(RAW));
  await smtp.close();
  const verbs = steps.filter(({ kind }) => kind === "command" || kind === "auth").map(({ verb }) => verb);
  assert.deepEqual(
    verbs.filter((verb) => verb !== undefined),
    ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "BDAT", "QUIT"],
  );
  assert.equal(steps[0]!.kind, "greeting");
  assert.ok(steps.some(({ kind }) => kind === "tls"));
  assert.doesNotMatch(JSON.stringify(steps), /hunter2|AGFubgBodW50ZXIy/);
});

test("a server's side can be traced too", async () => {
  const [client, server] = loopback();
  const steps: Step[] = [];
  const served = serve(
    traced(server, (step) => steps.push(step), "server"),
    keeper().handlers,
  );
  const smtp = await connect(client, { tls: "off" });
  await smtp.send(mail(RAW));
  await smtp.close();
  await served;
  assert.deepEqual(
    steps.filter(({ kind }) => kind === "command").map(({ from, verb }) => `${from} ${verb}`),
    ["client EHLO", "client MAIL", "client RCPT", "client BDAT", "client QUIT"],
  );
});

test("without a name, the client says the address of its end", async () => {
  const names: (string | undefined)[] = [];
  const onMail = (_: string, __: unknown, session: { name?: string }): void => void names.push(session.name);
  const { smtp } = await joined({ handlers: { onMail, onMessage() {} }, connect: { name: undefined } });
  await smtp.send(mail(RAW));
  await smtp.close();
  assert.deepEqual(names, ["[127.0.0.1]"]);
});

test("options that do not exist, or are of the wrong type, are named", async () => {
  const cases: [object, string][] = [
    [{ nme: "x" }, "nme"],
    [{ name: 1 }, "name"],
    [{ tls: "yes" }, "tls"],
    [{ timeouts: { ehlo: "1s" } }, "timeouts.ehlo"],
    [{ timeouts: { hello: 1 } }, "timeouts.hello"],
    [{ auth: { pass: "x" } }, "auth.user"],
    [{ auth: { user: "x" } }, "auth.pass"],
    [{ window: 0 }, "window"],
    [{ tls: "implicit" }, "tls"],
    [{ name: "no spaces" }, "name"],
  ];
  for (const [options, field] of cases) {
    const [client] = loopback();
    const error = await rejection(connect(client, options));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
  }
});

test("messages that cannot be sent are InputErrors that name the field", async () => {
  const { smtp } = await joined();
  const cases: [unknown, string][] = [
    [{ envelope: { from: "ann@example.com", to: [] }, raw: "" }, "envelope.to"],
    [{ envelope: { from: 1, to: "x@y.test" }, raw: "" }, "envelope.from"],
    [{ raw: "" }, "envelope"],
    [{ envelope: { from: "ann@example.com", to: "x@y.test" }, raw: 1 }, "raw"],
    [{ from: "ann@example.com", subject: "x" }, "to"],
    [{ from: "ann@example.com", to: "x@y.test", htm: "x" }, "htm"],
    [{ from: "ann@example.com", to: "x@y.test", text: 1 }, "text"],
    [{ to: "x@y.test" }, "from"],
  ];
  for (const [message, field] of cases) {
    const error = await rejection(smtp.send(message as never));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
  }
  const injected = await rejection(smtp.send(mail(RAW, "x@y.test>\r\nRCPT TO:<z@y.test")));
  assert.ok(injected instanceof InputError);
  await smtp.close();
});

test("a message whose signal has fired before is not sent", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers });
  const reason = new Error("changed my mind");
  const error = await rejection(smtp.send(mail(RAW), { signal: AbortSignal.abort(reason) }));
  assert.ok(error instanceof AbortedError);
  assert.equal(error.cause, reason);
  assert.equal(error.delivery, "none");
  await smtp.close();
  assert.equal(kept.length, 0);
});

test("a mechanism that nobody knows is named, on both sides", async () => {
  const unknown = (error: unknown): boolean => error instanceof InputError && /CRAM-MD5/.test(error.message);
  const [client, server] = loopback();
  const auth = { user: "ann", pass: "secret", mechanisms: ["NTLM"] };
  await assert.rejects(connect(client, { tls: "off", auth }), unknown);
  await assert.rejects(serve(server, {}, { auth: { mechanisms: ["NTLM"] } }), unknown);
});
