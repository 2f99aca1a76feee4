/** What the command reads from a message's header. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeWords, fieldValues, headerEnd, mailboxes, withoutField } from "../../js/cli/header.js";

const LISTS: [list: string, addresses: string[]][] = [
  ["a@b.c", ["a@b.c"]],
  [" a@b.c , d@e.f,, ", ["a@b.c", "d@e.f"]],
  ["Ann <a@b.c>", ["a@b.c"]],
  ['"Lee, Ann" <a@b.c>, Bob <d@e.f>', ["a@b.c", "d@e.f"]],
  ['"Lee \\", Ann" <a@b.c>', ["a@b.c"]],
  ["a@b.c (Ann, of (all) places), d@e.f", ["a@b.c", "d@e.f"]],
  ["Friends: a@b.c, Bob <d@e.f>; g@h.i", ["a@b.c", "d@e.f", "g@h.i"]],
  ["undisclosed-recipients:;", []],
  ['"john doe"@b.c', ['"john doe"@b.c']],
  ["a@[IPv6:2001:db8::1], Bob <d@[192.0.2.1]>", ["a@[IPv6:2001:db8::1]", "d@[192.0.2.1]"]],
  ['Odd <"a>b"@c.d>', ['"a>b"@c.d']],
  ["<>", [""]],
  ["Jörg <jörg@b.c>", ["jörg@b.c"]],
  ['unfinished "quote, a@b.c', ['unfinished "quote, a@b.c']],
];

for (const [list, addresses] of LISTS)
  test(`the addresses of ${JSON.stringify(list)}`, () => {
    assert.deepEqual(
      mailboxes(list).map(({ address }) => address),
      addresses,
    );
  });

test("names come without their quotes and encoded words", () => {
  assert.deepEqual(mailboxes('"Lee, \\"Ann\\"" <a@b.c>, =?utf-8?q?J=C3=B6rg?= <d@e.f>, g@h.i'), [
    { name: 'Lee, "Ann"', address: "a@b.c" },
    { name: "Jörg", address: "d@e.f" },
    { address: "g@h.i" },
  ]);
});

test("a long list of what opens and never closes is read in linear time", () => {
  for (const open of ["<", "(", "[", '"', '"\\', "(a<", '<"'])
    assert.ok(mailboxes(open.repeat(200_000)).length <= 1);
});

test("the header ends at the first empty line, whatever the line ends are", () => {
  const end = (text: string): number | undefined => headerEnd(Buffer.from(text));
  assert.equal(end("A: b\r\n\r\nc\n\nd"), 8);
  assert.equal(end("A: b\n\nc\r\n\r\nd"), 6);
  assert.equal(end("\r\nc"), 0);
  assert.equal(end("A: b\r\n"), undefined);
});

test("fields are found whatever their case, unfolded, all of them", () => {
  const header = Buffer.from("TO: a@b.c,\r\n d@e.f\r\nTo-Not: x\r\nto : g@h.i\r\nSubject: To: me\r\n\r\n");
  assert.deepEqual(fieldValues(header, "to"), ["a@b.c, d@e.f", "g@h.i"]);
});

test("a field is taken out with its continuation lines; the other octets stay", () => {
  const header = Buffer.from("From: \xe4\r\nBcc: a@b.c,\r\n\td@e.f\r\nbcc:\r\nX-Bcc: x\r\n\r\n", "latin1");
  assert.deepEqual(withoutField(header, "bcc"), Buffer.from("From: \xe4\r\nX-Bcc: x\r\n\r\n", "latin1"));
});

test("encoded words are read, neighbours without the space between; unknown ones stay", () => {
  assert.equal(
    decodeWords("=?UTF-8?B?R3LDvMOf?= =?utf-8?q?e_aus?= Z=?x-nobody?q?a?="),
    "Grüße aus Z=?x-nobody?q?a?=",
  );
});

test("a header costs no more time than its length, whatever is in it", () => {
  const many = 60_000;
  for (const list of [
    `<a@b.c> "${'\\"'.repeat(many)}`,
    '"'.repeat(many),
    "(".repeat(many),
    "<".repeat(many),
  ]) {
    const start = performance.now();
    mailboxes(list);
    assert.ok(performance.now() - start < 500, list.slice(0, 12));
  }
});
