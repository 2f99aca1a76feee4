/** Servers that die, lie or stall: each gives a typed error that says what happened, where, and what became of the mail. */
import assert from "node:assert/strict";
import test from "node:test";

import { AbortedError, ClosedError, connect, ProtocolError, SmtpError, TimeoutError } from "edgepost";
import type { ConnectOptions, SendResult, Smtp } from "edgepost";
import { tcp } from "edgepost/node";

import { gate, mail, type Peer, rejection, scripted } from "./support.js";

const RAW = "Subject: x\r\n\r\nx\r\n";
const LARGE = "a line\r\n".repeat(50_000);

function session(port: number, options: ConnectOptions = {}): Promise<Smtp> {
  return connect(tcp({ host: "127.0.0.1", port }), { name: "client.test", tls: "off", ...options });
}

/** Plays the script and gives what connecting to it, or sending one message, was rejected with. */
async function fate(
  script: (peer: Peer) => void | Promise<void>,
  options: ConnectOptions = {},
  raw: string = RAW,
): Promise<SmtpError> {
  await using server = await scripted(script);
  const error = await rejection(
    (async () => {
      await using smtp = await session(server.port, options);
      await smtp.send(mail(raw));
    })(),
  );
  assert.deepEqual(server.failures, []);
  assert.ok(error instanceof SmtpError, String(error));
  return error;
}

/** `code stage delivery retryable`, all in one line. */
function summary({ code, stage, delivery, retryable }: SmtpError): string {
  return `${code} ${stage} ${delivery}${retryable ? " retryable" : ""}`;
}

const end = (peer: Peer): void => peer.end();
const reset = (peer: Peer): void => peer.reset();

for (const [how, die] of [
  ["ends the connection", end],
  ["resets the connection", reset],
] as const) {
  const cases: [string, (peer: Peer) => void | Promise<void>, string, string?][] = [
    ["before the greeting", die, "closed greeting none retryable"],
    [
      "in the middle of the greeting",
      (peer) => {
        peer.write("220 mx.te");
        die(peer);
      },
      "closed greeting none retryable",
    ],
    [
      "at EHLO",
      async (peer) => {
        peer.say("220 x");
        await peer.expect("EHLO client.test\r\n");
        die(peer);
      },
      "closed ehlo none retryable",
    ],
    [
      "in the middle of the EHLO reply",
      async (peer) => {
        peer.say("220 x");
        await peer.expect("EHLO client.test\r\n");
        peer.write("250-x\r\n250-PIPE");
        die(peer);
      },
      "closed ehlo none retryable",
    ],
    [
      "at MAIL",
      async (peer) => {
        await peer.hello();
        await peer.expect("MAIL FROM:<ann@example.com>");
        die(peer);
      },
      "closed mail none retryable",
    ],
    [
      "at RCPT",
      async (peer) => {
        await peer.hello();
        await peer.expect("MAIL FROM:<ann@example.com>\r\n");
        peer.say("250 ok");
        await peer.expect("RCPT TO:<bob@example.org>\r\n");
        die(peer);
      },
      "closed rcpt none retryable",
    ],
    [
      "at DATA",
      async (peer) => {
        await peer.hello();
        await peer.expect("MAIL FROM:<ann@example.com>\r\n");
        peer.say("250 ok");
        await peer.expect("RCPT TO:<bob@example.org>\r\n");
        peer.say("250 ok");
        await peer.expect("DATA\r\n");
        die(peer);
      },
      "closed data none retryable",
    ],
    [
      "after the end of DATA",
      async (peer) => {
        await peer.hello();
        await peer.expect("MAIL FROM:<ann@example.com>\r\n");
        peer.say("250 ok");
        await peer.expect("RCPT TO:<bob@example.org>\r\n");
        peer.say("250 ok");
        await peer.expect("DATA\r\n");
        peer.say("354 go");
        await peer.expect("\r\n.\r\n");
        die(peer);
      },
      "closed end uncertain",
    ],
    [
      "in the middle of the last reply",
      async (peer) => {
        await peer.hello("PIPELINING", "CHUNKING");
        await peer.expect("LAST\r\n");
        peer.write("250 ok\r\n250 ok\r\n250 2.0.0 que");
        die(peer);
      },
      "closed end uncertain",
    ],
    [
      "after the last BDAT, before any reply",
      async (peer) => {
        await peer.hello("PIPELINING", "CHUNKING");
        await peer.expect(`LAST\r\n${RAW}`);
        die(peer);
      },
      "closed end uncertain",
    ],
  ];
  for (const [when, script, expected, raw] of cases)
    test(`a server that ${how} ${when}: ${expected}`, { timeout: 20_000 }, async () => {
      const error = await fate(script, {}, raw);
      // A reset that is early enough is one of connecting.
      const told = how.startsWith("resets")
        ? summary(error).replace("closed connect", "closed greeting")
        : summary(error);
      assert.equal(told, expected);
      assert.match(
        error.message,
        error.delivery === "uncertain"
          ? /the message may have been delivered$/
          : /(nothing was sent|the message was not delivered)$/,
      );
    });
}

