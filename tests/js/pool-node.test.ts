/** A pool over Node's sockets: a server that is killed again and again, and a port where nobody answers. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "node:test";

import { ClosedError, pool } from "edgepost";
import type { Connector, SendResult } from "edgepost";
import { tcp } from "edgepost/node";

import { environment, onExit } from "../support/process.js";
import { temporary } from "../support/temporary.js";
import { mail, rejection } from "./support.js";

const SERVER = fileURLToPath(new URL("mortal-server.mjs", import.meta.url));
const numbered = (index: number): ReturnType<typeof mail> =>
  mail(`Message-ID: <${index}@example.com>\r\nSubject: ${index}\r\n\r\n${"body\r\n".repeat(100)}`);

/** A server that begins a new life, on a new port, whenever it has died; the last life goes on until it is ended. */
class Mortal implements Connector, AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port = 25;
  readonly #file: string;
  readonly #lives: (readonly [moment: string, number: number])[];
  #listening: Promise<number>;
  #end: () => void = () => {};
  #over = false;

  constructor(file: string, lives: readonly (readonly [string, number])[]) {
    this.#file = file;
    this.#lives = [...lives];
    this.#listening = this.#live();
  }

  async open(options: Parameters<Connector["open"]>[0]): ReturnType<Connector["open"]> {
    return tcp({ host: this.host, port: await this.#listening }).open(options);
  }

  /** How many lives are still to come. */
  get left(): number {
    return this.#lives.length;
  }

  #live(): Promise<number> {
    const [moment, number] = this.#lives.shift() ?? ["never", 0];
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [SERVER, this.#file, moment, String(number)], {
        env: environment(),
        stdio: ["ignore", "pipe", "inherit"],
      });
      const forget = onExit(() => child.kill("SIGKILL"));
      this.#end = () => child.kill("SIGKILL");
      child.stdout.once("data", (bytes: Buffer) => resolve(Number(bytes.toString())));
      child.once("error", reject);
      child.once("exit", () => {
        forget();
        if (!this.#over) this.#listening = this.#live();
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#listening;
    this.#end();
  }
}

for (const [what, options] of [
  ["one connection", { size: 1, window: 10 }],
  ["three connections", { size: 3, window: 20 }],
  ["three connections without PIPELINING and CHUNKING", { size: 3, pipelining: false, chunking: false }],
] as const)
  test(
    `a server that is killed again and again, over ${what}: each message has one true result`,
    { timeout: 60_000 },
    async () => {
      const directory = await temporary();
      try {
        const file = join(directory.path, "stored");
        await writeFile(file, "");
        await using server = new Mortal(file, [
          ["mail", 20],
          ["stored", 5],
          ["mail", 1],
          ["stored", 1],
          ["mail", 30],
        ]);
        const results: SendResult[] = [];
        await using mails = pool(server, {
          ...options,
          tls: "off",
          name: "client.test",
          retry: { attempts: 20, first: 10, longest: 50 },
        });
        const messages = Array.from({ length: 150 }, (_, index) => numbered(index));
        for await (const result of mails.sendMany(messages)) results.push(result);
        await mails.close();
        const stored = (await readFile(file, "utf8")).trim().split("\n").map(Number);
        assert.equal(server.left, 0, "the server did not die as often as it should");
        assert.equal(new Set(stored).size, stored.length, "something was sent twice");
        assert.equal(results.length, 150);
        for (const [index, result] of results.entries()) {
          const there = stored.includes(index);
          if (result.ok) {
            assert.equal(result.receipt.messageId, `<${index}@example.com>`);
            assert.ok(there, `message ${index} was accepted and is not there`);
          } else {
            assert.equal(result.message, messages[index]);
            assert.equal(result.error.delivery, "uncertain", `message ${index}: ${result.error.message}`);
          }
        }
      } finally {
        await directory.remove();
      }
    },
  );

test("a port where nobody answers is tried so often, and no more", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  let asked = 0;
  const target = tcp({ host: "127.0.0.1", port });
  const counted: Connector = { ...target, open: (options) => (asked++, target.open(options)) };
  await using mails = pool(counted, { tls: "off", retry: { attempts: 3, first: 1 } });
  const error = await rejection(mails.send(numbered(1)));
  assert.ok(error instanceof ClosedError);
  assert.equal(error.stage, "connect");
  assert.equal(asked, 3);
});
