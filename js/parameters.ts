/**
 * What an envelope can ask for beside who sends to whom, as parameters of MAIL and RCPT (RFC 3461, RFC 2852, RFC 4865,
 * RFC 6710, RFC 7293, RFC 8689, RFC 3030, RFC 4954 section 5, RFC 3865). Loaded with the first envelope that does.
 */
import { InputError } from "./errors.js";
import type { Param } from "./engine.js";
import { flag, oneOf, text, validate } from "./options.js";
import type { Rule, Shape } from "./options.js";

/** When a sender wants to hear of a recipient (RFC 3461 section 4.1). */
export type Notify = "never" | readonly ("success" | "failure" | "delay")[];

/** A recipient, and what its RCPT asks for. */
export interface EnvelopeRecipient {
  readonly address: string;
  /** Instead of the envelope's `notify`. */
  readonly notify?: Notify;
  /** The address that the message was sent to before anybody forwarded it (ORCPT, RFC 3461 section 4.2). */
  readonly originalRecipient?: string;
  /** Only if the mailbox has had the same owner since then (RRVS, RFC 7293). */
  readonly requireValidSince?: Date;
  /** Parameters that this library has no name for. */
  readonly params?: readonly Param[];
}

/**
 * Who sends to whom, and what is asked of the servers. What a server does not offer the extension for makes the message
 * an `InputError`; it is not sent without.
 */
export interface SendEnvelope {
  /** The reverse-path; `""` is the null reverse-path of notifications. */
  readonly from: string;
  /** The forward-paths. */
  readonly to: string | readonly (string | EnvelopeRecipient)[];
  /** How much comes back with a report of failure (RET, RFC 3461). */
  readonly ret?: "full" | "headers";
  /** The sender's name for this message, for reports: printable ASCII (RFC 3461). */
  readonly envid?: string;
  /** When the sender wants to hear of each recipient (RFC 3461). */
  readonly notify?: Notify;
  /** Deliver within so many seconds, or return it or say so (RFC 2852). */
  readonly deliverBy?: {
    readonly seconds: number;
    readonly mode: "return" | "notify";
    readonly trace?: boolean;
  };
  /** Hold it for so many seconds (RFC 4865). */
  readonly holdFor?: number;
  /** Hold it until then (RFC 4865). */
  readonly holdUntil?: Date;
  /** -9 to 9 (RFC 6710). */
  readonly priority?: number;
  /** TLS all the way, or back to the sender (RFC 8689). */
  readonly requireTls?: boolean;
  /** The content is any octets, in lines or not: they stay as they are (BINARYMIME, RFC 3030). */
  readonly binary?: boolean;
  /** A reply for each recipient, where the server can (PRDR). */
  readonly prdr?: boolean;
  /** Who gave us the message; `""` is nobody known (AUTH, RFC 4954 section 5). */
  readonly submitter?: string;
  /** Which kind of advertisement it is (RFC 3865). */
  readonly solicit?: string;
  /** Parameters of MAIL that this library has no name for. */
  readonly params?: readonly Param[];
}

/** Who sends to whom, as the servers see it (RFC 5321 section 2.3.1). */
export interface Envelope {
  /** The reverse-path; `""` is the null reverse-path of notifications. */
  readonly from: string;
  /** The forward-paths. */
  readonly to: readonly string[];
}

/** An envelope taken apart. */
export interface Parameters {
  readonly envelope: Envelope;
  /** A line for MAIL and one for each RCPT: parameters with a space between them. */
  readonly params: string;
  readonly prdr: boolean;
}

const EVENTS: readonly unknown[] = ["success", "failure", "delay"];
const KEYWORD = /^[a-z\d][a-z\d-]*$/i;
const VALUE = /^[!-<>-~\u0080-\u{10ffff}]+$/u;

/** These have fields of their own, or are the engine's to say. */
const OWN: readonly string[] =
  "SIZE BODY SMTPUTF8 AUTH RET ENVID BY HOLDFOR HOLDUNTIL MT-PRIORITY REQUIRETLS SOLICIT PRDR NOTIFY ORCPT RRVS".split(
    " ",
  );

const any: Rule = { allows: () => true, words: "anything" };
const date: Rule = {
  allows: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  words: "a date",
};
const notify: Rule = {
  allows: (value) =>
    value === "never" ||
    (Array.isArray(value) && value.length > 0 && value.every((event) => EVENTS.includes(event))),
  words: '"never", or a list of "success", "failure" and "delay"',
};
const params: Rule = {
  allows: (value) =>
    Array.isArray(value) &&
    value.every(
      (param: { keyword?: unknown; value?: unknown } | null) =>
        typeof param?.keyword === "string" &&
        KEYWORD.test(param.keyword) &&
        !OWN.includes(param.keyword.toUpperCase()) &&
        (param.value === undefined || (typeof param.value === "string" && VALUE.test(param.value))),
    ),
  words:
    "a list of { keyword, value? } that the envelope has no field for, with no spaces, controls or = in them",
};
const printable: Rule = {
  allows: (value) => typeof value === "string" && /^[ -~]+$/.test(value),
  words: "printable ASCII",
};
const value: Rule = {
  allows: (value) => typeof value === "string" && VALUE.test(value),
  words: "text without spaces, controls or =",
};