test("a server that ends the connection in the middle of large content: not delivered", async () => {
  const error = await fate(
    async (peer) => {
      await peer.hello("PIPELINING", "CHUNKING");
      await peer.expect("RCPT TO:<bob@example.org>\r\n");
      peer.say("250 ok", "250 ok");
      await peer.expect("BDAT ");
      peer.reset();
    },
    {},
    LARGE.repeat(100),
  );
  assert.equal(summary(error), "closed content none retryable");
});

test("messages behind each other each have their own true outcome when the server dies", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING");
    await peer.expect("body 3\r\n");
    // MAIL, RCPT and BDAT of the first message; MAIL of the second, which is refused; the third gets no reply.
    peer.say("250 ok", "250 ok", "250 2.0.0 Ok: queued as A1");
    peer.say("250 ok", "550 5.1.0 no", "554 no", "554 no");
    peer.end();
  });
  const smtp = await session(server.port);
  const outcomes: string[] = [];
  const input = [1, 2, 3].map((index) => mail(`Subject: ${index}\r\n\r\nbody ${index}\r\n`));
  for await (const result of smtp.sendMany([...input, ...input])) outcomes.push(told(result));
  await smtp.close();
  assert.equal(outcomes.length, 6);
  assert.equal(outcomes[0], "A1");
  assert.match(outcomes[1]!, /^(reply|protocol) /);
  for (const outcome of outcomes.slice(2)) assert.match(outcome, /^(closed|protocol) /);
});

function told(result: SendResult): string {
  return result.ok ? (result.receipt.queueId ?? "ok") : summary(result.error);
}

test("after a lost connection every message of sendMany says what is known about it", async () => {
  await using server = await scripted(async (peer) => {
    await peer.hello("PIPELINING", "CHUNKING");
    await peer.expect("body 4\r\n");
    peer.say("250 ok", "250 ok", "250 ok queued as 1", "250 ok", "250 ok", "250 ok", "250 ok queued as 2");
    peer.end();
  });
  const smtp = await session(server.port, { window: 4 });
  const outcomes: string[] = [];
  const input = [1, 2, 3, 4, 5, 6].map((index) => mail(`Subject: ${index}\r\n\r\nbody ${index}\r\n`));
  for await (const result of smtp.sendMany(input)) outcomes.push(told(result));
  await smtp.close();
  assert.deepEqual(outcomes.slice(0, 4), ["1", "2", "closed end uncertain", "closed end uncertain"]);
  for (const outcome of outcomes.slice(4))
    assert.match(outcome, /^closed (end uncertain|\w+ none retryable)$/);
  assert.equal(outcomes.length, 6);
});

const LIARS: [string, (peer: Peer) => void | Promise<void>, string][] = [
  ["greets with garbage", (peer) => peer.say("HTTP/1.1 400 Bad Request"), "protocol greeting none"],
  ["greets with octets", (peer) => void peer.write(Buffer.alloc(5_000, 0x16)), "protocol greeting none"],
  ["turns clients away", (peer) => peer.say("554 5.7.1 go away"), "reply greeting none"],
  ["is busy", (peer) => peer.say("421 4.7.0 too many connections"), "reply greeting none retryable"],
  [
    "sends a line of 10 MB",
    async (peer) => {
      const piece = Buffer.alloc(64 * 1024, "a");
      peer.write("220 ");
      for (let sent = 0; sent < 10_000_000; sent += piece.length)
        if (!peer.write(piece)) await peer.drained();
    },
    "protocol greeting none",
  ],
  [
    "sends a reply without end",
    async (peer) => {
      for (let sent = 0; sent < 100_000; sent++) if (!peer.write("220-and more\r\n")) await peer.drained();
    },
    "protocol greeting none",
  ],
  [
    "answers MAIL with nonsense",
    async (peer) => {
      await peer.hello();
      await peer.expect("MAIL");
      peer.say("fine, go on");
    },
    "protocol mail none",
  ],
  [
    "goes away with 421",
    async (peer) => {
      await peer.hello();
      await peer.expect("MAIL");
      peer.say("421 4.3.2 shutting down");
      peer.end();
    },
    "reply mail none retryable",
  ],
  [
    "sends a reply too many",
    async (peer) => {
      await peer.hello();
      peer.say("250 what?");
      await peer.expect("MAIL");
    },
    "protocol ready none",
  ],
];

