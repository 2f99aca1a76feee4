/** One text, read as what it is: its octets, the rules they match, what comes of it, and where it is wrong. No DOM. */
import { check, InputError, parse, parseAddress, parseAddressList, parseCommand, parseReply } from "edgepost";
import type {
  AddressGroup,
  Diagnostic,
  HeaderField,
  ListedGroup,
  ListedMailbox,
  MailboxAddress,
  Message,
} from "edgepost";
import { explainCommand } from "../explain/commands.js";
import { explainExpected } from "../explain/expected.js";
import type { Explained } from "../explain/explained.js";
import { explainField } from "../explain/fields.js";
import { firstNotUtf8, problemOf, readLine } from "../explain/line.js";
import type { Part, Problem } from "../explain/line.js";
import { explainReply } from "../explain/replies.js";
import type { SaslField } from "../explain/sasl.js";
import { explainRule } from "../explain/rules.js";
import { firstUnseen, shown } from "../octet.js";
import type { Marked } from "../spans.js";
import { octetsOf } from "../typed.js";
import { mendingOf } from "./fixes.js";
import type { Mending } from "./fixes.js";
import { kindOf } from "./kinds.js";
import type { Kind } from "./kinds.js";

/** What a person has set. */
export interface Setting {
  readonly kind: Kind | "auto";
  /** As it is typed, with escapes. */
  readonly text: string;
  readonly utf8: boolean;
  readonly obsolete: boolean;
  /** The command that a reply answers; empty: that is not known. */
  readonly answers: string;
}

/** A part of what was read. */
export interface Value {
  readonly name: string;
  /** To be shown. */
  readonly value?: string;
  readonly about?: Explained;
  readonly start?: number;
  readonly end?: number;
  readonly children?: readonly Value[];
  readonly fields?: readonly SaslField[];
}

/** Something to be said of some octets. */
export interface Finding {
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  /** What to do. */
  readonly todo?: Explained;
  /** The document that says so. */
  readonly reference?: string;
  readonly start: number;
  readonly end: number;
  readonly mending?: Mending;
}

export interface Reading {
  readonly kind: Kind;
  readonly octets: Uint8Array;
  readonly spans: readonly Marked[];
  readonly values: readonly Value[];
  readonly findings: readonly Finding[];
}

/** More is not read: octets. */
export const MOST = 262_144;
/** So many entries of a list are shown. */
const ENTRIES = 200;
/** A value is shown so far: characters. */
const SHOWN = 400;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads it; the engine must be loaded. Never rejects because of what the text is. */
export async function readSetting(setting: Setting): Promise<Reading> {
  const kind = setting.kind === "auto" ? kindOf(setting.text) : setting.kind;
  const ended = kind === "command" || kind === "reply" || kind === "field";
  const text = ended || setting.text.endsWith("\\c") ? setting.text : `${setting.text}\\c`;
  const all = setting.text === "" ? new Uint8Array() : octetsOf(text);
  const octets = all.subarray(0, MOST);
  const nothing = { kind, octets, spans: [], values: [], findings: [] };
  if (octets.length === 0) return nothing;
  if (all.length > MOST) {
    const message = `This is more than ${MOST.toLocaleString("en")} octets: it is not read here.`;
    return { ...nothing, findings: [{ severity: "error", message, start: MOST, end: MOST }] };
  }
  const wrong = firstNotUtf8(octets);
  if (kind === "field") {
    const reading = await fieldReading(octets, setting);
    const more = wrong === undefined ? unseen(decoder.decode(octets)) : [];
    return { kind, octets, ...reading, findings: [...reading.findings, ...more] };
  }
  if (wrong !== undefined) {
    const message = `expected UTF-8 at octet ${wrong}`;
    return { ...nothing, findings: [findingOf({ position: wrong, rule: "UTF-8", message }, kind)] };
  }
  const said = decoder.decode(octets);
  try {
    const reading = { command, reply, address, list }[kind](said, octets, setting);
    return { kind, octets, ...reading, findings: [...reading.findings, ...unseen(said)] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const findings = [findingOf(problemOf(error), kind, said, setting), ...unseen(said)];
    return { ...nothing, values: grammarOf(kind, said), findings };
  }
}

/** What makes a text look other than it is. */
function unseen(text: string): Finding[] {
  const found = firstUnseen(text);
  if (found === undefined) return [];
  const { start, length, name } = found;
  const message = `${name} cannot be seen, and can make the text look other than it is.`;
  return [{ severity: "warning", message, start, end: start + length }];
}

/** How such a text is written, for one that is not. */
function grammarOf(kind: Kind, text: string): Value[] {
  const verb = /^[A-Za-z]*/.exec(text)![0].toUpperCase();
  const about = kind === "command" ? explainCommand(verb) : undefined;
  if (kind === "command" && about === undefined) return [];
  const rule = explainRule(
    {
      command: COMMAND_RULES[verb] ?? "",
      reply: "Reply-line",
      address: "Mailbox",
      list: "mailbox",
      field: "",
    }[kind],
  );
  return [
    ...(about === undefined ? [] : [{ ...valueOf("verb", verb), about, start: 0, end: verb.length }]),
    ...(rule?.abnf === undefined
      ? []
      : [
          {
            name: "grammar",
            value: `${rule.title} = ${rule.abnf}`,
            about: { ...rule, title: "grammar", text: "" },
          },
        ]),
  ];
}

const COMMAND_RULES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "VRFY", "EXPN", "HELP", "NOOP", "QUIT"].map((verb) => [
      verb,
      verb.toLowerCase(),
    ]),
  ),
  BDAT: "bdat-cmd",
  BURL: "burl-cmd",
  AUTH: "auth-command",
};

