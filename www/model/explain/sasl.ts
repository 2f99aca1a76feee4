/** The messages of SASL exchanges, as they are inside their base64: for what this page makes up itself. No DOM. */
import { shown } from "../octet.js";
import type { Explained } from "./explained.js";
import { rowOf, written } from "./explained.js";

export interface SaslField {
  readonly name: string;
  /** To be shown: what cannot be seen is written as its number. */
  readonly value: string;
  readonly text: string;
  /** Whoever has it can be this user. */
  readonly secret?: boolean;
}

export interface SaslMessage {
  readonly fields: readonly SaslField[];
  /** Why it cannot be read. */
  readonly problem?: string;
}

const MECHANISMS: Readonly<Record<string, readonly [text: string, reference: string]>> = {
  PLAIN: ["Name and password as they are: for connections under TLS alone.", "4616#2"],
  LOGIN: ["As PLAIN, asked one after the other. Obsolete, but much used.", "draft-murchison-sasl-login"],
  "CRAM-MD5": ["The password is mixed with a challenge by MD5. Weak today.", "2195#2"],
  "SCRAM-SHA-1": [
    "Both sides prove that they know the password, and it does not go over the wire.",
    "5802#3",
  ],
  "SCRAM-SHA-256": [
    "Both sides prove that they know the password, and it does not go over the wire.",
    "7677#3",
  ],
  "SCRAM-SHA-1-PLUS": ["As SCRAM-SHA-1, bound to the TLS connection: nobody can sit between.", "5802#6"],
  "SCRAM-SHA-256-PLUS": ["As SCRAM-SHA-256, bound to the TLS connection: nobody can sit between.", "7677#3"],
  OAUTHBEARER: ["A token of OAuth 2 that somebody else has given out.", "7628#3"],
  XOAUTH2: [
    "A token of OAuth 2, in the form of Google and Microsoft.",
    "Google, “The SASL XOAUTH2 mechanism”",
  ],
  EXTERNAL: ["Who the client is, something else has proved, as its TLS certificate.", "4422#A"],
  ANONYMOUS: ["The client proves nothing; it may leave a word for the log.", "4505#2"],
};

export function explainMechanism(name: string): Explained | undefined {
  const title = name.toUpperCase();
  const row = rowOf(MECHANISMS, title);
  return row && { title, text: row[0], ...written(row[1]) };
}

/**
 * Reads a message of an exchange: what stands behind `334 ` or `AUTH … `, or on the client's line alone. `turn` is the
 * how-manieth of this side it is, from 0: LOGIN cannot be read without.
 */
export function decodeSasl(
  mechanism: string,
  side: "client" | "server",
  base64: string,
  turn = 0,
): SaslMessage {
  if (base64 === "*" && side === "client")
    return { fields: [{ name: "cancel", value: "*", text: "The client gives up." }] };
  const octets = octetsOf(base64);
  if (octets === undefined) return { fields: [], problem: "This is no base64." };
  const text = utf8(octets);
  if (text === undefined) return { fields: [], problem: "What is in the base64 is no UTF-8." };
  const fields = read(mechanism.toUpperCase(), side, text, turn);
  if (fields === undefined)
    return {
      fields: text === "" ? [] : [field("text", text, "What is in the base64.")],
      problem: `This is no message of ${shown(mechanism)}.`,
    };
  return { fields };
}

function read(
  mechanism: string,
  side: "client" | "server",
  text: string,
  turn: number,
): SaslField[] | undefined {
  if (side === "server" && text === "" && !mechanism.startsWith("SCRAM"))
    return [{ name: "challenge", value: "", text: "It is empty: the client is to begin." }];
  switch (mechanism) {
    case "PLAIN":
      return side === "client" ? plain(text) : undefined;
    case "LOGIN":
      return login(side, text, turn);
    case "CRAM-MD5":
      return cram(side, text);
    case "OAUTHBEARER":
    case "XOAUTH2":
      return side === "client" ? bearer(mechanism, text) : oauthError(text);
    case "EXTERNAL":
      return [
        text === ""
          ? field("authzid", "", "Empty: the client acts as who it was proved to be.")
          : field("authzid", text, "Who the client wants to act as."),
      ];
    case "ANONYMOUS":
      return [field("trace", text, "A word for the log, such as an address.")];
    default:
      return mechanism.startsWith("SCRAM-") ? scram(side, text) : undefined;
  }
}

/** `[authzid] NUL authcid NUL passwd` */
function plain(text: string): SaslField[] | undefined {
  const [authzid, authcid, password, ...more] = text.split("\0");
  if (password === undefined || more.length > 0) return undefined;
  return [
    ...(authzid === "" ? [] : [field("authzid", authzid!, "Who the client wants to act as.")]),
    field("authcid", authcid!, "The user whose password it is."),
    secret("passwd", password, "The password, readable by whoever sees the line."),
  ];
}

function login(side: "client" | "server", text: string, turn: number): SaslField[] | undefined {
  if (side === "server")
    return [field("prompt", text, "What the server asks for. Clients go by the order alone.")];
  if (turn === 0) return [field("user", text, "The user.")];
  return turn === 1
    ? [secret("password", text, "The password, readable by whoever sees the line.")]
    : undefined;
}

