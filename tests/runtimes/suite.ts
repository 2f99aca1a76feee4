/**
 * What must be the same in every runtime. Uses nothing but the package and what all runtimes have: it also runs in a page. What
 * it says is compared with what its peer, a real server in another process, has got (peer.ts).
 */
import {
  AbortedError,
  check,
  ClosedError,
  compose,
  connect,
  InputError,
  loopback,
  parse,
  ReplyError,
  serve,
  SmtpError,
  TimeoutError,
  TlsError,
} from "edgepost";
import type { Connector, ConnectOptions, Transport } from "edgepost";

/** What a runtime gives the suite. */
export interface Environment {
  /** The address of the peer's control: `open`, `seen` and the like are below it. */
  readonly control: string;
  /** A way to the peer, with the test CA as far as it has to be told. */
  tcp(options: { readonly host: string; readonly port: number }): Connector;
  /** The same, with a certificate of the client's own. */
  certified?(to: { readonly host: string; readonly port: number }): Connector;
  /** The same, and the peer's certificate is not looked at. */
  unverified?(to: { readonly host: string; readonly port: number }): Connector;
  /** How TLS is made in the cases that are about something else. Default: `"starttls"`. */
  readonly tls?: "starttls" | "implicit";
  /** Accepts connections and gives each to `taken`, whose promise is of the whole session. */
  accept?(
    tls: "off" | "starttls" | "implicit",
    taken: (transport: Transport) => Promise<void>,
  ): Promise<Accepting>;
  /** Calls that ask for what the runtime cannot do, each by the option that is named in the error. */
  readonly refused: Readonly<Record<string, () => unknown>>;
  /** What this runtime cannot do: the reason, by the name of a case. */
  readonly cannot: Readonly<Record<string, string>>;
}

/** An open port. */
export interface Accepting {
  readonly port: number;
  stop(): Promise<void> | void;
}

/** What became of a case. */
export interface Result {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "cannot";
  /** Why it failed, or why it cannot be done. */
  readonly detail?: string;
}

/** A message as the peer got it. */
interface Seen {
  from: string;
  to: string[];
  octets: number;
  sha256: string;
  user?: string;
  secure: boolean;
}

type Peer = Awaited<ReturnType<typeof opened>>;

const NAME = "client.test";
const USER = { user: "ann", pass: "secret" };
const ENVELOPE = { from: "ann@client.test", to: ["bob@peer.test"] };
const LARGE = 25 * 1024 * 1024;
const PIECE = 64 * 1024;

