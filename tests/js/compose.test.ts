/** What a draft becomes: the structure of a message, its fields, and how its parts are encoded. */
import assert from "node:assert/strict";
import test from "node:test";

import { compose, parse } from "edgepost";
import type { Attachment, ComposeOptions, Draft } from "edgepost";

import { joined, keeper } from "./support.js";

const people = { from: "Ann <ann@example.com>", to: "bob@example.net" };
const attachment: Attachment = { filename: "a.bin", content: Uint8Array.of(0, 1, 2) };
const image: Attachment = { filename: "a.png", cid: "logo@x", content: Uint8Array.of(3, 4, 5) };
const invitation = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n";

async function written(draft: Partial<Draft>, options?: ComposeOptions): Promise<string> {
  const { bytes } = await composed(draft, options);
  return new TextDecoder().decode(bytes);
}

async function composed(draft: Partial<Draft>, options?: ComposeOptions) {
  const message = await compose({ ...people, ...draft }, options);
  return { message, bytes: await message.bytes() };
}

/** The media types of a message as a tree. */
function tree(message: string): string {
  const [header, ...rest] = message.split("\r\n\r\n");
  const field = /^content-type: *([^;\r]+)((?:.|\r\n )*)/im.exec(header!);
  const type = field?.[1] ?? "none";
  const boundary = /boundary="([^"]+)"/.exec(field?.[2] ?? "")?.[1];
  if (boundary === undefined) return type;
  const parts = `\r\n${rest.join("\r\n\r\n")}`.split(`\r\n--${boundary}`);
  assert.equal(parts.at(-1), "--\r\n".slice(0, parts.at(-1)!.length), "it ends with its last delimiter");
  return `${type.replace("multipart/", "")}(${parts
    .slice(1, -1)
    .map((part) => tree(part.slice(2)))
    .join(", ")})`;
}

const STRUCTURES: [draft: Partial<Draft>, structure: string][] = [
  [{}, "text/plain"],
  [{ text: "x" }, "text/plain"],
  [{ html: "x" }, "text/html"],
  [{ text: "x", html: "x" }, "alternative(text/plain, text/html)"],
  [{ text: "x", html: "x", amp: "x" }, "alternative(text/plain, text/x-amp-html, text/html)"],
  [{ text: "x", icalEvent: { content: invitation } }, "alternative(text/plain, text/calendar)"],
  [
    { text: "x", icalEvent: { content: invitation, filename: "invite.ics" } },
    "mixed(alternative(text/plain, text/calendar), application/ics)",
  ],
  [{ attachments: [attachment] }, "application/octet-stream"],
  [{ attachments: [attachment, attachment] }, "mixed(application/octet-stream, application/octet-stream)"],
  [{ text: "x", attachments: [attachment] }, "mixed(text/plain, application/octet-stream)"],
  [{ html: '<img src="cid:logo@x">', attachments: [image] }, "related(text/html, image/png)"],
  [{ html: "<img src=cid:logo%40x>", attachments: [image] }, "related(text/html, image/png)"],
  [{ html: "no image", attachments: [image] }, "mixed(text/html, image/png)"],
  [
    { text: "x", html: "<img src='cid:logo@x'>", attachments: [attachment, image] },
    "mixed(related(alternative(text/plain, text/html), image/png), application/octet-stream)",
  ],
  [
    { text: "x", attachments: [{ filename: "m.eml", content: "Subject: x\n\nhello\n" }] },
    "mixed(text/plain, message/rfc822)",
  ],
];

// covers: RFC 2046 client
for (const [draft, structure] of STRUCTURES)
  test(`there are no more levels than needed: ${structure}`, async () => {
    for (let time = 0; time < 2; time++) assert.equal(tree(await written(draft)), structure);
  });

