/** Node's sockets: TCP, implicit TLS and STARTTLS on both sides, certificates, and listeners. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import test, { after, before } from "node:test";

import {
  AbortedError,
  ClosedError,
  connect,
  InputError,
  serve,
  SmtpError,
  TimeoutError,
  TlsError,
} from "edgepost";
import type { ConnectOptions, ServerHandlers, Step, Transport } from "edgepost";
import { listen, tcp } from "edgepost/node";
import type { Listener, ListenOptions, TlsOptions } from "edgepost/node";

import { certificates, type Certificates } from "../support/certificates.js";
import { freePorts } from "../support/ports.js";
import { temporary, type Temporary } from "../support/temporary.js";
import { gate, keeper, mail, rejection, scripted } from "./support.js";

let directory: Temporary;
let made: Certificates;

before(async () => {
  directory = await temporary();
  made = await certificates(directory.path);
});
after(() => directory.remove());

/** Our own server on a port of its own, until the end of the block. */
async function serving(
  options: Partial<ListenOptions> = {},
  handlers: ServerHandlers = keeper().handlers,
): Promise<Listener> {
  const listener = listen({ port: 0, host: "127.0.0.1", ...options });
  void (async () => {
    for await (const transport of listener) void serve(transport, handlers, { name: "mx.test" });
  })();
  await listener.ready;
  return listener;
}

function tlsOf(
  name: "good" | "expired" | "wrongName" | "unknownCa",
  implicit = false,
): Partial<ListenOptions> {
  const { cert, key } = made[name];
  return { tls: { cert, key, implicit } };
}

function session(
  port: number,
  tls: TlsOptions | undefined,
  options: ConnectOptions = {},
): ReturnType<typeof connect> {
  return connect(tcp({ host: "localhost", port, ...(tls && { tls }) }), { name: "client.test", ...options });
}

// covers: RFC 8314 section 3.3 both
// covers: RFC 3207 both
for (const mode of ["off", "required", "opportunistic", "implicit"] as const)
  test(`a message goes over TCP with tls "${mode}"`, async () => {
    const { kept, errors, handlers } = keeper();
    await using listener = await serving(mode === "off" ? {} : tlsOf("good", mode === "implicit"), handlers);
    await using smtp = await session(listener.port, { ca: made.ca }, { tls: mode });
    assert.equal(smtp.secure, mode !== "off");
    await smtp.send(mail("Subject: x\r\n\r\nx\r\n"));
    assert.equal(kept.length, 1);
    await smtp.close();
    assert.deepEqual(errors, []);
  });

test("the EHLO name is the address of this end, and the server knows the client's", async () => {
  const seen = gate<unknown[]>();
  await using listener = await serving(
    {},
    { onMail: (_from, _params, { name, remote }) => seen.open([name, remote!.address]), onMessage() {} },
  );
  await using smtp = await connect(tcp({ host: "127.0.0.1", port: listener.port }), { tls: "off" });
  await smtp.send(mail("x"));
  assert.deepEqual(await seen.opened, ["[127.0.0.1]", "127.0.0.1"]);
});

