/** What a server keeps of a password, so that it need not keep the password (RFC 5802 section 3, RFC 7677). */
import { InputError } from "./errors.js";
import { count, oneOf, validate } from "./options.js";

/**
 * What SCRAM needs to know of a user: plain data, to be stored as JSON. Nobody can log in with it. The octets are in
 * base64.
 */
export interface ScramSecret {
  readonly hash: "SHA-256" | "SHA-1";
  readonly iterations: number;
  readonly salt: string;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** How {@link scramSecret} makes it. */
export interface ScramSecretOptions {
  /** Default: 16 random octets. */
  readonly salt?: Uint8Array;
  /** How often the password is hashed. Default: 15000 (RFC 7677 section 4). Clients refuse fewer than 4096. */
  readonly iterations?: number;
  /** SCRAM-SHA-1 needs secrets of its own. Default: `"SHA-256"`. */
  readonly hash?: "SHA-256" | "SHA-1";
}

const ITERATIONS = 15_000;
const SALT_OCTETS = 16;

/** Makes what a server keeps of a password. Rejects with an `InputError` when the password cannot be one (RFC 8265). */
export async function scramSecret(password: string, options: ScramSecretOptions = {}): Promise<ScramSecret> {
  const { salt = crypto.getRandomValues(new Uint8Array(SALT_OCTETS)), ...rest } = options;
  validate(rest, { iterations: count, hash: oneOf("SHA-256", "SHA-1") });
  const { iterations = ITERATIONS, hash = "SHA-256" } = rest;
  if (!(salt instanceof Uint8Array) || salt.length === 0)
    throw new InputError("the option salt must be octets", { field: "salt" });
  const octets = new TextEncoder().encode(prepared(password));
  const key = await crypto.subtle.importKey("raw", octets, "PBKDF2", false, ["deriveBits"]);
  octets.fill(0);
  const bits = hash === "SHA-1" ? 160 : 256;
  const salted = new Uint8Array(
    await crypto.subtle.deriveBits(
      { name: "PBKDF2", hash, salt: new Uint8Array(salt), iterations },
      key,
      bits,
    ),
  );
  const hmac = await crypto.subtle.importKey("raw", salted, { name: "HMAC", hash }, false, ["sign"]);
  salted.fill(0);
  const sign = async (text: string): Promise<ArrayBuffer> =>
    crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(text));
  const storedKey = await crypto.subtle.digest(hash, await sign("Client Key"));
  return {
    hash,
    iterations,
    salt: base64(salt),
    storedKey: base64(new Uint8Array(storedKey)),
    serverKey: base64(new Uint8Array(await sign("Server Key"))),
  };
}

/**
 * What no password has (RFC 8264 section 8), as the engine sees it: what is not seen, what is not assigned, old Hangul jamo,
 * and the exceptions of RFC 5892 section 2.6.
 */
const DISALLOWED =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u;

/** As the engine does it: OpaqueString of RFC 8265 section 4.2. */
function prepared(password: string): string {
  if (typeof password !== "string" || password === "" || DISALLOWED.test(password))
    throw new InputError(
      "the password must be a string without controls and code points that no password has",
      {
        field: "password",
      },
    );
  return password.replace(/\p{Zs}/gu, " ").normalize("NFC");
}

function base64(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets));
}
