/** What happens when the engine breaks: a trap in WebAssembly, as a mistake of ours would cause it. */
import assert from "node:assert/strict";
import test from "node:test";

import { ClosedError, connect, loopback, serve } from "edgepost";
import { joined, keeper, mail, rejection } from "./support.js";

type Receive = (this: { __wbg_ptr: number }, bytes: Uint8Array) => void;

/**
 * Makes the engines trap, truly, on octets that no test sends otherwise: as if they lived beyond the end of memory. The
 * glue is the package's own, patched before the engine is loaded.
 */
for (const [file, type] of [
  ["serving", "ServerEngine"],
  ["sending", "ClientEngine"],
] as const) {
  const glue = await import(new URL(`../../dist/wasm/pkg/${file}.js`, import.meta.url).href);
  const { prototype } = glue[type] as { prototype: { receive: Receive } };
  const { receive } = prototype;
  prototype.receive = function (bytes) {
    if (Buffer.from(bytes).includes("TRAP")) this.__wbg_ptr = 0xffff_fff0;
    receive.call(this, bytes);
  };
}

test("a server that traps ends its session and those beside it, and serves the next one", async () => {
  const first = keeper();
  const { smtp, served } = await joined({ handlers: first.handlers });
  const { smtp: beside } = await joined();

  const [near, far] = loopback();
  const bad = keeper();
  const trapped = serve(far, bad.handlers);
  await near.writable.getWriter().write(new TextEncoder().encode("TRAP\r\n"));
  await trapped;
  assert.ok(bad.errors[0] instanceof ClosedError, String(bad.errors[0]));
  assert.match(bad.errors[0].message, /^the engine failed: /);

  const error = await rejection(smtp.send(mail("Subject: lost\r\n\r\n")));
  assert.ok(error instanceof ClosedError, String(error));
  assert.match(String(first.errors[0]), /the engine failed, and its sessions with it/);
  await served;
  await smtp.close();
  await beside.close();

  const next = keeper();
  for (let round = 0; round < 3; round++) {
    const { smtp } = await joined({ handlers: next.handlers });
    await smtp.send(mail("Subject: kept\r\n\r\n"));
    await smtp.close();
  }
  assert.equal(next.kept.length, 3);
});

test("a client that traps says so, and the next one sends", async () => {
  const { smtp } = await joined();
  const { smtp: beside } = await joined();
  const [near, far] = loopback();
  const writer = far.writable.getWriter();
  const connecting = rejection(connect(near, { tls: "off", name: "client.test" }));
  await writer.write(new TextEncoder().encode("220 TRAP\r\n"));
  const error = await connecting;
  assert.ok(error instanceof ClosedError, String(error));
  assert.match(error.message, /^the engine failed: /);
  assert.ok(error.retryable);

  const lost = await rejection(beside.verify());
  assert.ok(lost instanceof ClosedError, String(lost));
  assert.match(lost.message, /the engine failed, and its sessions with it/);
  const lostToo = await rejection(smtp.send(mail("Subject: lost\r\n\r\n")));
  assert.ok(lostToo instanceof ClosedError, String(lostToo));
  await Promise.all([smtp.close(), beside.close()]);

  const next = keeper();
  const { smtp: fresh } = await joined({ handlers: next.handlers });
  await fresh.send(mail("Subject: kept\r\n\r\n"));
  await fresh.close();
  assert.equal(next.kept.length, 1);
});
