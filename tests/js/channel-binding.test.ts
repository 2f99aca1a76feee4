/** Channel binding over real TLS; what it protects from is played, too (RFC 5802 section 6, RFC 5929, RFC 9266). */
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test, { after, before } from "node:test";
import tls from "node:tls";

import { connect, InputError, ReplyError, scramSecret, serve } from "edgepost";
import type { ChannelBinding, ConnectOptions, Transport } from "edgepost";
import { listen, tcp } from "edgepost/node";
import type { Listener } from "edgepost/node";

import { certificates, type Certificate, type Certificates } from "../support/certificates.js";
import { check } from "../support/process.js";
import { temporary, type Temporary } from "../support/temporary.js";
import { rejection } from "./support.js";

const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;
type Version = (typeof VERSIONS)[number];
const AUTH = { user: "ann", pass: "pencil" };

let directory: Temporary;
let made: Certificates;

before(async () => {
  directory = await temporary();
  made = await certificates(directory.path);
});
after(() => directory.remove());

/** Our own server, which knows `AUTH`, until the end of the block. */
async function serving(
  implicit: boolean,
  seen: (transport: Transport) => Transport = (transport) => transport,
): Promise<Listener> {
  const secret = await scramSecret(AUTH.pass);
  const { cert, key } = made.good;
  const listener = listen({ port: 0, host: "127.0.0.1", tls: { cert, key, implicit } });
  const onSecret = ({ user }: { user: string }): typeof secret | null => (user === AUTH.user ? secret : null);
  void (async () => {
    for await (const transport of listener) void serve(seen(transport), { onSecret }, { auth: {} });
  })();
  await listener.ready;
  return listener;
}

/** A session up to its AUTH, in this version of TLS; the mechanisms that the client has named go to `named`. */
async function session(
  port: number,
  version: Version,
  { named = [], trust = true, ...options }: ConnectOptions & { named?: string[]; trust?: boolean },
): Promise<void> {
  const connector = tcp({
    host: "localhost",
    port,
    tls: { ...(trust ? { ca: made.ca } : { rejectUnauthorized: false }), ...{ maxVersion: version } },
  });
  await using smtp = await connect(connector, {
    auth: AUTH,
    name: "client.test",
    trace({ from, verb, text }) {
      if (from === "client" && verb === "AUTH") named.push(text.split(" ")[1]!);
    },
    ...options,
  });
  assert.equal(smtp.authenticated, true);
}

// covers: RFC 5929 section 4 both
// covers: RFC 9266 both
// covers: RFC 7677 both
for (const version of VERSIONS)
  for (const mode of ["required", "implicit"] as const)
    test(`SCRAM-SHA-256-PLUS is chosen, and succeeds, with tls "${mode}" in ${version}`, async () => {
      await using listener = await serving(mode === "implicit");
      const named: string[] = [];
      await session(listener.port, version, { tls: mode, named });
      assert.deepEqual(named, ["SCRAM-SHA-256-PLUS"]);
    });

/** A transport that knows one type of binding alone. */
const knowing =
  (type: ChannelBinding["type"]) =>
  (transport: Transport): Transport =>
    Object.create(transport, {
      channelBinding: {
        value: async () => (await transport.channelBinding!()).filter((binding) => binding.type === type),
      },
    }) as Transport;

