/** What is said of a recorded session, and what a recording may be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { dissect, InputError } from "edgepost";
import type { DissectOptions, Finding, TraceSession } from "edgepost";

const HELLO =
  "S: 220 mx.example ESMTP\nC: EHLO a\nS: 250-mx.example\nS: 250-ENHANCEDSTATUSCODES\nS: 250 SIZE 1000\n";
const MAIL = "C: MAIL FROM:<ann@example.com>\nS: 250 2.1.0 OK\n";
const RCPT = "C: RCPT TO:<bob@example.net>\nS: 250 2.1.5 OK\n";
const DATA = "C: DATA\nS: 354 Go on\nC: Subject: hi\nC: \nC: hello\nC: .\n";
const BYE = "C: QUIT\nS: 221 2.0.0 Bye\n";

async function only(text: string, options: DissectOptions = {}): Promise<TraceSession> {
  const { sessions } = await dissect(text, options);
  assert.equal(sessions.length, 1);
  return sessions[0]!;
}

/** What is said of a session, but for what went well. */
async function said(text: string): Promise<readonly Finding[]> {
  return (await only(text)).diagnosis.filter(({ rule }) => rule !== "accepted");
}

test("a session in which all went well has that to say", async () => {
  const { diagnosis, messages, name, capabilities } = await only(
    HELLO + MAIL + RCPT + DATA + "S: 250 2.0.0 queued as 4T\n" + BYE,
  );
  assert.deepEqual(diagnosis, [
    {
      rule: "accepted",
      severity: "info",
      message: "The server accepted the message for 1 recipient: queued as 4T (250 2.0.0).",
      step: 10,
      reference: "RFC 5321 section 4.2.5",
    },
  ]);
  assert.deepEqual(messages, [
    {
      from: "ann@example.com",
      recipients: [{ recipient: "bob@example.net", status: "accepted", step: 10 }],
      step: 3,
      octets: 25,
    },
  ]);
  assert.equal(name, "a");
  assert.deepEqual(capabilities[1], { keyword: "SIZE", parameters: ["1000"] });
});