for (const implicit of [false, true]) {
  const tls = implicit ? "implicit" : "required";
  const stage = implicit ? "connect" : "starttls";
  const cases: [string, Parameters<typeof tlsOf>[0], () => TlsOptions | undefined, RegExp, string][] = [
    ["has expired", "expired", () => ({ ca: made.ca }), /expired/, "CERT_HAS_EXPIRED"],
    [
      "is for another name",
      "wrongName",
      () => ({ ca: made.ca }),
      /another name/,
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    ["comes from an unknown authority", "unknownCa", () => ({ ca: made.ca }), /authority/, ""],
    ["is checked by default", "good", () => undefined, /authority/, ""],
  ];
  for (const [what, name, options, words, code] of cases)
    test(`a certificate that ${what}: TlsError at ${stage}`, async () => {
      await using listener = await serving(tlsOf(name, implicit));
      const error = await rejection(session(listener.port, options(), { tls }));
      assert.ok(error instanceof TlsError, String(error));
      assert.equal(error.stage, stage);
      assert.match(error.message, words);
      assert.match(error.message, /nothing was sent$/);
      assert.equal(error.delivery, "none");
      if (code !== "") assert.equal((error.cause as { code: string }).code, code);
      else assert.ok(error.cause instanceof Error);
    });

  test(`a certificate may be for the name that is asked for (${tls})`, async () => {
    await using listener = await serving(tlsOf("wrongName", implicit));
    await using smtp = await session(listener.port, { ca: made.ca, servername: "wrong.test" }, { tls });
    assert.equal(smtp.secure, true);
  });

  test(`a certificate is not checked when that is asked for (${tls})`, async () => {
    await using listener = await serving(tlsOf("unknownCa", implicit));
    await using smtp = await session(listener.port, { rejectUnauthorized: false }, { tls });
    assert.equal(smtp.secure, true);
  });
}

test("a failed handshake on a traced session is the same error", async () => {
  await using listener = await serving(tlsOf("expired"));
  const error = await rejection(session(listener.port, { ca: made.ca }, { trace() {} }));
  assert.ok(error instanceof TlsError, String(error));
  assert.match(error.message, /expired/);
});

test("an IP address is checked against the certificate too", async () => {
  await using listener = await serving(tlsOf("good"));
  await using smtp = await connect(tcp({ host: "127.0.0.1", port: listener.port, tls: { ca: made.ca } }));
  assert.equal(smtp.secure, true);
  await smtp.close();
  await using other = await serving(tlsOf("wrongName"));
  const error = await rejection(connect(tcp({ host: "127.0.0.1", port: other.port, tls: { ca: made.ca } })));
  assert.ok(error instanceof TlsError);
});

test("nobody on the port: ClosedError at connect", async () => {
  const [port] = await freePorts(1);
  const error = await rejection(session(port!, undefined));
  assert.ok(error instanceof ClosedError);
  assert.equal(error.stage, "connect");
  assert.equal(error.retryable, true);
  assert.match(error.message, /ECONNREFUSED.*nothing was sent$/);
});

test("a name that does not exist: ClosedError at connect", async () => {
  const error = await rejection(connect(tcp({ host: "no-such-host.invalid", port: 25 })));
  assert.ok(error instanceof ClosedError);
  assert.equal(error.stage, "connect");
});

test("TLS to a server that speaks none: TlsError", async () => {
  await using listener = await serving();
  const error = await rejection(session(listener.port, undefined, { tls: "implicit" }));
  assert.ok(error instanceof TlsError, String(error));
  assert.equal(error.stage, "connect");
});

test("a server that never finishes the TLS handshake: timeouts", async () => {
  await using server = await scripted(() => {});
  const error = await rejection(
    session(server.port, undefined, { tls: "implicit", timeouts: { connect: 50 } }),
  );
  assert.ok(error instanceof TimeoutError);
  assert.equal(error.stage, "connect");

  await using starting = await scripted(async (peer) => {
    await peer.hello("STARTTLS");
    await peer.expect("STARTTLS\r\n");
    peer.say("220 go");
  });
  const second = await rejection(session(starting.port, undefined, { timeouts: { handshake: 50 } }));
  assert.ok(second instanceof TimeoutError);
  assert.equal(second.stage, "starttls");
});

test("plaintext behind the reply to STARTTLS is never taken for the server's words", async () => {
  for (const together of [true, false]) {
    await using server = await scripted(async (peer) => {
      await peer.hello("STARTTLS");
      await peer.expect("STARTTLS\r\n");
      if (together) peer.say("220 go", "250-x", "250 AUTH PLAIN");
      else {
        peer.say("220 go");
        // The client says nothing in clear any more; what comes is its handshake.
        await peer.expect("\x16\x03");
        peer.say("250-x", "250 AUTH PLAIN");
      }
    });
    const error = await rejection(
      session(server.port, { rejectUnauthorized: false }, { auth: { user: "a", pass: "b" } }),
    );
    assert.ok(error instanceof SmtpError);
    assert.ok(["protocol", "tls"].includes(error.code), String(error));
    assert.equal(error.stage, "starttls");
    assert.deepEqual(server.failures, []);
  }
});

test("a client that asks for STARTTLS and then says nothing is closed after the timeout", async () => {
  const errors: SmtpError[] = [];
  const { cert, key } = made.good;
  await using listener = listen({ port: 0, host: "127.0.0.1", tls: { cert, key } });
  await listener.ready;
  const iterator = listener[Symbol.asyncIterator]();
  await using client = await tcp({ host: "127.0.0.1", port: listener.port }).open({ implicitTls: false });
  const { value } = (await iterator.next()) as { value: Transport };
  const served = serve(
    value,
    { onError: (error) => void errors.push(error as SmtpError) },
    { timeouts: { handshake: 50 } },
  );
  const writer = client.writable.getWriter();
  await writer.write(new TextEncoder().encode("EHLO x.test\r\n"));
  await writer.write(new TextEncoder().encode("STARTTLS\r\n"));
  const text = await new Response(client.readable).text().catch(() => "reset");
  await served;
  assert.match(text, /\r\n220 .*\r\n$|reset/);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["timeout"],
  );
});

