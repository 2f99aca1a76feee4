/** A TLS handshake that fails when it seems to be over, as some runtimes tell it (js/adapters/workers.ts). */
import assert from "node:assert/strict";
import test from "node:test";

import { connect, loopback, serve, TlsError } from "edgepost";
import type { Transport } from "edgepost";

/** A certificate that does not verify; it is only told when something is `written` or `read`. */
function unverified(transport: Transport, told: "written" | "read"): Transport {
  const error = new TlsError("the certificate does not verify");
  const fail = (): Promise<never> => Promise.reject(error);
  return {
    ...transport,
    readable: told === "read" ? new ReadableStream({ pull: fail }, { highWaterMark: 0 }) : transport.readable,
    writable: told === "written" ? new WritableStream({ write: fail }) : transport.writable,
  };
}

for (const told of ["written", "read"] as const)
  test(`a handshake that is known to have failed when something is ${told} is a TlsError that nobody need try again`, async () => {
    const [near, far] = loopback({ tls: true });
    const served = serve(far);
    const startTls = async (): Promise<Transport> => unverified(await near.startTls!(), told);
    await assert.rejects(connect({ ...near, startTls }, { name: "client.test" }), (error) => {
      assert.ok(error instanceof TlsError, String(error));
      assert.equal(error.retryable, false);
      assert.equal(error.delivery, "none");
      assert.match(error.message, /the certificate does not verify/);
      return true;
    });
    await served;
  });
