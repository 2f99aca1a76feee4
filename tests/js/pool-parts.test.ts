/** A message that a server takes in parts (RFC 9422): what one connection leaves of it, the next one sends, once. */
import assert from "node:assert/strict";
import test from "node:test";

import { Refuse, SmtpError } from "edgepost";
import type { ServerHandlers } from "edgepost";

import { at, collected, Site } from "./site.js";
import { keeper, loaded, mail, rejection } from "./support.js";

test.before(loaded);

const RAW = "Subject: x\r\n\r\nx\r\n";
const five = ["a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test"];
const once = { attempts: 1, first: 1 };

// covers: RFC 9422 client
test(
  "what is over a server's limit on messages goes over the next connection",
  { timeout: 10_000 },
  async () => {
    const { kept, handlers } = keeper();
    const site = new Site({ handlers, serve: { recipients: 1, limits: { messages: 2 } } });
    await using mails = at(site, { size: 1, retry: once });
    const receipt = await mails.send({ from: "ann@example.com", to: five, subject: "for all", text: "x" });
    assert.deepEqual(receipt.accepted, five);
    assert.deepEqual(receipt.envelope.to, five);
    assert.deepEqual(
      kept.map(({ envelope }) => envelope.to),
      five.map((to) => [to]),
    );
    assert.equal(new Set(kept.map(({ content }) => content)).size, 1, "all get the same message");
    assert.equal(site.asked, 3);
  },
);

test("messages in parts leave nothing of each other out", { timeout: 10_000 }, async () => {
  const { kept, handlers } = keeper();
  const site = new Site({ handlers, serve: { recipients: 2, limits: { messages: 4 } } });
  await using mails = at(site, { size: 2, window: 5, retry: once });
  const messages = Array.from({ length: 20 }, (_, index) => mail(`${index}\r\n`, five));
  const results = await collected(mails.sendMany(messages));
  assert.ok(results.every((result) => result.ok && result.receipt.accepted.length === five.length));
  const copies = kept.flatMap(({ content, envelope }) => envelope.to.map((to) => `${to} ${content}`));
  assert.equal(copies.length, 100);
  assert.equal(new Set(copies).size, 100);
});

/** Takes one recipient at a time, refuses `b`, and at the third one of the first connections is closing. */
function closing(connections: number): { site: Site; taken: string[] } {
  const taken: string[] = [];
  const handlers = (connection: number): ServerHandlers => ({
    onRcpt(to) {
      if (to.startsWith("b@")) throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
      if (to.startsWith("c@") && connection <= connections)
        throw new Refuse({ code: 421, enhanced: "4.3.2", text: "closing" });
    },
    onMessage: (_, { to }) => void taken.push(...to),
  });
  return { site: new Site({ handlers, serve: { recipients: 1 } }), taken };
}

const statuses = (results: readonly { recipient: string; status: string }[]): string[] =>
  results.map(({ recipient, status }) => `${recipient[0]} ${status}`);

test("what a server that closes has left goes again, and nothing else", { timeout: 10_000 }, async () => {
  const { site, taken } = closing(2);
  await using mails = at(site, { size: 1, retry: { attempts: 3, first: 1 } });
  const { recipients, refused } = await mails.send(mail(RAW, five));
  assert.deepEqual(statuses(recipients), [
    "a accepted",
    "b refused",
    "c accepted",
    "d accepted",
    "e accepted",
  ]);
  assert.deepEqual(
    refused.map(({ reply }) => reply.code),
    [550],
  );
  assert.deepEqual(taken, ["a@x.test", "c@x.test", "d@x.test", "e@x.test"]);
});

test("what was tried often enough is not sent, and the receipt says so", { timeout: 10_000 }, async () => {
  const { site, taken } = closing(Infinity);
  await using mails = at(site, { size: 1, retry: { attempts: 2, first: 1 } });
  const receipt = await mails.send(mail(RAW, five));
  assert.deepEqual(receipt.accepted, ["a@x.test"]);
  assert.equal(receipt.recipients[1]!.status, "refused");
  assert.ok(
    receipt.recipients.slice(2).every(({ status }) => status !== "accepted" && status !== "uncertain"),
  );
  assert.deepEqual(taken, ["a@x.test"]);
});

test("giving up while the rest waits leaves what was taken", { timeout: 10_000 }, async () => {
  const { site, taken } = closing(Infinity);
  await using mails = at(site, { size: 1, retry: { attempts: 9, first: 60_000 } });
  const giveUp = new AbortController();
  const sent = mails.send(mail(RAW, ["c@x.test", "b@x.test"]), { signal: giveUp.signal });
  setTimeout(() => giveUp.abort(), 50);
  const error = await rejection(sent);
  assert.ok(error instanceof SmtpError && error.delivery === "none", String(error));
  assert.deepEqual(taken, []);
});
