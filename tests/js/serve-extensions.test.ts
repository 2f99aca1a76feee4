/** What a server offers, and how its options choose it. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, loopback, Refuse, serve } from "edgepost";
import type { ReceivedEnvelope, ServeOptions, ServerHandlers } from "edgepost";

import { ByHand, byHand } from "./by-hand.js";
import { rejection } from "./support.js";

async function offered(options: ServeOptions, handlers: ServerHandlers = {}): Promise<string[]> {
  const client = byHand(handlers, options);
  const lines = (await client.hello()).split("\r\n").slice(1);
  await client.transport.close();
  return lines.map((line) => line.slice(4));
}

test("what asks nothing of the host is on offer, and can be switched off", async () => {
  const usual = ["PIPELINING", "SIZE 26214400", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME"];
  const rest = ["ENHANCEDSTATUSCODES", "STARTTLS", "LIMITS RCPTMAX=100", "HELP"];
  assert.deepEqual(await offered({}), [...usual, ...rest]);
  assert.deepEqual(await offered({ extensions: { CHUNKING: false, LIMITS: false }, disable: ["SIZE"] }), [
    "PIPELINING",
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "STARTTLS",
    "HELP",
  ]);
});

test("a list is of the extensions that are switched off", async () => {
  const without = ["SIZE", "chunking", "STARTTLS"];
  const lines = await offered({ extensions: without });
  assert.deepEqual(lines, await offered({ disable: without }));
  assert.ok(lines.includes("PIPELINING") && !lines.includes("CHUNKING"), lines.join());
  const wrong = await rejection(serve(loopback()[1], {}, { extensions: [1] as unknown as string[] }));
  assert.ok(wrong instanceof InputError);
  assert.match(wrong.message, /the option extensions must be a list of strings/);
});

test("what promises something is on offer when the host says so", async () => {
  const lines = await offered({
    extensions: {
      DSN: true,
      DELIVERBY: 120,
      FUTURERELEASE: { interval: 86400, until: new Date("2030-01-02T03:04:05.678Z") },
      "MT-PRIORITY": "MIXER",
      RRVS: true,
      "NO-SOLICITING": ["org.example:ADV", "net.example:ADV"],
      BURL: "imap",
      CHECKPOINT: true,
      PRDR: true,
    },
  });
  for (const line of [
    "DSN",
    "DELIVERBY 120",
    "FUTURERELEASE 86400 2030-01-02T03:04:05Z",
    "MT-PRIORITY MIXER",
    "RRVS",
    "NO-SOLICITING org.example:ADV net.example:ADV",
    "BURL imap",
    "CHECKPOINT",
    "PRDR",
  ])
    assert.ok(lines.includes(line), `${line} is not among ${lines.join(", ")}`);
});

test("VRFY is on offer where somebody answers it", async () => {
  assert.ok(!(await offered({})).includes("VRFY"));
  assert.ok((await offered({}, { onVrfy: () => "ann" })).includes("VRFY"));
  assert.ok(!(await offered({ extensions: { VRFY: false } }, { onVrfy: () => "ann" })).includes("VRFY"));
});

// covers: RFC 8689 server
test("REQUIRETLS is on offer under TLS only", async () => {
  let client: ByHand = byHand({}, { extensions: { REQUIRETLS: true } });
  assert.doesNotMatch(await client.hello(), /REQUIRETLS/);
  assert.match(await client.say("STARTTLS"), /^220/);
  client = await client.startTls();
  assert.match(await client.say("EHLO client.test"), /\r\n250-REQUIRETLS\r\n/);
  await client.transport.close();
});

test("an extension that is wrong is named", async () => {
  for (const [extensions, field] of [
    [{ CHUNKED: true }, "extensions.CHUNKED"],
    [{ __proto__x: true }, "extensions.__proto__x"],
    [{ constructor: true }, "extensions.constructor"],
    [{ DSN: 1 }, "extensions.DSN"],
    [{ DELIVERBY: -1 }, "extensions.DELIVERBY"],
    [{ FUTURERELEASE: true }, "extensions.FUTURERELEASE"],
    [{ FUTURERELEASE: { interval: 1, until: new Date(NaN) } }, "extensions.FUTURERELEASE"],
    [{ "NO-SOLICITING": "a\r\n250 b" }, "extensions"],
  ] as const) {
    const error = await rejection(serve(loopback()[1], {}, { extensions } as never));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
  }
});

// covers: RFC 1870 server
// covers: RFC 1845 server
test("onMail and onRcpt see what the command that they judge asks for, decoded", async () => {
  const seen: unknown[] = [];
  const client = byHand(
    {
      onMail(_from, _params, session, asked) {
        seen.push([asked, session.envelope]);
        if (asked.size! > 10) throw new Refuse({ code: 552, enhanced: "5.3.4", text: "too much for you" });
      },
      onRcpt: (_to, _params, _session, asked) => void seen.push(asked),
    },
    {
      extensions: {
        DSN: true,
        FUTURERELEASE: { interval: 3600, until: new Date("2100-01-01T00:00:00Z") },
        RRVS: true,
        CHECKPOINT: true,
      },
    },
  );
  await client.hello();
  assert.match(await client.say("MAIL FROM:<a@x.test> SIZE=11 RET=FULL"), /^552 5\.3\.4 too much for you/);
  const mail = "SIZE=10 HOLDUNTIL=2030-01-02T03:04:05Z ENVID=q+2B1 TRANSID=<1.A@x.test>";
  assert.match(await client.say(`MAIL FROM:<a@x.test> ${mail}`), /^250/);
  const rcpt = "NOTIFY=DELAY ORCPT=rfc822;bob+2Bx@x.test RRVS=2014-04-03T23:01:00Z";
  assert.match(await client.say(`RCPT TO:<b@x.test> ${rcpt}`), /^250/);
  assert.match(await client.say("RCPT TO:<c@x.test>"), /^250/);
  assert.deepEqual(seen, [
    [{ size: 11, ret: "full" }, undefined],
    [
      { size: 10, envid: "q+1", holdUntil: new Date("2030-01-02T03:04:05Z"), transaction: "<1.A@x.test>" },
      undefined,
    ],
    {
      notify: ["delay"],
      originalRecipient: "bob+x@x.test",
      requireValidSince: new Date("2014-04-03T23:01:00Z"),
    },
    {},
  ]);
  await client.transport.close();
});

// covers: RFC 3461 server
// covers: RFC 2852 server
// covers: RFC 4865 server
// covers: RFC 6710 server
// covers: RFC 7293 server
// covers: RFC 3865 server
test("what a client asks for by parameters is in the envelope, decoded", async () => {
  const seen: unknown[] = [];
  const client = byHand(
    { onMessage: (_content, envelope) => void seen.push(envelope) },
    {
      auth: { insecure: true },
      extensions: {
        DSN: true,
        DELIVERBY: true,
        FUTURERELEASE: { interval: 3600, until: new Date("2100-01-01T00:00:00Z") },
        "MT-PRIORITY": true,
        RRVS: true,
        "NO-SOLICITING": true,
        PRDR: true,
      },
    },
  );
  await client.hello();
  const mail =
    "RET=HDRS ENVID=q+2B1 BY=-5;NT HOLDUNTIL=2030-01-02T03:04:05Z MT-PRIORITY=-3 BODY=BINARYMIME PRDR AUTH=<> SOLICIT=org.example:ADV";
  assert.match(await client.say(`MAIL FROM:<ann@x.test> ${mail}`), /^250/);
  const rcpt = "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2Bx@x.test RRVS=2014-04-03T23:01:00Z";
  assert.match(await client.say(`RCPT TO:<bob@x.test> ${rcpt}`), /^250/);
  assert.match(await client.say("RCPT TO:<eve@x.test> NOTIFY=NEVER"), /^250/);
  assert.match(await client.say("BDAT 0 LAST"), /^250/);
  const [{ params, recipients, ...envelope }] = seen as [ReceivedEnvelope];
  assert.equal(params.length, 9);
  assert.deepEqual(
    { ...envelope, recipients: recipients.map(({ params: _, ...recipient }) => recipient) },
    {
      from: "ann@x.test",
      to: ["bob@x.test", "eve@x.test"],
      ret: "headers",
      envid: "q+1",
      deliverBy: { seconds: -5, mode: "notify", trace: true },
      holdUntil: new Date("2030-01-02T03:04:05Z"),
      priority: -3,
      binary: true,
      prdr: true,
      submitter: "",
      solicit: "org.example:ADV",
      perRecipient: true,
      recipients: [
        {
          address: "bob@x.test",
          notify: ["success", "delay"],
          originalRecipient: "bob+x@x.test",
          requireValidSince: new Date("2014-04-03T23:01:00Z"),
        },
        { address: "eve@x.test", notify: "never" },
      ],
    },
  );
  await client.transport.close();
});
