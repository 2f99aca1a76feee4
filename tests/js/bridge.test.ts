/** The bridge on Node, over loopback: sessions through it, and everybody who is turned away while others are served. */

import assert from "node:assert/strict";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";

import { connect, serve } from "edgepost";
import type { ConnectOptions, RawMessage, Smtp, SmtpError } from "edgepost";
import { mintToken, startBridge } from "edgepost/bridge";
import type { BridgeLog, NodeBridgeOptions, RunningBridge } from "edgepost/bridge";
import { listen } from "edgepost/node";
import type { Listener, ListenOptions } from "edgepost/node";
import { websocket } from "edgepost/websocket";
import type { WebSocketOptions } from "edgepost/websocket";
import { WebSocket } from "ws";

import { certificates, type Certificates } from "../support/certificates.js";
import { met } from "../support/clock.js";
import { temporary, type Temporary } from "../support/temporary.js";
import { keeper, mail, rejection } from "./support.js";

const KEY = "0123456789abcdef0123456789abcdef";

let directory: Temporary;
let made: Certificates;
before(async () => {
  directory = await temporary();
  made = await certificates(directory.path);
});
after(() => directory.remove());

/** An SMTP server, and a bridge that reaches it by the name `localhost`. */
class Site implements AsyncDisposable {
  readonly log: BridgeLog[] = [];
  readonly kept = keeper();
  private constructor(
    readonly listener: Listener,
    public bridge: RunningBridge,
  ) {}

  static async open(
    options: Partial<NodeBridgeOptions> = {},
    listening: Partial<ListenOptions> = {},
  ): Promise<Site> {
    const listener = listen({ port: 0, host: "127.0.0.1", ...listening });
    await listener.ready;
    const site = new Site(listener, undefined as never);
    void (async () => {
      for await (const transport of listener) void serve(transport, site.kept.handlers, { auth: {} });
    })();
    site.bridge = await startBridge({
      allow: [`localhost:${listener.port}`],
      log: (entry) => void site.log.push(entry),
      ...options,
    });
    return site;
  }

  smtp(options: Partial<WebSocketOptions> = {}, session: ConnectOptions = {}): Promise<Smtp> {
    const target = { url: this.bridge.url, host: "localhost", port: this.listener.port, WebSocket };
    return connect(websocket({ ...target, ...options }), { name: "client.test", tls: "off", ...session });
  }

  /** The bridge still serves others. */
  async serves(localAddress = "127.0.0.1"): Promise<void> {
    const smtp = await this.smtp({ WebSocket: calling({ localAddress }) });
    await smtp.send(mail("Subject: x\r\n\r\nx\r\n"));
    await smtp.close();
  }

  /** A WebSocket of the plain kind, to this server. */
  raw(options: ConstructorParameters<typeof WebSocket>[2] = {}, protocols: string[] = ["binary"]): WebSocket {
    const socket = new WebSocket(
      `${this.bridge.url}?host=localhost&port=${this.listener.port}`,
      protocols,
      options,
    );
    socket.on("error", () => {});
    return socket;
  }

  ended(reason: RegExp): boolean {
    return this.log.some((entry) => entry.event !== "open" && reason.test(entry.reason));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bridge.close();
    await this.listener.close();
  }
}

/** A WebSocket with options that a page does not have. */
const calling = (
  options: ConstructorParameters<typeof WebSocket>[2],
): NonNullable<WebSocketOptions["WebSocket"]> =>
  class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, options);
    }
  };

const failure = (promise: Promise<unknown>): Promise<SmtpError & { field?: string }> =>
  rejection(promise) as Promise<SmtpError & { field?: string }>;

const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once("close", (code) => resolve(code)));

/** Octets of lines. */
function lines(octets: number): RawMessage {
  const content = Buffer.alloc(octets, `${"x".repeat(70)}\r\n`);
  return mail(`Subject: large\r\n\r\n${content.toString("latin1")}\r\n`);
}

