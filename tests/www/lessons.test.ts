/** The chapters of the lessons: what they name is there, and they are as long as a chapter should be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { EXERCISES } from "../../www/model/exercises/index.js";
import { studioAddress } from "../../www/model/open.js";
import { namedPlan } from "../../www/model/sessions.js";
import { SCENARIOS } from "../../www/model/scenarios/index.js";
import { unpack } from "../../www/links.js";
import { progress, slice } from "../../www/views/learn/slice.js";
import { slice as studio } from "../../www/views/studio/slice.js";
// @ts-expect-error a script, without types
import { chapters as compiled } from "../../www/views/learn/compile.mjs";

interface Chapter {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly about: string;
  readonly exercises: readonly string[];
  readonly studio: readonly string[];
  readonly words: number;
  readonly html: string;
}

const chapters = compiled() as readonly Chapter[];

test("there are thirteen, in order", () => {
  assert.deepEqual(
    chapters.map(({ number }) => number),
    Array.from({ length: 13 }, (_, index) => index + 1),
  );
});

test("each exercise is in one chapter, once", () => {
  const named = chapters.flatMap(({ exercises }) => exercises);
  assert.deepEqual([...named].sort(), EXERCISES.map(({ id }) => id).sort());
});

for (const { number, title, about, exercises, studio: sessions, words, html } of chapters)
  describe(`chapter ${number}, ${title}`, () => {
    test("has 400 to 800 words and 2 to 4 exercises", () => {
      assert.ok(words >= 400 && words <= 800, String(words));
      assert.ok(exercises.length >= 2 && exercises.length <= 4, String(exercises.length));
      assert.match(about, /\.$/);
    });

    test("says where it is written, with sections", () => {
      const sections =
        html.match(/href="https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+#(?:section|appendix)-[\dA-Z.]+"/g) ??
        [];
      assert.ok(sections.length >= 8, String(sections.length));
    });

    test("has a drawing or a session, and names sessions that there are", () => {
      assert.match(html, /class="(?:flow|tree|talk)"/);
      for (const name of sessions) assert.ok(namedPlan(name) !== undefined, name);
    });

    test("names chapters that there are, and leads nowhere else", () => {
      for (const [, name] of html.matchAll(/data-chapter="(.*?)"/g))
        assert.ok(
          chapters.some(({ id }) => id === name),
          name,
        );
      for (const [, address] of html.matchAll(/href="(.*?)"/g))
        assert.match(
          address!,
          /^(?:#learn|https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+(?:#(?:section|appendix)-[\dA-Z.]+)?)$/,
        );
    });

    test("has no style and no script in it, which the page's policy forbids", () =>
      assert.doesNotMatch(html, /<style|<script|\sstyle=|\son\w+=/));

    test("has a label for each exercise with a field", () => {
      for (const id of exercises) {
        const { form } = EXERCISES.find((exercise) => exercise.id === id)!;
        const [, label] = new RegExp(`name="${id}" number="\\d" label="(.*?)"`).exec(html)!;
        assert.equal(label === "", form === "choice", id);
      }
    });
  });

test("a session opens in the studio as it is, a scenario with its words", async () => {
  const own = await unpack((await studioAddress(namedPlan("first-session")!)).split("=")[1]!);
  assert.deepEqual(studio.read(own)!.plan, JSON.parse(JSON.stringify(namedPlan("first-session"))));
  const scenario = await unpack((await studioAddress(SCENARIOS[3]!.plan)).split("=")[1]!);
  assert.equal(studio.read(scenario)!.scenario, SCENARIOS[3]!.id);
  assert.equal(namedPlan("toString"), undefined);
});

describe("what a link or a draft brings", () => {
  test("is taken when it is a chapter and answers", () => {
    const state = { chapter: "tls", answers: { rcpt: "RCPT TO:<a@b.example>", addresses: { plain: true } } };
    const read = slice.read(state)!;
    assert.equal(read.chapter, "tls");
    assert.equal(read.answers["rcpt"], state.answers.rcpt);
    assert.equal((read.answers["addresses"] as Record<string, unknown>)["plain"], true);
    assert.equal((read.answers["addresses"] as Record<string, unknown>)["dots"], false);
  });

  test("is no state when it is something else", () => {
    for (const value of [
      undefined,
      null,
      1,
      "x",
      [],
      {},
      { chapter: 1 },
      { chapter: "<b>" },
      { chapter: "x".repeat(99) },
    ])
      assert.equal(slice.read(value), undefined);
  });

  test("loses answers that are none", () => {
    const answers = {
      rcpt: 1,
      hello: "x".repeat(9000),
      addresses: "all",
      fates: { 250: "<img src=x>", 451: "try again later", more: true },
      constructor: "x",
      unheard: "of",
    };
    assert.deepEqual(slice.read({ chapter: "", answers })!.answers, {
      fates: { 250: "?", 451: "try again later", 550: "?", 452: "?", 552: "?" },
    });
    assert.deepEqual(slice.read({ chapter: "", answers: null })!.answers, {});
  });

  test("cannot make solved what is no exercise", () => {
    assert.deepEqual(progress.read({ solved: ["rcpt", "rcpt", "no", 3, null], answers: {} })!.solved, [
      "rcpt",
    ]);
    assert.deepEqual(progress.read({ solved: "rcpt" })!.solved, []);
    assert.deepEqual(progress.read(null)!.solved, []);
  });
});