// covers: RFC 8058 client
test("every field of a draft is written", async () => {
  const { message, bytes } = await composed({
    sender: "Office <office@example.com>",
    cc: ["carol@example.net"],
    bcc: "secret@example.net",
    replyTo: "help@example.com",
    subject: "Grüße",
    date: "2026-02-28T12:34:56Z",
    messageId: "1@example.com",
    inReplyTo: "<0@example.net>",
    references: "<a@example.net> 0@example.net",
    priority: "high",
    autoSubmitted: "auto-generated",
    headers: { "X-One": "1", "X-Two": ["2", "zwölf"] },
    list: {
      unsubscribe: { mail: "leave@example.com", url: "https://example.com/leave?id=1", oneClick: true },
      id: "News <news.example.com>",
      help: "https://example.com/help",
      post: "NO",
      archive: ["https://example.com/1", "https://example.com/2"],
      owner: "owner@example.com",
      subscribe: "mailto:join@example.com",
    },
  });
  assert.equal(message.messageId, "<1@example.com>");
  assert.deepEqual(message.envelope, {
    from: "office@example.com",
    to: ["bob@example.net", "carol@example.net", "secret@example.net"],
  });
  const [header] = new TextDecoder().decode(bytes).split("\r\n\r\n");
  assert.deepEqual(header!.split("\r\n"), [
    "Date: Sat, 28 Feb 2026 12:34:56 +0000",
    "From: Ann <ann@example.com>",
    "Sender: Office <office@example.com>",
    "Reply-To: help@example.com",
    "To: bob@example.net",
    "Cc: carol@example.net",
    "Subject: =?utf-8?B?R3LDvMOfZQ==?=",
    "Message-ID: <1@example.com>",
    "In-Reply-To: <0@example.net>",
    "References: <a@example.net> <0@example.net>",
    "X-Priority: 1 (Highest)",
    "Importance: high",
    "Auto-Submitted: auto-generated",
    "List-Id: News <news.example.com>",
    "List-Unsubscribe: <https://example.com/leave?id=1>,",
    " <mailto:leave@example.com>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "List-Subscribe: <mailto:join@example.com>",
    "List-Post: NO",
    "List-Help: <https://example.com/help>",
    "List-Owner: <mailto:owner@example.com>",
    "List-Archive: <https://example.com/1>, <https://example.com/2>",
    "X-One: 1",
    "X-Two: 2",
    "X-Two: =?utf-8?B?enfDtmxm?=",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 7bit",
  ]);
});

test("Bcc is in the envelope and nowhere else", async () => {
  const { message, bytes } = await composed({ bcc: ["Secret <secret@example.net>", "bob@example.net"] });
  assert.deepEqual(message.envelope.to, ["bob@example.net", "secret@example.net"]);
  assert.doesNotMatch(new TextDecoder().decode(bytes), /secret|bcc/i);
});

test("an envelope of its own replaces the one from the addresses", async () => {
  const { message } = await composed({
    to: [],
    envelope: { from: "", to: ["a@x.test", { address: "b@x.test" }] },
  });
  assert.deepEqual(message.envelope, { from: "", to: ["a@x.test", "b@x.test"] });
});

test("without them, a date and a Message-ID are made", async () => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const text = await written({ from: "ann@bücher.example" });
  const date = Date.parse(/^Date: (.*)\r$/m.exec(text)![1]!);
  assert.ok(date >= before && date <= Date.now(), text);
  assert.match(text, /^Message-ID: <[\da-f-]{36}@xn--bcher-kva\.example>\r$/m);
});

const ENCODED: [what: string, draft: Partial<Draft>, encoding: string, options?: ComposeOptions][] = [
  ["ASCII", { text: "hello\n" }, "7bit"],
  ["a text with some umlauts", { text: "schöne Grüße aus Köln\n" }, "quoted-printable"],
  ["a text with few letters of ASCII", { text: "こんにちは世界\n" }, "base64"],
  ["a long line", { html: "x".repeat(1000) }, "quoted-printable"],
  ["umlauts where 8bit is allowed", { text: "Grüße\n" }, "8bit", { eightBit: true }],
  ["octets", { attachments: [attachment] }, "base64"],
  ["octets where binary is allowed", { attachments: [attachment] }, "binary", { binary: true }],
  [
    "octets of a message that is sent as binary",
    { attachments: [attachment], envelope: { binary: true } },
    "binary",
  ],
  ["a text file of clean lines", { attachments: [{ filename: "a.txt", content: "a\r\nb\r\n" }] }, "7bit"],
  ["a text file of other lines", { attachments: [{ filename: "a.txt", content: "a\nb\n" }] }, "base64"],
  ["a text file with umlauts", { attachments: [{ filename: "a.txt", content: "ä\r\n" }] }, "base64"],
  [
    "a text file with umlauts where 8bit is allowed",
    { attachments: [{ filename: "a.txt", content: "ä\r\n" }] },
    "8bit",
    { eightBit: true },
  ],
  ["a forwarded message", { attachments: [{ filename: "m.eml", content: "Subject: x\n\nhi" }] }, "7bit"],
  [
    "what is asked to be quoted-printable",
    { attachments: [{ content: "ä=\r\n", contentTransferEncoding: "quoted-printable" }] },
    "quoted-printable",
  ],
];

