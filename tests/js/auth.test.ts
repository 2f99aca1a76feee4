/** AUTH with every mechanism, our client and our server, from options to handlers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { connect, InputError, loopback, Refuse, ReplyError, scramSecret } from "edgepost";
import type {
  ClientAuthOptions,
  Credentials,
  Denial,
  SecretQuestion,
  ServeOptions,
  ServerHandlers,
  Step,
} from "edgepost";

import { byHand } from "./by-hand.js";
import { joined, rejection } from "./support.js";

interface Attempt {
  auth: ClientAuthOptions;
  handlers: ServerHandlers;
  server?: ServeOptions["auth"];
  trace?: (step: Step) => void;
}

/** One session over a pretended TLS; gives what the client asked for in AUTH. */
async function attempt({ auth, handlers, server = {}, trace }: Attempt): Promise<boolean> {
  const { smtp, served } = await joined({
    loopback: { tls: true },
    handlers,
    serve: { auth: server },
    connect: { tls: "required", auth, ...(trace && { trace }) },
  });
  const { authenticated } = smtp;
  await smtp.close();
  await served;
  return authenticated;
}

/** The mechanism that a client picks, seen by a trace. */
async function picked(options: Attempt): Promise<string | undefined> {
  const said: string[] = [];
  await attempt({
    ...options,
    trace: ({ verb, text, from }) => void (from === "client" && verb === "AUTH" && said.push(text)),
  });
  assert.equal(said.length, 1);
  return said[0]!.split(" ")[1];
}

// covers: RFC 7677 client server
// covers: RFC 5802 client server
for (const hash of ["SHA-256", "SHA-1"] as const)
  test(`SCRAM-${hash} with a password, and with what was made of one`, async () => {
    const asked: SecretQuestion[] = [];
    const secrets = [
      "päss word",
      await scramSecret("päss word", { hash, iterations: 4096 }),
      await scramSecret("pa\u0308ss\u00a0word", { hash }),
    ];
    for (const secret of secrets) {
      const onSecret = (question: SecretQuestion): typeof secret => {
        asked.push(question);
        return secret;
      };
      const mechanisms = [`SCRAM-${hash}`];
      const auth = { user: "änn, the=first", pass: "päss word" };
      assert.equal(await attempt({ auth, handlers: { onSecret }, server: { mechanisms } }), true);
    }
    assert.deepEqual(asked[0], { mechanism: `SCRAM-${hash}`, user: "änn, the=first" });
  });

const TOKEN = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==";
const PLUS = ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"];

/** Handlers that let everybody in, and keep what they were told. */
function open(): { heard: Credentials[]; handlers: ServerHandlers } {
  const heard: Credentials[] = [];
  const onAuth = (credentials: Credentials): boolean => heard.push(credentials) > 0;
  return { heard, handlers: { onAuth, onSecret: () => "pencil" } };
}

// covers: RFC 7628 client server
// covers: XOAUTH2 client server
for (const mechanism of ["OAUTHBEARER", "XOAUTH2"])
  test(`${mechanism} with a token`, async () => {
    const { heard, handlers } = open();
    const options = { auth: { user: "ann@example.com", token: TOKEN }, handlers };
    assert.equal(await picked({ ...options, server: { mechanisms: ["PLAIN", mechanism] } }), mechanism);
    assert.deepEqual(heard, [{ mechanism, user: "ann@example.com", token: TOKEN }]);
  });

test("a token goes by OAUTHBEARER where there are both, a password never by either", async () => {
  const { handlers } = open();
  const server = { mechanisms: PLUS };
  assert.equal(await picked({ auth: { user: "ann", token: TOKEN }, handlers, server }), "OAUTHBEARER");
  assert.equal(await picked({ auth: { user: "ann", pass: "pencil" }, handlers, server }), "SCRAM-SHA-256");
  const none = { auth: { user: "ann", token: TOKEN }, handlers, server: { mechanisms: ["PLAIN", "LOGIN"] } };
  await assert.rejects(attempt(none), /none of them can be used/);
});

