/** What an application may call a message, and how its addresses are read. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError } from "edgepost";
import type { Address, Draft, RawMessage } from "edgepost";

import { joined, keeper, rejection } from "./support.js";

const READ: [address: Address, written: string, recipient: string][] = [
  ["bob@x.test", "bob@x.test", "bob@x.test"],
  [" bob@x.test\n", "bob@x.test", "bob@x.test"],
  ["<bob@x.test>", "bob@x.test", "bob@x.test"],
  ["Bob <bob@x.test>", "Bob <bob@x.test>", "bob@x.test"],
  [" Bob  < bob@x.test > ", "Bob <bob@x.test>", "bob@x.test"],
  ['"Bobson, \\"Bob\\"" <bob@x.test>', '"Bobson, \\"Bob\\"" <bob@x.test>', "bob@x.test"],
  ["a < b <bob@x.test>", '"a < b" <bob@x.test>', "bob@x.test"],
  [{ name: "", address: "bob@x.test" }, "bob@x.test", "bob@x.test"],
];

for (const [address, written, recipient] of READ)
  test(`the address ${JSON.stringify(address)} is written as ${written}`, async () => {
    const { kept, handlers } = keeper();
    const { smtp } = await joined({ handlers });
    await smtp.send({ from: "ann@example.com", to: address });
    await smtp.close();
    assert.deepEqual(kept[0]!.envelope.to, [recipient]);
    assert.ok(kept[0]!.content.includes(`\r\nTo: ${written}\r\n`), kept[0]!.content);
  });

test("an address costs no more time than its length, whatever is in it", async () => {
  const { smtp } = await joined();
  const many = 100_000;
  const hostile = [
    `${" ".repeat(many)}x`,
    `x${" ".repeat(many)}x`,
    `x${" ".repeat(many)}<${" ".repeat(many)}`,
    "<".repeat(many),
    `"${'\\"'.repeat(many)}<x>`,
  ];
  for (const to of hostile) {
    const start = performance.now();
    assert.ok((await rejection(smtp.send({ from: "ann@example.com", to }))) instanceof InputError);
    const took = performance.now() - start;
    assert.ok(took < 500, `${JSON.stringify(to.slice(0, 5))}: ${took} ms`);
  }
  await smtp.close();
});

const AT_FAULT: [message: Draft | RawMessage, field: string, address: string][] = [
  [{ from: "ann@example.com", to: ["a@x.test", "b b@x.test", "c@x.test"] }, "to", '"b b@x.test"'],
  [{ from: "ann@example.com", to: "a@x.test", cc: [{ name: "B", address: "b" }] }, "cc", '"b"'],
  [{ from: "ann@example.com", to: "a@x.test", bcc: ["b@x.test", "c"] }, "bcc", '"c"'],
  [{ from: "ann", to: "a@x.test" }, "from", '"ann"'],
  [{ from: "ann@example.com", to: "a@x.test", replyTo: "x\r\ny" }, "replyTo", '"x\\r\\ny"'],
  [{ envelope: { from: "ann@example.com", to: ["a@x.test", "b"] }, raw: "" }, "to", '"b"'],
  [{ envelope: { from: "ann", to: "a@x.test" }, raw: "" }, "from", '"ann"'],
];

for (const [message, field, address] of AT_FAULT)
  test(`an error names the address at fault: ${address} in ${field}`, async () => {
    const { smtp } = await joined();
    const error = await rejection(smtp.send(message));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
    assert.ok(error.message.startsWith(`${field}: ${address} is no address: expected `), error.message);
    assert.equal(typeof error.position, "number");
    await smtp.close();
  });

test("an error shows no more than the beginning of a long address", async () => {
  const { smtp } = await joined();
  const error = (await rejection(
    smtp.send({ from: "ann@example.com", to: "x".repeat(10_000) }),
  )) as InputError;
  assert.match(error.message, /^to: "x{50,}…" is no address/);
  assert.ok(error.message.length < 300, error.message);
  await smtp.close();
});
