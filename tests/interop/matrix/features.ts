/** The rows of the matrix: what can be seen on the wire of a session, and which EHLO keyword offers it. */

/** A command and its reply, as they were seen on the wire. */
export interface Exchange {
  /** In upper case; `CONTENT` for the message after DATA, `TLS` for a handshake, `PROXY` for a PROXY header. */
  verb: string;
  /** The command line. */
  line: string;
  /** The reply's code, and what of it is an enhanced status code. */
  code: number;
  enhanced?: string;
  /** It went out while the reply to another command was still to come. */
  behind: boolean;
  /** Messages that were accepted before it, in this session. */
  messages: number;
  /** Octets of the message that it completes, or 0. */
  octets: number;
}

/** One row. */
export interface Feature {
  readonly name: string;
  /** The keyword that offers it in the EHLO reply; for a mechanism, `AUTH` and its name. */
  readonly keyword?: string;
  /** Whether this exchange used it, and the peer agreed. */
  used(exchange: Exchange): boolean;
}

const done = ({ code }: Exchange): boolean => code >= 200 && code < 300;

function command(verb: string, keyword: string | undefined = verb): Feature {
  return { name: verb, keyword, used: (exchange) => exchange.verb === verb && done(exchange) };
}

/** An extension that is used by a parameter of MAIL or RCPT. */
function parameter(keyword: string, pattern: RegExp, name = keyword): Feature {
  return {
    name,
    keyword,
    used: (exchange) =>
      (exchange.verb === "MAIL" || exchange.verb === "RCPT") && done(exchange) && pattern.test(exchange.line),
  };
}

function mechanism(name: string): Feature {
  const pattern = new RegExp(`^AUTH ${name}( |$)`, "i");
  return {
    name: `AUTH ${name}`,
    keyword: `AUTH ${name}`,
    used: ({ verb, line, code }) => verb === "AUTH" && code === 235 && pattern.test(line),
  };
}

/** The end of a message. */
function ends({ verb, line }: Exchange): boolean {
  return verb === "CONTENT" || (verb === "BDAT" && / LAST$/i.test(line));
}

