/** What is typed in the client's place, read: commands, content, and what an AUTH exchange asks for. No DOM. */
import { InputError, parseCommand } from "edgepost";
import type { Command } from "edgepost";
import { decodeSasl } from "../explain/sasl.js";
import type { SessionPlan } from "../plan.js";
import type { Course } from "./course.js";
import { errorOf, lengthOf, notBase64 } from "./finding.js";
import type { Finding } from "./finding.js";
import { VERBS } from "./offered.js";
import { outOfSequence, parameterFindings } from "./sequence.js";

/** They end a group of commands that go together (RFC 2920 section 3.1, and the extensions' RFCs). */
const LAST = ["EHLO", "HELO", "LHLO", "DATA", "VRFY", "EXPN", "NOOP", "QUIT", "STARTTLS", "AUTH"];
/** Octets with CRLF: a command line (RFC 5321 section 4.5.3.1.4), and a line of text (section 4.5.3.1.6). */
const COMMAND_LINE = 512;
const TEXT_LINE = 1000;
/** So often the client answers in an exchange; elsewhere once. */
const RESPONSES: readonly (readonly [mechanism: RegExp, count: number])[] = [[/^(LOGIN|SCRAM-)/i, 2]];

export interface Line {
  /** Without CRLF. */
  readonly text: string;
  /** Its end has not been typed yet. */
  readonly open: boolean;
}