// covers: RFC 7628 section 3.2.2 client server
test("what a server says of a refused token is in the error, the token is not", async () => {
  for (const mechanism of ["OAUTHBEARER", "XOAUTH2"]) {
    const handlers = { onAuth: () => false };
    const auth = { user: "ann", token: TOKEN };
    const error = await rejection(attempt({ auth, handlers, server: { mechanisms: [mechanism] } }));
    assert.ok(error instanceof ReplyError);
    assert.equal(error.reply?.code, 535);
    assert.match(error.message, /"status":"(invalid_token|401)"/);
    assert.doesNotMatch(inspect(error) + JSON.stringify(error), new RegExp(TOKEN));
  }
});

// covers: RFC 8265 section 4.2 client server
test("what no password has is in none, whoever prepares it", async () => {
  const { handlers } = open();
  for (const c of [
    "\u0007",
    "\u00ad",
    "\u200b",
    "\u0378",
    "\u0640",
    "\u0600",
    "\u1100",
    "\u2028",
    "\u3031",
    "\ue000",
    "\u{1fffe}",
  ]) {
    const pass = `pencil${c}`;
    const made = await rejection(scramSecret(pass));
    assert.ok(
      made instanceof InputError && made.field === "password",
      `scramSecret takes ${JSON.stringify(c)}`,
    );
    const sent = await rejection(
      attempt({ auth: { user: "ann", pass }, handlers, server: { mechanisms: ["SCRAM-SHA-256"] } }),
    );
    assert.ok(sent instanceof InputError, `SCRAM takes ${JSON.stringify(c)}`);
    const plain = { user: "ann", pass, mechanisms: ["PLAIN"] };
    const heard = await rejection(attempt({ auth: plain, handlers, server: { mechanisms: ["PLAIN"] } }));
    assert.ok(heard instanceof ReplyError && heard.reply?.code === 501, `PLAIN takes ${JSON.stringify(c)}`);
  }
});

test("whom to act for is said, or the mechanism is not used", async () => {
  const { heard, handlers } = open();
  const auth = { user: "ann", pass: "pencil", authzid: "list" };
  assert.equal(await picked({ auth, handlers, server: { mechanisms: ["LOGIN", "PLAIN"] } }), "PLAIN");
  assert.deepEqual(heard, [{ mechanism: "PLAIN", user: "ann", pass: "pencil", authzid: "list" }]);
  await assert.rejects(
    attempt({ auth, handlers, server: { mechanisms: ["LOGIN"] } }),
    /none of them can be used/,
  );
});

// covers: RFC 2195 client server
test("CRAM-MD5 when it is named, and not when it is not", async () => {
  const { handlers } = open();
  const server = { mechanisms: ["CRAM-MD5"] };
  const auth = { user: "ann", pass: "pencil", mechanisms: ["CRAM-MD5"] };
  assert.equal(await picked({ auth, handlers, server }), "CRAM-MD5");
  const unnamed = attempt({ auth: { user: "ann", pass: "pencil" }, handlers, server });
  await assert.rejects(unnamed, /none of them can be used/);
  const wrong = await rejection(attempt({ auth: { ...auth, pass: "pen" }, handlers, server }));
  assert.ok(wrong instanceof ReplyError && wrong.reply?.code === 535);
});

test("CRAM-MD5 cannot be done with what scramSecret made", async () => {
  const secret = await scramSecret("pencil");
  const errors: unknown[] = [];
  const handlers = { onSecret: () => secret, onError: (error: unknown) => void errors.push(error) };
  const auth = { user: "ann", pass: "pencil", mechanisms: ["CRAM-MD5"] };
  const error = await rejection(attempt({ auth, handlers, server: { mechanisms: ["CRAM-MD5"] } }));
  assert.ok(error instanceof ReplyError && error.reply?.code === 451);
  assert.ok(errors[0] instanceof InputError);
});

// covers: RFC 4422 section A client server
test("EXTERNAL, for oneself and for somebody else", async () => {
  for (const [auth, user] of [
    [{}, ""],
    [{ user: "ann" }, "ann"],
    [{ authzid: "bob" }, "bob"],
  ] as const) {
    const { heard, handlers } = open();
    const server = { mechanisms: ["PLAIN", "EXTERNAL"] };
    assert.equal(await picked({ auth: { ...auth, mechanisms: ["EXTERNAL"] }, handlers, server }), "EXTERNAL");
    assert.deepEqual(heard, [{ mechanism: "EXTERNAL", user }]);
  }
});

