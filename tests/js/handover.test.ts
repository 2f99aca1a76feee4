/** The small engine meets a mechanism that only the whole one has, and lets it go on over the same connection. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { AbortedError, connect, loopback, serve } from "edgepost";
import type { ServerHandlers } from "edgepost";

const stored: string[] = [];
const handlers: ServerHandlers = {
  onSecret: ({ user }) => (user === "ann" ? "secret" : null),
  async onMessage(content) {
    stored.push(await new Response(content).text());
  },
};

/** The engine that sends is loaded before any other, as where nobody serves. */
async function smallEngineFirst(): Promise<void> {
  const [client, server] = loopback();
  void server.close();
  await assert.rejects(connect(client, { tls: "off" }));
}

// covers: RFC 5802 client
// covers: RFC 7677 client
// covers: RFC 2195 client
for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"])
  test(`${mechanism}: the session goes on in the whole engine, and mail is sent`, async () => {
    await smallEngineFirst();
    const [client, server] = loopback();
    void serve(server, handlers, { auth: { mechanisms: [mechanism], insecure: true } });
    const auth = { user: "ann", pass: "secret", mechanisms: [mechanism, "PLAIN"] };
    await using smtp = await connect(client, { tls: "off", auth, name: "client.example" });
    assert.equal(smtp.authenticated, true);
    assert.ok(smtp.capabilities.some(({ keyword }) => keyword === "CHUNKING"));
    assert.match(smtp.greeting.lines[0]!, /ESMTP/);
    const raw = `Subject: by ${mechanism}\r\n\r\nhello\r\n`;
    const receipt = await smtp.send({ envelope: { from: "ann@a.example", to: "bob@b.example" }, raw });
    assert.deepEqual(receipt.accepted, ["bob@b.example"]);
    assert.equal(stored.pop(), raw);
  });

test("a wrong password is refused, and the weaker mechanism is not tried", async () => {
  await smallEngineFirst();
  const [client, server] = loopback();
  const tried: string[] = [];
  const onAuth = ({ mechanism }: { mechanism: string }): void => void tried.push(mechanism);
  void serve(
    server,
    { ...handlers, onAuth },
    { auth: { mechanisms: ["SCRAM-SHA-256", "PLAIN"], insecure: true } },
  );
  await assert.rejects(connect(client, { tls: "off", auth: { user: "ann", pass: "wrong" } }), {
    code: "reply",
    stage: "auth",
  });
  assert.deepEqual(tried, []);
});

test("who gives up meanwhile is told so", async () => {
  await smallEngineFirst();
  const [client, server] = loopback();
  const giveUp = new AbortController();
  void serve(server, handlers, { auth: { mechanisms: ["SCRAM-SHA-256"], insecure: true } });
  const connecting = connect(
    {
      ...client,
      channelBinding: () => {
        giveUp.abort();
        return [];
      },
    },
    { tls: "off", auth: { user: "ann", pass: "secret" }, signal: giveUp.signal },
  );
  await assert.rejects(connecting, AbortedError);
});
