/** What the playground says of lines: all that the engine can name has an explanation, and each exchange can be read. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  InputError,
  loopback,
  parseAddress,
  parseAddressList,
  parseCommand,
  parseReply,
  ready,
  serve,
} from "edgepost";
import type { Transport } from "edgepost";

import {
  decodeSasl,
  explainCommand,
  explainExpected,
  explainKeyword,
  explainMechanism,
  explainParameter,
  explainReply,
  explainRule,
  lineOf,
  readLine,
} from "../../www/model/explain.js";
import { MESSAGE, session } from "../../www/model/plan.js";
import { play } from "../../www/model/play.js";
import { SCENARIOS } from "../../www/model/scenarios/index.js";
import { octetsOf, placeOf } from "../../www/model/typed.js";

await ready();

const COMMANDS = [
  "EHLO client.example",
  "EHLO [192.0.2.1]",
  "HELO client.example",
  "LHLO client.example",
  "MAIL FROM:<>",
  "MAIL FROM:<ann@client.example> SIZE=1000 BODY=8BITMIME SMTPUTF8 AUTH=<> RET=FULL ENVID=a BY=60;R",
  "MAIL FROM:<a@b.example> HOLDFOR=60 MT-PRIORITY=3 REQUIRETLS SOLICIT=org.example:ADV TRANSID=<a@b> PRDR",
  "MAIL FROM:<a@b.example> HOLDUNTIL=2030-01-01T00:00:00Z",
  "RCPT TO:<Postmaster>",
  "RCPT TO:<@a.example,@b.example:jörg@[IPv6:::1]> NOTIFY=NEVER ORCPT=rfc822;a@b RRVS=2014-04-03T23:01:00Z;C",
  "DATA",
  "BDAT 5 LAST",
  "BURL imap://a.example LAST",
  "RSET",
  "NOOP hello",
  "QUIT",
  "AUTH PLAIN =",
  "STARTTLS",
  "VRFY Bob",
  "EXPN list",
  "HELP MAIL",
  "ETRN @example.com",
  "XCLIENT ADDR=192.0.2.1",
  "XFORWARD NAME=a",
];
const REPLIES = ["220 mx.example ESMTP", "250-mx.example\r\n250 SIZE 1000", "550 5.1.1 no such user", "250"];

describe("what the engine can name is explained", () => {
  test("every rule that a command's or a reply's octets match", () => {
    const spans = [
      ...COMMANDS.flatMap((line) => parseCommand(line).spans),
      ...REPLIES.flatMap((lines) => parseReply(lines).spans),
    ];
    const rules = new Set(spans.map(({ rule }) => rule));
    assert.ok(rules.size > 35);
    for (const rule of rules) assert.ok(explainRule(rule)?.reference ?? explainRule(rule)?.source, rule);
  });

  test("every command and every parameter", () => {
    for (const line of COMMANDS) {
      const { verb, params = [] } = parseCommand(line);
      assert.ok(explainCommand(verb), verb);
      for (const { keyword } of params) assert.ok(explainParameter(verb, keyword), keyword);
      const { problem, spans } = readLine({ from: "client", kind: "command", octets: octetsOf(line) });
      assert.equal(problem, undefined);
      for (const { rule } of spans) assert.ok(explainRule(rule), rule);
    }
  });

  test("every extension that the server can offer", async () => {
    for (const keyword of await everyKeyword()) {
      const explained = explainKeyword(keyword);
      assert.ok(explained?.reference ?? explained?.source, keyword);
    }
  });

  test("everything that was expected where a line is wrong, in all its prefixes and with any octet in its midst", () => {
    const rules = new Map<string, string>();
    const tries = (text: string, read: (text: string) => unknown, of: "envelope" | "header"): void => {
      try {
        read(text);
      } catch (error) {
        assert.ok(error instanceof InputError);
        if (error.rule !== undefined && explainExpected(error.rule, of) === undefined)
          rules.set(error.rule, text);
      }
    };
    const broken = function* (text: string): Generator<string> {
      for (let at = 0; at <= text.length; at++) {
        yield text.slice(0, at);
        for (const sign of [
          "\0",
          " ",
          '"',
          "<",
          ">",
          "@",
          ".",
          "-",
          ",",
          ":",
          ";",
          "(",
          "[",
          "\\",
          "é",
          "=",
          "\r\n",
        ])
          yield text.slice(0, at) + sign + text.slice(at);
      }
    };
    for (const line of [
      ...COMMANDS,
      "FOO",
      "AUTH PLAIN abc=",
      "AUTH PLAIN abcde",
      "BDAT 1 x",
      "MAIL FROM:<a@b>x",
    ])
      for (const text of broken(line)) tries(text, parseCommand, "envelope");
    for (const lines of REPLIES) for (const text of broken(lines)) tries(text, parseReply, "envelope");
    const list = 'Ann <ann@a.example>, "B. C" (x\\y) <b.c@[192.0.2.1]>, team: d@e.example, f@g.example;';
    for (const text of [...broken(list), ...broken("<@a.example,@b.example:c@d.example>")])
      for (const obsolete of [false, true])
        tries(text, (text) => parseAddressList(text, { obsolete }), "header");
    const long = ["a".repeat(65), "a"].map((local) => `${local}@${"b.".repeat(130)}example`);
    for (const address of ["ann.b@client.example", '"a b\\""@x.example', "a@[IPv6:2001:db8::1]", ...long])
      for (const text of broken(address))
        for (const obsolete of [false, true])
          tries(text, (text) => parseAddress(text, { obsolete }), obsolete ? "header" : "envelope");
    assert.deepEqual([...rules], []);
  });
});

describe("sessions are read whole", () => {
  test("every line of every scenario has a meaning, or says where it is wrong", async () => {
    for (const { id, plan } of SCENARIOS)
      for (const record of (await play(plan)).sessions)
        for (const [index, { kind, text, from }] of record.lines.entries()) {
          const line = lineOf(record, index)!;
          const { parts, problem, spans } = readLine(line);
          const about = `${id}: ${from} ${kind} ${text.slice(0, 80)}`;
          for (const { rule, start, end } of spans) {
            assert.ok(explainRule(rule), `${about}: ${rule}`);
            assert.ok(start < end && end <= line.octets.length, `${about}: ${rule}`);
          }
          for (const { title, text: words, reference, source } of parts) {
            assert.ok(title !== "" && words !== "", about);
            assert.ok(reference === undefined || /^\d+(?:#[A-Z0-9.]+)?$/.test(reference), about);
            assert.ok(reference !== undefined || source !== undefined || words.startsWith("No "), about);
          }
          if (line.octets.length > 0 && from !== "link" && kind !== "tls" && kind !== "closed")
            assert.ok(parts.length > 0 || problem !== undefined || line.continued === true, about);
        }
  });

  test("content is read as its command has it, and the reply to it is not one to DATA", async () => {
    const text = "Note: this is the body\n.dot\n";
    const titles = async (chunking: boolean): Promise<string[][]> => {
      const plan = session({ client: { chunking }, messages: [{ ...MESSAGE, text }] });
      const record = (await play({ sessions: [plan] })).sessions[0]!;
      return record.lines.flatMap((line, index) => {
        const { parts } = readLine(lineOf(record, index)!);
        return line.kind === "content" || line.verb === "DATA" ? [parts.map(({ title }) => title)] : [];
      });
    };
    assert.deepEqual(await titles(true), [["header-section", "body"]]);
    assert.deepEqual(await titles(false), [
      ["DATA"],
      ["354 to DATA", "3", "5"],
      ["header-section", "body", "dot-stuffing", "end-of-data"],
      ["250 to the message", "2", "5", "2.0.0 Other undefined Status"],
    ]);
  });

  test("of a second chunk nothing is taken for a header", () => {
    const octets = octetsOf("Note: this is the body");
    assert.deepEqual(
      readLine({ from: "client", kind: "content", verb: "BDAT", octets, continued: true }).parts,
      [],
    );
  });

  test("each SASL exchange is read on both sides", async () => {
    const names: Record<string, string[]> = {};
    for (const mechanism of [
      "PLAIN",
      "LOGIN",
      "CRAM-MD5",
      "SCRAM-SHA-256",
      "OAUTHBEARER",
      "XOAUTH2",
      "EXTERNAL",
    ]) {
      const plan = SCENARIOS.find(({ id }) => id === `auth-${mechanism.toLowerCase()}`)!.plan;
      const record = (await play(plan)).sessions[0]!;
      assert.ok(explainMechanism(mechanism));
      names[mechanism] = record.lines.flatMap(({ from }, index) => {
        const { parts } = readLine(lineOf(record, index)!);
        return parts.flatMap(({ fields = [] }) => fields.map(({ name }) => `${from[0]} ${name}`));
      });
    }
    assert.deepEqual(names, {
      PLAIN: ["c authcid", "c passwd"],
      LOGIN: ["s prompt", "c user", "s prompt", "c password"],
      "CRAM-MD5": ["s challenge", "c user", "c digest"],
      "SCRAM-SHA-256": [
        ...["c channel binding", "c n", "c r", "s r", "s s", "s i"],
        ...["c c", "c r", "c p", "s v", "c answer"],
      ],
      OAUTHBEARER: ["c a", "c auth"],
      XOAUTH2: ["c user", "c auth"],
      EXTERNAL: ["c authzid"],
    });
  });
});

describe("replies", () => {
  test("a code says something by each of its digits, by itself, and behind its command", () => {
    const { digits, text, context, listed } = explainReply(452, "RCPT");
    assert.deepEqual(
      digits.map(({ title }) => title),
      ["4", "5", "2"],
    );
    assert.match(text, /no room/);
    assert.match(context!.text, /No more recipients/);
    assert.equal(context!.reference, "5321#4.5.3.1.10");
    assert.equal(listed, true);
    assert.equal(explainReply(354, "RCPT").listed, false);
    assert.equal(explainReply(250, "X-OWN").listed, undefined);
  });

  test("the reply to the message is not that to DATA", () => {
    assert.match(explainReply(250, "DATA", "content").context!.text, /answers for it/);
    assert.equal(explainReply(250, "DATA").context, undefined);
  });

  test("a code that nobody has registered says what its first digit says", () => {
    assert.match(explainReply(599).text, /should not try the same again/);
  });
});

describe("SASL messages that are none", () => {
  test("say why", () => {
    assert.match(decodeSasl("PLAIN", "client", "a").problem!, /no base64/);
    assert.match(decodeSasl("PLAIN", "client", "/w==").problem!, /no UTF-8/);
    assert.match(decodeSasl("PLAIN", "client", btoa("one")).problem!, /no message of PLAIN/);
    assert.match(decodeSasl("constructor", "server", btoa("one")).problem!, /no message of constructor/);
    assert.deepEqual(decodeSasl("SCRAM-SHA-1", "client", "*").fields[0]!.name, "cancel");
  });

  test("a name's commas and equals signs come out of their escapes; a secret is marked as one", () => {
    const first = decodeSasl("SCRAM-SHA-256", "client", btoa("p=tls-exporter,a=x,n=a=2Cb=3Dc,r=0"));
    assert.deepEqual(
      first.fields.map(({ value }) => value),
      ["tls-exporter", "x", "a,b=c", "0"],
    );
    assert.equal(decodeSasl("PLAIN", "client", btoa("\0u\0p")).fields[1]!.secret, true);
  });

  test("what a server says of a token", () => {
    const { fields } = decodeSasl("OAUTHBEARER", "server", btoa('{"status":"invalid_token","__proto__":1}'));
    assert.deepEqual(fields[0], {
      name: "status",
      value: "invalid_token",
      text: "Why the token is not taken.",
    });
  });
});

test("an octet has its place in what was typed", () => {
  const text = "aé\\x00\n\\\\😀b\\q";
  const octets = octetsOf(text);
  const places = [...octets].map((_, at) => placeOf(text, at));
  assert.deepEqual(
    places.map(({ start, end }) => text.slice(start, end)),
    [
      ...["a", "é", "é", "\\x00", "\n", "\n", "\\\\", "😀", "😀", "😀", "😀", "b", "\\", "q"],
      // The line's end that was not typed.
      ...["", ""],
    ],
  );
});

test("a line of 100,000 octets is read in less than a second", () => {
  const began = performance.now();
  for (const octets of ["a", "\\xe9", "é", "\\r", ",", "<"].map((sign) =>
    octetsOf(`MAIL FROM:<${sign.repeat(100_000)}`),
  )) {
    readLine({ from: "client", kind: "command", octets });
    readLine({ from: "server", kind: "reply", octets });
    readLine({ from: "client", kind: "content", octets });
  }
  assert.ok(performance.now() - began < 1000);
});

/** The keywords of a server that offers all there is, in clear and under TLS. */
async function everyKeyword(): Promise<Set<string>> {
  const [client, server] = loopback({ tls: true });
  const serving = serve(
    server,
    {
      onMessage: () => {},
      onAuth: () => true,
      onVrfy: () => "",
      onExpn: () => "",
      onEtrn: () => "",
      onBurl: () => "",
    },
    {
      name: "mx.example",
      auth: { mechanisms: ["PLAIN"], insecure: true },
      trusted: ["127.0.0.1"],
      extensions: {
        DSN: true,
        DELIVERBY: true,
        FUTURERELEASE: { interval: 60, until: new Date(Date.UTC(2030, 0)) },
        "MT-PRIORITY": true,
        REQUIRETLS: true,
        RRVS: true,
        "NO-SOLICITING": true,
        BURL: "imap",
        CHECKPOINT: true,
        PRDR: true,
      },
    },
  );
  const keywords = new Set<string>();
  const note = (reply: string): void => {
    for (const line of parseReply(reply).lines.slice(1)) keywords.add(line.split(" ", 1)[0]!);
  };
  const plain = talk(client);
  await plain.next();
  note(await plain.ask("EHLO client.example"));
  await plain.ask("STARTTLS");
  plain.release();
  const secured = talk(await client.startTls!());
  note(await secured.ask("EHLO client.example"));
  await secured.ask("QUIT");
  await serving;
  assert.ok(keywords.size >= 24, [...keywords].join());
  return keywords;
}

/** Speaks line by line. */
function talk({ readable, writable }: Transport) {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const next = async (): Promise<string> => {
    let text = "";
    while (!/^\d{3}(?: .*)?\r\n$/m.test(text)) text += new TextDecoder().decode((await reader.read()).value);
    return text;
  };
  return {
    next,
    async ask(line: string): Promise<string> {
      await writer.write(octetsOf(line));
      return next();
    },
    release(): void {
      reader.releaseLock();
      writer.releaseLock();
    },
  };
}
