/** Captures of packets, dissected: every file, every link, whatever TCP does to the order of things. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { dissect, InputError } from "edgepost";
import type { Trace, TraceSession } from "edgepost";
import { Connection, LINK, type Packet, pcap, pcapng } from "../support/pcap.js";

const GREETING = "220 mx.example ESMTP\r\n";
const OFFER = "250-mx.example\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n";
const CONTENT = "Subject: hi\r\n\r\nHello.\r\n..dot\r\n.\r\n";

/** A whole session, in which the client pipelines. */
function session(connection: Connection = new Connection()): Connection {
  return connection
    .open()
    .server(GREETING)
    .client("EHLO client.example\r\n")
    .server(OFFER)
    .client("MAIL FROM:<ann@example.com>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\n")
    .server("250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 Go on\r\n")
    .client(CONTENT)
    .server("250 2.0.0 queued as 1\r\n")
    .client("QUIT\r\n")
    .server("221 2.0.0 Bye\r\n")
    .close("client")
    .close("server");
}

const WHOLE = [
  "S: 220 mx.example ESMTP",
  "C: EHLO client.example",
  "S: 250-mx.example|250-PIPELINING|250 SIZE 1000000",
  "C: MAIL FROM:<ann@example.com>",
  "C: RCPT TO:<bob@example.net>",
  "C: DATA",
  "S: 250 2.1.0 OK",
  "S: 250 2.1.5 OK",
  "S: 354 Go on",
  "C: 29 octets of content",
  "S: 250 2.0.0 queued as 1",
  "C: QUIT",
  "S: 221 2.0.0 Bye",
  "C: closed by the client",
  "S: closed by the server",
];

const shown = ({ steps }: TraceSession): string[] =>
  steps.map(
    ({ from, text }) => `${{ client: "C", server: "S", link: "-" }[from]}: ${text.replaceAll("\n", "|")}`,
  );

async function only(capture: Uint8Array): Promise<TraceSession> {
  const { sessions } = await dissect(capture);
  assert.equal(sessions.length, 1);
  return sessions[0]!;
}

const rules = ({ diagnosis }: TraceSession): string[] => diagnosis.map(({ rule }) => rule);

describe("a session is read whole from", () => {
  for (const [name, write] of Object.entries({ pcap, pcapng }))
    for (const little of [true, false])
      for (const nano of [true, false])
        test(`${name}, ${little ? "little" : "big"} end first, in ${nano ? "nanoseconds" : "microseconds"}`, async () => {
          const trace = await dissect(write(session().packets, { little, nano }));
          assert.equal(trace.format, name);
          assert.deepEqual(trace.notes, []);
          const [one] = trace.sessions;
          assert.deepEqual(shown(one!), WHOLE);
          assert.equal(one!.began?.toISOString(), "2026-03-03T10:00:00.003Z");
          assert.equal(one!.resolution, nano ? 1e-6 : 1e-3);
          assert.equal(one!.steps[1]!.at, 1);
          assert.deepEqual(one!.client, { address: "192.0.2.1", port: 40000 });
          assert.deepEqual(one!.server, { address: "192.0.2.25", port: 25 });
        });

  for (const [name, link] of Object.entries(LINK).filter(([name]) => name !== "ipv6"))
    test(`a link of the kind ${name}`, async () => {
      assert.deepEqual(shown(await only(pcap(session().packets, { link }))), WHOLE);
    });

  test("virtual LANs in each other", async () => {
    assert.deepEqual(shown(await only(pcap(session().packets, { tags: 2 }))), WHOLE);
  });

  test("IPv6, whose addresses are written as RFC 5952 has it", async () => {
    const connection = new Connection(
      { address: "2001:db8::1:0:0:2", port: 40000 },
      { address: "::1", port: 587 },
    );
    for (const link of [LINK.ethernet, LINK.null, LINK.cooked2, LINK.ipv6]) {
      const one = await only(pcap(session(connection).packets.splice(0), { link }));
      assert.deepEqual(shown(one), WHOLE);
      assert.deepEqual([one.client?.address, one.server?.address], ["2001:db8::1:0:0:2", "::1"]);
    }
  });
});

