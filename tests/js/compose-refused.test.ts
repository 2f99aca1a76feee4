/** What compose refuses, with the name of the field: what would end up in a header, or is not what it should be. */
import assert from "node:assert/strict";
import test from "node:test";

import { compose, InputError } from "edgepost";
import type { Attachment, ComposeOptions, Draft } from "edgepost";

import { rejection } from "./support.js";

const people = { from: "ann@example.com", to: "bob@example.net" };

async function refused(draft: unknown, options?: ComposeOptions): Promise<InputError> {
  const error = await rejection(compose(draft as Draft, options));
  assert.ok(error instanceof InputError, `${JSON.stringify(draft)}: ${String(error)}`);
  assert.equal(error.delivery, "none");
  return error;
}

const CONTROLS = ["\r", "\n", "\r\n", "\0", "\t", "\x1b", "\x7f", "\x85"];
const one = (attachment: Partial<Attachment>): Partial<Draft> => ({
  attachments: [{ content: "x", ...attachment }],
});
const event = "BEGIN:VCALENDAR\r\n";

/** Values that end up in headers, by their fields. */
const HEADERS: Record<string, (evil: string) => Partial<Draft>> = {
  from: (evil) => ({ from: { name: evil, address: "ann@example.com" } }),
  sender: (evil) => ({ sender: { name: evil, address: "ann@example.com" } }),
  to: (evil) => ({ to: ["bob@example.net", { name: "Bob", address: `bob@x${evil}.test` }] }),
  cc: (evil) => ({ cc: [{ name: evil, address: "bob@example.net" }] }),
  bcc: (evil) => ({ bcc: `b${evil}@x.test` }),
  replyTo: (evil) => ({ replyTo: { name: evil, address: "ann@example.com" } }),
  subject: (evil) => ({ subject: evil }),
  messageId: (evil) => ({ messageId: `<1@x${evil}>` }),
  inReplyTo: (evil) => ({ inReplyTo: [`<1@x${evil}>`] }),
  references: (evil) => ({ references: ["<0@x>", `<1${evil}@x>`] }),
  priority: (evil) => ({ priority: `high${evil}` as "high" }),
  autoSubmitted: (evil) => ({ autoSubmitted: `no${evil}` as "no" }),
  "headers.X-A": (evil) => ({ headers: { "X-A": evil } }),
  "headers[0]": (evil) => ({ headers: [{ name: `X${evil}`, value: "x" }] }),
  "list.id": (evil) => ({ list: { id: `News${evil} <news.example.com>` } }),
  "list.help": (evil) => ({ list: { help: `https://x.test/${evil}` } }),
  "list.unsubscribe.url": (evil) => ({ list: { unsubscribe: { url: `https://x.test/${evil}` } } }),
  "list.unsubscribe.mail": (evil) => ({ list: { unsubscribe: { mail: `a${evil}@x.test` } } }),
  "attachments[0].filename": (evil) => one({ filename: `a${evil}.txt` }),
  "attachments[0].contentType": (evil) => one({ contentType: `text/plain${evil}` }),
  "attachments[0].cid": (evil) => one({ cid: `a${evil}` }),
  "attachments[0].contentDisposition": (evil) => one({ contentDisposition: `inline${evil}` as "inline" }),
  "attachments[0].contentTransferEncoding": (evil) =>
    one({ contentTransferEncoding: `7bit${evil}` as "7bit" }),
  "attachments[0].headers.X-A": (evil) => one({ headers: { "X-A": evil } }),
  "icalEvent.method": (evil) => ({ icalEvent: { content: event, method: `X${evil}` } }),
  "icalEvent.filename": (evil) => ({ icalEvent: { content: event, filename: `a${evil}.ics` } }),
  "signed.micalg": (evil) => ({
    signed: {
      protocol: "smime",
      micalg: `sha${evil}`,
      content: new Uint8Array(),
      signature: new Uint8Array(),
    },
  }),
};

// covers: RFC 5322 section 2.2 client
for (const [field, draft] of Object.entries(HEADERS))
  test(`no control gets into a header by ${field}`, async () => {
    for (const control of CONTROLS) {
      // White space at the end of a media type is nothing.
      if (control === "\t" && /contentType|inReplyTo|references/.test(field)) continue;
      const evil = `${control}Bcc: mallory@evil.test`;
      const error = await refused({ ...people, ...draft(evil) });
      assert.equal(error.field, field, error.message);
      assert.ok(error.message.startsWith(field), error.message);
    }
  });

const OWNED = [
  ...[
    "From",
    "sender",
    "TO",
    "Cc",
    "bcc",
    "Resent-Bcc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
  ],
  ...[
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Return-Path",
  ],
];

test("fields that a draft has are not taken as headers", async () => {
  for (const name of OWNED) {
    assert.equal((await refused({ ...people, headers: { [name]: "x" } })).field, `headers.${name}`);
    assert.equal((await refused({ ...people, headers: [{ name, value: "x" }] })).field, "headers[0]");
  }
  const twice = await refused({ ...people, priority: "low", headers: { "X-Priority": "1" } });
  assert.equal(twice.field, "headers.X-Priority");
  for (const name of ["Content-Type", "content-id", "MIME-Version"]) {
    const attachments = [{ content: "x", headers: { [name]: "x" } }];
    assert.equal((await refused({ ...people, attachments })).field, `attachments[0].headers.${name}`);
  }
});

const signed = {
  protocol: "pgp",
  micalg: "pgp-sha256",
  content: new Uint8Array(),
  signature: new Uint8Array(),
};

