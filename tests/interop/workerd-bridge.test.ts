/** The bridge as a Worker, in workerd: no Node there, nor its compatibility. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { connect, serve } from "edgepost";
import type { SmtpError } from "edgepost";
import { mintToken } from "edgepost/bridge";
import { listen } from "edgepost/node";
import type { Listener } from "edgepost/node";
import { websocket } from "edgepost/websocket";
import { build } from "esbuild";
import { WebSocket } from "ws";

import { keeper, mail, rejection } from "../js/support.js";
import { freePorts } from "../support/ports.js";
import { type Running, start } from "../support/process.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { need, WORKERD } from "./software.js";

const KEY = "0123456789abcdef0123456789abcdef";

/** What a user deploys, but for `private`: workerd reaches public addresses only, unless it is told otherwise. */
const worker = (port: number): string => `
  import { bridgeHandler } from "edgepost/bridge";
  export default bridgeHandler({
    allow: ["localhost:${port}", "127.0.0.1:1"],
    tokens: { key: "${KEY}" },
    log: (entry) => console.log(JSON.stringify(entry)),
  });`;
const config = (port: number): string => `
  using Workerd = import "/workerd/workerd.capnp";
  const config :Workerd.Config = (
    services = [
      (name = "main", worker = (
        modules = [(name = "worker", esModule = embed "worker.js")],
        compatibilityDate = "2025-06-01",
      )),
      (name = "internet", network = (allow = ["public", "private"])),
    ],
    sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
  );`;

describe("the bridge in workerd", { skip: await need("workerd") }, () => {
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
    await build({
      stdin: { contents: worker(listener.port), resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      outfile: join(directory.path, "worker.js"),
      bundle: true,
      format: "esm",
      conditions: ["workerd", "worker", "browser"],
      external: ["cloudflare:sockets"],
      logLevel: "silent",
    });
    const [port] = await freePorts(1);
    await writeFile(join(directory.path, "config.capnp"), config(port!));
    url = `http://127.0.0.1:${port}/`;
    running = start(WORKERD, ["serve", "--verbose", join(directory.path, "config.capnp")]);
    for (;;) {
      const answer = await fetch(url).catch(() => undefined);
      if (answer !== undefined) break;
      assert.ok(running.running, running.log());
    }
  });
  after(async () => {
    await running?.stop();
    await listener?.close();
    await directory?.remove();
  });

  const bridge = (target: { host: string; port: number }, more: object = {}): ReturnType<typeof websocket> =>
    websocket({ url, ...target, token: () => mintToken({ key: KEY, ...target }), WebSocket, ...more });
  const refused = async (connector: ReturnType<typeof websocket>): Promise<SmtpError & { field?: string }> =>
    (await rejection(connect(connector, { tls: "off" }))) as SmtpError & { field?: string };

  test("carries sessions, with messages of some megabytes", async () => {
    const raw = `Subject: x\r\n\r\n${`${"y".repeat(70)}\r\n`.repeat(60_000)}`;
    for (const _ of [1, 2]) {
      const smtp = await connect(bridge({ host: "localhost", port: listener.port }), { tls: "off" });
      await smtp.send(mail(raw));
      await smtp.close();
    }
    assert.deepEqual(
      kept.map(({ content }) => content === raw),
      [true, true],
    );
  });

  test("says why it refuses, as on Node", async () => {
    const { name, field } = await refused(bridge({ host: "10.0.0.1", port: 25 }));
    assert.deepEqual([name, field], ["InputError", "host"]);
    const error = await refused(bridge({ host: "localhost", port: listener.port }, { token: "nonsense" }));
    assert.deepEqual([error.name, error.field], ["InputError", "token"]);
    const nobody = await refused(bridge({ host: "127.0.0.1", port: 1 }));
    assert.equal(nobody.name, "ClosedError");
  });

  test("has no place for clients that it cannot make wait", async () => {
    const { host, port } = { host: "localhost", port: listener.port };
    const token = await mintToken({ key: KEY, host, port });
    const socket = new WebSocket(`${url.replace("http", "ws")}?host=${host}&port=${port}`, [
      "binary",
      `edgepost.token.${token}`,
    ]);
    const status = await new Promise((resolve) => {
      socket.once("unexpected-response", (request, response) => {
        request.destroy();
        resolve(response.statusCode);
      });
      socket.on("error", () => {});
    });
    assert.equal(status, 400);
  });
});