describe("through the bridge", () => {
  test("a message arrives, and the log has a line for the beginning and one for the end", async () => {
    await using site = await Site.open();
    const smtp = await site.smtp();
    assert.equal(smtp.secure, false);
    const { reply } = await smtp.send(mail("Subject: x\r\n\r\nhello\r\n"));
    await smtp.close();
    assert.equal(reply.code, 250);
    assert.match(site.kept.kept[0]!.content, /hello/);
    await met(() => site.log.length === 2);
    assert.deepEqual(
      site.log.map(({ event, reason, code }) => [event, reason, code]),
      [
        ["open", "connected to 127.0.0.1", undefined],
        ["end", "the server has closed the connection", 1000],
      ],
    );
    assert.ok(site.log[1]!.sent! > 100 && site.log[1]!.received! > 100);
    assert.doesNotMatch(JSON.stringify(site.log), /hello|bob@/);
    await met(() => site.bridge.connections === 0);
  });

  test("a message of many windows arrives whole, and the bridge holds little of it", async () => {
    await using site = await Site.open();
    const smtp = await site.smtp();
    let most = 0;
    const sample = setInterval(() => (most = Math.max(most, site.bridge.buffered)), 1);
    const message = lines(8 << 20);
    await smtp.send(message);
    clearInterval(sample);
    assert.equal(site.kept.kept[0]!.content, message.raw);
    assert.ok(most <= 512 * 1024, `${most} octets were held`);
    await smtp.close();
  });

  test("a client that only knows the plain kind is served as well", async () => {
    await using site = await Site.open();
    const Plain = class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(
          url,
          protocols.filter((name) => name !== "edgepost.v1"),
        );
      }
    };
    const smtp = await site.smtp({ WebSocket: Plain });
    const message = lines(2 << 20);
    await smtp.send(message);
    await smtp.close();
    assert.equal(site.kept.kept[0]!.content, message.raw);
  });

  test("TLS with the server is made by the bridge, which checks the certificate", async () => {
    const { cert, key } = made.good;
    await using site = await Site.open({ ca: made.ca }, { tls: { cert, key, implicit: true } });
    const smtp = await site.smtp({ tls: "bridge" }, { tls: "implicit" });
    assert.equal(smtp.secure, true);
    await smtp.send(mail("Subject: x\r\n\r\nx\r\n"));
    await smtp.close();
    assert.equal(site.kept.kept.length, 1);
  });

  for (const bad of ["expired", "wrongName", "unknownCa"] as const)
    test(`a server whose certificate is bad (${bad}) is a TlsError in words`, async () => {
      const { cert, key } = made[bad];
      await using site = await Site.open({ ca: made.ca }, { tls: { cert, key, implicit: true } });
      const error = await failure(site.smtp({ tls: "bridge" }, { tls: "implicit" }));
      assert.deepEqual([error.name, error.stage], ["TlsError", "connect"]);
      assert.match(error.message, /^the bridge says: the server's certificate /);
    });

  test("TLS by the bridge is not made unless it is trusted by name", async () => {
    await using site = await Site.open();
    const error = await failure(site.smtp({}, { tls: "implicit" }));
    assert.equal(error.name, "TlsError");
    assert.match(error.message, /say tls: "bridge" if you trust it/);
  });

  test("the bridge itself may speak wss:", async () => {
    const { cert, key } = made.good;
    await using site = await Site.open({ tls: { cert, key } });
    assert.match(site.bridge.url, /^wss:/);
    const smtp = await site.smtp({ WebSocket: calling({ ca: made.ca }) });
    await smtp.close();
  });
});

