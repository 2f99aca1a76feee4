/** Logs of mail programs, dissected: what each prints becomes the same steps. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { connect, dissect, InputError, loopback, serve } from "edgepost";
import type { Step, Trace, TraceFormat, TraceSession } from "edgepost";

/** What was said in all of these logs; `[content]` is the content. */
const SAID = [
  "S: 220 mx.example ESMTP",
  "C: EHLO client.example",
  "S: 250-mx.example",
  "S: 250-SIZE 1000",
  "S: 250 AUTH PLAIN LOGIN",
  "C: AUTH PLAIN AGFubgBzZWNyZXQxMjM0",
  "S: 235 2.7.0 Welcome",
  "C: MAIL FROM:<ann@example.com>",
  "S: 250 2.1.0 OK",
  "C: RCPT TO:<bob@example.net>",
  "S: 250 2.1.5 OK",
  "C: DATA",
  "S: 354 Go on",
  "[content]",
  "S: 250 2.0.0 queued as 1",
  "C: QUIT",
  "S: 221 2.0.0 Bye",
];
const CONTENT = ["Subject: hi", "", "S: 250 not a reply", "..dot", "."];

/** The log that a program writes of it: each line by side, content by its lines or as a whole. */
function log(
  write: (who: "C" | "S", text: string) => string,
  content: string | ((text: string) => string) = (text) => write("C", text),
): string {
  const lines = SAID.flatMap((line) => {
    if (line !== "[content]") return [write(line[0] as "C" | "S", line.slice(3))];
    if (content === "") return [];
    return typeof content === "string" ? [content] : CONTENT.map(content);
  });
  return lines.join("\n");
}

const arrows = (client: string, server: string) => (who: "C" | "S", text: string) =>
  `${who === "C" ? client : server} ${text}`;
const syslog = (program: string, client: string, peer: string) => (who: "C" | "S", text: string) =>
  `Mar  3 10:00:0${who === "C" ? 1 : 2} mail postfix/${program}[12]: ${(who === "C") === (client === ">") ? ">" : "<"} ${peer}: ${text}`;
const json = (who: string, msg: string): string =>
  JSON.stringify({ level: 20, time: 1772532000000, component: "smtp-connection", sid: "aB1", tnx: who, msg });
const dump = (arrow: string, what: string, text: string): string =>
  `10:00:00.000001 ${arrow} ${arrow === "=>" ? "Send" : "Recv"} ${what}, ${text.length + 2} bytes (0x0)\n0000: ${text}`;

