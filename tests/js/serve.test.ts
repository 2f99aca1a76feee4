/** What a server's handlers decide, and what clients hear of it. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { connect as connectSocket } from "node:net";
import type { Socket } from "node:net";
import test from "node:test";

import { AbortedError, connect, InputError, loopback, Refuse, ReplyError, serve, SmtpError } from "edgepost";
import type { ServeOptions, ServerHandlers, ServerSession, Transport } from "edgepost";

import { listen, tcp } from "edgepost/node";

import { byHand, ByHand, envelope } from "./by-hand.js";
import { gate, joined, keeper, mail, rejection } from "./support.js";

const encoder = new TextEncoder();

test("onConnect may turn a client away", async () => {
  const client = byHand({
    onConnect() {
      throw new Refuse({ code: 554, enhanced: "5.7.1", text: "go away" });
    },
  });
  assert.equal(await client.hear(), "554 5.7.1 go away");
  await client.transport.close();
  await client.served;
});

test("a refusal by any handler is that reply", async () => {
  const refuse = (code: number, enhanced: string) => (): never => {
    throw new Refuse({ code, enhanced, text: "because" });
  };
  const client = byHand({ onMail: refuse(450, "4.7.1") });
  await client.hello();
  assert.equal(await client.say("MAIL FROM:<a@x.test>"), "450 4.7.1 because");
  await client.transport.close();
});

test("any other throw is 451 4.3.0, and onError gets it", async () => {
  const errors: unknown[] = [];
  const mistake = new Error("secret detail");
  const client = byHand({
    onRcpt: () => Promise.reject(mistake),
    onError: (error) => void errors.push(error),
  });
  await client.hello();
  await client.say("MAIL FROM:<a@x.test>");
  const reply = await client.say("RCPT TO:<b@x.test>");
  assert.match(reply, /^451 4\.3\.0 /);
  assert.doesNotMatch(reply, /secret/);
  assert.deepEqual(errors, [mistake]);
  await client.transport.close();
});

test("handlers see the session as it is", async () => {
  const seen: unknown[] = [];
  const { smtp, served } = await joined({
    handlers: {
      onConnect: (session) => void seen.push(["connect", session.name, session.remote!.port]),
      onMail: (from, params, session) => void seen.push(["mail", from, params, session.name]),
      onRcpt: (to, _params, session) => void seen.push(["rcpt", to, session.envelope!.to.length]),
      onMessage: (_content, { from, to }, session) => void seen.push(["message", from, to, session.secure]),
      onClose: () => void seen.push(["close"]),
    },
  });
  await smtp.send(mail("x", ["b@x.test", "c@x.test"]));
  await smtp.close();
  await served;
  assert.deepEqual(seen, [
    ["connect", undefined, 1],
    ["mail", "ann@example.com", [{ keyword: "SIZE", value: "1" }], "client.test"],
    ["rcpt", "b@x.test", 0],
    ["rcpt", "c@x.test", 1],
    ["message", "ann@example.com", ["b@x.test", "c@x.test"], false],
    ["close"],
  ]);
});

test("a server that keeps no messages refuses them", async () => {
  const { smtp } = await joined({ handlers: {} });
  const error = await rejection(smtp.send(mail("x")));
  assert.ok(error instanceof ReplyError);
  assert.equal(error.reply!.code, 451);
  await smtp.close();
});

test("a server without onAuth refuses credentials", async () => {
  const client = byHand({}, { auth: { insecure: true } });
  assert.match(await client.hello(), /AUTH PLAIN LOGIN/);
  assert.match(await client.say("AUTH PLAIN AGEAYg=="), /^535 5\.7\.8 /);
  await client.transport.close();
});

test("credentials in clear are refused unless the host allows them", async () => {
  const asked: unknown[] = [];
  const client = byHand({ onAuth: () => void asked.push(1) }, { auth: {} });
  assert.doesNotMatch(await client.hello(), /AUTH/);
  assert.match(await client.say("AUTH PLAIN AGEAYg=="), /^5/);
  assert.deepEqual(asked, []);
  await client.transport.close();
});

test("a handler that returns without reading accepts when the content is complete", async () => {
  const returned = gate();
  const client = byHand({ onMessage: () => returned.open() });
  await envelope(client);
  assert.match(await client.say("DATA"), /^354/);
  const reply = client.say(`${"line\r\n".repeat(100_000)}.`);
  await returned.opened;
  assert.match(await reply, /^250/);
  await client.say("QUIT");
  await client.served;
});

test("a handler that cancels the stream discards the rest", async () => {
  const client = byHand({ onMessage: (content) => content.cancel() });
  await envelope(client);
  await client.say("DATA");
  assert.match(await client.say(`${"line\r\n".repeat(100_000)}.`), /^250/);
  await client.transport.close();
});

for (const [what, code, decide] of [
  [
    "refused",
    /^550/,
    (): never => {
      throw new Refuse({ code: 550, enhanced: "5.7.1", text: "not from you" });
    },
  ],
  ["accepted", /^250/, (): void => {}],
] as const)
  test(`what comes after a message was ${what} is not kept for the handler`, async () => {
    const begun = gate<ReadableStream<Uint8Array>>();
    const client = byHand({
      onMessage(content) {
        begun.open(content);
        return decide();
      },
    });
    await envelope(client);
    await client.say("DATA");
    assert.match(await client.say(`${"line\r\n".repeat(100_000)}.`), code);
    const error = await rejection(new Response(await begun.opened).text());
    assert.ok(error instanceof SmtpError, String(error));
    assert.equal(error.code, "closed");
    await client.transport.close();
  });

test("what came before the decision can still be read when it was all", async () => {
  const begun = gate<ReadableStream<Uint8Array>>();
  const decide = gate();
  const client = byHand({
    onMessage(content) {
      begun.open(content);
      return decide.opened;
    },
  });
  await envelope(client);
  await client.say("DATA");
  const reply = client.say("x\r\n.");
  const content = await begun.opened;
  await new Promise((resolve) => setImmediate(resolve));
  decide.open();
  assert.match(await reply, /^250/);
  assert.equal(await new Response(content).text(), "x\r\n");
  await client.transport.close();
});

// covers: RFC 1047 server
test("250 comes only after onMessage has resolved", async () => {
  const stored = gate();
  const order: string[] = [];
  const client = byHand({
    async onMessage(content) {
      await new Response(content).text();
      order.push("read");
      await stored.opened;
      order.push("stored");
      return { text: "queued as 42" };
    },
  });
  await envelope(client);
  await client.say("DATA");
  const reply = client.say("x\r\n.").then((reply) => (order.push("reply"), reply));
  await new Promise((resolve) => setImmediate(resolve));
  stored.open();
  assert.match(await reply, /^250 .*queued as 42$/);
  assert.deepEqual(order, ["read", "stored", "reply"]);
  await client.transport.close();
});

test("a message that a handler returns is not read back to the client", async () => {
  const client = byHand({ onMessage: (content) => new Response(content).text() as Promise<never> });
  await envelope(client);
  await client.say("DATA");
  const reply = await client.say(`Subject: secret\r\n\r\n${"line\r\n".repeat(1_000)}.`);
  assert.match(reply, /^250 2\.0\.0 .*$/);
  assert.doesNotMatch(reply, /secret|line/);
  await client.transport.close();
});

test("the client's receipt has the server's queue id", async () => {
  const { smtp } = await joined({ handlers: { onMessage: () => ({ text: "Ok: queued as 4XyZ1" }) } });
  assert.equal((await smtp.send(mail("x"))).queueId, "4XyZ1");
  await smtp.close();
});

test("a handler that does not read holds the client back", async () => {
  const read = gate();
  let pulled = 0;
  const piece = encoder.encode("0123456789abcde\r\n".repeat(1_000));
  const source = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled += piece.length;
        if (pulled > 32 * 1024 * 1024) controller.close();
        else controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  let received = 0;
  const { smtp } = await joined({
    handlers: {
      async onMessage(content) {
        await read.opened;
        for await (const bytes of content) received += bytes.length;
      },
    },
    serve: { size: 64 * 1024 * 1024 },
  });
  const sent = smtp.send({ envelope: { from: "a@x.test", to: "b@x.test" }, raw: source });
  // Until nothing moves any more.
  for (let before = -1; before !== pulled;) {
    before = pulled;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(pulled > 0);
  assert.ok(pulled < 2 * 1024 * 1024, `${pulled} octets were taken`);
  read.open();
  await sent;
  assert.ok(received > 31 * 1024 * 1024);
  await smtp.close();
});

for (const [what, act] of [
  ["the connection is lost", async (client: ByHand) => client.transport.close()],
  [
    "the client says RSET between chunks",
    async (client: ByHand) => {
      assert.match(await client.say("RSET"), /^250/);
    },
  ],
] as const)
  test(`the stream of a message errors when ${what}, and the result does not matter`, async () => {
    const errored = gate<unknown>();
    const client = byHand({
      async onMessage(content) {
        try {
          await new Response(content).text();
        } catch (error) {
          errored.open(error);
          throw new Error("must be ignored");
        }
      },
      onError: (error) => assert.ok(error instanceof SmtpError, String(error)),
    });
    await envelope(client);
    assert.match(await client.say("BDAT 5\r\nabc"), /^250/);
    await act(client);
    assert.ok((await errored.opened) instanceof SmtpError);
    await client.transport.close();
    await client.served;
  });

test("a message that is too large is refused and its stream errors", async () => {
  const errored = gate<unknown>();
  const client = byHand(
    {
      async onMessage(content) {
        await new Response(content).text().catch((error: unknown) => errored.open(error));
      },
    },
    { size: 1_000 },
  );
  await envelope(client);
  await client.say("DATA");
  assert.match(await client.say(`${"line\r\n".repeat(1_000)}.`), /^552/);
  assert.ok((await errored.opened) instanceof SmtpError);
  assert.match(await client.say("NOOP"), /^250/);
  await client.transport.close();
});

test("credentials and commands behind STARTTLS in clear are not taken over", async () => {
  const asked: unknown[] = [];
  const errors: unknown[] = [];
  const client = byHand({
    onMail: (from) => void asked.push(from),
    onError: (error) => void errors.push(error),
  });
  await client.hello();
  const reply = await client.say("STARTTLS\r\nMAIL FROM:<evil@x.test>");
  assert.match(reply, /^(?!250)/);
  await client.transport.close();
  await client.served;
  assert.deepEqual(asked, []);
});

test("what a client was and did before STARTTLS is forgotten", async () => {
  const seen: unknown[] = [];
  let client = byHand(
    { onAuth() {}, onMail: (_from, _params, session) => void seen.push([session.user, session.envelope]) },
    { auth: { insecure: true } },
  );
  await client.hello();
  assert.match(await client.say("AUTH PLAIN AGEAYg=="), /^235/);
  assert.match(await client.say("MAIL FROM:<evil@x.test>"), /^250/);
  assert.match(await client.say("RSET"), /^250/);
  assert.match(await client.say("MAIL FROM:<evil@x.test>"), /^250/);
  const reply = await client.say("STARTTLS");
  if (/^503/.test(reply)) {
    assert.match(await client.say("RSET"), /^250/);
    assert.match(await client.say("STARTTLS"), /^220/);
  }
  client = await client.startTls();
  assert.match(await client.say("EHLO client.test"), /^250/);
  assert.match(await client.say("MAIL FROM:<ann@x.test>"), /^250/);
  assert.deepEqual(seen, [
    ["a", undefined],
    ["a", undefined],
    [undefined, undefined],
  ]);
  await client.transport.close();
});

for (const result of [false, null, 0, "", Promise.resolve(false), Promise.resolve(null)])
  test(`onAuth lets nobody in by ${result instanceof Promise ? "a promise of " : ""}${JSON.stringify(await result)}`, async () => {
    const client = byHand({ onAuth: () => result as never }, { auth: { insecure: true } });
    await client.hello();
    assert.match(await client.say("AUTH PLAIN AGEAYg=="), /^535 5\.7\.8 /);
    await client.transport.close();
  });

for (const result of [undefined, true, Promise.resolve(), Promise.resolve({ id: 1 })])
  test(`onAuth lets in by ${result instanceof Promise ? "a promise of " : ""}${JSON.stringify(await result)}`, async () => {
    const client = byHand({ onAuth: () => result as never }, { auth: { insecure: true } });
    await client.hello();
    assert.match(await client.say("AUTH PLAIN AGEAYg=="), /^235 /);
    await client.transport.close();
  });

test("a handler that returns false has not accepted, and onError hears what to do instead", async () => {
  const errors: InputError[] = [];
  const no = (): never => false as never;
  const client = byHand({
    onMail: (from) => (from === "no@x.test" ? no() : undefined),
    onRcpt: (to) => (to === "no@x.test" ? no() : undefined),
    onMessage: no,
    onError: (error) => void errors.push(error as InputError),
  });
  await client.hello();
  assert.match(await client.say("MAIL FROM:<no@x.test>"), /^451 4\.3\.0 /);
  assert.match(await client.say("MAIL FROM:<yes@x.test>"), /^250/);
  assert.match(await client.say("RCPT TO:<no@x.test>"), /^451 4\.3\.0 /);
  assert.match(await client.say("RCPT TO:<yes@x.test>"), /^250/);
  await client.say("DATA");
  assert.match(await client.say("x\r\n."), /^451 4\.3\.0 /);
  assert.equal(errors.length, 3);
  for (const error of errors) {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /throw a Refuse/);
  }
  await client.transport.close();
});

test("an onError or onClose that fails later does not disturb the session", async () => {
  const reported: unknown[] = [];
  const platform = globalThis as { reportError?: (error: unknown) => void };
  const before = platform.reportError;
  const both = gate();
  platform.reportError = (error) => {
    if (reported.push(error) === 2) both.open();
  };
  const mistakes = [new Error("in onError"), new Error("in onClose")];
  try {
    const client = byHand({
      onError: () => Promise.reject(mistakes[0]),
      onClose: () => Promise.reject(mistakes[1]),
    });
    await client.hello();
    assert.match(await client.say("FOO"), /^5/);
    await client.say("QUIT");
    await client.served;
    await both.opened;
    assert.deepEqual(reported, mistakes);
  } finally {
    platform.reportError = before;
  }
});

/** A client over a real socket that has a message in the server's hands. */
async function stored(
  handlers: ServerHandlers,
  content: string,
): Promise<{ socket: Socket; served: Promise<void> }> {
  const listener = listen({ port: 0, host: "127.0.0.1" });
  await listener.ready;
  const socket = connectSocket(listener.port, "127.0.0.1").on("error", () => {});
  const { value } = (await listener[Symbol.asyncIterator]().next()) as { value: Transport };
  await listener.close();
  const served = serve(value, handlers);
  const lines = ["EHLO x.test", "MAIL FROM:<a@x.test>", "RCPT TO:<b@x.test>", "DATA", content, "."];
  socket.write(lines.map((line) => `${line}\r\n`).join(""));
  socket.resume();
  return { socket, served };
}

