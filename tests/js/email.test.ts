/** Email Workers: what must not be answered, what an answer says of itself, and the limits; see tests/runtimes for the runtime. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { check, InputError, parse } from "edgepost";
import type { Composition, Message } from "edgepost";
import type { IncomingEmail, ReceivedEmail, ReplyDraft } from "edgepost/workers";

import { standInForWorkers } from "../support/cloudflare.js";
import { rejection } from "./support.js";

standInForWorkers();
const { receive } = await import("edgepost/workers");

/** What the Worker gave to the runtime. */
interface Given {
  readonly replies: { readonly from: string; readonly to: string; readonly raw: string }[];
  readonly rejections: string[];
}

const TO = "support@worker.example";
const BASE = [
  "From: Ann <ann@client.example>",
  `To: ${TO}`,
  "Subject: Lunch?",
  "Message-ID: <1@client.example>",
];

const BOUNCE = [
  ...["From: Mail <mail@client.example>", "Subject: failure notice", "Message-ID: <2@client.example>", ""],
  ...["I wasn't able to deliver your message to the following addresses.", "", "<bob@b.example>:"],
  ...["Remote host said: 552 5.2.2 The mailbox is full", ""],
].join("\r\n");

function source(fields: readonly string[], body = "Noon?"): string {
  return [...fields, "", body, ""].join("\r\n");
}

/** A message as the runtime gives it, and what comes back. */
function incoming(
  raw: string | Uint8Array,
  { from = "ann@client.example", to = TO, ...rest }: Partial<IncomingEmail> = {},
): { given: Given; message: IncomingEmail } {
  const given: Given = { replies: [], rejections: [] };
  const blob = new Blob([raw as BlobPart]);
  const message: IncomingEmail = {
    from,
    to,
    raw: blob.stream(),
    rawSize: blob.size,
    setReject: (reason) => void given.rejections.push(reason),
    reply: async (reply) => void given.replies.push(reply as Given["replies"][number]),
    ...rest,
  };
  return { given, message };
}

async function received(
  fields: readonly string[] = BASE,
  paths: Partial<IncomingEmail> = {},
): Promise<{ given: Given; email: ReceivedEmail }> {
  const { given, message } = incoming(source(fields), paths);
  return { given, email: await receive(message) };
}

/** The answer to a message with these fields. */
async function answer(fields: readonly string[], draft: ReplyDraft = { text: "Yes." }): Promise<Message> {
  const { email, given } = await received(fields);
  await email.reply(draft);
  return parse(given.replies[0]!.raw);
}

function field({ headers }: Message, name: string): string | undefined {
  return headers.find((header) => header.name === name)?.value;
}

