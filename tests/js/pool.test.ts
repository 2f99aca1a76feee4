/** A pool of connections: who sends what when, what is tried again, and how it ends. */
import assert from "node:assert/strict";
import test from "node:test";

import {
  AbortedError,
  ClosedError,
  InputError,
  loopback,
  pool,
  ready,
  Refuse,
  ReplyError,
  SmtpError,
  TlsError,
} from "edgepost";
import type { Connector, Message, Pool, PoolOptions, RawMessage, SendResult, Transport } from "edgepost";

import { met, settled, VirtualClock } from "../support/clock.js";
import { faulty } from "../support/faults.js";
import { Site } from "./site.js";
import type { SiteOptions } from "./site.js";
import { gate, keeper, mail, rejection } from "./support.js";

test.before(ready);

const numbered = (index: number): RawMessage =>
  mail(`Message-ID: <${index}@example.com>\r\nSubject: ${index}\r\n\r\nbody\r\n`);

function* first(count: number): Generator<RawMessage> {
  for (let index = 0; index < count; index++) yield numbered(index);
}

const at = (connector: Connector, options: PoolOptions = {}): Pool =>
  pool(connector, { tls: "off", name: "client.test", ...options });

async function collected(results: AsyncIterable<SendResult>): Promise<SendResult[]> {
  const all: SendResult[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** `ok`, or `code stage delivery retryable`. */
function told(result: SendResult): string {
  return result.ok ? "ok" : summary(result.error);
}

function summary({ code, stage, delivery, retryable }: SmtpError): string {
  return `${code} ${stage} ${delivery}${retryable ? " retryable" : ""}`;
}

/** A server that holds the answer to every message back until it is released; from `flow` on, to none. */
function holding(options: SiteOptions = {}): {
  site: Site;
  held: (() => void)[];
  kept: string[];
  flow: () => void;
} {
  const held: (() => void)[] = [];
  const kept: string[] = [];
  let flowing = false;
  const flow = (): void => {
    flowing = true;
    release(held);
  };
  const site = new Site({
    ...options,
    handlers: {
      async onMessage(content) {
        const text = await new Response(content).text();
        if (!flowing) await new Promise<void>((resolve) => held.push(resolve));
        kept.push(/Subject: (.*)\r/.exec(text)![1]!);
      },
    },
  });
  return { site, held, kept, flow };
}

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

/** Lets all go on that are held; gives how many. */
function release(held: (() => void)[]): number {
  const now = held.splice(0);
  for (const go of now) go();
  return now.length;
}

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

const refused = (): never => {
  throw new ClosedError("nobody there");
};

test("a server that nobody answers at is tried again, later and later, then every message is told", async () => {
  const clock = new VirtualClock();
  const site = new Site({ before: refused });
  await using mails = at(site, { clock, retry: { attempts: 4, first: 100, longest: 150 } });
  const results = collected(mails.sendMany(first(3)));
  await settled();
  assert.equal(site.asked, 3);
  const [one, other, last] = await waits(clock, site, results);
  assert.ok(one! >= 50 && one! <= 100, `${one}`);
  assert.ok(other! >= 75 && other! <= 150, `${other}`);
  assert.ok(last! >= 75 && last! <= 150, `${last}`);
  // After a failure one connection is tried at a time.
  assert.equal(site.asked, 6);
  assert.deepEqual((await results).map(told), Array(3).fill("closed connect none retryable"));
  // The next message is not told what became of the last ones.
  const sent = mails.send(numbered(4));
  assert.equal(summary((await clock.until(rejection(sent))) as SmtpError), "closed connect none retryable");
  assert.equal(site.asked, 10);
});

/** How long it took until each further attempt, while the promise is not settled. */
async function waits(clock: VirtualClock, site: Site, promise: Promise<unknown>): Promise<number[]> {
  let over = false;
  void promise.then(() => (over = true));
  const times: number[] = [];
  let since = clock.now();
  while (!over) {
    const before = site.asked;
    await clock.advance(1);
    if (site.asked === before) continue;
    times.push(clock.now() - since);
    since = clock.now();
    await settled();
  }
  return times;
}

test("a server that comes back gets everything, once", async () => {
  const clock = new VirtualClock();
  const { kept, handlers } = keeper();
  const site = new Site({ handlers, before: (connection) => (connection <= 6 ? refused() : undefined) });
  await using mails = at(site, { clock });
  const results = await clock.until(collected(mails.sendMany(first(20))));
  assert.ok(results.every(({ ok }) => ok));
  assert.equal(kept.length, 20);
});

for (const [what, error, expected] of [
  ["no TLS", () => new TlsError("the certificate is wrong"), "tls connect none"],
  ["a wrong option", () => new InputError("no such option"), "input undefined none"],
] as const)
  test(`${what} is not tried again`, async () => {
    const site = new Site({
      before: () => {
        throw error();
      },
    });
    await using mails = at(site, { size: 1 });
    const results = await collected(mails.sendMany(first(3)));
    assert.deepEqual(results.map(told), Array(3).fill(expected));
    assert.equal(site.asked, 1);
  });

test("a wrong password is not tried again", async () => {
  const site = new Site({ handlers: { onAuth: () => false }, serve: { auth: { insecure: true } } });
  await using mails = at(site, { size: 1, auth: { user: "ann", pass: "wrong" } });
  const error = await rejection(mails.send(numbered(1)));
  assert.ok(error instanceof ReplyError);
  assert.equal(error.stage, "auth");
  assert.equal(site.asked, 1);
});

test("a connection that is turned away does not stop the others", async () => {
  const clock = new VirtualClock();
  const { kept, handlers } = keeper();
  const full = (): never => {
    throw new Refuse({ code: 421, enhanced: "4.7.0", text: "too many connections" });
  };
  const site: Site = new Site({
    handlers: { ...handlers, onConnect: () => void (site.present > 2 && full()) },
  });
  await using mails = at(site, { size: 5, clock });
  const results = await clock.until(collected(mails.sendMany(first(200))));
  assert.ok(results.every(({ ok }) => ok));
  assert.equal(kept.length, 200);
});

test("a message that is refused for now is the sender's to try again", async () => {
  let asked = 0;
  const site = new Site({
    handlers: {
      onMessage() {
        asked++;
        throw new Refuse({ code: 451, enhanced: "4.7.1", text: "not now" });
      },
    },
  });
  await using mails = at(site);
  const error = await rejection(mails.send(numbered(1)));
  assert.ok(error instanceof ReplyError);
  assert.equal(error.retryable, true);
  assert.deepEqual([asked, site.asked], [1, 1]);
});

test("after 421 in the middle of many messages, all that were not taken are sent again", async () => {
  const clock = new VirtualClock();
  const stored: string[] = [];
  let seen = 0;
  const site = new Site({
    handlers: {
      onMail() {
        if (++seen === 25) throw new Refuse({ code: 421, enhanced: "4.3.2", text: "shutting down" });
      },
      async onMessage(content) {
        stored.push(/Subject: (.*)\r/.exec(await new Response(content).text())![1]!);
      },
    },
  });
  await using mails = at(site, { size: 1, window: 50, clock });
  const results = await clock.until(collected(mails.sendMany(first(50))));
  assert.deepEqual(results.map(told), Array(50).fill("ok"));
  assert.deepEqual(stored.length, 50);
  assert.equal(new Set(stored).size, 50);
});

test("what may have been taken is never sent again", async () => {
  const { kept, handlers } = keeper();
  // The connection breaks when the client has got the greeting and the EHLO reply, and not a word about the message.
  const written: string[] = [];
  const site = new Site({
    handlers,
    between(transport, connection) {
      let ehlo = false;
      return tapped(transport, {
        read(text, drop) {
          if (connection > 1 || !ehlo) return void (ehlo = /^250 /m.test(text));
          drop();
        },
        write: (text) => void written.push(text),
      });
    },
  });
  await using mails = at(site);
  const error = await rejection(mails.send(numbered(1)));
  assert.ok(error instanceof SmtpError);
  assert.equal(summary(error), "closed end uncertain");
  assert.equal(written.join("").split("body").length - 1, 1);
  await settled();
  assert.deepEqual([kept.length, site.asked], [1, 1]);
});

/** Looks at all that passes; `drop` breaks the connection instead of letting it pass. */
function tapped(
  transport: Transport,
  look: { read(text: string, drop: () => void): void; write(text: string): void },
): Transport {
  const broken = faulty(transport, {}, (bytes) => look.write(Buffer.from(bytes).toString("latin1")));
  const readable = broken.readable.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        let dropped = false;
        look.read(Buffer.from(bytes).toString("latin1"), () => (dropped = true));
        if (!dropped) return controller.enqueue(bytes);
        controller.error(new ClosedError("the connection broke"));
        void transport.close();
      },
    }),
  );
  return { ...broken, readable };
}