describe("TCP", () => {
  const read = async (order: (packets: Packet[]) => Packet[]): Promise<TraceSession> =>
    only(pcap(session().arranged(order)));

  test("packets that came twice are read once, and counted", async () => {
    const one = await read((packets) => packets.flatMap((packet) => [packet, packet]));
    assert.deepEqual(shown(one), WHOLE);
    assert.match(one.notes[0]!.message, /^9 segments came more than once\.$/);
  });

  test("packets that overtook each other are put in order", async () => {
    const connection = new Connection().open().server(GREETING);
    for (const piece of ["EH", "LO cli", "ent.exa", "mple\r\n"]) connection.client(piece);
    connection.server(OFFER);
    const one = await only(
      pcap(
        connection.arranged((packets) => [
          ...packets.slice(0, 4),
          ...packets.slice(4, 8).reverse(),
          packets[8]!,
        ]),
      ),
    );
    assert.deepEqual(shown(one).slice(0, 3), WHOLE.slice(0, 3));
  });

  test("segments that overlap are read once, whatever came first", async () => {
    const connection = new Connection().open().server(GREETING).client("EHLO client");
    connection
      .lose("client", -5)
      .client("lient.example\r\n")
      .lose("client", -9)
      .client("ample\r\n")
      .lose("client", 2);
    const one = await only(pcap(connection.packets));
    assert.deepEqual(shown(one).slice(0, 2), WHOLE.slice(0, 2));
  });

  test("sequence numbers begin anew", async () => {
    for (const sequence of [0xffffffff, 0xfffffff0, 0x7ffffff0, 0])
      assert.deepEqual(
        shown(await only(pcap(session(new Connection(undefined, undefined, sequence)).packets))),
        WHOLE,
      );
  });

  test("what the capture has not is a gap in its place, and said plainly", async () => {
    const connection = new Connection()
      .open()
      .server(GREETING)
      .client("EHLO client.example\r\n")
      .server(OFFER);
    connection.client("MAIL FROM:<ann@ex").lose("client", 12).client("RCPT TO:<bob@example.net>\r\n");
    connection.server("250 OK\r\n").server("250 OK\r\n").client("QUIT\r\n");
    assert.deepEqual(shown(await only(pcap(connection.packets))).slice(3), [
      "C: MAIL FROM:<ann@ex [12 octets missing]",
      "C: [12 octets are missing in the recording]",
      "C: RCPT TO:<bob@example.net>",
      "S: 250 OK",
      "S: 250 OK",
      "C: QUIT",
    ]);
  });

  test("content with a gap ends where it is answered", async () => {
    const connection = new Connection().open().server(GREETING).client("HELO a\r\n").server("250 mx\r\n");
    connection
      .client("MAIL FROM:<a@b.c>\r\n")
      .server("250 OK\r\n")
      .client("RCPT TO:<d@e.f>\r\n")
      .server("250 OK\r\n");
    connection
      .client("DATA\r\n")
      .server("354 Go on\r\n")
      .client("Subject: x\r\n\r\nabc")
      .lose("client", 1000);
    connection.server("250 queued\r\n").client("QUIT\r\n").server("221 bye\r\n");
    const one = await only(pcap(connection.packets));
    assert.deepEqual(shown(one).slice(8), [
      "S: 354 Go on",
      "C: [1,000 octets are missing in the recording]",
      "C: 19 octets of content, and 1,000 octets that are missing",
      "S: 250 queued",
      "C: QUIT",
      "S: 221 bye",
    ]);
    assert.deepEqual(one.messages[0]!.recipients, [{ recipient: "d@e.f", status: "accepted", step: 11 }]);
  });

  test("a chunk keeps its size over a gap", async () => {
    const connection = new Connection()
      .open()
      .server(GREETING)
      .client("EHLO a\r\n")
      .server("250-mx\r\n250 CHUNKING\r\n");
    connection
      .client("MAIL FROM:<a@b.c>\r\n")
      .server("250 OK\r\n")
      .client("RCPT TO:<d@e.f>\r\n")
      .server("250 OK\r\n");
    connection
      .client("BDAT 3000 LAST\r\n")
      .client("x".repeat(1000))
      .lose("client", 1500)
      .client("y".repeat(500));
    connection.server("250 OK\r\n").client("QUIT\r\n");
    assert.deepEqual(shown(await only(pcap(connection.packets))).slice(7), [
      "C: BDAT 3000 LAST",
      "C: [1,500 octets are missing in the recording]",
      "C: 3,000 octets of content, and 1,500 octets that are missing",
      "S: 250 OK",
      "C: QUIT",
    ]);
  });

  test("packets that were captured in part leave gaps", async () => {
    const long = new Connection()
      .open()
      .server(GREETING)
      .client(`EHLO ${"x".repeat(300)}\r\n`)
      .server("250 mx\r\n");
    const texts = shown(await only(pcap(long.packets, { snap: 100 })));
    assert.ok(texts.includes("C: [261 octets are missing in the recording]"), texts.join("\n"));
    assert.equal(texts.at(-1), "S: 250 mx");
  });

  test("a password whose AUTH nobody captured is not shown", async () => {
    const connection = new Connection()
      .open()
      .server(GREETING)
      .lose("client", 12)
      .server("334 VXNlcm5hbWU6\r\n");
    connection
      .client("YW5u\r\n")
      .server("334 UGFzc3dvcmQ6\r\n")
      .client("c2VjcmV0MTIzNA==\r\n")
      .server("235 ok\r\n");
    connection.client("c2VjcmV0MTIzNA==\r\n").server("500 what?\r\n");
    const trace = JSON.stringify(await dissect(pcap(connection.packets)));
    assert.doesNotMatch(trace, /c2Vj|YW5u/);
  });
});

