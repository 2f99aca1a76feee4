/** Every scenario of the playground shows what its text says. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { play } from "../../www/model/play.js";
import type { OutcomeKind, SessionRecord } from "../../www/model/recording.js";
import { scenarioOf, SCENARIOS } from "../../www/model/scenarios/index.js";

interface Expected {
  /** How each session ends. */
  readonly ends: readonly OutcomeKind[];
  /** What must be said in some session; by the client or the server. */
  readonly says?: readonly RegExp[];
  readonly never?: readonly RegExp[];
  readonly trips?: number;
  /** How many messages the servers have in the end. */
  readonly kept?: number;
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  plain: { ends: ["accepted"], trips: 3, kept: 1 },
  lockstep: { ends: ["accepted"], trips: 8, says: [/^DATA$/, /^354 /], never: [/^BDAT/] },
  pipelining: { ends: ["accepted"], trips: 4, says: [/^250-PIPELINING$/m, /^DATA$/] },
  chunking: { ends: ["accepted"], trips: 3, says: [/^BDAT \d+ LAST$/], never: [/^DATA$/] },
  "refused-recipient": { ends: ["partly"], says: [/^550 5\.1\.1 /], kept: 1 },
  size: { ends: ["failed"], says: [/^250-SIZE 1000$/m], never: [/^MAIL/, /^BDAT/], kept: 0 },
  "8bitmime": { ends: ["accepted"], says: [/^MAIL .* BODY=8BITMIME/] },
  smtputf8: { ends: ["accepted"], says: [/^MAIL .* SMTPUTF8/, /^RCPT TO:<jörg@bücher\.example>$/] },
  dsn: { ends: ["accepted"], says: [/ RET=HDRS ENVID=lunch-42/, / NOTIFY=SUCCESS,FAILURE/] },
  deliverby: { ends: ["accepted"], says: [/ BY=3600;R/, / MT-PRIORITY=4/] },
  futurerelease: { ends: ["accepted"], says: [/ HOLDFOR=172800/] },
  limits: { ends: ["accepted"], says: [/^250-LIMITS RCPTMAX=2$/m], kept: 3 },
  many: { ends: ["accepted"], trips: 3, kept: 100 },
  starttls: { ends: ["accepted"], says: [/^STARTTLS$/, /^secured by TLS$/] },
  "implicit-tls": { ends: ["accepted"], never: [/^STARTTLS$/] },
  "no-starttls": { ends: ["failed"], never: [/^AUTH/, /^MAIL/], kept: 0 },
  "bad-certificate": { ends: ["failed"], says: [/^STARTTLS$/], never: [/^MAIL/], kept: 0 },
  requiretls: { ends: ["accepted"], says: [/^MAIL .* REQUIRETLS/, /^250-REQUIRETLS$/m] },
  "auth-plain": { ends: ["accepted"], says: [/^AUTH PLAIN /, /^235 /] },
  "auth-login": { ends: ["accepted"], says: [/^AUTH LOGIN/, /^334/, /^235 /] },
  "auth-cram-md5": { ends: ["accepted"], says: [/^AUTH CRAM-MD5$/, /^235 /] },
  "auth-scram-sha-256": { ends: ["accepted"], says: [/^AUTH SCRAM-SHA-256 /, /^235 /] },
  "auth-oauthbearer": { ends: ["accepted"], says: [/^AUTH OAUTHBEARER /, /^235 /] },
  "auth-xoauth2": { ends: ["accepted"], says: [/^AUTH XOAUTH2 /, /^235 /] },
  "auth-external": { ends: ["accepted"], says: [/^AUTH EXTERNAL /, /^235 /] },
  "auth-refused": { ends: ["refused"], says: [/^535 5\.7\.8 /], never: [/^AUTH PLAIN/, /^MAIL/], kept: 0 },
  greylist: { ends: ["refused", "accepted"], says: [/^450 4\.7\.1 /], kept: 1 },
  "421": { ends: ["refused"], says: [/^421 4\.3\.2 /], kept: 0 },
  "not-welcome": { ends: ["refused"], says: [/^554 /, /^QUIT$/], never: [/^EHLO/] },
  helo: { ends: ["accepted"], says: [/^502 /, /^HELO /] },
  "mailbox-full": { ends: ["refused"], says: [/^552 5\.2\.2 /] },
  "relay-denied": { ends: ["refused"], says: [/^550 5\.7\.1 /], kept: 0 },
  "lost-reply": { ends: ["uncertain"], says: [/^the connection was lost$/], kept: 1 },
  "lost-early": { ends: ["failed"], says: [/^the connection was lost$/], kept: 0 },
  silence: { ends: ["waits"] },
  rset: { ends: ["partly"], says: [/^451 4\.3\.0 /], kept: 1 },
  smuggling: { ends: ["over"], says: [/^DATA$/] },
  "starttls-injection": { ends: ["over"], says: [/^503 5\.5\.1 /], never: [/^secured by TLS$/], kept: 0 },
  "header-injection": { ends: ["failed"], never: [/^MAIL/], kept: 0 },
  "command-injection": { ends: ["failed"], never: [/victim/], kept: 0 },
  journey: { ends: ["accepted", "refused", "accepted", "accepted"], says: [/^LHLO /, /^421 /], kept: 3 },
  bounce: { ends: ["accepted", "refused", "accepted"], says: [/^MAIL FROM:<>/], kept: 2 },
  lmtp: { ends: ["partly"], says: [/^LHLO /, /^452 4\.2\.2 /] },
  "client-by-hand": { ends: ["waits"] },
  "server-by-hand": { ends: ["waits"] },
  vrfy: { ends: ["over"], says: [/^VRFY /] },
  "wrong-order": { ends: ["over"], says: [/^503 /, /^501 /, /^555 /, /^500 /] },
};

