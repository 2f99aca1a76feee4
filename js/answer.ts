/**
 * What a program sends back for a message that it got: whether it may at all (RFC 3834 section 2), its answer (sections 3 and
 * 4, RFC 5322 section 3.6.4), and the report that the message was not delivered (RFC 3464).
 */
import { bad } from "./address.js";
import { compose, composeReport } from "./composition.js";
import type { Composition } from "./composition.js";
import type { Address, Draft } from "./draft.js";
import { InputError } from "./errors.js";
import type { HeaderField, Message } from "./parse.js";
import type { DeliveryReport, RecipientReport } from "./reporting.js";

/** A message that came, and on which paths. */
export interface Arrived {
  readonly envelope: {
    /** The reverse-path; empty for the null one. */
    readonly from: string;
    /** The forward-path. */
    readonly to: string;
  };
  readonly message: Message;
  /** All of it. */
  readonly raw: Uint8Array;
  /** When it came. */
  readonly at: Date;
}

/** Why a message gets no answer. */
export interface Unanswerable {
  /** Whether nobody is to answer it, or only the runtime sends no answer to it. */
  readonly by: "standard" | "runtime";
  /** What in the message says so: `"envelope.from"`, `"report"`, or the name of a header field. */
  readonly field: string;
  /** For people. */
  readonly message: string;
  /** The document that says so, as `"RFC 3834 section 2"`. */
  readonly rule: string;
}

/** What is written into an answer; all that has to be in it, it has by itself. */
export interface ReplyDraft extends Omit<
  Draft,
  | ("from" | "sender" | "to" | "cc" | "bcc" | "inReplyTo" | "references")
  | ("autoSubmitted" | "list" | "envelope")
> {
  /** Who answers. Default: the address that got the message; the runtime sends nothing from another domain. */
  readonly from?: Address;
  /** Default: that of the message behind `"Auto: "` (RFC 3834 section 3.1.5), its beginning if it is long. */
  readonly subject?: string;
}

/** Why a message was not delivered to the address that it came for (RFC 3464). */
export interface BounceDraft
  extends
    Pick<DeliveryReport, "subject" | "text" | "date" | "messageId">,
    Partial<Pick<DeliveryReport, "from" | "reportingMta">>,
    Pick<RecipientReport, "status" | "diagnostic" | "remoteMta"> {}

/** Precedence of what is not for a person (RFC 2076 section 3.9). */
const PRECEDENCES: readonly string[] = ["bulk", "junk", "list"];
/** Local parts of programs that send, and of those who want no answers. */
const PROGRAMS =
  /^(?:mailer-daemon|listserv|majordomo|owner-.*|.*-request|(?:no|do[-_.]?not)[-_.]?reply(?![a-z]).*)$/;

/** Why no program may answer a message; nothing where one may. */
export function unanswerable({ envelope, message }: Arrived): Unanswerable | undefined {
  const never = (field: string, message: string): Unanswerable => ({
    by: "standard",
    field,
    message,
    rule: "RFC 3834 section 2",
  });
  const { from, to } = envelope;
  if (from === "")
    return never("envelope.from", "it came from the null reverse-path: there is nobody to answer to");
  if (from.toLowerCase() === to.toLowerCase())
    return never("envelope.from", "it came from the address that it came to: an answer would come back");
  if (PROGRAMS.test(from.slice(0, from.lastIndexOf("@")).toLowerCase()))
    return never("envelope.from", `it came from ${from}, where programs send and nobody reads`);
  for (const field of message.headers) {
    const name = field.name.toLowerCase();
    if (name === "auto-submitted" && keywordOf(field) !== "no")
      return never(field.name, "a program sent it, and programs do not answer each other");
    if (name === "precedence" && PRECEDENCES.includes(keywordOf(field)))
      return never(field.name, `it was sent to many: its precedence is ${keywordOf(field)}`);
    if (name.startsWith("list-")) return never(field.name, "it came from a mailing list");
  }
  if (message.report !== undefined || message.root.contentType === "multipart/report")
    return never("report", "it is a report of what became of another message");
  return undefined;
}

/** The word that a field begins with, in lower case; what is behind it are parameters. */
export function keywordOf({ value }: HeaderField): string {
  let depth = 0;
  let word = "";
  for (const character of value) {
    if (character === "(") depth++;
    else if (character === ")" && depth > 0) depth--;
    else if (depth > 0) continue;
    else if (character === ";") break;
    else word += character;
  }
  return word.trim().toLowerCase();
}