const CASES: Readonly<Record<string, (environment: Environment) => Promise<void>>> = {
  async "greeting to QUIT, octet by octet"(environment) {
    const peer = await opened(environment, { kind: "scripted" });
    const smtp = await session(peer, { tls: "off" });
    equal(smtp.secure, false);
    const receipt = await smtp.send({ envelope: ENVELOPE, raw: "Subject: one\r\n\r\n.One.\r\n" });
    equal(receipt.reply.code, 250);
    await smtp.close();
    const { received } = await peer.ended();
    equal(
      received,
      `EHLO ${NAME}\r\nMAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@peer.test>\r\nDATA\r\n` +
        "Subject: one\r\n\r\n..One.\r\n.\r\nQUIT\r\n",
    );
  },
  "STARTTLS with a private CA": (environment) => overTls(environment, "starttls", "required"),
  "implicit TLS with a private CA": (environment) => overTls(environment, "implicit", "implicit"),
  "STARTTLS, and the certificate is of an unknown CA": (environment) =>
    unverified(environment, "starttls", "required", "unknownCa"),
  "STARTTLS, and the certificate is for another name": (environment) =>
    unverified(environment, "starttls", "required", "wrongName"),
  "implicit TLS, and the certificate is of an unknown CA": (environment) =>
    unverified(environment, "implicit", "implicit", "unknownCa"),
  "implicit TLS, and the certificate is for another name": (environment) =>
    unverified(environment, "implicit", "implicit", "wrongName"),
  "STARTTLS at an address, which is in the certificate": (environment) =>
    overTls(environment, "starttls", "required", "127.0.0.1"),
  "implicit TLS at an address, which is in the certificate": (environment) =>
    overTls(environment, "implicit", "implicit", "127.0.0.1"),
  "STARTTLS, with a certificate of the client's own": (environment) =>
    certified(environment, "starttls", "required"),
  "implicit TLS, with a certificate of the client's own": (environment) =>
    certified(environment, "implicit", "implicit"),
  "STARTTLS, and the certificate is not to be verified": (environment) =>
    asItIs(environment, "starttls", "required"),
  "implicit TLS, and the certificate is not to be verified": (environment) =>
    asItIs(environment, "implicit", "implicit"),
  async "what the runtime cannot do is an InputError that says what to do instead"({ refused }) {
    for (const [field, ask] of Object.entries(refused)) {
      const error = await rejected(InputError, (async () => ask())());
      equal(error.field, field);
      truthy(/[:;] .{10}/.test(error.message), error.message);
    }
  },
  async "nobody listens"(environment) {
    const peer = await opened(environment, { kind: "nobody" });
    for (const tls of ["off", "implicit"] as const) {
      const error = await rejected(ClosedError, session(peer, { tls }));
      equal([error.stage, error.delivery], ["connect", "none"]);
    }
  },
  async "AUTH, with the right password and a wrong one"(environment) {
    const { offered, asked: tls } = usualTls(environment);
    const peer = await opened(environment, { kind: "sink", tls: offered, auth: USER });
    const smtp = await session(peer, { tls, auth: USER });
    await smtp.send(draft(1));
    await smtp.close();
    equal((await peer.seen()).messages[0]?.user, USER.user);
    const error = await rejected(ReplyError, session(peer, { tls, auth: { ...USER, pass: "not-it" } }));
    equal([error.stage, error.reply?.code], ["auth", 535]);
    truthy(!error.message.includes("not-it"), "the password is in the message of the error");
  },
  async "one message, composed"(environment) {
    const peer = await opened(environment, { kind: "sink" });
    const smtp = await session(peer, { tls: "off" });
    const { accepted, messageId } = await smtp.send(draft(1));
    await smtp.close();
    equal(accepted, ENVELOPE.to);
    const { messages } = await peer.seen();
    equal(messages.length, 1);
    equal([messages[0]?.from, messages[0]?.to], [ENVELOPE.from, ENVELOPE.to]);
    truthy(messageId !== undefined, "there is no Message-ID");
  },
  async "fifty messages over one connection"(environment) {
    const { offered, asked: tls } = usualTls(environment);
    const peer = await opened(environment, { kind: "sink", tls: offered });
    const smtp = await session(peer, { tls });
    const raws = Array.from({ length: 50 }, (_, i) => `Subject: ${i}\r\n\r\n${`line ${i}\r\n`.repeat(i)}`);
    const codes: number[] = [];
    for await (const result of smtp.sendMany(raws.map((raw) => ({ envelope: ENVELOPE, raw })))) {
      if (!result.ok) throw result.error;
      codes.push(result.receipt.reply.code);
    }
    await smtp.close();
    equal(
      codes,
      raws.map(() => 250),
    );
    const { messages, connections } = await peer.seen();
    equal(
      messages.map(({ sha256 }) => sha256),
      await Promise.all(raws.map((raw) => sha256(octets(raw)))),
    );
    equal(connections, 1);
  },
  async "25 MB are read only as fast as they are taken"(environment) {
    const peer = await opened(environment, { kind: "slow" });
    const smtp = await session(peer, { tls: "off" });
    const source = new Source();
    const sent = smtp.send({ envelope: ENVELOPE, raw: source.stream() });
    // The peer takes a little, rests, and tells; then it takes the rest.
    await peer.rested();
    const ahead = source.given;
    await peer.resume();
    equal((await sent).reply.code, 250);
    await smtp.close();
    truthy(ahead < LARGE / 2, `${ahead} octets were read while the peer took nothing`);
    const { messages } = await peer.seen();
    equal([messages[0]?.octets, messages[0]?.sha256], [LARGE, await source.sha256()]);
  },
  async "25 MB over TLS arrive as they are"(environment) {
    const { offered, asked: tls } = usualTls(environment);
    const peer = await opened(environment, { kind: "sink", tls: offered });
    const smtp = await session(peer, { tls });
    const source = new Source();
    await smtp.send({ envelope: ENVELOPE, raw: source.stream() });
    await smtp.close();
    const { messages } = await peer.seen();
    equal([messages[0]?.octets, messages[0]?.sha256], [LARGE, await source.sha256()]);
  },
  async "given up before it began"(environment) {
    const peer = await opened(environment, { kind: "sink" });
    await rejected(AbortedError, session(peer, { tls: "off", signal: AbortSignal.abort() }));
    equal((await peer.seen()).connections, 0);
  },
  async "given up while the peer does not greet"(environment) {
    const peer = await opened(environment, { kind: "scripted", silentAt: "greeting" });
    const abort = new AbortController();
    const connecting = rejected(AbortedError, session(peer, { tls: "off", signal: abort.signal }));
    await peer.connected();
    abort.abort();
    equal((await connecting).delivery, "none");
    await peer.ended();
  },
  async "given up in the middle of a message"(environment) {
    const peer = await opened(environment, { kind: "sink" });
    const smtp = await session(peer, { tls: "off" });
    const abort = new AbortController();
    const source = new Source(4 * 1024 * 1024, () => abort.abort());
    const sending = smtp.send({ envelope: ENVELOPE, raw: source.stream() }, { signal: abort.signal });
    equal((await rejected(AbortedError, sending)).delivery, "none");
    truthy(source.given < LARGE, "all of it was read");
    await smtp.close();
    equal((await peer.ended()).messages.length, 0);
  },
  async "a peer that says nothing to MAIL"(environment) {
    const peer = await opened(environment, { kind: "scripted", silentAt: "MAIL" });
    const smtp = await session(peer, { tls: "off", timeouts: { mail: 300, reset: 300, quit: 300 } });
    const error = await rejected(TimeoutError, smtp.send({ envelope: ENVELOPE, raw: "\r\n" }));
    equal([error.stage, error.delivery], ["mail", "none"]);
    await smtp.close();
    await peer.ended();
  },
  async "recipients that are refused"(environment) {
    const peer = await opened(environment, { kind: "sink" });
    const smtp = await session(peer, { tls: "off" });
    const raw = "Subject: some\r\n\r\nSome.\r\n";
    const { accepted, refused } = await smtp.send({
      envelope: { ...ENVELOPE, to: ["bob@peer.test", "refused@peer.test"] },
      raw,
    });
    equal([accepted, refused.map(({ recipient }) => recipient)], [["bob@peer.test"], ["refused@peer.test"]]);
    equal(refused[0]?.reply.enhanced, "5.1.1");
    const all = smtp.send({ envelope: { ...ENVELOPE, to: ["refused@peer.test"] }, raw });
    equal((await rejected(ReplyError, all)).stage, "rcpt");
    await smtp.close();
    equal(
      (await peer.seen()).messages.map(({ to }) => to),
      [["bob@peer.test"]],
    );
  },
  "the peer dies in the middle of a message": (environment) => dying(environment, "content", "none"),
  "the peer dies behind a message, without a reply": (environment) => dying(environment, "end", "uncertain"),
  async "compose, parse and check"() {
    const composition = await compose({
      from: "Ann <ann@example.com>",
      to: "bob@example.net",
      cc: "Zoë <zoe@example.net>",
      subject: "Grüße",
      text: "Text.",
      html: "<p>Text.</p>",
    });
    const bytes = await composition.bytes();
    const message = await parse(bytes);
    equal([message.subject, message.text?.trim()], ["Grüße", "Text."]);
    equal(
      message.cc?.map((to) => "address" in to && [to.name, to.address]),
      [["Zoë", "zoe@example.net"]],
    );
    equal(await check(bytes), []);
    truthy(
      (await check("Subject: none\r\n\r\n")).length > 0,
      "nothing was found in a message without a From",
    );
  },
  async "both sides in memory"() {
    const [clientEnd, serverEnd] = loopback();
    const raw = "Subject: both\r\n\r\n.Both.\r\n";
    let got = "";
    const served = serve(serverEnd, {
      async onMessage(content) {
        got = await new Response(content).text();
      },
    });
    const smtp = await connect(clientEnd, { name: NAME, tls: "off" });
    await smtp.send({ envelope: ENVELOPE, raw });
    await smtp.close();
    await served;
    equal(got, raw);
  },
  async "edgepost/tcp is this runtime's own"(environment) {
    const { tcp } = await import("edgepost/tcp");
    const peer = await opened(environment, { kind: "sink" });
    const smtp = await connect(tcp({ host: peer.host, port: peer.port }), { name: NAME, tls: "off" });
    await smtp.send(draft(1));
    await smtp.close();
    equal((await peer.seen()).messages.length, 1);
  },
  async "edgepost/inline sends, composes, reads and serves"(environment) {
    const inline = await import("edgepost/inline");
    const peer = await opened(environment, { kind: "sink" });
    const smtp = await inline.connect(environment.tcp(peer), { name: NAME, tls: "off" });
    await smtp.send(draft(1));
    await smtp.close();
    equal((await peer.seen()).messages.length, 1);
    equal((await inline.parse("Subject: in\r\n\r\n")).subject, "in");
    await inline.ready();
    equal(inline.parseCommand("NOOP").verb, "NOOP");
  },
  serve: (environment) => serving(environment, "off"),
  "serve over implicit TLS": (environment) => serving(environment, "implicit"),
  "serve with STARTTLS": (environment) => serving(environment, "starttls"),
};