const LOGS: readonly [name: string, format: TraceFormat, log: string, content: string, server?: string][] = [
  [
    "swaks",
    "swaks",
    `=== Trying mx.example:25...\n=== Connected to mx.example.\n${log(arrows(" ->", "<- "))}\n=== Connection closed with remote host.`,
    "41 octets of content",
    "mx.example:25",
  ],
  [
    "msmtp",
    "msmtp",
    `host = mx.example\nport = 587\n${log(arrows("-->", "<--"))}`,
    "41 octets of content",
    "mx.example:587",
  ],
  [
    "nodemailer, as text",
    "nodemailer",
    `[2026-03-03 10:00:00] INFO  [aB1] Connection established to 192.0.2.25:25\n${log(
      (who, text) => `[2026-03-03 10:00:00] DEBUG [aB1] ${who}: ${text}`,
      (text) => `[2026-03-03 10:00:00] DEBUG [aB1] ${text}`,
    )}`,
    "41 octets of content",
    "192.0.2.25:25",
  ],
  [
    "nodemailer, as JSON",
    "nodemailer",
    `${json("network", "Connection established to 192.0.2.25:25")}\n${log(
      (who, text) => json(who === "C" ? "client" : "server", text),
      json("message", CONTENT.join("\r\n")),
    )}`,
    "41 octets of content",
    "192.0.2.25:25",
  ],
  [
    "smtplib, level 1",
    "smtplib",
    `connect: to ('mx.example', 25) None\n${log(
      (who, text) =>
        who === "C" ? `send: '${text}\\r\\n'` : `reply: b'${text}\\r\\n'\nreply: retcode (250); Msg: b'x'`,
      `data: (354, b'Go on')\nsend: b"${CONTENT.join("\\r\\n")}\\r\\n"`,
    )}`,
    "41 octets of content",
    "mx.example:25",
  ],
  [
    "smtplib, level 2",
    "smtplib",
    log(
      (who, text) =>
        `10:00:00.${who === "C" ? "1" : "2"} ${who === "C" ? `send: '${text}\\r\\n'` : `reply: b'${text}\\r\\n'`}`,
      `10:00:00.100000 send: b'${CONTENT.join("\\r\\n")}\\r\\n'`,
    ),
    "41 octets of content",
  ],
  [
    "Postfix's smtpd",
    "postfix",
    `Mar  3 10:00:00 mail postfix/smtpd[12]: connect from unknown[192.0.2.1]\n${log(syslog("smtpd", "<", "unknown[192.0.2.1]"), "")}`,
    "content that is not in the recording",
  ],
  [
    "Postfix's smtp",
    "postfix",
    log(
      syslog("smtp", ">", "mx.example[192.0.2.25]:25"),
      syslog("smtp", ">", "mx.example[192.0.2.25]:25")("C", "."),
    ),
    "content that is not in the recording",
    "192.0.2.25:25",
  ],
  [
    "curl --verbose",
    "curl",
    `* Connected to mx.example (192.0.2.25) port 25 (#0)\n${log(arrows(">", "<"), "} [20 bytes data]\n} [21 bytes data]")}`,
    "41 octets of content",
    "192.0.2.25:25",
  ],
  [
    "curl --trace-ascii",
    "curl",
    log(
      (who, text) => dump(who === "C" ? "=>" : "<=", "header", text),
      "=> Send data, 41 bytes (0x25)\n0000: Subject: hi\n000d: \n",
    ),
    "41 octets of content",
  ],
  ["a transcript", "transcript", log((who, text) => `   ${who}: ${text}`), "41 octets of content"],
  ["a terminal", "terminal", `Connected to mx.example.\n${log((_, text) => text)}`, "41 octets of content"],
  [
    "edgepost send --trace",
    "edgepost",
    log((who, text) => `     3 ms  ${who}: ${text}`, "    12 ms  C: [41 octets of content]"),
    "41 octets of content",
  ],
];

const shown = ({ steps }: TraceSession): string[] =>
  steps
    .filter(({ kind }) => kind !== "closed")
    .flatMap(({ from, text }) => text.split("\n").map((line) => `${from === "client" ? "C" : "S"}: ${line}`));

describe("the log of", () => {
  for (const [name, format, text, content, server] of LOGS)
    test(`${name} is recognised, and becomes steps without secrets`, async () => {
      for (const ends of [text, text.replaceAll("\n", "\r\n"), `\ufeff${text}\n\n`]) {
        const trace = await dissect(ends);
        assert.equal(trace.format, format);
        assert.equal(trace.sessions.length, 1);
        const [one] = trace.sessions as [TraceSession];
        const expected = SAID.map((line) =>
          line === "[content]" ? `C: ${content}` : line.replace("AGFubgBzZWNyZXQxMjM0", "[redacted]"),
        );
        assert.deepEqual(shown(one), expected);
        assert.equal(one.server && `${one.server.address}:${one.server.port}`, server);
        assert.deepEqual(one.messages[0]!.recipients[0]!.status, "accepted");
        assert.doesNotMatch(JSON.stringify(trace), /AGFubgBz|secret/);
      }
    });

  test("PowerShell is in UTF-16", async () => {
    const text = `\ufeff${log(arrows(" ->", "<- "))}`;
    const trace = await dissect(Uint8Array.from(Buffer.from(text, "utf16le")));
    assert.equal(trace.sessions[0]!.steps.length, 15);
  });

  test("a terminal in colours is read without them", async () => {
    const text = log((who, text) => `\x1b[36m${who}: ${text}\x1b[39m`);
    assert.equal((await dissect(text)).sessions[0]!.steps.length, 15);
  });
});

