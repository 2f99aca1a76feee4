// What users download stays within its budgets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sizes } from "../../scripts/size.mjs";

for (const { what, total, budget } of await sizes())
  test(`${what}: at most ${budget} octets, compressed`, () => {
    assert.ok(total <= budget, `it has ${total}`);
  });
