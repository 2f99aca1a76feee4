/** The readers of addresses, replies and commands, and how the engine is loaded. */
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { check } from "../support/process.js";
import { InputError, describeStatus, parseAddress, parseCommand, parseReply, ready } from "edgepost";
import type { Span } from "edgepost";

test("before the engine is loaded, the readers say how to load it", async () => {
  for (const read of [
    () => parseAddress("a@b.test"),
    () => parseReply("250 ok"),
    () => parseCommand("NOOP"),
    () => describeStatus("5.1.1"),
  ])
    assert.throws(read, (error) => error instanceof InputError && /await ready\(\)/.test(error.message));
  await Promise.all([ready(), ready()]);
});

test("init loads the engine from a place of the host's own, and says when it cannot", async () => {
  const script = `
    import { init, parseAddress } from "edgepost";
    import { readFile } from "node:fs/promises";
    const error = await init(new Uint8Array(8)).catch((error) => error);
    console.log(error.name);
    await init(readFile(new URL(import.meta.resolve("edgepost/edgepost.wasm"))));
    console.log(parseAddress("ann@example.com").domain);
  `;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout } = await check(process.execPath, ["--input-type=module", "-e", script], { cwd: root });
  assert.equal(stdout.toString(), "InputError\nexample.com\n");
});

test("an address is read, or its mistake is placed", async () => {
  await ready();
  const { address, localPart, domain } = parseAddress("ann@example.com");
  assert.deepEqual([address, localPart, domain], ["ann@example.com", "ann", "example.com"]);
  assert.throws(
    () => parseAddress("ann@exa mple.com"),
    (error) => error instanceof InputError && error.position === 7 && typeof error.rule === "string",
  );
});

test("a reply is read, of one or more lines", async () => {
  await ready();
  const { code, enhanced, lines } = parseReply("250-2.0.0 one\r\n250 2.0.0 two\r\n");
  assert.deepEqual([code, enhanced, lines], [250, "2.0.0", ["one", "two"]]);
  assert.throws(() => parseReply("hello"), InputError);
});

test("a command is read", async () => {
  await ready();
  assert.equal(parseCommand("mail from:<ann@example.com> SIZE=10").verb, "MAIL");
  assert.throws(() => parseCommand("MAIL FRM:<x>"), InputError);
});

/** Each part with its rule; spans count octets, not UTF-16 units. */
function parts(text: string, spans: readonly Span[]): string[] {
  const octets = new TextEncoder().encode(text);
  const cut = ({ start, end }: Span) =>
    new TextDecoder("utf-8", { fatal: true }).decode(octets.slice(start, end));
  return spans.map((span) => `${span.rule}: ${cut(span)}`);
}

// covers: RFC 5321 section 4.2 both
test("the parts of a reply are where its spans say", async () => {
  await ready();
  const text = "250-2.1.5 Jürgen\r\n250 2.1.5 😀\r\n";
  assert.deepEqual(parts(text, parseReply(text).spans), [
    "Reply-line: 250-2.1.5 Jürgen",
    "Reply-code: 250",
    "status-code: 2.1.5",
    "textstring: Jürgen",
    "Reply-line: 250 2.1.5 😀",
    "Reply-code: 250",
    "status-code: 2.1.5",
    "textstring: 😀",
  ]);
});

test("what is wrong with a reply is placed", async () => {
  await ready();
  for (const [text, position] of [
    ["", 0],
    ["250-é\r\n25x", 8],
    ["250-one\r\n251 two", 9],
    ["250 one\r\n250 two", 9],
    ["250-one\r\n", 8],
  ] as const)
    assert.throws(
      () => parseReply(text),
      (error) => error instanceof InputError && error.position === position,
      text,
    );
});

// covers: RFC 5321 section 4.1.1 both
test("the parts of a command are where its spans say", async () => {
  await ready();
  const text = "RCPT TO:<jörg@bücher.example> ORCPT=utf-8;j\\x{F6}rg@b\r\n";
  assert.deepEqual(parts(text, parseCommand(text).spans).slice(1), [
    "Forward-path: <jörg@bücher.example>",
    "Mailbox: jörg@bücher.example",
    "Local-part: jörg",
    "Domain: bücher.example",
    "Rcpt-parameters: ORCPT=utf-8;j\\x{F6}rg@b",
    "esmtp-param: ORCPT=utf-8;j\\x{F6}rg@b",
    "esmtp-keyword: ORCPT",
    "esmtp-value: utf-8;j\\x{F6}rg@b",
  ]);
});

test("commands of extensions are read, and their secrets are not in them", async () => {
  await ready();
  const { verb, attributes } = parseCommand("xclient Addr=192.0.2.1 NAME=a+20b");
  assert.equal(verb, "XCLIENT");
  assert.deepEqual(attributes, [
    { name: "ADDR", value: "192.0.2.1" },
    { name: "NAME", value: "a b" },
  ]);
  const burl = parseCommand("BURL imap://h/;urlauth=submit+h:internal:cafe LAST");
  assert.deepEqual([burl.url, burl.last], ["imap://h/;urlauth=submit+h:internal:[redacted]", true]);
  assert.ok(!JSON.stringify(burl).includes("cafe"));
  assert.equal(parseCommand("ETRN @example.com").argument, "@example.com");
  assert.equal(parseCommand("LHLO client.example").name, "client.example");
  for (const [line, position] of [
    ["XCLIENT NAME=a+0D+0AQUIT", 14],
    ["XFORWARD __proto__=1", 9],
    ["MAIL FROM:<a@b> constructor=", 28],
    ["MAIL FROM:<a@b> __proto__=1", 16],
  ] as const)
    assert.throws(
      () => parseCommand(line),
      (error) => error instanceof InputError && error.position === position,
      line,
    );
  assert.deepEqual(parseCommand("MAIL FROM:<a@b> constructor=1").params, [
    { keyword: "constructor", value: "1" },
  ]);
});

// covers: RFC 5248 both
test("an enhanced status code is described as it is registered", async () => {
  await ready();
  const { description, ...status } = describeStatus("5.7.27")!;
  assert.deepEqual(status, {
    code: "5.7.27",
    class: "Permanent Failure",
    subject: "Security or Policy Status",
    name: "Sender address has null MX",
    replyCodes: [550],
    reference: "RFC 7505",
  });
  assert.ok(description.length > 10);
  assert.equal(describeStatus("5.7.99"), undefined);
  for (const [code, position] of [
    ["3.1.1", 0],
    ["5.1", 3],
    ["5.1.1.1", 5],
    ["5.1.1000", 4],
    ["", 0],
  ] as const)
    assert.throws(
      () => describeStatus(code),
      (error) => error instanceof InputError && error.position === position,
      code,
    );
});

test("an address outside ASCII is one where UTF-8 is allowed", async () => {
  await ready();
  const address = "jörg@bücher.example";
  assert.equal(parseAddress(address, { utf8: true }).domain, "bücher.example");
  for (const options of [undefined, {}, { utf8: false }])
    assert.throws(
      () => parseAddress(address, options),
      (error) => error instanceof InputError && error.position === 1,
    );
});
