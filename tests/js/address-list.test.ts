/** Addresses of header fields, read strictly (RFC 5322 section 3.4). */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, parseAddress, parseAddressList, ready } from "edgepost";

test("before the engine is loaded, the error says what to do", () => {
  for (const read of [() => parseAddressList("a@b.test"), () => parseAddress("a@b.test", { obsolete: true })])
    assert.throws(read, (error) => error instanceof InputError && /await ready\(\)/.test(error.message));
});

test("mailboxes and groups come with where they are", async () => {
  await ready();
  assert.deepEqual(parseAddressList('Ann <ann@a.test>, team: "b"@b.test, c@c.test (Cy);'), [
    {
      name: "Ann",
      address: "ann@a.test",
      span: { start: 0, end: 16 },
      addressSpan: { start: 5, end: 15 },
    },
    {
      group: "team",
      members: [
        { address: "b@b.test", span: { start: 24, end: 34 }, addressSpan: { start: 24, end: 34 } },
        {
          name: "Cy",
          address: "c@c.test",
          span: { start: 36, end: 49 },
          addressSpan: { start: 36, end: 44 },
        },
      ],
      span: { start: 18, end: 50 },
    },
  ]);
});

test("names are decoded in every charset that the runtime knows", async () => {
  await ready();
  for (const [word, name] of [
    ["=?utf-8?Q?J=C3=B6rg?=", "Jörg"],
    ["=?koi8-r?B?68zA3g==?=", "Ключ"],
    ["=?Shift_JIS?B?k/qWew==?=", "日本"],
    ["=?cp936?B?1tA=?=", "中"],
    ["=?x-none?Q?a?=", "=?x-none?Q?a?="],
  ])
    assert.equal((parseAddressList(`${word} <a@b.test>`)[0] as { name: string }).name, name);
});

test("errors say where and which rule", async () => {
  await ready();
  for (const [text, options, position] of [
    ["Ann <ann@a.test", {}, 15],
    ["", {}, 0],
    ["Jörg <j@a.test>", {}, 1],
    ["J. R. <j@a.test>", {}, 1],
    ["a@a.test,,b@b.test", {}, 9],
    ['"a".b@c.test', {}, 3],
  ] as const)
    assert.throws(
      () => parseAddressList(text, options),
      (error) => error instanceof InputError && error.position === position && error.rule !== undefined,
      text,
    );
});

test("obsolete forms and UTF-8 are read where they are allowed", async () => {
  await ready();
  assert.equal(parseAddressList("J. R. <@x.test:j@a.test>,,", { obsolete: true }).length, 1);
  assert.equal(parseAddressList("Jörg <jörg@a.test>", { utf8: true }).length, 1);
  assert.deepEqual(parseAddress('(c) "a" . b @ c.test', { obsolete: true }), {
    address: "a.b@c.test",
    localPart: "a.b",
    domain: "c.test",
  });
  assert.throws(() => parseAddress("jörg@a.test", { obsolete: true }), InputError);
  assert.throws(() => parseAddress("a . b@c.test", {}), InputError);
});
