/** The linter for mail, from JavaScript: what it finds, how it mends it, and what it says of a message in short. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, applyFixes, check, checkRules, summarize } from "edgepost";

const MESSAGE =
  "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: Lunch\r\n" +
  "Message-ID: <1@example.org>\r\nDate: Tue, 3 Mar 2026 10:00:00 GMT\r\n\r\nAt one?\nOr two?\r\n";

test("a finding says what, where, how bad, why, and how to mend it", async () => {
  const [zone, lf, ...others] = await check(MESSAGE);
  assert.deepEqual(others, []);
  assert.equal(zone!.rule, "date-obsolete");
  assert.equal(MESSAGE.slice(zone!.span.start, zone!.span.end), "GMT");
  assert.deepEqual([zone!.severity, zone!.group, zone!.line, zone!.column], ["warning", "style", 5, 32]);
  assert.equal(zone!.reference, "RFC 5322 section 4.3");
  assert.match(zone!.message, /^Years .*\.$/);
  assert.deepEqual(zone!.fix?.edits, [{ start: zone!.span.start, end: zone!.span.end, text: "+0000" }]);
  assert.equal(lf!.rule, "bare-lf");
});

test("fixes are applied to octets, and then there is nothing to find", async () => {
  const mended = applyFixes(MESSAGE, await check(MESSAGE));
  assert.equal(
    new TextDecoder().decode(mended),
    MESSAGE.replace("GMT", "+0000").replace("one?\n", "one?\r\n"),
  );
  assert.deepEqual(await check(mended), []);
  assert.deepEqual(applyFixes(mended, []), mended);
});

test("a summary says what will become of a message", async () => {
  const summary = summarize(await check(MESSAGE));
  const names = Object.values(summary).map((found) => found.map(({ rule }) => rule));
  assert.deepEqual(names, [["bare-lf"], [], ["date-obsolete"]]);
});

test("names in every character set are looked at", async () => {
  for (const charset of ["utf-8", "koi8-r", "windows-1251", "iso-2022-jp"]) {
    const from = `From: =?${charset}?Q?support=40bank.example?= <eve@evil.example>\r\n`;
    const found = await check(
      `${from}Date: Tue, 3 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@evil.example>\r\n\r\nHi\r\n`,
    );
    assert.ok(
      found.some(({ rule }) => rule === "display-name-address"),
      charset,
    );
  }
});

test("every finding is of a rule that is told of", async () => {
  const rules = await checkRules();
  assert.ok(rules.length >= 80);
  const names = new Set(rules.map(({ name }) => name));
  assert.equal(names.size, rules.length);
  for (const { rule } of await check(new Uint8Array([0, 13, 10, 255]))) assert.ok(names.has(rule));
});

test("what is no message at all is an error of the caller's", async () => {
  await assert.rejects(check(7 as unknown as string), InputError);
  assert.throws(() => applyFixes({} as Uint8Array, []), InputError);
});