test("a session on sockets can be traced, across STARTTLS", async () => {
  const steps: Step[] = [];
  const { kept, handlers } = keeper();
  await using listener = await serving(tlsOf("good"), handlers);
  const trace = (step: Step): void => void steps.push(step);
  await using smtp = await session(listener.port, { ca: made.ca }, { trace });
  await smtp.send(mail("Subject: x\r\n\r\n" + "a line\r\n".repeat(50_000)));
  await smtp.close();
  assert.equal(kept.length, 1);
  const verbs = steps
    .filter(({ from, kind }) => from === "client" && kind === "command")
    .map(({ verb }) => verb);
  assert.deepEqual([...new Set(verbs)], ["EHLO", "STARTTLS", "MAIL", "RCPT", "BDAT", "QUIT"]);
});

test("giving up while connecting leaves nothing open", async () => {
  const controller = new AbortController();
  const gone = gate();
  await using server = await scripted(async (peer) => {
    controller.abort();
    await peer.gone();
    gone.open();
  });
  const error = await rejection(
    session(server.port, undefined, { tls: "implicit", signal: controller.signal }),
  );
  assert.ok(error instanceof AbortedError);
  assert.equal(error.stage, "connect");
  await gone.opened;
  const before = await rejection(session(server.port, undefined, { signal: AbortSignal.abort() }));
  assert.ok(before instanceof AbortedError);
});

test("a client that breaks off the TLS handshake does no harm", async () => {
  for (const implicit of [false, true]) {
    const { kept, handlers } = keeper();
    await using listener = await serving(tlsOf("good", implicit), handlers);
    const error = await rejection(
      session(listener.port, undefined, { tls: implicit ? "implicit" : "required" }),
    );
    assert.ok(error instanceof TlsError);
    await using smtp = await session(
      listener.port,
      { ca: made.ca },
      { tls: implicit ? "implicit" : "required" },
    );
    await smtp.send(mail("x"));
    assert.equal(kept.length, 1);
  }
});

test("a listener gives out connections, and close ends the iteration", async () => {
  const listener = listen({ port: 0, host: "127.0.0.1" });
  assert.throws(() => listener.port, InputError);
  await listener.ready;
  assert.ok(listener.port > 0);
  assert.equal(listener.address, "127.0.0.1");
  const iterator = listener[Symbol.asyncIterator]();
  const client = await tcp({ host: "127.0.0.1", port: listener.port }).open({ implicitTls: false });
  const { value } = (await iterator.next()) as { value: Transport };
  assert.equal(value.remote!.port, client.local!.port);
  const next = iterator.next();
  await listener.close();
  assert.equal((await next).done, true);
  assert.equal((await iterator.next()).done, true);
  await Promise.all([value.close(), client.close()]);
  await listener.close();
});

test("the signal stops a listener, and connections that nobody took are closed", async () => {
  const controller = new AbortController();
  const listener = listen({ port: 0, host: "127.0.0.1", signal: controller.signal });
  await listener.ready;
  const client = await tcp({ host: "127.0.0.1", port: listener.port }).open({ implicitTls: false });
  const second = await tcp({ host: "127.0.0.1", port: listener.port }).open({ implicitTls: false });
  // The first is taken, so both have arrived at the listener or will be refused.
  const { value } = (await listener[Symbol.asyncIterator]().next()) as { value: Transport };
  controller.abort();
  const { done } = await second.readable
    .getReader()
    .read()
    .catch(() => ({ done: true }));
  assert.equal(done, true);
  await Promise.all([client.close(), second.close(), value.close()]);
});

test("a port that is taken: ClosedError, from ready and from the iteration", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const listener = listen({ port, host: "127.0.0.1" });
  assert.ok((await rejection(listener.ready)) instanceof ClosedError);
  assert.ok((await rejection(listener[Symbol.asyncIterator]().next())) instanceof ClosedError);
  await new Promise((resolve) => other.close(resolve));
});

test("options of tcp and listen are checked", () => {
  assert.throws(() => tcp({ host: "", port: 25 }), InputError);
  assert.throws(() => tcp({ host: "x", port: 0 }), InputError);
  assert.throws(() => tcp({ host: "x", port: 65_536 }), InputError);
  assert.throws(() => listen({ port: -1 }), InputError);
  assert.throws(() => listen({ port: 0, tls: { cert: "nonsense", key: "nonsense" } }), InputError);
});

test("a client that half-closes after its commands still gets its replies", async () => {
  const { kept, handlers } = keeper();
  await using listener = await serving({}, handlers);
  await using client = await tcp({ host: "127.0.0.1", port: listener.port }).open({ implicitTls: false });
  const writer = client.writable.getWriter();
  void writer.write(
    new TextEncoder().encode(
      "EHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nBDAT 3 LAST\r\nx\r\nQUIT\r\n",
    ),
  );
  await writer.close();
  const replies = await new Response(client.readable).text();
  assert.match(replies, /^220 [^]*\r\n221 /);
  assert.equal(kept.length, 1);
});
