/** `edgepost bridge`, called as a user calls it. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { connect, serve } from "edgepost";
import { listen } from "edgepost/node";
import { websocket } from "edgepost/websocket";
import { WebSocket } from "ws";

import { testCertificate } from "../../js/cli/certificate.js";
import { keeper, mail, rejection } from "../js/support.js";
import { environment, type Ran, run, type Running, start } from "../support/process.js";
import { temporary } from "../support/temporary.js";

const EDGEPOST = fileURLToPath(new URL("../../dist/cli/edgepost.js", import.meta.url));
const KEY = "0123456789abcdef0123456789abcdef";

const bridge = (args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  run(process.execPath, [EDGEPOST, "bridge", ...args], { env: environment(env) });

/** A bridge on a free port; waits until it says something that matches. */
async function running(args: string[]): Promise<Running & { said(what: RegExp): Promise<RegExpExecArray> }> {
  const program = start(process.execPath, [EDGEPOST, "bridge", "--port", "0", ...args]);
  const said = async (what: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = what.exec(program.log());
      if (found !== null) return found;
      if (!program.running) throw new Error(`it has ended:\n${program.log()}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  // `running` of the program is no value but a question.
  return Object.assign(program, { said });
}

async function server(): Promise<{ port: number; kept: unknown[]; close(): Promise<void> }> {
  const { kept, handlers } = keeper();
  const listener = listen({ port: 0, host: "127.0.0.1" });
  await listener.ready;
  void (async () => {
    for await (const transport of listener) void serve(transport, handlers);
  })();
  return { port: listener.port, kept, close: () => listener.close() };
}

test("carries a session; a line says that it began, and one how it ended", async () => {
  const { port, kept, close } = await server();
  await using program = await running(["--allow", `localhost:${port}`]);
  const [, url] = await program.said(/listening on (ws:\S+)\n/);
  const smtp = await connect(websocket({ url: url!, host: "localhost", port, WebSocket }), { tls: "off" });
  await smtp.send(mail("Subject: x\r\n\r\nx\r\n"));
  await smtp.close();
  assert.equal(kept.length, 1);
  await program.said(
    new RegExp(`^open    127\\.0\\.0\\.1 -> localhost:${port}: connected to 127\\.0\\.0\\.1$`, "m"),
  );
  await program.said(
    /^end     127\.0\.0\.1 -> localhost:\d+: the server has closed the connection \(1000\)  \d+ octets sent, /m,
  );
  await program.stop("SIGINT");
  assert.equal(await program.ended, 0);
  await close();
});

test("--json prints lines of JSON, without controls or tokens of strangers", async () => {
  const directory = await temporary();
  const file = join(directory.path, "key");
  await writeFile(file, `${KEY}\n`);
  await using program = await running(["--allow", "localhost:25", "--token-key-file", file, "--json"]);
  const [, line] = await program.said(/^(\{"event":"listening".*\})\n/m);
  const { url } = JSON.parse(line!) as { url: string };
  const error = await rejection(
    connect(websocket({ url, host: "localhost", port: 25, WebSocket, token: "eyJsecret" }), { tls: "off" }),
  );
  assert.equal((error as Error).name, "InputError");
  const [, refused] = await program.said(/^(\{.*"event":"refused".*\})\n/m);
  const { time, code, host, reason } = JSON.parse(refused!) as Record<string, unknown>;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual([code, host, reason], [401, "localhost", "the token is not one of this bridge's"]);
  assert.doesNotMatch(program.log(), /eyJ/);
  await directory.remove();
});

test("--mint prints a token that the bridge takes", async () => {
  const { port, close } = await server();
  const directory = await temporary();
  const file = join(directory.path, "key");
  await writeFile(file, KEY);
  const minted = await bridge(["--mint", `localhost:${port}`, "--lifetime", "10"], {
    EDGEPOST_BRIDGE_KEY: KEY,
  });
  assert.equal(minted.code, 0);
  await using program = await running(["--allow", `localhost:${port}`, "--token-key-file", file]);
  const [, url] = await program.said(/listening on (ws:\S+)\n/);
  const token = minted.stdout.toString().trim();
  const connector = websocket({ url: url!, host: "localhost", port, WebSocket, token });
  await (await connect(connector, { tls: "off" })).close();
  await close();
  await directory.remove();
});

test("--cert and --key make it speak wss:", async () => {
  const directory = await temporary();
  const { cert, key } = testCertificate(["localhost"]);
  const [certFile, keyFile] = [join(directory.path, "cert.pem"), join(directory.path, "key.pem")];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  await using program = await running(["--allow", "localhost:25", "--cert", certFile, "--key", keyFile]);
  await program.said(/listening on wss:/);
  await program.stop();
  assert.equal(await program.ended, 0);
  await directory.remove();
});

test("a port that is in use: exit code 1, and what to do", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const { code, log } = await bridge(["--allow", "localhost:25", "--port", String(port)]);
  assert.equal(code, 1);
  assert.match(log, /is in use: choose another with --port/);
  taken.close();
});

describe("wrong usage is exit code 2, and a word on how to mend it", () => {
  for (const [args, words] of [
    [[], /say which servers may be reached: --allow/],
    [["--allow", "*"], /"\*" is no destination: write smtp\.example\.com:465/],
    [["--allow", "a.test:25", "--origin", "app.example.com"], /is no origin: write https:/],
    [["--allow", "a.test:25", "--network", "10.0.0.0/40"], /no network/],
    [["--allow", "a.test:25", "--cert", "x"], /--cert and --key go together/],
    [["--allow", "a.test:25", "--audience", "x"], /--audience needs a key/],
    [["--allow", "a.test:25", "--token-key-file", "/nowhere"], /--token-key-file: ENOENT/],
    [["--allow", "a.test:25", "--message", "1K"], /limits\.message must be 65536 octets or more/],
    [["--allow", "a.test:25", "--idle", "x"], /--idle has to be a whole number/],
    [["--allow", "a.test:25", "--lifetime", "5"], /--lifetime goes with --mint/],
    [["--mint", "a.test:25"], /--mint needs a key/],
    [["--allow", "a.test:25", "--orgin", "x"], /did you mean --origin/],
  ] as [string[], RegExp][])
    test(args.join(" ") || "nothing", async () => {
      const { code, log } = await bridge(args);
      assert.equal(code, 2);
      assert.match(log, words);
    });
});