function cram(side: "client" | "server", text: string): SaslField[] | undefined {
  if (side === "server")
    return [field("challenge", text, "Never twice the same, so that an answer is of no use later.")];
  const space = text.lastIndexOf(" ");
  if (space <= 0) return undefined;
  return [
    field("user", text.slice(0, space), "The user."),
    field("digest", text.slice(space + 1), "HMAC-MD5 of the challenge by the password."),
  ];
}

const SCRAM: Readonly<Record<string, string>> = {
  a: "Who the client wants to act as.",
  n: "The user.",
  m: "An extension that must be understood.",
  r: "Nonces: the client's, then the server's behind it. Never twice the same.",
  s: "The salt, in base64: the same password gives another key for each user.",
  i: "How often the password is hashed: it makes guessing slow.",
  c: "What the client has said of channel binding, and the binding, in base64.",
  p: "The client's proof that it knows the password, in base64.",
  v: "The server's signature: it knows the key, so it is no impostor. In base64.",
  e: "Why the server refuses.",
};

const BINDING: Readonly<Record<string, string>> = {
  n: "No: the client has no channel binding.",
  y: "The client could, and thinks that the server cannot.",
  p: "The exchange is bound to the TLS connection, by this.",
};

/** `attribute "=" value`, with commas between; the client's first has a header before it (RFC 5802 section 7). */
function scram(side: "client" | "server", text: string): SaslField[] | undefined {
  const fields: SaslField[] = [];
  let rest = text;
  const header = side === "client" ? /^([ny]|p=([A-Za-z0-9.-]+)),(?:a=([^,]*))?,/.exec(text) : null;
  if (header !== null) {
    const [whole, flag, type, authzid] = header;
    fields.push(field("channel binding", type ?? flag!, BINDING[flag![0]!]!));
    if (authzid !== undefined) fields.push(field("a", name(authzid), SCRAM["a"]!));
    rest = text.slice(whole.length);
  }
  if (rest === "" && side === "client" && header === null)
    return [field("answer", "", "It is empty: the client has seen the server's signature.")];
  for (const attribute of rest.split(",")) {
    const [, key, value] = /^([A-Za-z])=([^]*)$/.exec(attribute) ?? [];
    if (key === undefined) return undefined;
    fields.push(field(key, key === "n" ? name(value!) : value!, rowOf(SCRAM, key) ?? "An extension."));
  }
  return fields;
}

/** `saslname`, in which a comma is `=2C` and an equals sign is `=3D`. */
function name(text: string): string {
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

const BEARER: Readonly<Record<string, string>> = {
  user: "The user.",
  host: "The host that the client has connected to.",
  port: "The port that the client has connected to.",
  auth: "The token: whoever has it can be this user, until it expires.",
};

function bearer(mechanism: string, text: string): SaslField[] | undefined {
  if (text === "\u0001")
    return [field("answer", "\u0001", "The client has read the error, and waits for the refusal.")];
  if (text === "" && mechanism === "XOAUTH2")
    return [field("answer", "", "The client has read the error, and waits for the refusal.")];
  const fields: SaslField[] = [];
  let rest = text;
  if (mechanism === "OAUTHBEARER") {
    const header = /^([ny]|p=[A-Za-z0-9.-]+),(?:a=([^,]*))?,\u0001/.exec(text);
    if (header === null) return undefined;
    if (header[2] !== undefined) fields.push(field("a", name(header[2]), "The user."));
    rest = text.slice(header[0].length);
  }
  const pairs = rest.split("\u0001").filter((pair) => pair !== "");
  for (const pair of pairs) {
    const [, key, value] = /^([A-Za-z]+)=([^]*)$/.exec(pair) ?? [];
    if (key === undefined) return undefined;
    const about = rowOf(BEARER, key) ?? "";
    fields.push(key === "auth" ? secret(key, value!, about) : field(key, value!, about));
  }
  return fields.length === 0 ? undefined : fields;
}

const OAUTH_ERROR: Readonly<Record<string, string>> = {
  status: "Why the token is not taken.",
  schemes: "What the server takes.",
  scope: "What the token would have to allow.",
  "openid-configuration": "Where to learn who gives out tokens.",
};

function oauthError(text: string): SaslField[] | undefined {
  try {
    const error: unknown = JSON.parse(text);
    if (typeof error !== "object" || error === null || Array.isArray(error)) return undefined;
    return Object.entries(error).map(([key, value]) =>
      field(key, String(value), rowOf(OAUTH_ERROR, key) ?? ""),
    );
  } catch {
    return undefined;
  }
}

function field(name: string, value: string, text: string): SaslField {
  return { name, value: shown(value), text };
}

function secret(name: string, value: string, text: string): SaslField {
  return { ...field(name, value, text), secret: true };
}

/** `=` alone is an empty message. */
function octetsOf(base64: string): Uint8Array | undefined {
  if (base64 === "=") return new Uint8Array();
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function utf8(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
