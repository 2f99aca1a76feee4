/** One line of a session, read whole: which octets are which rule, and what each part says. No DOM. */
import { describeStatus, InputError, parseCommand, parseReply } from "edgepost";
import type { Command } from "edgepost";
import { characterAt } from "../octet.js";
import type { Marked } from "../spans.js";
import { explainCommand } from "./commands.js";
import type { Explained } from "./explained.js";
import { written } from "./explained.js";
import { explainKeyword, explainParameter } from "./keywords.js";
import { explainReply } from "./replies.js";
import { explainRule } from "./rules.js";
import { decodeSasl, explainMechanism } from "./sasl.js";
import type { SaslField } from "./sasl.js";

/** What is to be read: a step of a session, with its octets. */
export interface SessionLine {
  readonly from: "client" | "server" | "link";
  /** As of a `Step`; of a server's reply, `"content"`: it answers the message itself. */
  readonly kind: string;
  /** The command that it is, or that it answers. */
  readonly verb?: string | undefined;
  readonly octets: Uint8Array;
  /** Of AUTH: the mechanism, and the how-manieth message of this side it is, from 0. */
  readonly mechanism?: string | undefined;
  readonly turn?: number | undefined;
  /** Of content: some of the message has gone before it. */
  readonly continued?: boolean | undefined;
}

/** Something that octets say. */
export interface Part extends Explained {
  readonly start: number;
  /** Behind the last octet. */
  readonly end: number;
  /** What base64 holds. */
  readonly fields?: readonly SaslField[];
}

/** Where it goes wrong. */
export interface Problem {
  readonly position: number;
  /** What was expected there. */
  readonly rule?: string;
  readonly message: string;
}

export interface ReadLine {
  /** In order; a part comes before what is in it. */
  readonly spans: readonly Marked[];
  readonly parts: readonly Part[];
  readonly problem?: Problem;
}

/** Of content so many octets are looked at, and so many lines that begin with a dot are shown. */
const CONTENT = 65_536;
const STUFFED = 200;
/** No line is longer by any RFC; longer ones are not read. */
const LONGEST = 1 << 20;

/** Reads it. What cannot be read has a `problem`; nothing is thrown. */
export function readLine(line: SessionLine): ReadLine {
  const { kind, octets, from } = line;
  if (octets.length === 0 || from === "link" || kind === "tls" || kind === "closed")
    return { spans: [], parts: [] };
  if (kind === "content" && from === "client") return readContent(octets, line);
  if (octets.length > LONGEST)
    return {
      spans: [],
      parts: [],
      problem: { position: LONGEST, message: "The line is too long to be read here." },
    };
  const wrong = firstNotUtf8(octets);
  if (wrong !== undefined)
    return {
      spans: [],
      parts: [],
      problem: { position: wrong, rule: "UTF-8", message: `expected UTF-8 at octet ${wrong}` },
    };
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets);
  try {
    if (from === "server") return readReply(text, line);
    return kind === "auth" ? readAnswer(text, line) : readCommand(text, octets);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { spans: [], parts: [], problem: problemOf(error) };
  }
}

/** Where it is no UTF-8. */
export function firstNotUtf8(octets: Uint8Array): number | undefined {
  for (let at = 0; at < octets.length;) {
    const character = octets[at]! < 0x80 ? 1 : characterAt(octets, at)?.length;
    if (character === undefined) return at;
    at += character;
  }
  return undefined;
}

export function problemOf(error: InputError): Problem {
  const { position = 0, rule, message } = error;
  return { position, ...(rule !== undefined && { rule }), message };
}

function readCommand(text: string, octets: Uint8Array): ReadLine {
  const command = parseCommand(text);
  const { verb } = command;
  const spans: Marked[] = [...command.spans, ...lineEnds(octets)];
  const parts: Part[] = [];
  const about = explainCommand(verb);
  if (about !== undefined) parts.push({ ...about, start: 0, end: verb.length });
  for (const span of command.spans) {
    const said = textOf(octets, span);
    if (span.rule === "esmtp-param") {
      const [name = "", value] = said.split(/=([^]*)/);
      const known = explainParameter(verb, name, value);
      parts.push({
        start: span.start,
        end: span.end,
        ...(known ?? { title: name, text: "No RFC that is known here has this parameter." }),
      });
    } else if (span.rule === "sasl-mech") {
      const mechanism = explainMechanism(said);
      parts.push({
        start: span.start,
        end: span.end,
        ...(mechanism ?? { title: said, text: "No mechanism that is known here has this name." }),
      });
    } else if (span.rule === "initial-response") {
      const { fields, problem } = decodeSasl(command.mechanism!, "client", said);
      parts.push({ ...ruled(span, problem), fields });
    } else if (PARTS.has(span.rule)) parts.push(ruled(span, meaning(command, span.rule)));
  }
  return { spans, parts };
}

