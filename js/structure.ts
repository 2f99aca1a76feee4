/**
 * The body of a message: mixed(related(alternative(text, AMP, HTML, calendar), images), attachments), each level only where
 * it is needed (RFC 2046 section 5.1, RFC 2387), or a container around what was signed or encrypted (RFC 1847).
 */
import { bad } from "./address.js";
import { kindOf, quotedPrintable } from "./composer.js";
import type { Insert } from "./assemble.js";
import type { Attachment, Draft, EncryptedEntity, IcalEvent, SignedEntity } from "./draft.js";
import { putPartHeaders } from "./fields.js";
import { mediaType, typeOfFile } from "./media.js";
import type { Records } from "./skeleton.js";

/** What content may be encoded as, and how much of it there may be. */
export interface BodyOptions {
  readonly binary: boolean;
  readonly eightBit: boolean;
  readonly maxAttachments: number;
  readonly maxOctets: number;
}

/** What goes into the places for content, and how many octets of it are known. */
export interface Body {
  readonly inserts: Insert[];
  readonly octets: number;
}

const ENCODINGS: readonly unknown[] = ["7bit", "8bit", "binary", "quoted-printable", "base64"];
const ATTACHMENT_FIELDS: ReadonlySet<string> = new Set([
  "filename",
  "content",
  "contentType",
  "cid",
  "contentDisposition",
  "contentTransferEncoding",
  "headers",
]);
const encoder: TextEncoder = new TextEncoder();

/** A part that is ready to be put. */
type Put = () => void;

/** Puts the body, and gives the contents that go into it. Throws an `InputError`. */
export function bodyOf(records: Records, draft: Draft, options: BodyOptions): Body {
  const inserts: Insert[] = [];
  const { signed, encrypted } = draft;
  if (signed !== undefined || encrypted !== undefined) {
    for (const field of ["text", "html", "amp", "attachments", "icalEvent"] as const)
      if (draft[field] !== undefined)
        throw bad(`${field} cannot be beside what was signed or encrypted: it belongs inside`, field);
    if (signed !== undefined && encrypted !== undefined)
      throw bad("signed and encrypted exclude each other: one goes into the other", "encrypted");
    if (signed !== undefined) putSigned(records, signed, inserts);
    else putEncrypted(records, encrypted!, inserts);
    return { inserts, octets: 0 };
  }
  const attachments = attachmentsOf(draft, options);
  const octets = attachments.reduce((sum, { content }) => sum + (sizeOf(content) ?? 0), 0);
  if (octets > options.maxOctets)
    throw bad(
      `the attachments have ${octets} octets, and maxOctets allows ${options.maxOctets}`,
      "attachments",
    );
  const shown = draft.html === undefined ? undefined : citedIn(draft.html);
  const images: Put[] = [];
  const files: Put[] = [];
  attachments.forEach((attachment, index) => {
    const inline = attachment.cid !== undefined && shown?.has(attachment.cid) === true;
    const put = (): void =>
      putAttachment(records, attachment, `attachments[${index}]`, inline, options, inserts);
    (inline ? images : files).push(put);
  });
  const texts = textsOf(records, draft, files.length > 0);
  const { icalEvent } = draft;
  if (icalEvent?.filename !== undefined) files.push(() => putCalendarFile(records, icalEvent));
  const type = texts.length > 1 ? "multipart/alternative" : "text/html";
  const alternative = (): void => level(records, "alternative", texts);
  const related = (): void => {
    if (images.length > 0) records.put("p", `type=${type}`);
    level(records, "related", [alternative, ...images]);
  };
  level(records, "mixed", texts.length > 0 ? [related, ...files] : files);
  return { inserts, octets };
}

/** One part is itself; several are in a multipart. */
function level(records: Records, subtype: string, parts: readonly Put[]): void {
  if (parts.length > 1) records.put("(", subtype);
  for (const put of parts) put();
  if (parts.length > 1) records.put(")", "");
}

/** AMP comes before HTML, because some readers show the last part of all that they know; a calendar comes last. */
function textsOf(records: Records, draft: Draft, hasFiles: boolean): Put[] {
  const { icalEvent } = draft;
  const texts: Put[] = [];
  const text = (type: string, field: "text" | "amp" | "html"): void => {
    const value = draft[field];
    if (value === undefined) return;
    if (typeof value !== "string") throw bad(`${field} must be a string`, field);
    texts.push(() => {
      records.put("t", type);
      records.put("T", value, field);
    });
  };
  text("text/plain", "text");
  text("text/x-amp-html", "amp");
  text("text/html", "html");
  if (icalEvent !== undefined) {
    const method = methodOf(icalEvent);
    texts.push(() => {
      records.put("t", "text/calendar");
      records.put("p", `method=${method}`, "icalEvent.method");
      records.put("T", icalEvent.content, "icalEvent.content");
    });
  }
  if (texts.length === 0 && !hasFiles)
    texts.push(() => {
      records.put("t", "text/plain");
      records.put("T", "", "text");
    });
  return texts;
}

