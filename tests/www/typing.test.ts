/** What is said of lines while they are typed by hand, and what is offered: by the engine, which then has the last word. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { describeStatus, ready } from "edgepost";
import { codesFor } from "../../www/model/explain/replies.js";
import type { Side } from "../../www/model/link.js";
import { MESSAGE, SECRET, session } from "../../www/model/plan.js";
import type { SessionPlan } from "../../www/model/plan.js";
import { play } from "../../www/model/play.js";
import type { SessionRecord } from "../../www/model/recording.js";
import { LONGEST_READ, readTyping, situationOf } from "../../www/model/typing.js";
import type { Situation, Typing } from "../../www/model/typing.js";
import { wordsFor } from "../../www/model/typing/server.js";

type But = Parameters<typeof session>[0];

before(() => ready());

async function played(plan: SessionPlan): Promise<SessionRecord> {
  return (await play({ sessions: [plan] })).sessions[0]!;
}

/** Where a session is when these texts were typed. */
async function after(side: Side, texts: readonly string[], but: But = {}): Promise<Situation> {
  const plan = session({ ...but, [side]: { ...but?.[side], byHand: texts } });
  return situationOf(side, plan, await played(plan));
}

async function read(side: Side, texts: readonly string[], text: string, but?: But): Promise<Typing> {
  return readTyping(await after(side, texts, but), text, text.length);
}

/** Each finding in short: its severity, its octet, and the text that it marks. */
function short({ findings }: Typing, text: string): string[] {
  return findings.map(({ severity, octet, from, to }) => `${severity} ${octet} ${text.slice(from, to)}`);
}

const texts = ({ completions }: Typing): string[] => completions.map(({ text }) => text);
/** What can be typed without being out of place. */
const fitting = ({ completions }: Typing): string[] =>
  completions.filter(({ late }) => !late).map(({ text }) => text.split("\n")[0]!);

