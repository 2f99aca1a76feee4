/** What has to be refused, as JavaScript meets it: names of its own objects, line ends and escapes in values, addresses read twice. */
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { connect, InputError, loopback, parseCommand, parseReply, ready, serve, SmtpError } from "edgepost";
import type { Draft, ServeOptions } from "edgepost";
import { tcp } from "edgepost/node";

import { joined, keeper, mail, rejection, scripted } from "./support.js";

before(() => ready());

/** What every object has, and what makes an object the prototype of others. */
const NAMES = ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty"];
const CONTROLS = ["\0", "\n", "\r", "\r\n", "\x07", "\x1b", "\x7f", "\x85", "\x9b"];
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

/** Nothing was added to what all objects share. */
function unharmed(): void {
  const own = Object.getOwnPropertyNames(Object.prototype).sort();
  assert.deepEqual(own, UNHARMED);
  assert.equal(({} as Record<string, unknown>)["evil"], undefined);
}
const UNHARMED = Object.getOwnPropertyNames(Object.prototype).sort();

// covers: RFC 5321 section 4.1.1.1 client
test("keywords that are names of JavaScript are keywords like others", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello(...NAMES.map((name) => `${name} evil`), "SIZE 1000");
    await peer.expect("QUIT");
    peer.say("221 bye");
  });
  const smtp = await connect(tcp({ host: "127.0.0.1", port: server.port }), {
    tls: "off",
    name: "client.test",
  });
  const offered = smtp.capabilities.map(({ keyword, parameters }) => [keyword, ...parameters]);
  await smtp.close();
  // By the grammar, a keyword begins with a letter or a digit.
  const keywords = NAMES.filter((name) => name !== "__proto__").map((name) => [name.toUpperCase(), "evil"]);
  assert.deepEqual(offered, [...keywords, ["SIZE", "1000"]]);
  unharmed();
});

// covers: RFC 5321 section 4.1.1.11 server
test("parameters that are names of JavaScript are kept as such or refused", async () => {
  for (const name of NAMES.slice(1)) {
    const command = parseCommand(`MAIL FROM:<a@x.test> ${name}=evil`);
    assert.deepEqual(command.params, [{ keyword: name, value: "evil" }]);
  }
  assert.throws(() => parseCommand("MAIL FROM:<a@x.test> __proto__=evil"), InputError);
  for (const name of NAMES) {
    const [ours, theirs] = loopback();
    const { handlers, kept } = keeper();
    const served = serve(theirs, handlers);
    const writer = ours.writable.getWriter();
    void writer.write(new TextEncoder().encode(`EHLO x\r\nMAIL FROM:<a@x.test> ${name}=evil\r\nQUIT\r\n`));
    const replies = await new Response(ours.readable).text();
    await served;
    assert.match(replies, /\r\n(555|501) 5\.5\.4 /, name);
    assert.deepEqual(kept, []);
  }
  unharmed();
});

test("options and messages that come from JSON change no prototype", async () => {
  for (const name of NAMES.slice(0, 2)) {
    const evil = JSON.parse(
      `{"${name}": {"evil": true, "tls": "off"}, "from": "a@x.test", "to": "b@x.test"}`,
    ) as Draft;
    const { smtp } = await joined();
    await rejection(smtp.send(evil)).catch(() => {});
    await smtp.close();
    await assert.rejects(serve(loopback()[1], {}, evil as unknown as ServeOptions), InputError);
    await assert.rejects(connect(loopback()[0], evil as object), SmtpError);
  }
  unharmed();
});

test("a user, a sender and a recipient may be called like a method", async () => {
  const { kept, handlers } = keeper();
  const users: unknown[] = [];
  const { smtp } = await joined({
    handlers: {
      ...handlers,
      onAuth: ({ user }) => void users.push(user),
    },
    serve: { auth: { insecure: true } },
    connect: { auth: { user: "__proto__", pass: "constructor" } },
  });
  await smtp.send({ envelope: { from: "__proto__@x.test", to: "constructor@x.test" }, raw: "x\r\n" });
  await smtp.close();
  assert.deepEqual(users, ["__proto__"]);
  assert.deepEqual(kept[0]!.envelope, { from: "__proto__@x.test", to: ["constructor@x.test"] });
  unharmed();
});

// covers: RFC 5322 section 2.2 client
test("no value of a message may hold a control", async () => {
  const { smtp } = await joined();
  for (const control of CONTROLS) {
    const evil = `x${control}Bcc: mallory@evil.test`;
    const fields: Partial<Draft>[] = [
      { subject: evil },
      { from: { name: evil, address: "ann@x.test" } },
      { from: `a${control}@x.test` },
      { to: [{ name: evil, address: "bob@x.test" }] },
      { to: `bob@x.test${control}x` },
      { to: `bob${control}@x.test` },
      { cc: { name: evil, address: "bob@x.test" } },
      { bcc: `bob@x.test>${control}` },
      { replyTo: { name: evil, address: "bob@x.test" } },
    ];
    for (const field of fields) {
      const error = await rejection(smtp.send({ from: "ann@x.test", to: "bob@x.test", text: "x", ...field }));
      assert.ok(error instanceof InputError, `${JSON.stringify(field)}: ${String(error)}`);
      assert.equal(error.delivery, "none");
    }
  }
  await smtp.close();
});