/** What it asks for must be said outside and inside alike (RFC 6047 section 2.4). */
function methodOf(event: IcalEvent): string {
  if (typeof event !== "object" || event === null) throw bad("icalEvent must be an object", "icalEvent");
  for (const field of Object.keys(event))
    if (!["method", "content", "filename"].includes(field))
      throw bad(
        `icalEvent has no field "${field}"; there are method, content, filename`,
        `icalEvent.${field}`,
      );
  const { method, content, filename } = event;
  if (typeof content !== "string") throw bad("icalEvent.content must be a string", "icalEvent.content");
  if (filename !== undefined && typeof filename !== "string")
    throw bad("icalEvent.filename must be a string", "icalEvent.filename");
  const inside = /^METHOD:([\w-]+)[ \t]*$/im.exec(content)?.[1]?.toUpperCase();
  if (method === undefined) return inside ?? "PUBLISH";
  if (typeof method !== "string" || !/^[\w-]{1,40}$/.test(method))
    throw bad("icalEvent.method must be letters and hyphens, such as REQUEST", "icalEvent.method");
  const upper = method.toUpperCase();
  if (inside !== undefined && inside !== upper)
    throw bad(`icalEvent.method is ${upper}, and the content's METHOD is ${inside}`, "icalEvent.method");
  return upper;
}

function putCalendarFile(records: Records, { filename, content }: IcalEvent): void {
  records.put("t", "application/ics");
  records.put("d", "attachment");
  records.put("f", filename!, "icalEvent.filename");
  records.put("T", content, "icalEvent.");
}

