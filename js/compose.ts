/** Composing: from what an application calls a message to its octets (RFC 5322, RFC 2045, RFC 2046). */
import { addressOf, bad } from "./address.js";
import { assembled } from "./assemble.js";
import type { Content, Sources } from "./content.js";
import type { Address, ComposeOptions, Draft } from "./draft.js";
import type { NamedAddress } from "./engine.js";
import { count, flag, octets, validate } from "./options.js";
import type { Shape } from "./options.js";
import type { SendEnvelope } from "./parameters.js";
import { Records } from "./skeleton.js";
import { headersOf, idsOf, listHeaders, putHeaders } from "./fields.js";
import { bodyOf } from "./structure.js";
export { canCompose, readyToCompose } from "./composer.js";

const FIELDS: ReadonlySet<string> = new Set(
  (
    "from sender to cc bcc replyTo subject text html amp attachments icalEvent inReplyTo references messageId date " +
    "priority autoSubmitted headers list signed encrypted envelope"
  ).split(" "),
);
const OPTIONS: Shape = { maxAttachments: count, maxOctets: octets, utf8: flag, eightBit: flag, binary: flag };
const AUTO_SUBMITTED: readonly unknown[] = ["no", "auto-generated", "auto-replied"];
const PRIORITY: Readonly<Record<string, readonly (readonly [name: string, value: string])[]>> = {
  high: [
    ["X-Priority", "1 (Highest)"],
    ["Importance", "high"],
  ],
  normal: [],
  low: [
    ["X-Priority", "5 (Lowest)"],
    ["Importance", "low"],
  ],
};

/** What is to be sent. */
export interface Composed {
  /** The reverse-path. */
  readonly from: string;
  /** Everybody who gets it, once. */
  readonly to: string[];
  readonly content: Content;
}

/** Makes a message: clean, with CRLF at every line's end. The module must be loaded. Throws an `InputError`. */
export function composed(draft: Draft, sources: Sources, options: ComposeOptions = {}): Composed {
  if (typeof draft !== "object" || draft === null) throw bad("a message must be an object", "message");
  validate(options, OPTIONS);
  const { envelope = {} } = draft;
  if (typeof envelope !== "object" || envelope === null) throw bad("envelope must be an object", "envelope");
  for (const field of Object.keys(draft))
    if (!FIELDS.has(field)) throw bad(`a message has no field "${field}"`, field);
  const { utf8 = false, eightBit = false, maxOctets = Infinity, maxAttachments = 100 } = options;
  const { binary = envelope.binary === true } = options;
  const from = mailbox(draft.from, "from");
  const sender = draft.sender === undefined ? undefined : mailbox(draft.sender, "sender");
  const [to, cc, bcc, replyTo] = (["to", "cc", "bcc", "replyTo"] as const).map((field) =>
    list(draft[field], field),
  );
  const recipients = [...new Set([...to!, ...cc!, ...bcc!].map(addressOf))];
  if (recipients.length === 0 && envelope.to === undefined)
    throw bad("a message needs at least one recipient", "to");

  const records = new Records(crypto.randomUUID().replaceAll("-", ""), utf8, eightBit);
  records.put("D", String(millis(draft.date)), "date");
  const addresses = (name: string, field: string, addresses: readonly NamedAddress[]): void => {
    if (addresses.length === 0) return;
    records.put("A", name, field);
    for (const address of addresses) {
      if (typeof address === "object") records.put("n", address.name!, field);
      records.put("m", addressOf(address), field);
    }
  };
  addresses("From", "from", [from]);
  if (sender !== undefined) addresses("Sender", "sender", [sender]);
  addresses("Reply-To", "replyTo", replyTo!);
  addresses("To", "to", to!);
  addresses("Cc", "cc", cc!);
  for (const address of bcc!) records.put("b", addressOf(address), "bcc");
  const reversePath = addressOf(sender ?? from);
  const subject = text(draft.subject, "subject");
  records.put("H", "Subject", "subject");
  records.put("v", subject, "subject");
  const messageId = idOf(draft.messageId, reversePath);
  const ids = (name: string, field: string, ids: readonly string[]): void => {
    if (ids.length > 0) records.put("I", name, field);
    for (const id of ids) records.put("i", id, field);
  };
  ids("Message-ID", "messageId", [messageId]);
  ids("In-Reply-To", "inReplyTo", idsOf(draft.inReplyTo, "inReplyTo"));
  ids("References", "references", idsOf(draft.references, "references"));
  putFields(records, draft);
  const body = bodyOf(records, draft, { binary, eightBit, maxAttachments, maxOctets });
  const content = assembled(records.made(body.inserts.length), body.inserts, messageId, {
    sources,
    octets: maxOctets - body.octets,
  });
  return { from: reversePath, to: recipients, content, ...pathsOf(envelope) };
}

