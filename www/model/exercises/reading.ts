/** Answers that are lines: read by the engine's parsers, whose errors say where it went wrong. No DOM. */
import { check, InputError, parse, parseAddress, parseCommand, parseReply } from "edgepost";
import type { Command, Diagnostic, Message, ParsedReply } from "edgepost";
import { right, wrong } from "./exercise.js";
import type { Place, Verdict } from "./exercise.js";

const encoder = new TextEncoder();

/** What is missing, in a sentence; nothing: it is right. */
export type Complaint = string | undefined;

/** Judges a command. */
export function ofCommand(text: string, complain: (command: Command) => Complaint, praise: string): Verdict {
  return reading(text, () => complain(parseCommand(oneLine(text))), praise);
}

/** Judges a reply, of one line or more. */
export function ofReply(text: string, complain: (reply: ParsedReply) => Complaint, praise: string): Verdict {
  return reading(text, () => complain(parseReply(text.replace(/\n+$/, ""))), praise);
}

/** Whether an address can stand in a path. */
export function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether it is the same mailbox: domains may be written in capitals, local parts are their host's own (RFC 5321 section 2.4). */
export function isSame(one: string | undefined, other: string): boolean {
  const [local, domain] = other.split("@");
  return (
    one?.slice(0, one.lastIndexOf("@")) === local && one?.slice(local!.length + 1).toLowerCase() === domain
  );
}

/** With an end. */
export function sentence(words: string): string {
  return /[.?!]$/.test(words) ? words : `${words}.`;
}

/** Judges by what reads it, and says where it fails. */
export function reading(text: string, complain: () => Complaint, praise: string): Verdict {
  try {
    const complaint = complain();
    return complaint === undefined ? right(praise) : wrong(complaint);
  } catch (error) {
    return failed(text, error);
  }
}

/** An error of the engine as a verdict, with its place. */
export function failed(text: string, error: unknown): Verdict {
  if (!(error instanceof InputError)) throw error;
  const { message, position } = error;
  const words = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  if (position === undefined) return wrong(words);
  const at = placeOf(text, position, position + 1);
  return wrong(`${words}${seen(text, at)}`, { at });
}

function seen(text: string, { start, end }: Place): string {
  const found = text.slice(start, end);
  if (found === "") return " There the line ends.";
  if (found === "\n") return " There a line ends.";
  return ` There stands "${found}".`;
}

/** Octets of the UTF-8 form, as characters. */
export function placeOf(text: string, start: number, end: number): Place {
  return { start: characterAt(text, start), end: characterAt(text, end) };
}

function characterAt(text: string, octet: number): number {
  let octets = 0;
  let at = 0;
  for (const character of text) {
    if (octets >= octet) return at;
    octets += encoder.encode(character).length;
    at += character.length;
  }
  return at;
}

function oneLine(text: string): string {
  return text.replace(/\r?\n$/, "");
}

/** A message as it is typed, its line ends being CRLF on the way. */
export function crlf(text: string): string {
  return text.replaceAll(/\r?\n/g, "\r\n");
}

/** Judges a message: no findings of the kind that counts, and what else is wanted. */
export async function ofMessage(
  text: string,
  counts: (finding: Diagnostic) => boolean,
  complain: (message: Message) => Complaint,
  praise: string,
): Promise<Verdict> {
  const wire = crlf(text.endsWith("\n") ? text : `${text}\n`);
  const findings = (await check(wire)).filter(counts);
  const [first] = findings;
  if (first !== undefined) {
    const more = findings.length > 1 ? ` And ${findings.length - 1} more.` : "";
    const at = findingAt(text, first);
    return wrong(`Line ${first.line}: ${first.message} (${first.reference})${more}`, { at });
  }
  const complaint = complain(await parse(wire));
  return complaint === undefined ? right(praise) : wrong(complaint);
}

/** What is at fault, as far as it is on its first line; all of the line where something is missing. */
function findingAt(text: string, { line, column, span }: Diagnostic): Place {
  const whole = lineAt(text, line);
  const { start, end } = placeOf(
    text.slice(whole.start, whole.end),
    column - 1,
    column - 1 + span.end - span.start,
  );
  return start === end ? whole : { start: whole.start + start, end: whole.start + end };
}

/** A line of a text, from 1. */
export function lineAt(text: string, line: number): Place {
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  return { start, end: start + (lines[line - 1]?.length ?? 0) };
}

export function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}