describe("destinations", () => {
  test("off the list are refused, with the field that is wrong", async () => {
    await using site = await Site.open();
    const error = await failure(site.smtp({ host: "127.0.0.1" }));
    assert.deepEqual([error.name, error.field, error.retryable], ["InputError", "host", false]);
    assert.match(error.message, /this server is not one that the bridge may reach/);
    await site.serves();
  });

  test("whose names have addresses that are not public are refused, and the addresses told to nobody", async () => {
    const dialled: string[] = [];
    for (const address of [
      "127.0.0.1",
      "10.0.0.1",
      "::ffff:127.0.0.1",
      "64:ff9b::7f00:1",
      "169.254.169.254",
    ]) {
      await using site = await Site.open({
        allow: ["mx.test:25"],
        resolve: async (host) => (dialled.push(host), [address]),
      });
      const error = await failure(site.smtp({ host: "mx.test", port: 25 }));
      assert.deepEqual([error.name, error.field], ["InputError", "host"]);
      assert.doesNotMatch(error.message, /\d+\.\d+/);
      assert.ok(site.ended(/its address is not public/));
    }
    assert.equal(dialled.length, 5);
  });

  test("are resolved once: a resolver that changes its answer changes nothing", async () => {
    const answers = [["127.0.0.1"], ["10.255.255.1"]];
    await using site = await Site.open();
    const { port } = site.listener;
    let asked = 0;
    const bridge = await startBridge({
      allow: [`mx.test:${port}`],
      networks: ["127.0.0.0/8"],
      resolve: async () => answers[asked++]!,
      log: (entry) => void site.log.push(entry),
    });
    const smtp = await site.smtp({ url: bridge.url, host: "mx.test" });
    assert.equal(asked, 1);
    assert.equal(site.log.at(-1)!.reason, "connected to 127.0.0.1");
    const error = await failure(site.smtp({ url: bridge.url, host: "mx.test" }));
    assert.deepEqual([asked, error.name], [2, "InputError"]);
    await smtp.close();
    await bridge.close();
  });

  test("of whose addresses some are public are reached at those only", async () => {
    await using site = await Site.open();
    const bridge = await startBridge({
      allow: [`mx.test:${site.listener.port}`],
      networks: ["127.0.0.1"],
      resolve: async () => ["127.0.0.2", "127.0.0.1"],
      log: (entry) => void site.log.push(entry),
    });
    const smtp = await site.smtp({ url: bridge.url, host: "mx.test" });
    assert.ok(site.log.some(({ reason }) => reason === "connected to 127.0.0.1"));
    await smtp.close();
    await bridge.close();
  });

  test("without an address, or with nobody there, are a ClosedError", async () => {
    await using site = await Site.open({
      allow: ["none.test:25", "localhost:1"],
      resolve: async (host) => {
        if (host === "none.test") throw new Error("ENOTFOUND");
        return ["127.0.0.1"];
      },
    });
    const none = await failure(site.smtp({ host: "none.test", port: 25 }));
    assert.deepEqual([none.name, none.retryable], ["ClosedError", true]);
    assert.match(none.message, /the server's name has no address/);
    const nobody = await failure(site.smtp({ port: 1 }));
    assert.equal(nobody.name, "ClosedError");
    assert.match(nobody.message, /the server cannot be reached/);
    assert.ok(site.ended(/ECONNREFUSED/));
  });

  test("that take too long to reach are a TimeoutError", async () => {
    await using site = await Site.open({
      allow: ["slow.test:25"],
      timeouts: { connect: 20 },
      resolve: () => new Promise(() => {}),
    });
    const error = await failure(site.smtp({ host: "slow.test", port: 25 }));
    assert.equal(error.name, "TimeoutError");
  });
});

describe("who may use it", () => {
  test("pages of other origins are refused with 403, and programs are not", async () => {
    await using site = await Site.open({ origins: ["https://app.example.com"] });
    assert.equal(await status(site.raw({ origin: "https://evil.example" })), 403);
    const socket = site.raw({ origin: "https://app.example.com" });
    await new Promise((resolve) => socket.once("open", resolve));
    socket.close();
    await site.serves();
    assert.ok(site.ended(/pages of this origin/));
  });

  test("a good token opens the way; a new one is asked for each time", async () => {
    await using site = await Site.open({ tokens: { key: KEY } });
    const { port } = site.listener;
    let minted = 0;
    const token = (): Promise<string> => (minted++, mintToken({ key: KEY, host: "localhost", port }));
    const connector = websocket({ url: site.bridge.url, host: "localhost", port, WebSocket, token });
    for (const _ of [1, 2]) await (await connect(connector, { tls: "off" })).close();
    assert.equal(minted, 2);
  });

  test("bad tokens are an InputError that says what to do", async () => {
    await using site = await Site.open({ tokens: { key: KEY } });
    const { port } = site.listener;
    const mint = (more: object): Promise<string> => mintToken({ key: KEY, host: "localhost", port, ...more });
    for (const [token, words] of [
      [await mint({ now: Date.now() - 120_000 }), /expired: ask for a new one/],
      [await mint({ port: port === 1 ? 2 : 1 }), /another server/],
      [await mint({ key: `${KEY}x` }), /not one of this bridge's/],
      ["nonsense", /not one of this bridge's/],
      [undefined, /a token is needed/],
    ] as [string | undefined, RegExp][]) {
      const error = await failure(site.smtp(token === undefined ? {} : { token }));
      assert.deepEqual([error.name, error.field], ["InputError", "token"]);
      assert.match(error.message, words);
    }
    assert.equal(await status(site.raw()), 401);
    assert.doesNotMatch(JSON.stringify(site.log), /eyJ|nonsense/);
  });

  test("more connections than one client may have are refused with 429, more than all with 503", async () => {
    await using site = await Site.open({ limits: { perClient: 2, connections: 3 } });
    const smtps = [await site.smtp(), await site.smtp()];
    assert.equal(await status(site.raw()), 429);
    const error = await failure(site.smtp());
    assert.equal(error.name, "ClosedError");
    assert.match(error.message, /cannot be reached, or refuses/);
    await Promise.all(smtps.map((smtp) => smtp.close()));
    await met(() => site.bridge.connections === 0);
    await site.serves();
  });

  test("behind a proxy, clients are those that the proxy names", async () => {
    await using site = await Site.open({
      limits: { perClient: 1 },
      client: (header, address) => header("x-real-ip") ?? address,
    });
    const first = site.raw({ headers: { "X-Real-IP": "192.0.2.1" } });
    const second = site.raw({ headers: { "X-Real-IP": "192.0.2.2" } });
    await Promise.all(
      [first, second].map((socket) => new Promise((resolve) => socket.once("open", resolve))),
    );
    assert.equal(await status(site.raw({ headers: { "X-Real-IP": "192.0.2.1" } })), 429);
    first.close();
    second.close();
  });

  test("who asks by HTTP is told what this is", async () => {
    await using site = await Site.open();
    const response = await fetch(site.bridge.url.replace("ws:", "http:"));
    assert.deepEqual([response.status, response.headers.get("upgrade")], [426, "websocket"]);
    assert.match(await response.text(), /connect by WebSocket/);
    assert.ok(site.ended(/connect by WebSocket/));
  });

  test("who asks for a WebSocket and means something else is told so, and logged", async () => {
    await using site = await Site.open();
    const request =
      "GET /?host=localhost&port=25 HTTP/1.1\r\nHost: bridge.test\r\nUpgrade: websocket\r\n\r\n";
    const { gone, said } = await bare(site.bridge.port, request);
    await gone;
    assert.match(said(), /^HTTP\/1\.1 426 /);
    assert.ok(site.ended(/^connect by WebSocket$/), JSON.stringify(site.log));
    await site.serves();
  });
});

/** The status that an upgrade was refused with. */
function status(socket: WebSocket): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    socket.once("unexpected-response", (request, response) => {
      response.resume();
      request.destroy();
      resolve(response.statusCode);
    });
    socket.once("open", () => reject(new Error("it was not refused")));
  });
}

