/** The certificate that the sink makes for itself. */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo } from "node:net";
import { test } from "node:test";
import { connect, createServer } from "node:tls";

import { testCertificate } from "../../js/cli/certificate.js";

const NAMES = ["localhost", "mail.test", "127.0.0.1", "::1", "2001:db8::2:1", "::ffff:192.0.2.1"];
const made = testCertificate(NAMES);
const ca = new X509Certificate(made.ca);
const cert = new X509Certificate(made.cert);

test("it names what was asked for", () => {
  assert.equal(cert.subject, "CN=localhost");
  assert.ok(cert.checkHost("mail.test"));
  assert.equal(cert.checkHost("other.test"), undefined);
  for (const address of ["127.0.0.1", "::1", "2001:db8::2:1"]) assert.ok(cert.checkIP(address), address);
  assert.equal(cert.checkIP("127.0.0.2"), undefined);
  assert.match(cert.subjectAltName!, /0:0:0:0:0:FFFF:C000:201/);
});

test("its authority has signed it, and is an authority; it is none itself", () => {
  assert.ok(cert.checkIssued(ca));
  assert.ok(cert.verify(ca.publicKey));
  assert.ok(ca.verify(ca.publicKey));
  assert.deepEqual([ca.ca, cert.ca], [true, false]);
});

test("it is valid from yesterday on for 90 days, in years of two digits and of four", () => {
  const day = 86_400_000;
  for (const now of [new Date(), new Date("2049-11-01T12:00:00Z")]) {
    const { cert } = testCertificate(["localhost"], now);
    const { validFrom, validTo } = new X509Certificate(cert);
    const seconds = Math.floor(now.getTime() / 1000) * 1000;
    assert.equal(Date.parse(validFrom), seconds - day);
    assert.equal(Date.parse(validTo), seconds + 90 * day);
  }
});

test("each is another one", () => {
  const other = new X509Certificate(testCertificate(NAMES).cert);
  assert.notEqual(other.serialNumber, cert.serialNumber);
  assert.notEqual(other.issuer, cert.issuer);
});

test("a client that trusts its authority, and no other, accepts it", async () => {
  const server = createServer({ key: made.key, cert: made.cert }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const shake = async (trust: string): Promise<unknown> => {
    const socket = connect({ port, host: "127.0.0.1", servername: "mail.test", ca: trust });
    try {
      return await once(socket, "secureConnect").then(
        () => "accepted",
        (error: NodeJS.ErrnoException) => error.code,
      );
    } finally {
      socket.destroy();
    }
  };
  try {
    assert.equal(await shake(made.ca), "accepted");
    assert.equal(await shake(testCertificate(NAMES).ca), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  } finally {
    server.close();
  }
});