describe("what must not be answered", () => {
  const references = Array.from({ length: 100 }, (_, i) => `<${i}@worker.example>`).join("\r\n ");
  const NEVER: readonly (readonly [
    what: string,
    field: string,
    by: "standard" | "runtime",
    fields: readonly string[],
    paths?: Partial<IncomingEmail>,
  ])[] = [
    ["what came from the null reverse-path", "envelope.from", "standard", [], { from: "" }],
    ["what came from the null reverse-path, in brackets", "envelope.from", "standard", [], { from: "<>" }],
    [
      "what came from the address itself",
      "envelope.from",
      "standard",
      [],
      { from: "Support@Worker.Example" },
    ],
    ...[
      "MAILER-DAEMON",
      "owner-list",
      "list-request",
      "majordomo",
      "noreply",
      "No-Reply+7",
      "do-not-reply",
    ].map(
      (name) =>
        [
          `what came from ${name}`,
          "envelope.from",
          "standard",
          [],
          { from: `${name}@client.example` },
        ] as const,
    ),
    ...["auto-generated", "auto-replied", "Auto-Notified; owner-email=a@b", "(no) yes", ""].map(
      (value) =>
        [`Auto-Submitted: ${value}`, "Auto-Submitted", "standard", [`Auto-Submitted: ${value}`]] as const,
    ),
    ["a second Auto-Submitted", "Auto-Submitted", "standard", ["Auto-Submitted: no", "Auto-Submitted: yes"]],
    ...["List-Id: <l.example>", "List-Unsubscribe: <mailto:l@l.example>", "LIST-POST: NO"].map(
      (line) => [line, line.slice(0, line.indexOf(":")), "standard", [line]] as const,
    ),
    ...["bulk", "junk", "List"].map(
      (value) => [`Precedence: ${value}`, "Precedence", "standard", [`Precedence: ${value}`]] as const,
    ),
    [
      "a report",
      "report",
      "standard",
      ["Content-Type: multipart/report; report-type=disposition-notification; boundary=b"],
    ],
    ["a bounce in words", "report", "standard", [], { raw: new Blob([BOUNCE]).stream() }],
    [
      "what asks for no automatic answers",
      "X-Auto-Response-Suppress",
      "runtime",
      ["X-Auto-Response-Suppress: All"],
    ],
    ["a thread without References", "References", "runtime", ["In-Reply-To: <0@worker.example>"]],
    ["a thread without In-Reply-To", "In-Reply-To", "runtime", ["References: <0@worker.example>"]],
    [
      "a thread that is too long",
      "References",
      "runtime",
      ["In-Reply-To: <0@worker.example>", `References: ${references}`],
    ],
  ];
  // covers: RFC 3834 section 2 server
  for (const [what, name, by, fields, paths] of NEVER)
    test(`no reply goes out to ${what}, and that is known beforehand`, async () => {
      const { email, given } = await received([...BASE, ...fields], paths);
      const { unanswerable } = email;
      assert.deepEqual([unanswerable?.field, unanswerable?.by], [name, by]);
      const error = await rejection(email.reply({ text: "Yes." }));
      assert.ok(error instanceof InputError, String(error));
      assert.deepEqual([error.field, error.rule], [name, unanswerable!.rule]);
      assert.ok(error.message.includes(unanswerable!.message), error.message);
      assert.deepEqual(given, { replies: [], rejections: [] });
    });

  test("no reply goes out to a message without an identifier that can be named", async () => {
    for (const fields of [
      [],
      ["Message-ID: <1>"],
      ["Message-ID: 1@client.example"],
      ['Message-ID: <"1 2"@a>'],
    ]) {
      const { email } = await received([...BASE.slice(0, 3), ...fields]);
      assert.deepEqual([email.unanswerable?.field, email.unanswerable?.by], ["Message-ID", "runtime"]);
    }
  });

  test("what the runtime alone does not answer can be answered by SMTP", async () => {
    const { email } = await received(BASE.slice(0, 3));
    const answer = await parse((await email.composeReply({ text: "Yes." })).content);
    assert.deepEqual([answer.inReplyTo, answer.references], [undefined, undefined]);
    const { email: never } = await received([...BASE, "Precedence: bulk"]);
    const error = await rejection(never.composeReply({ text: "Yes." }));
    assert.ok(error instanceof InputError && error.field === "Precedence", String(error));
  });

  const ALLOWED = [
    "Auto-Submitted: no",
    "Auto-Submitted: (by (a) person) No; x=y",
    "Precedence: first-class",
    "X-Auto-Response-Suppress: None",
    "Listener: Ann",
  ];
  test("what a person wrote is answered", async () => {
    for (const line of ALLOWED)
      assert.equal((await received([...BASE, line])).email.unanswerable, undefined, line);
    for (const name of ["norwegian", "requester", "owner", "noreplyer"])
      assert.equal(
        (await received(BASE, { from: `${name}@client.example` })).email.unanswerable,
        undefined,
        name,
      );
  });
});