// covers: RFC 5321 section 4.1.2 client
test("no value of an envelope or of the options may hold a control", async () => {
  const { smtp, served } = await joined();
  for (const control of [...CONTROLS, " ", ">", "> SIZE=1"]) {
    for (const envelope of [
      { from: `ann${control}@x.test`, to: "bob@x.test" },
      { from: "ann@x.test", to: `bob@x.test${control}` },
      { from: "ann@x.test", to: ["bob@x.test", `bob@x${control}.test`] },
    ]) {
      const error = await rejection(smtp.send({ envelope, raw: "x\r\n" }));
      assert.ok(error instanceof InputError, JSON.stringify(envelope));
    }
  }
  for (const control of CONTROLS) {
    await assert.rejects(connect(loopback()[0], { tls: "off", name: `client${control}.test` }), InputError);
    await assert.rejects(serve(loopback()[1], {}, { name: `mx${control}.test` }), InputError);
  }
  await smtp.close();
  await served;
});

const CONFUSING = [
  '"mallory@evil.test"@x.test',
  '"mallory@evil.test x"@x.test',
  '"mallory@evil.test>"@x.test',
  '"a\\"@evil.test"@x.test',
  "=?utf-8?q?mallory=40evil.test=3E?=@x.test",
  "mallory%evil.test@x.test",
  "bob@[IPv6:2001:db8::1]",
  "bob@[192.0.2.1]",
];

// covers: RFC 5321 section 4.1.2 both
test("an address that has been read in two ways arrives as it was written", async () => {
  for (const address of CONFUSING)
    for (const to of [address, `Bob <${address}>`, { name: "mallory@evil.test", address }]) {
      const { kept, handlers } = keeper();
      const { smtp } = await joined({ handlers });
      await smtp.send({ from: "ann@x.test", to });
      await smtp.close();
      assert.deepEqual(kept[0]!.envelope.to, [address]);
    }
});

test("what is not one address goes nowhere", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers });
  for (const address of [
    "mallory@evil.test@x.test",
    "bob@x.test(comment)",
    "(nested (comment))bob@x.test",
    "@relay.test:bob@x.test",
    "bob@x.test, mallory@evil.test",
    "bob@x.test mallory@evil.test",
    "<bob@x.test><mallory@evil.test>",
    "Bob <bob@x.test> <mallory@evil.test>",
    "<mallory@evil.test> bob@x.test",
    "bob@[::1]",
    "-oX/tmp/x@x.test",
    "Bob <-bob@x.test>",
    '"-bob"@x.test',
  ]) {
    const error = await smtp.send({ from: "ann@x.test", to: address }).catch((error: unknown) => error);
    assert.ok(error instanceof InputError, address);
    assert.equal(error.delivery, "none");
  }
  await smtp.close();
  assert.deepEqual(kept, []);
});

const STAGES = ["greeting", "ehlo", "mail", "rcpt", "data"] as const;

for (const stage of STAGES)
  test(`terminal escapes in a reply reach no error, log or transcript: ${stage}`, async () => {
    const evil = "550 5.1.1 \x1b]0;evil\x07\x1b[2J\x9b31m\u202eno\x7f";
    await using server = await scripted(async (peer) => {
      if (stage === "greeting") return peer.say(evil);
      peer.say("220 script.test");
      for (const [name, command] of [
        ["ehlo", "EHLO"],
        ["mail", "MAIL"],
        ["rcpt", "RCPT"],
        ["data", "DATA"],
      ]) {
        await peer.expect(command!);
        await peer.expect("\r\n");
        if (name === stage) return peer.say(evil, ...(stage === "ehlo" ? ["550 \x1b[2J"] : []));
        peer.say("250 ok \x1b[2J");
      }
    });
    const seen: string[] = [];
    const error = await rejection(
      (async () => {
        await using smtp = await connect(tcp({ host: "127.0.0.1", port: server.port }), {
          tls: "off",
          name: "client.test",
          trace: (step) => void seen.push(JSON.stringify(step), step.text),
        });
        await smtp.send(mail("x\r\n"));
      })(),
    );
    assert.ok(error instanceof SmtpError, String(error));
    assert.equal(error.stage, stage);
    assert.ok(seen.length > 0);
    for (const text of [error.message, String(error), JSON.stringify(error.reply), ...seen])
      assert.doesNotMatch(text, CONTROL);
  });

test("a reply that is parsed shows no control", () => {
  const reply = parseReply("550 5.1.1 \x1b[2J\x07no\r\n");
  assert.doesNotMatch(JSON.stringify(reply), /\x1b|\\u001b|\x07|\\u0007/);
});

// covers: RFC 5321 section 4.5.3.1.8 both
test("of ten thousand recipients, each gets its own answer", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers, serve: { recipients: 100 } });
  const to = Array.from({ length: 10_000 }, (_, number) => `bob${number}@x.test`);
  const outcome = await smtp
    .send({ envelope: { from: "ann@x.test", to }, raw: "x\r\n" })
    .catch((error: SmtpError) => error);
  await smtp.close().catch(() => {});
  assert.equal(outcome.recipients!.length, 10_000);
  assert.ok(outcome.recipients!.every(({ status }, index) => status === "accepted" || index >= 100));
  for (const { envelope } of kept) assert.ok(envelope.to.length <= 100);
});