// covers: RFC 4505 client server
test("ANONYMOUS, with a word and without", async () => {
  for (const user of ["sirhc@example.com", "", "Grüße"]) {
    const { heard, handlers } = open();
    const auth = { user, mechanisms: ["ANONYMOUS"] };
    assert.equal(await attempt({ auth, handlers, server: { mechanisms: ["ANONYMOUS"] } }), true);
    assert.deepEqual(heard, [{ mechanism: "ANONYMOUS", user }]);
  }
  const { handlers } = open();
  const long = { user: "x".repeat(256), mechanisms: ["ANONYMOUS"] };
  await rejection(attempt({ auth: long, handlers, server: { mechanisms: ["ANONYMOUS"] } }));
});

test("neither EXTERNAL nor ANONYMOUS is used unless it is named, nor without credentials anything else", async () => {
  const { handlers } = open();
  const server = { mechanisms: ["EXTERNAL", "ANONYMOUS"] };
  await rejection(attempt({ auth: { user: "ann", pass: "pencil" }, handlers, server }));
  const [client] = loopback();
  const error = await rejection(connect(client, { auth: { user: "ann", mechanisms: ["PLAIN"] } }));
  assert.ok(error instanceof InputError && error.field === "auth.pass");
});

// covers: RFC 4616 client server
// covers: RFC 5802 section 5.1 client server
test("whom a client wants to act for is told", async () => {
  const { heard, handlers } = open();
  const asked: SecretQuestion[] = [];
  const onSecret = (question: SecretQuestion): string => {
    asked.push(question);
    return "pencil";
  };
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256"]) {
    const auth = { user: "ann", pass: "pencil", authzid: "bob,=x" };
    await attempt({ auth, handlers: { ...handlers, onSecret }, server: { mechanisms: [mechanism] } });
  }
  assert.deepEqual(heard, [{ mechanism: "PLAIN", user: "ann", pass: "pencil", authzid: "bob,=x" }]);
  assert.deepEqual(asked, [{ mechanism: "SCRAM-SHA-256", user: "ann", authzid: "bob,=x" }]);
});

// covers: RFC 8265 both
test("one password in two forms of Unicode is the same", async () => {
  for (const mechanism of ["SCRAM-SHA-256", "PLAIN"]) {
    const { heard } = open();
    const onAuth = (credentials: Credentials): boolean => heard.push(credentials) > 0;
    const handlers = { onAuth, onSecret: () => "p\u00e4ss word" };
    const auth = { user: "\uff21nn", pass: "pa\u0308ss\u00a0word" };
    assert.equal(await attempt({ auth, handlers, server: { mechanisms: [mechanism] } }), true);
    if (mechanism === "PLAIN") assert.deepEqual(heard[0], { mechanism, user: "Ann", pass: "p\u00e4ss word" });
  }
});

// covers: RFC 4954 section 4 server
test("a client may give an exchange up, and begin another", async () => {
  for (const mechanism of ["PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5", "OAUTHBEARER", "EXTERNAL"]) {
    const denied: Denial[] = [];
    const handlers = { ...open().handlers, onDenied: (denial: Denial) => void denied.push(denial) };
    const client = byHand(handlers, { auth: { mechanisms: [mechanism, "PLAIN"], insecure: true } });
    await client.hello();
    assert.match(await client.say(`AUTH ${mechanism}`), /^334/);
    assert.equal(await client.say("*"), "501 5.7.0 authentication cancelled");
    assert.match(await client.say("AUTH PLAIN AGFubgBwZW5jaWw="), /^235 /);
    assert.match(await client.say("QUIT"), /^221 /);
    await client.served;
    assert.deepEqual(denied, []);
  }
});

// covers: RFC 4954 section 4 both
test("lines of AUTH have 12288 octets, with their line end, and no more", async () => {
  const { heard, handlers } = open();
  // In base64: 9213 octets are 12284, and 12286 with the line end; three more are too many.
  const frame = "user=ann\x01auth=Bearer \x01\x01".length;
  const server = { mechanisms: ["XOAUTH2"] };
  const token = "t".repeat(9213 - frame);
  assert.equal(await attempt({ auth: { user: "ann", token }, handlers, server }), true);
  assert.equal(heard[0]!.token, token);
  const tooLong = { user: "ann", token: `${token}ttt` };
  const error = await rejection(attempt({ auth: tooLong, handlers, server }));
  assert.ok(error instanceof InputError, String(error));
  const client = byHand(handlers, { auth: { ...server, insecure: true } });
  await client.hello();
  assert.match(await client.say("AUTH XOAUTH2"), /^334/);
  assert.match(await client.say(btoa(`user=ann\x01auth=Bearer ${tooLong.token}\x01\x01`)), /^500 5\.5\.6 /);
  assert.match(await client.say("QUIT"), /^221/);
});