test("limits hold for captures, too, and are said", async () => {
  const captured = pcap(
    [1, 2, 3].flatMap((port) => session(new Connection({ address: "192.0.2.1", port })).packets),
  );
  const few = await dissect(captured, { limits: { sessions: 2 } });
  assert.deepEqual([few.sessions.length, few.notes.length], [2, 1]);
  const short = await dissect(captured, { limits: { steps: 20 } });
  assert.deepEqual(
    short.sessions.map(({ steps }) => steps.length),
    [15, 5],
  );
  assert.match(short.notes[0]!.message, /^Left out: all steps after the first 20/);
});

describe("which side is the client", () => {
  const ends = [
    { address: "192.0.2.1", port: 2600 },
    { address: "192.0.2.2", port: 40000 },
  ] as const;

  test("is told by SYN", async () => {
    const [server, client] = ends;
    assert.equal((await only(pcap(session(new Connection(client, server)).packets))).server!.port, 2600);
    assert.equal((await only(pcap(session(new Connection(server, client)).packets))).server!.port, 40000);
  });

  test("is told by the port, and by who greets, where the beginning is missing", async () => {
    for (const [client, server] of [ends, [...ends].reverse()] as const) {
      const packets = session(new Connection(client, server)).packets.slice(2);
      assert.deepEqual((await only(pcap(packets))).server, server);
    }
    const late = session(new Connection(ends[1], { ...ends[0], port: 25 })).packets.slice(10);
    assert.equal((await only(pcap(late))).server!.port, 25);
  });
});

test("a capture has all its SMTP sessions, in their order, and a note of what else is in it", async () => {
  const one = session();
  const again = session(new Connection(undefined, undefined, 1000)).wait(1);
  const other = session(
    new Connection({ address: "192.0.2.9", port: 50000 }, { address: "192.0.2.26", port: 2626 }),
  );
  const web = new Connection(
    { address: "192.0.2.9", port: 50001 },
    { address: "192.0.2.80", port: 80 },
  ).open();
  web.client("GET / HTTP/1.1\r\n\r\n").server("HTTP/1.1 200 OK\r\n\r\n");
  const mixed = one.packets.flatMap((packet, i) => [
    packet,
    other.packets[i]!,
    ...(web.packets[i] ? [web.packets[i]!] : []),
  ]);
  const trace = await dissect(pcap([...mixed, ...again.packets]));
  assert.deepEqual(
    trace.sessions.map(({ client }) => client!.address),
    ["192.0.2.1", "192.0.2.9", "192.0.2.1"],
  );
  for (const found of trace.sessions) assert.deepEqual(shown(found), WHOLE);
  assert.deepEqual(trace.notes, [{ message: "Left out: 1 TCP connection without SMTP." }]);
});

