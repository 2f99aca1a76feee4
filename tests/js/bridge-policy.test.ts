/** Who may use the bridge, and for what: names, addresses, origins, tokens and counts, without a network. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";

import { addressOctets, clientKey, isPublic } from "../../js/bridge/address.js";
import { Destinations, hostOf } from "../../js/bridge/destination.js";
import type { BridgeLog, BridgeOptions } from "../../js/bridge/options.js";
import { chosenSubprotocol, Policy } from "../../js/bridge/policy.js";
import type { BridgeRequest, Refusal } from "../../js/bridge/policy.js";
import { closeReason, readControl } from "../../js/bridge/protocol.js";
import { mintToken } from "../../js/bridge/token.js";

const KEY = "0123456789abcdef0123456789abcdef";
const NOW = Date.UTC(2026, 0, 1);

describe("addresses", () => {
  for (const address of [
    "192.0.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00::1",
  ])
    test(`${address} is public`, () => assert.equal(isPublic(addressOctets(address)!), true));
  for (const address of [
    ...[
      "0.0.0.0",
      "10.0.0.1",
      "100.64.0.1",
      "100.127.255.255",
      "127.0.0.1",
      "127.255.255.254",
      "169.254.169.254",
    ],
    ...["172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.19.0.1"],
    ...["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"],
    ...[
      "::",
      "::1",
      "::ffff:127.0.0.1",
      "::ffff:8.8.8.8",
      "::8.8.8.8",
      "64:ff9b::7f00:1",
      "64:ff9b:1::1",
      "100::1",
    ],
    ...[
      "2001::1",
      "2001:db8::1",
      "2002:7f00:1::",
      "3fff::1",
      "5f00::1",
      "fc00::1",
      "fd00::1",
      "fe80::1",
      "fec0::1",
    ],
    ...["ff02::1", "4000::1"],
  ])
    test(`${address} is not public`, () => assert.equal(isPublic(addressOctets(address)!), false));
  for (const text of [
    "",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "01.2.3.4x",
    // 10.1.2.3 and 127.0.0.1 in octal, to those who connect.
    "012.1.2.3",
    "0177.0.0.1",
    "8.8.8.08",
    "::ffff:012.1.2.3",
    "::1%eth0",
    "1::2::3",
    ":",
    "g::",
    "[::1]",
  ])
    test(`${JSON.stringify(text)} is no address`, () => assert.equal(addressOctets(text), undefined));

  test("clients of IPv6 are counted by the 64 bits that their owner has", () => {
    assert.equal(clientKey("2a00::1:2:3:4"), clientKey("2a00:0:0:0:ffff::1"));
    assert.notEqual(clientKey("2a00:0:0:1::1"), clientKey("2a00:0:0:2::1"));
    assert.notEqual(clientKey("::ffff:1.2.3.4"), clientKey("::ffff:1.2.3.5"));
  });
});

describe("hosts are compared in one form", () => {
  for (const [text, host] of [
    ["SMTP.Example.COM.", "smtp.example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["127.1", "127.0.0.1"],
    ["0x7f000001", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0177.0.0.1", "127.0.0.1"],
    ["１２７.0.0.1", "127.0.0.1"],
    ["[::1]", "::1"],
    ["0:0::1", "::1"],
    ["::ffff:127.0.0.1", "::ffff:7f00:1"],
  ] as const)
    test(`${text} is ${host}`, () => assert.equal(hostOf(text), host));
  for (const text of [
    "",
    ".",
    "a..b",
    "a b",
    "a/b",
    "a@b",
    "a:80",
    "a?b",
    "a#b",
    "a%2eb",
    "a\0b",
    "[::1",
    "::1%1",
    "1.2.3.256",
  ])
    test(`${JSON.stringify(text)} is none`, () => assert.equal(hostOf(text), undefined));
});

describe("the list of destinations", () => {
  const tls = false;
  const list = new Destinations(
    [
      "smtp.example.com:465",
      "*.example.net:587",
      "127.0.0.1:2525",
      "localhost:2526",
      "[fd00::1]:25",
      { host: "Mx.Test", port: 25 },
    ],
    ["10.1.0.0/16"],
  );
  for (const [host, port, listed] of [
    ["smtp.example.com", 465, true],
    ["smtp.example.com", 587, false],
    ["evil-smtp.example.com", 465, false],
    ["a.b.example.net", 587, true],
    ["example.net", 587, false],
    ["notexample.net", 587, false],
    ["127.0.0.1", 2525, true],
    ["fd00::1", 25, true],
    ["mx.test", 25, true],
    ["localhost", 2525, false],
  ] as const)
    test(`${host}:${port} is ${listed ? "" : "not "}on it`, () =>
      assert.equal(list.lists({ host, port, tls }), listed));
  for (const [host, address, reached] of [
    ["smtp.example.com", "192.0.1.1", true],
    ["smtp.example.com", "127.0.0.1", false],
    ["smtp.example.com", "::ffff:10.1.0.1", false],
    ["smtp.example.com", "10.1.255.1", true],
    ["smtp.example.com", "10.2.0.1", false],
    ["smtp.example.com", "what a resolver says", false],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["localhost", "127.0.0.1", true],
    ["localhost", "::1", true],
    ["localhost", "192.168.0.1", false],
    ["fd00::1", "fd00:0::1", true],
  ] as const)
    test(`${host} is ${reached ? "" : "not "}reached at ${address}`, () =>
      assert.equal(list.reaches({ host, port: 465, tls }, address), reached));
  for (const entry of [
    "*",
    "*:25",
    "*.com:25",
    "*.10.0.0.1:25",
    "smtp.example.com",
    "smtp.example.com:0",
    "a:65536",
    "a:b",
    ":25",
    "::1:25x",
  ])
    test(`${entry} is refused as an entry`, () =>
      assert.throws(() => new Destinations([entry], []), { name: "InputError", field: "allow" }));
  test("a network that is none is refused", () =>
    assert.throws(() => new Destinations([], ["10.0.0.0/33"]), { name: "InputError", field: "networks" }));
});

/** A request of a client that speaks `edgepost.v1`, unless the header says otherwise. */
function request(query: string, header: Record<string, string> = {}, client = "192.0.2.1"): BridgeRequest {
  const fields: Record<string, string> = {
    upgrade: "websocket",
    "sec-websocket-protocol": "edgepost.v1",
    ...header,
  };
  return { method: "GET", url: `/?${query}`, header: (name) => fields[name], client };
}

