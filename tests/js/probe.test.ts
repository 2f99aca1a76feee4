/** Looking without sending: what a server offers when, and whether it lets us in. */
import assert from "node:assert/strict";
import test from "node:test";

import { ClosedError, loopback, probe, ReplyError, serve, verify } from "edgepost";
import type { Capability, Connector, ServeOptions, ServerHandlers, Transport } from "edgepost";
import { tcp } from "edgepost/node";

import { joined, type Peer, rejection, scripted } from "./support.js";

const auth = { user: "ann", pass: "secret" };

/** A connector to our own server, which wants AUTH under TLS only. */
function server(options: { tls?: boolean; serve?: ServeOptions; handlers?: ServerHandlers } = {}): Connector {
  return {
    host: "mx.test",
    port: 587,
    async open() {
      const [client, transport] = loopback({ tls: options.tls ?? true });
      const handlers = { onAuth: ({ pass }: { pass?: string }) => pass === "secret", ...options.handlers };
      void serve(transport, handlers, { auth: {}, ...options.serve });
      return client;
    },
  };
}

const keywords = (capabilities?: readonly Capability[]): string[] | undefined =>
  capabilities?.map(({ keyword }) => keyword);

// covers: RFC 3207 client
test("a probe tells what is offered in clear, under TLS and after AUTH", async () => {
  const { greeting, secure, clear, secured, authenticated } = await probe(server(), { auth });
  assert.equal(greeting.code, 220);
  assert.equal(secure, true);
  assert.ok(keywords(clear)!.includes("STARTTLS"));
  assert.ok(!keywords(clear)!.includes("AUTH"));
  assert.ok(!keywords(secured)!.includes("STARTTLS"));
  assert.deepEqual(secured!.find(({ keyword }) => keyword === "AUTH")!.parameters.includes("PLAIN"), true);
  assert.ok(authenticated);
});

test("a probe without credentials does not authenticate", async () => {
  const { secured, authenticated } = await probe(server());
  assert.ok(secured);
  assert.equal(authenticated, undefined);
});

test("a probe of a server without TLS tells what it offers in clear", async () => {
  const { secure, clear, secured } = await probe(server({ tls: false }));
  assert.deepEqual([secure, secured], [false, undefined]);
  assert.ok(clear);
});

test("a probe never gives credentials away in clear", async () => {
  let asked = 0;
  const handlers = { onAuth: () => void asked++ };
  const target = server({ tls: false, handlers, serve: { auth: { insecure: true } } });
  await assert.rejects(probe(target, { auth }));
  assert.equal(asked, 0);
});

test("under TLS from the start, nothing was offered in clear", async () => {
  const [client, transport] = loopback({ tls: true });
  const secured = (await Promise.all([client.startTls!(), transport.startTls!()])) as [Transport, Transport];
  void serve(secured[1]);
  const { secure, clear, secured: offered } = await probe(secured[0], { tls: "implicit" });
  assert.deepEqual([secure, clear], [true, undefined]);
  assert.ok(offered);
});

test("a session tells what was offered, and goes on", async () => {
  const { smtp } = await joined();
  const before = await smtp.probe();
  assert.deepEqual(before.clear, smtp.capabilities);
  await smtp.send({ from: "ann@example.com", to: "bob@example.org", text: "x" });
  assert.deepEqual(await smtp.probe(), before);
  await smtp.close();
});

const hello = async (peer: Peer): Promise<void> => {
  await peer.hello("AUTH PLAIN");
  await peer.expect("AUTH PLAIN ");
  peer.say("235 welcome");
};

test("what a server offers only after AUTH is told", async () => {
  await using peer = await scripted(async (peer) => {
    await hello(peer);
    await peer.expect("EHLO client.test\r\n");
    peer.say("250-script.test", "250 SIZE 1000");
    await peer.expect("QUIT");
    peer.say("221 bye");
  });
  const target = tcp({ host: "127.0.0.1", port: peer.port });
  const { clear, authenticated } = await probe(target, { tls: "off", name: "client.test", auth });
  assert.deepEqual(keywords(clear), ["AUTH"]);
  assert.deepEqual(authenticated, [{ keyword: "SIZE", parameters: ["1000"] }]);
});

test("a server that will not answer EHLO again is told by what it leaves out", async () => {
  await using peer = await scripted(async (peer) => {
    await hello(peer);
    await peer.expect("EHLO client.test\r\n");
    peer.say("503 5.5.1 you said hello before");
    await peer.expect("QUIT");
    peer.say("221 bye");
  });
  const target = tcp({ host: "127.0.0.1", port: peer.port });
  const { authenticated, clear } = await probe(target, { tls: "off", name: "client.test", auth });
  assert.equal(authenticated, undefined);
  assert.ok(clear);
});

test("verify tells that credentials work, and that they do not", async () => {
  assert.equal((await verify(server(), { auth })).code, 250);
  const error = await rejection(verify(server(), { auth: { user: "ann", pass: "wrong" } }));
  assert.ok(error instanceof ReplyError);
  assert.equal(error.stage, "auth");
});

test("probe and verify close what they open", async () => {
  for (const look of [probe, verify]) {
    const [client, transport] = loopback();
    const served = serve(transport);
    await look(client, { tls: "off" });
    await served;
  }
});

test("probe and verify of nobody reject as connect does", async () => {
  const target: Connector = {
    host: "mx.test",
    port: 25,
    open: () => Promise.reject(new ClosedError("nobody there")),
  };
  for (const look of [probe, verify]) assert.ok((await rejection(look(target))) instanceof ClosedError);
});