// covers: RFC 5802 section 6 both
// covers: RFC 9266 section 3 client
test("the host says what to bind to, for a server that does not know the best", async () => {
  await using listener = await serving(true, knowing("tls-server-end-point"));
  const named: string[] = [];
  const options = { tls: "implicit", named } as const;
  const error = await rejection(session(listener.port, "TLSv1.3", options));
  assert.ok(error instanceof ReplyError && error.reply?.code === 535, String(error));
  assert.match(error.message, /unsupported channel binding type/);
  const auth = { ...AUTH, channelBinding: "tls-server-end-point" } as const;
  await session(listener.port, "TLSv1.3", { ...options, auth });
  // There is none of that type before TLS 1.3.
  const exporter = { ...AUTH, channelBinding: "tls-exporter" } as const;
  await using both = await serving(true);
  await session(both.port, "TLSv1.3", { ...options, auth: exporter });
  await session(both.port, "TLSv1.2", { ...options, auth: exporter });
  const [plus, none] = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"];
  assert.deepEqual(named, [plus, plus, plus, none]);
  const unknown = { ...AUTH, channelBinding: "tls-unique" as ChannelBinding["type"] };
  const misuse = await rejection(session(both.port, "TLSv1.3", { ...options, auth: unknown }));
  assert.ok(misuse instanceof InputError && misuse.field === "auth.channelBinding");
});

/** What a client of this does without a trace, which has both modules from the start. */
test("what to bind to is told to the engine that takes over, too", async () => {
  await using listener = await serving(true, knowing("tls-server-end-point"));
  const connector = tcp({ host: "localhost", port: listener.port, tls: { ca: made.ca } });
  const auth = { ...AUTH, channelBinding: "tls-server-end-point" } as const;
  await using smtp = await connect(connector, { auth, name: "client.test", tls: "implicit" });
  assert.equal(smtp.authenticated, true);
  assert.ok((await rejection(connect(connector, { auth: AUTH, tls: "implicit" }))) instanceof ReplyError);
});

/** Both ends of one connection, under implicit TLS. */
async function bothEnds(
  version: Version,
  { cert, key }: { cert: string; key: string },
): Promise<[Transport, Transport]> {
  const listener = listen({ port: 0, host: "127.0.0.1", tls: { cert, key, implicit: true } });
  await listener.ready;
  const insecure = { rejectUnauthorized: false, ...{ maxVersion: version } };
  const connector = tcp({ host: "localhost", port: listener.port, tls: insecure });
  const taken = listener[Symbol.asyncIterator]().next();
  const client = await connector.open({ implicitTls: true });
  const { value } = (await taken) as IteratorYieldResult<Transport>;
  await listener.close();
  return [client, value];
}

function said(bindings: readonly ChannelBinding[]): [string, string][] {
  return bindings.map(({ type, data }) => [type, Buffer.from(data).toString("hex")]);
}

// covers: RFC 9266 section 2 both
test("both ends know the same of a connection, and no two connections are the same in TLS 1.3", async () => {
  const exported = new Set<string>();
  for (const version of [...VERSIONS, "TLSv1.3"] as const) {
    const [client, server] = await bothEnds(version, made.good);
    const [ours, theirs] = [said(await client.channelBinding!()), said(await server.channelBinding!())];
    assert.deepEqual(ours, theirs);
    const end = createHash("sha256").update(new X509Certificate(made.good.cert).raw).digest("hex");
    assert.deepEqual(ours.at(-1), ["tls-server-end-point", end]);
    assert.equal(ours.length, version === "TLSv1.2" ? 1 : 2);
    if (ours.length === 2) exported.add(ours[0]!.join());
    await Promise.all([client.close(), server.close()]);
    assert.deepEqual(await client.channelBinding!(), []);
  }
  assert.equal(exported.size, 2);
  assert.match([...exported][0]!, /^tls-exporter,[0-9a-f]{64}$/);
});

