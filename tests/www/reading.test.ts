/** The line lab's reading: what each kind of text comes to, and where it points when something is wrong. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ready } from "edgepost";

import { EXAMPLES } from "../../www/model/lab/examples.js";
import { mended } from "../../www/model/lab/fixes.js";
import { kindOf } from "../../www/model/lab/kinds.js";
import { readSetting } from "../../www/model/lab/reading.js";
import type { Reading, Setting, Value } from "../../www/model/lab/reading.js";
import { octetAt } from "../../www/model/octet.js";
import { around, nested, rowAt, rowsOf } from "../../www/model/spans.js";
import { octetsOf } from "../../www/model/typed.js";
import { slice } from "../../www/views/line/slice.js";

await ready();

const read = (but: Partial<Setting>): Promise<Reading> =>
  readSetting({ kind: "auto", text: "", utf8: false, obsolete: false, answers: "", ...but });

const flat = (values: readonly Value[]): string[] =>
  values.flatMap(({ name, value, children = [] }) => [
    ...(value === undefined ? [] : [`${name}=${value}`]),
    ...flat(children),
  ]);

const text = ({ octets }: Reading, { start = 0, end = 0 }: { start?: number; end?: number }): string =>
  new TextDecoder().decode(octets.subarray(start, end));

const spans = (reading: Reading): string[] =>
  reading.spans.map((span) => `${span.rule}=${text(reading, span)}`);

describe("what a text is", () => {
  test("each example is taken for what it is", () => {
    for (const { title, setting } of EXAMPLES) assert.equal(kindOf(setting.text), setting.kind, title);
  });

  test("what is being typed is taken for what it may become", () => {
    for (const [text, kind] of [
      ["", "command"],
      ["MAI", "command"],
      ["EHLO", "command"],
      ["250", "reply"],
      ["ann@", "address"],
      ['"a, b"@c.example', "address"],
      ["Ann <ann@", "list"],
      ["a@b.example, c", "list"],
      ["team:;", "list"],
      ["Subject:", "field"],
      ["X-Own: a", "field"],
      ["Unheard-Of: a", "field"],
    ] as const)
      assert.equal(kindOf(text), kind, text);
  });
});

describe("what is read", () => {
  test("every example has values with their octets, or an error that points into it", async () => {
    for (const { title, setting } of EXAMPLES) {
      const reading = await read(setting);
      const { findings, octets } = reading;
      assert.equal(reading.kind, setting.kind);
      if (reading.spans.length === 0)
        assert.ok(
          findings.some(({ severity }) => severity === "error"),
          title,
        );
      for (const { start, end, todo, reference, severity } of findings) {
        assert.ok(start <= octets.length && start < end, title);
        if (severity === "error") assert.ok(todo !== undefined || reference !== undefined, title);
      }
    }
  });

  test("a command's values are those of its octets", async () => {
    const reading = await read({ text: "MAIL FROM:<jörg@bücher.example> SIZE=9 SMTPUTF8" });
    assert.deepEqual(flat(reading.values), ["verb=MAIL", "from=jörg@bücher.example", "SIZE=9", "SMTPUTF8="]);
    const places = reading.values.map((value) => text(reading, value));
    assert.deepEqual(places.slice(0, 2), ["MAIL", "jörg@bücher.example"]);
    const params = reading.values[2]!.children!;
    assert.deepEqual(
      params.map((value) => text(reading, value)),
      ["SIZE=9", "SMTPUTF8"],
    );
  });

  test("a reply says what it means to its command", async () => {
    const reading = await read({ text: "354 go on", answers: "RCPT" });
    assert.match(reading.findings[0]!.message, /does not list 354 as an answer to RCPT/);
    assert.equal(reading.findings[0]!.reference, "RFC 5321 section 4.3.2");
    const login = await read({ text: "250 welcome", answers: "AUTH" });
    assert.equal(login.findings[0]!.reference, "RFC 4954 section 6");
    const greeting = await read({ text: "220 mx.example", answers: "greeting" });
    assert.ok(spans(greeting).includes("Domain=mx.example"));
  });

  test("an address's parts are where they are; with comments within, the address alone is known", async () => {
    assert.deepEqual(spans(await read({ text: '"a@b"@[192.0.2.1]' })), [
      'Mailbox="a@b"@[192.0.2.1]',
      'Local-part="a@b"',
      "address-literal=[192.0.2.1]",
    ]);
    const obsolete = await read({ kind: "address", text: "a (c) @ b . example", obsolete: true });
    assert.deepEqual(flat(obsolete.values), ["address=a@b.example", "localPart=a", "domain=b.example"]);
    assert.deepEqual(spans(obsolete), ["addr-spec=a (c) @ b . example"]);
  });

  test("a list's names, addresses and groups", async () => {
    const reading = await read({ text: 'Ann <ann@a.example>, team: "B, C"  <b@c.example>;' });
    assert.deepEqual(spans(reading), [
      "mailbox=Ann <ann@a.example>",
      "display-name=Ann",
      "addr-spec=ann@a.example",
      "local-part=ann",
      "domain=a.example",
      'group=team: "B, C"  <b@c.example>;',
      'mailbox="B, C"  <b@c.example>',
      'display-name="B, C"',
      "addr-spec=b@c.example",
      "local-part=b",
      "domain=c.example",
    ]);
    assert.deepEqual(flat(reading.values), [
      ...["name=Ann", "address=ann@a.example"],
      ...["group=team", "name=B, C", "address=b@c.example"],
    ]);
  });

  test("a field is decoded, and its addresses are where they are, behind folds and octets outside ASCII", async () => {
    const reading = await read({
      kind: "field",
      utf8: true,
      text: "To: é <e@f.example>,\n =?utf-8?Q?J=C3=B6rg?= <joerg@client.example>",
    });
    assert.deepEqual(spans(reading), [
      "field-name=To",
      "field-body= é <e@f.example>,\r\n =?utf-8?Q?J=C3=B6rg?= <joerg@client.example>",
      "CRLF=\r\n",
      "FWS=\r\n ",
      "encoded-word==?utf-8?Q?J=C3=B6rg?=",
      "mailbox=é <e@f.example>",
      "display-name=é",
      "addr-spec=e@f.example",
      "local-part=e",
      "domain=f.example",
      "mailbox==?utf-8?Q?J=C3=B6rg?= <joerg@client.example>",
      "display-name==?utf-8?Q?J=C3=B6rg?=",
      "addr-spec=joerg@client.example",
      "local-part=joerg",
      "domain=client.example",
    ]);
    assert.ok(flat(reading.values).includes("name=Jörg"));
  });

  test("nothing but the field itself is found wrong with it", async () => {
    for (const line of ["Subject: Hello", "Date: Tue, 1 Jul 2025 10:00:00 +0000", "From: ann@client.example"])
      assert.deepEqual((await read({ text: line })).findings, [], line);
    const { findings } = await read({ text: "Date: Tue, 32 Jan 2024 10:00:00 +0000" });
    assert.deepEqual(
      findings.map(({ start }) => start),
      [11],
    );
  });
});

describe("what is wrong", () => {
  test("an error points at its octet, says what to do, and where it is written", async () => {
    const { findings } = await read({ text: "MAIL FROM:ann@client.example" });
    const [{ start, message, todo, severity }] = findings as [(typeof findings)[0]];
    assert.deepEqual([start, severity], [10, "error"]);
    assert.match(message, /^Expected "<" at octet 10\.$/);
    assert.equal(todo?.reference, "5321#4.1.2");
  });

  test("a reply whose lines have different codes says so, at the line that differs", async () => {
    const { findings } = await read({ text: "250-a\n251 b" });
    assert.equal(findings[0]!.start, 7);
    assert.match(findings[0]!.todo!.text, /same code/);
  });

  test("what needs no thought is mended", async () => {
    for (const [kind, wrong, right] of [
      ["command", "MAIL FROM:ann@client.example SIZE=1", "MAIL FROM:<ann@client.example> SIZE=1"],
      ["command", "RCPT TO:<bob@mx.example", "RCPT TO:<bob@mx.example>"],
      ["command", "MIAL FROM:<>", "MAIL FROM:<>"],
      ["command", "MAIL <ann@client.example>", "MAIL FROM:<ann@client.example>"],
      ["command", "DATA now", "DATA"],
      ["list", "Berg, Bob <b@mx.example>", '"Berg, Bob" <b@mx.example>'],
      ["list", "<a@b.example>, Berg, Bob <b@mx.example>", '<a@b.example>, "Berg, Bob" <b@mx.example>'],
      ["reply", "250-a\n250-b", "250-a\n250 b"],
      ["reply", "250 a\n250 b", "250-a\n250 b"],
      ["field", "Date: Tue, 30 Jan 2024 10:00:00 GMT", "Date: Tue, 30 Jan 2024 10:00:00 +0000"],
    ] as const) {
      const { findings } = await read({ kind, text: wrong });
      const text = mended(wrong, findings[0]!.mending!.edits!);
      assert.equal(text, right);
      assert.deepEqual((await read({ kind, text })).findings, []);
    }
  });

  test("an option that would help is offered", async () => {
    const utf8 = await read({ kind: "address", text: "jörg@bücher.example" });
    assert.deepEqual(utf8.findings[0]!.mending!.options, { utf8: true });
    const obsolete = await read({ kind: "list", text: "ann (x) @ client . example" });
    assert.deepEqual(obsolete.findings[0]!.mending!.options, { obsolete: true });
    assert.equal((await read({ kind: "address", text: "ann@@x" })).findings[0]!.mending, undefined);
  });

  test("a character that turns the text around is told of", async () => {
    const { findings } = await read({ kind: "address", text: "a\u202eb@c.example", utf8: true });
    assert.match(findings[0]!.message, /^U\+202E right-to-left override/);
    assert.deepEqual([findings[0]!.start, findings[0]!.end], [1, 4]);
  });

  test("a text of any octets, and as long as it may be, is read in a moment", async () => {
    const hostile = [
      "\\0",
      "a",
      "\\xff",
      "<",
      "(",
      '"',
      ",",
      "a@b,",
      "\u202e",
      "=?a?b?",
      "250-a\n",
      "\n ",
      "\\\\",
      ":;",
    ];
    const began = performance.now();
    for (const sign of hostile)
      for (const kind of ["auto", "command", "reply", "address", "list", "field"] as const)
        await read({
          kind,
          text: `${kind === "field" ? "To: " : ""}${sign.repeat(100_000 / sign.length)}`,
          utf8: true,
        });
    assert.ok(performance.now() - began < 20_000, `${performance.now() - began} ms`);
    const { findings } = await read({ text: "a".repeat(300_000) });
    assert.match(findings[0]!.message, /more than 262,144 octets/);
  });
});

describe("octets", () => {
  test("each has its sign and its name", () => {
    const octets = octetsOf('\\0 A~é\\xff\\xc3"\u202e');
    assert.deepEqual(
      [...octets].map((_, at) => `${octetAt(octets, at).sign} ${octetAt(octets, at).name}`),
      [
        "NUL NUL, null",
        "␣ space",
        "A capital letter A",
        "~ tilde",
        "é octet 1 of 2 of U+00E9 é, in UTF-8",
        "· octet 2 of 2 of U+00E9 é, in UTF-8",
        "□ not UTF-8",
        "□ not UTF-8",
        '" quotation mark',
        "◌ octet 1 of 3 of U+202E right-to-left override, in UTF-8",
        "· octet 2 of 3 of U+202E right-to-left override, in UTF-8",
        "· octet 3 of 3 of U+202E right-to-left override, in UTF-8",
        "CR CR, carriage return",
        "LF LF, line feed",
      ],
    );
  });

  test("every octet of ASCII has a name of its own", () => {
    const all = Uint8Array.from({ length: 128 }, (_, at) => at);
    const names = [...all].map((at) => octetAt(all, at).name);
    assert.equal(new Set(names).size, 128);
    assert.equal(names[64], "at sign");
    assert.equal(names[126], "tilde");
  });

  test("spans lie in levels, the innermost next to the octets, and rows are as high as they need", () => {
    const drawn = nested(
      [
        { rule: "b", start: 0, end: 4 },
        { rule: "a", start: 0, end: 9 },
        { rule: "c", start: 5, end: 9 },
        { rule: "d", start: 6, end: 7 },
        { rule: "none", start: 12, end: 13 },
      ],
      10,
    );
    assert.deepEqual(
      drawn.map(({ rule, level }) => `${rule}${level}`),
      ["a2", "b0", "c1", "d0"],
    );
    assert.deepEqual(
      around(drawn, 6).map(({ rule }) => rule),
      ["d", "c", "a"],
    );
    const rows = rowsOf(drawn, 10, 4, (levels) => 10 + levels);
    assert.deepEqual([...rows.tops], [0, 13, 26, 39]);
    assert.deepEqual([rowAt(rows, 0), rowAt(rows, 12), rowAt(rows, 13), rowAt(rows, 1000)], [0, 0, 1, 2]);
  });
});

describe("what a link brings", () => {
  test("is taken as far as it is one", () => {
    assert.deepEqual(slice.read({ text: "a", kind: "__proto__", utf8: 1, answers: "constructor" }), {
      kind: "auto",
      text: "a",
      utf8: false,
      obsolete: false,
      answers: "",
    });
    for (const value of [null, 1, "a", [], {}, { text: 1 }, { text: "a".repeat(2 << 20) }])
      assert.equal(slice.read(value), undefined);
  });
});