for (const [how, leave] of [
  ["ends the connection", (socket: Socket) => void socket.destroy()],
  ["resets the connection", (socket: Socket) => void socket.resetAndDestroy()],
] as const)
  test(`session.signal fires when the client ${how} while a handler works`, async () => {
    const begun = gate();
    const { socket, served } = await stored(
      {
        async onMessage(content, _envelope, { signal }) {
          await new Response(content).text();
          begun.open();
          await new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
          });
        },
      },
      "x",
    );
    await begun.opened;
    leave(socket);
    await served;
  });

test("a handler that never returns does not keep a session of a lost connection", async () => {
  const begun = gate();
  const errors: SmtpError[] = [];
  const { socket, served } = await stored(
    {
      async onMessage(content) {
        await new Response(content).text();
        begun.open();
        await new Promise(() => {});
      },
      onError: (error) => void errors.push(error as SmtpError),
    },
    "x",
  );
  await begun.opened;
  socket.resetAndDestroy();
  await served;
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["closed"],
  );
});

test("a handler that never reads does not keep a session of a lost connection", async () => {
  const begun = gate<ReadableStream<Uint8Array>>();
  const { socket, served } = await stored(
    {
      onMessage(content) {
        begun.open(content);
        return new Promise(() => {});
      },
    },
    "line\r\n".repeat(30_000),
  );
  const content = await begun.opened;
  socket.resetAndDestroy();
  await served;
  await rejection(new Response(content).text());
});