const HOST = "host=smtp.example.com&port=465";

async function judged(options: Partial<BridgeOptions>, asked: BridgeRequest, now = NOW) {
  const log: BridgeLog[] = [];
  const policy = new Policy({ allow: ["smtp.example.com:465"], ...options, log: (entry) => log.push(entry) });
  const place = policy.enter(asked);
  const result = "status" in place ? place : await policy.judge(asked, place, now);
  return { result: result as Partial<Refusal> & { destination?: unknown; subject?: string }, log };
}

describe("a request", () => {
  test("for a server on the list is granted", async () => {
    const { result } = await judged({}, request(HOST));
    assert.deepEqual(result.destination, { host: "smtp.example.com", port: 465, tls: false });
  });
  for (const [what, asked, status] of [
    ["that posts", { ...request(HOST), method: "POST" }, 405],
    ["without an upgrade", request(HOST, { upgrade: "h2c" }), 426],
    ["of a page, where no page is named", request(HOST, { origin: "https://evil.example" }), 403],
    [
      "of a page that claims to be of the same host",
      request(HOST, { origin: "http://a.test", host: "a.test" }),
      403,
    ],
    ["without a host", request("port=465"), 400],
    ["with two hosts", request(`${HOST}&host=smtp.example.com`), 400],
    ["with a port too far", request("host=smtp.example.com&port=65536"), 400],
    ["with a port in another form", request("host=smtp.example.com&port=0465"), 400],
    ["with TLS of another kind", request(`${HOST}&tls=yes`), 400],
    ["for a server off the list", request("host=mx.example.com&port=465"), 403],
    ["for another port", request("host=smtp.example.com&port=25"), 403],
  ] as [string, BridgeRequest, number][])
    test(`${what} is refused with ${status}, and logged`, async () => {
      const { result, log } = await judged({}, asked);
      assert.equal(result.status, status);
      assert.deepEqual(
        log.map(({ event, code }) => [event, code]),
        [["refused", status]],
      );
    });
  test("of a named page is granted, and of another scheme, port or domain not", async () => {
    const origins = ["https://app.example.com"];
    for (const [origin, granted] of [
      ["https://app.example.com", true],
      ["http://app.example.com", false],
      ["https://app.example.com:444", false],
      ["https://app.example.com.evil.test", false],
      ["null", false],
    ] as const) {
      const { result } = await judged({ origins }, request(HOST, { origin }));
      assert.equal(result.destination !== undefined, granted, origin);
    }
  });
  test("is told by close code when it speaks edgepost.v1, else by status only", async () => {
    const off = "host=mx.example.com&port=465";
    assert.equal((await judged({}, request(off))).result.close, 4403);
    const plain = request(off, { "sec-websocket-protocol": "binary" });
    assert.deepEqual(
      [(await judged({}, plain)).result.close, (await judged({}, plain)).result.status],
      [undefined, 403],
    );
  });
  test("leaves no controls in the log", async () => {
    const { log } = await judged({}, request(HOST, { origin: "x\n\x1b[31m\u202e" }));
    assert.equal(log[0]!.origin, "x\\x0a\\x1b[31m\\u{202e}");
  });
  for (const origin of ["app.example.com", "https://app.example.com/path", "https://*.example.com", ""])
    test(`an origin ${JSON.stringify(origin)} is refused as an option`, () =>
      assert.throws(() => new Policy({ allow: [], origins: [origin] }), {
        name: "InputError",
        field: "origins",
      }));
});

