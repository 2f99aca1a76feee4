/** Our client and servers on a real socket that answer wrongly, too late, or not at all. */

import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";

import { connect, SmtpError } from "edgepost";
import { tcp } from "edgepost/node";

import { freePorts } from "../support/ports.js";
import { message } from "./messages.js";
import { session, type Witness } from "./session.js";

const EHLO = "250-bad.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 CHUNKING\r\n";
const PLAIN = "250 bad.test\r\n";

/** What the server does: `greet` on connecting, then for each line that begins with a verb what it has for that. */
interface Script {
  greet?: string | ((socket: Socket) => void);
  [verb: string]: string | ((socket: Socket) => void) | undefined;
}

/** A server that follows a script; verbs without an entry get 250, content after 354 is dropped unread. */
async function scripted(script: Script): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const act = (action: string | ((socket: Socket) => void)): void => {
      if (typeof action === "function") action(socket);
      else socket.write(action);
    };
    act(script.greet ?? "220 bad.test\r\n");
    socket.on("error", () => {});
    let buffer = "";
    let inData = false;
    let skip = 0;
    socket.on("data", (bytes) => {
      buffer += bytes.toString("latin1");
      for (;;) {
        if (skip > 0) {
          const skipped = Math.min(skip, buffer.length);
          skip -= skipped;
          buffer = buffer.slice(skipped);
        }
        const end = buffer.indexOf("\r\n");
        if (skip > 0 || end < 0) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (inData && line !== ".") continue;
        const verb = inData ? "end" : line.split(" ")[0]!.toUpperCase();
        inData = verb === "DATA" && script["DATA"] === undefined;
        const octets = /^BDAT (\d+)/i.exec(line);
        if (octets) skip = Number(octets[1]);
        act(script[verb] ?? (verb === "EHLO" ? EHLO : inData ? "354 go on\r\n" : "250 2.0.0 ok\r\n"));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const reset = (socket: Socket): void => void socket.resetAndDestroy();
const close = (socket: Socket): void => void socket.end();

interface Expected {
  code: SmtpError["code"];
  stage: SmtpError["stage"];
  delivery?: SmtpError["delivery"];
}

/** Connects and sends; both have to fail as expected, soon, and the error says it in words. */
function fails(
  name: string,
  script: Script,
  expected: Expected,
  options: Parameters<typeof connect>[1] = {},
): void {
  session(name, { skip: false }, async (witness) => {
    await using server = await scripted(script);
    await assert.rejects(converse(server.port, witness, options), (error) => {
      assert.ok(error instanceof SmtpError, inspect(error));
      const { code, stage, delivery } = error;
      assert.deepEqual({ code, stage, delivery }, { delivery: "none", ...expected }, inspect(error));
      assert.match(error.message, /may have been delivered|not delivered|nothing was sent/);
      return true;
    });
  });
}

async function converse(
  port: number,
  witness: Witness,
  options: Parameters<typeof connect>[1] = {},
): Promise<void> {
  await using smtp = await connect(tcp({ host: "127.0.0.1", port }), {
    ...{ name: "client.test", tls: "off", trace: witness.trace },
    ...options,
  });
  await smtp.send({
    envelope: { from: "a@client.test", to: "bob@example.test" },
    raw: message("x", "x\r\n"),
  });
}

fails(
  "garbage for a greeting",
  { greet: "HTTP/1.1 400 Bad Request\r\n\r\n" },
  { code: "protocol", stage: "greeting" },
);
fails("a refusing greeting", { greet: "554 5.7.1 go away\r\n" }, { code: "reply", stage: "greeting" });
fails("no greeting, and closed", { greet: close }, { code: "closed", stage: "greeting" });
fails(
  "no greeting at all",
  { greet: () => {} },
  { code: "timeout", stage: "greeting" },
  { timeouts: { greeting: 100 } },
);
fails(
  "a greeting of 10 MB",
  { greet: `220 ${"x".repeat(10_000_000)}\r\n` },
  { code: "protocol", stage: "greeting" },
);
fails(
  "a reply of endless lines",
  { EHLO: "250-more\r\n".repeat(200_000) },
  { code: "protocol", stage: "ehlo" },
);
fails(
  "closed in the middle of a reply",
  { EHLO: (socket) => socket.end("250-bad.test\r\n250-PIPE") },
  { code: "closed", stage: "ehlo" },
);
fails("a reply whose lines disagree", { EHLO: "250-a\r\n550 b\r\n" }, { code: "protocol", stage: "ehlo" });
fails("a reply with a bare LF", { EHLO: "250 bad.test\n" }, { code: "protocol", stage: "ehlo" });
fails(
  "421 instead of a reply to MAIL",
  { EHLO: PLAIN, MAIL: "421 4.3.2 later\r\n" },
  { code: "reply", stage: "mail" },
);
fails("a reset connection after MAIL", { EHLO: PLAIN, MAIL: reset }, { code: "closed", stage: "mail" });
fails(
  "silence after RCPT",
  { EHLO: PLAIN, RCPT: () => {} },
  { code: "timeout", stage: "rcpt" },
  { timeouts: { rcpt: 100 } },
);
fails(
  "closed after the end of the data: the message may have been delivered",
  { EHLO: PLAIN, end: close },
  { code: "closed", stage: "end", delivery: "uncertain" },
);
fails(
  "silence after the end of the data: the message may have been delivered",
  { EHLO: PLAIN, end: () => {} },
  { code: "timeout", stage: "end", delivery: "uncertain" },
  { timeouts: { end: 100 } },
);
fails(
  "closed after BDAT LAST: the message may have been delivered",
  { BDAT: close },
  { code: "closed", stage: "end", delivery: "uncertain" },
);
fails("refused after the data", { EHLO: PLAIN, end: "554 5.6.0 no\r\n" }, { code: "reply", stage: "end" });
fails(
  "plaintext after the reply to STARTTLS",
  { EHLO: "250-bad.test\r\n250 STARTTLS\r\n", STARTTLS: "220 go on\r\n250 injected\r\n" },
  { code: "protocol", stage: "starttls" },
  { tls: "required" },
);
fails(
  "no TLS after the reply to STARTTLS",
  {
    EHLO: "250-bad.test\r\n250 STARTTLS\r\n",
    STARTTLS: (socket) =>
      socket.write("220 go on\r\n", () => setTimeout(() => socket.write("no TLS\r\n"), 50)),
  },
  { code: "tls", stage: "starttls" },
  { tls: "required" },
);
fails(
  "STARTTLS is refused",
  { EHLO: "250-bad.test\r\n250 STARTTLS\r\n", STARTTLS: "454 4.7.0 not now\r\n" },
  { code: "reply", stage: "starttls" },
  { tls: "required" },
);
fails(
  "STARTTLS is not offered",
  { EHLO: PLAIN },
  { code: "tls", stage: "starttls" },
  { tls: "required", auth: { user: "user", pass: "secret" } },
);

session("nobody listens on the port", { skip: false }, async (witness) => {
  const [port] = await freePorts(1);
  await assert.rejects(converse(port!, witness), (error) => {
    assert.ok(error instanceof SmtpError, inspect(error));
    assert.deepEqual(
      [error.code, error.stage, error.retryable, error.delivery],
      ["closed", "connect", true, "none"],
    );
    assert.match(error.message, /refused/i);
    return true;
  });
});

session(
  "a lost connection: each of many messages says what became of it",
  { skip: false },
  async (witness) => {
    let ends = 0;
    await using server = await scripted({
      EHLO: PLAIN,
      end: (socket) => (++ends < 3 ? socket.write("250 2.0.0 ok\r\n") : socket.end()),
    });
    const options = { name: "client.test", tls: "off", trace: witness.trace } as const;
    await using smtp = await connect(tcp({ host: "127.0.0.1", port: server.port }), options);
    const results: string[] = [];
    const envelope = { from: "a@client.test", to: "bob@example.test" };
    const messages = Array.from({ length: 6 }, (_, i) => ({
      envelope,
      raw: message(`number ${i}`, "x\r\n"),
    }));
    for await (const result of smtp.sendMany(messages))
      results.push(result.ok ? "accepted" : result.error.delivery);
    assert.deepEqual(results, ["accepted", "accepted", "uncertain", "none", "none", "none"]);
  },
);
