/** Peers that speak for other clients, and patience with those that do wrong. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, loopback, Refuse, serve } from "edgepost";
import type { ServeOptions, ServerHandlers, ServerSession, Transport } from "edgepost";

import { ByHand } from "./by-hand.js";
import { rejection } from "./support.js";

/** A client by hand whose connection comes from this address. */
function from(address: string, handlers: ServerHandlers, options: ServeOptions): ByHand {
  const [client, server] = loopback();
  const transport: Transport = {
    readable: server.readable,
    writable: server.writable,
    secure: false,
    remote: { address, port: 40_000 },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
  return new ByHand(client, serve(transport, handlers, options));
}

const seen = ({ remote, proxy, name, user, client, forwarded }: ServerSession): object => ({
  remote: remote?.address,
  proxy: proxy?.address,
  name,
  user,
  client,
  forwarded,
});

// covers: XCLIENT server
test("a trusted peer speaks for a client by XCLIENT, and onConnect is asked of it", async () => {
  const asked: object[] = [];
  const client = from(
    "192.0.2.9",
    {
      onConnect(session) {
        asked.push(seen(session));
        if (session.remote!.address === "198.51.100.66")
          throw new Refuse({ code: 554, enhanced: "5.7.1", text: "not you" });
      },
    },
    { trusted: ["192.0.2.0/24"] },
  );
  assert.match(await client.hello(), /\r\n250-XCLIENT NAME ADDR .*\r\n250-XFORWARD /);
  const attributes = "ADDR=IPv6:2001:db8::7 PORT=50000 HELO=other.test LOGIN=ann NAME=[UNAVAILABLE]";
  assert.match(await client.say(`XCLIENT ${attributes}`), /^220 /);
  assert.match(await client.say("EHLO other.test"), /^250/);
  assert.match(await client.say("XCLIENT ADDR=198.51.100.66"), /^554 5\.7\.1 not you/);
  const nobody = {
    proxy: undefined,
    name: undefined,
    user: undefined,
    client: undefined,
    forwarded: undefined,
  };
  assert.deepEqual(asked, [
    { ...nobody, remote: "192.0.2.9" },
    {
      ...nobody,
      remote: "2001:db8::7",
      name: "other.test",
      user: "ann",
      client: { ADDR: "2001:db8::7", PORT: "50000", HELO: "other.test", LOGIN: "ann" },
    },
    { ...nobody, remote: "198.51.100.66", client: { ADDR: "198.51.100.66" } },
  ]);
  await client.transport.close();
});

// covers: XCLIENT server
test("a client whose address the trusted peer does not know has none, and not the peer's", async () => {
  for (const unknown of ["[UNAVAILABLE]", "[TEMPUNAVAIL]"]) {
    const remotes: unknown[] = [];
    const client = from(
      "192.0.2.9",
      { onConnect: ({ remote }) => void remotes.push(remote?.address) },
      { trusted: ["192.0.2.0/24"] },
    );
    await client.hello();
    assert.match(await client.say("XCLIENT NAME=x.test"), /^220 /);
    assert.match(await client.say(`XCLIENT ADDR=${unknown}`), /^220 /);
    assert.deepEqual(remotes, ["192.0.2.9", "192.0.2.9", undefined]);
    await client.transport.close();
  }
});

// covers: XFORWARD server
test("what XFORWARD says is there for one message", async () => {
  const asked: unknown[] = [];
  const client = from(
    "::ffff:192.0.2.9",
    { onMail: (_from, _params, session) => void asked.push(session.forwarded), onMessage() {} },
    { trusted: { xforward: ["192.0.2.9"] } },
  );
  await client.hello();
  assert.match(await client.say("XFORWARD ADDR=198.51.100.7 HELO=one.test"), /^250 /);
  assert.match(await client.say("XFORWARD IDENT=4XyZ HELO=other.test"), /^250 /);
  for (let message = 0; message < 2; message++) {
    await client.say("MAIL FROM:<ann@x.test>");
    await client.say("RCPT TO:<bob@x.test>");
    assert.match(await client.say("BDAT 0 LAST"), /^250 /);
  }
  assert.deepEqual(asked, [{ ADDR: "198.51.100.7", HELO: "other.test", IDENT: "4XyZ" }, undefined]);
  await client.transport.close();
});

test("who is not trusted is offered nothing and refused", async () => {
  const client = from("192.0.3.9", {}, { trusted: ["192.0.2.0/24"] });
  assert.doesNotMatch(await client.hello(), /XCLIENT|XFORWARD/);
  assert.match(await client.say("XCLIENT ADDR=198.51.100.7"), /^550 5\.7\.0 /);
  assert.match(await client.say("XFORWARD ADDR=198.51.100.7"), /^550 5\.7\.0 /);
  await client.transport.close();
});

for (const [version, header] of [
  [1, "PROXY TCP6 2001:db8::7 2001:db8::1 50000 25\r\n"],
  [
    2,
    "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\xc3\x50\0\x19",
  ],
] as const)
  // covers: PROXY server
  test(`a trusted proxy says for whom it speaks (PROXY version ${version})`, async () => {
    const asked: object[] = [];
    const client = from(
      "10.0.0.1",
      { onConnect: (session) => void asked.push(seen(session)) },
      { trusted: { proxy: ["10.0.0.0/8"] } },
    );
    await client.write(Uint8Array.from(header, (character) => character.charCodeAt(0)));
    assert.match(await client.hear(), /^220 /);
    const { remote, proxy } = asked[0] as { remote: string; proxy: string };
    assert.deepEqual([asked.length, remote, proxy], [1, "2001:db8::7", "10.0.0.1"]);
    await client.transport.close();
  });

// covers: PROXY server
test("a trusted proxy that sends no header gets no word, and onError hears why", async () => {
  const errors: unknown[] = [];
  const asked: unknown[] = [];
  const client = from(
    "10.0.0.1",
    { onConnect: (session) => void asked.push(session), onError: (error) => void errors.push(error) },
    { trusted: { proxy: ["10.0.0.1"] } },
  );
  assert.equal(await client.say("EHLO client.test"), "(closed)");
  await client.served;
  assert.match(String(errors[0]), /no PROXY header/);
  assert.deepEqual(asked, []);
});

test("networks that are none are named", async () => {
  for (const [trusted, field] of [
    [["localhost"], "trusted.xclient"],
    [{ proxy: ["10.0.0.0/33"] }, "trusted.proxy"],
    [{ proxies: [] }, "trusted.proxies"],
    [["192.0.2.1", 7], "trusted"],
    ["192.0.2.1", "trusted"],
  ] as const) {
    const error = await rejection(serve(loopback()[1], {}, { trusted: trusted as never }));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
  }
});

test("limits and the tarpit are options", async () => {
  const refuse = (): never => {
    throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
  };
  const client = from(
    "192.0.2.1",
    { onRcpt: refuse },
    { limits: { refusedRecipients: 2, messages: 7 }, tarpit: { delay: 20, after: 0 } },
  );
  assert.match(await client.hello(), /\r\n250-LIMITS MAILMAX=7 RCPTMAX=100\r\n/);
  await client.say("MAIL FROM:<ann@x.test>");
  const began = performance.now();
  assert.match(await client.say("RCPT TO:<a@x.test>"), /^550 /);
  assert.ok(performance.now() - began >= 15);
  assert.match(await client.say("RCPT TO:<b@x.test>"), /^550 /);
  assert.match(await client.hear(), /^421 4\.7\.0 /);
  await client.served;
});