describe("a reply", () => {
  // covers: RFC 3834 section 3 client
  test("says that a program wrote it, and goes to the reverse-path alone", async () => {
    const reply = ["Reply-To: eve@other.example", "Sender: eve@other.example"];
    const { email, given } = await received([...BASE, ...reply]);
    const sent = await email.reply({ text: "Yes.", headers: { "X-Ticket": "7" } });
    const [{ from, to, raw }] = given.replies as [Given["replies"][number]];
    assert.deepEqual([from, to], [TO, "ann@client.example"]);
    assert.deepEqual(sent.envelope, { from: TO, to: ["ann@client.example"] });
    assert.equal(raw, new TextDecoder().decode(sent.content));
    const message = await parse(raw);
    assert.equal(message.messageId, sent.messageId);
    assert.deepEqual(message.from, [{ address: TO }]);
    assert.deepEqual(message.to, [{ address: "ann@client.example" }]);
    assert.equal(message.subject, "Auto: Lunch?");
    assert.deepEqual(
      ["Auto-Submitted", "X-Ticket", "Cc", "Received"].map((name) => field(message, name)),
      ["auto-replied", "7", undefined, undefined],
    );
    assert.deepEqual(
      (await check(raw)).filter(({ severity }) => severity === "error"),
      [],
    );
  });

  const THREADS: readonly (readonly [fields: readonly string[], references: readonly string[]])[] = [
    [[], ["<1@client.example>"]],
    [
      ["In-Reply-To: <b@w.example>", "References: <a@w.example>\r\n <b@w.example>"],
      ["<a@w.example>", "<b@w.example>", "<1@client.example>"],
    ],
    [
      ["In-Reply-To: <b@w.example>", "References: <a@w.example> nonsense <> <b @ c@d>"],
      ["<a@w.example>", "<1@client.example>"],
    ],
  ];
  // covers: RFC 5322 section 3.6.4 client
  test("has the References of the message, and its identifier", async () => {
    for (const [fields, references] of THREADS) {
      const message = await answer([...BASE, ...fields]);
      assert.deepEqual([message.inReplyTo, message.references], [["<1@client.example>"], references]);
    }
  });

  // covers: RFC 5322 section 3.6.4 client
  test("has what the message answers, where that is one and there are no References", async () => {
    const referring = async (line: string): Promise<readonly string[] | undefined> => {
      const { email } = await received([...BASE, line]);
      return (await parse((await email.composeReply({ text: "Yes." })).content)).references;
    };
    assert.deepEqual(await referring("In-Reply-To: <a@w.example>"), ["<a@w.example>", "<1@client.example>"]);
    assert.deepEqual(await referring("In-Reply-To: <a@w.example> <b@w.example>"), ["<1@client.example>"]);
  });

  test("takes nothing over from a subject that a field cannot hold", async () => {
    const encoded = (text: string): string => `Subject: =?utf-8?b?${Buffer.from(text).toString("base64")}?=`;
    const replied = async (text: string): Promise<Message> =>
      answer([...BASE.slice(0, 2), encoded(text), BASE[3]!]);
    const injected = await replied("a\r\nBcc: eve@other.example\r\n\r\n\0\x7f\x85z");
    assert.equal(field(injected, "Bcc"), undefined);
    assert.match(injected.subject!, /^Auto: a\s+Bcc: eve@other\.example\s+z$/);
    const long = await replied("😀".repeat(5000));
    assert.equal(long.subject, `Auto: ${"😀".repeat(100)}`);
    const odd = await replied(`a${"😀".repeat(5000)}`);
    assert.equal(odd.subject, `Auto: a${"😀".repeat(99)}`);
    assert.equal((await answer([...BASE.slice(0, 2), BASE[3]!])).subject, "Auto:");
  });

  test("comes from whom the draft says, in the domain that got the message", async () => {
    const from = "The team <team@Worker.Example>";
    const message = await answer(BASE, { from, subject: "Away", text: "Back on Monday." });
    assert.deepEqual(message.from, [{ name: "The team", address: "team@Worker.Example" }]);
    assert.equal(message.subject, "Away");
    for (const other of ["team@other.example", "team@sub.worker.example", "worker.example"]) {
      const { email, given } = await received();
      const error = await rejection(email.reply({ from: other, text: "Yes." }));
      assert.ok(error instanceof InputError && error.field === "from", String(error));
      assert.equal(given.replies.length, 0);
    }
  });

  test("has no fields for what it says by itself", async () => {
    const { email, given } = await received();
    for (const name of [
      "to",
      "cc",
      "bcc",
      "sender",
      "inReplyTo",
      "references",
      "autoSubmitted",
      "envelope",
      "list",
    ]) {
      const error = await rejection(email.reply({ text: "Yes.", [name]: "eve@other.example" }));
      assert.ok(error instanceof InputError && error.field === name, String(error));
    }
    for (const draft of [undefined, null, "Yes."]) {
      const error = await rejection(email.reply(draft as unknown as ReplyDraft));
      assert.ok(error instanceof InputError && error.field === "reply", String(error));
    }
    const error = await rejection(email.reply({ headers: { "Auto-Submitted": "no" } }));
    assert.ok(error instanceof InputError && error.field === "headers.Auto-Submitted", String(error));
    assert.equal(given.replies.length, 0);
  });

  test("is sent once, also while the first is on its way", async () => {
    const { email, given } = await received();
    const [first, second] = await Promise.allSettled([
      email.reply({ text: "One." }),
      email.reply({ text: "Two." }),
    ]);
    assert.deepEqual([first.status, second.status], ["fulfilled", "rejected"]);
    const error = await rejection(email.reply({ text: "Three." }));
    assert.ok(error instanceof InputError && error.field === "reply", String(error));
    assert.equal(given.replies.length, 1);
  });

  test("that the runtime does not send is an error with its reason, and can be tried again", async () => {
    const cause = new Error("the message does not pass DMARC");
    let refusing = true;
    const reply = async (): Promise<{ messageId: string }> => {
      if (refusing) throw cause;
      return { messageId: "x@worker.example" };
    };
    const { email } = await received(BASE, { reply });
    const error = await rejection(email.reply({ text: "Yes." }));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.cause, cause);
    assert.match(error.message, /does not pass DMARC/);
    refusing = false;
    assert.equal((await email.reply({ text: "Yes." })).id, "x@worker.example");
  });

  // covers: RFC 3834 section 3.3 client
  test("that goes by SMTP comes from the null reverse-path, and from any domain", async () => {
    const { email, given } = await received();
    const { envelope, content } = await email.composeReply({ from: "team@other.example", text: "Yes." });
    assert.deepEqual(envelope, { from: "", to: ["ann@client.example"] });
    const message = await parse(content);
    assert.deepEqual(message.from, [{ address: "team@other.example" }]);
    assert.equal(field(message, "Auto-Submitted"), "auto-replied");
    assert.equal(given.replies.length, 0);
  });
});

