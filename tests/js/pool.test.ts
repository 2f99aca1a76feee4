/** A pool of connections: how messages are shared out over them, taken, paced and reported. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, loopback, pool } from "edgepost";
import type { Connector, Transport } from "edgepost";

import { met, settled, VirtualClock } from "../support/clock.js";
import { at, collected, first, holding, numbered, release, Site } from "./site.js";
import { gate, keeper, loaded } from "./support.js";

test.before(loaded);

test("nothing is opened before there is something to send, and it is closed in the end", async () => {
  const { kept, handlers } = keeper();
  const site = new Site({ handlers });
  const mails = at(site);
  await settled();
  assert.equal(site.asked, 0);
  const receipt = await mails.send(numbered(1));
  assert.equal(receipt.messageId, "<1@example.com>");
  await mails.close();
  await site.over();
  assert.equal(kept.length, 1);
  assert.deepEqual([site.asked, site.present], [1, 0]);
});

test("a connection is used again", async () => {
  const site = new Site();
  await using mails = at(site);
  for (let index = 0; index < 5; index++) await mails.send(numbered(index));
  assert.equal(site.asked, 1);
});

test("there are never more connections than size, and messages are shared out over them", async () => {
  const { site, held } = holding();
  await using mails = at(site, { size: 3, window: 10 });
  const all = collected(mails.sendMany(first(9)));
  // Each has three in flight, of which our server works on one at a time.
  for (let round = 0; round < 3; round++) {
    await met(() => held.length === 3);
    release(held);
  }
  assert.ok((await all).every(({ ok }) => ok));
  assert.equal(site.most, 3);
});

test("a few messages open no more connections than they are", async () => {
  const { site, held } = holding();
  await using mails = at(site);
  const sent = [mails.send(numbered(1)), mails.send(numbered(2))];
  await met(() => held.length === 2);
  assert.equal(site.present, 2);
  release(held);
  await Promise.all(sent);
});

test("a connection is replaced after perConnection messages", async () => {
  const { kept, handlers } = keeper();
  const site = new Site({ handlers });
  await using mails = at(site, { size: 1, perConnection: 3 });
  const results = await collected(mails.sendMany(first(10)));
  assert.ok(results.every(({ ok }) => ok));
  assert.deepEqual([kept.length, site.asked, site.most], [10, 4, 1]);
});

test("results come in the order of the messages, whichever is done first", async () => {
  const { site, held, kept } = holding();
  await using mails = at(site, { size: 4 });
  const all = collected(mails.sendMany(first(4)));
  await met(() => held.length === 4);
  for (const [index, go] of held.reverse().entries()) {
    go();
    await met(() => kept.length === index + 1);
  }
  const results = await all;
  assert.notEqual(kept[0], "0");
  assert.deepEqual(
    results.map((result) => result.ok && result.receipt.messageId),
    [0, 1, 2, 3].map((index) => `<${index}@example.com>`),
  );
});

for (const [what, endless] of [
  [
    "an endless iterator",
    function* (taken: () => void) {
      for (let index = 0; ; index++) {
        taken();
        yield numbered(index);
      }
    },
  ],
  [
    "an endless async iterator",
    async function* (taken: () => void) {
      for (let index = 0; ; index++) {
        taken();
        yield numbered(index);
      }
    },
  ],
] as const)
  test(`${what} does not pile up`, async () => {
    const { site, held, kept, flow } = holding();
    const mails = at(site, { size: 2, window: 3 });
    let taken = 0;
    const results = mails.sendMany(endless(() => taken++));
    const head = results.next();
    await met(() => taken === 6 && held.length === 2);
    // Nobody takes the results: what is done waits with its result, and nothing more is taken.
    flow();
    assert.equal((await head).value!.ok, true);
    await met(() => kept.length === 6);
    await settled();
    assert.equal(taken, 6);
    for (let more = 1; more <= 6; more++) {
      assert.equal((await results.next()).value!.ok, true);
      assert.ok(taken <= 6 + more, `${taken} after ${more}`);
    }
    await results.return();
    await mails.close();
  });

test("never more than the rate go in any span of time, over all connections", async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const site = new Site({ handlers: { onMail: () => void times.push(clock.now()), onMessage() {} } });
  await using mails = at(site, { size: 3, rate: { messages: 4, per: 1_000 }, clock, idle: 1e9 });
  const results = await clock.until(collected(mails.sendMany(first(14))));
  assert.ok(results.every(({ ok }) => ok));
  assert.deepEqual(times, [
    ...Array(4).fill(0),
    ...Array(4).fill(1_000),
    ...Array(4).fill(2_000),
    3_000,
    3_000,
  ]);
});

test("a rate of a number is messages a second", async () => {
  const clock = new VirtualClock();
  const site = new Site();
  await using mails = at(site, { rate: 2, clock, idle: 1e9 });
  let sent = 0;
  const all = Promise.all([...first(5)].map(async (message) => (await mails.send(message), sent++)));
  await clock.advance(999);
  assert.equal(sent, 2);
  await clock.advance(1);
  assert.equal(sent, 4);
  await clock.advance(1_000);
  await all;
});

test("a connection that nobody needs is closed after a while, and made again when it is needed", async () => {
  const clock = new VirtualClock();
  const site = new Site();
  await using mails = at(site, { clock, idle: 5_000 });
  await mails.send(numbered(1));
  await clock.advance(4_999);
  assert.equal(site.present, 1);
  await mails.send(numbered(2));
  await clock.advance(4_999);
  assert.equal(site.present, 1);
  await clock.advance(1);
  assert.equal(site.present, 0);
  await mails.send(numbered(3));
  assert.equal(site.asked, 2);
});

test("messages that wait for their time do not mind connections that nobody needed", async () => {
  const clock = new VirtualClock();
  const second = gate();
  const site = new Site({ before: (connection) => (connection === 2 ? second.opened : undefined) });
  const rate = { messages: 2, per: 60_000 };
  await using mails = at(site, { size: 2, clock, rate, idle: 1_000, retry: { attempts: 1 } });
  let sent = 0;
  const all = Promise.all([...first(4)].map(async (message) => (await mails.send(message), sent++)));
  await met(() => sent === 2);
  second.open();
  await met(() => site.present === 2);
  await clock.advance(2_000);
  assert.deepEqual([site.asked, site.present, sent], [2, 0, 2]);
  await clock.until(all);
});

// covers: RFC 9422 section 4.1 client
test("a server's own limit on messages is kept", async () => {
  const { kept, handlers } = keeper();
  const site = new Site({ handlers, between: offering("LIMITS MAILMAX=2 RCPTMAX=100") });
  await using mails = at(site, { size: 1 });
  const results = await collected(mails.sendMany(first(5)));
  assert.ok(results.every(({ ok }) => ok));
  assert.deepEqual([kept.length, site.asked], [5, 3]);
});

/** Puts a line into the server's EHLO reply. */
function offering(line: string): (transport: Transport) => Transport {
  return (transport) => {
    const readable = transport.readable.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          const text = Buffer.from(bytes).toString("latin1");
          controller.enqueue(Buffer.from(text.replace("250-SIZE", `250-${line}\r\n250-SIZE`), "latin1"));
        },
      }),
    );
    return { ...transport, readable };
  };
}