// covers: RFC 2045 section 6 client
for (const [what, draft, encoding, options] of ENCODED)
  test(`${what} goes as ${encoding}`, async () => {
    const text = await written(draft, options);
    assert.equal(/^Content-Transfer-Encoding: (.*)\r$/m.exec(text)?.[1], encoding, text);
  });

// covers: RFC 2046 section 5.2.1 client
test("a message that cannot go without being encoded is forwarded as a file", async () => {
  for (const content of [
    "Subject: ü\r\n\r\nhi",
    new TextEncoder().encode("Subject: x\n\nhi"),
    new Blob(["x"]),
  ]) {
    const text = await written({
      attachments: [{ filename: "m.eml", content, contentType: "message/rfc822" }],
    });
    assert.match(
      text,
      /^Content-Type: application\/octet-stream; name="m\.eml"\r\nContent-Transfer-Encoding: base64\r$/m,
    );
  }
  const raw = await written(
    { attachments: [{ content: "Subject: ü\r\n\r\nhi", contentType: "message/rfc822" }] },
    { eightBit: true },
  );
  assert.match(raw, /^Content-Type: message\/rfc822\r\nContent-Transfer-Encoding: 8bit\r$/m);
});

// covers: RFC 2231 client
test("a file's name is written for new readers and old ones", async () => {
  for (const [filename, type, disposition] of [
    ["a.pdf", 'application/pdf; name="a.pdf"', "attachment; filename=a.pdf"],
    [
      'my "file".pdf',
      'application/pdf; name="my \\"file\\".pdf"',
      'attachment; filename="my \\"file\\".pdf"',
    ],
    [
      "größe.pdf",
      'application/pdf; name="=?utf-8?B?Z3LDtsOfZS5wZGY=?="',
      "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.pdf",
    ],
  ] as const) {
    const text = await written({ attachments: [{ filename, content: "x" }] });
    assert.ok(text.includes(`\r\nContent-Type: ${type}\r\n`), text);
    assert.ok(text.includes(`\r\nContent-Disposition: ${disposition}\r\n`), text);
  }
  const long = "ein sehr langer Name für eine Datei, länger als eine Zeile ".repeat(5);
  const text = await written({ attachments: [{ filename: long, content: "x" }] });
  assert.ok(
    text.split("\r\n").every((line) => line.length <= 78),
    text,
  );
});

// covers: RFC 6532 client
test("headers are UTF-8 where that is asked for", async () => {
  const text = await written(
    {
      from: "Jörg <jörg@bücher.example>",
      subject: "Grüße",
      headers: { "X-A": "ä" },
      attachments: [{ filename: "größe.txt", content: "x" }],
    },
    { utf8: true },
  );
  for (const line of [
    'From: "Jörg" <jörg@bücher.example>',
    "Subject: Grüße",
    "X-A: ä",
    'Content-Disposition: attachment; filename="größe.txt"',
  ])
    assert.ok(text.includes(`\r\n${line}\r\n`), text);
});

test("no line has more than 998 octets, and headers fold at 78 where they can", async () => {
  const many = Array.from({ length: 200 }, (_, index) => `Person ${index} <person${index}@example.net>`);
  const text = await written({
    to: many,
    subject: "words and wörds ".repeat(100),
    references: Array.from({ length: 100 }, (_, index) => `<${index}.${"x".repeat(20)}@example.com>`),
    text: "x".repeat(5000),
    html: "ü".repeat(5000),
    attachments: [{ filename: "n".repeat(500), content: new Uint8Array(500) }],
  });
  const [header] = text.split("\r\n\r\n");
  for (const line of header!.split("\r\n")) assert.ok(line.length <= 78, line);
  for (const line of text.split("\r\n")) assert.ok(line.length <= 998 && !/[\r\n\0]/.test(line), line);
});

// covers: RFC 6047 client
test("an invitation says outside what it asks for inside", async () => {
  const text = await written({ text: "x", icalEvent: { content: invitation } });
  assert.ok(text.includes("\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n"), text);
  assert.ok(text.includes("\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n\r\n--"), text);
  const cancelled = await written({ icalEvent: { content: "BEGIN:VCALENDAR\r\n", method: "cancel" } });
  assert.ok(
    cancelled.includes("\r\nContent-Type: text/calendar; method=CANCEL; charset=utf-8\r\n"),
    cancelled,
  );
});

const entity = "Content-Type: text/plain\r\n\r\nsigned, to the last space \r\n";
const armor = (what: string): Uint8Array =>
  new TextEncoder().encode(`-----BEGIN PGP ${what}-----\n\nabcd\n-----END PGP ${what}-----\n`);