/** Breaks the first connections when they get to this word of the client's. */
function breaking(connections: number, word = "MAIL FROM"): NonNullable<SiteOptions["between"]> {
  return (transport, connection) => {
    if (connection > connections) return transport;
    const writer = transport.writable.getWriter();
    const writable = new WritableStream<Uint8Array>({
      async write(bytes) {
        if (!Buffer.from(bytes).includes(word)) return writer.write(bytes);
        await transport.close();
        throw new ClosedError("the connection broke");
      },
      close: () => writer.close(),
    });
    return { ...transport, writable };
  };
}

for (const [what, connections, expected] of [
  ["is tried over another connection", 2, "ok"],
  ["is tried so often, and no more", 99, "closed mail none retryable"],
] as const)
  test(`a message whose connection breaks before its end ${what}`, async () => {
    const clock = new VirtualClock();
    const { kept, handlers } = keeper();
    const site = new Site({ handlers, between: breaking(connections) });
    await using mails = at(site, { clock, pipelining: false, retry: { attempts: 3 } });
    const results = await clock.until(collected(mails.sendMany([numbered(1)])));
    assert.deepEqual(results.map(told), [expected]);
    assert.deepEqual([kept.length, site.asked], [expected === "ok" ? 1 : 0, 3]);
  });

test("what breaks every connection that it comes to takes nothing else with it", async () => {
  const clock = new VirtualClock();
  const { kept, handlers } = keeper();
  const site = new Site({ handlers, between: breaking(99, "poison@example.org") });
  await using mails = at(site, { clock, size: 1, pipelining: false, retry: { attempts: 3 } });
  const messages = [...first(9)];
  messages.splice(2, 0, mail("poison", "poison@example.org"));
  const results = await clock.until(collected(mails.sendMany(messages)));
  assert.deepEqual(
    results.map(({ ok }) => ok),
    messages.map((_, index) => index !== 2),
  );
  assert.equal(kept.length, 9);
});

