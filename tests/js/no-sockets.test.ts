/** `edgepost/tcp` and `edgepost/bridge` where there are no sockets: the error names what to use instead. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError } from "edgepost";
import { listen, tcp } from "../../dist/adapters/tcp.js";
import { bridgeHandler, startBridge } from "../../dist/bridge/index.js";

const CALLS: readonly [name: string, call: () => unknown, instead: RegExp][] = [
  ["tcp", () => tcp({ host: "mx.test", port: 587 }), /edgepost\/websocket/],
  ["listen", () => listen({ port: 0 }), /loopback\(\)/],
  ["startBridge", () => startBridge({ allow: [] }), /bridgeHandler/],
  ["bridgeHandler", () => bridgeHandler({ allow: [] }), /startBridge/],
];

for (const [name, call, instead] of CALLS)
  test(`${name} fails with an InputError that names it, and what to use instead`, () =>
    assert.rejects(
      async () => call(),
      (error) => error instanceof InputError && error.field === name && instead.test(error.message),
    ));