test("the host hears of every login that is refused, and why", async () => {
  const denied: Denial[] = [];
  const onDenied = (denial: Denial): void => void denied.push(denial);
  const refused = { onAuth: () => false, onSecret: () => null, onDenied };
  const password = { user: "ann", pass: "pencil" };
  for (const mechanism of PLUS) {
    const auth = /OAUTH/.test(mechanism) ? { user: "ann", token: TOKEN } : password;
    const options = { auth: { ...auth, mechanisms: [mechanism] }, server: { mechanisms: [mechanism] } };
    await rejection(attempt({ ...options, handlers: refused }));
    const reason = /SCRAM|CRAM/.test(mechanism) ? "proof" : "refused";
    assert.deepEqual(denied.splice(0), [{ mechanism, user: "ann", reason }]);
  }
  const stored = await scramSecret("another");
  await rejection(attempt({ auth: password, handlers: { onSecret: () => stored, onDenied } }));
  assert.deepEqual(denied.splice(0), [{ mechanism: "SCRAM-SHA-256", user: "ann", reason: "proof" }]);
  const busy = (): never => {
    throw new Refuse({ code: 454, enhanced: "4.7.0", text: "not now" });
  };
  await rejection(attempt({ auth: password, handlers: { onAuth: busy, onDenied } }));
  assert.deepEqual(denied, []);
});

// covers: RFC 5802 section 9 server
test("who does not exist is asked for the same proof as who does, with a salt that stays", async () => {
  const stored = await scramSecret("pencil");
  const onSecret = ({ user }: SecretQuestion): typeof stored | null => (user === "ann" ? stored : null);
  const firstFor = async (user: string): Promise<string> => {
    const client = byHand({ onSecret }, { auth: { insecure: true } });
    await client.hello();
    const first = await client.say(`AUTH SCRAM-SHA-256 ${btoa(`n,,n=${user},r=abc`)}`);
    await client.say("*");
    await client.say("QUIT");
    return atob(first.slice(4)).replace(/^r=[^,]*/, "r=");
  };
  const [ann, bob] = [await firstFor("ann"), await firstFor("bob")];
  assert.equal(await firstFor("bob"), bob);
  assert.notEqual(await firstFor("eve"), bob);
  const shape = /^r=,s=[A-Za-z0-9+/]{22}==,i=15000$/;
  assert.match(ann, shape);
  assert.match(bob, shape);
});

test("no error and no trace shows what a client proves itself with, whatever the mechanism", async () => {
  for (const mechanism of PLUS)
    for (const known of [true, false]) {
      const secret = /OAUTH/.test(mechanism) ? { token: TOKEN } : { pass: "correct-horse" };
      const steps: Step[] = [];
      const wire: string[] = [];
      const handlers: ServerHandlers = {
        onAuth: (credentials) => wire.push(credentials.pass ?? credentials.token!) > 0 && known,
        onSecret: () => (known ? "correct-horse" : null),
      };
      const auth = { user: "ann", ...secret, mechanisms: [mechanism] };
      const trace = (step: Step): void => void steps.push(step);
      const done = await attempt({ auth, handlers, server: { mechanisms: [mechanism] }, trace }).catch(
        (error: unknown) => error,
      );
      assert.equal(done === true, known, String(done));
      const shown = inspect(done, { depth: 9 }) + JSON.stringify(done) + JSON.stringify(steps);
      for (const value of Object.values(secret)) {
        assert.ok(!shown.includes(value) && !shown.includes(btoa(value).replace(/=+$/, "")), mechanism);
      }
      // Of SCRAM, neither proof; of CRAM-MD5, no answer.
      for (const { from, text, verb } of steps.filter(({ kind }) => kind === "auth"))
        if (from === "client") assert.equal(text, "[redacted]", `${mechanism} ${verb}`);
        else assert.doesNotMatch(text, /^334 dj/);
    }
});