const texts = (sessions: readonly SessionRecord[]): string[] =>
  sessions.flatMap(({ lines }) => lines.map(({ text }) => text));

for (const { id, title, text, sections, plan } of SCENARIOS)
  test(`${id}: ${title}`, async () => {
    const expected = EXPECTED[id];
    assert.ok(expected !== undefined, "there is nothing expected of it");
    const { sessions } = await play(plan);
    assert.deepEqual(
      sessions.map(({ outcome }) => outcome.kind),
      expected.ends,
      sessions.flatMap(({ outcome }) => outcome.words).join("; "),
    );
    const all = texts(sessions);
    for (const pattern of expected.says ?? [])
      assert.ok(
        all.some((text) => pattern.test(text)),
        `${pattern}`,
      );
    for (const pattern of expected.never ?? [])
      assert.ok(!all.some((text) => pattern.test(text)), `${pattern}`);
    if (expected.trips !== undefined) assert.equal(sessions[0]!.roundTrips, expected.trips);
    if (expected.kept !== undefined)
      assert.equal(
        sessions.reduce((sum, { received }) => sum + received.length, 0),
        expected.kept,
      );
    assert.ok(text.length >= 80 && text.length <= 500, `${text.length}`);
    assert.ok(sections.every((section) => /^\d{3,4}(#[\dA-Z][\d.]*)?$/.test(section)) && sections.length > 0);
  });

test("no two scenarios have the same name, and each is found by it", () => {
  assert.equal(new Set(SCENARIOS.map(({ id }) => id)).size, SCENARIOS.length);
  assert.equal(scenarioOf("plain"), SCENARIOS[0]);
  assert.equal(scenarioOf("none"), undefined);
  assert.deepEqual(Object.keys(EXPECTED).sort(), SCENARIOS.map(({ id }) => id).sort());
});

test("a message that is smuggled into another stays text of that one", async () => {
  const { sessions } = await play(scenarioOf("smuggling")!.plan);
  const [record] = sessions;
  assert.equal(record!.received.length, 1);
  const content = new TextDecoder().decode(record!.received[0]!.content);
  assert.match(content, /MAIL FROM:<ceo@mx\.example>/);
  assert.ok(!texts(sessions).some((text) => text.startsWith("MAIL FROM:<ceo")));
});

test("the mailbox has a line of each server that the message went over", async () => {
  const { sessions } = await play(scenarioOf("journey")!.plan);
  const content = new TextDecoder().decode(sessions.at(-1)!.received[0]!.content);
  const hops = [...content.matchAll(/^Received: from (\S+) by (\S+)\r\n with (\S+)/gm)].map(([, ...hop]) =>
    hop.join(" "),
  );
  assert.deepEqual(hops, [
    "mx2.mx.example mailboxes.mx.example LMTP",
    "relay.example mx2.mx.example ESMTPS",
    "client.example relay.example ESMTPSA",
  ]);
});