function whole(least: number, most: number): Rule {
  return {
    allows: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    words: `a whole number from ${least} to ${most}`,
  };
}

const ENVELOPE: Shape = {
  from: text,
  to: any,
  ret: oneOf("full", "headers"),
  envid: printable,
  notify,
  deliverBy: { seconds: whole(-999_999_999, 999_999_999), mode: oneOf("return", "notify"), trace: flag },
  holdFor: whole(1, 999_999_999),
  holdUntil: date,
  priority: whole(-9, 9),
  requireTls: flag,
  binary: flag,
  prdr: flag,
  submitter: text,
  solicit: value,
  params,
};
const RECIPIENT: Shape = {
  address: text,
  notify,
  originalRecipient: text,
  requireValidSince: date,
  params,
};

/** Takes an envelope apart. Throws an `InputError` that names the field. */
export function parametersOf(given: SendEnvelope): Parameters {
  validate(given, ENVELOPE, "envelope");
  const { from, to, deliverBy } = given;
  const recipients = (Array.isArray(to) ? to : [to]) as readonly (string | EnvelopeRecipient)[];
  if (deliverBy !== undefined && (deliverBy.seconds === undefined || deliverBy.mode === undefined))
    throw wrong("envelope.deliverBy needs seconds and a mode", "deliverBy");
  if (given.holdFor !== undefined && given.holdUntil !== undefined)
    throw wrong("envelope.holdFor and envelope.holdUntil exclude each other", "holdUntil");
  const mail = line(
    {
      RET: given.ret && (given.ret === "full" ? "FULL" : "HDRS"),
      ENVID: given.envid && xtext(given.envid),
      BY:
        deliverBy &&
        `${deliverBy.seconds};${deliverBy.mode === "return" ? "R" : "N"}${deliverBy.trace ? "T" : ""}`,
      HOLDFOR: given.holdFor,
      HOLDUNTIL: given.holdUntil && seconds(given.holdUntil),
      "MT-PRIORITY": given.priority,
      REQUIRETLS: given.requireTls,
      BODY: given.binary && "BINARYMIME",
      AUTH: given.submitter === undefined ? undefined : xtext(given.submitter) || "<>",
      SOLICIT: given.solicit,
    },
    given.params,
  );
  const lines = recipients.map((recipient, index) => {
    const options = typeof recipient === "string" ? { address: recipient } : recipient;
    validate(options, RECIPIENT, `envelope.to[${index}]`);
    const { originalRecipient, requireValidSince, notify = given.notify } = options;
    return line(
      {
        NOTIFY: notify && String(notify).toUpperCase(),
        ORCPT: originalRecipient && original(originalRecipient),
        RRVS: requireValidSince && seconds(requireValidSince),
      },
      options.params,
    );
  });
  const addresses = recipients.map((to) => (typeof to === "string" ? to : to.address));
  return {
    envelope: { from, to: addresses },
    params: [mail, ...lines].join("\n"),
    prdr: given.prdr ?? false,
  };
}

function wrong(what: string, field: string): InputError {
  return new InputError(what, { field: `envelope.${field}`, stage: "mail" });
}

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

/** False is not there, true has no value. */
function line(values: Values, more: SendEnvelope["params"] = []): string {
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== false);
  return [...known, ...more.map(({ keyword, value = true }) => [keyword, value] as const)]
    .map(([keyword, value]) => (value === true ? keyword : `${keyword}=${value}`))
    .join(" ");
}

/** RFC 3461 section 4. */
function xtext(text: string): string {
  return text.replace(
    /[^!-*,-<>-~]/gu,
    (c) => `+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** RFC 3461 section 4.2; outside ASCII, RFC 6533 section 3. */
function original(address: string): string {
  if (/^[\x00-\x7f]*$/.test(address)) return `rfc822;${xtext(address)}`;
  const hex = (c: string): string => `\\x{${c.codePointAt(0)!.toString(16).toUpperCase().padStart(2, "0")}}`;
  return `utf-8;${address.replace(/[^!-*,-<>-[\]-~]/gu, hex)}`;
}

/** RFC 3339, as far as RFC 4865 and RFC 7293 need it. */
function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+/, "");
}
