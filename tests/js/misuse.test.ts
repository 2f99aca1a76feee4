/** Callers that are wrong about types: every mistake is an error of ours, nothing stays open, and nobody waits for ever. */
import assert from "node:assert/strict";
import test from "node:test";

import { connect, InputError, loopback, pool, SmtpError } from "edgepost";
import type { RawMessage, Transport } from "edgepost";
import { tcp } from "edgepost/node";

import { Site } from "./site.js";
import { gate, joined, keeper, mail, rejection } from "./support.js";

const RAW = "Subject: x\r\n\r\nx\r\n";

for (const [what, target] of [
  ["nothing", undefined],
  ["null", null],
  ["a host", "mx.example"],
  ["a number", 25],
  ["a host and a port", { host: "mx.example", port: 25 }],
  ["a connector that cannot open", { open: 5 }],
  ["a connector that gives nothing", { open: () => undefined }],
  ["a connector that gives no transport", { open: () => ({}) }],
  ["a transport without streams", { close: () => Promise.resolve() }],
] as [string, unknown][])
  test(`connect to ${what} is an InputError`, async () => {
    const error = await rejection(connect(target as Transport, { tls: "off" }));
    assert.ok(error instanceof InputError, String(error));
  });

for (const options of [
  null,
  { nme: "x" },
  { name: "a b" },
  { tls: "implicit" },
  { auth: { user: "ann" } },
  { signal: {} },
  { signal: AbortSignal.abort() },
  { proxy: {} },
  { timeouts: { ehlo: NaN } },
  JSON.parse('{"__proto__":{"tls":"off"}}') as object,
])
  test(`a transport is closed when the options are ${JSON.stringify(options)}`, async () => {
    const [client, server] = loopback();
    let closed = 0;
    const close = (): Promise<void> => (closed++, client.close());
    const error = await rejection(connect({ ...client, close }, options as object));
    assert.ok(error instanceof SmtpError, String(error));
    assert.equal(closed, 1);
    await server.close();
  });

test("what an object of options inherits is no option", async () => {
  const { smtp } = await joined({ connect: Object.create({ signal: 5 }) as object });
  await smtp.close();
});

test("pool, tcp and what a session is asked for name what is wrong", async () => {
  const { smtp } = await joined();
  const calls: [() => unknown, string?][] = [
    [() => pool(new Site(), null as never)],
    [() => tcp(undefined as never)],
    [() => tcp(null as never)],
    [() => smtp.sendMany(null as never), "messages"],
    [() => smtp.sendMany({ [Symbol.iterator]: 5 } as never), "messages"],
    [() => smtp.vrfy(5 as never), "argument"],
    [() => smtp.expn({} as never), "argument"],
    [() => smtp.etrn(null as never), "argument"],
    [() => smtp.help([] as never), "argument"],
    [() => smtp.send({ from: "a@x.test", to: "b@x.test", envelope: 5 } as never), "envelope"],
    [() => smtp.send({ from: "a@x.test", to: "b@x.test", envelope: "x" } as never), "envelope"],
  ];
  for (const [call, field] of calls) {
    const error = await rejection((async () => call())());
    assert.ok(error instanceof InputError, `${call.toString()}: ${String(error)}`);
    if (field !== undefined) assert.equal(error.field, field);
  }
  await smtp.send(mail(RAW));
  await smtp.close();
});

/** An iterable that gives so many messages, and then this. */
function thenThis(messages: number, then: () => unknown): AsyncIterable<RawMessage> {
  const next = (): unknown => (messages-- > 0 ? Promise.resolve({ done: false, value: mail(RAW) }) : then());
  return { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<RawMessage>;
}

for (const [what, then] of [
  [
    "throws",
    () => {
      throw new Error("no more");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no more"))],
  ["gives nothing at all", () => Promise.resolve(undefined)],
] as [string, () => unknown][])
  for (const messages of [0, 3])
    test(`input of sendMany that ${what} after ${messages} messages`, { timeout: 10_000 }, async () => {
      const { kept, handlers } = keeper();
      const { smtp } = await joined({ handlers });
      const results: boolean[] = [];
      await assert.rejects(async () => {
        for await (const { ok } of smtp.sendMany(thenThis(messages, then))) results.push(ok);
      });
      assert.deepEqual(results, Array(messages).fill(true));
      assert.equal(kept.length, messages);
      await smtp.close();
    });

/** Content that gives this much and then fails, or stalls; letting it go throws. */
function tenacious(octets: number, then: () => Promise<never>): AsyncIterable<string> {
  const next = (): Promise<IteratorResult<string>> => {
    if (octets <= 0) return then();
    octets -= 3;
    return Promise.resolve({ done: false, value: "a\r\n" });
  };
  const letGo = (): never => {
    throw new Error("it will not go");
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: letGo }) };
}

for (const [what, octets, then] of [
  ["fails at once", 0, () => Promise.reject(new Error("broken"))],
  ["fails later", 200_000, () => Promise.reject(new Error("broken"))],
  ["stalls", 0, () => gate<never>().opened],
] as [string, number, () => Promise<never>][])
  test(`a source that ${what} and cannot be let go`, { timeout: 10_000 }, async () => {
    const { kept, handlers } = keeper();
    const { smtp } = await joined({ handlers, connect: { timeouts: { content: 200 } } });
    const envelope = { from: "ann@example.com", to: "bob@example.org" };
    const failed = rejection(smtp.send({ envelope, raw: tenacious(octets, then) }));
    const sent = smtp.send(mail(RAW));
    assert.ok((await failed) instanceof SmtpError);
    await sent;
    await smtp.close();
    assert.equal(kept.length, 1);
  });

test("a source that gives nothing, for ever, is given up", { timeout: 10_000 }, async () => {
  const { smtp } = await joined({ connect: { timeouts: { content: 200 } } });
  let gone = false;
  async function* nothing(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(0);
    } finally {
      gone = true;
    }
  }
  const envelope = { from: "ann@example.com", to: "bob@example.org" };
  const error = await rejection(smtp.send({ envelope, raw: nothing() }));
  assert.ok(error instanceof SmtpError && error.code === "timeout", String(error));
  await smtp.send(mail(RAW));
  await smtp.close();
  assert.ok(gone);
});

test("a message that is given up at once lets its stream go, whatever its envelope asks", async () => {
  const { smtp } = await joined();
  const gone = gate();
  const raw = new ReadableStream<Uint8Array>({ pull: () => gate<void>().opened, cancel: () => gone.open() });
  const giveUp = new AbortController();
  const envelope = { from: "ann@example.com", to: "bob@example.org", params: [] };
  const failed = rejection(smtp.send({ envelope, raw }, { signal: giveUp.signal }));
  await Promise.resolve();
  giveUp.abort();
  assert.ok((await failed) instanceof SmtpError);
  await gone.opened;
  await smtp.close();
});
