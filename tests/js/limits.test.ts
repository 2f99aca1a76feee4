/** A server's limits on a transaction split it; the parts make one result (RFC 9422). Servers that trust us hear for whom we speak. */
import assert from "node:assert/strict";
import test from "node:test";

import { connect, InputError, ReplyError } from "edgepost";
import type { ConnectOptions, Smtp } from "edgepost";
import { tcp } from "edgepost/node";

import { type Peer, rejection, scripted } from "./support.js";

const RAW = "Subject: x\r\n\r\nx\r\n";

function session(port: number, options: ConnectOptions = {}): Promise<Smtp> {
  return connect(tcp({ host: "127.0.0.1", port }), { name: "client.test", tls: "off", ...options });
}

async function parted(peer: Peer): Promise<void> {
  await peer.expect("QUIT\r\n");
  peer.say("221 bye");
  peer.end();
}

// covers: RFC 9422 client
test("more recipients than RCPTMAX go in several transactions, and the receipt is one", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING", "DSN", "LIMITS RCPTMAX=2");
    for (const [first, second] of [
      ["a@x.test> NOTIFY=NEVER", "b@x.test> NOTIFY=DELAY"],
      ["c@y.test> NOTIFY=NEVER", "no@x.test> NOTIFY=NEVER"],
    ]) {
      await peer.expect(`MAIL FROM:<ann@a.example> RET=FULL\r\nRCPT TO:<${first}\r\nRCPT TO:<${second}\r\n`);
      await peer.expect("LAST\r\n");
    }
    peer.say("250 OK", "250 OK", "250 OK", "250 OK: queued as 1");
    peer.say("250 OK", "250 OK", "250 OK", "550 no such user", "250 OK: queued as 2");
    await parted(peer);
  });
  await using smtp = await session(server.port);
  const receipt = await smtp.send({
    envelope: {
      from: "ann@a.example",
      to: ["a@x.test", { address: "b@x.test", notify: ["delay"] }, "c@y.test", "no@x.test"],
      ret: "full",
      notify: "never",
    },
    raw: RAW,
  });
  assert.deepEqual(receipt.accepted, ["a@x.test", "b@x.test", "c@y.test"]);
  assert.deepEqual(
    receipt.recipients.map(({ recipient, status }) => `${recipient} ${status}`),
    ["a@x.test accepted", "b@x.test accepted", "c@y.test accepted", "no@x.test refused"],
  );
  assert.deepEqual(receipt.envelope.to, ["a@x.test", "b@x.test", "c@y.test", "no@x.test"]);
  assert.equal(receipt.refused.length, 1);
  await smtp.close();
  assert.deepEqual(server.failures, []);
});

// covers: RFC 9422 client
test("recipients of more domains than RCPTDOMAINMAX go by domain", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING", "LIMITS RCPTDOMAINMAX=1");
    await peer.expect("RCPT TO:<a@x.test>\r\nRCPT TO:<c@X.test>\r\nBDAT");
    await peer.expect("RCPT TO:<b@y.test>\r\nBDAT");
    await peer.expect("LAST\r\n");
    peer.say("250 OK", "250 OK", "250 OK", "451 not now", "250 OK", "250 OK", "250 OK", "554 never");
    await parted(peer);
  });
  await using smtp = await session(server.port);
  const error = await rejection(
    smtp.send({ envelope: { from: "ann@a.example", to: ["a@x.test", "b@y.test", "c@X.test"] }, raw: RAW }),
  );
  assert.ok(error instanceof ReplyError, String(error));
  assert.deepEqual(
    error.recipients!.map(({ recipient, status, retryable }) => [recipient, status, retryable]),
    [
      ["a@x.test", "refused", true],
      ["b@y.test", "refused", false],
      ["c@X.test", "refused", true],
    ],
  );
});

test("a part whose reply is lost is uncertain for its recipients alone", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING", "LIMITS RCPTMAX=1");
    await peer.expect("RCPT TO:<b@x.test>\r\n");
    await peer.expect("LAST\r\n");
    peer.say("250 OK", "250 OK", "250 OK: queued as 1", "250 OK", "250 OK");
    peer.end();
  });
  await using smtp = await session(server.port);
  const receipt = await smtp.send({
    envelope: { from: "ann@a.example", to: ["a@x.test", "b@x.test"] },
    raw: RAW,
  });
  assert.deepEqual(
    receipt.recipients.map(({ status }) => status),
    ["accepted", "uncertain"],
  );
});