/** Runs all cases, or the one that is named, in turn. */
export async function runSuite(environment: Environment, only?: string): Promise<Result[]> {
  const results: Result[] = [];
  for (const [name, run] of Object.entries(CASES))
    if (only === undefined || name.includes(only)) results.push(await result(name, run, environment));
  return results;
}

async function result(
  name: string,
  run: (environment: Environment) => Promise<void>,
  environment: Environment,
): Promise<Result> {
  const reason = environment.cannot[name];
  if (reason !== undefined) return { name, outcome: "cannot", detail: reason };
  try {
    await within(60_000, run(environment));
    return { name, outcome: "passed" };
  } catch (error) {
    return { name, outcome: "failed", detail: told(error) };
  }
}

/** What the peer offers and the session asks for in a case that is not about how TLS is made. */
function usualTls({ tls = "starttls" }: Environment) {
  return { offered: tls, asked: tls === "implicit" ? "implicit" : "required" } as const;
}

async function overTls(
  environment: Environment,
  served: "starttls" | "implicit",
  tls: "required" | "implicit",
  host?: string,
): Promise<void> {
  const there = await opened(environment, { kind: "sink", tls: served });
  const peer = host === undefined ? there : { ...there, host };
  const smtp = await session(peer, { tls });
  equal(smtp.secure, true);
  const raw = "Subject: secret\r\n\r\nSecret.\r\n";
  await smtp.send({ envelope: ENVELOPE, raw });
  await smtp.close();
  const { messages } = await peer.seen();
  equal(
    messages.map(({ sha256, secure }) => [sha256, secure]),
    [[await sha256(octets(raw)), true]],
  );
}

