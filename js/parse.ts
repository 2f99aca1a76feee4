/** Reads messages: whatever arrives, nothing lost, nothing fetched (RFC 5322, RFC 2045 to 2047, RFC 2183, RFC 2231, RFC 8621). */
import { decodeCharset, reading, readyToRead } from "./reader.js";
import type { Chunks, ContentSource } from "./content.js";
import { count, validate } from "./options.js";
import type { OctetSpan } from "./reader.js";
import { chunksOf, joined } from "./source.js";
import type { Report } from "./report.js";

/** How much of a message is taken apart. What is beyond is marked as damage, and stays in one piece. */
export interface ParseOptions {
  /** Parts in each other. Default: 64. */
  readonly depth?: number;
  /** Parts in all. Default: 10000. */
  readonly parts?: number;
  /** Octets of a header section. Default: 1048576. */
  readonly header?: number;
}

/** A field of a header section (RFC 5322 section 2.2). */
export interface HeaderField {
  /** As it was written, as `"Subject"`; empty for a line that is no field. */
  readonly name: string;
  /** Unfolded, encoded words decoded (RFC 2047). */
  readonly value: string;
  /** Behind the colon, as it was written. */
  readonly raw: string;
  /** All of it, with its line's end. */
  readonly span: OctetSpan;
}

/** A mailbox in a header field; `address` is empty where there was none. */
export interface MailboxAddress {
  /** Decoded. */
  readonly name?: string;
  readonly address: string;
}

/** A group of mailboxes, none of them perhaps (`undisclosed-recipients:;`). */
export interface AddressGroup {
  /** Decoded. */
  readonly group: string;
  readonly members: readonly MailboxAddress[];
}

/** What was found wrong with a part: what it was, it is not all of it, or it goes on as something else. */
export type Damage = "noBoundary" | "notClosed" | "headerCut" | "headerTooLong" | "tooDeep" | "tooManyParts";

/** What is said of a part of a message (RFC 2045). */
export interface PartHeader {
  /** Its place among all parts, in the order in which they begin; the message itself is 0. */
  readonly number: number;
  /** The number of the part that it is in. */
  readonly parent?: number;
  readonly kind: "leaf" | "multipart" | "message";
  /** In lower case, as `"text/plain"`, which is what a part is that does not say. */
  readonly contentType: string;
  /** The parameters of Content-Type, decoded, their names in lower case (RFC 2231). */
  readonly params: Readonly<Record<string, string>>;
  readonly charset?: string;
  /** The transfer encoding, as `"base64"`; `"unknown"` where it is none that there is. */
  readonly encoding: string;
  /** In lower case, as `"attachment"` (RFC 2183). */
  readonly disposition?: string;
  /** Decoded, without a path. */
  readonly filename?: string;
  /** The Content-ID, without its brackets. */
  readonly cid?: string;
  readonly headers: readonly HeaderField[];
  /** Its header section, without the empty line. */
  readonly header: OctetSpan;
  readonly damage: readonly Damage[];
}

/** A part of a message. */
export interface Part extends PartHeader {
  /** Its number by which IMAP names it, as `"1.2"`; empty for the message (RFC 3501 section 6.4.5). */
  readonly path: string;
  /** Its body, as it was transferred. */
  readonly body: OctetSpan;
  /** The parts in it. */
  readonly parts: readonly Part[];
  /** A leaf's content, decoded from its transfer encoding; octets that were not encoded are where they were given. */
  readonly content?: Uint8Array;
}

/** A file that came with a message. */
export interface ParsedAttachment {
  readonly filename?: string;
  readonly contentType: string;
  readonly disposition?: string;
  /** The Content-ID, without its brackets: what `cid:` in HTML refers to. */
  readonly cid?: string;
  /** Whether it belongs to the HTML, as its images do. */
  readonly related: boolean;
  /** For a message that was attached, all of it. */
  readonly content: Uint8Array;
  /** The part that it is; the one that it was found in if it is uuencoded in the midst of text. */
  readonly part: Part;
}

