/** What is composed from drafts of all kinds, picked by seeded chance, is read back equal by Python's email package. */
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { compose } from "edgepost";

import { check } from "../support/process.js";
import { drawn } from "./drafts.js";
import type { Read } from "./drafts.js";

const MESSAGES = 400;
const reader = fileURLToPath(new URL("read-messages.py", import.meta.url));

test(`${MESSAGES} messages are read back equal by Python`, { timeout: 120_000 }, async () => {
  const drafts = Array.from({ length: MESSAGES }, (_, index) => drawn(index + 1));
  const input: Uint8Array[] = [];
  for (const { draft } of drafts) {
    const bytes = await (await compose(draft)).bytes();
    input.push(Buffer.from(`${bytes.length}\n`), bytes);
  }
  const { stdout } = await check("python3", [reader], { input: Buffer.concat(input), limit: 60_000 });
  const read = JSON.parse(stdout.toString()) as Read[];
  assert.equal(read.length, MESSAGES);
  read.forEach(({ defects, ...rest }, index) => {
    assert.deepEqual(rest, drafts[index]!.expected, `seed ${index + 1}`);
    assert.deepEqual(defects, [], `seed ${index + 1}`);
  });
});