async function unverified(
  environment: Environment,
  served: "starttls" | "implicit",
  tls: "required" | "implicit",
  certificate: "unknownCa" | "wrongName",
): Promise<void> {
  const peer = await opened(environment, { kind: "sink", tls: served, certificate, auth: USER });
  const error = await rejected(TlsError, session(peer, { tls, auth: USER }));
  equal([error.delivery, error.retryable], ["none", false]);
  // Nothing of what goes under TLS has come to somebody who could read it.
  equal((await peer.seen()).logins, 0);
}

/** The peer wants to know who its client is, and who shows nothing is not let in. */
async function certified(
  environment: Environment,
  served: "starttls" | "implicit",
  tls: "required" | "implicit",
): Promise<void> {
  const peer = await opened(environment, { kind: "scripted", tls: served });
  const connector = environment.certified!({ host: peer.host, port: peer.port });
  const smtp = await connect(connector, { name: NAME, tls });
  await smtp.send({ envelope: ENVELOPE, raw: "Subject: mine\r\n\r\nMine.\r\n" });
  await smtp.close();
  equal((await peer.seen()).shown, ["good"]);
  const error = await rejected(SmtpError, session(peer, { tls }));
  truthy(error instanceof TlsError || error instanceof ClosedError, error.name);
  equal([error.delivery, (await peer.seen()).shown.length], ["none", 1]);
}

/** Who asks for it gets TLS with somebody unknown. */
async function asItIs(
  environment: Environment,
  served: "starttls" | "implicit",
  tls: "required" | "implicit",
): Promise<void> {
  const peer = await opened(environment, { kind: "sink", tls: served, certificate: "unknownCa" });
  const connector = environment.unverified!({ host: peer.host, port: peer.port });
  const smtp = await connect(connector, { name: NAME, tls });
  await smtp.send(draft(1));
  await smtp.close();
  equal(
    (await peer.seen()).messages.map(({ secure }) => secure),
    [true],
  );
}

