/** What a person sets before a session runs: plain data, from which alone all that happens follows. No DOM. */

/** A course of sessions, one after the other. */
export interface Plan {
  readonly sessions: readonly SessionPlan[];
}

/** One connection, and both who talk over it. */
export interface SessionPlan {
  /** What this session is in the course, as "Submission". */
  readonly title?: string;
  /** When it begins: milliseconds behind the end of the one before. */
  readonly after?: number;
  readonly client: ClientPlan;
  readonly server: ServerPlan;
  readonly link: LinkPlan;
  /** What goes wrong. */
  readonly faults: readonly Fault[];
  /** What the client brings, in this order. */
  readonly messages: readonly MessagePlan[];
}

export interface ClientPlan {
  /** For EHLO. */
  readonly name: string;
  /** As the option `tls` of `connect`. */
  readonly tls: "off" | "opportunistic" | "required" | "implicit";
  readonly pipelining: boolean;
  readonly chunking: boolean;
  readonly auth?: AuthPlan;
  /**
   * What a person types in the client's place: each text goes out at once, when the server has fallen silent. Lines end
   * with LF here, and with CRLF on the wire; `\r`, `\n`, `\0`, `\t`, `\\` and `\xHH` are those octets, as they are.
   */
  readonly byHand?: readonly string[];
}

export interface AuthPlan {
  readonly mechanism: string;
  readonly user: string;
  /** The password or token that the client has. */
  readonly secret: string;
}

export interface ServerPlan {
  readonly name: string;
  /** The extensions it offers, by keyword. */
  readonly offers: readonly string[];
  /** Octets; 0 is no limit. */
  readonly size: number;
  /** SASL mechanisms it offers; none: no AUTH. */
  readonly mechanisms: readonly string[];
  /** Whether it offers AUTH without TLS. */
  readonly insecure?: boolean;
  /** Whether it has a certificate that the client trusts. */
  readonly certificate?: "good" | "bad";
  /** Recipients of one message at most; told to clients with LIMITS. */
  readonly recipients?: number;
  /** Messages of one session at most; 0 is no limit; told to clients with LIMITS. */
  readonly messages?: number;
  /** Speaks LMTP, and so does the client. */
  readonly lmtp?: boolean;
  /** What a person answers in the server's place, as {@link ClientPlan.byHand}: each text when the client has fallen silent. */
  readonly byHand?: readonly string[];
}

export interface LinkPlan {
  /** Milliseconds, each way. */
  readonly delay: number;
  /** Cuts what is sent into pieces of so many octets; 0: not. */
  readonly chunk: number;
}

/** Where in a session something can go wrong: at the command's reply. `content`: at the reply to the message. */
export const STAGES = [
  "greeting",
  "EHLO",
  "STARTTLS",
  "AUTH",
  "MAIL",
  "RCPT",
  "DATA",
  "content",
  "RSET",
  "QUIT",
] as const;
export type FaultStage = (typeof STAGES)[number];

export type Fault = {
  readonly at: FaultStage;
  /** Of several commands, the how-manieth: 1 is the first. Absent: each. */
  readonly nth?: number;
  /** Of RCPT: only for this recipient. */
  readonly recipient?: string;
} & (
  | { readonly what: "reply"; readonly code: number; readonly enhanced?: string; readonly text: string }
  /** The connection is lost before the reply, or behind it. */
  | { readonly what: "lost-before" | "lost-after" }
  /** The server never answers. */
  | { readonly what: "silence" }
);

export interface MessagePlan {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** The message as it is, in place of subject and text: the text of its octets (source.ts), where a line's end is LF. */
  readonly raw?: string;
  /** What comes in place of all of it: the message that the session before has taken, or a bounce for it. */
  readonly instead?: "received" | "bounce";
  /** Parameters of the envelope (RFC 3461, RFC 8689 and others), as `SendEnvelope` has them. */
  readonly ask?: Ask;
  /** Sent so many times. */
  readonly times?: number;
}

export interface Ask {
  readonly ret?: "full" | "headers";
  readonly envid?: string;
  readonly notify?: "never" | readonly ("success" | "failure" | "delay")[];
  readonly requireTls?: boolean;
  readonly holdFor?: number;
  readonly priority?: number;
  readonly deliverBy?: { readonly seconds: number; readonly mode: "return" | "notify" };
}

/** Extensions of the server that can be switched, in the order in which they are shown. */
export const EXTENSIONS = [
  "PIPELINING",
  "CHUNKING",
  "8BITMIME",
  "SMTPUTF8",
  "SIZE",
  "ENHANCEDSTATUSCODES",
  "STARTTLS",
  "BINARYMIME",
  "DSN",
  "LIMITS",
  "REQUIRETLS",
  "DELIVERBY",
  "FUTURERELEASE",
  "MT-PRIORITY",
  "VRFY",
] as const;

/** SASL mechanisms, the strongest first. */
export const MECHANISMS = [
  "SCRAM-SHA-256",
  "SCRAM-SHA-1",
  "CRAM-MD5",
  "PLAIN",
  "LOGIN",
  "OAUTHBEARER",
  "XOAUTH2",
  "EXTERNAL",
  "ANONYMOUS",
] as const;

/** The password of every user, and the token that stands for one. */
export const SECRET = "correct horse battery staple";
export const TOKEN = "ya29.a-token-from-elsewhere";

export function isToken(mechanism: string): boolean {
  return mechanism === "OAUTHBEARER" || mechanism === "XOAUTH2";
}

export const MESSAGE: MessagePlan = {
  from: "ann@client.example",
  to: ["bob@mx.example", "carol@mx.example", "dave@mx.example"],
  subject: "Lunch?",
  text: "Noon, the usual place.\n..a line that begins with dots\n",
};

export const SESSION: SessionPlan = {
  client: { name: "client.example", tls: "off", pipelining: true, chunking: true },
  server: {
    name: "mx.example",
    offers: ["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "SIZE", "ENHANCEDSTATUSCODES"],
    size: 10_000_000,
    mechanisms: [],
  },
  link: { delay: 40, chunk: 0 },
  faults: [],
  messages: [MESSAGE],
};

export const PLAN: Plan = { sessions: [SESSION] };

/** A session like the usual one, but for this. */
export function session(
  but: Partial<Omit<SessionPlan, "client" | "server" | "link">> & {
    client?: Partial<ClientPlan>;
    server?: Partial<ServerPlan>;
    link?: Partial<LinkPlan>;
  } = {},
): SessionPlan {
  return {
    ...SESSION,
    ...but,
    client: { ...SESSION.client, ...but.client },
    server: { ...SESSION.server, ...but.server },
    link: { ...SESSION.link, ...but.link },
  };
}
