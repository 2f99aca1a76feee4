/** What an envelope asks for reaches the wire as its RFC writes it, or the message is not sent and the error says why. */
import assert from "node:assert/strict";
import test from "node:test";

import { connect, InputError } from "edgepost";
import type { ConnectOptions, SendEnvelope, Smtp } from "edgepost";
import { tcp } from "edgepost/node";

import { type Peer, rejection, scripted } from "./support.js";

const RAW = "Subject: x\r\n\r\nx\r\n";
const EVERYTHING = [
  "PIPELINING",
  "CHUNKING",
  "BINARYMIME",
  "DSN",
  "DELIVERBY",
  "FUTURERELEASE",
  "MT-PRIORITY",
  "RRVS",
  "NO-SOLICITING",
  "PRDR",
  "AUTH PLAIN",
  "ETRN",
];

function session(port: number, options: ConnectOptions = {}): Promise<Smtp> {
  return connect(tcp({ host: "127.0.0.1", port }), { name: "client.test", tls: "off", ...options });
}

function takes(...lines: string[]): (peer: Peer) => Promise<void> {
  return async (peer) => {
    await peer.hello(...EVERYTHING);
    for (const line of lines) await peer.expect(`${line}\r\n`);
    for (const _ of lines) peer.say("250 OK");
    await peer.expect("QUIT\r\n");
    peer.say("221 bye");
    peer.end();
  };
}

const SENT: [what: string, envelope: Partial<SendEnvelope>, ...lines: string[]][] = [
  [
    "delivery status notifications",
    {
      ret: "headers",
      envid: "a+b c",
      notify: "never",
      to: [
        "bob@b.example",
        { address: "carol@b.example", notify: ["success", "delay"], originalRecipient: "c+x@a.example" },
        { address: "dora@b.example", originalRecipient: "dörte@a.example" },
      ],
    },
    "MAIL FROM:<ann@a.example> RET=HDRS ENVID=a+2Bb+20c",
    "RCPT TO:<bob@b.example> NOTIFY=NEVER",
    "RCPT TO:<carol@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c+2Bx@a.example",
    "RCPT TO:<dora@b.example> NOTIFY=NEVER ORCPT=utf-8;d\\x{F6}rte@a.example",
  ],
  [
    "times",
    { deliverBy: { seconds: 120, mode: "return", trace: true }, holdFor: 60 },
    "MAIL FROM:<ann@a.example> BY=120;RT HOLDFOR=60",
    "RCPT TO:<bob@b.example>",
  ],
  [
    "dates",
    {
      holdUntil: new Date("2030-01-02T03:04:05.678Z"),
      to: [{ address: "bob@b.example", requireValidSince: new Date("2020-01-01T00:00:00Z") }],
    },
    "MAIL FROM:<ann@a.example> HOLDUNTIL=2030-01-02T03:04:05Z",
    "RCPT TO:<bob@b.example> RRVS=2020-01-01T00:00:00Z",
  ],
  [
    "a priority, a submitter, a solicitation and what nobody has specified",
    {
      priority: -3,
      submitter: "e+f@a.example",
      solicit: "org.example:adv",
      params: [{ keyword: "X-OWN", value: "1" }, { keyword: "X-ALONE" }],
    },
    "MAIL FROM:<ann@a.example> MT-PRIORITY=-3 AUTH=e+2Bf@a.example SOLICIT=org.example:adv X-OWN=1 X-ALONE",
    "RCPT TO:<bob@b.example>",
  ],
  ["an unknown submitter", { submitter: "" }, "MAIL FROM:<ann@a.example> AUTH=<>", "RCPT TO:<bob@b.example>"],
  [
    "a reply for each recipient, of one recipient",
    { prdr: true },
    "MAIL FROM:<ann@a.example>",
    "RCPT TO:<bob@b.example>",
  ],
];

// covers: RFC 3461 client
// covers: RFC 6533 client
// covers: RFC 2852 client
// covers: RFC 4865 client
// covers: RFC 6710 client
// covers: RFC 7293 client
// covers: RFC 4954 section 5 client
// covers: RFC 3865 client
for (const [what, envelope, mail, ...rcpt] of SENT)
  test(`an envelope asks for ${what}`, async () => {
    const lines = [mail!, ...rcpt, `BDAT ${RAW.length} LAST`];
    await using server = await scripted(takes(...lines));
    await using smtp = await session(server.port);
    const receipt = await smtp.send({
      envelope: { from: "ann@a.example", to: "bob@b.example", ...envelope },
      raw: RAW,
    });
    assert.deepEqual(receipt.accepted, receipt.envelope.to);
    await smtp.close();
    assert.deepEqual(server.failures, []);
  });

test("a composed message has an envelope, too", async () => {
  await using server = await scripted(
    takes("MAIL FROM:<bounce@a.example> RET=FULL", "RCPT TO:<bob@b.example>", "LAST"),
  );
  await using smtp = await session(server.port);
  const receipt = await smtp.send({
    from: "ann@a.example",
    to: "bob@b.example",
    text: "x",
    envelope: { from: "bounce@a.example", ret: "full" },
  });
  assert.deepEqual(receipt.envelope, { from: "bounce@a.example", to: ["bob@b.example"] });
  await smtp.close();
  assert.deepEqual(server.failures, []);
});