/** Whether a message identifier can be written into an answer; some that are sent are none. */
export function isMessageId(id: string): boolean {
  return (
    /^<[^\s\p{Cc}<>"(),;\\@]+@[^\s\p{Cc}<>"(),;\\@]+>$/u.test(id) &&
    new TextEncoder().encode(id).length <= MESSAGE_ID_OCTETS
  );
}

const MESSAGE_ID_OCTETS = 900;

/** What an answer has by itself, and why. */
const GIVEN: Readonly<Record<string, string>> = {
  sender: "its sender is who answers",
  to: "it goes to the reverse-path of the message",
  cc: "it goes to the reverse-path of the message, alone",
  bcc: "it goes to the reverse-path of the message, alone",
  inReplyTo: "it names the message",
  references: "it has those of the message",
  autoSubmitted: "it is what a program answers",
  list: "it comes from no mailing list",
  envelope: "it goes to the reverse-path of the message",
};

/**
 * Composes an answer, whose reverse-path is the address in `From` if it is not given. Rejects with an `InputError` where there
 * must be none, or where something cannot be written as it is.
 */
export async function composeAnswer(
  arrived: Arrived,
  draft: ReplyDraft,
  paths: { readonly from?: string } = {},
): Promise<Composition> {
  const { envelope, message } = arrived;
  refuse(unanswerable(arrived));
  if (typeof draft !== "object" || draft === null) throw bad("a reply must be an object", "reply");
  for (const [field, why] of Object.entries(GIVEN))
    if (field in draft) throw bad(`a reply has no field "${field}": ${why}`, field);
  return compose({
    ...draft,
    from: draft.from ?? envelope.to,
    to: envelope.from,
    subject: draft.subject ?? subjectFor(message),
    ...threadOf(message),
    autoSubmitted: "auto-replied",
    envelope: paths,
  });
}

/** Throws the reason. */
export function refuse(reason: Unanswerable | undefined): void {
  if (reason === undefined) return;
  const { field, message, rule } = reason;
  throw new InputError(`the message must not be answered: ${message}`, { field, rule });
}

/** Composes a report. Rejects with an `InputError` where there must be none. */
export async function composeNonDelivery(arrived: Arrived, draft: BounceDraft): Promise<Composition> {
  const { envelope, message, raw, at } = arrived;
  if (envelope.from === "")
    throw new InputError("there must be no report on the message: it came from the null reverse-path", {
      field: "envelope.from",
      rule: "RFC 3461 section 6.1",
    });
  if (typeof draft !== "object" || draft === null) throw bad("a bounce must be an object", "bounce");
  for (const field of ["to", "arrivalDate", "recipients", "original"])
    if (field in draft) throw bad(`a bounce has no field "${field}": it is about the message`, field);
  const { status, diagnostic, remoteMta, ...report } = draft;
  const domain = domainOf(envelope.to);
  return composeReport({
    from: { name: "Mail Delivery System", address: `mailer-daemon@${domain}` },
    reportingMta: domain,
    ...report,
    to: envelope.from,
    arrivalDate: at,
    recipients: [
      {
        recipient: envelope.to,
        action: "failed",
        status,
        ...(diagnostic !== undefined && { diagnostic }),
        ...(remoteMta !== undefined && { remoteMta }),
      },
    ],
    original: { content: raw.subarray(0, message.root.header.end), headersOnly: true },
  });
}

/** The fields that put an answer into its thread (RFC 5322 section 3.6.4). */
function threadOf({ messageId, inReplyTo, references }: Message): Pick<Draft, "inReplyTo" | "references"> {
  const [id, parents, ancestors] = [messageId && [messageId], inReplyTo, references].map((ids) =>
    (ids || []).filter(isMessageId),
  );
  const before = ancestors!.length === 0 && parents!.length === 1 ? parents! : ancestors!;
  return { inReplyTo: id!, references: [...before, ...id!] };
}

function subjectFor({ subject = "" }: Message): string {
  const beginning = subject.slice(0, SUBJECT_CHARACTERS).replace(/[\uD800-\uDBFF]$/, "");
  // What a field cannot hold may have been in encoded words.
  return `Auto: ${beginning.replace(/\p{Cc}/gu, " ")}`.trim();
}

/** So much of a subject goes into the answer's. */
const SUBJECT_CHARACTERS = 200;

/** In lower case. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}
