/** The loopback: two transports that are each other's peer. */
import assert from "node:assert/strict";
import test from "node:test";

import { InputError, loopback, TlsError } from "edgepost";
import type { Transport } from "edgepost";

import { rejection } from "./support.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function read(transport: Transport): Promise<string> {
  const reader = transport.readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value);
}

test("what one end writes, the other reads, both ways", async () => {
  const [one, other] = loopback();
  const writers = [one.writable.getWriter(), other.writable.getWriter()];
  void writers[0]!.write(bytes("there"));
  void writers[1]!.write(bytes("back"));
  assert.equal(await read(other), "there");
  assert.equal(await read(one), "back");
});

test("chunk cuts what is written into pieces of that size", async () => {
  const [one, other] = loopback({ chunk: 3 });
  const writer = one.writable.getWriter();
  void writer.write(bytes("12345678"));
  void writer.close();
  const pieces: string[] = [];
  for await (const piece of other.readable) pieces.push(new TextDecoder().decode(piece));
  assert.deepEqual(pieces, ["123", "456", "78"]);
});

test("a writer waits for the reader when the buffer is full", async () => {
  const [one, other] = loopback();
  const writer = one.writable.getWriter();
  let written = false;
  void writer.write(new Uint8Array(65_536)).then(() => (written = true));
  assert.equal(writer.desiredSize, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(written, false);
  await read(other);
  await writer.ready;
  assert.equal(writer.desiredSize, 65_536);
});

test("closing one direction leaves the other open", async () => {
  const [one, other] = loopback();
  await one.writable.getWriter().close();
  assert.equal(await read(other), "");
  void other.writable.getWriter().write(bytes("still"));
  assert.equal(await read(one), "still");
});

test("close ends both directions, and what was written before is still read", async () => {
  const [one, other] = loopback();
  const writer = one.writable.getWriter();
  void writer.write(bytes("last words")).catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  await one.close();
  assert.equal(await read(other), "last words");
  assert.equal(await read(other), "");
  await assert.rejects(other.writable.getWriter().write(bytes("x")));
  await one.close();
});

test("what is written and read are different octets in memory", async () => {
  const [one, other] = loopback();
  const mine = bytes("abc");
  void one.writable.getWriter().write(mine);
  const reading = other.readable.getReader().read();
  await new Promise((resolve) => setImmediate(resolve));
  mine.fill(0);
  assert.deepEqual((await reading).value, bytes("abc"));
});

test("TLS begins when both ends have asked for it", async () => {
  const [one, other] = loopback({ tls: true });
  assert.equal(one.secure, false);
  const [secured, otherSecured] = await Promise.all([one.startTls!(), other.startTls!()]);
  assert.equal(secured.secure && otherSecured.secure, true);
  assert.equal(secured.startTls, undefined);
  void secured.writable.getWriter().write(bytes("secret"));
  assert.equal(await read(otherSecured), "secret");
});

test("TLS does not begin over unread plaintext", async () => {
  const [one, other] = loopback({ tls: true });
  void one.writable.getWriter().write(bytes("plain"));
  await new Promise((resolve) => setImmediate(resolve));
  const asked = [one.startTls!(), other.startTls!()];
  for (const promise of asked) assert.ok((await rejection(promise)) instanceof TlsError);
});

test("TLS fails when the other end closes instead", async () => {
  const [one, other] = loopback({ tls: true });
  const asked = one.startTls!();
  await other.close();
  assert.ok((await rejection(asked)) instanceof TlsError);
});

test("without tls there is no startTls", () => {
  assert.equal(loopback()[0].startTls, undefined);
});

test("a chunk of nothing is no option", () => {
  assert.throws(() => loopback({ chunk: 0 }), InputError);
});