async function dying(
  environment: Environment,
  dieAt: "content" | "end",
  delivery: "none" | "uncertain",
): Promise<void> {
  const peer = await opened(environment, { kind: "scripted", dieAt });
  const smtp = await session(peer, { tls: "off" });
  const raw = dieAt === "end" ? "Subject: last\r\n\r\nLast.\r\n" : new Source().stream();
  const error = await rejected(ClosedError, smtp.send({ envelope: ENVELOPE, raw }));
  equal([error.delivery, error.retryable], [delivery, delivery === "none"]);
  await smtp.close();
}

async function serving(environment: Environment, tls: "off" | "starttls" | "implicit"): Promise<void> {
  const got: { octets: number; sha256: string }[] = [];
  const accepting = await environment.accept!(tls, (transport) => {
    const handlers = {
      async onMessage(content: ReadableStream<Uint8Array>): Promise<void> {
        const bytes = new Uint8Array(await new Response(content).arrayBuffer());
        got.push({ octets: bytes.length, sha256: await sha256(bytes) });
      },
    };
    return serve(transport, handlers, { name: "runtime.test" });
  });
  try {
    const { sent, secure } = await ask<{ sent: typeof got; secure: boolean }>(environment, "send", {
      port: accepting.port,
      tls,
    });
    equal(secure, tls !== "off");
    equal(got, sent);
  } finally {
    await accepting.stop();
  }
}

/** A session with the peer. */
function session(peer: Peer, options: ConnectOptions): ReturnType<typeof connect> {
  return connect(peer.environment.tcp({ host: peer.host, port: peer.port }), { name: NAME, ...options });
}

function draft(i: number): { from: string; to: string; subject: string; text: string } {
  return { from: `Ann <${ENVELOPE.from}>`, to: ENVELOPE.to[0]!, subject: `Grüße ${i}`, text: `Text ${i}.` };
}

/** Content that is only there when it is asked for; tells how much was. */
class Source {
  given = 0;
  readonly #octets: number;
  readonly #at: number;
  readonly #then: () => void;

  /** Behind `at` octets it does something. */
  constructor(at = Infinity, then: () => void = () => {}) {
    this.#octets = LARGE;
    this.#at = at;
    this.#then = then;
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          controller.enqueue(lines(this.given));
          this.given += PIECE;
          if (this.given >= this.#at) this.#then();
          if (this.given >= this.#octets) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** The hash of all of it. */
  sha256(): Promise<string> {
    const all = new Uint8Array(this.#octets);
    for (let at = 0; at < all.length; at += PIECE) all.set(lines(at), at);
    return sha256(all);
  }
}

/** A piece of lines of 64 octets that tells where it stands. */
function lines(at: number): Uint8Array {
  const bytes = new Uint8Array(PIECE).fill(0x61);
  for (let end = 64; end <= PIECE; end += 64) bytes.set([0x0d, 0x0a], end - 2);
  bytes.set(octets(String(at)));
  return bytes;
}

/** Opens a peer; see peer.ts for what there is. */
async function opened(environment: Environment, options: object) {
  const { id, port } = await ask<{ id: number; port: number }>(environment, "open", options);
  const about = <T>(what: string) => ask<T>(environment, what, { id });
  type Account = { messages: Seen[]; connections: number; logins: number; received: string; shown: string[] };
  return {
    environment,
    host: "localhost",
    port,
    seen: () => about<Account>("seen"),
    /** When its connections are over. */
    ended: () => about<Account>("ended"),
    connected: () => about<object>("connected"),
    rested: () => about<object>("rested"),
    resume: () => about<object>("resume"),
  };
}

async function ask<T>({ control }: Environment, what: string, body: object): Promise<T> {
  const response = await fetch(`${control}/${what}`, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the peer says: ${await response.text()}`);
  return (await response.json()) as T;
}

async function rejected<E extends SmtpError>(
  type: abstract new (...args: never[]) => E,
  promise: Promise<unknown>,
): Promise<E> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error(`it succeeded: ${JSON.stringify(value)}`);
}

function equal(actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  truthy(is === should, `it is ${is}, and should be ${should}`);
}

function truthy(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as BufferSource);
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function within(limit: number, promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${limit} ms`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What is known about a failure, with what is behind it. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` [${told(error.cause)}]`;
  const what = `${error.name}: ${error.message}`;
  const { stack = "" } = error;
  // Not everywhere does the stack begin with it.
  return `${stack.includes(error.message) ? stack : `${what}\n${stack}`}${cause}`;
}
