/** Composing: from what an application calls a message to its octets (RFC 5322). */
import { addressOf, bad, checkAddress, namingAddress } from "./address.js";
import { composeText } from "./composer.js";
export { canCompose, readyToCompose } from "./composer.js";
import type { NamedAddress } from "./engine.js";
import type { SendEnvelope } from "./parameters.js";

/** A mailbox: `"ann@example.com"`, `"Ann <ann@example.com>"`, or a name and an address. */
export type Address = string | { readonly name?: string; readonly address: string };

/** A plain text message; the library writes its header. */
export interface Message {
  readonly from: Address;
  readonly to?: Address | readonly Address[];
  readonly cc?: Address | readonly Address[];
  /** These get the message too; no one sees it. */
  readonly bcc?: Address | readonly Address[];
  readonly replyTo?: Address | readonly Address[];
  readonly subject?: string;
  readonly text?: string;
  /** What servers are told; by default, the addresses above and nothing else. */
  readonly envelope?: Partial<SendEnvelope>;
}

const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  "from",
  "to",
  "cc",
  "bcc",
  "replyTo",
  "subject",
  "text",
  "envelope",
]);

/** What is to be sent. */
export interface Composed {
  /** The reverse-path. */
  readonly from: string;
  /** Everybody who gets it, once. */
  readonly to: string[];
  readonly bytes: Uint8Array;
  readonly messageId: string;
}

/** Makes the octets of a message: clean, with CRLF at every line's end. The module must be loaded. Throws an `InputError`. */
export function composed(message: Message): Composed {
  if (typeof (message.envelope ?? {}) !== "object") throw bad("envelope must be an object", "envelope");
  for (const field of Object.keys(message))
    if (!MESSAGE_FIELDS.has(field)) throw bad(`a message has no field "${field}"`, field);
  const from = mailbox(message.from, "from");
  const [to, cc, bcc, replyTo] = (["to", "cc", "bcc", "replyTo"] as const).map((field) =>
    list(message[field], field),
  );
  const recipients = [...new Set([...to!, ...cc!, ...bcc!].map(addressOf))];
  if (recipients.length === 0) throw bad("a message needs at least one recipient", "to");
  const sender = addressOf(from);
  const domain = sender.slice(sender.lastIndexOf("@") + 1);
  const messageId = `<${crypto.randomUUID()}@${domain}>`;
  const subject = text(message.subject, "subject");
  const body = text(message.text, "text");
  const compose = (): Uint8Array => {
    // Only the envelope will have these, and there nobody could say which field they came from.
    for (const address of bcc!) checkAddress(addressOf(address));
    return composeText({
      from,
      to: to!,
      ...(cc!.length > 0 && { cc: cc! }),
      ...(replyTo!.length > 0 && { replyTo: replyTo! }),
      subject,
      text: body,
      date: Date.now(),
      messageId,
    });
  };
  const bytes = namingAddress(compose, { from: [from], to: to!, cc: cc!, bcc: bcc!, replyTo: replyTo! });
  return { from: sender, to: recipients, bytes, messageId };
}

function text(value: string | undefined, field: string): string {
  if (value === undefined) return "";
  if (typeof value !== "string") throw bad(`${field} must be a string`, field);
  return value;
}

function list(value: Address | readonly Address[] | undefined, field: string): NamedAddress[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((address: Address) => mailbox(address, field));
}

/** `Name <address>` is split here; what the parts may hold is the engine's to judge. */
function mailbox(value: Address, field: string): NamedAddress {
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
