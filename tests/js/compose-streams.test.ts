/** Attachments from every kind of source, as they come, in constant memory. */
import assert from "node:assert/strict";
import test from "node:test";

import { compose, InputError } from "edgepost";
import type { Attachment, ContentSource } from "edgepost";

import { gauge, joined, keeper, rejection } from "./support.js";

const people = { from: "ann@example.com", to: "bob@example.net", text: "x" };
const MEGABYTE = 1024 * 1024;

/** The octets of the last part of a message. */
function lastPart(message: string): Buffer {
  const boundary = /boundary="(.*)"/.exec(message)![1]!;
  const part = message.split(`--${boundary}`).at(-2)!;
  const [header, ...rest] = part.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  return Buffer.from(body, /base64/.test(header!) ? "base64" : "utf8");
}

async function* chunks(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

const sample = (octets: number): Uint8Array =>
  Uint8Array.from({ length: octets }, (_, index) => (index * 31) >> 3);

const SOURCES: [what: string, make: (octets: Uint8Array) => ContentSource][] = [
  ["a Uint8Array", (octets) => octets],
  ["an ArrayBuffer", (octets) => octets.slice().buffer as ArrayBuffer],
  ["a Buffer", (octets) => Buffer.from(octets)],
  ["a Blob", (octets) => new Blob([octets as BufferSource])],
  ["a ReadableStream", (octets) => new Blob([octets as BufferSource]).stream()],
  ["an async iterable of single octets", (octets) => chunks(octets, 1)],
  ["an async iterable of odd pieces", (octets) => chunks(octets, 1000)],
  ["an async iterable of one piece", (octets) => chunks(octets, Infinity)],
];

for (const [what, make] of SOURCES)
  test(`an attachment comes from ${what}`, async () => {
    for (const size of [0, 1, 56, 57, 58, 10_000, 150_000]) {
      const octets = sample(what.includes("single") ? Math.min(size, 1000) : size);
      const message = await compose({ ...people, attachments: [{ content: make(octets) }] });
      const bytes = await message.bytes();
      const text = Buffer.from(bytes).toString();
      assert.equal(Buffer.compare(lastPart(text), octets), 0, `${size}`);
      assert.ok(text.split("\r\n").every((line) => line.length <= 78 && !/[\r\n]/.test(line)));
    }
  });

test("strings are UTF-8, from streams, too", async () => {
  const text = "größer 🎉 ";
  async function* halves(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at++) yield text[at]!;
  }
  for (const content of [text, halves()]) {
    const message = await compose({ ...people, attachments: [{ content }] });
    const read = lastPart(Buffer.from(await message.bytes()).toString());
    assert.equal(read.toString(), text);
  }
});

test("a message is read as a stream or whole, as often as its sources can be", async () => {
  const draft = { ...people, attachments: [{ content: sample(300_000) }] };
  const message = await compose(draft);
  const bytes = await message.bytes();
  assert.deepEqual(new Uint8Array(await new Response(message.content).arrayBuffer()), bytes);
  assert.deepEqual(await message.bytes(), bytes);
  const once = await compose({ ...people, attachments: [{ content: chunks(sample(10), 3) }] });
  await once.bytes();
  const error = await rejection(once.bytes());
  assert.ok(error instanceof InputError && error.field === "attachments", String(error));
});