describe("places", () => {
  test("are limited for all, and for each client; who leaves makes room", () => {
    const policy = new Policy({ allow: [], limits: { connections: 3, perClient: 2 } });
    const enter = (client: string) => policy.enter(request(HOST, {}, client));
    const first = enter("192.0.2.1");
    enter("192.0.2.1");
    assert.equal((enter("192.0.2.1") as Refusal).status, 429);
    enter("192.0.2.2");
    assert.equal((enter("192.0.2.3") as Refusal).status, 503);
    assert.ok("leave" in first);
    first.leave();
    first.leave();
    assert.equal(policy.connections, 2);
    assert.ok("leave" in enter("192.0.2.1"));
  });
});

describe("a token", async () => {
  const minted = { key: KEY, host: "smtp.example.com", port: 465, now: NOW };
  const asking = (token: string, query = HOST) =>
    request(query, { "sec-websocket-protocol": `edgepost.v1, binary, edgepost.token.${token}` });
  const tokens = { key: KEY };

  test("lets its holder in, and names it in the log", async () => {
    const { result } = await judged({ tokens }, asking(await mintToken({ ...minted, subject: "ann" })));
    assert.deepEqual([result.destination !== undefined, result.subject], [true, "ann"]);
  });
  test("may be made by any library for JWT", async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = {
      dst: "SMTP.example.com:465",
      exp: NOW / 1000 + 60,
      aud: ["edgepost-bridge", "x"],
      iss: "me",
    };
    const signed = `${part({ typ: "JWT", alg: "HS256", kid: "1" })}.${part(claims)}`;
    const mac = createHmac("sha256", KEY).update(signed).digest("base64url");
    const { result } = await judged({ tokens }, asking(`${signed}.${mac}`));
    assert.notEqual(result.destination, undefined);
  });
  test("may be checked with a key that cannot be taken out", async () => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", Buffer.from(KEY), algorithm, false, ["sign", "verify"]);
    const { result } = await judged({ tokens: { key } }, asking(await mintToken({ ...minted, key })));
    assert.notEqual(result.destination, undefined);
  });
  const token = await mintToken(minted);
  const [header, claims, mac] = token.split(".") as [string, string, string];
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const forged = Buffer.from(
    JSON.stringify({ aud: "edgepost-bridge", dst: "smtp.example.com:465", exp: 1e10 }),
  );
  for (const [what, asked, now, words] of [
    ["that is missing", request(HOST), NOW, /needed/],
    ["that has expired", asking(token), NOW + 66_000, /expired/],
    ["for another host", asking(token, "host=mx.example.com&port=465"), NOW, /another server/],
    ["for another port", asking(token, "host=smtp.example.com&port=587"), NOW, /another server/],
    ["of another bridge", asking(await mintToken({ ...minted, audience: "other" })), NOW, /another bridge/],
    ["of another key", asking(await mintToken({ ...minted, key: `${KEY}x` })), NOW, /not one of/],
    ["with other claims", asking(`${header}.${forged.toString("base64url")}.${mac}`), NOW, /not one of/],
    ["without a signature", asking(`${none}.${claims}.`), NOW, /not one of/],
    ["cut short", asking(token.slice(0, -1)), NOW, /not one of/],
    ["with a tail", asking(`${token}.x`), NOW, /not one of/],
    ["too long to look at", asking(`${token}${"x".repeat(3000)}`), NOW, /not one of/],
  ] as [string, BridgeRequest, number, RegExp][])
    test(`${what} is refused, and stays out of the log`, async () => {
      const { result, log } = await judged({ tokens }, asked, now);
      assert.deepEqual([result.status, result.close], [401, 4401]);
      assert.match(log[0]!.reason, words);
      assert.doesNotMatch(JSON.stringify(log), /eyJ/);
    });
  test("a token that lives for longer than an hour is refused, whoever minted it", async () => {
    const later = await mintToken({ ...minted, lifetime: 3600, now: NOW + 3_600_000 });
    assert.match((await judged({ tokens }, asking(later))).result.text!, /too long/);
  });
  test("who has no token learns nothing of the list", async () => {
    const { result } = await judged({ tokens }, request("host=mx.example.com&port=465"));
    assert.equal(result.status, 401);
  });
  for (const [field, wrong] of [
    ["key", { key: "short" }],
    ["host", { host: "a b" }],
    ["port", { port: 0 }],
    ["lifetime", { lifetime: 3601 }],
    ["subject", { subject: "x".repeat(101) }],
  ] as const)
    test(`is not minted with a wrong ${field}`, () =>
      assert.rejects(mintToken({ ...minted, ...wrong }), { name: "InputError", field }));
});

test("of the subprotocols the token is never chosen", () => {
  assert.equal(chosenSubprotocol(["edgepost.token.x", "binary", "edgepost.v1"]), "edgepost.v1");
  assert.equal(chosenSubprotocol(["edgepost.token.x", "binary"]), "binary");
  assert.equal(chosenSubprotocol(["edgepost.token.x"]), undefined);
});

test("a text message is one of few, to the letter", () => {
  assert.deepEqual(readControl("credit 65536"), { credit: 65536 });
  assert.deepEqual(readControl("ready tls"), { ready: "tls" });
  for (const text of [
    "",
    "credit",
    "credit 0",
    "credit -1",
    "credit 01",
    "credit 1e9",
    "credit 9999999999",
    "end ",
    "READY",
  ])
    assert.equal(readControl(text), undefined, text);
});

test("a reason fits a close frame: 123 octets, no controls, no half characters", () => {
  const reason = closeReason(`\r\n${"ü".repeat(100)}`);
  assert.ok(Buffer.byteLength(reason) <= 123);
  assert.match(reason, /^\\x0d\\x0aü+\.\.\.$/);
});
