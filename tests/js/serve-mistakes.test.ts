/** What handlers do that they should not: nothing of it accepts anything, or ends a session. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, Refuse, serve } from "edgepost";
import type { ServerHandlers } from "edgepost";

import { byHand, envelope } from "./by-hand.js";
import { rejection } from "./support.js";

const refusal = (): never => new Refuse({ code: 550, enhanced: "5.1.1", text: "not here" }) as never;
const mistake = new Error("a mistake");

/** A handler by what it does, which accepts nothing. */
const WAYS: readonly [string, () => unknown, RegExp, unknown?][] = [
  ["a Refuse", refusal, /^550 5\.1\.1 not here/],
  ["a promise of a Refuse", () => Promise.resolve(refusal()), /^550 5\.1\.1 not here/],
  ["an error", () => mistake, /^451 4\.3\.0 /, mistake],
  ["a promise of an error", () => Promise.resolve(mistake), /^451 4\.3\.0 /, mistake],
  [
    "what throws when it is asked for a then",
    () => ({
      get then() {
        throw mistake;
      },
    }),
    /^451 4\.3\.0 /,
    mistake,
  ],
  [
    "a thenable that throws",
    () => ({
      then() {
        throw mistake;
      },
    }),
    /^451 4\.3\.0 /,
    mistake,
  ],
];

for (const [what, result, expected, error] of WAYS) {
  test(`a handler that returns ${what} has not accepted`, async () => {
    const errors: unknown[] = [];
    const handler = result as () => never;
    const client = byHand(
      {
        onAuth: handler,
        onMail: (from) => (from === "no@x.test" ? handler() : undefined),
        onRcpt: (to) => (to === "no@x.test" ? handler() : undefined),
        onVrfy: handler,
        onExpn: handler,
        onEtrn: handler,
        onMessage: handler,
        onError: (error) => void errors.push(error),
      },
      { auth: { insecure: true } },
    );
    await client.hello();
    for (const command of ["AUTH PLAIN AGEAYg==", "VRFY bob", "EXPN staff", "ETRN x.test"])
      assert.match(await client.say(command), expected, command);
    assert.match(await client.say("MAIL FROM:<no@x.test>"), expected);
    assert.match(await client.say("MAIL FROM:<yes@x.test>"), /^250/);
    assert.match(await client.say("RCPT TO:<no@x.test>"), expected);
    assert.match(await client.say("RCPT TO:<yes@x.test>"), /^250/);
    await client.say("DATA");
    assert.match(await client.say("x\r\n."), expected);
    assert.match(await client.say("NOOP"), /^250/);
    assert.deepEqual(new Set(errors), new Set(error === undefined ? [] : [error]));
    await client.transport.close();
  });

  test(`onConnect that returns ${what} lets nobody in`, async () => {
    const client = byHand({ onConnect: result as never, onError: () => {} });
    assert.match(await client.hear(), expected);
    assert.match(await client.say("EHLO client.test"), /^503/);
    await client.transport.close();
  });
}

test("a thenable that settles again and again has settled once", async () => {
  const often = {
    then(accept: () => void, refuse: (error: Error) => void) {
      accept();
      accept();
      refuse(mistake);
    },
  };
  const errors: unknown[] = [];
  const handlers: ServerHandlers = {
    onMail: () => often as never,
    onError: (error) => void errors.push(error),
  };
  const client = byHand(handlers);
  await client.hello();
  assert.match(await client.say("MAIL FROM:<a@x.test>"), /^250/);
  assert.match(await client.say("RCPT TO:<b@x.test>"), /^250/);
  assert.match(await client.say("NOOP"), /^250/);
  assert.deepEqual(errors, []);
  await client.transport.close();
});

for (const recipients of [false, true, 0, 7, "", "b@x.test", Symbol("x"), () => {}])
  test(`recipients that are ${String(recipients)} decide nothing: the message is refused`, async () => {
    const errors: unknown[] = [];
    const client = byHand({
      onMessage: () => ({ recipients }) as never,
      onError: (error) => void errors.push(error),
    });
    await envelope(client);
    await client.say("DATA");
    assert.match(await client.say("x\r\n."), /^451 4\.3\.0 /);
    assert.ok(errors[0] instanceof InputError && errors[0].field === "recipients", String(errors[0]));
    await client.transport.close();
  });

for (const transport of [undefined, null, {}, "tcp://127.0.0.1:25", { close: () => Promise.resolve() }])
  test(`what is no transport is an InputError: ${JSON.stringify(transport)}`, async () => {
    const error = await rejection(serve(transport as never));
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, /^the transport /);
  });
