/** What is composed is read back as what went in: by `parse`, whole and in pieces, by mailparser, and without a complaint of `check`. */
import assert from "node:assert/strict";
import test from "node:test";

import { check, compose, parse, parseStream } from "edgepost";
import type { Draft, Message, Part } from "edgepost";
import { simpleParser } from "mailparser";
import type { AddressObject } from "mailparser";

import { base64, drawn } from "./drafts.js";
import type { ReadPart } from "./drafts.js";

const MESSAGES = 400;
/** As it came, with nothing made of it. */
const READ = { keepCidLinks: true, skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true };

interface Made {
  readonly seed: number;
  readonly draft: Draft;
  readonly expected: ReturnType<typeof drawn>["expected"];
  readonly bytes: Uint8Array;
  readonly messageId: string;
}

async function made(): Promise<Made[]> {
  const all: Made[] = [];
  for (let seed = 1; seed <= MESSAGES; seed++) {
    const { draft, expected } = drawn(seed);
    const message = await compose(draft);
    all.push({ seed, draft, expected, bytes: await message.bytes(), messageId: message.messageId });
  }
  return all;
}

const messages = made();

/** The parts of a message as others tell them; what is in a message that is attached is its own. */
function partsOf(part: Part): ReadPart[] {
  const { contentType, content, filename, cid, disposition, params } = part;
  const inside = part.parts[0]?.headers.find(({ name }) => name === "Subject")?.value;
  const read: ReadPart = {
    type: contentType,
    ...(part.kind === "message" && inside !== undefined && { subject: inside }),
    ...(content !== undefined && { content: base64(content) }),
    ...(filename !== undefined && { filename }),
    ...(cid !== undefined && { cid: `<${cid}>` }),
    ...(disposition !== undefined && { disposition }),
    ...(params["method"] !== undefined && { method: params["method"] }),
  };
  return [read, ...(part.kind === "message" ? [] : part.parts.flatMap(partsOf))];
}

/** The content of the one part of this type that is a text of the message, decoded. */
function textOf(parts: readonly ReadPart[], type: string): string | undefined {
  const found = parts.find((part) => part.type === type && part.disposition === undefined);
  return found && Buffer.from(found.content!, "base64").toString();
}

/** What comes with a message: all but its texts. */
function attached(parts: readonly ReadPart[]): ReadPart[] {
  return parts.filter(({ type, disposition }) => disposition !== undefined || type === "text/calendar");
}

const pairs = (list: Message["to"] = []): [string, string][] =>
  list.map((entry) => {
    assert.ok("address" in entry);
    return [entry.name ?? "", entry.address];
  });

// covers: RFC 5322 client
// covers: RFC 2045 client
test(`${MESSAGES} messages are read back equal`, async () => {
  for (const { seed, expected, bytes, messageId } of await messages) {
    const message = await parse(bytes);
    const note = message.headers.filter(({ name }) => name === "X-Note");
    const read = {
      subject: message.subject,
      from: pairs(message.from),
      to: pairs(message.to),
      cc: pairs(message.cc),
      bcc: message.bcc ?? null,
      note: note.map(({ value }) => value).join(),
      references: message.references ?? [],
      parts: partsOf(message.root),
    };
    // What may be a path on some system is none of a file's name.
    const parts = expected.parts.map(({ filename, ...part }) => ({
      ...part,
      ...(filename !== undefined && { filename: filename.replace(/^.*[\\/]/, "") }),
    }));
    assert.deepEqual(read, { ...expected, parts }, `seed ${seed}`);
    assert.equal(message.messageId, messageId);
    assert.ok(Math.abs(Date.now() - message.date!.getTime()) < 600_000);
    assert.equal(message.text, textOf(expected.parts, "text/plain"), `seed ${seed}`);
    assert.equal(message.html, textOf(expected.parts, "text/html"), `seed ${seed}`);
    assert.deepEqual(
      message.attachments.map(({ part }) => partsOf(part)[0]),
      attached(parts),
      `seed ${seed}`,
    );
    assert.deepEqual(
      message.parts.flatMap(({ damage }) => damage),
      [],
      `seed ${seed}`,
    );
    assert.equal(message.report, undefined, `seed ${seed}`);
  }
});

test("read in pieces they are the same", async () => {
  for (const { seed, bytes } of await messages) {
    const whole = await parse(bytes);
    const contents = whole.parts.map(() => [] as Uint8Array[]);
    const pieces = [...Array(Math.ceil(bytes.length / 113)).keys()].map((at) =>
      bytes.subarray(at * 113, (at + 1) * 113),
    );
    const stream = (async function* () {
      yield* pieces;
    })();
    for await (const event of parseStream(stream)) {
      if (event.type === "content") contents[event.part]!.push(event.bytes);
      if (event.type === "part")
        assert.deepEqual(event.part.headers, whole.parts[event.part.number]!.headers);
    }
    for (const { number, content } of whole.parts)
      assert.equal(base64(Buffer.concat(contents[number]!)), base64(content ?? ""), `seed ${seed}`);
  }
});

// covers: RFC 2047 client
// covers: RFC 2231 client
test("mailparser reads them the same", async () => {
  for (const { seed, expected, bytes, messageId } of await messages) {
    const message = await simpleParser(Buffer.from(bytes), READ);
    const people = (list: AddressObject | AddressObject[] | undefined): [string, string][] =>
      [list ?? []]
        .flat()
        .flatMap(({ value }) => value.map(({ name, address }) => [name, address!] as [string, string]));
    // Fields of one's own it does not decode.
    const { parts, note, ...fields } = expected;
    assert.deepEqual(
      {
        subject: message.subject,
        from: people(message.from),
        to: people(message.to),
        cc: people(message.cc),
        bcc: message.bcc ?? null,
        references: [message.references ?? []].flat(),
      },
      fields,
      `seed ${seed}`,
    );
    assert.equal(message.messageId, messageId);
    // What is empty is an empty line there, or none.
    const octets = (content: Uint8Array): string => base64(content).replace(/^DQo=$/, "");
    const lines = (text: string | false | undefined): string =>
      (text || "").replace(/\r\n/g, "\n").replace(/^\n$/, "");
    assert.equal(lines(message.text), lines(textOf(parts, "text/plain")), `seed ${seed}`);
    assert.equal(lines(message.html), lines(textOf(parts, "text/html")), `seed ${seed}`);
    assert.deepEqual(
      message.attachments.map(({ contentType, content, filename, cid, contentDisposition }) => ({
        type: contentType,
        content: octets(content),
        ...(filename !== undefined && { filename }),
        ...(cid !== undefined && { cid: `<${cid}>` }),
        ...(contentDisposition !== undefined && { disposition: contentDisposition }),
      })),
      attached(parts).map(({ method, subject, ...part }) => ({
        ...part,
        ...(part.content !== undefined && { content: octets(Buffer.from(part.content, "base64")) }),
        ...(subject !== undefined && { content: base64(`Subject: ${subject}\r\n\r\nForwarded.\r\n`) }),
      })),
      `seed ${seed}`,
    );
  }
});

test("nothing that is composed breaks a standard", async () => {
  for (const { seed, bytes } of await messages) {
    const errors = (await check(bytes)).filter(({ severity }) => severity === "error");
    assert.deepEqual(
      errors.map(({ rule, message, line }) => `${line}: ${rule}: ${message}`),
      [],
      `seed ${seed}`,
    );
  }
});