/** Looks at a command, and takes it for done. `before` is the verb that goes in the same group. */
export function readCommand(
  course: Course,
  line: Line,
  plan: SessionPlan,
  before: string | undefined,
): Finding[] {
  const { text, open } = line;
  const length = lengthOf(text);
  const end = Math.max(1, length);
  let command: Command;
  try {
    command = parseCommand(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (open && begins(text)) return [];
    const unknown = error.rule === "a command" || /[\r\n]/.test(text);
    return [errorOf(error, length, open, unknown ? 500 : 501)];
  }
  const { verb } = command;
  const findings: Finding[] = [];
  const grouped = before === undefined ? undefined : groupWarning(course, before);
  if (grouped !== undefined) findings.push({ severity: "warning", ...grouped, start: 0, end });
  const sequence = outOfSequence(course, command, plan.server.lmtp === true);
  if (sequence !== undefined) findings.push({ severity: "warning", ...sequence, start: 0, end: verb.length });
  else
    findings.push(
      ...parameterFindings(course, command, open ? length : undefined),
      ...addressFindings(course, command, text),
    );
  if (length + 2 > COMMAND_LINE && verb !== "AUTH")
    findings.push({
      severity: "info",
      message: "Every server takes command lines of 512 octets; longer ones only some.",
      reference: "5321#4.5.3.1.4",
      start: COMMAND_LINE - 2,
      end: length,
    });
  if (!findings.some(({ code = 0 }) => code >= 400)) goes(course, command, text);
  return findings;
}

/** Whether a command may begin so. */
function begins(text: string): boolean {
  const typed = text.toUpperCase();
  return (
    VERBS.some((verb) => verb.startsWith(typed)) ||
    ["MAIL FROM:", "RCPT TO:"].some((words) => words.startsWith(typed))
  );
}

/** A command, and the reply that would let the session go on. */
function goes(course: Course, { verb, octets, mechanism = "" }: Command, text: string): void {
  if (course.over) return;
  course.asks(verb, text);
  if (verb === "BDAT" && octets! > 0) return;
  if (verb !== "AUTH") return course.answers(verb === "DATA" ? 354 : 250, [""]);
  if (course.responses < responsesOf(mechanism)) course.answers(334, [""]);
  else course.answers(235, [""]);
}

function responsesOf(mechanism: string): number {
  return RESPONSES.find(([pattern]) => pattern.test(mechanism))?.[1] ?? 1;
}

function groupWarning(
  { offers }: Course,
  before: string,
): Pick<Finding, "message" | "reference"> | undefined {
  if (before === "STARTTLS")
    return {
      message: "It goes in clear before TLS begins: a server has to forget it.",
      reference: "3207#4.2",
    };
  if (LAST.includes(before))
    return { message: `Behind ${before}, a client waits for the reply.`, reference: "2920#3.1" };
  return offers.has("PIPELINING")
    ? undefined
    : {
        message: "The server has not announced PIPELINING: what comes before its reply may be lost.",
        reference: "2920#3.1",
      };
}

function addressFindings(course: Course, { verb, from, to, params = [] }: Command, text: string): Finding[] {
  const path = from ?? to;
  if (path === undefined) return [];
  const findings: Finding[] = [];
  const space = /^[^:]*: +/.exec(text)?.[0].length;
  if (space !== undefined)
    findings.push({
      severity: "warning",
      message: "No space belongs behind the colon: some servers refuse it.",
      reference: "5321#3.3",
      start: text.indexOf(":") + 1,
      end: space,
    });
  const at = text.search(/[^\0-\x7f]/);
  const asked = params.some(({ keyword }) => keyword.toUpperCase() === "SMTPUTF8");
  const allowed = asked || (verb === "RCPT" && /\sSMTPUTF8\b/i.test(course.mail ?? ""));
  if (/[^\0-\x7f]/.test(path) && !allowed)
    findings.push({
      severity: "warning",
      message: "An address outside ASCII needs the parameter SMTPUTF8 behind MAIL.",
      reference: "6531#3.4",
      code: 553,
      start: lengthOf(text.slice(0, at)),
      end: lengthOf(text.slice(0, at)) + 1,
    });
  return findings;
}

/** Looks at the answer to a challenge. */
export function readResponse(course: Course, { text, open }: Line): Finding[] {
  const gives = text === "*";
  const wrong = gives ? undefined : notBase64(text);
  const { mechanism } = course;
  course.responds();
  const more = course.responses < responsesOf(mechanism);
  course.answers(gives || wrong !== undefined ? 501 : more ? 334 : 235, [""]);
  const says = (severity: "info" | "error", message: string, start: number): Finding[] => [
    { severity, message, reference: "4954#4", code: 501, start, end: start + 1 },
  ];
  if (gives) return says("info", "The client gives up.", 0);
  if (wrong === undefined || (open && wrong.at >= text.length)) return [];
  return says("error", wrong.why, wrong.at);
}

/** Looks at a line of content, which no grammar applies to. */
export function readContent(course: Course, line: Uint8Array): Finding[] {
  const warn = (message: string, reference: string, start: number, end = start + 1): Finding[] => [
    { severity: "warning", message, reference, start, end },
  ];
  if (line[0] === 46 && line[1] !== 46)
    return warn(
      "The server takes this dot away: a line of text that begins with a dot gets one more before it.",
      "5321#4.5.2",
      0,
    );
  const bare = line.findIndex((octet) => octet === 13 || octet === 10);
  if (bare >= 0)
    return warn(
      "CR and LF alone do not end a line: many servers refuse them, for messages have been smuggled so.",
      "5321#2.3.8",
      bare,
    );
  const wide = line.findIndex((octet) => octet > 127);
  if (wide >= 0 && !/\s(BODY=(8BITMIME|BINARYMIME)|SMTPUTF8)\b/i.test(course.mail ?? ""))
    return warn("Octets above 127 need BODY=8BITMIME behind MAIL.", "6152#3", wide);
  if (line.length + 2 > TEXT_LINE)
    return warn(
      "A line has 1,000 octets at most, CR and LF among them.",
      "5321#4.5.3.1.6",
      TEXT_LINE - 2,
      line.length,
    );
  return [];
}

/** What is to be typed now, in a sentence. */
export function clientHint(course: Course): string {
  const { awaits, left, challenge, mechanism } = course;
  if (course.over) return "The session is over.";
  if (left > 0)
    return `${left.toLocaleString("en")} ${left === 1 ? "octet" : "octets"} of the chunk still to come, line ends counted.`;
  if (awaits === "content")
    return "The message: header fields, an empty line, the text. A line with a dot alone ends it.";
  if (awaits === "response") {
    const [asked] = decodeSasl(mechanism, "server", challenge).fields;
    const what = asked === undefined || asked.value === "" ? "" : `The server asks “${asked.value}”. `;
    return `${what}Answer for ${mechanism} in base64; * gives up.`;
  }
  if (course.greeting === undefined) return "The server has not greeted yet.";
  return "The server waits for a command.";
}