test("a client that ends its side is still answered", async () => {
  const begun = gate<AbortSignal>();
  const go = gate();
  const { socket, served } = await stored(
    {
      async onMessage(content, _envelope, { signal }) {
        await new Response(content).text();
        begun.open(signal);
        await go.opened;
      },
    },
    "x",
  );
  let heard = "";
  socket.on("data", (bytes: Buffer) => void (heard += bytes.toString("latin1")));
  const signal = await begun.opened;
  const fired = new Promise((resolve) => signal.addEventListener("abort", resolve));
  socket.end();
  await fired;
  go.open();
  await served;
  await new Promise((resolve) => (socket.closed ? resolve(0) : socket.once("close", resolve)));
  assert.match(heard, /\r\n354 .*\r\n250 .*\r\n/);
});

test("session.signal fires when the session is over, for those who ask later too", async () => {
  const sessions: ServerSession[] = [];
  const over: boolean[] = [];
  const client = byHand({
    onConnect: (session) => {
      sessions.push(session);
      over.push(session.signal.aborted);
    },
    onClose: ({ signal }) => void over.push(signal.aborted),
  });
  await client.hello();
  assert.equal(sessions[0]!.signal, sessions[0]!.signal);
  await client.say("QUIT");
  await client.served;
  assert.deepEqual(over, [false, true]);
  assert.ok(sessions[0]!.signal.reason instanceof SmtpError);
});

