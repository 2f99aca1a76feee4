/**
 * Tokens that let their holder reach one server, for a short time, through one bridge: a JWT (RFC 7519) under HMAC-SHA-256
 * (RFC 7518 section 3.2), so that any backend can mint them with what it has.
 *
 * The claims: `aud` the bridge, `dst` the server as `smtp.example.com:465`, `exp` and optionally `nbf` in seconds. Who has
 * a token can use it until it expires, more than once: hand it out over TLS to a user whom you know, for a minute.
 */
import { InputError } from "../errors.js";
import { hostOf } from "./destination.js";
import type { Destination } from "./destination.js";

/** A shared secret of 32 octets or more, as octets, as text, or as an HMAC key of WebCrypto's, which may be unextractable. */
export type TokenKey = string | Uint8Array | CryptoKey;

/** The audience where none is named. */
export const AUDIENCE = "edgepost-bridge";

/** What a token allows. */
export interface TokenOptions {
  readonly key: TokenKey;
  /** The server: a name or an address. */
  readonly host: string;
  readonly port: number;
  /** Which bridge it is for, where several know the same key. Default: `"edgepost-bridge"`. */
  readonly audience?: string;
  /** How long it can be used: seconds, up to an hour. Default: 60. A session that has begun goes on. */
  readonly lifetime?: number;
  /** Whom it was given to, for the bridge's log: at most 100 characters. */
  readonly subject?: string;
  /** The time it is minted at: milliseconds since 1970. Default: now. */
  readonly now?: number;
}

/** A token lives for at most so long: seconds. */
const LONGEST = 3600;
/** How far clocks may be apart: seconds. */
const LEEWAY = 5;
/** A longer token is not looked at: octets. */
const TOKEN_OCTETS = 2048;
const KEY_OCTETS = 32;

/** Mints a token. Rejects with an `InputError`. */
export async function mintToken(options: TokenOptions): Promise<string> {
  const { key, port, audience = AUDIENCE, lifetime = 60, subject, now = Date.now() } = options;
  const host = typeof options.host === "string" ? hostOf(options.host) : undefined;
  if (host === undefined)
    throw new InputError("the option host must be a name or an address", { field: "host" });
  if (!(Number.isSafeInteger(port) && port > 0 && port <= 65535))
    throw new InputError("the option port must be a port, 1 to 65535", { field: "port" });
  if (!(Number.isSafeInteger(lifetime) && lifetime > 0 && lifetime <= LONGEST))
    throw new InputError("the option lifetime must be a number of seconds, 1 to 3600", { field: "lifetime" });
  if (subject !== undefined && (typeof subject !== "string" || subject.length > 100))
    throw new InputError("the option subject must be a string of at most 100 characters", {
      field: "subject",
    });
  const exp = Math.floor(now / 1000) + lifetime;
  const claims = {
    aud: audience,
    dst: `${host}:${port}`,
    exp,
    ...(subject !== undefined && { sub: subject }),
  };
  const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
  const secret = await hmacKey(key, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", secret, utf8.encode(signed));
  return `${signed}.${base64url(new Uint8Array(mac))}`;
}

/** Tells good tokens from bad ones. */
export class TokenCheck {
  readonly #given: TokenKey;
  readonly #audience: string;
  /** Made by the first request: in a Worker no request may wait for what another has begun. */
  #key: CryptoKey | undefined;

  constructor(key: TokenKey, audience: string = AUDIENCE) {
    this.#given = key;
    this.#audience = audience;
  }

  /** Rejects with an `InputError` when the key cannot be used. */
  async ready(): Promise<CryptoKey> {
    return (this.#key ??= await hmacKey(this.#given, ["verify"]));
  }

  /**
   * Gives the token's subject, or says what is wrong. Nothing but the signature is looked at before that is known to be
   * right; WebCrypto compares it in constant time.
   */
  async judge(
    token: string | undefined,
    { host, port }: Destination,
    now: number,
  ): Promise<{ subject?: string } | { wrong: string }> {
    if (token === undefined) return { wrong: "a token is needed" };
    const [header, claims, mac, ...more] = token.split(".");
    if (token.length > TOKEN_OCTETS || mac === undefined || more.length > 0) return NOT_OURS;
    const octets = octetsOf(mac);
    const signed = utf8.encode(`${header}.${claims}`);
    if (octets === undefined || !(await crypto.subtle.verify("HMAC", await this.ready(), octets, signed)))
      return NOT_OURS;
    if (decoded(header!)?.["alg"] !== "HS256") return NOT_OURS;
    const { aud, dst, exp, nbf, sub } = decoded(claims!) ?? {};
    const seconds = now / 1000;
    if (typeof exp !== "number" || exp > seconds + LONGEST + LEEWAY)
      return { wrong: "the token lives for too long: mint it for an hour at most" };
    if (exp + LEEWAY < seconds) return { wrong: "the token has expired: ask for a new one" };
    if (nbf !== undefined && !(typeof nbf === "number" && nbf - LEEWAY <= seconds))
      return { wrong: "the token cannot be used yet" };
    if (!(aud === this.#audience || (Array.isArray(aud) && aud.includes(this.#audience))))
      return { wrong: "the token is for another bridge" };
    if (typeof dst !== "string" || !isDestination(dst, host, port))
      return { wrong: "the token is for another server" };
    return typeof sub === "string" ? { subject: sub } : {};
  }
}

const NOT_OURS = { wrong: "the token is not one of this bridge's" };

/** Others may mint a name in another form than ours. */
function isDestination(claimed: string, host: string, port: number): boolean {
  const at = claimed.lastIndexOf(":");
  return claimed.slice(at + 1) === String(port) && hostOf(claimed.slice(0, Math.max(at, 0))) === host;
}

async function hmacKey(key: TokenKey, usages: KeyUsage[]): Promise<CryptoKey> {
  if (typeof key !== "string" && !(key instanceof Uint8Array)) {
    const { name, hash } = (key?.algorithm ?? {}) as HmacKeyAlgorithm;
    if (name === "HMAC" && hash.name === "SHA-256" && usages.every((usage) => key.usages.includes(usage)))
      return key;
    throw new InputError(`the key must be one for HMAC with SHA-256 that can ${usages.join()}`, {
      field: "key",
    });
  }
  const octets = typeof key === "string" ? utf8.encode(key) : key;
  if (octets.length < KEY_OCTETS)
    throw new InputError(`the key must have ${KEY_OCTETS} octets or more: "openssl rand -hex 32" makes one`, {
      field: "key",
    });
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", octets.slice(), algorithm, false, usages);
}

const utf8 = /* @__PURE__ */ new TextEncoder();

function encoded(value: object): string {
  return base64url(utf8.encode(JSON.stringify(value)));
}

function decoded(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(octetsOf(text)));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function base64url(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function octetsOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