describe("a bounce", () => {
  const reportIn = async ({ content }: Composition): Promise<Message> => parse(content);

  // covers: RFC 3464 server
  test("tells the reverse-path, from the null one, what became of the message", async () => {
    const { email } = await received([...BASE, "Auto-Submitted: auto-generated"]);
    const composition = await email.composeBounce({ status: "5.2.2", diagnostic: "552 5.2.2 full" });
    assert.deepEqual(composition.envelope, { from: "", to: ["ann@client.example"] });
    const { report, from } = await reportIn(composition);
    assert.deepEqual(from, [{ name: "Mail Delivery System", address: "mailer-daemon@worker.example" }]);
    assert.ok(report?.kind === "deliveryStatus");
    assert.equal(report.reportingMta, "worker.example");
    assert.equal(report.originalMessageId, "<1@client.example>");
    assert.equal(report.original?.headersOnly, true);
    const [recipient] = report.recipients;
    const { address, action, status, diagnostic } = recipient!;
    assert.deepEqual([address, action, status, diagnostic], [TO, "failed", "5.2.2", "552 5.2.2 full"]);
  });

  test("answers no message from the null reverse-path", async () => {
    for (const from of ["", "<>"]) {
      const { email } = await received(BASE, { from });
      const error = await rejection(email.composeBounce({ status: "5.1.1" }));
      assert.ok(error instanceof InputError, String(error));
      assert.deepEqual([error.field, error.rule], ["envelope.from", "RFC 3461 section 6.1"]);
    }
  });

  test("is about this message and this recipient", async () => {
    const { email } = await received();
    for (const name of ["to", "recipients", "original", "arrivalDate"]) {
      const error = await rejection(email.composeBounce({ status: "5.1.1", [name]: [] }));
      assert.ok(error instanceof InputError && error.field === name, String(error));
    }
    const error = await rejection(email.composeBounce({ status: "2.0.0" }));
    assert.ok(error instanceof InputError && error.field === "recipients[0].status", String(error));
  });
});

