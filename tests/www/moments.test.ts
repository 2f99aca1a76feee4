/** What is drawn of a session: its moments, the states of both sides, and where things stand in the diagram. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { layoutOf, ROW } from "../../www/model/layout.js";
import { pack, unpack } from "../../www/links.js";
import { play } from "../../www/model/play.js";
import { MESSAGE, PLAN, SECRET, session } from "../../www/model/plan.js";
import { atTime, behind, endOf, START, stepLine, stepOctet } from "../../www/model/position.js";
import { readPlan } from "../../www/model/read-plan.js";
import type { SessionRecord } from "../../www/model/recording.js";
import { SCENARIOS } from "../../www/model/scenarios/index.js";
import { statesAt } from "../../www/model/states.js";

const one = async (plan = session()): Promise<SessionRecord> =>
  (await play({ sessions: [plan] })).sessions[0]!;

test("stepping by octets passes each octet of each line once, there and back", async () => {
  const { lines, octets } = await one();
  let position = START;
  let steps = 0;
  while (position.shown < lines.length) {
    const next = stepOctet(lines, position, 1);
    assert.ok(next.shown > position.shown || next.octets === position.octets + 1);
    position = next;
    steps++;
  }
  const silent = lines.filter(({ start, end }) => start === end).length;
  assert.equal(steps, octets.client.length + octets.server.length + silent);
  while (position.shown > 0 || position.octets > 0) {
    position = stepOctet(lines, position, -1);
    steps--;
  }
  assert.equal(steps, 0);
});

test("stepping by lines passes each line once, there and back", async () => {
  const { lines } = await one();
  let position = START;
  for (let index = 0; index < lines.length; index++) {
    position = stepLine(lines, position, 1);
    assert.equal(position.shown, index + 1);
    assert.ok(position.time >= lines[index]!.sent);
  }
  assert.deepEqual(position, endOf(lines));
  for (let index = lines.length - 1; index >= 0; index--) {
    position = stepLine(lines, position, -1);
    assert.equal(position.shown, index);
  }
});

test("a moment has what was sent until then", async () => {
  const { lines } = await one();
  assert.equal(atTime(lines, -1).shown, 0);
  assert.equal(atTime(lines, 0).shown, 1);
  assert.equal(atTime(lines, 40).shown, 2);
  assert.equal(atTime(lines, 1e9).shown, lines.length);
  assert.equal(behind(lines, 0).time, 40);
});

test("the states follow what each side has said and heard", async () => {
  const { lines } = await one(session({ client: { pipelining: false, chunking: false } }));
  const nodes = (index: number): string[] => {
    const { client, server } = statesAt(lines, behind(lines, index));
    return [client.node, server.node];
  };
  const at = (text: string, from = 0): number =>
    lines.findIndex((line, index) => index >= from && line.text.startsWith(text));
  assert.deepEqual(nodes(-1), ["greeting", "greeting"]);
  assert.deepEqual(nodes(at("220")), ["EHLO", "EHLO"]);
  assert.deepEqual(nodes(at("250-")), ["ready", "ready"]);
  assert.deepEqual(nodes(at("MAIL") + 1), ["MAIL", "MAIL"]);
  assert.deepEqual(nodes(at("RCPT") + 1), ["RCPT", "RCPT"]);
  assert.deepEqual(nodes(at("354")), ["content", "content"]);
  assert.deepEqual(nodes(at("250 2.0.0 queued")), ["ready", "ready"]);
  assert.deepEqual(nodes(lines.length - 1), ["closed", "closed"]);
});

test("a client that pipelines waits for several replies at once", async () => {
  const { lines } = await one();
  const sent = lines.findIndex(({ kind }) => kind === "content");
  const { client } = statesAt(lines, { shown: sent + 1, octets: 0, time: lines[sent]!.sent });
  assert.deepEqual(client.owed, ["MAIL", "RCPT", "RCPT", "RCPT", "BDAT"]);
  assert.deepEqual(statesAt(lines, endOf(lines)).client.owed, []);
});

test("TLS and AUTH are states of their own", async () => {
  const auth = { mechanism: "SCRAM-SHA-256", user: "ann", secret: SECRET };
  const { lines } = await one(
    session({
      client: { tls: "required", auth },
      server: { offers: ["STARTTLS"], mechanisms: [auth.mechanism] },
    }),
  );
  const seen = lines.map((_, index) => statesAt(lines, behind(lines, index)).client.node);
  for (const node of ["TLS", "AUTH", "content"]) assert.ok(seen.includes(node as never), node);
});

test("in the diagram nothing stands on top of something else, and arrows never go up", async () => {
  for (const { plan, id } of SCENARIOS.slice(0, 12))
    for (const { lines } of (await play(plan)).sessions) {
      const { placed, ticks, height, y } = layoutOf(lines);
      placed.forEach(({ from, to }, index) => {
        assert.ok(to >= from && to <= height, id);
        if (index > 0)
          assert.ok(
            from - placed[index - 1]!.from >= ROW || lines[index]!.sent === lines[index - 1]!.sent,
            id,
          );
      });
      const rows = placed.map(({ from }) => from);
      assert.equal(new Set(rows).size, rows.length, id);
      ticks.forEach(({ time, y: place }, index) => {
        assert.equal(y(time), place);
        if (index > 0) assert.ok(place > ticks[index - 1]!.y);
      });
    }
});

test("an empty session has a diagram, too", () => {
  const { placed, height, y } = layoutOf([]);
  assert.equal(placed.length, 0);
  assert.ok(height > 0 && Number.isFinite(y(100)));
});

test("every scenario's plan goes through a link unchanged", async () => {
  for (const { plan, id } of SCENARIOS) {
    const read = readPlan(await unpack(await pack(plan)));
    assert.deepEqual(read, plan, id);
  }
});

test("what is no plan is none, whatever it is", async () => {
  const wrong: unknown[] = [
    undefined,
    null,
    1,
    "x",
    [],
    {},
    { sessions: [] },
    { sessions: Array.from({ length: 13 }, () => session()) },
    { sessions: [{}] },
    { sessions: [{ ...session(), link: { delay: -1, chunk: 0 } }] },
    { sessions: [{ ...session(), link: { delay: 1e9, chunk: 0 } }] },
    { sessions: [{ ...session(), link: { delay: 0.5, chunk: 0 } }] },
    { sessions: [{ ...session(), client: { ...session().client, tls: "maybe" } }] },
    { sessions: [{ ...session(), server: { ...session().server, offers: ["EVAL"] } }] },
    { sessions: [{ ...session(), faults: [{ at: "RCPT", what: "reply", code: 250, text: "x" }] }] },
    { sessions: [{ ...session(), faults: [{ at: "RCPT", what: "reply", code: 550, text: "x\r\n250 y" }] }] },
    {
      sessions: [
        { ...session(), faults: [{ at: "RCPT", what: "reply", code: 550, enhanced: "4.1.1", text: "x" }] },
      ],
    },
    { sessions: [{ ...session(), messages: [{ ...MESSAGE, times: 1e6 }] }] },
    { sessions: [{ ...session(), messages: [{ ...MESSAGE, to: [1] }] }] },
  ];
  for (const value of wrong) assert.equal(readPlan(value), undefined, JSON.stringify(value));
  assert.deepEqual(readPlan({ ...PLAN, more: "x", __proto__: { polluted: true } }), PLAN);
});

test("what is no link is refused, also one that unpacks to a flood", async () => {
  for (const packed of ["", "x", "!!!", "AAAA", (await pack({ a: 1 })).slice(0, -3)])
    await assert.rejects(unpack(packed), packed);
  await assert.rejects(unpack(await pack("x".repeat(8 << 20))), /too much/);
});