type Read = Pick<Reading, "spans" | "values" | "findings">;

function findingOf(problem: Problem, kind: Kind, text?: string, setting?: Setting): Finding {
  const { position, rule, message } = problem;
  const grammar = kind === "list" || kind === "field" ? "header" : "envelope";
  const todo = explainExpected(rule ?? (kind === "reply" ? "the same code" : ""), grammar);
  const mending =
    text === undefined || setting === undefined ? undefined : mendingOf(kind, text, problem, setting);
  return {
    severity: "error",
    message: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
    ...(todo && { todo }),
    ...(mending && { mending }),
    start: position,
    end: position + 1,
  };
}

/** Which rule each field of a command comes from. */
const COMMAND_FIELDS = {
  name: ["Domain", "address-literal"],
  from: ["Mailbox", "Reverse-path"],
  to: ["Mailbox", "Forward-path"],
  octets: ["chunk-size"],
  url: ["absolute-URI"],
  last: ["end-marker"],
  mechanism: ["sasl-mech"],
  initial: ["initial-response"],
  argument: ["String", "node-name"],
} as const;

function command(text: string, octets: Uint8Array): Read {
  const value = parseCommand(text);
  const { spans, parts } = readLine({ from: "client", kind: "command", octets });
  const values: Value[] = [valueOf("verb", value.verb, undefined, parts[0])];
  for (const [name, rules] of Object.entries(COMMAND_FIELDS)) {
    const said = value[name as keyof typeof COMMAND_FIELDS];
    if (said === undefined) continue;
    const span = rules
      .map((rule) => spans.find((span) => span.rule === rule))
      .find((span) => span !== undefined);
    values.push(valueOf(name, String(said), span, partAt(parts, span)));
  }
  const params = spans.filter(({ rule }) => rule === "esmtp-param");
  if (value.params !== undefined && value.params.length > 0)
    values.push({
      name: "params",
      children: value.params.map(({ keyword, value }, index) =>
        valueOf(keyword, value ?? "", params[index], partAt(parts, params[index])),
      ),
    });
  const attributes = spans.filter(({ rule }) => rule === "attribute-name");
  if (value.attributes !== undefined)
    values.push({
      name: "attributes",
      children: value.attributes.map(({ name, value }, index) => valueOf(name, value, attributes[index])),
    });
  return { spans, values, findings: [] };
}

