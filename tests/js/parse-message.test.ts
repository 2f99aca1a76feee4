/** Reading messages: what real mail has, as a tree and flat, whole and in pieces. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, parse, parseStream } from "edgepost";
import { rejection } from "./support.js";

const CRLF = (text: string): string => text.replace(/^\n/, "").replaceAll("\n", "\r\n");
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

const NEWSLETTER = CRLF(`
From: =?utf-8?q?J=C3=B6rg?= <joerg@a.example>
To: "Doe, Ann" <ann@b.example>, Team: bob@c.example, carol@c.example;
Subject: =?iso-8859-1?q?Gr=FC=DFe?=
 =?utf-8?b?IGF1cyBLw7Zsbg==?=
Date: Tue, 29 Feb 2000 12:34:56 +0100
Message-ID: <1@a.example>
References: <0@a.example>
 <00@a.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-15; format=flowed
Content-Transfer-Encoding: quoted-printable

10 =A4 for you=20
and me
--inner
Content-Type: multipart/related; boundary=deep

--deep
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+MTAg4oKsPC9wPg==
--deep
Content-Type: image/png
Content-ID: <pic@a.example>
Content-Transfer-Encoding: base64

iVBORw==
--deep--
--inner--
--outer
Content-Type: application/pdf; name*=utf-8''%E2%82%AC.pdf
Content-Disposition: attachment
Content-Transfer-Encoding: base64

JVBERg==
--outer
Content-Type: message/rfc822

Subject: inside

forwarded
--outer--
`);

test("a message is read with all that is in it", async () => {
  const message = await parse(NEWSLETTER);
  assert.equal(message.subject, "Grüße aus Köln");
  assert.equal(message.date?.toISOString(), "2000-02-29T11:34:56.000Z");
  assert.equal(message.messageId, "<1@a.example>");
  assert.deepEqual(message.references, ["<0@a.example>", "<00@a.example>"]);
  assert.deepEqual(message.from, [{ name: "Jörg", address: "joerg@a.example" }]);
  assert.deepEqual(message.to, [
    { name: "Doe, Ann", address: "ann@b.example" },
    { group: "Team", members: [{ address: "bob@c.example" }, { address: "carol@c.example" }] },
  ]);
  assert.equal(message.text, "10 € for you and me");
  assert.equal(message.html, "<p>10 €</p>");
  assert.deepEqual(
    message.attachments.map(({ filename, contentType, cid, related, content }) => [
      filename,
      contentType,
      cid,
      related,
      text(content),
    ]),
    [
      [undefined, "image/png", "pic@a.example", true, "\uFFFDPNG"],
      ["€.pdf", "application/pdf", undefined, false, "%PDF"],
      [undefined, "message/rfc822", undefined, false, "Subject: inside\r\n\r\nforwarded"],
    ],
  );
  assert.deepEqual(
    message.parts.map(({ path, contentType }) => [path, contentType]),
    [
      ["", "multipart/mixed"],
      ["1", "multipart/alternative"],
      ["1.1", "text/plain"],
      ["1.2", "multipart/related"],
      ["1.2.1", "text/html"],
      ["1.2.2", "image/png"],
      ["2", "application/pdf"],
      ["3", "message/rfc822"],
      ["3.1", "text/plain"],
    ],
  );
  assert.equal(message.root.parts[0]!.parts[1], message.parts[3]);
});

test("places are octets of what was read, and nothing is lost", async () => {
  const octets = Buffer.from(NEWSLETTER);
  const message = await parse(octets);
  const at = ({ start, end }: { start: number; end: number }): string =>
    octets.subarray(start, end).toString("latin1");
  const subject = message.headers.find(({ name }) => name === "Subject")!;
  assert.match(at(subject.span), /^Subject: =\?iso-8859-1.*\r\n =\?utf-8.*\r\n$/);
  assert.equal(subject.raw, " =?iso-8859-1?q?Gr=FC=DFe?=\r\n =?utf-8?b?IGF1cyBLw7Zsbg==?=");
  assert.equal(message.headers.map(({ span }) => at(span)).join(""), at(message.root.header));
  for (const { name, raw, span } of message.headers) assert.equal(at(span), `${name}:${raw}\r\n`);
  assert.equal(at(message.parts[6]!.body), "JVBERg==");
});

test("fields are read when they are looked at, and are there like everything else", async () => {
  const octets = new TextEncoder().encode(NEWSLETTER);
  const message = await parse(octets);
  octets.fill(0);
  assert.equal(message.headers, message.root.headers);
  assert.equal(message.headers[0]!.value, "Jörg <joerg@a.example>");
  const part = message.parts[2]!;
  assert.deepEqual(Object.keys(part).includes("headers"), true);
  const copied = JSON.parse(JSON.stringify(part)) as typeof part;
  assert.deepEqual(
    copied.headers.map(({ name }) => name),
    ["Content-Type", "Content-Transfer-Encoding"],
  );
  assert.deepEqual(structuredClone(message.parts[2]!.headers), part.headers);
});

test("what is damaged is read, and marked", async () => {
  for (const [source, what] of [
    ["", ["headerCut"]],
    ["Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\ncut", ["notClosed"]],
    ["Content-Type: multipart/mixed\r\n\r\n--a\r\n\r\ncut", ["noBoundary"]],
  ] as const) {
    const { root } = await parse(source);
    assert.deepEqual(root.damage, what, source);
  }
  const { headers, text: body } = await parse("Subject: a\r\nbroken\r\nX: 1\r\n\r\nbody");
  assert.deepEqual(
    headers.map(({ name, value }) => [name, value]),
    [
      ["Subject", "a"],
      ["", "broken"],
      ["X", "1"],
    ],
  );
  assert.equal(body, "body");
});

test("limits mark what is beyond them", async () => {
  const nested = "Content-Type: message/rfc822\r\n\r\n".repeat(9);
  const { parts } = await parse(nested, { depth: 2 });
  assert.deepEqual(
    parts.map(({ damage }) => damage),
    [[], [], ["tooDeep"]],
  );
  const error = await rejection(parse("", { depth: 0 }));
  assert.ok(error instanceof InputError && error.field === "depth");
});

test("names of parameters and headers that objects have by themselves are names as any other", async () => {
  const { root, headers } = await parse(
    "__proto__: x\r\nContent-Type: text/plain; __proto__=polluted; constructor=c\r\n\r\n",
  );
  assert.equal(headers[0]!.name, "__proto__");
  assert.equal(({} as { polluted?: string }).polluted, undefined);
  assert.deepEqual(Object.entries(root.params), [
    ["__proto__", "polluted"],
    ["constructor", "c"],
  ]);
});

test("files that are uuencoded in text are attachments, too", async () => {
  const { attachments, text: body } = await parse(
    "Subject: x\r\n\r\nLook:\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n",
  );
  assert.deepEqual(
    attachments.map(({ filename, content }) => [filename, text(content)]),
    [["cat.txt", "Cat"]],
  );
  assert.match(body!, /^Look:\r\nbegin/);
});

test("a message comes from whatever holds octets", async () => {
  const octets = new TextEncoder().encode("Subject: é\r\n\r\nbody");
  async function* pieces(): AsyncGenerator<Uint8Array | string> {
    yield octets.subarray(0, 10);
    yield octets.subarray(10);
  }
  for (const source of [
    octets,
    octets.slice().buffer,
    new Blob([octets]),
    new Blob([octets]).stream(),
    pieces(),
    "Subject: é\r\n\r\nbody",
  ]) {
    const { subject, text: body } = await parse(source);
    assert.deepEqual([subject, body], ["é", "body"]);
  }
  for (const source of [undefined, 5, {}, [1]] as never[]) {
    const error = await rejection(parse(source));
    assert.ok(error instanceof InputError, String(error));
  }
});

test("a message that comes in pieces of any size is the same", async () => {
  const octets = Buffer.from(NEWSLETTER);
  const whole = await parse(octets);
  for (const size of [1, 2, 7, 100, octets.length]) {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
    }
    const contents = new Map<number, Uint8Array[]>();
    const begun: string[] = [];
    const ended: number[] = [];
    for await (const event of parseStream(pieces())) {
      if (event.type === "part") begun.push(event.part.contentType);
      else if (event.type === "content")
        contents.set(event.part, [...(contents.get(event.part) ?? []), event.bytes]);
      else ended[event.part] = event.at;
    }
    assert.deepEqual(
      begun,
      whole.parts.map(({ contentType }) => contentType),
    );
    for (const { number, kind, content, body } of whole.parts) {
      assert.equal(ended[number], body.end);
      if (kind === "leaf")
        assert.equal(
          Buffer.concat(contents.get(number) ?? []).toString("hex"),
          Buffer.from(content!).toString("hex"),
        );
    }
  }
});

test("a stream that is left early is let go", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("Subject: x\r\n\r\n")),
    cancel: () => void (cancelled = true),
  });
  for await (const event of parseStream(source)) if (event.type === "part") break;
  assert.ok(cancelled);
});

test("a character that is cut in two by strings is one", async () => {
  async function* pieces(): AsyncGenerator<string> {
    yield "Content-Type: text/plain; charset=utf-8\r\n\r\n\uD83D";
    yield "\uDE00";
  }
  assert.equal((await parse(pieces())).text, "\u{1F600}");
});

test("what a source throws is an error of the source", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(5);
    throw new Error("no more");
  }
  const streamed = async (): Promise<void> => {
    for await (const _ of parseStream(failing()));
  };
  for (const read of [() => parse(failing()), streamed]) {
    const error = await rejection(read());
    assert.ok(error instanceof InputError && error.field === "source", String(error));
    assert.match(String(error.cause), /no more/);
  }
});