/** The identifiers that a HTML text shows images by (RFC 2392). */
function citedIn(html: unknown): Set<string> {
  const cited = new Set<string>();
  if (typeof html !== "string") return cited;
  for (const [, cid] of html.matchAll(/\bcid:([^\s"'<>()\\]+)/gi)) {
    cited.add(cid!.replaceAll("&amp;", "&"));
    try {
      cited.add(decodeURIComponent(cid!));
    } catch {
      // No escapes, then.
    }
  }
  return cited;
}

/** An attachment whose fields have the types that they must have. */
type Checked = Omit<Attachment, "content"> & {
  readonly content: Insert["content"];
  readonly wasText: boolean;
};

function attachmentsOf({ attachments }: Draft, { maxAttachments }: BodyOptions): Checked[] {
  if (attachments === undefined) return [];
  if (!Array.isArray(attachments)) throw bad("attachments must be a list", "attachments");
  if (attachments.length > maxAttachments)
    throw bad(
      `there are ${attachments.length} attachments, and maxAttachments allows ${maxAttachments}`,
      "attachments",
    );
  return attachments.map((attachment: Attachment, index) =>
    checkedAttachment(attachment, `attachments[${index}]`),
  );
}

function checkedAttachment(attachment: Attachment, path: string): Checked {
  if (typeof attachment !== "object" || attachment === null) throw bad(`${path} must be an object`, path);
  for (const field of Object.keys(attachment)) {
    if (ATTACHMENT_FIELDS.has(field)) continue;
    const hint =
      field === "path" || field === "href"
        ? ": no file is read and no address is fetched; give its content"
        : `; there are ${[...ATTACHMENT_FIELDS].join(", ")}`;
    throw bad(`${path} has no field "${field}"${hint}`, `${path}.${field}`);
  }
  for (const field of ["filename", "contentType", "cid"] as const)
    if (attachment[field] !== undefined && typeof attachment[field] !== "string")
      throw bad(`${path}.${field} must be a string`, `${path}.${field}`);
  const { contentDisposition: disposition, contentTransferEncoding: encoding } = attachment;
  if (disposition !== undefined && disposition !== "attachment" && disposition !== "inline")
    throw bad(`${path}.contentDisposition must be "attachment" or "inline"`, `${path}.contentDisposition`);
  if (encoding !== undefined && !ENCODINGS.includes(encoding))
    throw bad(
      `${path}.contentTransferEncoding must be one of ${ENCODINGS.join(", ")}`,
      `${path}.contentTransferEncoding`,
    );
  const { content } = attachment;
  const wasText = typeof content === "string";
  return {
    ...attachment,
    content: wasText ? encoder.encode(content) : contentOf(content, `${path}.content`),
    wasText,
  };
}

function contentOf(content: Exclude<Attachment["content"], string>, field: string): Insert["content"] {
  if (content instanceof Uint8Array || content instanceof Blob) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (content instanceof ReadableStream) {
    if (content.locked) throw bad(`the stream in ${field} is locked: somebody else reads it`, field);
    return content;
  }
  if (typeof (content as Partial<AsyncIterable<Uint8Array>> | null)?.[Symbol.asyncIterator] === "function")
    return content;
  const kinds = "a string, a Uint8Array, an ArrayBuffer, a Blob, a ReadableStream or an async iterable";
  throw bad(`${field} must be ${kinds}`, field);
}

function sizeOf(content: Insert["content"]): number | undefined {
  if (content instanceof Uint8Array) return content.length;
  return content instanceof Blob ? content.size : undefined;
}

function putAttachment(
  records: Records,
  attachment: Checked,
  path: string,
  inline: boolean,
  options: BodyOptions,
  inserts: Insert[],
): void {
  const { filename, cid, wasText, contentType, headers } = attachment;
  const blobType = attachment.content instanceof Blob ? attachment.content.type : "";
  const given =
    contentType ??
    ((filename === undefined ? undefined : typeOfFile(filename)) ||
      blobType ||
      (wasText ? "text/plain" : "application/octet-stream"));
  let { type, params } = mediaType(given, `${path}.contentType`);
  if (type.startsWith("multipart/"))
    throw bad(`${path}.contentType: a multipart is made from its parts`, `${path}.contentType`);
  // Whoever forwards a message from a text has its lines, and no octets.
  const content =
    wasText && type === "message/rfc822"
      ? encoder.encode(
          new TextDecoder().decode(attachment.content as Uint8Array).replace(/\r\n|\r|\n/g, "\r\n"),
        )
      : attachment.content;
  const encoded = encodedAs(attachment, content, type, path, options, records.stem);
  if (type === "message/rfc822" && encoded.encoding === "base64") {
    type = "application/octet-stream";
    params = [];
  }
  const base = `${path}.`;
  records.put("t", type, base);
  for (const [name, value] of params)
    if (filename === undefined || name.toLowerCase() !== "name") records.put("p", `${name}=${value}`, base);
  if (wasText && type.startsWith("text/") && !params.some(([name]) => name.toLowerCase() === "charset"))
    records.put("p", "charset=utf-8", base);
  records.put("d", attachment.contentDisposition ?? (inline ? "inline" : "attachment"), base);
  if (filename !== undefined) records.put("f", filename, `${path}.filename`);
  if (cid !== undefined) records.put("c", cid.replace(/^<(.*)>$/, "$1"), `${path}.cid`);
  if (headers !== undefined) putPartHeaders(records, headers, `${path}.headers`);
  const written = encoded.readable ? "quoted-printable" : encoded.encoding;
  records.put("B", written, base);
  inserts.push({
    content: encoded.readable ?? content,
    encoding: encoded.readable ? "7bit" : encoded.encoding,
    field: `${path}.content`,
  });
}

/** How content goes; `readable` is what it is in quoted-printable already. */
function encodedAs(
  { contentTransferEncoding: wanted }: Checked,
  content: Insert["content"],
  type: string,
  path: string,
  { binary, eightBit }: BodyOptions,
  stem: string,
): { encoding: Insert["encoding"]; readable?: Uint8Array } {
  const field = `${path}.contentTransferEncoding`;
  const composite = type === "message/rfc822";
  if (composite && (wanted === "base64" || wanted === "quoted-printable"))
    throw bad(`${field}: a message/rfc822 must not be encoded (RFC 2046 section 5.2.1)`, field);
  if (wanted === "quoted-printable") {
    if (!(content instanceof Uint8Array))
      throw bad(`${field}: quoted-printable is for what is in memory`, field);
    return { encoding: "7bit", readable: quotedPrintable(content) };
  }
  const allowed = { "7bit": true, "8bit": eightBit || binary, binary, base64: true };
  if (wanted !== undefined && !allowed[wanted])
    throw bad(`${field}: ${wanted} needs the option ${wanted === "8bit" ? "eightBit" : "binary"}`, field);
  if (wanted === "base64" || wanted === "binary") return { encoding: wanted };
  const isText = type.startsWith("text/");
  if (!(content instanceof Uint8Array)) return { encoding: wanted ?? (binary ? "binary" : "base64") };
  if (wanted === undefined && !isText && !composite) return { encoding: binary ? "binary" : "base64" };
  const kind = kindOf(content, stem);
  if (wanted !== undefined) {
    if (kind === "binary" || (kind === "8bit" && wanted === "7bit"))
      throw bad(`${field}: the content is not ${wanted}`, field);
    return { encoding: wanted };
  }
  return { encoding: allowed[kind] ? kind : "base64" };
}

const MICALG = /^[\w-]{1,40}(?:,[\w-]{1,40})*$/;

function container(given: SignedEntity | EncryptedEntity, name: string, fields: readonly string[]): void {
  if (typeof given !== "object" || given === null) throw bad(`${name} must be an object`, name);
  for (const field of Object.keys(given))
    if (!fields.includes(field))
      throw bad(`${name} has no field "${field}"; there are ${fields.join(", ")}`, `${name}.${field}`);
  if (given.protocol !== "smime" && given.protocol !== "pgp")
    throw bad(`${name}.protocol must be "smime" or "pgp"`, `${name}.protocol`);
  for (const field of fields.filter((field) => field === "content" || field === "signature"))
    if (!((given as unknown as Record<string, unknown>)[field] instanceof Uint8Array))
      throw bad(`${name}.${field} must be a Uint8Array`, `${name}.${field}`);
}

function putSigned(records: Records, signed: SignedEntity, inserts: Insert[]): void {
  container(signed, "signed", ["protocol", "micalg", "content", "signature"]);
  const { protocol, micalg, content, signature } = signed;
  if (typeof micalg !== "string" || !MICALG.test(micalg))
    throw bad("signed.micalg must be the name of a hash, such as sha-256", "signed.micalg");
  if (kindOf(content, records.stem) !== "7bit")
    throw bad(
      "signed.content must be ASCII, in lines of at most 998 octets that end with CRLF (RFC 1847)",
      "signed.content",
    );
  const smime = protocol === "smime";
  records.put("p", `protocol=application/${smime ? "pkcs7-signature" : "pgp-signature"}`);
  records.put("p", `micalg=${micalg}`);
  records.put("(", "signed");
  records.put("V", "");
  inserts.push({ content, encoding: "7bit", field: "signed.content" });
  if (smime) putFile(records, "application/pkcs7-signature", "smime.p7s", "base64");
  else putFile(records, "application/pgp-signature", "signature.asc", "7bit");
  inserts.push(armored(records, signature, smime, "signed.signature"));
  records.put(")", "");
}

function putEncrypted(records: Records, encrypted: EncryptedEntity, inserts: Insert[]): void {
  container(encrypted, "encrypted", ["protocol", "content"]);
  const { protocol, content } = encrypted;
  if (protocol === "smime") {
    records.put("p", "smime-type=enveloped-data");
    putFile(records, "application/pkcs7-mime", "smime.p7m", "base64");
    inserts.push({ content, encoding: "base64", field: "encrypted.content" });
    return;
  }
  records.put("p", "protocol=application/pgp-encrypted");
  records.put("(", "encrypted");
  records.put("t", "application/pgp-encrypted");
  records.put("B", "7bit");
  inserts.push({ content: encoder.encode("Version: 1\r\n"), encoding: "7bit", field: "encrypted" });
  putFile(records, "application/octet-stream", "encrypted.asc", "7bit");
  inserts.push(armored(records, content, false, "encrypted.content"));
  records.put(")", "");
}

/** The part that readers take for a file if they know no better. */
function putFile(records: Records, type: string, filename: string, encoding: string): void {
  records.put("t", type);
  records.put("d", type === "application/octet-stream" ? "inline" : "attachment");
  records.put("f", filename);
  records.put("B", encoding);
}

/** DER as it is; armor with CRLF at the end of its lines. */
function armored(records: Records, octets: Uint8Array, der: boolean, field: string): Insert {
  if (der) return { content: octets, encoding: "base64", field };
  const lines = encoder.encode(new TextDecoder().decode(octets).replace(/\r\n|\r|\n/g, "\r\n"));
  if (kindOf(lines, records.stem) !== "7bit") throw bad(`${field} must be in ASCII armor`, field);
  return { content: lines, encoding: "7bit", field };
}
