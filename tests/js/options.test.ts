/** What the options of a session do that no other test is about: time limits, limits on replies, and when content goes. */
import assert from "node:assert/strict";
import test from "node:test";

import { connect, loopback, ProtocolError, ReplyError, TimeoutError } from "edgepost";
import type { ConnectOptions, Smtp, Step } from "edgepost";
import { tcp } from "edgepost/node";

import { gate, joined, keeper, mail, type Peer, rejection, scripted } from "./support.js";

const auth = { user: "ann", pass: "secret" };

function session(port: number, options: ConnectOptions = {}): Promise<Smtp> {
  return connect(tcp({ host: "127.0.0.1", port }), { name: "client.test", tls: "off", ...options });
}

const STALLS: [
  string,
  keyof NonNullable<ConnectOptions["timeouts"]>,
  string,
  ConnectOptions,
  (peer: Peer) => Promise<void>,
][] = [
  [
    "never answers STARTTLS",
    "startTls",
    "starttls",
    { tls: "required" },
    async (peer) => {
      await peer.hello("STARTTLS");
      await peer.expect("STARTTLS\r\n");
    },
  ],
  [
    "never answers AUTH",
    "auth",
    "auth",
    { auth },
    async (peer) => {
      await peer.hello("AUTH PLAIN");
      await peer.expect("AUTH PLAIN");
    },
  ],
];

// covers: RFC 5321 section 4.5.3.2 client
for (const [what, timeout, stage, options, script] of STALLS)
  test(`a server that ${what}: timeout`, { timeout: 20_000 }, async () => {
    await using server = await scripted(script);
    const error = await rejection(session(server.port, { ...options, timeouts: { [timeout]: 40 } }));
    assert.ok(error instanceof TimeoutError, String(error));
    assert.equal(error.stage, stage);
    assert.deepEqual([error.delivery, error.retryable], ["none", true]);
  });

test("a server that never answers NOOP: timeout", { timeout: 20_000 }, async () => {
  await using server = await scripted((peer) => peer.hello());
  const smtp = await session(server.port, { timeouts: { reset: 40 } });
  assert.ok((await rejection(smtp.verify())) instanceof TimeoutError);
  await smtp.close();
});

test("a server that never answers QUIT is waited for no longer than said", { timeout: 20_000 }, async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello();
    await peer.expect("QUIT\r\n");
  });
  const smtp = await session(server.port, { timeouts: { quit: 40 } });
  await smtp.close();
});

test(
  "a connection that nobody makes: timeout, and what comes late is closed",
  { timeout: 20_000 },
  async () => {
    const [client] = loopback();
    const late = gate();
    const closed = gate();
    const close = async (): Promise<void> => {
      closed.open();
      await client.close();
    };
    const connector = {
      host: "mx.test",
      port: 25,
      open: async () => {
        await late.opened;
        return { ...client, close };
      },
    };
    const error = await rejection(connect(connector, { timeouts: { connect: 20 } }));
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.stage, "connect");
    assert.match(error.message, /^no connection to mx\.test:25 within 20 ms/);
    late.open();
    await closed.opened;
  },
);

for (const [option, most, fits] of [
  ["replyLine", 600, 700],
  ["reply", 1_500, 3_000],
] as const)
  test(`a reply longer than limits.${option} is no reply`, async () => {
    const lines = (peer: Peer): Promise<void> =>
      option === "replyLine"
        ? peer.hello(`X-LONG ${"a".repeat(600)}`)
        : peer.hello(...Array.from({ length: 100 }, (_, index) => `X-KEYWORD-${index}`));
    await using server = await scripted(lines);
    const error = await rejection(session(server.port, { limits: { [option]: most } }));
    assert.ok(error instanceof ProtocolError, String(error));
    assert.equal(error.stage, "ehlo");
    const smtp = await session(server.port, { limits: { [option]: fits }, timeouts: { quit: 1 } });
    assert.ok(smtp.capabilities.length > 0);
    await smtp.close();
  });

for (const [eager, verbs] of [
  [undefined, ["MAIL", "RCPT", "BDAT"]],
  [7, ["MAIL", "RCPT", "BDAT"]],
  [6, ["MAIL", "RCPT"]],
] as const)
  test(`content of 7 octets, eager ${eager ?? "by default"}: what goes before the recipients are known`, async () => {
    const steps: Step[] = [];
    const refuse = (): never => {
      throw new Error("no");
    };
    const { smtp } = await joined({
      handlers: { ...keeper().handlers, onRcpt: refuse },
      connect: { ...(eager !== undefined && { eager }), trace: (step) => steps.push(step) },
    });
    assert.ok((await rejection(smtp.send(mail("12345\r\n")))) instanceof ReplyError);
    const sent = steps.filter(({ kind }) => kind === "command").map(({ verb }) => verb);
    await smtp.close();
    assert.deepEqual(
      sent.filter((verb) => verb !== "EHLO" && verb !== "RSET"),
      verbs,
    );
  });