/** Fields that are texts, and those that are the application's own. */
function putFields(records: Records, draft: Draft): void {
  const { priority, autoSubmitted, list, headers } = draft;
  const put = (fields: readonly (readonly [name: string, value: string])[], field: string): void => {
    for (const [name, value] of fields) {
      records.put("H", name, field);
      records.put("v", value, field);
    }
  };
  if (priority !== undefined) {
    if (typeof priority !== "string" || !Object.hasOwn(PRIORITY, priority))
      throw bad('priority must be "high", "normal" or "low"', "priority");
    put(PRIORITY[priority]!, "priority");
  }
  if (autoSubmitted !== undefined) {
    if (!AUTO_SUBMITTED.includes(autoSubmitted))
      throw bad('autoSubmitted must be "no", "auto-generated" or "auto-replied"', "autoSubmitted");
    put([["Auto-Submitted", autoSubmitted]], "autoSubmitted");
  }
  if (list !== undefined) for (const [name, value, field] of listHeaders(list)) put([[name, value]], field);
  if (headers !== undefined) putHeaders(records, headersOf(headers, "headers"), draft);
}

/** What the envelope says itself of who sends to whom; the rest of it is for who sends. */
function pathsOf({ from, to }: Partial<SendEnvelope>): { from?: string; to?: string[] } {
  if (from !== undefined && typeof from !== "string")
    throw bad("envelope.from must be a string", "envelope.from");
  const list = to === undefined || Array.isArray(to) ? to : [to];
  const paths = (list as SendEnvelope["to"][] | undefined)?.map((path: unknown) => {
    const address = typeof path === "string" ? path : (path as { address?: unknown } | null)?.address;
    if (typeof address !== "string")
      throw bad("envelope.to must be a string or a list of strings", "envelope.to");
    return address;
  });
  return { ...(from !== undefined && { from }), ...(paths && { to: paths }) };
}

/** A message identifier, in angle brackets; without one, a new one in the sender's domain. */
export function idOf(given: string | undefined, sender: string): string {
  if (given === undefined) return `<${crypto.randomUUID()}@${idRight(sender)}>`;
  const id = text(given, "messageId");
  return id.startsWith("<") ? id : `<${id}>`;
}

/** The sender's domain, in A-labels where it has others. */
function idRight(sender: string): string {
  const domain = sender.slice(sender.lastIndexOf("@") + 1);
  if (!/[^\x00-\x7f]/.test(domain)) return domain;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return domain;
  }
}

/** Milliseconds since 1970 began. Throws an `InputError`. */
export function millis(date: Draft["date"], field = "date"): number {
  if (date === undefined) return Date.now();
  let time = NaN;
  if (date instanceof Date) time = date.getTime();
  else if (typeof date === "number") time = date;
  else if (typeof date === "string" && /^\d{4}-\d\d-\d\d/.test(date)) time = Date.parse(date);
  if (!Number.isFinite(time))
    throw bad(`${field} must be a Date, milliseconds since 1970, or ISO 8601`, field);
  return Math.floor(time);
}

/** A text; none is an empty one. Throws an `InputError`. */
export function text(value: string | undefined, field: string): string {
  if (value === undefined) return "";
  if (typeof value !== "string") throw bad(`${field} must be a string`, field);
  return value;
}

function list(value: Address | readonly Address[] | undefined, field: string): NamedAddress[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((address: Address) => mailbox(address, field));
}

/** `Name <address>` is split here; what the parts may hold is the engine's to judge. */
export function mailbox(value: Address, field: string): NamedAddress {
  if (typeof value === "object" && value !== null && typeof value.address === "string") {
    if (value.name === undefined || value.name === "") return value.address;
    if (typeof value.name === "string") return { name: value.name, address: value.address };
  }
  if (typeof value !== "string") throw bad(`${field} must be an address`, field);
  // No pattern does this in linear time, and addresses come from forms that anybody fills in.
  const text = value.trim();
  const open = text.lastIndexOf("<");
  if (open < 0 || !text.endsWith(">")) return text;
  const address = text.slice(open + 1, -1).trim();
  const written = text.slice(0, open).trim();
  const name = unquoted(written);
  // Two addresses in one: who was meant is a guess. The engine refuses the whole.
  if (name === written && name.includes(">")) return text;
  return name === "" ? address : { name, address };
}

function unquoted(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name;
  return name.slice(1, -1).replace(/\\(.)/gs, "$1");
}