// covers: RFC 5321 section 3.5 server
test("VRFY is answered by onVrfy, or says nothing", async () => {
  const client = byHand({ onVrfy: (argument) => (argument === "ann" ? "<ann@example.com>" : undefined) });
  await client.hello();
  assert.match(await client.say("VRFY ann"), /^25\d .*<ann@example\.com>/);
  assert.match(await client.say("VRFY bob"), /^252/);
  assert.match(await client.say("EXPN list"), /^5/);
  await client.transport.close();
});

test("what a client does wrong gets its reply, and onError hears of it", async () => {
  const errors: SmtpError[] = [];
  const client = byHand({ onError: (error) => void errors.push(error as SmtpError) });
  await client.hello();
  assert.match(await client.say("FOO"), /^5/);
  assert.match(await client.say("MAIL FROM:nobody"), /^501/);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["protocol", "protocol"],
  );
  await client.say("QUIT");
  await client.served;
});

test("the signal ends the session with 421", async () => {
  const controller = new AbortController();
  const client = byHand({}, { signal: controller.signal });
  await client.hello();
  controller.abort();
  assert.match(await client.hear(), /^421 /);
  assert.equal(await client.hear(), "(closed)");
  await client.served;
});

test("many sessions may have one signal, which ends them all", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const clients = Array.from({ length: 12 }, () => byHand({}, { signal }));
  for (const client of clients) await client.hello();
  assert.equal(getEventListeners(signal, "abort").length, 1);
  const [first, ...others] = clients;
  await first!.transport.close();
  await first!.served;
  controller.abort();
  for (const client of others) {
    assert.match(await client.hear(), /^421 /);
    assert.equal(await client.hear(), "(closed)");
    await client.served;
  }
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a client that is still sending gets the 421 of a server that stops", async () => {
  const controller = new AbortController();
  const begun = gate();
  const listener = listen({ port: 0, host: "127.0.0.1" });
  await listener.ready;
  await using client = await tcp({ host: "127.0.0.1", port: listener.port }).open({ implicitTls: false });
  const { value } = (await listener[Symbol.asyncIterator]().next()) as { value: Transport };
  const onMessage = async (content: ReadableStream<Uint8Array>): Promise<void> => {
    begun.open();
    await new Response(content).text();
  };
  const served = serve(value, { onMessage }, { signal: controller.signal });
  const writer = client.writable.getWriter();
  const lines = [
    "EHLO x.test",
    "MAIL FROM:<a@x.test>",
    "RCPT TO:<b@x.test>",
    "DATA",
    "line\r\n".repeat(200_000),
  ];
  const written = writer.write(encoder.encode(lines.map((line) => `${line}\r\n`).join(""))).catch(() => {});
  await begun.opened;
  controller.abort();
  const replies = await new Response(client.readable).text();
  assert.match(replies, /\r\n354 .*\r\n421 .*\r\n$/);
  await Promise.all([written, client.close(), served, listener.close()]);
});