const EHLO = "EHLO me.example";
const MAIL = "MAIL FROM:<ann@client.example>";
const RCPT = "RCPT TO:<bob@mx.example>";
const PLAIN = "AUTH PLAIN AGFubgBjb3JyZWN0IGhvcnNlIGJhdHRlcnkgc3RhcGxl";
const OFFERS = ["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "SIZE", "ENHANCEDSTATUSCODES"];
const auth: But = { server: { mechanisms: ["PLAIN", "LOGIN"], insecure: true } };
const none: But = { server: { offers: [] } };
const lmtp: But = { server: { lmtp: true } };

describe("as a client", () => {
  test("what is foretold of a wrong line or of one out of place is what the server answers", async () => {
    const cases: [before: string[], line: string, but?: But][] = [
      [[], MAIL],
      [[], RCPT],
      [[], "DATA"],
      [[], "BDAT 0 LAST"],
      [[], "LHLO x.example"],
      [[], "EHLO x.example", lmtp],
      [[], "HELO x.example", lmtp],
      [[EHLO], RCPT],
      [[EHLO], "DATA"],
      [[EHLO, MAIL], "DATA"],
      [[EHLO, MAIL], MAIL],
      [[EHLO, MAIL], "BDAT 0 LAST"],
      [[EHLO], "STARTTLS"],
      [[EHLO], "STARTTLS", { server: { offers: ["STARTTLS"] }, client: { tls: "implicit" } }],
      [[EHLO], "AUTH CRAM-MD5", auth],
      [[EHLO, MAIL], "AUTH PLAIN", auth],
      [[EHLO, PLAIN], "AUTH PLAIN", auth],
      [[EHLO], "ETRN x.example"],
      [[EHLO], "BURL imap://x/ LAST"],
      [[EHLO], "XCLIENT ADDR=192.0.2.1"],
      [[EHLO, MAIL, RCPT], "BDAT 0 LAST", none],
      [[EHLO, MAIL, RCPT, "BDAT 3\nabc\\c"], "DATA"],
      [[EHLO, MAIL, RCPT, "BDAT 3\nabc\\c"], RCPT],
      [[EHLO], `${MAIL} SIZE=1`, none],
      [[EHLO], `${MAIL} SIZE=999999999`],
      [[EHLO], `${MAIL} SIZE=x`],
      [[EHLO], `${MAIL} BODY=8BITMIME`, none],
      [[EHLO], `${MAIL} BODY=BINARYMIME`],
      [[EHLO], `${MAIL} BODY=x`],
      [[EHLO], `${MAIL} SMTPUTF8`, none],
      [[EHLO], `${MAIL} RET=FULL`],
      [[EHLO], `${MAIL} RET=x`, { server: { offers: ["DSN"] } }],
      [[EHLO], `${MAIL} NOTIFY=NEVER`, { server: { offers: ["DSN"] } }],
      [[EHLO, MAIL], `${RCPT} NOTIFY=NEVER`],
      [[EHLO, MAIL], `${RCPT} NOTIFY=NEVER,DELAY`, { server: { offers: ["DSN"] } }],
      [[EHLO], `${MAIL} COLOUR=BLUE`],
      [[EHLO], "MAIL FROM:<ünn@client.example>"],
      [[EHLO, MAIL], "RCPT TO:<ünn@mx.example>"],
      [[EHLO, MAIL, RCPT], RCPT, { server: { recipients: 1, offers: ["LIMITS"] } }],
      [[EHLO, MAIL, "RSET"], MAIL, { server: { messages: 1, offers: ["LIMITS"] } }],
      [[EHLO], "FOO"],
      [[EHLO], "TURN"],
      [[EHLO], "VRFY"],
      [[EHLO], "NOOP\\nNOOP"],
      [[EHLO], "NO\\rOP"],
      [[EHLO], "NOOP \\x01"],
      [[EHLO], "DATA now"],
      [[EHLO], "MAIL FROM:ann@client.example"],
      [[EHLO, MAIL], "RCPT TO:<>"],
      [[EHLO, MAIL], "RCPT TO:<-bob@mx.example>"],
      [[EHLO, MAIL, RCPT], "BDAT 5 LEST"],
      [[EHLO], "AUTH PLAIN ===", auth],
      [[EHLO, "AUTH PLAIN"], "!!", auth],
      [[EHLO, "AUTH PLAIN"], "abc", auth],
      [[EHLO, "AUTH PLAIN"], "*", auth],
    ];
    for (const [texts, line, but] of cases) {
      const text = `${line}\n`;
      const { findings } = await read("client", texts, text, but);
      const foretold = findings.find(({ code }) => code !== undefined)?.code;
      const plan = session({ ...but, client: { ...but?.client, byHand: [...texts, text] } });
      const last = (await played(plan)).lines.filter(({ from, code }) => from === "server" && code).at(-1);
      assert.equal(foretold, last?.code, [...texts, line].join(" / "));
    }
  });

  test("of a whole session as it should be, nothing is said", async () => {
    const cases: [texts: string[], but?: But][] = [
      [["EHLO a.example", MAIL, RCPT, "DATA", "Subject: x\n\n..dots\n.", "QUIT"]],
      [["HELO a.example", MAIL, RCPT, "RSET", "NOOP", "VRFY x", "HELP", "QUIT"], none],
      [["EHLO a.example", `${MAIL} SIZE=30 BODY=8BITMIME SMTPUTF8\nRCPT TO:<ü@mx.example>\nDATA`]],
      [["EHLO a.example", MAIL, RCPT, "BDAT 3\nabc\\c", "BDAT 6 LAST\nd\ne", "QUIT"]],
      [
        ["EHLO a.example", "AUTH LOGIN", "YW5u", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==", MAIL, RCPT],
        auth,
      ],
      [["EHLO a.example", PLAIN, `${MAIL} AUTH=<>`, RCPT, RCPT, "DATA"], auth],
      [["EHLO a.example", "STARTTLS", "EHLO a.example", MAIL], { server: { offers: ["STARTTLS"] } }],
      [["LHLO a.example", MAIL, RCPT, RCPT, "DATA", "x\n.", MAIL], lmtp],
      [
        [
          "EHLO a.example",
          `${MAIL} RET=HDRS ENVID=a`,
          `${RCPT} NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b@mx.example`,
        ],
        { server: { offers: ["DSN"] } },
      ],
    ];
    for (const [texts, but] of cases)
      for (const [index, text] of texts.entries()) {
        const ended = text.endsWith("\\c") ? text : `${text}\n`;
        const { findings } = await read("client", texts.slice(0, index), ended, but);
        assert.deepEqual(findings, [], texts.slice(0, index + 1).join(" / "));
      }
  });

  test("errors point at the octet, and mark what was typed there", async () => {
    for (const [text, expected] of [
      ["MAIL FROM:ann@client.example", "error 10 a"],
      ["RCPT TO:<bob smith@mx.example>", "error 12  "],
      ["RCPT TO:<böb@mx.example> NOTIFY=x", "error 33 x"],
      ["RCPT TO:<böb@mx.example> NOTIFY\n", "error 26 NOTIFY"],
      ["DATA now", "error 5 n"],
      ["NOOP a\\x01b", "error 6 \\x01"],
      ["NOOP\nMAIL FROM:<a@b.example\nNOOP", "error 22 "],
      ["NOOP \\xff", "error 5 \\xff"],
      ["FOO bar", "error 0 F"],
    ] as const) {
      const but = { server: { offers: ["DSN", ...OFFERS] } };
      const said = short(await read("client", [EHLO, `${MAIL} SMTPUTF8`], text, but), text);
      assert.equal(
        said.find((finding) => finding.startsWith("error")),
        expected,
        text,
      );
    }
  });

  test("a line is not wrong where it is still being typed", async () => {
    const line = "MAIL FROM:<ann@client.example> SIZE=12";
    for (let end = 0; end <= line.length; end++) {
      const { findings } = await read("client", [EHLO], line.slice(0, end));
      assert.ok(!findings.some(({ severity }) => severity !== "info"), line.slice(0, end));
    }
  });

  test("what comes next is told where the grammar demands more", async () => {
    const text = "MAIL FROM:<ann@client.example";
    const { findings } = await read("client", [EHLO], text);
    assert.deepEqual(
      findings.map(({ severity, message, octet }) => [severity, message, octet]),
      [["info", 'To go on: ">".', 29]],
    );
  });

  test("commands in one go need PIPELINING, and some of them have to be the last", async () => {
    const group = `${MAIL}\n${RCPT}\nDATA`;
    assert.deepEqual((await read("client", [EHLO], group)).findings, []);
    const without = await read("client", [EHLO], group, none);
    assert.match(without.findings[0]!.message, /PIPELINING/);
    assert.equal(without.findings[0]!.line, 2);
    const text = "NOOP\nNOOP";
    assert.match((await read("client", [EHLO], text)).findings[0]!.message, /Behind NOOP, .* waits/);
    const injected = await read("client", [EHLO], `STARTTLS\n${MAIL}`, { server: { offers: ["STARTTLS"] } });
    assert.match(injected.findings[0]!.message, /before TLS/);
  });

  test("in content no grammar applies, but dots, bare line ends and octets above 127 are told of", async () => {
    const text = "Subject: ü\n\n.dot\n..dots\na\\rb\nMAIL\n.\nFOO x";
    assert.deepEqual(short(await read("client", [EHLO, MAIL, RCPT, "DATA"], text), text), [
      "warning 9 ü",
      "warning 0 .",
      "warning 1 \\r",
      "error 0 F",
    ]);
  });

  test("a dot alone ends content, and content waits for 354", async () => {
    assert.deepEqual((await read("client", [EHLO, MAIL, RCPT, "DATA"], "x\n.")).findings, []);
    const { findings } = await read("client", [EHLO, MAIL, RCPT], "DATA\nx\ny\n.\nQUIT");
    assert.deepEqual(
      findings.map(({ line, message }) => [line, /354/.test(message)]),
      [[2, true]],
    );
  });

  test("what in the plan no command can say is not offered", async () => {
    const to = ["-rf@mx.example", "a@b@c", "x\r\nDATA", "ünn@mx.example", '"a b"@mx.example'];
    const but: But = {
      messages: [{ ...MESSAGE, from: "no", subject: "a\r\nb", to }],
      client: { name: "a\r\nNOOP" },
    };
    const { completions } = await read("client", [], "", but);
    assert.equal(completions[0]!.text, "EHLO client.example");
    const rcpt = texts(await read("client", [EHLO, MAIL], "RCPT", but));
    assert.deepEqual(rcpt, [
      "RCPT TO:<ünn@mx.example>",
      'RCPT TO:<"a b"@mx.example>',
      "RCPT TO:<postmaster>",
    ]);
    const [whole] = texts(await read("client", [EHLO, MAIL, RCPT, "DATA"], "", but));
    assert.match(whole!, /^Subject: a b$/m);
  });

  test("a chunk is counted in octets, and behind it comes a command", async () => {
    const texts = [EHLO, MAIL, RCPT, "BDAT 10\nabc\\c"];
    const { hint, completions } = await read("client", texts, "");
    assert.match(hint, /^7 octets of the chunk/);
    assert.deepEqual(completions, []);
    const text = "FOO\n12FOO";
    assert.deepEqual(short(await read("client", texts, text), text), ["error 0 F"]);
  });

  test("a line that was begun in another text goes on in this one", async () => {
    const { findings, completions } = await read(
      "client",
      [`${EHLO}\nMAIL FROM:\\c`],
      "ann@client.example\n",
    );
    assert.deepEqual(
      completions.filter(({ from }) => from === 0),
      [],
    );
    assert.deepEqual(
      findings.map(({ octet, from }) => [octet, from]),
      [[10, 0]],
    );
    const whole = await read("client", [`${EHLO}\nMAIL FROM:\\c`], "<ann@client.example>\n");
    assert.deepEqual(whole.findings, []);
  });

  test("the commands that make sense now come first", async () => {
    const first = async (texts: string[], count: number, but?: But): Promise<string[]> =>
      fitting(await read("client", texts, "", but)).slice(0, count);
    assert.deepEqual(await first([], 2), ["EHLO client.example", "QUIT"]);
    assert.deepEqual(await first([], 1, lmtp), ["LHLO client.example"]);
    const secure: But = { server: { offers: ["STARTTLS"], ...auth?.server } };
    assert.deepEqual(await first([EHLO], 4, secure), ["STARTTLS", "AUTH PLAIN", "AUTH LOGIN", MAIL]);
    assert.deepEqual(await first([EHLO], 1), [MAIL]);
    assert.deepEqual(await first([EHLO, MAIL], 2), [RCPT, "RCPT TO:<carol@mx.example>"]);
    const one: But = { messages: [{ ...MESSAGE, to: ["bob@mx.example"] }] };
    assert.deepEqual(await first([EHLO, MAIL, RCPT], 1, one), ["DATA"]);
    assert.deepEqual(await first([EHLO, MAIL, RCPT, "DATA", "x\n."], 1, one), ["QUIT"]);
    const late = (await read("client", [EHLO], "")).completions.filter(({ late }) => late);
    assert.ok(late.some(({ text, about }) => text === "DATA" && about.startsWith("Not now: ")));
  });

  test("what is typed so far chooses, in whatever case; what takes its place is the whole line", async () => {
    const text = "NOOP\nma";
    const { completions } = await read("client", [EHLO], text);
    assert.deepEqual(
      completions.map(({ text, from, to }) => [text, from, to]),
      [
        [MAIL, 5, 7],
        ["MAIL FROM:<>", 5, 7],
      ],
    );
    const situation = await after("client", [EHLO]);
    const inside = readTyping(situation, "MAIL FROM:<> SIZE=1", 11);
    assert.deepEqual(
      inside.completions.map(({ text, from, to }) => [text, from, to]),
      [[MAIL, 0, 12]],
    );
    assert.deepEqual(readTyping(situation, "MAIL FROM:<>", 2).completions, []);
  });

  test("parameters are those that the server has announced, each once, with their values", async () => {
    const dsn: But = { server: { offers: ["DSN", "SIZE", "8BITMIME"] } };
    const begun = await read("client", [EHLO], `${MAIL} BODY=7BIT `, dsn);
    assert.deepEqual(
      texts(begun).map((text) => text.split(" ").at(-1)!.split("=")[0]),
      ["SIZE", "RET", "RET", "ENVID"],
    );
    const ret = await read("client", [EHLO], `${MAIL} ret=`, dsn);
    assert.deepEqual(texts(ret), [`${MAIL} RET=HDRS`, `${MAIL} RET=FULL`]);
    const notify = await read("client", [EHLO, MAIL], `${RCPT} N`, dsn);
    assert.equal(texts(notify).length, 4);
    assert.deepEqual(texts(await read("client", [EHLO], `${MAIL} `, none)), []);
  });

  test("each completion is well-formed, and none that is in place is refused", async () => {
    const everything: But = {
      server: {
        offers: [
          ...OFFERS,
          "BINARYMIME",
          "DSN",
          "DELIVERBY",
          "FUTURERELEASE",
          "MT-PRIORITY",
          "REQUIRETLS",
          "VRFY",
        ],
        mechanisms: ["PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5", "EXTERNAL", "ANONYMOUS"],
        insecure: true,
      },
      client: { tls: "implicit" },
    };
    const cases: [texts: string[], text: string][] = [
      [[], ""],
      [[EHLO], ""],
      [[EHLO], `${MAIL} `],
      [[EHLO], "AUTH PLAIN "],
      [[EHLO], "AUTH EXTERNAL "],
      [[EHLO], "AUTH ANONYMOUS "],
      [[EHLO, MAIL], ""],
      [[EHLO, MAIL], `${RCPT} `],
      [[EHLO, MAIL, RCPT], ""],
      [[EHLO, MAIL, RCPT, "DATA"], ""],
      [[EHLO, "AUTH PLAIN"], ""],
      [[EHLO, "AUTH LOGIN", "YW5u"], ""],
    ];
    for (const [texts, text] of cases) {
      const situation = await after("client", texts, everything);
      for (const completion of readTyping(situation, text, text.length).completions) {
        if (completion.late || completion.text === "*") continue;
        const typed = text.slice(0, completion.from) + completion.text + text.slice(completion.to);
        const { findings } = readTyping(situation, `${typed}\n`, typed.length);
        assert.deepEqual(findings, [], typed);
        const byHand = [...texts, `${typed}\n`];
        const { lines } = await played({ ...situation.plan, client: { ...situation.plan.client, byHand } });
        const last = lines.filter(({ from, code }) => from === "server" && code !== undefined).at(-1)!;
        // HELP, which this server has, says what it knows; EXPN it does not do.
        assert.ok(last.code! < 400 || typed.startsWith("EXPN"), `${typed}: ${last.text}`);
        assert.ok(completion.about.length > 5, typed);
      }
    }
  });

  test("behind a line that is to have no end, nothing is offered", async () => {
    assert.deepEqual(texts(await read("client", [EHLO], "NOOP\\c")), []);
    assert.ok(texts(await read("client", [EHLO], "NOOP\n")).includes(MAIL));
  });

  test("a challenge is read, and answered", async () => {
    const typing = await read("client", [EHLO, "AUTH LOGIN"], "", auth);
    assert.match(typing.hint, /The server asks “Username:”/);
    assert.deepEqual(texts(typing), [btoa("ann"), "*"]);
    const second = await read("client", [EHLO, "AUTH LOGIN", btoa("ann")], "", auth);
    assert.match(second.completions[0]!.about, /password/);
  });

  test("completing all along brings a message to its recipients", async () => {
    const byHand: string[] = [];
    for (const prefix of ["E", "M", "R", "R", "R", "D", "F", "Q"]) {
      const { completions } = await read("client", byHand, prefix);
      byHand.push(completions[0]!.text);
    }
    assert.equal(byHand.at(-1), "QUIT");
    const { received } = await played(session({ client: { byHand } }));
    assert.deepEqual(received[0]?.to, MESSAGE.to);
    assert.match(new TextDecoder().decode(received[0]?.content), /\r\n\.\.a line that begins/);
  });
});

describe("as a server", () => {
  const one = { messages: [{ ...MESSAGE, to: ["bob@mx.example"] }] };
  const HELLO = ["220 mx.example", "250 mx.example"];
  const STATUS = ["220 mx.example", "250-mx.example\n250 ENHANCEDSTATUSCODES"];

  test("the replies are those that the RFC lists for the command that waits", async () => {
    const codes = async (texts: string[]): Promise<number[]> => [
      ...new Set(
        (await read("server", texts, "", one)).completions.map(({ text }) => Number(text.slice(0, 3))),
      ),
    ];
    assert.deepEqual(await codes([]), [220, 554, 521, 421, 500, 501]);
    assert.deepEqual(await codes(["220 hi"]), [250, 504, 550, 502, 421, 500, 501]);
    assert.deepEqual(await codes(HELLO), [...codesFor("MAIL")]);
    assert.deepEqual(await codes([...HELLO, "250 ok"]), [...codesFor("RCPT")]);
    assert.deepEqual(await codes([...HELLO, "250 ok", "250 ok"]), [...codesFor("DATA")]);
    const content = [...HELLO, "250 ok", "250 ok", "354 go"];
    assert.deepEqual(await codes(content), [...codesFor("content")]);
    assert.deepEqual(await codes([...content, "250 ok"]), [221, 421, 500, 501]);
    assert.deepEqual(await codes([...content, "250 ok", "221 bye"]), []);
  });

  test("each enhanced code is registered, and of the class of its code", () => {
    for (const place of [
      "MAIL",
      "RCPT",
      "DATA",
      "content",
      "BDAT",
      "STARTTLS",
      "AUTH",
      "VRFY",
      "QUIT",
      "RSET",
    ])
      for (const code of codesFor(place)) {
        const [enhanced, words] = wordsFor(place, code);
        if (code === 334 || code === 353 || code === 354) continue;
        assert.notEqual(words, "", `${place} ${code}`);
        assert.notEqual(describeStatus(enhanced), undefined, `${place} ${code} ${enhanced}`);
        assert.equal(enhanced[0], String(code)[0], `${place} ${code}`);
      }
  });

  test("enhanced codes are offered when they were announced, and missed then", async () => {
    assert.equal(texts(await read("server", HELLO, "", one))[0], "250 Sender OK");
    assert.equal(texts(await read("server", STATUS, "", one))[0], "250 2.1.0 Sender OK");
    assert.deepEqual(short(await read("server", STATUS, "250 ok", one), "250 ok"), ["warning 4 o"]);
    const wrong = "250 5.1.0 ok";
    assert.deepEqual(short(await read("server", STATUS, wrong, one), wrong), ["warning 4 5.1.0"]);
    for (const unfinished of ["250", "250 ", "250 2.1", "250 2.1.0"])
      assert.deepEqual((await read("server", STATUS, unfinished, one)).findings, [], unfinished);
  });

  test("errors point at the octet of the line", async () => {
    for (const [text, expected] of [
      ["ok", "error 0 o"],
      ["650 no", "error 0 6"],
      ["250_ok", "error 3 _"],
      ["250-ok\n251 ok", "error 0 2"],
      ["250-mx\n250-PIPE LINE\n250 -x", "error 4 -x"],
      ["250-mx\n250 SIZE=big", "error 9 big"],
    ] as const) {
      const [first] = short(await read("server", ["220 hi"], text, one), text);
      assert.equal(first, expected, text);
    }
  });

  test("where it is said that the client breaks off, it does, and nowhere else", async () => {
    const scram = {
      tls: "implicit" as const,
      auth: { mechanism: "SCRAM-SHA-256", user: "ann", secret: SECRET },
    };
    const rcpt = [...HELLO, "250 ok"];
    const data = [...rcpt, "250 ok"];
    const cases: [before: string[], reply: string, client?: typeof scram][] = [
      [[], "ok"],
      [[], "650 no"],
      [[], "354 go"],
      [[], "221 bye"],
      [["220 hi"], "250_ok"],
      [["220 hi"], "250-ok\n251 ok"],
      [["220 hi"], "354 go"],
      [["220 hi"], "250 hi\n250 ok"],
      [HELLO, "354 go"],
      [HELLO, "251 ok"],
      [HELLO, "599 no"],
      [HELLO, "499 later"],
      [rcpt, "334 "],
      [rcpt, "299 ok"],
      [data, "250 ok"],
      [data, "399 go"],
      [[...data, "354 go"], "354 go"],
      [[...data, "354 go"], "221 bye"],
      [["220 hi", "250-hi\n250 AUTH SCRAM-SHA-256"], "235 ok", scram],
      [["220 hi", "250-hi\n250 AUTH SCRAM-SHA-256"], "535 no", scram],
    ];
    for (const [before, reply, client] of cases) {
      const but = { ...one, ...(client && { client }) };
      const { findings } = await read("server", before, `${reply}\n`, but);
      const foretold = findings.some(({ message }) => message.includes("The client breaks off"));
      const { outcome } = await played(session({ ...but, server: { byHand: [...before, reply] } }));
      const broke = /broke the protocol/.test(outcome.words.join(" "));
      assert.equal(foretold, broke, `${[...before, reply].join(" / ")}: ${outcome.words.join(" ")}`);
    }
  });

  test("a reply that goes on is not wrong, and what follows goes on with it", async () => {
    const { findings } = await read("server", ["220 hi"], "250-mx.example\n", one);
    assert.ok(findings.every(({ severity }) => severity === "info"));
    const next = await read("server", ["220 hi", "250-mx.example\n"], "250 SIZE\n", one);
    assert.deepEqual(next.findings, []);
  });

  test("the reply to EHLO is offered whole, and line by line without what is there", async () => {
    const [whole, small] = texts(await read("server", ["220 hi"], "", one));
    assert.equal(
      whole,
      ["250-mx.example", ...OFFERS.map((line) => (line === "SIZE" ? "SIZE 10000000" : line))]
        .map((line, index) => (index === 0 ? line : `250${index === 6 ? " " : "-"}${line}`))
        .join("\n"),
    );
    assert.equal(small, "250 mx.example");
    const lines = texts(await read("server", ["220 hi"], "250-mx.example\n250-PIPELINING\n250-S", one));
    assert.deepEqual(lines, ["250-SIZE 10000000", "250-SMTPUTF8", "250-STARTTLS"]);
    const empty = texts(await read("server", ["220 hi"], "250-mx.example\n", one));
    assert.ok(empty.includes("250 PIPELINING") && empty.includes("250-PIPELINING"));
  });

  test("a code that the RFC does not list for the command is told of, and so is one that nobody waits for", async () => {
    assert.match(
      (await read("server", HELLO, "354 go", one)).findings[0]!.message,
      /does not list 354 .* MAIL/,
    );
    const texts = [...HELLO, "250 ok", "250 ok", "354 go", "250 ok", "221 bye"];
    assert.match((await read("server", texts, "250 ok", one)).findings[0]!.message, /No command waits/);
    assert.match(
      (await read("server", HELLO, "250 ok\n250 ok", one)).findings[0]!.message,
      /No command waits/,
    );
  });

  test("commands that came together are answered in their order", async () => {
    const texts = ["220 hi", "250-hi\n250 PIPELINING"];
    const { hint } = await read("server", texts, "");
    assert.match(hint, /^Answer “MAIL FROM:.*”\. 5 wait/);
    const typing = await read("server", texts, "250 ok\n250 ok\n");
    assert.match(typing.completions[0]!.about, /this recipient/);
    const data = await read("server", texts, "250 ok\n250 ok\n250 ok\n250 ok\n3");
    assert.match(data.completions[0]!.text, /^354 /);
  });

  test("in an AUTH exchange a challenge is base64", async () => {
    const login = {
      ...one,
      client: { tls: "implicit" as const, auth: { mechanism: "LOGIN", user: "ann", secret: "x" } },
    };
    const texts = ["220 hi", "250-hi\n250 AUTH LOGIN"];
    const [asks] = (await read("server", texts, "334", login)).completions;
    assert.equal(asks!.text, `334 ${btoa("Username:")}`);
    const second = await read("server", [...texts, asks!.text], "334", login);
    assert.equal(second.completions[0]!.text, `334 ${btoa("Password:")}`);
    assert.deepEqual(short(await read("server", texts, "334 User name", login), "334 User name"), [
      "error 8  ",
    ]);
  });

  test("answering the first that is offered brings the message in, and each offered reply is well-formed", async () => {
    const byHand: string[] = [];
    for (;;) {
      const situation = await after("server", byHand, one);
      const { completions } = readTyping(situation, "", 0);
      for (const { text } of completions)
        assert.deepEqual(readTyping(situation, `${text}\n`, 0).findings, [], text);
      if (completions[0] === undefined) break;
      byHand.push(completions[0].text);
    }
    const { outcome } = await played(session({ ...one, server: { byHand } }));
    assert.equal(outcome.kind, "accepted");
  });

  test("LMTP has a reply for each recipient of the message", async () => {
    const texts = ["220 hi", "250 hi", "250 ok", "250 ok", "250 ok", "250 ok", "354 go"];
    assert.match((await read("server", texts, "", lmtp)).hint, /for bob@mx\.example\. 3 wait/);
    const rest = await read("server", [...texts, "250 ok"], "", lmtp);
    assert.match(rest.hint, /for carol@mx\.example\. 2 wait/);
  });
});

test("before the engine has run there is nothing to read but the beginning", () => {
  const plan = session({ client: { byHand: [] } });
  assert.match(readTyping(situationOf("client", plan, undefined), "", 0).hint, /not greeted/);
});

test("hostile texts are read in bounded time, and never throw", async () => {
  const situations = [
    await after("client", [EHLO]),
    await after("client", [EHLO, MAIL, RCPT, "DATA"]),
    await after("server", ["220 hi"]),
  ];
  const most = (part: string): string => part.repeat(Math.floor(LONGEST_READ / part.length));
  for (const situation of situations)
    for (const text of [
      "\n",
      "FOO\n",
      "250-a\n",
      "\\",
      "\\x",
      "\\xff",
      "é",
      "\u{1f600}",
      "<",
      "a\\r\n",
      "MAIL FROM:<",
      "\0",
      ".\n",
    ]) {
      const began = performance.now();
      const whole = most(text);
      readTyping(situation, whole, whole.length);
      readTyping(situation, whole, 1);
      assert.ok(performance.now() - began < 2000, `${JSON.stringify(text)}: ${performance.now() - began}`);
    }
  const beyond = "x".repeat(LONGEST_READ + 1);
  assert.match(readTyping(situations[0]!, beyond, 0).hint, /sent, but not read/);
});
