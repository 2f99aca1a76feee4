/** Our client through websockify, a bridge that only copies octets, as it is run for other protocols. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { connect, serve } from "edgepost";
import { listen } from "edgepost/node";
import type { Listener } from "edgepost/node";
import { websocket } from "edgepost/websocket";
import { WebSocket } from "ws";

import { keeper, mail, rejection } from "../js/support.js";
import { freePorts } from "../support/ports.js";
import { type Running, start } from "../support/process.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { need, WEBSOCKIFY } from "./software.js";

describe("websockify", { skip: await need("websockify") }, () => {
  const { kept, handlers } = keeper();
  let listener: Listener;
  let directory: Temporary;
  let running: Running;
  let url: string;

  before(async () => {
    listener = listen({ port: 0, host: "127.0.0.1" });
    await listener.ready;
    void (async () => {
      for await (const transport of listener) void serve(transport, handlers);
    })();
    directory = await temporary();
    const tokens = join(directory.path, "tokens");
    await writeFile(tokens, `smtp: 127.0.0.1:${listener.port}\n`);
    const [port] = await freePorts(1);
    url = `ws://127.0.0.1:${port}/?token=smtp`;
    const source = ["--token-plugin", "TokenFile", "--token-source", tokens];
    running = start(WEBSOCKIFY, [...source, `127.0.0.1:${port}`]);
    while (!running.log().includes("proxying")) {
      assert.ok(running.running, running.log());
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  after(async () => {
    await running?.stop();
    await listener?.close();
    await directory?.remove();
  });

  /** What websockify is asked for is its own affair: the port is that of its token. */
  const bridge = (more: object = {}): ReturnType<typeof websocket> =>
    websocket({ url, host: "mx.test", port: 25, WebSocket, ...more });

  test("carries a session, with a message of some megabytes", async () => {
    // It says that it listens before it does.
    const smtp = await patiently(() => connect(bridge(), { tls: "off", name: "client.test" }), running);
    const raw = `Subject: x\r\n\r\n${`${"y".repeat(70)}\r\n`.repeat(60_000)}`;
    const { reply } = await smtp.send(mail(raw));
    await smtp.close();
    assert.equal(reply.code, 250);
    assert.equal(kept[0]!.content, raw);
  });

  test("makes no TLS when it is asked to: that is an error, and nothing is sent", async () => {
    const error = (await rejection(connect(bridge({ tls: "bridge" }), { tls: "implicit" }))) as Error;
    assert.equal(error.name, "TlsError");
    assert.match(error.message, /only copies octets, and would not make TLS/);
  });

  test("drops who has no token of its own: that is a ClosedError, and the token stays out of it", async () => {
    const other = bridge({ url: url.replace("smtp", "other") });
    const error = (await rejection(connect(other, { tls: "off" }))) as Error;
    assert.equal(error.name, "ClosedError");
    assert.doesNotMatch(error.message, /other/);
  });
});

/** Tries again while the program has not opened its port. */
async function patiently<T>(action: () => Promise<T>, running: Running): Promise<T> {
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      return await action();
    } catch (error) {
      if (!running.running || Date.now() > deadline) throw new Error(running.log(), { cause: error });
    }
  }
}