test("the signal ends the session while a message waits for its reader", async () => {
  const controller = new AbortController();
  const begun = gate<ReadableStream<Uint8Array>>();
  const client = byHand(
    {
      onMessage(content) {
        begun.open(content);
        return new Promise(() => {});
      },
    },
    { signal: controller.signal },
  );
  await envelope(client);
  await client.say("DATA");
  void client.say("line\r\n".repeat(100_000));
  const content = await begun.opened;
  controller.abort();
  await client.served;
  await rejection(new Response(content).text());
});

test("onError hears of a failed handshake as a TlsError", async () => {
  const errors: SmtpError[] = [];
  const [client, server] = loopback();
  const refused = new Error("no shared cipher");
  const served = serve(
    { ...server, startTls: () => Promise.reject(refused) },
    { onError: (error) => void errors.push(error as SmtpError) },
  );
  const hand = new ByHand(client, served);
  await hand.hello();
  await hand.say("STARTTLS");
  await served;
  assert.deepEqual(
    errors.map(({ code, cause }) => [code, cause]),
    [["tls", refused]],
  );
});

// covers: RFC 5321 section 4.5.3.2.7 server
test("a client that says nothing is closed after the timeout", async () => {
  const errors: SmtpError[] = [];
  const client = byHand(
    { onError: (error) => void errors.push(error as SmtpError) },
    { timeouts: { command: 30 } },
  );
  await client.hello();
  assert.match(await client.hear(), /^421 /);
  await client.served;
  assert.equal(errors[0]!.code, "timeout");
});

