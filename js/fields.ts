/** Fields of a header that are more than a text: the application's own, identifiers, and those of mailing lists (RFC 2369). */
import { bad } from "./address.js";
import type { Draft, DraftHeaders, ListHeaders } from "./draft.js";
import type { Op, Records } from "./skeleton.js";

/** What a draft has fields for, and which; Bcc and its like would tell everybody. */
const OWNED: Readonly<Record<string, keyof Draft | "">> = {
  from: "from",
  sender: "sender",
  to: "to",
  cc: "cc",
  bcc: "bcc",
  "resent-bcc": "bcc",
  "reply-to": "replyTo",
  subject: "subject",
  date: "date",
  "message-id": "messageId",
  "in-reply-to": "inReplyTo",
  references: "references",
  "auto-submitted": "autoSubmitted",
  "return-path": "envelope",
  "mime-version": "",
  "content-type": "",
  "content-transfer-encoding": "",
  "content-disposition": "",
  "content-id": "",
};
/** These may be given, unless the draft's field is there, too. */
const SHARED: Readonly<Record<string, keyof Draft>> = {
  "x-priority": "priority",
  importance: "priority",
  "list-unsubscribe": "list",
  "list-unsubscribe-post": "list",
  "list-id": "list",
  "list-help": "list",
  "list-post": "list",
  "list-archive": "list",
  "list-owner": "list",
  "list-subscribe": "list",
};

type Field = readonly [name: string, value: string, field: string];

/** Reads them, in their order. Throws an `InputError` that names one. */
export function headersOf(given: DraftHeaders, field: string): Field[] {
  if (typeof given !== "object" || given === null) throw bad(`${field} must be an object or a list`, field);
  const pairs: [string, unknown, string][] = Array.isArray(given)
    ? given.map((item: { name?: unknown; value?: unknown } | null, index) => {
        const at = `${field}[${index}]`;
        if (typeof item?.name !== "string") throw bad(`${at} must be { name, value }`, at);
        return [item.name, item.value, at];
      })
    : Object.entries(given).flatMap(([name, value]) =>
        (Array.isArray(value) ? (value as unknown[]) : [value]).map((value): [string, unknown, string] => [
          name,
          value,
          `${field}.${name}`,
        ]),
      );
  return pairs.map(([name, value, at]) => {
    if (typeof value !== "string") throw bad(`${at} must be a string`, at);
    return [name, value, at];
  });
}

/** Puts the application's own, as far as they are not the library's. */
export function putHeaders(records: Records, fields: readonly Field[], draft: Draft): void {
  for (const [name, value, field] of fields) {
    const lower = name.toLowerCase();
    const owner = Object.hasOwn(OWNED, lower) ? OWNED[lower] : undefined;
    if (owner !== undefined)
      throw bad(`${field}: ${name} is written from ${owner === "" ? "the content" : owner}`, field);
    const shared = Object.hasOwn(SHARED, lower) ? SHARED[lower]! : undefined;
    if (shared !== undefined && draft[shared] !== undefined)
      throw bad(`${field}: ${name} is written from ${shared}, which is there, too`, field);
    records.put("H", name, field);
    records.put("v", value, field);
  }
}

/** Puts those of a part. */
export function putPartHeaders(records: Records, given: DraftHeaders, field: string): void {
  for (const [name, value, at] of headersOf(given, field)) {
    if (/^(content-(type|transfer-encoding|disposition|id)|mime-version)$/i.test(name))
      throw bad(`${at}: ${name} is written from the attachment`, at);
    const put = (op: Op, value: string): void => records.put(op, value, at);
    put("h", name);
    put("w", value);
  }
}

/** Message identifiers: a list, or a text with spaces between them. */
export function idsOf(given: string | readonly string[] | undefined, field: string): string[] {
  if (given === undefined) return [];
  if (typeof given === "string") return given.split(/[ \t]+/).filter((id) => id !== "");
  if (!Array.isArray(given) || given.some((id) => typeof id !== "string"))
    throw bad(`${field} must be a string or a list of strings`, field);
  return given as string[];
}

const LIST = ["unsubscribe", "id", "help", "post", "archive", "owner", "subscribe"];

/** The fields of a mailing list. Throws an `InputError`. */
export function listHeaders(list: ListHeaders): Field[] {
  if (typeof list !== "object" || list === null) throw bad("list must be an object", "list");
  for (const name of Object.keys(list))
    if (!LIST.includes(name))
      throw bad(`list has no field "${name}"; there are ${LIST.join(", ")}`, `list.${name}`);
  const fields: Field[] = [];
  if (list.id !== undefined) fields.push(["List-Id", listId(list.id), "list.id"]);
  if (list.unsubscribe !== undefined) fields.push(...unsubscribe(list.unsubscribe));
  for (const [name, key] of [
    ["List-Subscribe", "subscribe"],
    ["List-Post", "post"],
    ["List-Help", "help"],
    ["List-Owner", "owner"],
    ["List-Archive", "archive"],
  ] as const) {
    const given = list[key];
    if (given === undefined) continue;
    const field = `list.${key}`;
    const value =
      key === "post" && given === "NO"
        ? "NO"
        : (Array.isArray(given) ? (given as string[]) : [given as string])
            .map((one) => `<${url(one, field)}>`)
            .join(", ");
    fields.push([name, value, field]);
  }
  return fields;
}

/** RFC 8058. */
function unsubscribe(given: NonNullable<ListHeaders["unsubscribe"]>): Field[] {
  const field = "list.unsubscribe";
  if (typeof given !== "object" || given === null) throw bad(`${field} must be an object`, field);
  for (const name of Object.keys(given))
    if (!["mail", "url", "oneClick"].includes(name))
      throw bad(`${field} has no field "${name}"; there are mail, url, oneClick`, `${field}.${name}`);
  const { mail, url: link, oneClick = false } = given;
  if (typeof oneClick !== "boolean")
    throw bad(`${field}.oneClick must be true or false`, `${field}.oneClick`);
  const urls: string[] = [];
  if (link !== undefined) urls.push(url(link, `${field}.url`));
  if (mail !== undefined) urls.push(url(mail, `${field}.mail`));
  if (urls.length === 0) throw bad(`${field} needs mail or url`, field);
  if (oneClick && !(link !== undefined && /^https:/i.test(link)))
    throw bad(`${field}.oneClick needs a url that begins with https:`, `${field}.url`);
  const fields: Field[] = [["List-Unsubscribe", urls.map((one) => `<${one}>`).join(", "), field]];
  if (oneClick) fields.push(["List-Unsubscribe-Post", "List-Unsubscribe=One-Click", field]);
  return fields;
}

/** RFC 2919. */
function listId(given: unknown): string {
  const id = /^(?:[^<>\x00-\x1f\x7f]*<)?([\w.-]{1,255})>?$/.exec(typeof given === "string" ? given : "")?.[1];
  if (id === undefined || !id.includes("."))
    throw bad('list.id must be like "list.example.com" or "Name <list.example.com>"', "list.id");
  return (given as string).includes("<") ? (given as string) : `<${id}>`;
}

/** A URL, as it stands between angle brackets; an address is one of mail. */
function url(given: unknown, field: string): string {
  if (typeof given !== "string" || !/^[!#-;=?-Z\\\]^_a-z{|}~[]+$/.test(given))
    throw bad(
      `${field} must be a URL or an address, in ASCII without spaces, quotes and angle brackets`,
      field,
    );
  if (/^[a-z][a-z\d+.-]*:/i.test(given)) return given;
  if (!given.includes("@")) throw bad(`${field} must be a URL or an address`, field);
  return `mailto:${given}`;
}
