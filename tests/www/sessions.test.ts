/** The sessions of the playground: the engines over a link whose time is computed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { octetsOf } from "../../www/model/typed.js";
import { play } from "../../www/model/play.js";
import { MESSAGE, SECRET, session, STAGES } from "../../www/model/plan.js";
import type { Fault, SessionPlan } from "../../www/model/plan.js";
import type { SessionRecord } from "../../www/model/recording.js";

/** Runs one session, and looks whether the record holds together. */
async function run(plan: SessionPlan): Promise<SessionRecord> {
  const [record] = (await play({ sessions: [plan] })).sessions;
  whole(record!);
  return record!;
}

/** Each octet belongs to one line and to one piece, and nothing arrives before it is sent. */
function whole({ lines, pieces, octets, plan }: SessionRecord): void {
  for (const side of ["client", "server"] as const) {
    const own = lines.filter(({ from }) => from === side);
    let at = 0;
    for (const line of own) {
      assert.equal(line.start, at, `${side}: ${line.text}`);
      at = line.end;
    }
    assert.equal(at, octets[side].length);
    const lengths = pieces.filter(({ from }) => from === side).map(({ start, end }) => end - start);
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      octets[side].length,
    );
    if (plan.link.chunk > 0) assert.ok(lengths.every((length) => length <= plan.link.chunk));
  }
  for (const { sent, arrived } of [...lines, ...pieces])
    if (arrived !== undefined) assert.ok(arrived >= sent);
  const times = lines.map(({ sent }) => sent);
  assert.deepEqual(
    times,
    [...times].sort((one, other) => one - other),
  );
}

const said = ({ lines }: SessionRecord, side: "client" | "server"): string[] =>
  lines
    .filter(({ from, kind }) => from === side && kind !== "closed")
    .map(({ text }) => text.split("\n")[0]!);

test("a session takes as many round trips as the protocol needs, and the link's time for each", async () => {
  for (const delay of [0, 1, 250]) {
    const { roundTrips, ended, outcome } = await run(session({ link: { delay } }));
    assert.equal(roundTrips, 3);
    assert.equal(ended, 7 * delay);
    assert.equal(outcome.kind, "accepted");
  }
});

test("the same plan is the same octets", async () => {
  const [one, other] = [await run(session()), await run(session())];
  assert.deepEqual(one.octets, other.octets);
  assert.deepEqual(one.lines, other.lines);
});

test("what is cut into pieces on the way is the same session", async () => {
  const plain = await run(session());
  for (const chunk of [1, 2, 3, 7, 100]) {
    const cut = await run(session({ link: { chunk } }));
    assert.deepEqual(cut.octets, plain.octets);
    assert.equal(cut.outcome.kind, "accepted");
  }
});

test("the server has the message as it was sent, with a Received line on top", async () => {
  const { received } = await run(session({ messages: [{ ...MESSAGE, raw: "Subject: x\n\n.dots\n..\n" }] }));
  const content = new TextDecoder().decode(received[0]!.content);
  assert.match(
    content,
    /^Received: from client\.example by mx\.example\r\n with ESMTP id M1001;\r\n .*\r\nSubject: x\r\n\r\n\.dots\r\n\.\.\r\n$/,
  );
});

test("TLS takes one round trip, and what comes behind it is under TLS", async () => {
  const { lines } = await run(
    session({ client: { tls: "required" }, server: { offers: ["STARTTLS"] }, link: { delay: 10 } }),
  );
  const tls = lines.findIndex(({ kind }) => kind === "tls");
  const go = lines.find(({ text }) => text.startsWith("220 2.0.0") || /^220 .*[Gg]o ahead/.test(text))!;
  assert.equal(lines[tls]!.sent, go.arrived! + 20);
  assert.ok(lines.slice(tls).every(({ secure }) => secure));
  assert.ok(lines.slice(0, tls).every(({ secure }) => !secure));
});

describe("what goes wrong", () => {
  const refusal = { what: "reply", code: 451, text: "not now" } as const;
  const whats: readonly Pick<Fault, "what">[] = [
    refusal,
    { what: "lost-before" },
    { what: "lost-after" },
    { what: "silence" },
  ];
  for (const at of STAGES)
    for (const what of whats)
      for (const chunking of [true, false])
        test(`${what.what} at ${at} with ${chunking ? "BDAT" : "DATA"} ends in words, and nothing hangs`, async () => {
          const plan = session({
            client: {
              tls: "opportunistic",
              chunking,
              auth: { mechanism: "PLAIN", user: "ann", secret: SECRET },
            },
            server: { offers: ["PIPELINING", "CHUNKING", "STARTTLS"], mechanisms: ["PLAIN"], insecure: true },
            faults: [{ at, ...what } as Fault],
          });
          const { outcome, lines } = await run(plan);
          assert.ok(outcome.words.length > 0 && outcome.words.every((words) => words.length > 0));
          if (what === refusal && at !== "RSET" && !(at === "DATA" && chunking))
            assert.ok(
              lines.some(({ text }) => text.includes("451 not now")),
              JSON.stringify(said({ lines } as SessionRecord, "server")),
            );
        });

  test("a lost reply to the message is uncertain, and the server has it", async () => {
    const { outcome, received } = await run(session({ faults: [{ at: "content", what: "lost-before" }] }));
    assert.equal(outcome.kind, "uncertain");
    assert.equal(received.length, 1);
  });

  test("a fault can be for one recipient, or for one time", async () => {
    const refused = await run(
      session({ faults: [{ at: "RCPT", recipient: MESSAGE.to[1]!, what: "reply", code: 550, text: "no" }] }),
    );
    assert.deepEqual(refused.received[0]!.to, [MESSAGE.to[0], MESSAGE.to[2]]);
    const second = await run(
      session({ faults: [{ at: "RCPT", nth: 3, what: "reply", code: 550, text: "no" }] }),
    );
    assert.deepEqual(second.received[0]!.to, MESSAGE.to.slice(0, 2));
  });

  test("replies in the server's place come in their turn, behind those it owes", async () => {
    const { lines, outcome } = await run(
      session({
        client: { chunking: false },
        faults: [{ at: "DATA", what: "reply", code: 452, text: "no room" }],
      }),
    );
    const replies = lines
      .filter(({ from, kind }) => from === "server" && kind === "reply")
      .map(({ code }) => code);
    assert.deepEqual(replies, [250, 250, 250, 250, 250, 452, 221]);
    assert.equal(outcome.kind, "refused");
  });
});