/** Rules whose octets are worth a word of their own. */
const PARTS: ReadonlySet<string> = new Set([
  "Domain",
  "address-literal",
  "Reverse-path",
  "Forward-path",
  "A-d-l",
  "Mailbox",
  "chunk-size",
  "end-marker",
  "absolute-URI",
  "String",
  "node-name",
  "attribute-name",
  "attribute-value",
]);

/** What is to be said of a part in just this command. */
function meaning(command: Command, rule: string): string | undefined {
  if (rule === "Reverse-path" && command.from === "")
    return "The null reverse-path: nobody is to get a report. Reports themselves come from here.";
  if (rule === "Forward-path" && command.to === "postmaster")
    return "The postmaster of this server, who has to take mail.";
  return undefined;
}

function ruled({ rule, start, end }: Marked, more?: string): Part {
  const known = explainRule(rule);
  const text = [known?.text, more].filter(Boolean).join(" ");
  return { ...(known ?? { title: rule }), title: rule, text, start, end };
}

function readReply(text: string, { octets, verb, kind, mechanism, turn }: SessionLine): ReadLine {
  const reply = parseReply(text);
  const place = kind === "auth" ? "AUTH" : verb;
  // DATA itself is never answered so.
  const answered = verb === "DATA" && reply.code === 250 ? "content" : kind;
  const spans: Marked[] = [];
  const parts: Part[] = [];
  const capable = reply.code === 250 && (place === "EHLO" || place === "LHLO");
  let lines = 0;
  for (const span of reply.spans) {
    if (span.rule === "Reply-line") lines++;
    const first = lines === 1;
    const capability = capable && !first && span.rule === "textstring";
    // There the extension stands in the text's place.
    if (!capability) spans.push(span);
    if (span.rule === "Reply-code" && first) {
      const { digits, context, ...code } = explainReply(reply.code, place, answered);
      parts.push({ ...(context ?? code), start: 0, end: 3 });
      for (const [at, digit] of digits.entries())
        if (at < 2) parts.push({ ...digit, start: at, end: at + 1 });
    }
    if (span.rule === "status-code" && first) {
      const status = describeStatus(textOf(octets, span));
      if (status !== undefined)
        parts.push({
          title: `${status.code} ${status.name}`,
          text: `${status.class}, ${status.subject}. ${status.description}`,
          ...written(/^RFC (\d+)$/.exec(status.reference)?.[1] ?? status.reference),
          start: span.start,
          end: span.end,
        });
    }
    if (span.rule !== "textstring") continue;
    if (first && (kind === "greeting" || capable)) spans.push(hostOf(octets, span));
    else if (capability) readCapability(octets, span, spans, parts);
    else if (reply.code === 334) readBase64(octets, span, spans, parts, mechanism, turn);
  }
  return { spans: [...spans, ...lineEnds(octets)], parts };
}

/** The server's name, which is the first word. */
function hostOf(octets: Uint8Array, { start, end }: Marked): Marked {
  const space = octets.subarray(start, end).indexOf(32);
  const rule = octets[start] === 91 ? "address-literal" : "Domain";
  return { rule, start, end: space === -1 ? end : start + space };
}

function readCapability(octets: Uint8Array, span: Marked, spans: Marked[], parts: Part[]): void {
  const line = textOf(octets, span);
  const [keyword = "", ...parameters] =
    line.split(/[ =]/, 1)[0] === "AUTH" ? line.split(/[ =]/) : line.split(" ");
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(keyword)) return void spans.push(span);
  const { start, end } = span;
  spans.push({ rule: "ehlo-line", start, end }, { rule: "ehlo-keyword", start, end: start + keyword.length });
  let at = start + keyword.length + 1;
  for (const parameter of parameters) {
    const length = new TextEncoder().encode(parameter).length;
    if (length > 0) spans.push({ rule: "ehlo-param", start: at, end: at + length });
    at += length + 1;
  }
  const known = explainKeyword(keyword, parameters.filter(Boolean));
  parts.push({
    ...(known ?? { title: keyword, text: "No RFC that is known here has this extension." }),
    start,
    end,
  });
}

