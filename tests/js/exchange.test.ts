/** The engine that sends meets a mechanism that only the module that serves has, which plays the client's part of AUTH for it. */
import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { before, test } from "node:test";

import {
  AbortedError,
  ClosedError,
  connect,
  init,
  InputError,
  loopback,
  ProtocolError,
  ReplyError,
  serve,
  TimeoutError,
} from "edgepost";
import type { ConnectOptions, ServerHandlers, Transport } from "edgepost";

import { rejection } from "./support.js";

const AUTH = { user: "ann", pass: "secret" };
const OPTIONS: ConnectOptions = { tls: "off", auth: AUTH, name: "client.example" };

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What a server by hand says to a line; nothing ends the connection. */
type Reply = (line: string) => string | undefined;

/** A server that needs no engine, offers `mechanism`, and keeps what it hears. */
function byHand(mechanism: string, reply: Reply): { client: Transport; heard: string[] } {
  const [client, server] = loopback();
  const heard: string[] = [];
  const writer = server.writable.getWriter();
  const say = (text: string): Promise<void> => writer.write(new TextEncoder().encode(`${text}\r\n`));
  void (async () => {
    await say("220 hand.example");
    for await (const bytes of server.readable) {
      for (const line of new TextDecoder().decode(bytes).trimEnd().split("\r\n")) {
        heard.push(line);
        const offered = `250-hand.example\r\n250 AUTH ${mechanism}`;
        const said = line.startsWith("EHLO") ? offered : reply(line);
        if (said !== undefined) await say(said);
        else await server.close();
      }
    }
  })().catch(() => {});
  return { client, heard };
}

/** Ends the way of the module that is asked for, which begins before all tests, when the engine that sends is there. */
let fail: (reason: Error) => void;
before(async () => {
  const [client, server] = loopback();
  void server.close();
  await assert.rejects(connect(client, { tls: "off" }));
  void init(new Promise((_, reject) => (fail = reject))).catch(() => {});
});

/** Called while the module is on its way: nothing was said of AUTH. */
const MEANWHILE: readonly [
  what: string,
  happens: (server: Transport, giveUp: AbortController) => unknown,
  kind: typeof ClosedError | typeof AbortedError | typeof TimeoutError | typeof ReplyError,
  options?: ConnectOptions,
][] = [
  ["the server closes", (server) => server.close(), ClosedError],
  ["the caller gives up", (_, giveUp) => giveUp.abort(), AbortedError],
  ["too much time passes", () => {}, TimeoutError, { timeouts: { auth: 20 } }],
  [
    "the server has no more patience",
    (server) => server.writable.getWriter().write(new TextEncoder().encode("421 4.3.2 bye\r\n")),
    ReplyError,
  ],
];

for (const [what, happens, kind, options] of MEANWHILE)
  test(`${what} while the module is on its way`, async () => {
    const [client, server] = loopback();
    const giveUp = new AbortController();
    const connecting = rejection(connect(client, { ...OPTIONS, ...options, signal: giveUp.signal }));
    const reader = server.readable.getReader();
    const writer = server.writable.getWriter();
    const say = (text: string): Promise<void> => writer.write(new TextEncoder().encode(text));
    await say("220 hand.example\r\n");
    assert.match(new TextDecoder().decode((await reader.read()).value), /^EHLO /);
    await say("250-hand.example\r\n250 AUTH SCRAM-SHA-256 PLAIN\r\n");
    // Whatever has to happen for the question has happened behind a macrotask.
    await new Promise((resolve) => setImmediate(resolve));
    writer.releaseLock();
    reader.releaseLock();
    await happens(server, giveUp);
    const error = await connecting;
    assert.ok(error instanceof kind, String(error));
    assert.equal(error.stage, "auth");
  });

test("a module that does not come ends the session, and is asked for again by the next", async () => {
  const { client, heard } = byHand("SCRAM-SHA-256 PLAIN", () => undefined);
  const connecting = rejection(connect(client, OPTIONS));
  // Nothing shows when the module is asked for: a dynamic import goes before, which a loader of the tests' may hold up.
  await new Promise((resolve) => setTimeout(resolve, 300));
  fail(new Error("no network"));
  const error = await connecting;
  assert.match(String(error), /the engine cannot be loaded: no network/);
  assert.deepEqual(heard, ["EHLO client.example"]);
});

const stored: string[] = [];
const handlers: ServerHandlers = {
  onSecret: ({ user }) => (user === "ann" ? "secret" : null),
  async onMessage(content) {
    stored.push(await new Response(content).text());
  },
};