test("a server that greets and leaves is tried so often, and no more", async () => {
  const clock = new VirtualClock();
  const between: SiteOptions["between"] = (transport) => tapped(transport, { read: leaving(), write() {} });
  const leaving = () => {
    let over = false;
    return (text: string, drop: () => void): void => {
      if (over) drop();
      over ||= /^250 /m.test(text);
    };
  };
  const site = new Site({ between });
  await using mails = at(site, { clock, pipelining: false, size: 1, retry: { attempts: 3 } });
  const results = await clock.until(collected(mails.sendMany(first(3))));
  for (const result of results) assert.match(told(result), /^closed (mail|ready|connect) none retryable$/);
  assert.ok(site.asked <= 9, `${site.asked}`);
});

for (const [what, message] of [
  ["text", { from: "ann@example.com", to: "bob@example.org", subject: "1", text: "body" }],
  ["a string", numbered(1)],
  ["octets", { ...numbered(1), raw: new TextEncoder().encode(numbered(1).raw as string) }],
] as [string, Message | RawMessage][])
  test(`${what} can be sent again`, async () => {
    const clock = new VirtualClock();
    const site = new Site({ between: breaking(1) });
    await using mails = at(site, { clock, pipelining: false });
    const receipt = await clock.until(mails.send(message));
    assert.equal(receipt.accepted.length, 1);
    assert.equal(site.asked, 2);
  });

const source = async function* (): AsyncGenerator<string> {
  yield numbered(1).raw as string;
};

for (const [what, make] of [
  ["a stream", () => new Response(numbered(1).raw as string).body!],
  ["an async iterable", source],
] as [string, () => RawMessage["raw"]][]) {
  test(`${what} that was read from cannot be sent again, and says so by its error`, async () => {
    const site = new Site({ between: breaking(1) });
    await using mails = at(site, { pipelining: false });
    const error = await rejection(mails.send({ ...numbered(1), raw: make() }));
    assert.equal(summary(error as SmtpError), "closed mail none retryable");
    assert.equal(site.asked, 1);
  });

  test(`${what} that nobody has read from waits for a connection`, async () => {
    const clock = new VirtualClock();
    const { kept, handlers } = keeper();
    const site = new Site({ handlers, before: (connection) => (connection < 3 ? refused() : undefined) });
    await using mails = at(site, { clock });
    await clock.until(mails.send({ ...numbered(1), raw: make() }));
    assert.equal(kept[0]!.content, numbered(1).raw);
  });
}

test("a message that cannot be sent as it is hurts no other", async () => {
  const site = new Site();
  await using mails = at(site, { size: 1 });
  const results = await collected(
    mails.sendMany([numbered(1), mail("x", "no address"), null as never, numbered(2)]),
  );
  assert.deepEqual(results.map(told), ["ok", "input mail none", "input mail none", "ok"]);
  assert.ok(!results[1]!.ok && (results[1]!.message as RawMessage).envelope.to === "no address");
  assert.equal(site.asked, 1);
});

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