/** How openssl is to sign, and the hash that follows from it; none for a signature without one. */
const SIGNED: [string, string[], string | undefined][] = [
  ["RSA and SHA-1", ["rsa:2048", "-sha1"], "sha256"],
  ["RSA and MD5", ["rsa:2048", "-md5"], "sha256"],
  ["RSA and SHA-256", ["rsa:2048", "-sha256"], "sha256"],
  ["RSA and SHA-384", ["rsa:2048", "-sha384"], "sha384"],
  ["RSA and SHA-512", ["rsa:2048", "-sha512"], "sha512"],
  ["RSA-PSS and SHA-384", ["rsa:2048", "-sha384", "-sigopt", "rsa_padding_mode:pss"], "sha384"],
  ["RSA-PSS and SHA-256", ["rsa:2048", "-sha256", "-sigopt", "rsa_padding_mode:pss"], "sha256"],
  ["ECDSA and SHA-384", ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-sha384"], "sha384"],
  ["ECDSA and SHA-512", ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-sha512"], "sha512"],
  ["Ed25519", ["ed25519"], undefined],
];

// covers: RFC 5929 section 4.1 both
for (const [name, [algorithm, ...more], hash] of SIGNED)
  test(`a certificate signed by ${name} is hashed ${hash === undefined ? "by nothing" : `by ${hash}`}`, async () => {
    const certificate = await selfSigned(algorithm!, more);
    const ends = await bothEnds("TLSv1.3", certificate);
    const digest = hash && createHash(hash).update(new X509Certificate(certificate.cert).raw).digest("hex");
    for (const end of ends) {
      const bindings = new Map(said(await end.channelBinding!()));
      assert.equal(bindings.get("tls-server-end-point"), digest);
      await end.close();
    }
  });

async function selfSigned(algorithm: string, more: string[]): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(directory.path, "own.pem"), join(directory.path, "own.key")];
  const names = ["-subj", "/CN=localhost", "-days", "30", "-keyout", key, "-out", cert];
  await check("openssl", ["req", "-x509", "-nodes", "-newkey", algorithm, ...more, ...names]);
  return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
}

/** Somebody in between: ends the client's TLS with a certificate of its own, and begins its own with the server. */
async function between(
  server: Listener,
  certificate: Certificate,
  change: (text: string) => string = (text) => text,
): Promise<AsyncDisposable & { port: number }> {
  const { cert, key } = certificate;
  const impostor = tls.createServer({ cert, key }, (client) => {
    const onward = tls.connect({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false });
    client.pipe(onward);
    onward.on("data", (bytes) => client.write(change(bytes.toString("latin1")), "latin1"));
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("end", () => other.end());
    }
  });
  await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
  const { port } = impostor.address() as AddressInfo;
  const close = (): Promise<void> => new Promise((resolve) => void impostor.close(() => resolve()));
  return { port, [Symbol.asyncDispose]: close };
}

/** A client that takes any certificate, so that TLS does not protect it; gives why it failed. */
async function betrayed(port: number, version: Version, named: string[]): Promise<ReplyError> {
  const error = await rejection(session(port, version, { tls: "implicit", trust: false, named }));
  assert.ok(error instanceof ReplyError, String(error));
  assert.equal(error.reply?.code, 535);
  return error;
}

// covers: RFC 5802 section 6 both
// covers: RFC 9266 section 2 both
for (const version of VERSIONS)
  test(`somebody in between with another certificate does not get through in ${version}`, async () => {
    await using listener = await serving(true);
    await using impostor = await between(listener, made.unknownCa);
    const named: string[] = [];
    const error = await betrayed(impostor.port, version, named);
    assert.deepEqual(named, ["SCRAM-SHA-256-PLUS"]);
    assert.match(error.message, /channel binding/);
  });

// covers: RFC 9266 section 2 both
test("somebody in between who has the server's own key does not get through in TLS 1.3", async () => {
  await using listener = await serving(true);
  await using impostor = await between(listener, made.good);
  await betrayed(impostor.port, "TLSv1.3", []);
});

// covers: RFC 5802 section 6 both
for (const version of VERSIONS)
  test(`somebody in between who hides -PLUS is found out in ${version}`, async () => {
    await using listener = await serving(true);
    const hide = (text: string): string => text.replaceAll(/ SCRAM-SHA-(1|256)-PLUS/g, "");
    await using impostor = await between(listener, made.unknownCa, hide);
    const named: string[] = [];
    const error = await betrayed(impostor.port, version, named);
    assert.deepEqual(named, ["SCRAM-SHA-256"]);
    assert.match(error.message, /does support channel binding/);
  });