describe("by hand", () => {
  test("each text goes when the server has fallen silent; a session that is not over waits", async () => {
    const byHand = ["EHLO me.example", "MAIL FROM:<a@b.example>\nRCPT TO:<c@d.example>\nDATA"];
    const open = await run(session({ client: { byHand } }));
    assert.equal(open.outcome.turn, "client");
    assert.deepEqual(said(open, "server").at(-1), "354 End the message with a line that is a dot");
    const sent = await run(session({ client: { byHand: [...byHand, "Subject: x\n\ny\n.\nQUIT"] } }));
    assert.equal(sent.received.length, 1);
    assert.equal(sent.outcome.kind, "over");
  });

  test("STARTTLS by hand begins TLS, for the client and for the server", async () => {
    const offers = ["STARTTLS"];
    const client = await run(
      session({
        client: { byHand: ["EHLO a.example", "STARTTLS", "EHLO a.example", "QUIT"] },
        server: { offers },
      }),
    );
    assert.ok(client.lines.some(({ kind }) => kind === "tls"));
    assert.equal(said(client, "server").filter((text) => text.startsWith("250-")).length, 2);
    const server = await run(
      session({
        client: { tls: "required" },
        server: { byHand: ["220 hi", "250-hi\n250 STARTTLS", "220 go", "250 hi", "250 ok"] },
      }),
    );
    assert.ok(server.lines.some(({ kind }) => kind === "tls"));
    assert.match(said(server, "client").at(-1)!, /^RCPT/);
  });

  test("a smuggled message stays inside the one that carries it", async () => {
    const { received } = await run(
      session({
        client: {
          byHand: [
            "EHLO a.example",
            "MAIL FROM:<a@b.example>\nRCPT TO:<c@d.example>\nDATA",
            "x\\n.\\nMAIL FROM:<e@f.example>\\r\\n.\\rRCPT TO:<c@d.example>\n.\nQUIT",
          ],
        },
      }),
    );
    assert.ok(received.length <= 1);
  });
});

test("several sessions follow each other, and carry the message on", async () => {
  const on = { ...MESSAGE, instead: "received" } as const;
  const { sessions } = await play({
    sessions: [
      session({ messages: [{ ...MESSAGE, to: ["bob@mx.example"] }] }),
      session({
        after: 1000,
        messages: [on],
        faults: [{ at: "RCPT", what: "reply", code: 550, text: "no Bob" }],
      }),
      session({ messages: [{ ...MESSAGE, instead: "bounce" }] }),
    ],
  });
  sessions.forEach(whole);
  const [first, second, third] = sessions as [SessionRecord, SessionRecord, SessionRecord];
  assert.equal(second.began, first.began + first.ended + 1000);
  assert.equal(third.received[0]!.from, "");
  assert.deepEqual(third.received[0]!.to, [MESSAGE.from]);
  const report = new TextDecoder().decode(third.received[0]!.content);
  assert.match(report, /multipart\/report/);
  assert.match(report, /Diagnostic-Code: smtp;\s550 no Bob/);
});

test("with nothing to carry on, that is said", async () => {
  const { outcome } = await run(session({ messages: [{ ...MESSAGE, instead: "received" }] }));
  assert.deepEqual(outcome, {
    kind: "failed",
    words: ["There is no message to pass on: nobody has taken one"],
  });
});

test("a session can be given up", async () => {
  const controller = new AbortController();
  const playing = play(
    { sessions: [session({ messages: [{ ...MESSAGE, times: 1000 }] })] },
    controller.signal,
  );
  controller.abort(new Error("enough"));
  await assert.rejects(playing, /enough/);
});

test("a thousand messages are computed in seconds", { timeout: 60_000 }, async () => {
  const { outcome, lines } = await run(session({ messages: [{ ...MESSAGE, times: 1000 }] }));
  assert.equal(outcome.words[0], "1000 of 1000 messages were accepted.");
  assert.ok(lines.length > 9000);
});

test("what is typed becomes octets: lines end with CRLF, escapes are octets", () => {
  const text = (typed: string): string => String.fromCharCode(...octetsOf(typed));
  assert.equal(text("QUIT"), "QUIT\r\n");
  assert.equal(text("a\nb\r\n"), "a\r\nb\r\n");
  assert.equal(text("a\\n.\\r\\x00\\\\\\0\\t"), "a\n.\r\0\\\0\t\r\n");
  assert.equal(text("half\\c"), "half");
  assert.equal(text("\\q\\"), "\\q\\\r\n");
  assert.equal(text("ü"), "\xc3\xbc\r\n");
  assert.equal(text(""), "\r\n");
});