/** A message that was read. Reading never fails; what is damaged is marked in its parts. */
export interface Message {
  /** The fields of the message's header section, in order. */
  readonly headers: readonly HeaderField[];
  readonly from?: readonly (MailboxAddress | AddressGroup)[];
  readonly sender?: readonly (MailboxAddress | AddressGroup)[];
  readonly replyTo?: readonly (MailboxAddress | AddressGroup)[];
  readonly to?: readonly (MailboxAddress | AddressGroup)[];
  readonly cc?: readonly (MailboxAddress | AddressGroup)[];
  readonly bcc?: readonly (MailboxAddress | AddressGroup)[];
  readonly subject?: string;
  /** Absent when it cannot be read. */
  readonly date?: Date;
  /** In angle brackets. */
  readonly messageId?: string;
  readonly inReplyTo?: readonly string[];
  readonly references?: readonly string[];
  /** The plain text for a reader, all of its parts one behind the other; flowed lines are joined (RFC 3676). */
  readonly text?: string;
  /** The HTML for a reader, as it came: never show it without a sandbox. */
  readonly html?: string;
  /** The parts that a reader is shown who prefers plain text, in order (RFC 8621 section 4.1.4). */
  readonly textBody: readonly Part[];
  /** The same for HTML. */
  readonly htmlBody: readonly Part[];
  readonly attachments: readonly ParsedAttachment[];
  /** The message as a tree of parts. */
  readonly root: Part;
  /** All parts, by their numbers. */
  readonly parts: readonly Part[];
  /**
   * What it tells of another message, if that is what it is for: that it was or was not delivered, is not wanted, or has been
   * read. Answers of people, and of programs for them (RFC 3834), are no reports.
   */
  readonly report?: Report;
}

/** What comes of a message that is read piece by piece. */
export type MessageEvent =
  | { readonly type: "part"; readonly part: PartHeader }
  /** Content of the part that has begun last, decoded from its transfer encoding. */
  | { readonly type: "content"; readonly part: number; readonly bytes: Uint8Array }
  /** A part has ended; `at` is where its body did. */
  | { readonly type: "end"; readonly part: number; readonly at: number; readonly damage?: Damage };

const LIMITS = { depth: count, parts: count, header: count };
const encoder: TextEncoder = new TextEncoder();

/** Reads a message. Rejects with an `InputError` when the source is none or fails, or an option is wrong; never because of
 * what is in the message. */
export async function parse(source: ContentSource, options: ParseOptions = {}): Promise<Message> {
  validate(options, LIMITS);
  const given = opened(source);
  const bytes = given instanceof Uint8Array ? given : await gathered(given);
  if (!reading().module.loaded) await readyToRead();
  const { module, glue } = reading();
  const contents: (Uint8Array | undefined)[] = [];
  const { depth, parts, header } = options;
  const read = module.run(() => glue.parseMessage(bytes, contents, depth, parts, header)) as Flat;
  return made(bytes, read, contents);
}

/**
 * Reads a message piece by piece, in constant memory: a header section is held as a whole, bodies never are. Throws as
 * {@link parse} does.
 */
export async function* parseStream(
  source: ContentSource,
  options: ParseOptions = {},
): AsyncGenerator<MessageEvent, void, undefined> {
  validate(options, LIMITS);
  const given = opened(source);
  const chunks = given instanceof Uint8Array ? atHand(given) : given;
  try {
    await readyToRead();
    yield* eventsOf(chunks, options);
  } finally {
    chunks.drop(undefined);
  }
}

async function* eventsOf(
  chunks: Chunks,
  options: ParseOptions,
): AsyncGenerator<MessageEvent, void, undefined> {
  const { module, glue } = reading();
  const { depth, parts, header } = options;
  const reader = module.make(() => new glue.MessageReader(depth, parts, header)) as InstanceType<
    typeof glue.MessageReader
  >;
  let part = 0;
  function* events(): Generator<MessageEvent> {
    for (;;) {
      const event = reader.poll() as Uint8Array | MessageEvent | undefined;
      if (event === undefined) return;
      if (event instanceof Uint8Array) yield { type: "content", part, bytes: event };
      else {
        if (event.type === "part") part = event.part.number;
        yield event;
      }
    }
  }
  try {
    for (let bytes; (bytes = await chunks.next()) !== undefined;) {
      // However large a chunk is: what is made of it is not all there at once.
      for (let at = 0; at < bytes.length; at += CHUNK_OCTETS) {
        reader.receive(bytes.subarray(at, at + CHUNK_OCTETS));
        yield* events();
      }
    }
    reader.end();
    yield* events();
  } finally {
    reader.free();
  }
}

const CHUNK_OCTETS = 65_536;

/** As the module gives it: what is missing is put into it. */
type Mutable<T> = { -readonly [field in keyof T]: T[field] };
type Flat = Omit<Message, "headers" | "date" | "textBody" | "htmlBody" | "attachments" | "root" | "parts"> & {
  date?: number | Date;
  readonly parts: (Mutable<Part> & { readonly parts: Part[] })[];
  readonly textBody: readonly number[];
  readonly htmlBody: readonly number[];
  readonly attached: readonly number[];
  readonly files: readonly { part: number; filename: string; span: OctetSpan; lines: OctetSpan }[];
};

