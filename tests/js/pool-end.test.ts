/** How a pool ends, and how messages are given up. */
import assert from "node:assert/strict";
import test from "node:test";

import { AbortedError, ClosedError, pool, SmtpError } from "edgepost";

import { met, VirtualClock } from "../support/clock.js";
import { at, first, holding, numbered, refused, Site, summary, told } from "./site.js";
import { gate, loaded, mail, rejection } from "./support.js";

test.before(loaded);

test("giving one message up while it waits leaves the others alone", async () => {
  const { site, held, flow } = holding();
  await using mails = at(site, { size: 1, window: 1 });
  const controller = new AbortController();
  const one = mails.send(numbered(1));
  const other = rejection(mails.send(numbered(2), { signal: controller.signal }));
  await met(() => held.length === 1);
  const reason = new Error("enough");
  controller.abort(reason);
  const error = await other;
  assert.ok(error instanceof AbortedError);
  assert.equal(summary(error), "aborted mail none");
  assert.equal(error.cause, reason);
  assert.ok(
    (await rejection(mails.send(numbered(3), { signal: controller.signal }))) instanceof AbortedError,
  );
  flow();
  await one;
});

test("giving sendMany up gives what waits up, and what is in flight", async () => {
  const { site, held, flow } = holding();
  await using mails = at(site, { size: 1, window: 2 });
  const controller = new AbortController();
  const results: string[] = [];
  const error = rejection(
    (async () => {
      const { signal } = controller;
      for await (const result of mails.sendMany(first(10), { signal })) results.push(told(result));
    })(),
  );
  await met(() => held.length === 1);
  controller.abort();
  flow();
  assert.ok((await error) instanceof AbortedError);
  assert.equal(results.length, 2);
  for (const result of results) assert.match(result, /^aborted (end uncertain|\w+ none)$/);
});

test("giving the pool up ends everything at once", async () => {
  const { site, held, flow } = holding();
  const controller = new AbortController();
  const mails = at(site, { size: 2, window: 1, signal: controller.signal });
  const sent = [...first(5)].map((message) => rejection(mails.send(message)));
  await met(() => held.length === 2);
  controller.abort(new Error("enough"));
  const errors = (await Promise.all(sent)) as SmtpError[];
  assert.deepEqual(errors.map(summary).sort(), [
    "aborted end uncertain",
    "aborted end uncertain",
    "aborted mail none",
    "aborted mail none",
    "aborted mail none",
  ]);
  assert.ok((await rejection(mails.send(numbered(9)))) instanceof AbortedError);
  assert.ok((await rejection(mails.verify())) instanceof AbortedError);
  await mails.close();
  flow();
  await site.over();
  assert.equal(site.present, 0);
});

test("giving the pool up ends the wait between two tries", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const site = new Site({ before: refused });
  const mails = at(site, { clock, signal: controller.signal });
  const sent = rejection(mails.send(numbered(1)));
  await met(() => clock.waits.length > 0);
  controller.abort();
  assert.equal(summary((await sent) as SmtpError), "aborted mail none");
  await clock.advance(1e6);
  assert.equal(site.asked, 1);
  await mails.close();
});

test("a pool whose signal has fired before opens nothing", async () => {
  const site = new Site();
  await using mails = at(site, { signal: AbortSignal.abort() });
  assert.ok((await rejection(mails.send(numbered(1)))) instanceof AbortedError);
  assert.equal(site.asked, 0);
});

test("close waits for what was taken, and takes no more", async () => {
  const { site, held, kept, flow } = holding();
  const mails = at(site, { size: 2, window: 1 });
  const sent = [...first(5)].map((message) => mails.send(message));
  let closed = false;
  const closing = mails.close().then(() => (closed = true));
  const late = await rejection(mails.send(numbered(9)));
  assert.ok(late instanceof ClosedError);
  assert.ok((await rejection(mails.verify())) instanceof ClosedError);
  assert.equal(summary(late), "closed quit none retryable");
  await met(() => held.length === 2);
  assert.equal(closed, false);
  flow();
  await Promise.all(sent);
  await closing;
  await mails.close();
  await site.over();
  assert.deepEqual([kept.length, site.present], [5, 0]);
});

test("close does not wait for a connection that nobody needs any more", async () => {
  const opening = gate();
  const site = new Site({ before: (connection) => (connection > 1 ? opening.opened : undefined) });
  const mails = at(site, { size: 2 });
  await Promise.all([mails.send(numbered(1)), mails.send(numbered(2))]);
  assert.equal(site.asked, 2);
  await mails.close();
  opening.open();
});
