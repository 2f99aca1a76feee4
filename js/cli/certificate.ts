/**
 * A certificate for tests, made on the spot (RFC 5280): a new authority signs one certificate for a few names of this
 * machine, and its key is forgotten at once. One fixed profile written out, as libraries for any certificate are
 * larger than this whole package.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isIP } from "node:net";

/** All in PEM. */
export interface TestCertificate {
  /** What a client has to trust. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DAY = 86_400_000;
const VALID_DAYS = 90;

/** Makes a certificate for host names and IP addresses, valid from yesterday on for 90 days. */
export function testCertificate(names: readonly string[], now: Date = new Date()): TestCertificate {
  const authority = keyPair();
  const server = keyPair();
  const issuer = commonName(`Edgepost test authority ${randomBytes(4).toString("hex")}`);
  const from = new Date(now.getTime() - DAY);
  const until = new Date(now.getTime() + VALID_DAYS * DAY);
  const issue = (subject: Buffer, key: Buffer, extensions: Buffer[]): string => {
    const content = sequence(
      tagged(0, integer(2)), // version 3
      integer(randomBytes(16)),
      ECDSA_WITH_SHA256,
      issuer,
      sequence(time(from), time(until)),
      subject,
      key,
      tagged(3, sequence(...extensions)),
    );
    const signature = sign("sha256", content, authority.privateKey);
    return pem("CERTIFICATE", sequence(content, ECDSA_WITH_SHA256, bits(signature)));
  };
  const ca = issue(issuer, authority.spki, [
    extension(BASIC_CONSTRAINTS, sequence(TRUE, integer(0)), { critical: true }),
    extension(KEY_USAGE, bits(Buffer.of(0b0000_0100), 2), { critical: true }), // keyCertSign
    extension(SUBJECT_KEY_IDENTIFIER, octets(authority.identifier)),
  ]);
  const cert = issue(commonName(names[0]!), server.spki, [
    extension(BASIC_CONSTRAINTS, sequence(), { critical: true }),
    extension(KEY_USAGE, bits(Buffer.of(0b1000_0000), 7), { critical: true }), // digitalSignature
    extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH)),
    extension(SUBJECT_KEY_IDENTIFIER, octets(server.identifier)),
    extension(AUTHORITY_KEY_IDENTIFIER, sequence(element(0x80, authority.identifier))),
    extension(SUBJECT_ALT_NAME, sequence(...names.map(generalName))),
  ]);
  const key = server.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { ca, cert, key };
}

function keyPair(): { privateKey: KeyObject; spki: Buffer; identifier: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const point = spki.subarray(-65); // uncompressed: 4, x, y
  return { privateKey, spki, identifier: createHash("sha1").update(point).digest() };
}

/** DER (X.690): a tag, the length of the content, the content. */
function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const significant = length.subarray(length.findIndex((octet) => octet !== 0));
  return Buffer.concat([Buffer.of(tag, 0x80 | significant.length), significant, body]);
}

const sequence = (...content: Buffer[]): Buffer => element(0x30, ...content);
const octets = (content: Buffer): Buffer => element(0x04, content);
const bits = (content: Buffer, unused = 0): Buffer => element(0x03, Buffer.of(unused), content);
const tagged = (number: number, content: Buffer): Buffer => element(0xa0 | number, content);
const TRUE: Buffer = element(0x01, Buffer.of(0xff));

/** A small number, or octets that become a positive one. */
function integer(value: number | Buffer): Buffer {
  if (typeof value === "number") return element(0x02, Buffer.of(value));
  return element(0x02, Buffer.of(0x40 | (value[0]! & 0x3f)), value.subarray(1));
}

function objectIdentifier(text: string): Buffer {
  const [first, second, ...rest] = text.split(".").map(Number);
  const base128 = (arc: number): number[] =>
    arc < 0x80 ? [arc] : [...base128(arc >> 7).map((octet) => octet | 0x80), arc & 0x7f];
  return element(0x06, Buffer.from([first! * 40 + second!, ...rest.flatMap(base128)]));
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, "");
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits));
}

const COMMON_NAME: Buffer = objectIdentifier("2.5.4.3");
const SUBJECT_KEY_IDENTIFIER: Buffer = objectIdentifier("2.5.29.14");
const KEY_USAGE: Buffer = objectIdentifier("2.5.29.15");
const SUBJECT_ALT_NAME: Buffer = objectIdentifier("2.5.29.17");
const BASIC_CONSTRAINTS: Buffer = objectIdentifier("2.5.29.19");
const AUTHORITY_KEY_IDENTIFIER: Buffer = objectIdentifier("2.5.29.35");
const EXTENDED_KEY_USAGE: Buffer = objectIdentifier("2.5.29.37");
const SERVER_AUTH: Buffer = objectIdentifier("1.3.6.1.5.5.7.3.1");
const ECDSA_WITH_SHA256: Buffer = sequence(objectIdentifier("1.2.840.10045.4.3.2"));

function commonName(text: string): Buffer {
  const name = element(0x0c, Buffer.from(text.slice(0, 64)));
  return sequence(element(0x31, sequence(COMMON_NAME, name)));
}

function extension(id: Buffer, value: Buffer, { critical = false } = {}): Buffer {
  return sequence(id, ...(critical ? [TRUE] : []), octets(value));
}

function generalName(name: string): Buffer {
  return isIP(name) === 0 ? element(0x82, Buffer.from(name)) : element(0x87, address(name));
}

/** The 4 or 16 octets of an IP address. */
function address(text: string): Buffer {
  if (isIP(text) === 4) return Buffer.from(text.split(".").map(Number));
  // The URL parser gives the canonical form: lower-case hexadecimal, no dotted tail, at most one "::".
  const canonical = new URL(`http://[${text.replace(/%.*/, "")}]/`).hostname.slice(1, -1);
  const [head, tail] = canonical.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const zeros = tail === undefined ? 0 : 8 - head!.length - tail.length;
  const groups = [...head!, ...Array<string>(zeros).fill("0"), ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