test("verify makes a connection of its own, and closes it", async () => {
  const site = new Site();
  await using mails = at(site);
  const reply = await mails.verify();
  assert.equal(reply.code, 250);
  await site.over();
  assert.deepEqual([site.asked, site.present], [1, 0]);
});

test("a pool needs a connector, and options that exist", () => {
  const cases: [unknown, object, string][] = [
    [loopback()[0], {}, "connector"],
    [null, {}, "connector"],
    [new Site(), { size: 0 }, "size"],
    [new Site(), { perConnection: 1.5 }, "perConnection"],
    [new Site(), { rate: 0.5 }, "rate"],
    [new Site(), { rate: { messages: 1, per: 0 } }, "rate.per"],
    [new Site(), { rate: { messages: 1 } }, "rate.per"],
    [new Site(), { retry: { attempts: 0 } }, "retry.attempts"],
    [new Site(), { idle: -1 }, "idle"],
    [new Site(), { clock: {} }, "clock"],
    [new Site(), { nme: "x" }, "nme"],
    [new Site(), { tls: "yes" }, "tls"],
  ];
  for (const [connector, options, field] of cases)
    assert.throws(
      () => pool(connector as Connector, options),
      (error) => error instanceof InputError && error.field === field,
      field,
    );
  const mails = pool(new Site());
  assert.throws(() => mails.sendMany(1 as never), InputError);
});