function readBase64(
  octets: Uint8Array,
  { start, end }: Marked,
  spans: Marked[],
  parts: Part[],
  mechanism: string | undefined,
  turn: number | undefined,
): void {
  const span = { rule: "base64", start, end };
  spans.push(span);
  const { fields, problem } = decodeSasl(mechanism ?? "", "server", textOf(octets, span), turn);
  parts.push({ ...ruled(span, mechanism === undefined ? undefined : problem), fields });
}

/** What the client answers to a challenge: base64, or a star. */
function readAnswer(text: string, { octets, mechanism, turn }: SessionLine): ReadLine {
  const ended = lineEnds(octets).at(-1);
  const end = ended?.start ?? octets.length;
  const said = text.slice(0, ended === undefined ? undefined : -2);
  const span = { rule: said === "*" ? "cancel-response" : "base64", start: 0, end };
  const { fields, problem } = decodeSasl(mechanism ?? "", "client", said, turn);
  const spans = end === 0 ? [] : [span];
  return {
    spans: [...spans, ...(ended === undefined ? [] : [ended])],
    parts: [{ ...ruled(span, mechanism === undefined ? undefined : problem), fields }],
  };
}

function readContent(octets: Uint8Array, { verb, continued = false }: SessionLine): ReadLine {
  const dots = verb !== "BDAT";
  const spans: Marked[] = [];
  const parts: Part[] = [];
  const looked = Math.min(octets.length, CONTENT);
  const stuffed: Marked[] = [];
  let body: number | undefined;
  let fields = 0;
  let start = 0;
  while (start < looked) {
    const feed = octets.indexOf(10, start);
    const next = feed === -1 ? octets.length : feed + 1;
    const end = feed > start && octets[feed - 1] === 13 ? feed - 1 : next;
    if (body === undefined && end === start) body = next;
    if (body === undefined && !continued && octets[start] !== 32 && octets[start] !== 9) {
      const colon = octets.subarray(start, end).indexOf(58);
      if (colon > 0) {
        spans.push({ rule: "field-name", start, end: start + colon });
        fields++;
      }
    }
    const ends = end === start + 1 && next === octets.length;
    if (dots && octets[start] === 46 && !ends && stuffed.length < STUFFED)
      stuffed.push({ rule: "dot-stuffing", label: ".", start, end: start + 1 });
    start = next;
  }
  const over = dots && endsWithDot(octets);
  const last = over ? octets.length - 3 : octets.length;
  if (body === undefined && fields > 0 && last <= looked) body = last;
  if (body !== undefined && fields > 0) {
    const header = { rule: "header-section", start: 0, end: Math.min(body, last) };
    spans.unshift(header);
    parts.push(ruled(header, `Here: ${fields} ${fields === 1 ? "field" : "fields"}.`));
    if (body < last) {
      const rest = { rule: "body", start: body, end: last };
      spans.push(rest);
      parts.push(ruled(rest));
    }
  }
  spans.push(...stuffed);
  if (stuffed[0] !== undefined) parts.push(ruled(stuffed[0]));
  if (over) {
    const dot = { rule: "end-of-data", start: last, end: octets.length };
    spans.push(dot);
    parts.push(ruled(dot));
  }
  return { spans, parts };
}

/** A dot alone on the last line. */
function endsWithDot(octets: Uint8Array): boolean {
  const end = octets.subarray(-5);
  const dot = [13, 10, 46, 13, 10];
  return end.length === 5
    ? end.every((octet, at) => octet === dot[at])
    : octets.length === 3 && octets.every((octet, at) => octet === dot[at + 2]);
}

function lineEnds(octets: Uint8Array): Marked[] {
  const ends: Marked[] = [];
  for (let at = octets.indexOf(13); at !== -1; at = octets.indexOf(13, at + 1))
    if (octets[at + 1] === 10) ends.push({ rule: "CRLF", start: at, end: at + 2 });
  return ends;
}

/** The text of some octets. */
function textOf(octets: Uint8Array, { start, end }: Marked): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets.subarray(start, end));
}