describe("a message that is received", () => {
  test("is there in every form", async () => {
    const raw = source(BASE);
    const { message } = incoming(raw);
    const email = await receive(message);
    assert.deepEqual(email.envelope, { from: "ann@client.example", to: TO });
    assert.equal(new TextDecoder().decode(email.raw), raw);
    assert.equal(email.message.subject, "Lunch?");
    assert.deepEqual(await email.findings(), await check(raw));
  });

  test("may be as large as the limit, and is not read when it says that it is larger", async () => {
    const raw = source(BASE);
    assert.equal((await receive(incoming(raw).message, { limit: raw.length })).raw.length, raw.length);
    const { message } = incoming(raw);
    const error = await rejection(receive(message, { limit: raw.length - 1 }));
    assert.ok(error instanceof InputError && error.field === "limit", String(error));
    assert.equal(error.message, `the message has ${raw.length} octets; the limit is ${raw.length - 1}`);
    assert.equal(await new Response(message.raw).text(), raw);
    const large = await rejection(receive(incoming(raw, { rawSize: 25 * 1024 * 1024 + 1 }).message));
    assert.ok(large instanceof InputError && large.field === "limit", String(large));
  });

  test("is read no further than the limit when it is larger than it says", async () => {
    let pulled = 0;
    let cancelled: unknown;
    const raw = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(1000));
        },
        cancel: (reason) => void (cancelled = reason),
      },
      { highWaterMark: 0 },
    );
    const error = await rejection(receive(incoming("", { raw, rawSize: 10 }).message, { limit: 2500 }));
    assert.ok(error instanceof InputError && error.field === "limit", String(error));
    assert.deepEqual([pulled, cancelled], [3, error]);
  });

  test("whose stream fails is an error with the cause", async () => {
    const cause = new Error("lost");
    const raw = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(cause) });
    const error = await rejection(receive(incoming("", { raw }).message));
    assert.ok(error instanceof InputError && error.field === "raw" && error.cause === cause, String(error));
  });

  test("is what a handler gets, and nothing else", async () => {
    const { message } = incoming(source(BASE));
    for (const [given, name] of [
      [undefined, "from"],
      [{ ...message, to: 7 }, "to"],
      [{ ...message, raw: undefined }, "raw"],
    ] as const) {
      const error = await rejection(receive(given as unknown as IncomingEmail));
      assert.ok(error instanceof InputError && error.field === name, String(error));
    }
    for (const options of [{ limit: -1 }, { limit: "1 MB" }, { size: 1 }]) {
      const error = await rejection(receive(message, options as object));
      assert.ok(error instanceof InputError && error.field === Object.keys(options)[0], String(error));
    }
  });

  test("is rejected with a reason that fits into a reply", async () => {
    const { email, given } = await received();
    for (const reason of ["", "no\r\n250 ok", "nein, weiß nicht", "x".repeat(401), 550])
      assert.throws(
        () => email.reject(reason as string),
        (error) => error instanceof InputError && error.field === "reason",
      );
    email.reject("5.1.1 no such user");
    assert.deepEqual(given.rejections, ["5.1.1 no such user"]);
  });
});