for (const [what, script, expected] of LIARS)
  test(`a server that ${what}: ${expected}`, { timeout: 20_000 }, async () => {
    const error = await fate(script);
    // Whoever sends afterwards finds the session closed, and why.
    if (error.code === "closed") assert.equal(summary(error.cause as SmtpError), expected);
    else assert.equal(summary(error), expected);
    if (error.code === "reply") assert.ok(error.reply);
  });

const STALLS: [
  string,
  keyof NonNullable<ConnectOptions["timeouts"]>,
  (peer: Peer) => void | Promise<void>,
  string,
][] = [
  ["never greets", "greeting", () => {}, "timeout greeting none retryable"],
  ["never answers EHLO", "ehlo", (peer) => peer.say("220 x"), "timeout ehlo none retryable"],
  ["never answers MAIL", "mail", (peer) => peer.hello(), "timeout mail none retryable"],
  [
    "never answers RCPT",
    "rcpt",
    async (peer) => {
      await peer.hello();
      await peer.expect("MAIL");
      peer.say("250 ok");
    },
    "timeout rcpt none retryable",
  ],
  [
    "never answers DATA",
    "data",
    async (peer) => {
      await peer.hello();
      await peer.expect("MAIL");
      peer.say("250 ok");
      await peer.expect("RCPT");
      peer.say("250 ok");
    },
    "timeout data none retryable",
  ],
  [
    "never answers the end",
    "end",
    async (peer) => {
      await peer.hello();
      await peer.expect("MAIL");
      peer.say("250 ok");
      await peer.expect("RCPT");
      peer.say("250 ok");
      await peer.expect("DATA");
      peer.say("354 go");
    },
    "timeout end uncertain",
  ],
];

for (const [what, timeout, script, expected] of STALLS)
  test(`a server that ${what}: ${expected}`, { timeout: 20_000 }, async () => {
    const error = await fate(script, { timeouts: { [timeout]: 40 } });
    assert.ok(error instanceof TimeoutError);
    assert.equal(summary(error), expected);
  });

test("a server that stops reading: timeout content none", { timeout: 20_000 }, async () => {
  const error = await fate(
    async (peer) => {
      await peer.hello("PIPELINING", "CHUNKING");
      await peer.expect("RCPT TO:<bob@example.org>\r\n");
      peer.say("250 ok", "250 ok");
      await peer.expect("BDAT ");
      peer.pause();
    },
    { timeouts: { content: 50 } },
    LARGE.repeat(200),
  );
  assert.equal(summary(error), "timeout content none retryable");
});

test(
  "a server that reads nothing but says something is heard while content is stuck",
  { timeout: 20_000 },
  async () => {
    const error = await fate(
      async (peer) => {
        await peer.hello("PIPELINING", "CHUNKING");
        await peer.expect("RCPT TO:<bob@example.org>\r\n");
        peer.say("250 ok", "250 ok");
        await peer.expect("BDAT ");
        peer.pause();
        peer.say("421 4.3.0 disk full");
      },
      {},
      LARGE.repeat(200),
    );
    assert.equal(error.code, "reply");
    assert.equal(error.reply!.code, 421);
    assert.equal(error.delivery, "none");
  },
);

const PHASES: [string, (peer: Peer, reached: () => void) => void | Promise<void>, RegExp][] = [
  ["the greeting", (_, reached) => reached(), /^aborted (connect|greeting) none$/],
  [
    "EHLO",
    async (peer, reached) => {
      peer.say("220 x");
      await peer.expect("EHLO");
      reached();
    },
    /^aborted ehlo none$/,
  ],
];

