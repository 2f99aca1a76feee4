/** Where the sink keeps messages. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import {
  FolderMailbox,
  Full,
  KEPT,
  type Mailbox,
  MemoryMailbox,
  type Received,
} from "../../js/cli/mailbox.js";
import { temporary } from "../support/temporary.js";

const RECEIVED: Received = {
  received: "2026-01-01T00:00:00.000Z",
  from: "a@b.c",
  to: ["d@e.f"],
  secure: false,
};

async function keep(mailbox: Mailbox, ...pieces: (string | Uint8Array)[]) {
  const draft = await mailbox.draft();
  for (const piece of pieces) await draft.write(Buffer.from(piece as string));
  return draft.keep(RECEIVED);
}

async function read(content: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (content === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test("memory: a message comes back as it was", async () => {
  const kept = await keep(new MemoryMailbox(), "one\r\n", "two\r\n");
  assert.equal(kept.octets, 10);
  assert.equal(await read(kept.content()), "one\r\ntwo\r\n");
});

test("memory: one message more than are kept, and the oldest is forgotten", async () => {
  const mailbox = new MemoryMailbox();
  const first = await keep(mailbox, "first");
  const second = await keep(mailbox, "second");
  for (let i = 2; i < KEPT.messages; i++) await keep(mailbox, "more");
  assert.equal(await read(first.content()), "first");
  await keep(mailbox, "one too many");
  assert.equal(first.content(), undefined);
  assert.equal(await read(second.content()), "second");
});

test("memory: the octets are limited, those of unfinished messages too", async () => {
  const mailbox = new MemoryMailbox();
  const half = new Uint8Array(KEPT.octets / 2);
  const first = await keep(mailbox, half);
  const unfinished = await mailbox.draft();
  await unfinished.write(half);
  assert.notEqual(first.content(), undefined);
  const another = await mailbox.draft();
  await another.write(Buffer.from("x"));
  assert.equal(first.content(), undefined, "the oldest goes first");
  await another.write(half.subarray(1));
  await assert.rejects(another.write(Buffer.from("x")), Full);
  await another.discard();
  await unfinished.discard();
  await keep(mailbox, half, half);
});

test("folder: a message is an .eml beside its envelope, and comes back as it was", async () => {
  await using dir = await temporary();
  const path = join(dir.path, "not", "there", "yet");
  const kept = await keep(await FolderMailbox.open(path), "one\r\n", new Uint8Array([0xff, 0]));
  const names = (await readdir(path)).sort();
  assert.deepEqual(
    names.map((name) => name.replace(/^[\dT.]+Z-000001-[\da-f]{6}/, "NAME")),
    ["NAME.eml", "NAME.json"],
  );
  assert.equal(kept.file, join(path, names[0]!));
  assert.deepEqual(await readFile(kept.file!), Buffer.from("one\r\n\xff\0", "latin1"));
  assert.deepEqual(JSON.parse(await readFile(join(path, names[1]!), "utf8")), { ...RECEIVED, octets: 7 });
});

test("folder: what was discarded leaves nothing, and nothing has its name before it is whole", async () => {
  await using dir = await temporary();
  const draft = await (await FolderMailbox.open(dir.path)).draft();
  await draft.write(Buffer.from("half of a "));
  assert.match((await readdir(dir.path)).join(), /^[^,]*\.eml\.part$/);
  await draft.discard();
  assert.deepEqual(await readdir(dir.path), []);
});

test("folder: names sort as messages came", async () => {
  await using dir = await temporary();
  const mailbox = await FolderMailbox.open(dir.path);
  for (const text of ["1", "2", "3"]) await keep(mailbox, text);
  const names = (await readdir(dir.path)).filter((name) => name.endsWith(".eml")).sort();
  assert.deepEqual(await Promise.all(names.map((name) => readFile(join(dir.path, name), "utf8"))), [
    "1",
    "2",
    "3",
  ]);
});