test("a source is asked for no more than is read", async () => {
  let asked = 0;
  const content = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        asked++;
        controller.enqueue(new Uint8Array(57_000));
      },
    },
    { highWaterMark: 0 },
  );
  const message = await compose({ ...people, attachments: [{ content }] });
  assert.equal(asked, 0);
  const reader = message.content.getReader();
  await reader.read();
  const first = asked;
  assert.ok(first <= 3, `${first}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(asked, first);
  await reader.read();
  assert.ok(asked > first && asked <= 2 * first + 1, `${asked}`);
  await reader.cancel();
});

test("a source that fails makes the message fail, with its name and the cause", async () => {
  const cause = new Error("the disk is gone");
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1000);
    throw cause;
  }
  const draft = (): { attachments: Attachment[] } & typeof people => ({
    ...people,
    attachments: [{ content: "first" }, { content: failing() }],
  });
  for (const read of [
    async () => (await compose(draft())).bytes(),
    async () => new Response((await compose(draft())).content).text(),
    async () => {
      const { smtp } = await joined({ handlers: keeper().handlers });
      try {
        return await smtp.send(draft());
      } finally {
        await smtp.close().catch(() => {});
      }
    },
  ]) {
    const error = await rejection(read());
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, "attachments[1].content");
    const reason = error.cause instanceof InputError ? error.cause.cause : error.cause;
    assert.equal(reason, cause);
  }
});

test("a source that gives something else than octets is an error", async () => {
  async function* numbers(): AsyncGenerator<number> {
    yield 1;
  }
  const content = numbers() as unknown as ContentSource;
  const error = await rejection((await compose({ ...people, attachments: [{ content }] })).bytes());
  assert.ok(error instanceof InputError && error.field === "attachments[0].content", String(error));
});

test("a stream that somebody else reads is refused at once", async () => {
  const content = new Blob(["x"]).stream();
  content.getReader();
  const error = await rejection(compose({ ...people, attachments: [{ content }] }));
  assert.ok(error instanceof InputError && error.field === "attachments[0].content", String(error));
});

test("who stops reading lets all sources go", async () => {
  const cancelled: unknown[] = [];
  const source = (name: string): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
      cancel: (reason) => void cancelled.push([name, reason]),
    });
  const attachments = ["a", "b"].map((name) => ({ content: source(name) }));
  const reader = (await compose({ ...people, attachments })).content.getReader();
  await reader.read();
  await reader.read();
  await reader.cancel("enough");
  assert.deepEqual(cancelled, [
    ["a", "enough"],
    ["b", "enough"],
  ]);
});

test("streams end where maxOctets says", async () => {
  const draft = (octets: number) => ({
    ...people,
    attachments: [{ content: "12345" }, { content: chunks(sample(octets), 10) }],
  });
  await (await compose(draft(95), { maxOctets: 100 })).bytes();
  const error = await rejection((await compose(draft(96), { maxOctets: 100 })).bytes());
  assert.ok(error instanceof InputError && error.field === "attachments", String(error));
});

test("a stream that is said to be lines is checked as it flows", async () => {
  const forwarded = (text: string): Attachment => ({
    content: chunks(new TextEncoder().encode(text), 7),
    contentType: "message/rfc822",
    contentTransferEncoding: "7bit",
  });
  const original = `Subject: x\r\n\r\n${"a line\r\n".repeat(100)}`;
  const message = await compose({ ...people, attachments: [forwarded(original)] });
  const text = Buffer.from(await message.bytes()).toString();
  assert.ok(
    text.includes(`Content-Type: message/rfc822\r\n`) && text.includes(`\r\n\r\n${original}\r\n--`),
    text,
  );
  for (const wrong of ["a\nb", "a\rb", "a\r", "ä", "a\0", "x".repeat(999)]) {
    const error = await rejection((await compose({ ...people, attachments: [forwarded(wrong)] })).bytes());
    assert.ok(
      error instanceof InputError && error.field === "attachments[0].content",
      `${wrong}: ${String(error)}`,
    );
  }
});

for (const chunking of [true, false])
  test(
    `memory does not grow with an attachment (${chunking ? "BDAT" : "DATA"})`,
    { timeout: 120_000 },
    async () => {
      const seen = gauge();
      const { smtp } = await joined({
        handlers: seen.handlers,
        serve: { size: 1024 * MEGABYTE },
        connect: { chunking },
      });
      const piece = new Uint8Array(64 * 1024);
      const send = (size: number): Promise<unknown> => {
        let left = size;
        const content = new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              if (left <= 0) controller.close();
              else controller.enqueue(piece.slice());
              left -= piece.length;
            },
          },
          { highWaterMark: 0 },
        );
        return smtp.send({ ...people, attachments: [{ filename: "large.bin", content }] });
      };
      // The first message shows what the collector lets lie around; the second, four times as large, adds nothing to it.
      await send(32 * MEGABYTE);
      const before = seen.most;
      await send(128 * MEGABYTE);
      await smtp.close();
      assert.ok(seen.received > (160 * MEGABYTE * 4) / 3, `${seen.received}`);
      const grown = Math.round((seen.most - before) / MEGABYTE);
      assert.ok(grown < 48, `${grown} MiB more for four times the attachment`);
    },
  );