// covers: RFC 3030 client
test("binary content stays as it is", async () => {
  await using server = await scripted(
    takes("MAIL FROM:<ann@a.example> BODY=BINARYMIME", "RCPT TO:<bob@b.example>", "BDAT 7 LAST\r\na\rb\n\0"),
  );
  await using smtp = await session(server.port);
  const envelope = { from: "ann@a.example", to: "bob@b.example", binary: true };
  await smtp.send({ envelope, raw: "a\rb\n\0\r\n" });
});

for (const [field, envelope] of [
  ["envelope.ret", { ret: "some" }],
  ["envelope.envid", { envid: "ö" }],
  ["envelope.notify", { notify: ["never"] }],
  ["envelope.deliverBy", { deliverBy: { seconds: 5 } }],
  ["envelope.deliverBy.mode", { deliverBy: { seconds: 5, mode: "x" } }],
  ["envelope.holdFor", { holdFor: 0 }],
  ["envelope.holdUntil", { holdUntil: new Date(NaN) }],
  ["envelope.holdUntil", { holdUntil: new Date(), holdFor: 5 }],
  ["envelope.priority", { priority: 10 }],
  ["envelope.solicit", { solicit: "a b" }],
  ["envelope.params", { params: [{ keyword: "A B" }] }],
  ["envelope.params", { params: [{ keyword: "A", value: "b\r\nRCPT TO:<x@y>" }] }],
  ["envelope.constructor", { constructor: "x" }],
  ["envelope.to[0].notify", { to: [{ address: "b@b.example", notify: "always" }] }],
  ["envelope.to[0].address", { to: [{ address: 5 }] }],
  ["envelope.params", { params: [{ keyword: "ENVID", value: "a+0D+0Ab" }] }],
  ["envelope.params", { params: [{ keyword: "ret", value: "FULL" }] }],
  ["params", { params: [{ keyword: "X-OWN" }, { keyword: "x-own" }] }],
  [undefined, { requireTls: true }],
] as [string | undefined, object][])
  test(`an envelope with a wrong ${field ?? "demand"} ${JSON.stringify(envelope)} is not sent`, async () => {
    await using server = await scripted(takes());
    await using smtp = await session(server.port);
    const wrong = { from: "ann@a.example", to: "bob@b.example", ...envelope } as SendEnvelope;
    const error = await rejection(smtp.send({ envelope: wrong, raw: RAW }));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
    await smtp.close();
    assert.deepEqual(server.failures, []);
  });

// covers: RFC 2033 client
test("over LMTP each recipient has its own result", async () => {
  await using server = await scripted(async (peer) => {
    peer.say("220 script.test LMTP");
    await peer.expect("LHLO client.test\r\n");
    peer.say("250-script.test", "250 PIPELINING");
    await peer.expect("DATA\r\n");
    peer.say("250 OK", "250 OK", "250 OK", "354 go");
    await peer.expect("\r\n.\r\n");
    peer.say("452 4.2.2 full", "250 2.0.0 stored");
    await peer.expect("QUIT\r\n");
    peer.end();
  });
  await using smtp = await session(server.port, { lmtp: true });
  const receipt = await smtp.send({
    envelope: { from: "ann@a.example", to: ["bob@b.example", "carol@b.example"] },
    raw: RAW,
  });
  assert.deepEqual(
    receipt.recipients.map(({ status, reply, retryable }) => [status, reply!.code, retryable]),
    [
      ["refused", 452, true],
      ["accepted", 250, false],
    ],
  );
  assert.deepEqual(receipt.accepted, ["carol@b.example"]);
});

test("bare line ends are refused where that is asked for", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING");
    await peer.expect("RCPT TO:<bob@b.example>\r\n");
    peer.say("250 OK", "250 OK");
    await peer.expect("QUIT\r\n");
    peer.end();
  });
  await using smtp = await session(server.port, { lineEnds: "refuse" });
  const envelope = { from: "ann@a.example", to: "bob@b.example" };
  const error = await rejection(smtp.send({ envelope, raw: "a\nb\r\n" }));
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /bare CR or LF/);
});

// covers: RFC 1985 client
// covers: RFC 5321 section 3.5 client
test("VRFY, EXPN, HELP and ETRN have their replies", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("ETRN");
    for (const line of ["VRFY bob", "EXPN list", "HELP", "ETRN @a.example"]) {
      await peer.expect(`${line}\r\n`);
      peer.say(`250 ${line}`);
    }
    await peer.expect("QUIT\r\n");
    peer.end();
  });
  await using smtp = await session(server.port);
  const replies = [smtp.vrfy("bob"), smtp.expn("list"), smtp.help(), smtp.etrn("@a.example")];
  assert.deepEqual(
    (await Promise.all(replies)).map(({ lines }) => lines[0]),
    ["VRFY bob", "EXPN list", "HELP", "ETRN @a.example"],
  );
  for (const wrong of ["", "a\r\nRSET"]) assert.ok((await rejection(smtp.vrfy(wrong))) instanceof InputError);
});
