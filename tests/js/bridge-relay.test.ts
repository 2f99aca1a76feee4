/** One connection through the bridge, in memory and in virtual time: what is let through, what is held, and how it ends. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { loopback } from "edgepost";
import type { Transport } from "edgepost";

import { TlsError } from "../../js/errors.js";
import { settingsOf } from "../../js/bridge/options.js";
import type { BridgeOptions } from "../../js/bridge/options.js";
import { CLOSE } from "../../js/bridge/protocol.js";
import { Relay } from "../../js/bridge/relay.js";
import type { Ending, Near } from "../../js/bridge/relay.js";
import { met, settled, VirtualClock } from "../support/clock.js";

const WINDOW = 256 * 1024;

/** A WebSocket in the hands of the test. */
class Client implements Near {
  readonly texts: string[] = [];
  octets = 0;
  closed: { code: number; reason: string } | undefined;
  destroyed = false;
  paused = false;
  pings = 0;
  /** What settles when the client takes it. */
  readonly waiting: (() => void)[] = [];
  /** Whether it takes what it is sent. */
  takes = true;

  send(message: Uint8Array | string): Promise<void> {
    if (typeof message === "string") this.texts.push(message);
    else this.octets += message.length;
    return this.takes ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }
  destroy(): void {
    this.destroyed = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  ping(): void {
    this.pings++;
  }
}

interface Bridged {
  client: Client;
  server: Transport;
  relay: Relay;
  clock: VirtualClock;
  endings: Ending[];
}

async function bridged(options: Partial<BridgeOptions> & { plain?: boolean } = {}): Promise<Bridged> {
  const { plain = false, ...rest } = options;
  const [near, server] = loopback();
  const [client, clock, endings] = [new Client(), new VirtualClock(), [] as Ending[]];
  const settings = settingsOf({ allow: [], ...rest });
  const relay = new Relay(client, {
    settings,
    clock,
    controlled: !plain,
    ended: (ending) => void endings.push(ending),
  });
  await relay.connect(async () => near);
  return { client, server, relay, clock, endings };
}

const zeros = (octets: number): Uint8Array => new Uint8Array(octets);

test("a client hears that the server is reached, and how much it may send", async () => {
  const { client } = await bridged();
  assert.deepEqual(client.texts, ["ready", `credit ${WINDOW}`]);
});

test("a client of the plain kind hears nothing, and is not heard before the server is reached", async () => {
  const client = new Client();
  const settings = settingsOf({ allow: [] });
  const relay = new Relay(client, {
    settings,
    clock: new VirtualClock(),
    controlled: false,
    ended: () => {},
  });
  assert.equal(client.paused, true);
  await relay.connect(async () => loopback()[0]);
  assert.deepEqual([client.paused, client.texts], [false, []]);
});

test("octets go both ways, in order", async () => {
  const { client, server, relay } = await bridged();
  const reader = server.readable.getReader();
  relay.message(new TextEncoder().encode("EHLO "));
  relay.message(new TextEncoder().encode("client\r\n"));
  let heard = "";
  while (heard.length < 13) heard += new TextDecoder().decode((await reader.read()).value);
  assert.equal(heard, "EHLO client\r\n");
  relay.message("credit 100");
  void server.writable.getWriter().write(zeros(70));
  await met(() => client.octets === 70);
});

test("a client gets no more than it has asked for", async () => {
  const { client, server, relay } = await bridged();
  void server.writable
    .getWriter()
    .write(zeros(1000))
    .catch(() => {});
  await settled();
  assert.equal(client.octets, 0);
  relay.message("credit 300");
  await settled();
  assert.equal(client.octets, 300);
  relay.message("credit 10000");
  await met(() => client.octets === 1000);
});

test("a client that is slow makes the server wait: no more than a window and a piece is held", async () => {
  const { client, server, relay } = await bridged({ plain: true });
  client.takes = false;
  const writer = server.writable.getWriter();
  let written = 0;
  void (async () => {
    for (;;) {
      await writer.write(zeros(64 * 1024));
      written += 64 * 1024;
    }
  })().catch(() => {});
  await settled();
  await settled();
  const held = relay.buffered;
  assert.ok(held >= WINDOW && held <= WINDOW + 64 * 1024, String(held));
  const before = written;
  await settled();
  assert.equal(written, before);
  client.takes = true;
  for (const take of client.waiting.splice(0)) take();
  await met(() => written > 4 * WINDOW);
});

test("a server that is slow makes the client wait: credit comes when something was taken", async () => {
  const { client, server, relay } = await bridged();
  for (let sent = 0; sent < WINDOW; sent += 65536) relay.message(zeros(65536));
  await settled();
  assert.equal(relay.buffered, WINDOW);
  assert.equal(client.texts.length, 2);
  const reader = server.readable.getReader();
  for (let read = 0; read < WINDOW;) read += (await reader.read()).value!.length;
  await met(() => client.texts.length > 2);
  await met(() => relay.buffered === 0);
});

test("a client of the plain kind is paused instead", async () => {
  const { client, server, relay } = await bridged({ plain: true });
  for (let sent = 0; sent < WINDOW; sent += 65536) relay.message(zeros(65536));
  assert.equal(client.paused, true);
  const reader = server.readable.getReader();
  for (let read = 0; read < WINDOW;) read += (await reader.read()).value!.length;
  await met(() => !client.paused);
});

test("many small messages make a client wait, too", async () => {
  const { client, relay } = await bridged();
  for (let sent = 0; sent < 1024; sent++) relay.message(zeros(1));
  assert.equal(client.paused, true);
});

for (const [what, messages, code] of [
  ["more than there was credit for", [zeros(WINDOW), zeros(1)], CLOSE.flow],
  ["octets after the end", ["end", zeros(1)], CLOSE.flow],
  ["a second end", ["end", "end"], CLOSE.flow],
  ["text that is none of ours", ["EHLO client"], CLOSE.garbled],
  ["the bridge's own text", ["ready"], CLOSE.garbled],
] as [string, (string | Uint8Array)[], number][])
  test(`${what}: the connection is closed with ${code}`, async () => {
    const { client, relay, endings, clock } = await bridged();
    for (const message of messages) relay.message(message);
    assert.equal(client.closed!.code, code);
    assert.equal(endings.length, 1);
    await clock.advance(1000);
    assert.equal(client.destroyed, true);
  });

test("text of a client of the plain kind: the connection is closed", async () => {
  const { client, relay } = await bridged({ plain: true });
  relay.message("credit 1");
  assert.equal(client.closed!.code, CLOSE.garbled);
});

test("the server hears the end of a client's side, and may go on", async () => {
  const { client, server, relay } = await bridged();
  relay.message("credit 100");
  relay.message(zeros(3));
  relay.message("end");
  assert.equal((await new Response(server.readable).arrayBuffer()).byteLength, 3);
  const writer = server.writable.getWriter();
  await writer.write(zeros(5));
  await writer.close();
  await met(() => client.closed !== undefined);
  assert.deepEqual([client.octets, client.closed!.code], [5, CLOSE.ended]);
});

test("what the server has said before it closes reaches the client, when that asks for it", async () => {
  const { client, server, relay, endings } = await bridged();
  const writer = server.writable.getWriter();
  void writer.write(zeros(10));
  void writer.close();
  relay.message("credit 4");
  await met(() => client.octets === 4);
  assert.equal(client.closed, undefined);
  relay.message("credit 6");
  await met(() => client.closed !== undefined);
  assert.deepEqual([client.octets, client.closed!.code], [10, CLOSE.ended]);
  assert.deepEqual([endings[0]!.received, endings[0]!.sent], [10, 0]);
});

test("a server that is lost: the client is told, the log more", async () => {
  const { client, server, relay, endings } = await bridged();
  relay.message("credit 100");
  void server.writable.abort(new Error("reset"));
  await met(() => client.closed !== undefined);
  assert.deepEqual(client.closed, { code: CLOSE.lost, reason: "the connection to the server was lost" });
  assert.match(endings[0]!.reason, /^the connection to the server was lost \(.+\)$/);
});

test("a client that goes: the server gets what was sent, then the end", async () => {
  const { server, relay, endings } = await bridged();
  relay.message(zeros(7));
  relay.gone("the client was lost");
  assert.equal((await new Response(server.readable).arrayBuffer()).byteLength, 7);
  assert.deepEqual(
    endings.map(({ reason, code }) => [reason, code]),
    [["the client was lost", undefined]],
  );
});

test("nothing for too long: the connection is closed", async () => {
  const { client, clock, relay } = await bridged({ timeouts: { idle: 1000, ping: 1e9 } });
  await clock.advance(999);
  relay.message("credit 1");
  assert.equal(client.closed, undefined);
  await clock.advance(1);
  assert.equal(client.closed!.code, CLOSE.idle);
});

test("octets keep a connection open, but not for ever", async () => {
  const { client, clock, relay, server } = await bridged({
    timeouts: { idle: 1000, total: 3000, ping: 1e9 },
  });
  void new Response(server.readable).arrayBuffer().catch(() => {});
  for (let at = 0; at < 2700; at += 900) {
    relay.message(zeros(1));
    await clock.advance(900);
  }
  assert.equal(client.closed, undefined);
  relay.message(zeros(1));
  await clock.advance(300);
  assert.equal(client.closed!.code, CLOSE.total);
});

test("a client that does not answer is given up; one that does is not", async () => {
  const { client, clock, relay, endings } = await bridged({ timeouts: { ping: 1000 } });
  await clock.advance(1000);
  assert.equal(client.pings, 1);
  relay.alive();
  await clock.advance(1000);
  assert.deepEqual([client.pings, client.destroyed], [2, false]);
  await clock.advance(1000);
  assert.equal(client.destroyed, true);
  assert.equal(endings[0]!.reason, "the client does not answer any more");
});

test("as many octets as one connection may carry: it is closed", async () => {
  const { client, relay, server } = await bridged({ limits: { octets: 100 } });
  void new Response(server.readable).arrayBuffer().catch(() => {});
  relay.message(zeros(100));
  assert.equal(client.closed, undefined);
  relay.message(zeros(1));
  assert.equal(client.closed!.code, CLOSE.octets);
});

for (const [what, error, code, words] of [
  [
    "cannot be reached",
    new Error("ECONNREFUSED 10.0.0.1"),
    CLOSE.unreachable,
    "the server cannot be reached",
  ],
  ["has another certificate", new TlsError("it has expired"), CLOSE.tls, "it has expired"],
] as const)
  test(`a server that ${what}: the client is told why, and no more`, async () => {
    const client = new Client();
    const endings: Ending[] = [];
    const relay = new Relay(client, {
      settings: settingsOf({ allow: [] }),
      clock: new VirtualClock(),
      controlled: true,
      ended: (ending) => void endings.push(ending),
    });
    await relay.connect(() => Promise.reject(error));
    assert.deepEqual(client.closed, { code, reason: words });
    assert.ok(endings[0]!.reason.includes(error.message));
  });

test("a server that takes too long to reach: it is given up", async () => {
  const client = new Client();
  const clock = new VirtualClock();
  const relay = new Relay(client, {
    settings: settingsOf({ allow: [], timeouts: { connect: 500 } }),
    clock,
    controlled: true,
    ended: () => {},
  });
  let given = false;
  void relay.connect(
    (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          given = true;
          reject(signal.reason);
        }),
      ),
  );
  await clock.advance(500);
  assert.deepEqual([client.closed!.code, given], [CLOSE.late, true]);
});

test("a bridge that goes away says so", async () => {
  const { client, relay, server } = await bridged();
  relay.leave();
  assert.equal(client.closed!.code, CLOSE.leaving);
  assert.equal((await server.readable.getReader().read()).done, true);
});
