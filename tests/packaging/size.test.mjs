// What users download stays within its budgets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installed, sizes } from "../../scripts/size.mjs";

for (const { what, total, budget } of await sizes())
  test(`${what}: at most ${budget} octets, compressed`, () => {
    assert.ok(total <= budget, `it has ${total}`);
  });

test("the installed package, without source maps: at most its budget of octets", async () => {
  const { total, budget, parts } = await installed();
  assert.ok(total <= budget, `it has ${total}: ${JSON.stringify(parts)}`);
  assert.deepEqual(Object.keys(parts).sort(), [
    "JavaScript",
    "declarations",
    "documents",
    "modules",
    "modules as text",
    "the playground",
  ]);
});