// covers: RFC 5802 client
// covers: RFC 7677 client
// covers: RFC 2195 client
for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"])
  test(`${mechanism}: one module authenticates, and the other one sends`, async () => {
    const [client, server] = loopback();
    void serve(server, handlers, { auth: { mechanisms: [mechanism], insecure: true } });
    const auth = { ...AUTH, mechanisms: [mechanism, "PLAIN"] };
    await using smtp = await connect(client, { ...OPTIONS, auth });
    assert.equal(smtp.authenticated, true);
    assert.ok(smtp.capabilities.some(({ keyword }) => keyword === "CHUNKING"));
    assert.match(smtp.greeting.lines[0]!, /ESMTP/);
    const raw = `Subject: by ${mechanism}\r\n\r\nhello\r\n`;
    const receipt = await smtp.send({ envelope: { from: "ann@a.example", to: "bob@b.example" }, raw });
    assert.deepEqual(receipt.accepted, ["bob@b.example"]);
    assert.equal(stored.pop(), raw);
  });

test("a wrong password is refused, and the weaker mechanism is not tried", async () => {
  const [client, server] = loopback();
  const tried: string[] = [];
  const onAuth = ({ mechanism }: { mechanism: string }): void => void tried.push(mechanism);
  void serve(
    server,
    { ...handlers, onAuth },
    { auth: { mechanisms: ["SCRAM-SHA-256", "PLAIN"], insecure: true } },
  );
  await assert.rejects(connect(client, { ...OPTIONS, auth: { ...AUTH, pass: "wrong" } }), {
    code: "reply",
    stage: "auth",
  });
  assert.deepEqual(tried, []);
});

test("a password that cannot be one is a mistake of the caller's, and nothing is said of it", async () => {
  const { client, heard } = byHand("SCRAM-SHA-256 PLAIN", () => "221 bye");
  const error = await rejection(connect(client, { ...OPTIONS, auth: { ...AUTH, pass: "a\u0007b" } }));
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /RFC 8265/);
  assert.deepEqual(heard, ["EHLO client.example", "QUIT"]);
});

/** A server's part of SCRAM-SHA-256, which knows this password. */
function scram(password: string, last: (signature: string) => string): Reply {
  let bare = "";
  let first = "";
  return (line) => {
    const message = Buffer.from(line.split(" ").at(-1)!, "base64").toString();
    if (line.startsWith("AUTH ")) {
      bare = message.replace(/^n,,/, "");
      first = `${bare.replace(/^.*r=/, "r=")}more,s=${base64("salt")},i=4096`;
      return `334 ${base64(first)}`;
    }
    if (message === "") return "235 2.7.0 OK";
    const signed = [bare, first, message.replace(/,p=.*$/, "")].join(",");
    const salted = pbkdf2Sync(password, "salt", 4096, 32, "sha256");
    const key = createHmac("sha256", salted).update("Server Key").digest();
    return last(createHmac("sha256", key).update(signed).digest("base64"));
  };
}

// covers: RFC 5802 section 5 client
test("a server that knows the password may say that all is well, one that does not may not", async () => {
  const final = (signature: string): string => `334 ${base64(`v=${signature}`)}`;
  const { client } = byHand("SCRAM-SHA-256", scram("secret", final));
  await using smtp = await connect(client, OPTIONS);
  assert.equal(smtp.authenticated, true);
  const impostor = byHand("SCRAM-SHA-256", scram("guessed", final));
  const wrong = await rejection(connect(impostor.client, OPTIONS));
  assert.ok(wrong instanceof ProtocolError, String(wrong));
  assert.match(wrong.message, /wrong signature/);
  const unproven = byHand(
    "SCRAM-SHA-256",
    scram("guessed", () => "235 2.7.0 OK"),
  );
  const early = await rejection(connect(unproven.client, OPTIONS));
  assert.ok(early instanceof ProtocolError, String(early));
  assert.match(early.message, /success without the server's proof/);
});

test("what a server says of a failure in the exchange is in the error", async () => {
  const challenges = [`334 ${base64("e=unknown-user")}`, "535 5.7.8 no"];
  const { client } = byHand("SCRAM-SHA-256", (line) => (line === "QUIT" ? "221 bye" : challenges.shift()));
  const error = await rejection(connect(client, OPTIONS));
  assert.ok(error instanceof ReplyError && error.reply?.code === 535, String(error));
  assert.match(error.message, /unknown-user/);
});