describe("TLS", () => {
  const record = (type: number, octets: number[]): string =>
    String.fromCharCode(type, 3, 3, octets.length >> 8, octets.length & 255, ...octets);

  test("shows after STARTTLS as so many sealed octets", async () => {
    const connection = new Connection()
      .open()
      .server(GREETING)
      .client("EHLO a\r\n")
      .server("250-mx\r\n250 STARTTLS\r\n");
    connection
      .client("STARTTLS\r\n")
      .server("220 Go on\r\n")
      .client(record(22, [1, 2, 3]))
      .server(record(22, [2, 2]));
    connection
      .client(record(23, Array<number>(300).fill(65)))
      .close("client")
      .close("server");
    const one = await only(pcap(connection.packets));
    assert.deepEqual(shown(one).slice(5), [
      "C: 313 octets of TLS records",
      "C: closed by the client",
      "S: 7 octets of TLS records",
      "S: closed by the server",
    ]);
    assert.equal(one.tls, "starttls");
    assert.deepEqual(rules(one), ["tls-sealed"]);
  });

  test("from the first octet on is a session all the same, on the ports that are for it", async () => {
    const connection = new Connection(undefined, { address: "192.0.2.25", port: 465 }).open();
    connection
      .client(record(22, [1]))
      .server(record(22, [2]))
      .close("client")
      .close("server");
    const one = await only(pcap(connection.packets));
    assert.equal(one.tls, "implicit");
    assert.deepEqual(rules(one), ["tls-sealed"]);
  });

  test("that fails says who complained of what", async () => {
    const connection = new Connection()
      .open()
      .server(GREETING)
      .client("EHLO a\r\n")
      .server("250-mx\r\n250 STARTTLS\r\n");
    connection
      .client("STARTTLS\r\n")
      .server("220 Go on\r\n")
      .client(record(22, [1, 2, 3]))
      .server(record(22, [2, 2]));
    connection
      .client(record(21, [2, 48]))
      .close("client")
      .close("server");
    const one = await only(pcap(connection.packets));
    const failed = one.diagnosis.find(({ rule }) => rule === "tls-failed");
    assert.equal(
      failed?.message,
      "The TLS handshake failed: the client complained of a certificate of an unknown authority (alert 48).",
    );
  });
});

describe("what only a capture shows", () => {
  const until = (text: string): Connection => {
    const connection = new Connection().open().server(GREETING).client("HELO a\r\n").server("250 mx\r\n");
    connection
      .client("MAIL FROM:<a@b.c>\r\n")
      .server("250 OK\r\n")
      .client("RCPT TO:<d@e.f>\r\n")
      .server("250 OK\r\n");
    return connection.client("DATA\r\n").server("354 Go on\r\n").client(text);
  };

  test("bare LF and CR in content, and lines that are too long", async () => {
    const one = await only(
      pcap(until(`a\nb\rc\r\n${"x".repeat(1200)}\r\n.\r\n`).server("250 OK\r\n").packets),
    );
    const found = one.diagnosis.filter(({ rule }) => rule.startsWith("content-"));
    assert.deepEqual(
      found.map(({ rule, step, severity }) => [rule, step, severity]),
      [
        ["content-bare-lf", 9, "error"],
        ["content-bare-cr", 9, "error"],
        ["content-long-line", 9, "warning"],
      ],
    );
    assert.match(found[2]!.message, /^The longest line of the content has 1202 octets/);
  });

  test("a connection that is lost after the end of the content leaves it uncertain", async () => {
    for (const close of [
      (one: Connection) => one.reset("server"),
      (one: Connection) => one.close("server"),
    ]) {
      const one = await only(pcap(close(until("a\r\n.\r\n")).packets));
      const [lost] = one.diagnosis.filter(({ severity }) => severity === "error");
      assert.deepEqual([lost!.rule, lost!.reference], ["lost-uncertain", "RFC 1047"]);
      assert.deepEqual(one.messages[0]!.recipients, [{ recipient: "d@e.f", status: "uncertain" }]);
    }
  });

  test("content that is cut off was not delivered", async () => {
    const one = await only(pcap(until("a\r\nb").reset("client").packets));
    assert.ok(rules(one).includes("content-cut-off"));
    assert.deepEqual(one.messages[0]!.recipients, [{ recipient: "d@e.f", status: "notSent" }]);
  });

  test("a client that speaks first", async () => {
    const one = await only(pcap(new Connection().open().client("EHLO a\r\n").server(GREETING).packets));
    assert.ok(rules(one).includes("early-talk"));
  });

  test("a server that refuses the connection, or never answers", async () => {
    const refused = new Connection();
    refused.open();
    const [syn] = refused.packets.splice(0);
    const reset = refused.reset("server").packets[0]!;
    assert.match(
      (await only(pcap([syn!, reset]))).diagnosis[0]!.message,
      /^The server refused the connection/,
    );
    assert.match((await only(pcap([syn!, syn!]))).diagnosis[0]!.message, /^The server did not answer/);
  });

  test("how long the client waited", async () => {
    const connection = new Connection()
      .open()
      .server(GREETING)
      .client("HELO a\r\n")
      .wait(3999)
      .server("250 mx\r\n");
    const one = await only(pcap(connection.packets));
    const [slow] = one.diagnosis.filter(({ rule }) => rule === "slow-reply");
    assert.deepEqual([slow!.message, slow!.step], ["The client waited 4.0 s for the reply to HELO.", 2]);
    assert.deepEqual([one.steps[2]!.answers, one.steps[2]!.waited], [1, 4000]);
    const patient = await dissect(pcap(connection.packets), { slow: 5000 });
    assert.ok(!rules(patient.sessions[0]!).includes("slow-reply"));
  });
});

