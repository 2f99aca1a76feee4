/** Composing reports: what became of a message, told to its sender (RFC 3464, RFC 6522). */
import { addressOf, bad } from "./address.js";
import { idOf, mailbox, millis, text } from "./compose.js";
import { reportMessage } from "./reader.js";
import type { Content } from "./content.js";
import type { Address, Draft } from "./draft.js";
import type { DeliveryAction } from "./report.js";
export { readyToRead } from "./reader.js";

/** A date: a `Date`, milliseconds since 1970 began, or ISO 8601. */
type When = NonNullable<Draft["date"]>;

/** What became of a message for one recipient (RFC 3464 section 2.3). */
export interface RecipientReport {
  /** Where it was to go last. */
  readonly recipient: string;
  /** The address in ORCPT, without its type and decoded (RFC 3461 section 4.2). */
  readonly originalRecipient?: string;
  readonly action: DeliveryAction;
  /**
   * Why, as `"5.1.1"` (RFC 3463): of the class 5 where it failed, or 4 where time ran out; 4 where it is late; 2 where it
   * arrived.
   */
  readonly status: string;
  /** The reply of the host that said it, its lines with spaces between them. */
  readonly diagnostic?: string;
  /** The name of that host. */
  readonly remoteMta?: string;
  /** When it was tried last: a `Date`, milliseconds since 1970 began, or ISO 8601. */
  readonly lastAttempt?: When;
  /** Until when it will be tried; only where it is late. */
  readonly willRetryUntil?: When;
}

/** The message that comes back with a report. */
export interface OriginalMessage {
  /** It, from its beginning; what is behind its header section is not needed with `headersOnly`. A string is UTF-8. */
  readonly content: string | Uint8Array;
  /**
   * Leave its body out (`RET=HDRS`). It is also left out where it is not ASCII in lines of at most 998 octets, which only
   * some servers take, and which must not be encoded (RFC 2046 section 5.2.1). Default: false.
   */
  readonly headersOnly?: boolean;
}

/** A notification of what became of a message. */
export interface DeliveryReport {
  /** The system that tells it, as `"Mail Delivery System <mailer-daemon@mx.example>"`. */
  readonly from: Address;
  /** The reverse-path of the message, to which alone this goes. */
  readonly to: string;
  /** By default, what everybody calls it. */
  readonly subject?: string;
  /** What a person reads; by default, a text made of the rest. */
  readonly text?: string;
  /** A `Date`, milliseconds since 1970 began, or ISO 8601. Default: now. */
  readonly date?: When;
  /** Of the report: with angle brackets or without. By default, a new one in the domain of `from`. */
  readonly messageId?: string;
  /** The name of the host that tells it. */
  readonly reportingMta: string;
  /** When the message came there: a `Date`, milliseconds since 1970 began, or ISO 8601. */
  readonly arrivalDate?: When;
  /** What ENVID was, decoded (RFC 3461 section 4.4). */
  readonly originalEnvelopeId?: string;
  /** What became of it, for each recipient that is told of; at least one. */
  readonly recipients: readonly RecipientReport[];
  /** What comes back. */
  readonly original?: OriginalMessage;
}

const FIELDS =
  "from to subject text date messageId reportingMta arrivalDate originalEnvelopeId recipients original".split(
    " ",
  );
const RECIPIENT_FIELDS =
  "recipient originalRecipient action status diagnostic remoteMta lastAttempt willRetryUntil".split(" ");
const ORIGINAL_FIELDS = ["content", "headersOnly"];

/** Makes a report. The module must be loaded. Throws an `InputError`. */
export function reported(report: DeliveryReport): { readonly to: string[]; readonly content: Content } {
  known(report, "report", FIELDS, "");
  const from = mailbox(report.from, "from");
  const to = text(report.to, "to");
  const messageId = idOf(report.messageId, addressOf(from));
  const { recipients } = report;
  if (!Array.isArray(recipients)) throw bad("recipients must be a list", "recipients");
  const octets = reportMessage({
    from: typeof from === "string" ? { address: from } : from,
    to,
    subject: text(report.subject, "subject"),
    text: text(report.text, "text"),
    date: millis(report.date),
    messageId,
    reportingMta: text(report.reportingMta, "reportingMta"),
    arrivalDate: when(report.arrivalDate, "arrivalDate"),
    originalEnvelopeId: maybe(report.originalEnvelopeId, "originalEnvelopeId"),
    recipients: recipients.map(recipientOf),
    original: originalOf(report.original),
  });
  return { to: [to], content: whole(octets, messageId) };
}

function recipientOf(given: RecipientReport, index: number): object {
  const at = `recipients[${index}]`;
  known(given, at, RECIPIENT_FIELDS, `${at}.`);
  return {
    recipient: text(given.recipient, `${at}.recipient`),
    originalRecipient: maybe(given.originalRecipient, `${at}.originalRecipient`),
    action: text(given.action, `${at}.action`),
    status: text(given.status, `${at}.status`),
    diagnostic: maybe(given.diagnostic, `${at}.diagnostic`),
    remoteMta: maybe(given.remoteMta, `${at}.remoteMta`),
    lastAttempt: when(given.lastAttempt, `${at}.lastAttempt`),
    willRetryUntil: when(given.willRetryUntil, `${at}.willRetryUntil`),
  };
}

function originalOf(given: OriginalMessage | undefined): object | undefined {
  if (given === undefined) return undefined;
  known(given, "original", ORIGINAL_FIELDS, "original.");
  const { content, headersOnly = false } = given;
  if (typeof headersOnly !== "boolean")
    throw bad("original.headersOnly must be true or false", "original.headersOnly");
  if (typeof content === "string") return { content: new TextEncoder().encode(content), headersOnly };
  if (content instanceof Uint8Array) return { content, headersOnly };
  throw bad("original.content must be a string or a Uint8Array", "original.content");
}

/** Throws an `InputError` unless it is an object with no other fields than these. */
function known(given: object, what: string, fields: readonly string[], path: string): void {
  if (typeof given !== "object" || given === null)
    throw bad(`${what} must be an object`, path === "" ? "message" : what);
  for (const name of Object.keys(given))
    if (!fields.includes(name))
      throw bad(`${what} has no field "${name}"; there are ${fields.join(", ")}`, path + name);
}

function when(date: When | undefined, field: string): number | undefined {
  return date === undefined ? undefined : millis(date, field);
}

function maybe(value: string | undefined, field: string): string | undefined {
  return value === undefined ? undefined : text(value, field);
}

/** Content that is all there. */
function whole(bytes: Uint8Array, messageId: string): Content {
  const content: Content = {
    octets: bytes.length,
    eightBit: bytes.some((octet) => octet > 127),
    clean: true,
    messageId,
    next: () => ({ bytes, last: true }),
    drop: () => {},
    again: () => content,
  };
  return content;
}