/** The request of a WebSocket, by hand. */
const upgrade = (target: string): string =>
  `GET /?${target} HTTP/1.1\r\nHost: bridge.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

async function bare(
  port: number,
  first: string,
): Promise<{ socket: Socket; gone: Promise<void>; said(): string }> {
  const socket = connectSocket({ host: "127.0.0.1", port, allowHalfOpen: true });
  let said = "";
  socket.on("data", (bytes) => (said += bytes.toString("latin1")));
  socket.on("error", () => {});
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.once("end", () => socket.destroy());
  socket.write(first);
  return { socket, gone, said: () => said };
}

describe("who misbehaves is cut off, and others are served meanwhile", () => {
  test("a message that is too large", async () => {
    await using site = await Site.open({ limits: { message: 65536 } });
    const socket = site.raw();
    socket.once("open", () => socket.send(Buffer.alloc(65537)));
    assert.equal(await closed(socket), 1009);
    assert.ok(site.ended(/the client's messages are none: Max payload size exceeded/));
    await site.serves();
  });

  test("text", async () => {
    await using site = await Site.open();
    const socket = site.raw();
    socket.once("open", () => socket.send("EHLO client.test\r\n"));
    assert.equal(await closed(socket), 1003);
    await site.serves();
  });

  test("frames that are not masked", async () => {
    await using site = await Site.open();
    const { socket, gone } = await bare(
      site.bridge.port,
      upgrade(`host=localhost&port=${site.listener.port}`),
    );
    socket.write(Buffer.from([0x82, 1, 65]));
    await gone;
    assert.ok(site.ended(/MASK must be set/));
    await site.serves();
  });

  for (const [what, frames, reason] of [
    ["compressed", [0xc2, 0x81, 0, 0, 0, 0, 65], /RSV1 must be clear/],
    ["of a reserved kind", [0x83, 0x81, 0, 0, 0, 0, 65], /invalid opcode 3/],
    ["continuing nothing", [0x80, 0x81, 0, 0, 0, 0, 65], /invalid opcode 0/],
    ["a ping in fragments", [0x09, 0x81, 0, 0, 0, 0, 65], /FIN must be set/],
    ["a ping that is too long", [0x89, 0xfe, 0, 126, 0, 0, 0, 0], /invalid payload length 126/],
    [
      "of a length that no memory has",
      [0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255],
      /payload length|Max payload/,
    ],
  ] as const)
    test(`frames ${what}`, async () => {
      await using site = await Site.open();
      const request = upgrade(`host=localhost&port=${site.listener.port}`);
      const { socket, gone } = await bare(site.bridge.port, request);
      socket.write(Buffer.from(frames));
      await gone;
      assert.ok(site.ended(reason), JSON.stringify(site.log));
      await site.serves();
    });

  test("a message of a thousand fragments that is too large", async () => {
    await using site = await Site.open({ limits: { message: 65536 } });
    const request = upgrade(`host=localhost&port=${site.listener.port}`);
    const { socket, gone } = await bare(site.bridge.port, request);
    const fragment = (first: number): Buffer =>
      Buffer.concat([Buffer.from([first, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);
    socket.write(fragment(0x02));
    for (let sent = 0; sent < 1000 && !socket.destroyed; sent++) socket.write(fragment(0x00));
    await gone;
    assert.ok(site.ended(/Max payload size exceeded/), JSON.stringify(site.log));
    await site.serves();
  });

  for (const [of, octets] of [
    ["one octet", 1],
    ["none", 0],
  ] as const)
    test(`a message of fragments without end, of ${of} each`, async () => {
      await using site = await Site.open();
      const request = upgrade(`host=localhost&port=${site.listener.port}`);
      const { socket, gone } = await bare(site.bridge.port, request);
      const fragment = (first: number): Buffer =>
        Buffer.from([first, 0x80 | octets, 0, 0, 0, 0, 65].slice(0, 6 + octets));
      socket.write(fragment(0x02));
      for (let sent = 0; sent < 2_000; sent++) socket.write(fragment(0x00));
      await gone;
      assert.ok(site.ended(/Too many message fragments/), JSON.stringify(site.log));
      await site.serves();
    });

  test("compression is not agreed to, whoever offers it", async () => {
    await using site = await Site.open();
    const socket = site.raw({ perMessageDeflate: true });
    await new Promise((resolve) => socket.once("open", resolve));
    assert.equal(socket.extensions, "");
    socket.close();
  });

  test("more than there was credit for", async () => {
    await using site = await Site.open();
    const socket = site.raw({}, ["edgepost.v1"]);
    socket.once("open", () => {
      for (let sent = 0; sent < 1 << 20; sent += 65536) socket.send(Buffer.alloc(65536));
    });
    assert.equal(await closed(socket), 4409);
    await site.serves();
  });

  test("a request that does not come", async () => {
    await using site = await Site.open({ timeouts: { handshake: 50 } });
    const { gone, said } = await bare(site.bridge.port, "GET / HTTP/1.1\r\nHost: ");
    await gone;
    assert.match(said(), /^HTTP\/1\.1 408 /);
    assert.ok(site.ended(/did not come in time/));
    await site.serves();
  });

  test("a request that is none, and one whose header is too long", async () => {
    await using site = await Site.open();
    for (const first of ["EHLO client.test\r\n\r\n", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`]) {
      const { gone, said } = await bare(site.bridge.port, first);
      await gone;
      assert.match(said(), /^HTTP\/1\.1 400 /);
    }
    assert.ok(site.ended(/no request of HTTP/));
    await site.serves();
  });

  test("more connections than one client may open without saying anything", async () => {
    await using site = await Site.open({ limits: { perClient: 2 } });
    const all = await Promise.all(Array.from({ length: 11 }, () => bare(site.bridge.port, "")));
    await met(() => site.ended(/too many connections of one client/));
    await site.serves("127.0.0.2");
    for (const { socket } of all) socket.destroy();
    await Promise.all(all.map(({ gone }) => gone));
  });

  test("a client that is there no more, without a word", async () => {
    await using site = await Site.open({ timeouts: { ping: 20 } });
    const { socket, gone } = await bare(
      site.bridge.port,
      upgrade(`host=localhost&port=${site.listener.port}`),
    );
    socket.pause();
    await met(() => site.ended(/does not answer any more/));
    socket.resume();
    await gone;
    await met(() => site.bridge.connections === 0);
  });

  test("a client that asks for pongs and does not take them: the bridge keeps few", async () => {
    await using site = await Site.open({ timeouts: { ping: 1e6 } });
    const { socket, gone } = await bare(
      site.bridge.port,
      upgrade(`host=localhost&port=${site.listener.port}`),
    );
    await met(() => site.log.some(({ event }) => event === "open"));
    socket.pause();
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const many = Buffer.concat(Array<Buffer>(1000).fill(ping));
    const before = process.memoryUsage().rss;
    for (let sent = 0; sent < 400; sent++) await new Promise((resolve) => socket.write(many, resolve));
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 40 << 20, `${grown} octets more for 50 MB of pings`);
    socket.destroy();
    await gone;
    await site.serves();
  });

  test("a client that does not read: what its server says waits at the server", async () => {
    const { server, port, written } = await talker();
    await using site = await Site.open({ allow: [`localhost:${port}`], timeouts: { idle: 100, ping: 1e6 } });
    const { socket, gone } = await bare(site.bridge.port, upgrade(`host=localhost&port=${port}`));
    socket.pause();
    let most = 0;
    await met(() => ((most = Math.max(most, site.bridge.buffered)), site.ended(/nothing went either way/)));
    assert.ok(most > 0 && most <= 512 * 1024, `${most} octets were held`);
    assert.ok(written() < 64 << 20);
    socket.destroy();
    await gone;
    server.close();
  });
});

