/** Reports about messages: as others write them, and as we do. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { composeReport, check, InputError, parse } from "edgepost";
import type { DeliveryReport } from "edgepost";
import { rejection } from "./support.js";

const CRLF = (text: string): string => text.replace(/^\n/, "").replaceAll("\n", "\r\n");
const BOUNCES = fileURLToPath(new URL("../vectors/bounce-sisimai/", import.meta.url));

// covers: RFC 3464 both
test("a delivery status notification says what became of whom", async () => {
  const source = CRLF(`
From: Mail Delivery System <mailer-daemon@mx.example>
To: ann@a.example
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Original-Envelope-Id: QQ+2B1
Arrival-Date: Tue, 29 Feb 2000 12:34:56 +0000

Original-Recipient: rfc822;bob+2Bx@b.example
Final-Recipient: rfc822; robert@b.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.b.example
Diagnostic-Code: smtp; 550 5.1.1 <robert@b.example>: User unknown

Final-Recipient: rfc822; carol@b.example
Action: delayed
Status: 4.4.1
--b
Content-Type: message/rfc822

Message-ID: <1@a.example>
Subject: hello

hello
--b--
`);
  const { report } = await parse(source);
  const start = source.indexOf("Message-ID");
  assert.deepEqual(report, {
    kind: "deliveryStatus",
    reportingMta: "mx.example",
    arrivalDate: "Tue, 29 Feb 2000 12:34:56 +0000",
    originalEnvelopeId: "QQ+1",
    originalMessageId: "<1@a.example>",
    recipients: [
      {
        address: "robert@b.example",
        original: "bob+x@b.example",
        action: "failed",
        status: "5.1.1",
        replyCode: 550,
        diagnostic: "550 5.1.1 <robert@b.example>: User unknown",
        remoteMta: "mx.b.example",
        hard: true,
        cause: "noSuchUser",
      },
      { address: "carol@b.example", action: "delayed", status: "4.4.1", hard: false, cause: "network" },
    ],
    original: {
      part: 3,
      span: { start, end: source.indexOf("\r\n--b--") },
      headersOnly: false,
    },
  });
});

test("a bounce that says it in words is understood, and called that", async () => {
  const { report } = await parse(
    CRLF(`
From: MAILER-DAEMON@a.example
Subject: failure notice

I wasn't able to deliver your message to the following addresses.

<bob@b.example>:
Remote host said: 552 5.2.2 The mailbox is full

--- Below this line is a copy of the message.

Message-ID: <2@a.example>
Subject: hello

hello
`),
  );
  assert.equal(report?.kind, "bounce");
  assert.equal(report.originalMessageId, "<2@a.example>");
  const [recipient, ...others] = report.recipients;
  assert.deepEqual(others, []);
  const { address, status, replyCode, cause, hard } = recipient!;
  assert.deepEqual(
    [address, status, replyCode, cause, hard],
    ["bob@b.example", "5.2.2", 552, "mailboxFull", false],
  );
});

// covers: RFC 5965 both
test("a complaint says what is complained about", async () => {
  const { report } = await parse(
    CRLF(`
From: abuse@b.example
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

A complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: Abuse
User-Agent: Some/1.0
Version: 1
Original-Mail-From: <bounces@a.example>
Original-Rcpt-To: <bob@b.example>
Arrival-Date: Thu, 8 Mar 2005 14:00:00 EDT
Source-IP: 192.0.2.1
Reported-Domain: a.example
Reported-URI: http://a.example/x
Authentication-Results: b.example; spf=fail
Incidents: 3
--b
Content-Type: text/rfc822-headers

Message-ID: <3@a.example>
--b--
`),
  );
  const { original, ...rest } = report!;
  assert.deepEqual(rest, {
    kind: "complaint",
    arrivalDate: "Thu, 8 Mar 2005 14:00:00 EDT",
    originalMessageId: "<3@a.example>",
    recipients: [{ address: "bob@b.example", cause: "unknown" }],
    feedback: {
      feedbackType: "abuse",
      userAgent: "Some/1.0",
      originalMailFrom: "bounces@a.example",
      sourceIp: "192.0.2.1",
      incidents: 3,
      reportedDomains: ["a.example"],
      reportedUris: ["http://a.example/x"],
      authenticationResults: ["b.example; spf=fail"],
    },
  });
  assert.equal(original?.headersOnly, true);
});

// covers: RFC 8098 both
test("a disposition notification says what was done", async () => {
  const { report } = await parse(
    CRLF(`
From: bob@b.example
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

It has been displayed.
--b
Content-Type: message/disposition-notification

Reporting-UA: b.example; Reader 1.0
Final-Recipient: rfc822;bob@b.example
Original-Message-ID: <4@a.example>
Disposition: manual-action/MDN-sent-automatically; displayed/error
Error: not all of it
--b--
`),
  );
  assert.deepEqual(report, {
    kind: "disposition",
    originalMessageId: "<4@a.example>",
    recipients: [{ address: "bob@b.example", cause: "unknown" }],
    disposition: {
      kind: "displayed",
      manual: true,
      sentManually: false,
      modifiers: ["error"],
      reportingUa: "b.example; Reader 1.0",
      errors: ["not all of it"],
    },
  });
});

test("what people write, and programs for them, is no report", async () => {
  const people = "From: bob@b.example\r\nSubject: Re: failure\r\n\r\nWhat do you mean, 550 5.1.1?\r\n";
  const away = "From: bob@b.example\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n";
  for (const source of [people, away]) assert.equal((await parse(source)).report, undefined);
});

test("bounces of the wild all are reports, and never too much to read", async () => {
  const lines = (await readFile(`${BOUNCES}cases.jsonl`, "utf8")).trim().split("\n");
  const cases = lines.map(
    (line) => JSON.parse(line) as { id: string; file: string; expect: { reason: string }[] },
  );
  assert.ok(cases.length > 150);
  for (const { id, file, expect } of cases) {
    const { report } = await parse(await readFile(BOUNCES + file));
    // An automatic answer is no report, as tests/messages/bounces.rs has it.
    const reported = expect[0]!.reason !== "vacation";
    assert.equal(report !== undefined, reported, id);
    assert.equal(report?.recipients.length ?? 0, reported ? expect.length : 0, id);
  }
});

const REPORT: DeliveryReport = {
  from: "Mail Delivery System <mailer-daemon@mx.example>",
  to: "ann@a.example",
  date: "2026-02-28T12:34:56Z",
  messageId: "5@mx.example",
  reportingMta: "mx.example",
  arrivalDate: new Date("2000-02-29T12:34:56Z"),
  originalEnvelopeId: "QQ+1",
  recipients: [
    {
      recipient: "robert@b.example",
      originalRecipient: "bob+list@b.example",
      action: "failed",
      status: "5.1.1",
      diagnostic: "550 5.1.1 <robert@b.example>: User unknown",
      remoteMta: "mx.b.example",
      lastAttempt: 0,
    },
    { recipient: "jürgen@b.example", action: "delayed", status: "4.4.1", willRetryUntil: "2026-03-01" },
    { recipient: "carol@b.example", action: "delivered", status: "2.1.5" },
  ],
  original: { content: "Message-ID: <1@a.example>\nSubject: hello\n\nhello\n" },
};

// covers: RFC 3464 both
// covers: RFC 6522 both
// covers: RFC 6533 both
test("a report that is composed is read back", async () => {
  const composed = await composeReport(REPORT);
  assert.deepEqual(composed.envelope, { from: "", to: ["ann@a.example"] });
  assert.equal(composed.messageId, "<5@mx.example>");
  const bytes = await composed.bytes();
  assert.deepEqual(new Uint8Array(await new Response(composed.content).arrayBuffer()), bytes);
  const message = await parse(bytes);
  assert.deepEqual(message.from, [{ name: "Mail Delivery System", address: "mailer-daemon@mx.example" }]);
  assert.deepEqual(message.to, [{ address: "ann@a.example" }]);
  assert.equal(message.messageId, composed.messageId);
  assert.equal(message.date?.toISOString(), "2026-02-28T12:34:56.000Z");
  assert.match(message.text!, /<robert@b\.example>: could not be delivered/);
  const { original, ...report } = message.report!;
  assert.deepEqual(report, {
    kind: "deliveryStatus",
    reportingMta: "mx.example",
    arrivalDate: "Tue, 29 Feb 2000 12:34:56 +0000",
    originalEnvelopeId: "QQ+1",
    originalMessageId: "<1@a.example>",
    recipients: [
      {
        address: "robert@b.example",
        original: "bob+list@b.example",
        action: "failed",
        status: "5.1.1",
        replyCode: 550,
        diagnostic: "550 5.1.1 <robert@b.example>: User unknown",
        remoteMta: "mx.b.example",
        hard: true,
        cause: "noSuchUser",
      },
      {
        address: "jürgen@b.example",
        action: "delayed",
        status: "4.4.1",
        diagnostic: "<jürgen@b.example>: has not been delivered yet, and will be tried again",
        hard: false,
        cause: "network",
      },
      { address: "carol@b.example", action: "delivered", status: "2.1.5", cause: "unknown" },
    ],
  });
  const returned = bytes.subarray(original!.span.start, original!.span.end);
  assert.equal(
    new TextDecoder().decode(returned),
    "Message-ID: <1@a.example>\r\nSubject: hello\r\n\r\nhello\r\n",
  );
  const errors = (await check(bytes)).filter(({ severity }) => severity === "error");
  assert.deepEqual(errors, []);
});

test("a report needs little, and brings back no more than is wanted", async () => {
  const { from, to, reportingMta } = REPORT;
  const recipients = [{ recipient: "bob@b.example", action: "failed", status: "5.1.1" }] as const;
  const least = await composeReport({ from, to, reportingMta, recipients });
  assert.match(least.messageId, /^<[^@<>]+@mx\.example>$/);
  const message = await parse(await least.bytes());
  assert.equal(message.subject, "Delivery Status Notification (Failure)");
  assert.equal(message.report?.original, undefined);
  assert.ok(Math.abs(Date.now() - message.date!.getTime()) < 60_000);
  const content = new TextEncoder().encode("Message-ID: <1@a.example>\r\n\r\nsecret");
  const headers = await composeReport({
    ...{ from, to, reportingMta, recipients },
    ...{ subject: "Leider", text: "Schade für dich." },
    original: { content, headersOnly: true },
  });
  const read = await parse(await headers.bytes());
  assert.equal(read.subject, "Leider");
  assert.equal(read.text?.trim(), "Schade für dich.");
  assert.equal(read.report?.original?.headersOnly, true);
  assert.equal(read.report.originalMessageId, "<1@a.example>");
  assert.doesNotMatch(new TextDecoder().decode(await headers.bytes()), /secret/);
});

const [FAILED] = REPORT.recipients;
const REFUSED: [change: object, field: string][] = [
  [{ from: "nobody" }, "from"],
  [{ from: { name: "x\r\nBcc: eve@e.example", address: "a@a.example" } }, "from"],
  [{ to: "" }, "to"],
  [{ to: ["ann@a.example"] }, "to"],
  [{ to: "ann@a.example, eve@e.example" }, "to"],
  [{ subject: "x\r\nBcc: eve@e.example" }, "subject"],
  [{ text: "\u001b[2J" }, "text"],
  [{ date: "tomorrow" }, "date"],
  [{ messageId: "1" }, "messageId"],
  [{ reportingMta: "mx example" }, "reportingMta"],
  [{ reportingMta: undefined }, "reportingMta"],
  [{ arrivalDate: 1e18 }, "arrivalDate"],
  [{ originalEnvelopeId: "a b" }, "originalEnvelopeId"],
  [{ recipients: [] }, "recipients"],
  [{ recipients: undefined }, "recipients"],
  [{ recipients: [FAILED, 1] }, "recipients[1]"],
  [{ recipients: [FAILED, { ...FAILED, recipient: "x" }] }, "recipients[1].recipient"],
  [{ recipients: [FAILED, { ...FAILED, action: "lost" }] }, "recipients[1].action"],
  [{ recipients: [FAILED, { ...FAILED, status: "5.1" }] }, "recipients[1].status"],
  [{ recipients: [FAILED, { ...FAILED, status: "2.1.5" }] }, "recipients[1].status"],
  [{ recipients: [FAILED, { ...FAILED, diagnostic: "550 x\r\nStatus: 2.0.0" }] }, "recipients[1].diagnostic"],
  [{ recipients: [FAILED, { ...FAILED, remoteMta: "a;b" }] }, "recipients[1].remoteMta"],
  [{ recipients: [FAILED, { ...FAILED, originalRecipient: "a\nb@c" }] }, "recipients[1].originalRecipient"],
  [{ recipients: [FAILED, { ...FAILED, lastAttempt: 1e18 }] }, "recipients[1].lastAttempt"],
  [{ recipients: [FAILED, { ...FAILED, willRetryUntil: "soon" }] }, "recipients[1].willRetryUntil"],
  [{ recipients: [FAILED, { ...FAILED, address: "x" }] }, "recipients[1].address"],
  [{ original: "Subject: x" }, "original"],
  [{ original: { content: 1 } }, "original.content"],
  [{ original: { content: "", headersOnly: 1 } }, "original.headersOnly"],
  [{ bcc: "eve@e.example" }, "bcc"],
];

for (const [change, field] of REFUSED)
  test(`a report with ${JSON.stringify(change)} is refused because of ${field}`, async () => {
    const error = await rejection(composeReport({ ...REPORT, ...change } as DeliveryReport));
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
    assert.match(error.message, new RegExp(field.replace(/^.*\./, "").replace(/[[\]]/g, "\\$&")));
  });