/** One thing that goes wrong, what is said of it, and its step. */
const CASES: readonly [rule: string, message: RegExp, step: number | undefined, text: string][] = [
  [
    "greeting-refused",
    /^The server refused to talk: no mail here \(554 5\.3\.2: System not accepting network messages\)\.$/,
    0,
    "S: 554 5.3.2 no mail here\nC: QUIT\nS: 221 bye\n",
  ],
  [
    "hello-refused",
    /^The server refused EHLO: who\? \(501 5\.5\.4: Invalid command arguments\)\.$/,
    2,
    "S: 220 mx\nC: EHLO a\nS: 501 5.5.4 who?\nC: HELO a\nS: 250 mx\n" + BYE,
  ],
  [
    "sender-refused",
    /^The server refused the sender <ann@example\.com>: no \(550 5\.7\.1: Delivery not authorized, message refused\)\.$/,
    4,
    `${HELLO}C: MAIL FROM:<ann@example.com>\nS: 550 5.7.1 no\n${BYE}`,
  ],
  [
    "recipient-refused",
    /^The server refused the recipient <bob@example\.net>: who is this\? Nobody here \(550 5\.1\.1: Bad destination mailbox address\)\.$/,
    6,
    `${HELLO}${MAIL}C: RCPT TO:<bob@example.net>\nS: 550-5.1.1 who is this?\nS: 550 5.1.1 Nobody here.\n${BYE}`,
  ],
  [
    "message-refused",
    /^The server refused the message: spam \(554 5\.7\.1/,
    10,
    `${HELLO}${MAIL}${RCPT}${DATA}S: 554 5.7.1 spam\n${BYE}`,
  ],
  [
    "greylisted",
    /^Greylisted: .* the recipient <bob@example\.net> for now; it will be taken when it is sent again later: Greylisted, come back in 300 s \(451 4\.7\.1/,
    6,
    `${HELLO}${MAIL}C: RCPT TO:<bob@example.net>\nS: 451 4.7.1 Greylisted, come back in 300 s\n${BYE}`,
  ],
  [
    "try-later",
    /^The server refused the message for now, so try again later: disk \(452 4\.3\.1: Mail system full\)\.$/,
    10,
    `${HELLO}${MAIL}${RCPT}${DATA}S: 452 4.3.1 disk\n${BYE}`,
  ],
  [
    "command-refused",
    /^The server refused VRFY: no \(502 5\.5\.1: Invalid command\)\.$/,
    4,
    `${HELLO}C: VRFY bob\nS: 502 5.5.1 no\n${BYE}`,
  ],
  [
    "closing-down",
    /^The server closed the connection by itself: too long \(421 4\.4\.2: Bad connection\)\.$/,
    3,
    `${HELLO}S: 421 4.4.2 too long\n`,
  ],
  [
    "auth-failed",
    /^AUTH failed: the name or the password is wrong, or the account may not do this: no \(535 5\.7\.8: Authentication credentials invalid\)\.$/,
    4,
    "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 AUTH CRAM-MD5\nC: AUTH CRAM-MD5\nS: 535 5.7.8 no\n" + BYE,
  ],
  [
    "auth-later",
    /^AUTH could not be decided about for now, and may succeed later: busy \(454 4\.7\.0/,
    4,
    "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 AUTH CRAM-MD5\nC: AUTH CRAM-MD5\nS: 454 4.7.0 busy\n" + BYE,
  ],
  [
    "starttls-refused",
    /^The server refused STARTTLS: no key \(454 4\.7\.0/,
    4,
    "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 no key\n" + BYE,
  ],
  [
    "starttls-unused",
    /^The server offered STARTTLS, and the client did not use it/,
    2,
    `S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 STARTTLS\n${MAIL}${BYE}`,
  ],
  [
    "starttls-not-last",
    /^The client sent EHLO before STARTTLS was answered, in clear/,
    4,
    "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nC: EHLO a\nS: 220 go\nS: 250 mx\n" + BYE,
  ],
  [
    "not-offered",
    /^The client used BODY=8BITMIME, though the server did not offer 8BITMIME\.$/,
    3,
    `${HELLO}C: MAIL FROM:<ann@example.com> BODY=8BITMIME\nS: 250 ok\n${BYE}`,
  ],
  [
    "size-exceeded",
    /^The message is larger than the server takes: 2000 octets declared, 1000 allowed\.$/,
    3,
    `${HELLO}C: MAIL FROM:<ann@example.com> SIZE=2000\nS: 250 ok\n${BYE}`,
  ],
  [
    "pipelining-not-offered",
    /^The client did not wait for replies, though the server did not offer PIPELINING: it sent RCPT/,
    4,
    `${HELLO}C: MAIL FROM:<ann@example.com>\nC: RCPT TO:<bob@example.net>\nS: 250 ok\nS: 250 ok\n${BYE}`,
  ],
  [
    "pipelining-not-last",
    /^The client sent MAIL before EHLO was answered, which must be the last of its group\.$/,
    2,
    "S: 220 mx\nC: EHLO a\nC: MAIL FROM:<ann@example.com>\nS: 250-mx\nS: 250 PIPELINING\nS: 250 ok\n" + BYE,
  ],
  [
    "lost-connection",
    /^The connection was closed by the server before RCPT was answered\.$/,
    undefined,
    `<-  220 mx\n -> HELO a\n<-  250 mx\n -> MAIL FROM:<a@b.c>\n<-  250 ok\n -> RCPT TO:<d@e.f>\n*** Remote host closed connection unexpectedly.`,
  ],
  [
    "lost-uncertain",
    /whether the message was accepted is not known/,
    undefined,
    `<-  220 mx\n -> HELO a\n<-  250 mx\n -> MAIL FROM:<a@b.c>\n<-  250 ok\n -> RCPT TO:<d@e.f>\n<-  250 ok\n -> DATA\n<-  354 go\n -> .\n*** Remote host closed connection unexpectedly.`,
  ],
  [
    "recording-ends",
    /^The recording ends before the end of the content is answered\.$/,
    9,
    HELLO + MAIL + RCPT + DATA,
  ],
];

describe("in plain words, with the place and the document:", () => {
  for (const [rule, message, step, text] of CASES)
    test(rule, async () => {
      const found = (await said(text)).filter((finding) => finding.rule === rule);
      assert.equal(found.length, 1, JSON.stringify(await said(text)));
      assert.match(found[0]!.message, message);
      if (step !== undefined) assert.equal(found[0]!.step, step);
      assert.match(found[0]!.reference, /^RFC \d+( section [\d.]+)?$/);
    });

  test("a password that goes in clear where TLS was offered", async () => {
    const text =
      "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\nC: AUTH PLAIN AGEAc2VjcmV0\nS: 235 ok\n";
    assert.deepEqual(
      (await said(text + BYE)).map(({ rule }) => rule),
      ["starttls-unused", "auth-in-clear"],
    );
  });

  test("nothing of that after STARTTLS, whose offers are others", async () => {
    const text =
      "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nC: EHLO a\nS: 250-mx\nS: 250 AUTH PLAIN\n" +
      "C: AUTH PLAIN AGEAc2VjcmV0\nS: 235 ok\n";
    assert.deepEqual(await said(text + MAIL + RCPT + DATA + "S: 250 ok\n" + BYE), []);
  });
});

describe("what became of a message", () => {
  const statuses = async (text: string): Promise<unknown[]> =>
    (await only(text)).messages.map(({ recipients }) =>
      recipients.map(({ recipient, status }) => [recipient, status]),
    );

  test("is told for each recipient", async () => {
    const text = `${HELLO}${MAIL}${RCPT}C: RCPT TO:<eve@example.net>\nS: 550 5.1.1 no\n${DATA}S: 250 ok\n${BYE}`;
    assert.deepEqual(await statuses(text), [
      [
        ["bob@example.net", "accepted"],
        ["eve@example.net", "refused"],
      ],
    ]);
  });

  test("is told for each recipient by LMTP, also of the replies to its content", async () => {
    const two = "C: RCPT TO:<a@b.c>\nC: RCPT TO:<d@e.f>\nS: 250 ok\nS: 250 ok\n";
    const text = `S: 220 mx\nC: LHLO a\nS: 250-mx\nS: 250 PIPELINING\n${MAIL}${two}${DATA}S: 250 ok\nS: 452 4.2.2 full\n${BYE}`;
    assert.deepEqual(await statuses(text), [
      [
        ["a@b.c", "accepted"],
        ["d@e.f", "refused"],
      ],
    ]);
    const { diagnosis } = await only(text);
    assert.deepEqual(
      diagnosis.map(({ rule }) => rule),
      ["accepted", "try-later"],
    );
  });

  test("is that it was not sent, when it was given up", async () => {
    assert.deepEqual(await statuses(`${HELLO}${MAIL}${RCPT}C: RSET\nS: 250 ok\n${BYE}`), [
      [["bob@example.net", "notSent"]],
    ]);
  });

  test("is told for each of several, also in one flight", async () => {
    const flight =
      "C: MAIL FROM:<>\nC: RCPT TO:<a@b.c>\nC: BDAT 4 LAST\nC: hi\nC: MAIL FROM:<x@y.z>\nC: RCPT TO:<d@e.f>\nC: BDAT 4 LAST\nC: ho\n" +
      "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 250 ok\nS: 550 no\nS: 503 no\n";
    const text = `S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250-PIPELINING\nS: 250 CHUNKING\n${flight}${BYE}`;
    assert.deepEqual(await statuses(text), [[["a@b.c", "accepted"]], [["d@e.f", "refused"]]]);
  });
});

test("a reply says which step it answers", async () => {
  const text =
    "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 PIPELINING\nC: MAIL FROM:<a@b.c>\nC: RCPT TO:<d@e.f>\nS: 250 ok\nS: 550 no\n";
  const { steps } = await only(text + BYE);
  assert.deepEqual(
    steps.map(({ answers }) => answers),
    [undefined, undefined, 1, undefined, undefined, 3, 4, undefined, 7],
  );
});

describe("a recording", () => {
  const text = HELLO + BYE;
  const octets = new TextEncoder().encode(text);

  test("may be a string, octets, a buffer, a blob, a stream or an iterable", async () => {
    const forms = [
      text,
      octets,
      octets.slice().buffer,
      new Blob([octets]),
      new Blob([octets]).stream(),
      (async function* () {
        for (const octet of octets) yield Uint8Array.of(octet);
      })(),
      (async function* () {
        for (const letter of text) yield letter;
      })(),
    ];
    for (const form of forms) assert.equal((await dissect(form)).sessions[0]!.steps.length, 5);
  });

  test("that is something else is an error", async () => {
    for (const input of [undefined, null, 7, {}, []])
      await assert.rejects(dissect(input as unknown as string), (error: InputError) => {
        assert.ok(error instanceof InputError, String(error));
        return error.field === "input";
      });
    await assert.rejects(dissect(""), /the recording is empty/);
    const failing = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    await assert.rejects(dissect(failing), InputError);
  });

  test("over the limit is refused, and a stream of it not read to its end", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => (pulled++, controller.enqueue(octets)),
    });
    for (const input of [text, octets, new Blob([octets]), endless])
      await assert.rejects(
        dissect(input, { limits: { octets: 20 } }),
        /more than 20 octets, which is the limit \(limits\.octets\)/,
      );
    assert.ok(pulled < 5);
  });

  test("with more sessions or steps than the limits is read up to them, and a note says so", async () => {
    const many = await dissect(text.repeat(5), { limits: { sessions: 3 } });
    assert.deepEqual([many.sessions.length, many.notes.length], [3, 1]);
    assert.match(
      many.notes[0]!.message,
      /^Left out: all sessions after the first 3; limits\.sessions allows more\.$/,
    );
    const long = await dissect(text.repeat(5), { limits: { steps: 12 } });
    assert.deepEqual(
      long.sessions.map(({ steps }) => steps.length),
      [5, 5, 2],
    );
    assert.match(
      long.notes[0]!.message,
      /^Left out: all steps after the first 12; limits\.steps allows more\.$/,
    );
  });

  test("has options that are checked", async () => {
    for (const [options, field] of [
      [{ format: "word" }, "format"],
      [{ slow: -1 }, "slow"],
      [{ limits: { steps: 0 } }, "limits.steps"],
      [{ colour: "red" }, "colour"],
    ] as const)
      await assert.rejects(
        dissect(text, options as DissectOptions),
        (error: InputError) => error.field === field,
      );
  });
});

test("reading takes time in proportion to a log, whatever is in it", async () => {
  const worst: readonly ((count: number) => string)[] = [
    (count) => HELLO + MAIL + "C: RCPT TO:<bob@example.net>\n".repeat(count) + "S: 250 ok\n".repeat(count),
    (count) => HELLO + "C: NOOP\n".repeat(count),
    (count) =>
      "S: 220 mx\nC: LHLO a\nS: 250 mx\n" +
      MAIL +
      RCPT.repeat(count / 2) +
      DATA +
      "S: 250 ok\n".repeat(count / 2),
    (count) => HELLO + `C: MAIL FROM:<a@b.c>\nS: 250 ok\n${DATA}S: 550 no\n`.repeat(count / 8),
    (count) => HELLO + "C: BDAT 1000000000000\nS: 250 ok\n".repeat(count / 2),
    (count) => `${HELLO}S: 250-${"x".repeat(count * 20)}\n`,
    (count) => HELLO + "C: \\\n".repeat(count),
    (count) => HELLO + MAIL + RCPT + "C: DATA\nS: 354 go\n" + "C: \n".repeat(count),
    (count) =>
      `${HELLO}*** ${"connection".repeat(count)}\n=== Trying ${":1".repeat(count)}\n* Connected to ${" (".repeat(count)}\n`,
    (count) =>
      `Mar  3 10:00:00 mail postfix/smtpd[12]: > a[1]: 220 mx\nMar  3 10:00:00 mail postfix/smtpd[12]: > ${"[".repeat(count * 20)}`,
    (count) => `send: '${"\\".repeat(count * 20)}\nreply: b'220 mx'\nreply: b'${"'".repeat(count * 20)}x`,
    (count) => `${HELLO}S: 250 ${". ".repeat(count * 10)}x\n`,
    (count) => `${HELLO}C: ${" ".repeat(count * 20)}x\n`,
  ];
  const time = async (text: string): Promise<number> => {
    let best = Infinity;
    for (let round = 0; round < 2; round++) {
      const began = performance.now();
      await dissect(text);
      best = Math.min(best, performance.now() - began);
    }
    return best;
  };
  await time(worst[0]!(1_000));
  for (const [index, make] of worst.entries()) {
    const [short, long] = [await time(make(1_000)), await time(make(8_000))];
    assert.ok(
      long < Math.max(short, 2) * 32,
      `${index}: ${short} ms, and ${long} ms for eight times as much`,
    );
  }
});