function reply(text: string, octets: Uint8Array, { answers }: Setting): Read {
  const value = parseReply(text);
  const kind = answers === "greeting" || answers === "content" ? answers : "reply";
  const verb = kind === "reply" && answers !== "" ? answers : undefined;
  const { spans, parts } = readLine({ from: "server", kind, verb, octets });
  const code = spans.find(({ rule }) => rule === "Reply-code");
  const { digits, context, listed, list, ...about } = explainReply(value.code, verb, kind);
  const values: Value[] = [
    {
      ...valueOf("code", String(value.code), code, { ...about, start: 0, end: 3 }),
      children: [
        ...digits.slice(0, 2).map((digit, at) => ({
          name: at === 0 ? "first digit" : "second digit",
          value: digit.title,
          about: digit,
          start: at,
          end: at + 1,
        })),
        ...(context === undefined ? [] : [{ name: `as the answer to ${answers}`, about: context }]),
      ],
    },
  ];
  if (value.enhanced !== undefined) {
    const span = spans.find(({ rule }) => rule === "status-code");
    values.push(valueOf("enhanced", value.enhanced, span, partAt(parts, span)));
  }
  const texts = spans.filter(({ rule }) => rule === "Reply-line");
  values.push({
    name: "lines",
    children: value.lines.slice(0, ENTRIES).map((line, index) => {
      const about = parts.find(
        ({ start }) => index > 0 && start > texts[index]!.start && start < texts[index]!.end,
      );
      return valueOf(String(index + 1), line, texts[index], about);
    }),
  });
  const findings: Finding[] =
    listed === false
      ? [
          {
            severity: "info",
            message: `The RFC does not list ${value.code} as an answer to ${answers}. Clients go by its first digit.`,
            reference: `RFC ${list!.replace("#", " section ")}`,
            start: 0,
            end: 3,
          },
        ]
      : [];
  return { spans, values, findings };
}

function address(text: string, octets: Uint8Array, { utf8, obsolete }: Setting): Read {
  const value = parseAddress(text, { utf8, obsolete });
  // With the obsolete syntax there can be comments and spaces within: then where the parts are is not known.
  const asWritten = value.address === text;
  const at = octets.length - new TextEncoder().encode(value.domain).length - 1;
  const local = { rule: "Local-part", start: 0, end: at };
  const domain = {
    rule: value.domain.startsWith("[") ? "address-literal" : "Domain",
    start: at + 1,
    end: octets.length,
  };
  const whole = { rule: "Mailbox", start: 0, end: octets.length };
  return {
    spans: asWritten ? [whole, local, domain] : [{ ...whole, rule: "addr-spec" }],
    values: [
      valueOf("address", value.address, whole),
      valueOf("localPart", value.localPart, asWritten ? local : undefined),
      valueOf("domain", value.domain, asWritten ? domain : undefined),
    ],
    findings: [],
  };
}

function list(text: string, octets: Uint8Array, { utf8, obsolete }: Setting): Read {
  const entries = parseAddressList(text, { utf8, obsolete });
  return { spans: listSpans(entries, octets, 0), values: listValues(entries, 0), findings: [] };
}

function listSpans(
  entries: readonly (ListedMailbox | ListedGroup)[],
  octets: Uint8Array,
  from: number,
): Marked[] {
  return entries.flatMap((entry) => {
    const { start, end } = entry.span;
    const whole = { start: from + start, end: from + end };
    return "group" in entry
      ? [{ ...whole, rule: "group" }, ...listSpans(entry.members, octets, from)]
      : [{ ...whole, rule: "mailbox" }, ...mailboxSpans(entry, octets, from)];
  });
}

function mailboxSpans(
  { name, address, span, addressSpan }: ListedMailbox,
  octets: Uint8Array,
  from: number,
): Marked[] {
  const start = from + addressSpan.start;
  const end = from + addressSpan.end;
  const spans: Marked[] = [];
  if (name !== undefined && octets[start - 1] === 60) {
    // Up to the angle bracket: a comment can be in it, too.
    let before = start - 1;
    while (before > from + span.start && (octets[before - 1] === 32 || octets[before - 1] === 9)) before--;
    if (before > from + span.start)
      spans.push({ rule: "display-name", start: from + span.start, end: before });
  }
  spans.push({ rule: "addr-spec", start, end });
  const written = octets.subarray(start, end);
  if (decoder.decode(written) === address) {
    const at = start + written.lastIndexOf(64);
    spans.push({ rule: "local-part", start, end: at }, { rule: "domain", start: at + 1, end });
  }
  return spans;
}

