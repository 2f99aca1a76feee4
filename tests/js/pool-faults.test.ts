/**
 * A pool whose connections break anywhere, again and again: every message has exactly one result, the result is true,
 * and nothing is sent twice that may have been taken (RFC 1047).
 */
import assert from "node:assert/strict";
import test from "node:test";

import { ClosedError, pool, Refuse } from "edgepost";
import type { PoolOptions, RawMessage, SendResult, ServerHandlers } from "edgepost";

import { VirtualClock } from "../support/clock.js";
import { faulty, numbers } from "../support/faults.js";
import { Site } from "./site.js";
import { mail } from "./support.js";

const SEEDS = 25;
const MESSAGES = 50;

const LAST_LINE = /the last line of (\d+)\r\n/g;
const subjectOf = (text: string): number => Number(/^Subject: (\d+)\r$/m.exec(text)![1]);

/** What may happen, all of it at random but the same every time. */
class Chance {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = numbers(seed);
  }

  /** Whether something happens that happens in so many of a hundred cases. */
  in100(cases: number): boolean {
    return this.next() * 100 < cases;
  }

  /** A whole number from 1 to `most`. */
  upTo(most: number): number {
    return 1 + Math.floor(this.next() * most);
  }
}

function message(index: number, chance: Chance): RawMessage {
  const filler = "a line of content\r\n".repeat(chance.in100(10) ? 5_000 : chance.upTo(20));
  const head = `Message-ID: <${index}@example.com>\r\nSubject: ${index}\r\n\r\n`;
  return mail(`${head}${filler}the last line of ${index}\r\n`);
}

/** A server that keeps what it gets and, if it is to, refuses some of it or goes away with 421. */
function handlers(chance: Chance, refusing: boolean, stored: Map<number, number>): ServerHandlers {
  const perhaps = (): void => {
    if (!refusing) return;
    if (chance.in100(3)) throw new Refuse({ code: 421, enhanced: "4.3.2", text: "shutting down" });
    if (chance.in100(3)) throw new Refuse({ code: 451, enhanced: "4.7.1", text: "not now" });
    if (chance.in100(2)) throw new Refuse({ code: 550, enhanced: "5.7.1", text: "never" });
  };
  return {
    onMail: perhaps,
    onRcpt: perhaps,
    async onMessage(content) {
      const index = subjectOf(await new Response(content).text());
      perhaps();
      stored.set(index, (stored.get(index) ?? 0) + 1);
    },
  };
}

// covers: RFC 1047 client
for (const refusing of [false, true])
  test(`connections that break anywhere${refusing ? ", over a server that refuses some" : ""}`, async () => {
    for (let seed = 0; seed < SEEDS; seed++) await play(seed, refusing);
  });

// covers: RFC 1047 client
for (const direction of ["written", "read"] as const)
  test(`a connection that breaks after each octet that is ${direction}`, async () => {
    for (let octets = 1, broke = true; broke; octets++) broke = await cut(direction, octets);
  });

/** Breaks the first connection there, and says whether it came to that. */
async function cut(direction: "written" | "read", octets: number): Promise<boolean> {
  const stored: string[] = [];
  const site = new Site({
    handlers: {
      async onMessage(content) {
        stored.push(await new Response(content).text());
      },
    },
    between: (transport, connection) =>
      connection === 1 ? faulty(transport, { [direction]: octets }) : transport,
  });
  const clock = new VirtualClock();
  const mails = pool(site, { tls: "off", name: "client.test", size: 1, clock });
  const results: SendResult[] = [];
  const sending = (async () => {
    for await (const result of mails.sendMany([mail("one\r\n"), mail("two\r\n")])) results.push(result);
  })();
  await clock.until(sending);
  const broke = site.asked > 1 || results.some(({ ok }) => !ok);
  await clock.until(mails.close());
  await clock.until(site.over());
  for (const [index, text] of ["one\r\n", "two\r\n"].entries()) {
    const copies = stored.filter((copy) => copy === text).length;
    const result = results[index]!;
    const what = `message ${index}, ${octets} octets ${direction}`;
    if (result.ok) assert.equal(copies, 1, what);
    else assert.ok(result.error.delivery === "uncertain" && copies <= 1, `${what}: ${result.error.message}`);
  }
  return broke;
}

async function play(seed: number, refusing: boolean): Promise<void> {
  const chance = new Chance(seed * 2 + Number(refusing));
  const stored = new Map<number, number>();
  /** What the client has written over each connection. */
  const written: string[] = [];
  const site = new Site({
    handlers: handlers(chance, refusing, stored),
    before() {
      if (chance.in100(10)) throw new ClosedError("nobody there");
    },
    between(transport, connection) {
      const fault = {
        ...(chance.in100(30) && { written: chance.upTo(chance.in100(50) ? 20_000 : 500) }),
        ...(chance.in100(30) && { read: chance.upTo(3_000) }),
      };
      written[connection] = "";
      const seen = (bytes: Uint8Array): void =>
        void (written[connection] += Buffer.from(bytes).toString("latin1"));
      return faulty(transport, fault, seen);
    },
  });
  const clock = new VirtualClock();
  const options: PoolOptions = {
    tls: "off",
    name: "client.test",
    clock,
    size: chance.upTo(4),
    window: chance.upTo(MESSAGES),
    perConnection: chance.upTo(60),
    pipelining: chance.in100(75),
    chunking: chance.in100(75),
    ...(chance.in100(30) && { rate: chance.upTo(20) }),
    retry: { attempts: chance.upTo(6) },
  };
  const mails = pool(site, options);
  const messages = Array.from({ length: MESSAGES }, (_, index) => message(index, chance));
  const results: SendResult[] = [];
  const sending = (async () => {
    for await (const result of mails.sendMany(messages)) results.push(result);
  })();
  await clock.until(sending);
  await clock.until(mails.close());
  await clock.until(site.over());

  const sent = new Map<number, number>();
  for (const text of written)
    for (const [, index] of text?.matchAll(LAST_LINE) ?? [])
      sent.set(Number(index), (sent.get(Number(index)) ?? 0) + 1);

  assert.equal(results.length, MESSAGES, `seed ${seed}`);
  for (const [index, result] of results.entries()) {
    const copies = stored.get(index) ?? 0;
    const what = `message ${index} of seed ${seed}, of which ${copies} copies are there`;
    if (result.ok) {
      assert.equal(result.receipt.messageId, `<${index}@example.com>`, what);
      assert.equal(copies, 1, what);
    } else {
      const { code, delivery } = result.error;
      assert.equal(result.message, messages[index], what);
      assert.ok(delivery === "none" ? copies === 0 : copies <= 1, `${what}: ${code}, ${delivery}`);
      if (!refusing) assert.ok(code === "closed", `${what}: ${code}`);
    }
    // Without a reply that says no, a message whose end went out is never begun again.
    if (!refusing) assert.ok((sent.get(index) ?? 0) <= 1, `${what} was sent ${sent.get(index)} times`);
  }
  assert.ok(site.most <= options.size!, `seed ${seed}: ${site.most} connections`);
}