describe("places and times", () => {
  test("a step has the line in which it ended", async () => {
    const { sessions, skipped } = await dissect(
      `about a session\n\n${log((who, text) => `${who}: ${text}`)}\nthe end`,
    );
    assert.deepEqual(
      sessions[0]!.steps.slice(0, 4).map(({ place }) => place),
      [3, 4, 7, 8],
    );
    assert.deepEqual(skipped, [
      { first: 1, last: 1 },
      { first: 24, last: 24 },
    ]);
  });

  test("a log without times has none, and one without a date does not say when it began", async () => {
    const [none] = (await dissect(log(arrows(" ->", "<- ")))).sessions as [TraceSession];
    assert.ok(none.steps.every(({ at }) => at === undefined));
    assert.deepEqual([none.began, none.resolution], [undefined, undefined]);
    const [day] = (await dissect(LOGS[5]![2])).sessions as [TraceSession];
    assert.deepEqual([day.began, day.resolution, day.steps[1]!.at], [undefined, 0.001, -100]);
    const [dated] = (await dissect(LOGS[2]![2])).sessions as [TraceSession];
    assert.deepEqual([dated.began?.toISOString(), dated.resolution], ["2026-03-03T10:00:00.000Z", 1000]);
  });

  test("a clock that shows the time of the day goes on past midnight", async () => {
    const text =
      "23:59:59.900000 reply: b'220 mx\\r\\n'\n00:00:00.100000 send: 'quit\\r\\n'\n00:00:00.200000 reply: b'221 bye\\r\\n'";
    const [one] = (await dissect(text)).sessions as [TraceSession];
    assert.deepEqual(
      one.steps.map(({ at }) => at),
      [0, 200, 300],
    );
  });

  test("content that is only told of has no octets", async () => {
    const [one] = (await dissect(LOGS[6]![2])).sessions as [TraceSession];
    const content = one.steps.find(({ kind }) => kind === "content")!;
    assert.deepEqual([content.octets, "octets" in one.messages[0]!], [undefined, false]);
  });
});

describe("smtplib's literals", () => {
  const content = async (literal: string): Promise<number | undefined> => {
    const text = `reply: b'220 mx\\r\\n'\nsend: 'data\\r\\n'\nreply: b'354 go\\r\\n'\nsend: ${literal}\nreply: b'250 ok\\r\\n'`;
    return (await dissect(text)).sessions[0]!.steps.find(({ kind }) => kind === "content")?.octets;
  };

  test("are read to the octet", async () => {
    assert.equal(await content(String.raw`b'\xc3\xbc\t\\ \'"\r\n.\r\n'`), 2 + 1 + 1 + 1 + 1 + 1 + 5);
    assert.equal(await content(String.raw`"'\u20ac\U0001f600\xfc\r\n.\r\n"`), 1 + 3 + 4 + 2 + 5);
    assert.equal(await content(`'${"ü"}\\r\\n.\\r\\n'`), 2 + 5);
  });
});