function listValues(entries: readonly (ListedMailbox | ListedGroup)[], from: number): Value[] {
  const values = entries.slice(0, ENTRIES).map((entry): Value => {
    const start = from + entry.span.start;
    const end = from + entry.span.end;
    if ("group" in entry)
      return { ...valueOf("group", entry.group, { start, end }), children: listValues(entry.members, from) };
    const { name, address, addressSpan } = entry;
    return {
      ...valueOf("mailbox", undefined, { start, end }),
      children: [
        ...(name === undefined ? [] : [valueOf("name", name)]),
        valueOf("address", address, { start: from + addressSpan.start, end: from + addressSpan.end }),
      ],
    };
  });
  return more(values, entries.length);
}

function more(values: readonly Value[], count: number): Value[] {
  const hidden = count - ENTRIES;
  return hidden > 0
    ? [...values, { name: "…", value: `and ${hidden.toLocaleString("en")} more` }]
    : [...values];
}

const ADDRESSES = /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$/i;
const IDENTIFIERS = /^(?:resent-)?(?:message-id|in-reply-to|references)$/i;

/** What a message has besides, so that nothing but the field is found wrong. */
const REST: readonly (readonly [name: string, value: string])[] = [
  ["Date", "Tue, 1 Jul 2025 10:00:00 +0000"],
  ["From", "ann@client.example"],
  ["To", "bob@mx.example"],
  ["Subject", "A field"],
  ["Message-ID", "<1@client.example>"],
  ["MIME-Version", "1.0"],
];

async function fieldReading(octets: Uint8Array, setting: Setting): Promise<Read> {
  const end = headerEnd(octets);
  const section = octets.subarray(0, end);
  const message = await parse(joined(section, "\r\n"));
  const fields = message.headers.slice(0, ENTRIES);
  const spans: Marked[] = [];
  const findings: Finding[] = [];
  const values: Value[] = [];
  if (fields.length === 0)
    findings.push({
      severity: "error",
      message: "This is no header field.",
      todo: {
        title: "field",
        text: "A field is a name, a colon and a value: printable characters without spaces up to the colon.",
        reference: "5322#2.2",
      },
      start: 0,
      end: 1,
    });
  for (const field of fields) {
    const read = oneField(field, octets, setting, message);
    spans.push(...read.spans);
    findings.push(...read.findings);
    values.push(...read.values);
  }
  const names = new Set(fields.map(({ name }) => name.toLowerCase()));
  const rest = REST.filter(([name]) => !names.has(name.toLowerCase())).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const found = await check(joined(section, `${rest.join("")}\r\nText.\r\n`));
  findings.push(...found.filter(({ span }) => span.end <= end).map(diagnosed));
  return { spans, values, findings };
}

function diagnosed({ severity, message, reference, span, fix }: Diagnostic): Finding {
  return {
    severity,
    message,
    reference,
    ...span,
    ...(fix && { mending: { description: fix.description, edits: fix.edits } }),
  };
}