/** A server that talks as fast as it can. */
async function talker(): Promise<{
  server: ReturnType<typeof createServer>;
  port: number;
  written: () => number;
}> {
  let written = 0;
  const server = createServer((socket) => {
    const talk = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65536))) written += 65536;
    };
    socket.on("drain", talk).on("error", () => {});
    talk();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port, written: () => written };
}

test("a server that dies in mid-session is a ClosedError", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("220 mx.test\r\n");
    socket.once("data", () => socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await using site = await Site.open({ allow: [`localhost:${port}`] });
  const error = await failure(site.smtp({ port }));
  assert.deepEqual([error.name, error.retryable], ["ClosedError", true]);
  await met(() => site.ended(/the connection to the server was lost/));
  server.close();
});

test("a bridge that is closed lets a session end, and one that does not end is closed", async () => {
  await using site = await Site.open({ timeouts: { close: 200 } });
  const smtp = await site.smtp();
  const idle = await site.smtp();
  const gone = site.bridge.close();
  await smtp.send(mail("Subject: x\r\n\r\nx\r\n"));
  await smtp.close();
  await gone;
  const error = await failure(idle.send(mail("Subject: x\r\n\r\nx\r\n")));
  assert.equal(error.name, "ClosedError");
  assert.ok(site.ended(/shutting down/));
  assert.equal(site.kept.kept.length, 1);
});

