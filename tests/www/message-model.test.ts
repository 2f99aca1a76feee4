/** What the message lab reads from messages: the way, results of others, changes of fixes, and the examples. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { applyFixes, check } from "edgepost";

import { resultsOf } from "../../www/model/authentication.js";
import { bidiIn, explain, nameOf, visible } from "../../www/model/controls.js";
import { EXAMPLES } from "../../www/model/examples.js";
import { applied, hunksOf } from "../../www/model/hunks.js";
import { play } from "../../www/model/play.js";
import { session } from "../../www/model/plan.js";
import { readPlan } from "../../www/model/read-plan.js";
import { Reader } from "../../www/model/reader.js";
import { duration, hopsOf, protocolInWords } from "../../www/model/received.js";
import { octetsOf, textOf } from "../../www/model/source.js";

const example = (id: string): Uint8Array<ArrayBuffer> =>
  octetsOf(EXAMPLES.find((example) => example.id === id)!.source);
const hops = (...values: string[]): ReturnType<typeof hopsOf> =>
  hopsOf(values.map((value, field) => ({ value, field })));

describe("the way of a message", () => {
  test("is read from the oldest server to the newest, with the time that each took", () => {
    const [first, second] = hops(
      "from b.example (b.example [192.0.2.2]) by c.example with ESMTPS id 2 for <x@c.example>; Mon, 2 Mar 2026 10:00:07 +0100",
      "from [10.0.0.1] by b.example (Postfix, userid 33) with SMTP id 1; Mon, 2 Mar 2026 09:00:02 +0000 (UTC)",
    );
    assert.equal(first!.by, "b.example");
    assert.equal(first!.from, "[10.0.0.1]");
    assert.equal(first!.delay, undefined);
    assert.deepEqual(
      [second!.by, second!.with, second!.id, second!.for, second!.fromSeen, second!.zone, second!.delay],
      ["c.example", "ESMTPS", "2", "<x@c.example>", "b.example [192.0.2.2]", 60, 5000],
    );
  });

  test("begins when the message says that it was written", () => {
    const [hop] = hopsOf(
      [{ value: "by a.example; 2 Mar 2026 09:00:05 GMT", field: 0 }],
      Date.UTC(2026, 2, 2, 9, 0, 0),
    );
    assert.equal(hop!.delay, 5000);
  });

  test("goes backwards where a clock is wrong, and then goes on from there", () => {
    const delays = hops(
      "by c.example; Mon, 2 Mar 2026 09:00:10 +0000",
      "by b.example; Mon, 2 Mar 2026 08:59:50 +0000",
      "by a.example; Mon, 2 Mar 2026 09:00:00 +0000",
    ).map(({ delay }) => delay);
    assert.deepEqual(delays, [undefined, -10_000, 20_000]);
  });

  test("keeps servers whose time cannot be read", () => {
    const delays = hops(
      "by c.example; Mon, 2 Mar 2026 09:00:10 +0000",
      "by b.example; the other day",
      "by a.example; Mon, 2 Mar 2026 09:00:00 +0000",
    ).map(({ delay }) => delay);
    assert.deepEqual(delays, [undefined, undefined, 10_000]);
  });

  for (const value of [
    "",
    ";",
    "((((",
    "by",
    "from from by by",
    "by (a\\) b) x; (;)",
    ")".repeat(5000),
    "by x\\",
  ])
    test(`takes ${JSON.stringify(value.slice(0, 20))} as it is`, () => assert.equal(hops(value).length, 1));

  test("what `with` says is said in words (RFC 3848)", () => {
    assert.equal(protocolInWords("ESMTPSA"), "SMTP with extensions, TLS, the client logged in");
    assert.equal(protocolInWords("UTF8SMTPS"), "SMTP, addresses in UTF-8, TLS");
    assert.equal(protocolInWords("HTTP"), undefined);
  });

  test("times are in the units that suit them", () =>
    assert.deepEqual([0, 59_400, 60_000, 3_661_000, 200 * 3_600_000].map(duration), [
      "0 s",
      "59 s",
      "1 min",
      "1 h 1 min",
      "8 days 8 h",
    ]));
});

describe("results of others (RFC 8601)", () => {
  test("say who found what of what", () => {
    const { by, checks } = resultsOf(
      "Authentication-Results",
      'mx.example 1; spf=fail (no; "really") reason="not; listed" smtp.mailfrom=a@b.example; dkim/1 = pass header.d=b.example',
    );
    assert.equal(by, "mx.example");
    assert.deepEqual(checks, [
      {
        method: "spf",
        result: "fail",
        reason: "not; listed",
        comment: 'no; "really"',
        properties: [["smtp.mailfrom", "a@b.example"]],
      },
      { method: "dkim", result: "pass", properties: [["header.d", "b.example"]] },
    ]);
  });

  test("may be none at all", () => assert.deepEqual(resultsOf("A", "mx.example; none").checks, []));

  test("of ARC have the number of their set (RFC 8617 section 4.1.1)", () => {
    const { instance, by } = resultsOf("ARC-Authentication-Results", "i=2; mx.example; spf=pass");
    assert.deepEqual([instance, by], [2, "mx.example"]);
  });

  for (const value of ["", ";;;;", '"', "(((", "a; =; ==; b=", "x".repeat(100_000)])
    test(`take ${JSON.stringify(value.slice(0, 20))} as it is`, () => void resultsOf("A", value));
});

describe("what cannot be seen", () => {
  test("is shown by its name", () => {
    assert.equal(visible("a\u202eb\udce9\0\tc\n"), "a⟨RLO⟩b⟨E9⟩⟨NUL⟩\tc\n");
    assert.equal(visible("👩‍👧 é"), "👩‍👧 é");
    assert.equal(nameOf(0xfffa), "U+FFFA");
    assert.match(explain(0x202e), /^RLO, U\+202E: turns the direction/);
  });

  test("is counted where it turns text around", () => assert.equal(bidiIn("a\u202eb\u2066c\u00ad"), 2));
});

describe("what fixes change", () => {
  test("is what applyFixes does, for each example and each fix of it", async () => {
    for (const { id, source } of EXAMPLES) {
      const octets = octetsOf(source);
      const findings = await check(octets);
      for (const some of [findings, ...findings.map((finding) => [finding])]) {
        const edits = some.flatMap(({ fix }) => fix?.edits ?? []);
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const { start, end, text } of applied(edits, octets.length)) {
          pieces.push(octets.subarray(at, start), Buffer.from(text));
          at = end;
        }
        pieces.push(octets.subarray(at));
        assert.deepEqual(new Uint8Array(Buffer.concat(pieces)), applyFixes(octets, some), id);
      }
    }
  });

  test("stands with the lines around it, and line ends are part of it", () => {
    const octets = octetsOf("a\nb\udc0a\nc\nd\n");
    assert.deepEqual(hunksOf(octets, [{ start: 4, end: 4, text: "\r" }]), {
      hunks: [{ line: 2, lead: ["a\n"], before: ["b\udc0a\n"], after: ["b\n"], tail: ["c\n"] }],
      more: 0,
    });
  });

  test("edits of one line are one hunk, and of lines that are apart several", () => {
    const octets = octetsOf("aa\nbb\ncc\ndd\n");
    const edits = [
      { start: 0, end: 1, text: "x" },
      { start: 1, end: 2, text: "y" },
      { start: 12, end: 14, text: "" },
    ];
    const { hunks } = hunksOf(octets, edits);
    assert.deepEqual(
      hunks.map(({ line, before, after }) => [line, before, after]),
      [
        [1, ["aa\n"], ["xy\n"]],
        [4, ["dd\n"], ["\n"]],
      ],
    );
  });

  test("is bounded, and says how much more there is", () => {
    const octets = octetsOf("x\udc0a\n".repeat(1000) + "y".repeat(100_000));
    const edits = Array.from({ length: 500 }, (_, line) => ({
      start: line * 4,
      end: line * 4 + 1,
      text: "z",
    }));
    const { hunks, more } = hunksOf(octets, edits);
    assert.deepEqual([hunks.length, more], [100, 400]);
    const [long] = hunksOf(octets, [{ start: 2000, end: 2001, text: "z" }]).hunks;
    assert.ok(long!.before.every((line) => line.length < 500));
  });
});

describe("the examples", () => {
  for (const { id, source } of EXAMPLES)
    test(`${id}: its text is that of its octets`, () => assert.equal(textOf(octetsOf(source)), source));

  test("those that are not meant to be bad have nothing to complain of", async () => {
    for (const { id } of EXAMPLES.filter(({ id }) => id !== "broken" && id !== "hostile"))
      assert.deepEqual(
        (await check(example(id))).filter(({ severity }) => severity !== "info").map(({ rule }) => rule),
        [],
        id,
      );
  });

  test("the broken one has many findings, and most have a fix", async () => {
    const findings = await check(example("broken"));
    assert.ok(findings.length >= 20);
    assert.ok(findings.filter(({ fix }) => fix !== undefined).length >= 10);
  });

  test("are read: subjects, files, reports and ways", async () => {
    const reader = new Reader();
    const words = await reader.read(example("words"));
    assert.equal(words.subject, "こんにちは 🍵 and déjà vu");
    assert.match(words.headers[1]!.value, /^山田 </);
    assert.equal(words.files[0]!.filename, "résumé de la réunion.pdf");
    const bounce = await reader.read(example("bounce"));
    assert.deepEqual(
      bounce.report!.recipients.map(({ action }) => action),
      ["failed", "delayed"],
    );
    assert.match(bounce.statuses["5.1.1"]!, /no such mailbox/);
    assert.equal(bounce.envelope.from, "");
    assert.equal((await reader.read(example("disposition"))).report!.disposition!.kind, "displayed");
    assert.equal((await reader.read(example("complaint"))).report!.kind, "complaint");
    assert.deepEqual(
      (await reader.read(example("journey"))).hops.map(({ delay }) => delay),
      [-4000, 1_013_000, 22_000],
    );
    assert.equal((await reader.read(example("hostile"))).bidi, 3);
  });

  test("go through a session to their octets, but for line ends that no server takes", async () => {
    for (const { id, source } of EXAMPLES) {
      const message = { from: "a@b.example", to: ["c@mx.example"], subject: "", text: "", raw: source };
      const plan = readPlan({ sessions: [session({ messages: [message] })] })!;
      const [record] = (await play(plan)).sessions;
      const received = Buffer.from(record!.received.at(-1)!.content).toString("latin1");
      const meant = Buffer.from(octetsOf(source)).toString("latin1");
      assert.ok(received.endsWith(meant.replace(/\r(?!\n)|(?<!\r)\n/g, "\r\n")), id);
    }
  });
});

describe("a message of any size and kind is read, and what is shown of it is bounded", () => {
  for (const [name, message] of [
    ["nothing", ""],
    ["one line of a megabyte", "Subject: x\r\n\r\n" + "x".repeat(1 << 20)],
    ["a header without an end", "X: y\r\n".repeat(50_000)],
    ["fields that are long", `Subject: ${"x".repeat(1 << 20)}\r\n\r\n`],
    ["a million line ends", "\n".repeat(1_000_000)],
    [
      "five thousand parts",
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n".repeat(5000)}--b--\r\n`,
    ],
  ] as const)
    test(name, async () => {
      const digest = await new Reader().read(octetsOf(message) && new Uint8Array(Buffer.from(message)));
      assert.ok(JSON.stringify(digest).length < 4_000_000);
    });
});