const WRONG: [field: string, draft: object, options?: ComposeOptions][] = [
  ["from", { from: undefined }],
  ["from", { from: "ann" }],
  ["to", { to: [] }],
  ["to", { to: ["bob"] }],
  ["subject", { subject: 1 }],
  ["text", { text: 1 }],
  ["text", { text: "a\0b" }],
  ["html", { html: {} }],
  ["html", { html: "\x1b" }],
  ["amp", { amp: [] }],
  ["date", { date: "tomorrow" }],
  ["date", { date: new Date(NaN) }],
  ["date", { date: 1e18 }],
  ["messageId", { messageId: "no at sign" }],
  ["references", { references: [1] }],
  ["priority", { priority: "urgent" }],
  ["headers", { headers: "X: y" }],
  ["headers.X-A", { headers: { "X-A": 1 } }],
  ["headers[0]", { headers: [{ value: "x" }] }],
  ["headers.", { headers: { "": "x" } }],
  ["headers.X Y", { headers: { "X Y": "x" } }],
  ["headers.X:Y", { headers: { "X:Y": "x" } }],
  ["list", { list: [].length }],
  ["list.unsubscribe", { list: { unsubscribe: {} } }],
  ["list.unsubscribe.url", { list: { unsubscribe: { mail: "a@x.test", oneClick: true } } }],
  ["list.unsubscribe.url", { list: { unsubscribe: { url: "http://x.test", oneClick: true } } }],
  ["list.unsubscribe.url", { list: { unsubscribe: { url: "https://x.test/>,<https://evil.test" } } }],
  ["list.nothing", { list: { nothing: "x" } }],
  ["list.id", { list: { id: "no dot" } }],
  ["list.help", { list: { help: "neither" } }],
  ["attachments", { attachments: {} }],
  ["attachments[1]", { attachments: [{ content: "x" }, null] }],
  ["attachments[0].content", { attachments: [{}] }],
  ["attachments[0].content", { attachments: [{ content: 1 }] }],
  ["attachments[0].path", { attachments: [{ path: "/etc/passwd" }] }],
  ["attachments[0].href", { attachments: [{ content: "x", href: "http://x.test" }] }],
  ["attachments[0].filename", { attachments: [{ content: "x", filename: 1 }] }],
  ["attachments[0].contentType", { attachments: [{ content: "x", contentType: "text" }] }],
  ["attachments[0].contentType", { attachments: [{ content: "x", contentType: "text/plain; x" }] }],
  ["attachments[0].contentType", { attachments: [{ content: "x", contentType: "multipart/mixed" }] }],
  ["attachments[0].cid", { attachments: [{ content: "x", cid: "a> <b" }] }],
  [
    "attachments[0].contentTransferEncoding",
    { attachments: [{ content: "ä\r\n", contentTransferEncoding: "7bit" }] },
  ],
  [
    "attachments[0].contentTransferEncoding",
    { attachments: [{ content: "x", contentTransferEncoding: "binary" }] },
  ],
  [
    "attachments[0].contentTransferEncoding",
    { attachments: [{ content: "x", contentType: "message/rfc822", contentTransferEncoding: "base64" }] },
  ],
  [
    "attachments[0].contentTransferEncoding",
    { attachments: [{ content: new Blob(["x"]), contentTransferEncoding: "quoted-printable" }] },
  ],
  ["icalEvent.content", { icalEvent: {} }],
  ["icalEvent.method", { icalEvent: { content: "METHOD:REQUEST\r\n", method: "CANCEL" } }],
  ["icalEvent.path", { icalEvent: { content: "", path: "x" } }],
  ["signed.protocol", { signed: { ...signed, protocol: "x" } }],
  ["signed.content", { signed: { ...signed, content: "x" } }],
  ["signed.content", { signed: { ...signed, content: Uint8Array.of(65, 10) } }],
  ["signed.signature", { signed: { ...signed, signature: Uint8Array.of(200) } }],
  ["text", { text: "x", signed }],
  ["encrypted", { signed, encrypted: { protocol: "pgp", content: new Uint8Array() } }],
  ["nothing", { nothing: 1 }],
  ["envelope", { envelope: 1 }],
  ["envelope.from", { envelope: { from: 1 } }],
  ["envelope.to", { envelope: { to: [1] } }],
  ["attachments", { attachments: [{ content: "x" }, { content: "y" }] }, { maxAttachments: 1 }],
  ["attachments", { attachments: [{ content: "xx" }, { content: new Blob(["yy"]) }] }, { maxOctets: 3 }],
  ["maxOctets", {}, { maxOctets: -1 }],
  ["utf8", {}, { utf8: "yes" as never }],
];

for (const [field, draft, options] of WRONG)
  test(`${JSON.stringify(draft).slice(0, 80)} is refused by the name of ${field}`, async () => {
    const error = await refused({ ...people, ...draft }, options);
    assert.equal(error.field, field, error.message);
  });

test("a hundred attachments are taken unless more are allowed", async () => {
  const attachments = Array.from({ length: 101 }, () => ({ content: "x" }));
  assert.equal((await refused({ ...people, attachments })).field, "attachments");
  await compose({ ...people, attachments }, { maxAttachments: 101 });
});

test("nothing that names a file or an address makes it fetched", async () => {
  for (const content of ["file:///etc/passwd", "https://evil.test/"]) {
    const message = await compose({ ...people, html: `<img src="${content}">`, attachments: [{ content }] });
    const text = new TextDecoder().decode(await message.bytes());
    assert.ok(text.includes(`\r\n\r\n${content}\r\n`), text);
  }
});