function oneField(field: HeaderField, octets: Uint8Array, setting: Setting, message: Message): Read {
  const { name, value, span } = field;
  const colon = octets.indexOf(58, span.start);
  const last = span.end - (octets[span.end - 1] !== 10 ? 0 : octets[span.end - 2] === 13 ? 2 : 1);
  const body = { start: colon + 1, end: last };
  const raw = latin1(octets.subarray(body.start, body.end));
  const inside = (pattern: RegExp, rule: string): Marked[] =>
    [...raw.matchAll(pattern)].map(({ 0: text, index }) => ({
      rule,
      start: body.start + index,
      end: body.start + index + text.length,
    }));
  const head = { rule: "field-name", start: span.start, end: colon };
  const spans: Marked[] = [
    head,
    { rule: "field-body", ...body },
    ...(last < span.end ? [{ rule: "CRLF", start: last, end: span.end }] : []),
    ...inside(/\r?\n[ \t]+/g, "FWS"),
    ...inside(/=\?[!#-'*+\-0-9A-Z^-~]+\?[bq]\?[!->@-~]*\?=/gi, "encoded-word"),
  ];
  const findings: Finding[] = [];
  const about = explainField(name);
  let children: Value[] = [];
  if (IDENTIFIERS.test(name)) spans.push(...inside(/<[^<>\s]+>/g, "msg-id"));
  if (/^(?:resent-)?date$/i.test(name)) {
    spans.push(...inside(/\S(?:[^]*\S)?/g, "date-time"));
    children = [valueOf("date", message.date?.toISOString() ?? "cannot be read", body)];
  }
  if (ADDRESSES.test(name)) {
    const read = addressField(name, octets, body, setting, message);
    spans.push(...read.spans);
    findings.push(...read.findings);
    children = [...read.values];
  }
  if (/^content-type$/i.test(name)) {
    const { contentType, params } = message.root;
    children = [
      valueOf("contentType", contentType),
      ...Object.entries(params).map(([name, value]) => valueOf(name, value)),
    ];
  }
  if (/^content-disposition$/i.test(name)) {
    const { disposition, filename } = message.root;
    children = [
      ...(disposition === undefined ? [] : [valueOf("disposition", disposition)]),
      ...(filename === undefined ? [] : [valueOf("filename", filename)]),
    ];
  }
  if (/^content-transfer-encoding$/i.test(name)) children = [valueOf("encoding", message.root.encoding)];
  return {
    spans,
    findings,
    values: [
      {
        ...valueOf("name", name, head, about && { ...about, start: span.start, end: colon }),
      },
      { ...valueOf("value", value, body), children },
    ],
  };
}

/** The strict grammar says where things are; what it refuses, the reader of messages reads as well as it can. */
function addressField(
  name: string,
  octets: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  setting: Setting,
  message: Message,
): Read {
  const body = octets.subarray(start, end);
  const wrong = firstNotUtf8(body);
  try {
    if (wrong !== undefined) throw new RangeError("not UTF-8");
    const entries = parseAddressList(decoder.decode(body), setting);
    return { spans: listSpans(entries, octets, start), values: listValues(entries, start), findings: [] };
  } catch (error) {
    const known =
      error instanceof InputError
        ? problemOf(error)
        : { position: wrong ?? 0, rule: "UTF-8", message: "expected UTF-8" };
    const text = wrong === undefined ? decoder.decode(body) : undefined;
    const finding = findingOf(
      {
        ...known,
        position: start + known.position,
        message: `by the grammar, expected ${known.rule ?? "something else"} at octet ${start + known.position}`,
      },
      "field",
      text,
      setting,
    );
    const key = name.toLowerCase().replace("reply-to", "replyTo") as "from";
    return { spans: [], values: readValues(message[key] ?? []), findings: [finding] };
  }
}

function readValues(entries: readonly (MailboxAddress | AddressGroup)[]): Value[] {
  const values = entries.slice(0, ENTRIES).map((entry): Value =>
    "group" in entry
      ? { ...valueOf("group", entry.group), children: readValues(entry.members) }
      : {
          name: "mailbox",
          children: [
            ...(entry.name === undefined ? [] : [valueOf("name", entry.name)]),
            valueOf("address", entry.address),
          ],
        },
  );
  return more(values, entries.length);
}

function valueOf(
  name: string,
  value?: string,
  span?: { readonly start: number; readonly end: number },
  part?: Part,
): Value {
  const { start: _, end: __, fields, ...about } = part ?? { start: 0, end: 0 };
  const place = span ?? part;
  return {
    name,
    ...(value !== undefined && {
      value: shown(value.slice(0, SHOWN)) + (value.length > SHOWN ? "…" : ""),
    }),
    ...(part && { about: about as Explained }),
    ...(fields && { fields }),
    ...(place && { start: place.start, end: place.end }),
  };
}

function partAt(parts: readonly Part[], span: Marked | undefined): Part | undefined {
  return span && parts.find(({ start, end }) => start === span.start && end === span.end);
}

/** Behind the last field's line; an empty line ends them. */
function headerEnd(octets: Uint8Array): number {
  for (let feed = octets.indexOf(10); feed !== -1; feed = octets.indexOf(10, feed + 1))
    if (octets[feed + 1] === 10 || (octets[feed + 1] === 13 && octets[feed + 2] === 10)) return feed + 1;
  return octets.length;
}

function joined(octets: Uint8Array, text: string): Uint8Array {
  const rest = new TextEncoder().encode(text);
  const whole = new Uint8Array(octets.length + rest.length);
  whole.set(octets);
  whole.set(rest, octets.length);
  return whole;
}

/** A character for each octet. */
function latin1(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at += 8192)
    text += String.fromCharCode(...octets.subarray(at, at + 8192));
  return text;
}
