/** What a pool sends again, when, how often, and what it never does. */
import assert from "node:assert/strict";
import test from "node:test";

import { ClosedError, InputError, Refuse, ReplyError, SmtpError, TlsError } from "edgepost";
import type { ContentSource, Draft, RawMessage, Transport } from "edgepost";

import { settled, VirtualClock } from "../support/clock.js";
import { faulty } from "../support/faults.js";
import { at, collected, first, numbered, refused, Site, summary, told } from "./site.js";
import type { SiteOptions } from "./site.js";
import { keeper, loaded, mail, rejection } from "./support.js";

test.before(loaded);

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

// covers: RFC 1047 client
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

const draft = (content: ContentSource): Draft => ({
  from: "ann@example.com",
  to: "bob@example.org",
  attachments: [{ content }],
});

for (const [what, message] of [
  ["text", { from: "ann@example.com", to: "bob@example.org", subject: "1", text: "body" }],
  ["an attachment in memory", draft("attached")],
  ["an attachment in a Blob", draft(new Blob(["attached"]))],
  ["a string", numbered(1)],
  ["octets", { ...numbered(1), raw: new TextEncoder().encode(numbered(1).raw as string) }],
] as [string, Draft | RawMessage][])
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

  test(`${what} that is attached cannot be sent again either`, async () => {
    const site = new Site({ between: breaking(1) });
    await using mails = at(site, { pipelining: false });
    const error = await rejection(mails.send(draft(make() as ContentSource)));
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