for (const [phase, script, expected] of PHASES)
  test(`giving up at ${phase}: ${expected.source}`, { timeout: 20_000 }, async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const gone = gate();
    await using server = await scripted(async (peer) => {
      await script(peer, () => controller.abort(reason));
      await peer.gone();
      gone.open();
    });
    const error = await rejection(session(server.port, { signal: controller.signal }));
    assert.ok(error instanceof AbortedError);
    assert.match(summary(error), expected);
    assert.equal(error.cause, reason);
    await gone.opened;
  });

const SEND_PHASES: [string, string, (peer: Peer, reached: () => void) => Promise<void>, RegExp][] = [
  [
    "MAIL",
    RAW,
    async (peer, reached) => {
      await peer.hello();
      await peer.expect("MAIL");
      reached();
    },
    /^aborted (mail|rcpt) none$/,
  ],
  [
    "RCPT",
    RAW,
    async (peer, reached) => {
      await peer.hello();
      await peer.expect("MAIL");
      peer.say("250 ok");
      await peer.expect("RCPT");
      reached();
    },
    /^aborted rcpt none$/,
  ],
  [
    "content",
    LARGE.repeat(100),
    async (peer, reached) => {
      await peer.hello("PIPELINING", "CHUNKING");
      await peer.expect("RCPT TO:<bob@example.org>\r\n");
      peer.say("250 ok", "250 ok");
      await peer.expect("BDAT ");
      peer.pause();
      reached();
    },
    /^aborted content none$/,
  ],
  [
    "the end",
    RAW,
    async (peer, reached) => {
      await peer.hello("PIPELINING", "CHUNKING");
      await peer.expect(`LAST\r\n${RAW}`);
      reached();
    },
    /^aborted end uncertain$/,
  ],
];

for (const [phase, raw, script, expected] of SEND_PHASES)
  test(`giving a message up at ${phase}: ${expected.source}`, { timeout: 20_000 }, async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    await using server = await scripted((peer) => script(peer, () => controller.abort(reason)));
    const whole = new AbortController();
    const smtp = await session(server.port, { signal: whole.signal });
    const error = await rejection(smtp.send(mail(raw), { signal: controller.signal }));
    assert.ok(error instanceof AbortedError, String(error));
    assert.match(summary(error), expected);
    assert.equal(error.cause, reason);
    whole.abort();
    await smtp.close();
    assert.deepEqual(server.failures, []);
  });

for (const [what, raw] of [
  ["sendMany", RAW],
  ["a source that never gives anything", undefined],
] as const)
  test(`giving up ${what}`, { timeout: 20_000 }, async () => {
    const controller = new AbortController();
    await using server = await scripted(async (peer) => {
      await peer.hello("PIPELINING", "CHUNKING");
      if (raw === undefined) return;
      await peer.expect("LAST\r\n");
      controller.abort();
    });
    const whole = new AbortController();
    const smtp = await session(server.port, { signal: whole.signal, window: 2 });
    if (raw === undefined) {
      let cancelled = false;
      const hanging = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
      const { envelope } = mail("");
      const sent = smtp.send({ envelope, raw: hanging }, { signal: controller.signal });
      controller.abort();
      assert.ok((await rejection(sent)) instanceof AbortedError);
      assert.equal(cancelled, true);
    } else {
      const results: string[] = [];
      const error = await rejection(
        (async () => {
          const messages = Array.from({ length: 10 }, () => mail(raw));
          for await (const result of smtp.sendMany(messages, { signal: controller.signal }))
            results.push(told(result));
        })(),
      );
      assert.ok(error instanceof AbortedError);
      assert.equal(results.length, 2);
      for (const result of results) assert.match(result, /^aborted /);
    }
    whole.abort();
    await smtp.close();
  });

test(
  "the errors of a dead session are ClosedErrors with the reason as their cause",
  { timeout: 20_000 },
  async () => {
    await using server = await scripted(async (peer) => {
      await peer.hello();
      await peer.expect("NOOP");
      peer.write("nonsense\r\n");
    });
    const smtp = await session(server.port);
    assert.ok((await rejection(smtp.verify())) instanceof ProtocolError);
    const error = await rejection(smtp.send(mail(RAW)));
    assert.ok(error instanceof ClosedError);
    assert.ok(error.cause instanceof ProtocolError);
    await smtp.close();
  },
);