describe("sessions of one log", () => {
  test("of Postfix are told apart by process and connection", async () => {
    const line = (pid: number, text: string): string =>
      `2026-03-03T10:00:00.5+01:00 mail postfix/smtpd[${pid}]: ${text}`;
    const text = [
      line(1, "connect from a[192.0.2.1]"),
      line(2, "connect from b[192.0.2.2]"),
      line(1, "> a[192.0.2.1]: 220 mx"),
      line(2, "> b[192.0.2.2]: 220 mx"),
      line(1, "< a[192.0.2.1]: QUIT"),
      line(2, "lost connection after CONNECT from b[192.0.2.2]"),
      line(2, "disconnect from b[192.0.2.2] commands=0/0"),
      line(1, "> a[192.0.2.1]: 221 Bye"),
      line(1, "disconnect from a[192.0.2.1] quit=1"),
      line(1, "connect from c[192.0.2.3]"),
      line(1, "> c[192.0.2.3]: 554 no"),
    ];
    const { sessions } = await dissect(text.join("\n"));
    assert.deepEqual(
      sessions.map(({ client, steps }) => [client!.address, ...steps.map(({ text }) => text)]),
      [
        ["192.0.2.1", "220 mx", "QUIT", "221 Bye", "closed by the client"],
        ["192.0.2.2", "220 mx", "connection lost"],
        ["192.0.2.3", "554 no"],
      ],
    );
    assert.equal(sessions[0]!.began?.toISOString(), "2026-03-03T09:00:00.500Z");
  });

  test("of a transcript are told apart by their greetings", async () => {
    const one =
      "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nC: EHLO a\nS: 250 mx\nC: QUIT\nS: 221 bye\n";
    const { sessions } = await dissect(one + one);
    assert.deepEqual(
      sessions.map(({ steps, tls }) => [steps.length, tls]),
      [
        [10, "starttls"],
        [10, "starttls"],
      ],
    );
    assert.equal(sessions[0]!.steps[5]!.text, "secured by TLS");
  });

  test("of a transcript go on after XCLIENT, which 220 answers", async () => {
    const text =
      "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 XCLIENT NAME\nC: XCLIENT NAME=b\nS: 220 mx\nC: EHLO a\nS: 250 mx\n";
    assert.equal((await dissect(text)).sessions.length, 1);
  });

  test("of nodemailer are told apart by their names", async () => {
    const line = (name: string, text: string): string => `[2026-03-03 10:00:00] DEBUG [${name}] ${text}`;
    const { sessions } = await dissect(
      [line("a", "S: 220 mx"), line("b", "S: 220 mx"), line("a", "C: EHLO a"), line("b", "C: EHLO b")].join(
        "\n",
      ),
    );
    assert.deepEqual(
      sessions.map(({ name }) => name),
      ["a", "b"],
    );
  });
});

test("chunks are content, shown or not", async () => {
  const text =
    "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250 CHUNKING\nC: MAIL FROM:<a@b.c>\nS: 250 ok\nC: RCPT TO:<d@e.f>\nS: 250 ok\n" +
    "C: BDAT 7\nC: hello\nS: 250 ok\nC: BDAT 1000000000 LAST\nS: 250 ok\nC: QUIT\nS: 221 bye";
  const [one] = (await dissect(text)).sessions as [TraceSession];
  assert.deepEqual(
    one.steps.filter(({ kind }) => kind === "content").map(({ text, octets }) => [text, octets]),
    [
      ["7 octets of content", 7],
      ["1,000,000,000 octets of content", 1_000_000_000],
    ],
  );
  assert.equal(one.messages[0]!.recipients[0]!.status, "accepted");
  assert.equal(one.steps.at(-1)!.verb, "QUIT");
});

test("the steps of a trace come out as they went in, but for what they answer and where they are", async () => {
  const [near, far] = loopback();
  const steps: Step[] = [];
  const served = serve(far, { onAuth() {}, async onMessage() {} }, { auth: { insecure: true } });
  const auth = { user: "ann", pass: "secret1234" };
  const smtp = await connect(near, { tls: "off", auth, trace: (step) => void steps.push(step) });
  await smtp.send({ from: "ann@example.com", to: "bob@example.net", text: "hello" });
  await smtp.close();
  await served;
  const forms = [steps, steps.map((step) => JSON.stringify(step)).join("\n"), JSON.stringify(steps)];
  for (const form of forms) {
    const trace: Trace = await dissect(form);
    assert.equal(trace.format, "edgepost");
    const [one] = trace.sessions as [TraceSession];
    assert.deepEqual(
      one.steps.map(({ place: _place, answers: _answers, waited: _waited, at: _at, ...step }) => step),
      steps.map(({ at: _at, ...step }) => step),
    );
    assert.ok(Math.abs(one.steps.at(-1)!.at! - (steps.at(-1)!.at - steps[0]!.at)) < 0.01);
  }
});