test("a signal closes the bridge", async () => {
  const abort = new AbortController();
  await using site = await Site.open({ signal: abort.signal });
  abort.abort();
  await site.bridge.close();
  await assert.rejects(
    new Promise((resolve, reject) => get(site.bridge.url.replace("ws", "http"), resolve).on("error", reject)),
  );
});

test("functions of the host that fail stop nobody", async (t) => {
  const complaints = t.mock.method(console, "error", () => {});
  const fail = (): never => {
    throw new Error("the disk is full");
  };
  await using site = await Site.open({ log: fail, client: fail });
  await site.serves();
  assert.equal(await status(site.raw({ origin: "https://elsewhere.test" })), 403);
  assert.ok(
    complaints.mock.calls.some(({ arguments: [words] }) => /log with has failed/.test(words as string)),
  );
  assert.ok(
    complaints.mock.calls.some(({ arguments: [words] }) => /who its client is/.test(words as string)),
  );
  const slow = async (): Promise<void> => fail();
  await using other = await Site.open({ log: slow as unknown as () => void });
  await other.serves();
});

test(
  "a hundred slow readers take no more memory than their windows, and others are served",
  { timeout: 60_000 },
  async () => {
    const COUNT = 100;
    await using site = await Site.open({ limits: { connections: COUNT + 1, perClient: COUNT + 1 } });
    const flood = createServer((socket) => {
      socket.on("error", () => {});
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65536)));
      };
      socket.on("drain", pour);
      pour();
    });
    await new Promise<void>((resolve) => flood.listen(0, "127.0.0.1", resolve));
    const { port } = flood.address() as AddressInfo;
    await using bridge = await startBridge({
      allow: [`127.0.0.1:${port}`, `localhost:${site.listener.port}`],
      limits: { connections: COUNT + 1, perClient: COUNT + 1 },
    });
    const sockets = await Promise.all(
      Array.from({ length: COUNT }, async () => {
        const { socket, said } = await bare(bridge.port, upgrade(`host=127.0.0.1&port=${port}`));
        socket.pause();
        return { socket, said };
      }),
    );
    await met(() => bridge.connections === COUNT);
    await met(() => bridge.buffered > 0);
    const smtp = await connect(
      websocket({ url: bridge.url, host: "localhost", port: site.listener.port, WebSocket }),
      { name: "client.test", tls: "off" },
    );
    await smtp.send(mail("Subject: x\r\n\r\nx\r\n"));
    await smtp.close();
    // Some 256 KiB each way is what the README says of one connection.
    assert.ok(bridge.buffered <= COUNT * 512 * 1024, `${bridge.buffered}`);
    for (const { socket } of sockets) socket.destroy();
    await met(() => bridge.connections === 0);
    assert.equal(bridge.buffered, 0);
    flood.close();
  },
);

test("a thousand clients at once are served", async () => {
  await using site = await Site.open({ limits: { connections: 1000, perClient: 1000 } });
  const smtps = await Promise.all(Array.from({ length: 1000 }, () => site.smtp()));
  assert.equal(site.bridge.connections, 1000);
  await Promise.all(smtps.map((smtp) => smtp.send(mail("Subject: x\r\n\r\nx\r\n"))));
  await Promise.all(smtps.map((smtp) => smtp.close()));
  assert.equal(site.kept.kept.length, 1000);
  await met(() => site.bridge.connections === 0);
});

for (const [field, options] of [
  ["allow", {}],
  ["allow", { allow: ["*"] }],
  ["limits.message", { allow: [], limits: { message: 1000 } }],
  ["timeouts.idel", { allow: [], timeouts: { idel: 1 } }],
  ["key", { allow: [], tokens: { key: "short" } }],
  ["tls", { allow: [], tls: { cert: "x", key: "y" } }],
] as const)
  test(`a wrong ${field} is an InputError`, () =>
    assert.rejects(startBridge(options as unknown as NodeBridgeOptions), { name: "InputError", field }));
