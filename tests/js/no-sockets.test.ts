/** `edgepost/tcp` where there are no sockets: the error names what to use instead. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError } from "edgepost";
import { listen, tcp } from "../../dist/adapters/tcp.js";

test("tcp throws an InputError that names edgepost/websocket", () => {
  assert.throws(
    () => tcp({ host: "mx.test", port: 587 }),
    (error) => error instanceof InputError && /edgepost\/websocket/.test(error.message),
  );
});

test("listen throws an InputError", () => {
  assert.throws(() => listen({ port: 0 }), InputError);
});