describe("a file that is broken", () => {
  const all = { pcap: pcap(session().packets), pcapng: pcapng(session().packets) };

  /** A trace, or an InputError in words; never anything else. */
  async function survives(octets: Uint8Array): Promise<Trace | undefined> {
    try {
      return await dissect(octets);
    } catch (error) {
      assert.ok(error instanceof InputError, String((error as Error).stack));
      assert.ok(error.message.length > 20, error.message);
      return undefined;
    }
  }

  for (const [name, whole] of Object.entries(all)) {
    test(`${name}, at every length, gives what is there and says that it is cut`, async () => {
      for (let length = 0; length < whole.length; length++) {
        const trace = await survives(whole.subarray(0, length));
        for (const one of trace?.sessions ?? [])
          assert.deepEqual(shown(one).slice(0, 1), shown(one).length > 0 ? WHOLE.slice(0, 1) : []);
        assert.ok(trace === undefined || trace.notes.length <= 1);
      }
    });

    test(`${name}, with octets changed at random, is read or refused`, async () => {
      let seed = 1;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      for (let round = 0; round < 1500; round++) {
        const octets = whole.slice();
        for (let changes = 1 + random(8); changes > 0; changes--) octets[random(octets.length)] = random(256);
        await survives(octets);
      }
    });
  }

  test("without SMTP in it is an error that says what is there", async () => {
    const web = new Connection(undefined, { address: "192.0.2.80", port: 80 })
      .open()
      .client("GET / HTTP/1.1\r\n\r\n");
    await assert.rejects(
      dissect(pcap(web.packets)),
      /no SMTP session in this capture. Left out: 1 TCP connection/,
    );
    await assert.rejects(dissect(pcap([])), /no SMTP session in this capture/);
  });
});

test("reading takes time in proportion to the capture, also of segments in the worst order", async () => {
  const capture = (count: number): Uint8Array => {
    const connection = new Connection().open().server(GREETING);
    for (let i = 0; i < count; i++) connection.client("NOOP\r\n");
    return pcap(connection.arranged((packets) => [...packets.slice(0, 4), ...packets.slice(4).reverse()]));
  };
  const time = async (octets: Uint8Array): Promise<number> => {
    let best = Infinity;
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      await dissect(octets);
      best = Math.min(best, performance.now() - began);
    }
    return best;
  };
  const [few, many] = [capture(2_000), capture(20_000)];
  await time(few);
  const [short, long] = [await time(few), await time(many)];
  assert.ok(long < short * 40, `${short} ms for 2,000 packets, ${long} ms for 20,000`);
});