test("secrets in a trace that somebody else wrote are cut out", async () => {
  const step = (from: string, kind: string, text: string, more = {}): string =>
    JSON.stringify({ at: 1, from, kind, text, octets: 9, ...more });
  const text = [
    step("server", "greeting", "220 mx", { code: 220 }),
    step("client", "command", "AUTH PLAIN AGFubgBzZWNyZXQxMjM0", { verb: "AUTH" }),
    step("client", "command", "auth secret1234", { verb: "AUTH" }),
    step("client", "auth", "c2VjcmV0MTIzNA=="),
    step("client", "auth", "*"),
  ].join("\n");
  const [one] = (await dissect(text)).sessions as [TraceSession];
  assert.deepEqual(
    one.steps.map(({ text }) => text),
    ["220 mx", "AUTH PLAIN [redacted]", "auth [redacted]", "[redacted]", "*"],
  );
});

test("secrets do not show where lines are missing", async () => {
  const said = [
    ...[
      "S: 220 mx",
      "C: EHLO a",
      "S: 250-mx",
      "S: 250 AUTH LOGIN PLAIN",
      "C: AUTH LOGIN",
      "S: 334 VXNlcm5hbWU6",
      "C: YW5uaWU=",
    ],
    ...[
      "S: 334 UGFzc3dvcmQ6",
      "C: c2VjcmV0MTIzNA==",
      "S: 535 no",
      "C: AUTH PLAIN",
      "S: 334 ",
      "C: AGFubmllAHNlY3JldDEyMzQ=",
    ],
    ...["S: 235 ok", "C: QUIT", "S: 221 bye"],
  ];
  for (let first = 0; first < said.length; first++)
    for (let last = first; last < said.length; last++) {
      const { sessions } = await dissect([...said.slice(0, first), ...said.slice(last)].join("\n"), {
        format: "transcript",
      });
      assert.doesNotMatch(
        JSON.stringify(sessions),
        /YW5uaWU|c2VjcmV0|AGFubm/,
        `without lines ${first} to ${last}`,
      );
    }
});

describe("what is no log", () => {
  test("is an error that says what can be read", async () => {
    for (const input of [
      "hello\nworld\n",
      "S: see above\nC: of course\n",
      "250 grams of butter\n",
      "{}",
      "[]",
      "\0\0\0",
    ])
      await assert.rejects(dissect(input), (error: InputError) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, /looks like a session\. What can be read: edgepost, swaks, .* pcapng/);
        return true;
      });
  });

  test("is an error also where its form is named", async () => {
    for (const [, format] of LOGS)
      await assert.rejects(
        dissect("hello\nworld\n", { format }),
        /no line of this recording is one of a session in the form/,
      );
    await assert.rejects(
      dissect("hello", { format: "pcap" }),
      /a pcap file has to begin with its magic number/,
    );
  });

  test("every log survives being cut anywhere, and being mixed with every other", async () => {
    const survives = async (input: string, options = {}): Promise<void> => {
      await dissect(input, options).catch((error: unknown) =>
        assert.ok(error instanceof InputError, String(error)),
      );
    };
    for (const [, format, text] of LOGS) {
      for (let length = 1; length < text.length; length += 7) await survives(text.slice(0, length));
      const lines = LOGS.map(([, , other]) => other.split("\n"));
      const mixed = lines[0]!.flatMap((_, i) => lines.map((some) => some[i] ?? ""));
      await survives(mixed.join("\n"), { format });
    }
  });
});