// covers: RFC 3156 client
test("what was signed by PGP stays as it was signed", async () => {
  const content = new TextEncoder().encode(entity);
  const text = await written({
    signed: { protocol: "pgp", micalg: "pgp-sha256", content, signature: armor("SIGNATURE") },
  });
  assert.equal(tree(text), "signed(text/plain, application/pgp-signature)");
  assert.match(
    text,
    /^Content-Type: multipart\/signed; protocol="application\/pgp-signature";\r\n micalg=pgp-sha256;/m,
  );
  const boundary = /boundary="(.*)"/.exec(text)![1]!;
  assert.ok(text.includes(`\r\n--${boundary}\r\n${entity}\r\n--${boundary}\r\n`), text);
  assert.ok(text.includes("\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\nabcd\r\n"), text);
});

// covers: RFC 8551 client
test("what S/MIME made is put into its containers", async () => {
  const content = new TextEncoder().encode(entity);
  const signed = await written({
    signed: { protocol: "smime", micalg: "sha-256", content, signature: Uint8Array.of(0x30, 0x80) },
  });
  assert.equal(tree(signed), "signed(text/plain, application/pkcs7-signature)");
  assert.ok(
    signed.includes("\r\nContent-Disposition: attachment; filename=smime.p7s\r\n\r\nMIA=\r\n--"),
    signed,
  );
  const encrypted = await written({ encrypted: { protocol: "smime", content: Uint8Array.of(0x30, 0x80) } });
  assert.match(
    encrypted,
    /^Content-Type: application\/pkcs7-mime; smime-type=enveloped-data;\s+name="smime\.p7m"\r$/m,
  );
  assert.ok(encrypted.endsWith("\r\n\r\nMIA=\r\n"), encrypted);
});

// covers: RFC 3156 section 4 client
test("what was encrypted by PGP is two parts, of which the first says so", async () => {
  const text = await written({ encrypted: { protocol: "pgp", content: armor("MESSAGE") } });
  assert.equal(tree(text), "encrypted(application/pgp-encrypted, application/octet-stream)");
  assert.ok(text.includes("\r\n\r\nVersion: 1\r\n"), text);
});

test("a boundary occurs in nothing that it is around", async () => {
  const first = await written({ text: "x", html: "y" });
  const boundary = /boundary="(.*)"/.exec(first)![1]!;
  assert.match(boundary, /^=_[\da-f]{32}_0$/);
  const text = await written({ text: `--${boundary}--\n`, html: `--${boundary}\n` });
  assert.equal(tree(text), "alternative(text/plain, text/html)");
  assert.notEqual(/boundary="(.*)"/.exec(text)![1], boundary);
});

test("a session sends the very same message", async () => {
  const { kept, handlers } = keeper();
  const { smtp } = await joined({ handlers });
  const draft: Draft = {
    ...people,
    bcc: "secret@example.net",
    html: '<img src="cid:logo@x">',
    messageId: "1@example.com",
    date: 0,
    attachments: [image, { filename: "b.txt", content: new Blob(["text"]) }],
  };
  const receipt = await smtp.send(draft);
  await smtp.close();
  const { message, bytes } = await composed(draft);
  const unbound = (text: string): string => text.replace(/=_[\da-f]{32}/g, "=_");
  assert.equal(unbound(kept[0]!.content), unbound(new TextDecoder().decode(bytes)));
  assert.deepEqual(kept[0]!.envelope, message.envelope);
  assert.equal(receipt.messageId, "<1@example.com>");
});

// covers: RFC 6152 client
for (const [offered, encoding] of [
  [true, "8bit"],
  [false, "quoted-printable"],
] as const)
  test(`a draft that is sent has its texts in ${encoding} where 8BITMIME is ${offered ? "" : "not "}offered`, async () => {
    const { kept, handlers } = keeper();
    const { smtp } = await joined({ handlers, serve: { extensions: { "8BITMIME": offered } } });
    const draft = {
      from: "ann@example.org",
      to: "bob@example.net",
      subject: "Grüße",
      text: "schöne Grüße aus Köln\n",
    };
    for (const envelope of [undefined, { ret: undefined, binary: false }])
      await smtp.send({ ...draft, envelope });
    await smtp.close();
    assert.equal(kept.length, 2);
    for (const { content } of kept) {
      assert.match(content, new RegExp(`^Content-Transfer-Encoding: ${encoding}\r$`, "m"));
      assert.equal((await parse(content)).text?.trimEnd(), "schöne Grüße aus Köln");
    }
  });