test("serve ends quietly when the client only connects and leaves", async () => {
  const [client, server] = loopback();
  const served = serve(server, {});
  await client.close();
  await served;
});

test("options and handlers that do not exist are named", async () => {
  const cases: [ServerHandlers, object, string][] = [
    [{}, { sise: 1 }, "sise"],
    [{}, { size: "1" }, "size"],
    [{}, { auth: { mechanisms: "PLAIN" } }, "auth.mechanisms"],
    [{}, { limits: { line: 1 } }, "limits.line"],
    [{ onMesage() {} } as ServerHandlers, {}, "handlers.onMesage"],
  ];
  for (const [handlers, options, field] of cases) {
    const error = await rejection(serve(loopback()[1], handlers, options));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
  }
});

test("Refuse takes only what can be a refusal", () => {
  const wrong = [
    { code: 250, text: "fine" },
    { code: 600, text: "x" },
    { code: 550.5, text: "x" },
    { code: 550, enhanced: "4.1.1", text: "x" },
    { code: 550, enhanced: "5.1", text: "x" },
    { code: 550, text: "two\r\nlines" },
    { code: 550, text: "tab\u0000" },
    { code: 550 } as never,
  ];
  for (const refusal of wrong) assert.throws(() => new Refuse(refusal), InputError);
  const refuse = new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
  assert.deepEqual([refuse.code, refuse.enhanced, refuse.text], [550, "5.1.1", "no such user"]);
  assert.ok(refuse instanceof Error);
});

test("a handlers object may be an instance of a class", async () => {
  class Store {
    readonly messages: string[] = [];
    async onMessage(content: ReadableStream<Uint8Array>): Promise<void> {
      this.messages.push(await new Response(content).text());
    }
  }
  const store = new Store();
  const { smtp } = await joined({ handlers: store });
  await smtp.send(mail("x\r\n"));
  await smtp.close();
  assert.deepEqual(store.messages, ["x\r\n"]);
});

test("the caller's signal ends the session on the client's side", async () => {
  const { handlers } = keeper();
  const [client, server] = loopback();
  const served = serve(server, handlers);
  const controller = new AbortController();
  const smtp = await connect(client, { tls: "off", signal: controller.signal });
  controller.abort(new Error("enough"));
  const error = await rejection(smtp.send(mail("x")));
  assert.ok(error instanceof SmtpError);
  assert.ok(!(error instanceof AbortedError) && error.code === "closed");
  await served;
});

for (const [when, wait] of [
  ["at once", undefined],
  ["a moment later", Promise.resolve()],
] as const)
  test(`a handler that answers ${when} when its client has just gone answers nobody`, async () => {
    const { errors, handlers } = keeper();
    const controller = new AbortController();
    const onMail = (): Promise<void> | void => {
      controller.abort(new Error("enough"));
      return wait;
    };
    const closed: unknown[] = [];
    const onClose = (): void => void closed.push("closed");
    const { smtp, served } = await joined({
      handlers: { ...handlers, onMail, onClose },
      connect: { signal: controller.signal },
      between: ({ readable, writable, secure, close, [Symbol.asyncDispose]: dispose }) => {
        return { readable, writable, secure, close, [Symbol.asyncDispose]: dispose };
      },
    });
    const error = await rejection(smtp.send(mail("x\r\n")));
    assert.ok(error instanceof AbortedError, String(error));
    await served;
    assert.deepEqual(closed, ["closed"]);
    assert.ok(
      errors.every((error) => !String(error).includes("engine")),
      errors.join(),
    );
  });