test("a stream that would have to be read twice is an error before anything is sent", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING", "LIMITS RCPTMAX=1");
    await parted(peer);
  });
  await using smtp = await session(server.port, { eager: 10 });
  const raw = new Blob(["Subject: a long one\r\n\r\n"]).stream();
  const error = await rejection(
    smtp.send({ envelope: { from: "ann@a.example", to: ["a@x.test", "b@x.test"] }, raw }),
  );
  assert.ok(error instanceof InputError, String(error));
  assert.equal(error.field, "raw");
  await smtp.close();
  assert.deepEqual(server.failures, []);
});

// covers: XCLIENT client
// covers: PROXY client
test("XCLIENT and PROXY say for whom we speak", async () => {
  await using server = await scripted(async (peer) => {
    await peer.expect("PROXY TCP4 192.0.2.1 192.0.2.2 1000 25\r\n");
    await peer.hello("XCLIENT NAME ADDR");
    await peer.expect("XCLIENT NAME=a.example ADDR=192.0.2.7\r\n");
    await peer.hello("PIPELINING");
    await parted(peer);
  });
  await using smtp = await session(server.port, {
    xclient: { NAME: "a.example", ADDR: "192.0.2.7" },
    proxy: {
      source: { address: "192.0.2.1", port: 1000 },
      destination: { address: "192.0.2.2", port: 25 },
      version: 1,
    },
  });
  assert.deepEqual(
    smtp.capabilities.map(({ keyword }) => keyword),
    ["PIPELINING"],
  );
  await smtp.close();
  assert.deepEqual(server.failures, []);
});

for (const [field, options] of [
  ["xclient", { xclient: { NAME: "a\r\nb" } }],
  ["xclient", { xclient: { "A B": "c" } }],
  [
    "source",
    { proxy: { source: { address: "a.example", port: 1 }, destination: { address: "192.0.2.2", port: 25 } } },
  ],
  [
    "proxy",
    { proxy: { source: { address: "::1", port: 1 }, destination: { address: "192.0.2.2", port: 25 } } },
  ],
] as [string, ConnectOptions][])
  test(`options that cannot be said are refused: ${JSON.stringify(options)}`, async () => {
    await using server = await scripted(() => {});
    const error = await rejection(session(server.port, options));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
  });

test("the queue id is found in the replies of many servers", async () => {
  const replies: [string, string | undefined][] = [
    ["2.0.0 Ok: queued as 4XyZ1", "4XyZ1"],
    ["2.0.0 Ok: queued as <0101abc@mail.example>", "0101abc@mail.example"],
    ["OK id=1tEst-0001-AB", "1tEst-0001-AB"],
    ["2.0.0 4AN1x2 Message accepted for delivery", "4AN1x2"],
    ["2.0.0 8e1b4c2f Message accepted for delivery", "8e1b4c2f"],
    ["ok 1700000000 qp 12345", "12345"],
    ["Message Queued (0A1B-2C.1)", "0A1B-2C.1"],
    ["2.6.0 <x@y> [InternalId=123456, Hostname=h] 1 bytes Queued mail for delivery", "123456"],
    ["2.0.0 OK  1700000000 a1-20020a05.12 - gsmtp", "a1-20020a05.12"],
    ["Ok 0100018c-1111-2222-000000", "0100018c-1111-2222-000000"],
    ["2.0.0 <bob@x.test> aBcD/1 Saved", "aBcD/1"],
    ["2.0.0 Message queued with id a1b2c3.", "a1b2c3"],
    ["OK", undefined],
    ["Message accepted", undefined],
  ];
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING");
    for (const [text] of replies) {
      await peer.expect("LAST\r\n");
      peer.say("250 OK", "250 OK", `250 ${text}`);
    }
    await parted(peer);
  });
  await using smtp = await session(server.port, { window: 1 });
  for (const [text, id] of replies) {
    const receipt = await smtp.send({ envelope: { from: "", to: "b@x.test" }, raw: RAW });
    assert.equal(receipt.queueId, id, text);
  }
});
