/** The readers of addresses, replies and commands, and how the engine is loaded. */
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { check } from "../support/process.js";
import { InputError, init, parseAddress, parseCommand, parseReply, ready } from "edgepost";

test("before the engine is loaded, the readers say how to load it", async () => {
  for (const read of [() => parseAddress("a@b.test"), () => parseReply("250 ok"), () => parseCommand("NOOP")])
    assert.throws(read, (error) => error instanceof InputError && /await ready\(\)/.test(error.message));
  await Promise.all([ready(), ready()]);
  await init(new Uint8Array());
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
