/** What a TLS connection of Node's is bound by (RFC 5056, RFC 5929 section 4, RFC 9266). */
import { createHash } from "node:crypto";
import type { TLSSocket } from "node:tls";

import type { ChannelBinding } from "../transport.js";

/** Octets of keying material (RFC 9266 section 2). */
const EXPORTED_OCTETS = 32;

/** The bindings of one end, the best first. Nothing where the connection is not there any more. */
export function channelBinding(socket: TLSSocket, isServer: boolean): ChannelBinding[] {
  if (socket.destroyed) return [];
  const bindings: ChannelBinding[] = [];
  // Before TLS 1.3 what is exported is only unique with extended master secrets, of which Node does not tell. Deno's form of
  // Node exports nothing.
  if (socket.getProtocol() === "TLSv1.3" && typeof socket.exportKeyingMaterial === "function") {
    const data = socket.exportKeyingMaterial(EXPORTED_OCTETS, "EXPORTER-Channel-Binding", Buffer.alloc(0));
    bindings.push({ type: "tls-exporter", data });
  }
  const certificate = isServer ? socket.getX509Certificate?.() : socket.getPeerX509Certificate?.();
  const data = certificate && endPoint(certificate.raw);
  if (data !== undefined) bindings.push({ type: "tls-server-end-point", data });
  return bindings;
}

/**
 * The hash of a certificate, in DER, by the hash of its signature; SHA-256 where that is MD5 or SHA-1. `undefined` where
 * the signature has none, or one that is not known.
 */
export function endPoint(certificate: Uint8Array): Uint8Array | undefined {
  const hash = signatureHash(certificate);
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest();
}

/** Object identifiers in DER, in hexadecimal. */
const SIGNATURES: Readonly<Record<string, string>> = {
  "2a864886f70d010104": "sha256", // md5WithRSAEncryption
  "2a864886f70d010105": "sha256", // sha1WithRSAEncryption
  "2a864886f70d01010b": "sha256", // sha256WithRSAEncryption
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a864886f70d01010e": "sha224",
  "2a8648ce3d0401": "sha256", // ecdsa-with-SHA1
  "2a8648ce3d040301": "sha224",
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
  "2a8648ce380403": "sha256", // dsa-with-sha1
  "608648016503040301": "sha224", // dsa-with-sha224
  "608648016503040302": "sha256",
};
const RSASSA_PSS = "2a864886f70d01010a";
const HASHES: Readonly<Record<string, string>> = {
  "2b0e03021a": "sha256", // sha1
  "608648016503040201": "sha256",
  "608648016503040202": "sha384",
  "608648016503040203": "sha512",
  "608648016503040204": "sha224",
};
/** The tag of RSASSA-PSS's hash; without it the hash is SHA-1 (RFC 4055 section 3.1). */
const HASH_ALGORITHM = 0xa0;

/**
 * What a certificate was hashed by to be signed; SHA-256 for what is weaker.
 *
 * ```asn1
 * Certificate         ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue }
 * AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
 * RSASSA-PSS-params   ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, ... }
 * ```
 * Of a certificate that OpenSSL has read.
 */
function signatureHash(certificate: Uint8Array): string | undefined {
  const [, algorithm] = elements(elements(certificate)[0]);
  const [name, parameters] = elements(algorithm);
  if (hex(name) !== RSASSA_PSS) return SIGNATURES[hex(name)];
  const [first] = elements(parameters);
  if (first?.tag !== HASH_ALGORITHM) return "sha256";
  const [hash] = elements(elements(first.value)[0]);
  return HASHES[hex(hash)];
}

interface Element {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** What is in an element, or in octets that are none (X.690 section 8.1). Ends where it is not DER. */
function elements(of: Element | Uint8Array | undefined): Element[] {
  const octets = of === undefined || of instanceof Uint8Array ? (of ?? new Uint8Array()) : of.value;
  const found: Element[] = [];
  for (let at = 0; at + 2 <= octets.length;) {
    const tag = octets[at++]!;
    let length = octets[at++]!;
    if (length >= 0x80) {
      let left = length & 0x7f;
      for (length = 0; left > 0; left--) length = length * 256 + (octets[at++] ?? 0);
    }
    if (at + length > octets.length) break;
    found.push({ tag, value: octets.subarray(at, at + length) });
    at += length;
  }
  return found;
}

function hex(element: Element | undefined): string {
  return Buffer.from(element?.value ?? []).toString("hex");
}
