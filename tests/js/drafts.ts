/** Drafts of all kinds, picked by seeded chance, and what is in them. */
import type { Attachment, Draft } from "edgepost";

import { numbers } from "../support/faults.js";

/** A part of a message, as a reader of it should say; content in base64. */
export interface ReadPart {
  type: string;
  content?: string;
  subject?: string;
  filename?: string;
  cid?: string;
  disposition?: string;
  method?: string;
}

/** What a reader of a message should say. */
export interface Read {
  subject: string;
  from: [name: string, address: string][];
  to: [name: string, address: string][];
  cc: [name: string, address: string][];
  bcc: string | null;
  note: string | null;
  references: string[];
  parts: ReadPart[];
  defects: string[];
}

const WORDS = [
  "hello",
  "Grüße",
  "日本語",
  "=",
  "a=b",
  "🎉",
  "x".repeat(90),
  ".",
  "From",
  '"quoted"',
  "back\\slash",
  "--",
  "tab,",
];

const NAMES = [
  "Ann",
  "Jörg Müller",
  "日本語",
  'Bob "the" Builder',
  "Doe, John",
  "a=b",
  "back\\slash",
  "😀 party",
];

const TYPES: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  png: "image/png",
  txt: "text/plain",
};

class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = numbers(seed);
  }

  upTo(most: number): number {
    return Math.floor(this.#next() * (most + 1));
  }

  one<T>(of: readonly T[]): T {
    return of[this.upTo(of.length - 1)]!;
  }

  in100(percent: number): boolean {
    return this.upTo(99) < percent;
  }

  words(most: number): string {
    return Array.from({ length: 1 + this.upTo(most - 1) }, () => this.one(WORDS)).join(" ");
  }

  text(): string {
    const lines = Array.from({ length: this.upTo(8) }, () => this.words(12) + this.one(["", " ", "\t"]));
    return lines.map((line) => `${line}${this.one(["\n", "\r\n"])}`).join("") + this.one(["", "no end"]);
  }

  octets(): Uint8Array {
    return Uint8Array.from({ length: this.upTo(this.in100(10) ? 5000 : 200) }, () => this.upTo(255));
  }
}

export const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString("base64");
export const crlf = (text: string): string => text.replace(/\r\n|\r|\n/g, "\r\n");

/** A draft, and what readers should find in the message that is made of it. */
export function drawn(seed: number): { draft: Draft; expected: Omit<Read, "defects"> } {
  const chance = new Chance(seed);
  const person = (): { name: string; address: string } => ({
    // Python keeps the spaces between the encoded words of a name, which is an error of its own: one word has to do.
    name: chance.one(NAMES),
    address: `person${chance.upTo(99)}@example.net`,
  });
  const people = { from: person(), to: [person(), person()], cc: chance.in100(30) ? [person()] : [] };
  const subject = chance.words(30);
  const note = chance.words(8);
  const references = Array.from({ length: chance.upTo(10) }, (_, index) => `<${index}.${seed}@example.com>`);
  const texts: ReadPart[] = [];
  const images: ReadPart[] = [];
  const files: ReadPart[] = [];
  const draft: { -readonly [Field in keyof Draft]: Draft[Field] } = {
    ...people,
    bcc: "secret@example.net",
    subject,
    headers: { "X-Note": note },
    references,
  };
  const alone = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
  if (chance.in100(80)) {
    draft.text = chance.text();
    texts.push({ type: "text/plain", content: draft.text });
  }
  if (chance.in100(60)) {
    draft.html = `<p>${chance.text()}`;
    texts.push({ type: "text/html", content: draft.html });
  }
  if (chance.in100(20)) {
    const content = `BEGIN:VCALENDAR\nMETHOD:REQUEST\nX-TEXT:${chance.words(5)}\nEND:VCALENDAR\n`;
    draft.icalEvent = { content };
    texts.push({ type: "text/calendar", content, method: "REQUEST" });
  }
  const attachments: Attachment[] = [];
  for (let index = chance.upTo(3); index > 0; index--) {
    const cid = chance.in100(40) && draft.html !== undefined ? `image${images.length}@x` : undefined;
    const shown = cid !== undefined && images.length < 2;
    const filename = `${chance.words(chance.one([1, 6]))}.${shown ? "png" : chance.one(["bin", "pdf", "txt"])}`;
    const content = chance.in100(50) ? chance.octets() : crlf(chance.text());
    attachments.push({
      filename,
      ...(cid !== undefined && { cid }),
      content: chance.in100(30) ? new Blob([content as string]) : content,
    });
    const type = TYPES[filename.slice(-3)];
    const fallback =
      typeof attachments.at(-1)!.content === "string" ? "text/plain" : "application/octet-stream";
    (shown ? images : files).push({
      type: type ?? fallback,
      content: base64(content),
      filename,
      ...(cid !== undefined && { cid: `<${cid}>` }),
      disposition: shown ? "inline" : "attachment",
    });
  }
  if (draft.html !== undefined) {
    draft.html += images.map((_, index) => `<img src="cid:image${index}@x">`).join("");
    texts.find(({ type }) => type === "text/html")!.content = draft.html;
  }
  if (chance.in100(15)) {
    attachments.push({ contentType: "message/rfc822", content: `Subject: ${seed}\n\nForwarded.\n` });
    files.push({ type: "message/rfc822", subject: `${seed}`, disposition: "attachment" });
  }
  if (attachments.length > 0) draft.attachments = attachments;
  if (texts.length === 0 && files.length === 0) texts.push({ type: "text/plain", content: "" });
  const only = texts.length + images.length + files.length === 1;
  const body = texts.map((part) => ({
    ...part,
    content: base64(crlf(only ? alone(part.content!) : part.content!)),
  }));
  const level = (type: string, parts: ReadPart[], needed = parts.length > 1): ReadPart[] =>
    needed ? [{ type: `multipart/${type}` }, ...parts] : parts;
  const alternative = level("alternative", body);
  const related = level("related", [...alternative, ...images], images.length > 0);
  const mixed = level("mixed", [...related, ...files], files.length + (texts.length > 0 ? 1 : 0) > 1);
  const pair = ({ name, address }: { name: string; address: string }): [string, string] => [name, address];
  return {
    draft,
    expected: {
      subject,
      from: [pair(people.from)],
      to: people.to.map(pair),
      cc: people.cc.map(pair),
      bcc: null,
      note,
      references,
      parts: mixed,
    },
  };
}