/**
 * The same with fields that are read when they are looked at, once. A copy, because an accessor that is defined on an object
 * that is there already makes everything of it slow.
 */
function withHeaders<T extends object>(
  part: T,
  read: () => readonly HeaderField[],
): T & Pick<Message, "headers"> {
  let headers: readonly HeaderField[] | undefined;
  return {
    ...part,
    get headers() {
      return (headers ??= read());
    },
  };
}

function headersOf(section: Uint8Array, start: number): readonly HeaderField[] {
  const { module, glue } = reading();
  return module.run(() => glue.headersOf(section, start)) as readonly HeaderField[];
}

function made(bytes: Uint8Array, read: Flat, contents: readonly (Uint8Array | undefined)[]): Message {
  const { parts, attached, files, date, ...fields } = read;
  for (const part of parts) {
    const { body, number, kind, parent } = part;
    const { start, end } = part.header;
    // A copy: whoever gave the octets may use their place again.
    const section = bytes.slice(start, end);
    if (kind === "leaf") part.content = contents[number] ?? bytes.subarray(body.start, body.end);
    const whole = (parts[number] = withHeaders(part, () => headersOf(section, start)));
    if (parent !== undefined) parts[parent]!.parts.push(whole);
  }
  const root = parts[0]!;
  const shown = (numbers: readonly number[]): Part[] => numbers.map((number) => parts[number]!);
  const textBody = shown(read.textBody);
  const htmlBody = shown(read.htmlBody);
  const text = body(textBody, "text/plain");
  const html = body(htmlBody, "text/html");
  const attachments = shown(attached).map((part) => attachmentOf(part, parts, bytes));
  for (const { part, filename, lines } of files) {
    const { module, glue } = reading();
    const content = module.run(() => glue.uudecode(bytes.subarray(lines.start, lines.end)));
    const contentType = "application/octet-stream";
    attachments.push({ filename, contentType, related: false, content, part: parts[part]! });
  }
  const made: Mutable<Message> = withHeaders(
    { ...fields, textBody, htmlBody, attachments, root, parts },
    () => root.headers,
  );
  if (date !== undefined) made.date = new Date(date);
  if (text !== undefined) made.text = text;
  if (html !== undefined) made.html = html;
  return made;
}

function body(parts: readonly Part[], contentType: string): string | undefined {
  let text: string | undefined;
  for (const part of parts) if (part.contentType === contentType) text = (text ?? "") + textOf(part);
  return text;
}

function attachmentOf(part: Part, parts: readonly Part[], bytes: Uint8Array): ParsedAttachment {
  const { filename, contentType, disposition, cid, body, parent } = part;
  return {
    ...(filename !== undefined && { filename }),
    contentType,
    ...(disposition !== undefined && { disposition }),
    ...(cid !== undefined && { cid }),
    related: parent !== undefined && parts[parent]!.contentType === "multipart/related",
    content: part.content ?? bytes.subarray(body.start, body.end),
    part,
  };
}

/** The text in a part, in the character set that it says, or else in what it may be. */
function textOf({ content, charset, params }: Part): string {
  const text = decoded(content!, charset);
  if (params["format"]?.toLowerCase() !== "flowed") return text;
  const { module, glue } = reading();
  return module.run(() => glue.joinFlowed(text, params["delsp"]?.toLowerCase() === "yes"));
}

const strict: TextDecoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true });

function decoded(content: Uint8Array, charset: string | undefined): string {
  // What says nothing, or that it is ASCII, is what it may be; so is what nobody knows.
  const known = charset !== undefined && !/^us-ascii$/i.test(charset);
  const text = known ? decodeCharset(charset, content) : undefined;
  if (text !== undefined) return text;
  try {
    return strict.decode(content);
  } catch {
    return decodeCharset("windows-1252", content)!;
  }
}

/** The octets, if they are at hand, or who gives them. */
function opened(source: ContentSource): Uint8Array | Chunks {
  if (typeof source === "string") return encoder.encode(source);
  // Without what a runtime's own kind of it does otherwise.
  if (source instanceof Uint8Array)
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return chunksOf(source instanceof Blob ? source.stream() : source, "source");
}

async function gathered(chunks: Chunks): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let piece; (piece = await chunks.next()) !== undefined;) pieces.push(piece);
  return joined(pieces);
}

/** What is at hand comes in one piece. */
function atHand(bytes: Uint8Array): Chunks {
  const pieces = [bytes];
  return { next: () => Promise.resolve(pieces.pop()), drop: () => {} };
}