/** The rows, in the order in which they are printed. */
export const FEATURES: readonly Feature[] = [
  { name: "PIPELINING", keyword: "PIPELINING", used: ({ behind }) => behind },
  parameter("SIZE", / SIZE=\d/i),
  parameter("8BITMIME", / BODY=8BITMIME/i),
  parameter("SMTPUTF8", / SMTPUTF8/i),
  { ...command("BDAT", "CHUNKING"), name: "CHUNKING" },
  parameter("BINARYMIME", / BODY=BINARYMIME/i),
  {
    name: "ENHANCEDSTATUSCODES",
    keyword: "ENHANCEDSTATUSCODES",
    used: ({ enhanced }) => enhanced !== undefined,
  },
  { name: "STARTTLS", keyword: "STARTTLS", used: ({ verb, line }) => verb === "TLS" && line === "STARTTLS" },
  { name: "implicit TLS", used: ({ verb, line }) => verb === "TLS" && line === "implicit" },
  ...[
    ...["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"],
    ...["SCRAM-SHA-256-PLUS", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS"],
  ].map(mechanism),
  parameter("DSN", / (RET|ENVID|NOTIFY|ORCPT)=/i),
  parameter("DELIVERBY", / BY=/i),
  parameter("FUTURERELEASE", / HOLD(FOR|UNTIL)=/i),
  parameter("MT-PRIORITY", / MT-PRIORITY=/i),
  parameter("REQUIRETLS", / REQUIRETLS( |$)/i),
  {
    name: "PRDR",
    keyword: "PRDR",
    used: (exchange) => ends(exchange) && exchange.code === 353,
  },
  command("ETRN"),
  command("VRFY"),
  command("EXPN"),
  command("HELP"),
  command("BURL"),
  { name: "XCLIENT", keyword: "XCLIENT", used: ({ verb, code }) => verb === "XCLIENT" && code === 220 },
  command("XFORWARD"),
  { name: "PROXY", used: ({ verb }) => verb === "PROXY" },
  { name: "LMTP", used: (exchange) => exchange.verb === "LHLO" && done(exchange) },
  {
    name: "50 messages",
    used: (exchange) => ends(exchange) && done(exchange) && exchange.messages >= 49,
  },
  {
    name: "25 MB",
    used: (exchange) => ends(exchange) && done(exchange) && exchange.octets >= 25_000_000,
  },
];

/** What our client can use, so that a server that offers it has to see it used. */
export const OURS: ReadonlySet<string> = new Set([
  ...["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES", "STARTTLS"],
  ...["AUTH SCRAM-SHA-256", "AUTH SCRAM-SHA-1", "AUTH XOAUTH2", "AUTH OAUTHBEARER", "AUTH CRAM-MD5"],
  ...["AUTH PLAIN", "AUTH LOGIN", "DSN", "DELIVERBY", "REQUIRETLS", "PRDR", "XCLIENT"],
  ...["VRFY", "EXPN", "HELP", "ETRN"],
]);

/** What clients can do, as they do not say it themselves: our server has to see all of it. */
export const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  curl: ["SMTPUTF8", "STARTTLS", "implicit TLS", "AUTH PLAIN", "AUTH LOGIN", "VRFY", "EXPN", "HELP", "PROXY"],
  msmtp: ["PIPELINING", "STARTTLS", "implicit TLS", "AUTH PLAIN", "AUTH LOGIN", "DSN", "ETRN", "LMTP"],
  nodemailer: ["SMTPUTF8", "STARTTLS", "implicit TLS", "AUTH PLAIN", "AUTH LOGIN", "DSN", "LMTP"],
  "s-nail": ["STARTTLS", "implicit TLS", "AUTH PLAIN", "AUTH LOGIN"],
  smtplib: [
    ...["SIZE", "8BITMIME", "SMTPUTF8", "STARTTLS", "implicit TLS", "AUTH PLAIN", "AUTH LOGIN", "DSN"],
    ...["VRFY", "EXPN", "HELP", "LMTP"],
  ],
  swaks: [
    "PIPELINING",
    "STARTTLS",
    "implicit TLS",
    "AUTH PLAIN",
    "AUTH LOGIN",
    "PRDR",
    "LMTP",
    "XCLIENT",
    "PROXY",
  ],
  Dovecot: ["STARTTLS", "CHUNKING", "AUTH PLAIN"],
  Exim: ["PIPELINING", "SIZE", "SMTPUTF8", "CHUNKING", "STARTTLS", "AUTH PLAIN", "DSN"],
  Haraka: ["STARTTLS"],
  Postfix: [
    ...["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "STARTTLS", "implicit TLS", "AUTH PLAIN", "DSN"],
    ...["LMTP", "XFORWARD"],
  ],
  Sendmail: ["PIPELINING", "SIZE", "8BITMIME", "STARTTLS", "DSN"],
};

/** Rows that tests fill in by what they see elsewhere than on this wire. */
export const REPORTS = ["DSN success report", "DSN failure report"] as const;

/** What an EHLO reply offers: names of rows, and the keywords for which there is no row. */
export function offeredBy(lines: readonly string[]): { features: string[]; unknown: string[] } {
  const features: string[] = [];
  const unknown: string[] = [];
  for (const line of lines) {
    const [keyword = "", ...words] = line.trim().toUpperCase().split(/ +/);
    const keys = keyword === "AUTH" ? words.map((word) => `AUTH ${word}`) : [keyword];
    for (const key of keys) {
      const feature = FEATURES.find((feature) => feature.keyword === key);
      if (feature === undefined) unknown.push(key);
      else features.push(feature.name);
    }
  }
  return { features, unknown };
}
