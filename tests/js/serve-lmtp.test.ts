/** LMTP, PRDR, and the commands that ask a server for something else than to take a message. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, Refuse } from "edgepost";
import type { MessageDecision, RecipientDecision, ServerHandlers } from "edgepost";

import { byHand } from "./by-hand.js";
import type { ByHand } from "./by-hand.js";

const full = new Refuse({ code: 452, enhanced: "4.2.2", text: "mailbox full" });

async function lmtp(handlers: ServerHandlers): Promise<ByHand> {
  const client = byHand(handlers, { lmtp: true });
  assert.match(await client.hear(), /^220 localhost LMTP /);
  assert.match(await client.say("LHLO client.test"), /^250/);
  assert.match(await client.say("MAIL FROM:<ann@x.test>"), /^250/);
  assert.match(await client.say("RCPT TO:<bob@x.test>"), /^250/);
  assert.match(await client.say("RCPT TO:<eve@x.test>"), /^250/);
  return client;
}

for (const [how, recipients] of [
  ["a list", [{ text: "saved" }, full]],
  ["a record", { "eve@x.test": full, "bob@x.test": { text: "saved" } }],
  [
    "a Map",
    new Map<string, RecipientDecision>([
      ["eve@x.test", full],
      ["bob@x.test", { text: "saved" }],
    ]),
  ],
] as const)
  // covers: RFC 2033 server
  test(`over LMTP ${how} decides for each recipient`, async () => {
    const seen: unknown[] = [];
    const client = await lmtp({
      onMessage(_content, { perRecipient }) {
        seen.push(perRecipient);
        return { recipients } as MessageDecision;
      },
    });
    assert.match(await client.say("DATA"), /^354/);
    assert.equal(await client.say("x\r\n."), "250 2.1.5 saved");
    assert.equal(await client.hear(), "452 4.2.2 mailbox full");
    assert.deepEqual(seen, [true]);
    assert.match(await client.say("QUIT"), /^221/);
    await client.served;
  });

test("over LMTP one decision goes for every recipient, by BDAT too", async () => {
  const client = await lmtp({ onMessage: () => Promise.reject(full) });
  assert.equal(await client.say("BDAT 0 LAST"), "452 4.2.2 mailbox full");
  assert.equal(await client.hear(), "452 4.2.2 mailbox full");
  await client.transport.close();
});

for (const [what, recipients] of [
  ["as many decisions as there are recipients", [full]],
  ["decisions on recipients only", { "mallory@x.test": full }],
  ["decisions that are some", ["no", undefined]],
] as const)
  test(`what onMessage returns must be ${what}`, async () => {
    const errors: unknown[] = [];
    const client = await lmtp({
      onMessage: () => ({ recipients }) as never,
      onError: (error) => void errors.push(error),
    });
    await client.say("DATA");
    assert.match(await client.say("x\r\n."), /^451 4\.3\.0 /);
    assert.match(await client.hear(), /^451 4\.3\.0 /);
    assert.ok(errors[0] instanceof InputError);
    await client.transport.close();
  });

// covers: PRDR server
test("with PRDR a client is told of each recipient, and without it once", async () => {
  const onMessage = (): MessageDecision => ({ recipients: [full, undefined] });
  const client = byHand({ onMessage }, { extensions: { PRDR: true } });
  await client.hello();
  const message = async (params: string): Promise<string> => {
    await client.say(`MAIL FROM:<ann@x.test>${params}`);
    await client.say("RCPT TO:<bob@x.test>");
    await client.say("RCPT TO:<eve@x.test>");
    return client.say("BDAT 0 LAST");
  };
  assert.match(await message(" PRDR"), /^353 /);
  assert.equal(await client.hear(), "452 4.2.2 mailbox full");
  assert.equal(await client.hear(), "250 2.1.5 OK");
  assert.equal(await client.hear(), "250 2.0.0 OK");
  assert.equal(await message(""), "250 2.0.0 OK");
  await client.transport.close();
});

test("EXPN, ETRN and HELP say what the host has to say", async () => {
  const client = byHand(
    {
      onExpn: (list) => (list === "all" ? ["Ann <ann@x.test>", "Bob\r\n250 <bob@x.test>"] : undefined),
      onEtrn(node) {
        if (node.startsWith("#")) throw new Refuse({ code: 458, enhanced: "4.3.0", text: "no such queue" });
        return `sending to ${node}`;
      },
    },
    { help: "Ask ann\nor bob" },
  );
  assert.match(await client.hello(), /\r\n250-ETRN\r\n250-EXPN\r\n/);
  assert.equal(await client.say("EXPN all"), "250-2.1.5 Ann <ann@x.test>\r\n250 2.1.5 Bob 250 <bob@x.test>");
  assert.match(await client.say("EXPN none"), /^252 /);
  assert.equal(await client.say("ETRN x.test"), "250 2.0.0 sending to x.test");
  assert.equal(await client.say("ETRN #q"), "458 4.3.0 no such queue");
  assert.equal(await client.say("HELP"), "214-2.0.0 Ask ann\r\n214 2.0.0 or bob");
  await client.transport.close();
});

// covers: RFC 4468 server
test("onBurl fetches a part of the message", async () => {
  const stored: string[] = [];
  const client = byHand(
    {
      onBurl: (url) => Promise.resolve(`from ${url}\r\n`),
      async onMessage(content) {
        stored.push(await new Response(content).text());
      },
    },
    { extensions: { BURL: "imap" } },
  );
  await client.hello();
  await client.say("MAIL FROM:<ann@x.test>");
  await client.say("RCPT TO:<bob@x.test>");
  assert.match(await client.say("BURL imap://x.test/1"), /^250/);
  assert.match(await client.say("BDAT 3 LAST\r\nend"), /^250/);
  assert.deepEqual(stored, ["from imap://x.test/1\r\nend"]);
  await client.transport.close();
});
