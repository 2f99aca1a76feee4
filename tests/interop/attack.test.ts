/** Bare sockets against our server: what no proper client sends, and what only a few can. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { type Certificates, certificates } from "../support/certificates.js";
import { code, Raw } from "../support/raw.js";
import { type Temporary, temporary } from "../support/temporary.js";
import { large, message, sender, thorough } from "./messages.js";
import { session, type Witness } from "./session.js";
import { type Sink, startSink } from "./sink.js";
import { need } from "./software.js";

const skip = await need("openssl");
const BOB = "bob@example.test";

describe("our server and clients that misbehave", () => {
  let dir: Temporary;
  let certs: Certificates;
  let sink: Sink;

  before(async () => {
    if (skip !== false) return;
    dir = await temporary();
    certs = await certificates(dir.path);
    const { cert, key } = certs.good;
    // Patient, so that what is tested is not what ends the session, and in no hurry to be slow.
    const options = { tarpit: { delay: 0 }, limits: { idleCommands: 1_000_000_000 } };
    sink = await startSink({ tls: { cert, key }, auth: true, options });
  });
  after(async () => {
    await sink?.stop();
    await dir?.remove();
  });

  /** A test with a connection; whatever it did, the server still serves afterwards. */
  const raw = (name: string, body: (client: Raw, witness: Witness) => Promise<void>): void =>
    session(name, { skip }, async (witness) => {
      await using client = await Raw.connect(sink.port);
      try {
        await body(client, witness);
      } finally {
        witness.transcript += client.transcript;
      }
      await using next = await Raw.connect(sink.port);
      await next.hello();
      await deliver(next, sender(), message("next", "next\r\n"));
    });

  /** A whole transaction, the content dot-stuffed. */
  const deliver = async (client: Raw, from: string, content: Buffer): Promise<void> => {
    assert.equal(await client.command(`MAIL FROM:<${from}>`), 250);
    assert.equal(await client.command(`RCPT TO:<${BOB}>`), 250);
    assert.equal(await client.command("DATA"), 354);
    client.write(Buffer.from(`${content.toString("latin1").replace(/^\./gm, "..")}.\r\n`, "latin1"));
    assert.equal(code(await client.reply()), 250);
    assert.deepEqual(contents(from), [content.toString("latin1")]);
  };
  const contents = (from: string): string[] =>
    sink.from(from).map(({ content }) => content.toString("latin1"));

  raw("plaintext injected after STARTTLS is not executed", async (client) => {
    const from = sender();
    await client.hello();
    client.write(`STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<${from}>\r\nRCPT TO:<${BOB}>\r\n`);
    const reply = code(await client.reply());
    if (reply === 220) {
      await client.handshake(certs.ca);
      assert.ok((await client.command("MAIL FROM:<x@client.test>")) >= 500, "EHLO has to come first again");
      const offered = await client.ehlo();
      assert.ok(!offered.includes("STARTTLS"));
      assert.ok((await client.command(`RCPT TO:<${BOB}>`)) >= 500, "there must be no transaction");
      await deliver(client, from, message("secured", "secured\r\n"));
    } else {
      assert.ok(reply >= 500, "refused, and the rest thrown away");
      assert.equal(await client.command(`RCPT TO:<${BOB}>`), 503);
      await deliver(client, from, message("in the clear", "in the clear\r\n"));
    }
  });

  raw("what was said before TLS is forgotten", async (client) => {
    const from = sender();
    await client.hello();
    assert.equal(await client.command(`MAIL FROM:<${from}>`), 250);
    const reply = await client.command("STARTTLS");
    if (reply !== 220) return assert.ok(reply >= 500); // refused within a transaction, or
    await client.handshake(certs.ca);
    assert.equal(await client.command(`RCPT TO:<${BOB}>`), 503);
    await client.ehlo();
    assert.equal(await client.command(`RCPT TO:<${BOB}>`), 503);
  });

  raw("AUTH in the clear is neither offered nor taken", async (client) => {
    const offered = await client.hello();
    assert.ok(!offered.some((keyword) => keyword.startsWith("AUTH")), offered.join());
    const reply = await client.command(`AUTH PLAIN ${Buffer.from("\0user\0secret").toString("base64")}`);
    assert.ok(reply >= 500 && reply < 600, `${reply}`);
  });

  raw("AUTH after STARTTLS, cancelled once", async (client) => {
    await client.hello();
    assert.equal(await client.command("STARTTLS"), 220);
    await client.handshake(certs.ca);
    assert.ok((await client.ehlo()).includes("AUTH PLAIN LOGIN"));
    assert.equal(await client.command("AUTH LOGIN"), 334);
    assert.equal(await client.command("*"), 501);
    assert.equal(await client.command("AUTH PLAIN"), 334);
    assert.equal(await client.command(Buffer.from("\0user\0secret").toString("base64")), 235);
    assert.equal(await client.command("AUTH PLAIN AHVzZXIAc2VjcmV0"), 503);
    const from = sender();
    await deliver(client, from, thorough.content);
    assert.equal(sink.from(from)[0]!.user, "user");
  });

  for (const end of [
    "\n.\n",
    "\n.\r\n",
    "\r.\r",
    "\r\n.\n",
    "\r\n.\r",
    "\r.\r\n",
    "\n\r.\n\r",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
  ]) {
    raw(`${JSON.stringify(end)} does not end a message: no second one can be smuggled in`, async (client) => {
      const [from, evil] = [sender(), sender()];
      await client.hello();
      client.write(`MAIL FROM:<${from}>\r\nRCPT TO:<${BOB}>\r\nDATA\r\n`);
      for (const expected of [250, 250, 354]) assert.equal(code(await client.reply()), expected);
      client.write(
        `Subject: x\r\n\r\nfirst${end}MAIL FROM:<${evil}>\r\nRCPT TO:<${BOB}>\r\nDATA\r\nsecond\r\n.\r\nQUIT\r\n`,
      );
      const replies = [await client.reply(), ...(await client.rest()).split("\r\n").filter(Boolean)];
      assert.equal(sink.from(evil).length, 0);
      assert.ok(sink.from(from).length <= 1);
      assert.ok(replies.length <= 2, "one reply to the message, one to QUIT");
      const [reply] = replies as [string[]];
      if (code(reply) === 250) assert.match(contents(from)[0]!, /first[^]*MAIL FROM[^]*second\r\n$/);
      else assert.ok(code(reply) >= 500 && sink.from(from).length === 0);
    });
  }

  raw("the end of data is found wherever the network cuts it", async (client) => {
    await client.hello();
    const text = "one\r\n..\r\n.two\r\n\r\n";
    const end = "\r\n.\r\n";
    for (let cut = 0; cut <= end.length; cut++) {
      const from = sender();
      await client.command(`MAIL FROM:<${from}>`);
      await client.command(`RCPT TO:<${BOB}>`);
      await client.command("DATA");
      client.write(`${text}x${end.slice(0, cut)}`);
      await new Promise(setImmediate);
      client.write(`${end.slice(cut)}NOOP\r\n`);
      assert.equal(code(await client.reply()), 250);
      assert.equal(code(await client.reply()), 250);
      assert.deepEqual(contents(from), ["one\r\n.\r\ntwo\r\n\r\nx\r\n"]);
    }
  });

  raw("BDAT in several chunks, pipelined, with dots as they are", async (client) => {
    const from = sender();
    assert.ok((await client.hello()).includes("CHUNKING"));
    const { content } = thorough;
    client.write(`MAIL FROM:<${from}> BODY=8BITMIME\r\nRCPT TO:<${BOB}>\r\n`);
    for (const [begin, end] of [
      [0, 1],
      [1, 700],
      [700, content.length],
    ] as const) {
      client.write(`BDAT ${end - begin}${end === content.length ? " LAST" : ""}\r\n`);
      client.write(content.subarray(begin, end));
    }
    client.write("NOOP\r\n");
    for (let i = 0; i < 6; i++) assert.equal(code(await client.reply()), 250);
    assert.deepEqual(contents(from), [content.toString("latin1")]);
  });

  raw("BDAT 0 LAST ends a message, also an empty one", async (client) => {
    await client.hello();
    for (const content of ["", "hello\r\n"]) {
      const from = sender();
      client.write(`MAIL FROM:<${from}>\r\nRCPT TO:<${BOB}>\r\n`);
      if (content !== "") client.write(`BDAT ${content.length}\r\n${content}`);
      client.write("BDAT 0 LAST\r\n");
      for (let i = content === "" ? 3 : 4; i > 0; i--) assert.equal(code(await client.reply()), 250);
      assert.deepEqual(contents(from), [content]);
    }
  });

  raw("octets of a refused BDAT are not read as commands", async (client) => {
    const evil = `MAIL FROM:<${sender()}>\r\nRCPT TO:<${BOB}>\r\n`;
    await client.hello();
    client.write(`BDAT ${evil.length} LAST\r\n${evil}NOOP\r\n`);
    assert.equal(code(await client.reply()), 503);
    assert.equal(code(await client.reply()), 250);
    assert.equal(await client.command("DATA"), 503);
  });

  raw("DATA and BDAT do not mix", async (client) => {
    const from = sender();
    await client.hello();
    client.write(`MAIL FROM:<${from}>\r\nRCPT TO:<${BOB}>\r\nBDAT 3\r\nx\r\nDATA\r\n`);
    for (const expected of [250, 250, 250, 503]) assert.equal(code(await client.reply()), expected);
    assert.deepEqual(contents(from), []);
  });

  raw("a bare LF does not end a command", async (client) => {
    await client.reply();
    client.write("EHLO client.test\nMAIL FROM:<a@client.test>\r\n");
    assert.equal(Math.trunc(code(await client.reply()) / 100), 5);
    assert.ok((await client.ehlo()).includes("PIPELINING"));
  });

  raw("a command line without an end is refused, whatever its length", async (client) => {
    await client.hello();
    const megabyte = Buffer.alloc(1_000_000, "x");
    for (let i = 0; i < 10; i++) client.write(megabyte);
    client.write("\r\n");
    assert.equal(code(await client.reply()), 500);
  });

  raw("a connection lost within a message leaves no message", async (client) => {
    const [data, bdat] = [sender(), sender()];
    await client.hello();
    client.write(`MAIL FROM:<${data}>\r\nRCPT TO:<${BOB}>\r\nDATA\r\n`);
    for (let i = 0; i < 3; i++) await client.reply();
    client.write(`Subject: cut\r\n\r\n${"x\r\n".repeat(1_000)}\r\n.\r`);
    await client.close();
    await using other = await Raw.connect(sink.port);
    await other.hello();
    other.write(`MAIL FROM:<${bdat}>\r\nRCPT TO:<${BOB}>\r\nBDAT 100 LAST\r\n${"x".repeat(99)}`);
    for (let i = 0; i < 2; i++) await other.reply();
    await other.close();
    await using third = await Raw.connect(sink.port);
    await third.hello();
    await deliver(third, sender(), message("after", "after\r\n"));
    assert.deepEqual([...contents(data), ...contents(bdat)], []);
  });

  raw("a message larger than SIZE allows is refused, by its word and by its weight", async (client) => {
    const offered = await client.hello();
    const size = Number(/^SIZE (\d+)$/m.exec(offered.join("\n"))?.[1]);
    assert.equal(size, 40_000_000);
    assert.equal(await client.command(`MAIL FROM:<a@client.test> SIZE=${size + 1}`), 552);
    const from = sender();
    await client.command(`MAIL FROM:<${from}>`);
    await client.command(`RCPT TO:<${BOB}>`);
    await client.command("DATA");
    const part = large(1_000_000).toString().replace(/^\./gm, "..");
    for (let octets = 0; octets <= size; octets += 1_000_000) client.write(part);
    client.write(".\r\n");
    assert.equal(code(await client.reply()), 552);
    assert.equal(sink.from(from).length, 0);
  });

  raw("everything in one packet, and QUIT", async (client) => {
    const from = sender();
    client.write(
      `EHLO client.test\r\nMAIL FROM:<${from}>\r\nRCPT TO:<${BOB}>\r\nBDAT 7 LAST\r\nhello\r\nQUIT\r\n`,
    );
    for (const expected of [220, 250, 250, 250, 250]) assert.equal(code(await client.reply()), expected);
    assert.match(await client.rest(), /^221 .*\r\n$/);
    assert.deepEqual(contents(from), ["hello\r\n"]);
  });

  raw("garbage instead of commands, and instead of a TLS handshake", async (client) => {
    await client.reply();
    client.write(Buffer.from("\x16\x03\x01\0\xa5\x01\0\0\xa1\r\n\0\0\r\n", "latin1"));
    for (let i = 0; i < 2; i++) assert.equal(Math.trunc(code(await client.reply()) / 100), 5);
    await client.ehlo();
    assert.equal(await client.command("STARTTLS"), 220);
    client.write("this is no TLS\r\n".repeat(10));
    await client.rest();
  });

  raw("a client that ends its side after QUIT still gets every reply", async (client) => {
    const from = sender();
    client.write(`EHLO client.test\r\nMAIL FROM:<${from}>\r\nRCPT TO:<${BOB}>\r\nDATA\r\n`);
    client.end("hello\r\n.\r\nQUIT\r\n");
    const replies = (await client.rest()).match(/^\d{3}(?= )/gm);
    assert.deepEqual(replies, ["220", "250", "250", "250", "354", "250", "221"]);
    assert.deepEqual(contents(from), ["hello\r\n"]);
  });

  raw("10,000 commands before the first reply is read are all answered, in order", async (client) => {
    await client.hello();
    client.pause();
    client.write("NOOP\r\nRSET\r\nVRFY bob\r\n".repeat(3_333) + "NOOP\r\n");
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.resume();
    for (let i = 0; i < 3_333; i++)
      for (const expected of [250, 250, 252]) assert.equal(code(await client.reply()), expected);
    assert.equal(code(await client.reply()), 250);
  });

  raw("a client that never reads a reply is not read from without end", async (client) => {
    await client.hello();
    client.pause();
    const limit = 100_000_000;
    assert.ok((await client.fill(Buffer.from("NOOP\r\n".repeat(100_000)), limit)) < limit);
  });

  raw("a message that its handler does not read is not taken from the network", async (client) => {
    const limit = 100_000_000;
    await client.hello();
    client.write(`MAIL FROM:<unread@client.test>\r\nRCPT TO:<${BOB}>\r\nBDAT 30000000 LAST\r\n`);
    assert.ok((await client.fill(Buffer.alloc(1_000_000, "x\r\n"), limit)) < 30_000_000);
  });

  raw("a client that errs without end is told 421 and let go", async (client) => {
    await client.hello();
    client.write("BOGUS\r\n".repeat(1_000));
    const replies = (await client.rest()).trimEnd().split("\r\n");
    assert.ok(replies.length < 1_000, `${replies.length}`);
    assert.match(replies.at(-1)!, /^421 /);
  });

  session("a client that says nothing is told 421, at any point, and let go", { skip }, async (witness) => {
    await using slow = await startSink({ timeouts: { command: 150, content: 150 } });
    for (const words of [
      "",
      "EHLO client.test\r\n",
      "EHLO client.te",
      `EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<${BOB}>\r\nDATA\r\nabc`,
    ]) {
      await using client = await Raw.connect(slow.port);
      client.write(words);
      const said = await client.rest();
      witness.transcript += `${JSON.stringify(words)}\n${said}`;
      assert.match(said, /^421 4\.\d\.\d .*\r\n$/m);
      assert.ok(said.endsWith("\r\n") && said.trimEnd().split("\r\n").at(-1)!.startsWith("421"));
    }
    assert.deepEqual(slow.received, []);
  });

  session(
    "a server that is shut down says 421 and closes; new connections are refused",
    { skip },
    async (witness) => {
      const closing = await startSink();
      await using client = await Raw.connect(closing.port);
      await client.hello();
      await client.command("MAIL FROM:<a@client.test>");
      const stopped = closing.stop();
      assert.equal(code(await client.reply()), 421);
      assert.equal(await client.rest(), "");
      await stopped;
      witness.transcript = client.transcript;
      await assert.rejects(Raw.connect(closing.port));
    },
  );

  session("50 connections at once, each with its messages", { skip }, async () => {
    const froms = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const from = sender();
        await using client = await Raw.connect(sink.port);
        await client.hello();
        for (let n = 0; n < 3; n++) {
          assert.equal(await client.command(`MAIL FROM:<${from}>`), 250);
          assert.equal(await client.command(`RCPT TO:<${BOB}>`), 250);
          assert.equal(await client.command("DATA"), 354);
          client.write(`client ${i}, message ${n}\r\n.\r\n`);
          assert.equal(code(await client.reply()), 250);
        }
        return from;
      }),
    );
    for (const [i, from] of froms.entries())
      assert.deepEqual(
        contents(from),
        [0, 1, 2].map((n) => `client ${i}, message ${n}\r\n`),
      );
  });
});
