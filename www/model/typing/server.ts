/** What is typed in the server's place: replies, each to the command that is the oldest without one. No DOM. */
import { InputError, parseReply } from "edgepost";
import type { ParsedReply } from "edgepost";
import { explainKeyword } from "../explain/keywords.js";
import { codesFor, explainReply } from "../explain/replies.js";
import type { ServerPlan, SessionPlan } from "../plan.js";
import type { Course, Owed } from "./course.js";
import { base64Of, errorOf, lengthOf, notBase64 } from "./finding.js";
import type { Completion, Finding, Typed } from "./finding.js";

/** Octets with CRLF (RFC 5321 section 4.5.3.1.5). */
const REPLY_LINE = 512;

/** A reply in the words of RFC 5321 section 4.2.3, and its enhanced code (RFC 5248); `%` is the server's name. */
type Words = readonly [enhanced: string, text: string];
const WORDS: Readonly<Record<string, Words>> = {
  "211": ["2.0.0", "All is well here"],
  "214": ["2.0.0", "Ask a postmaster"],
  "220": ["", "% ESMTP Service ready"],
  "221": ["2.0.0", "% Service closing transmission channel"],
  "235": ["2.7.0", "Authentication successful"],
  "250": ["2.0.0", "OK"],
  "251": ["2.1.5", "User not local; will forward"],
  "252": ["2.0.0", "Cannot VRFY user, but will accept message and attempt delivery"],
  "253": ["2.0.0", "1 pending message started"],
  "353": ["", "A reply for each recipient follows"],
  "354": ["", "Start mail input; end with <CRLF>.<CRLF>"],
  "421": ["4.3.2", "% Service not available, closing transmission channel"],
  "432": ["4.7.12", "A password transition is needed"],
  "450": ["4.2.0", "Mailbox unavailable, try later"],
  "451": ["4.3.0", "Local error in processing"],
  "452": ["4.3.1", "Insufficient system storage"],
  "454": ["4.7.0", "Not available now"],
  "455": ["4.5.0", "Server unable to accommodate parameters"],
  "458": ["4.0.0", "Unable to queue messages for node"],
  "459": ["4.7.1", "Node not allowed"],
  "500": ["5.5.2", "Syntax error, command unrecognized"],
  "501": ["5.5.4", "Syntax error in parameters or arguments"],
  "502": ["5.5.1", "Command not implemented"],
  "503": ["5.5.1", "Bad sequence of commands"],
  "504": ["5.5.4", "Command parameter not implemented"],
  "521": ["5.3.2", "% does not accept mail"],
  "530": ["5.7.0", "Authentication required"],
  "534": ["5.7.9", "Authentication mechanism is too weak"],
  "535": ["5.7.8", "Authentication credentials invalid"],
  "538": ["5.7.11", "Encryption required for this mechanism"],
  "550": ["5.7.1", "Refused by policy"],
  "551": ["5.1.6", "User not local"],
  "552": ["5.3.4", "Message too large"],
  "553": ["5.1.3", "Mailbox name not allowed"],
  "554": ["5.0.0", "Transaction failed"],
  "555": ["5.5.4", "Parameters not recognized or not implemented"],
  "556": ["5.1.10", "Domain does not accept mail"],
  // As the answer to one command.
  "STARTTLS 220": ["2.0.0", "Go ahead"],
  "MAIL 250": ["2.1.0", "Sender OK"],
  "RCPT 250": ["2.1.5", "Recipient OK"],
  "content 250": ["2.0.0", "Message accepted"],
  "RCPT 450": ["4.7.1", "Greylisted, try later"],
  "RCPT 452": ["4.5.3", "Too many recipients"],
  "RCPT 550": ["5.1.1", "No such user here"],
  "RCPT 552": ["5.2.2", "Mailbox full"],
  "DATA 554": ["5.5.1", "No valid recipients"],
  "content 554": ["5.6.0", "Message refused"],
  "MAIL 553": ["5.1.7", "Sender's mailbox name not allowed"],
  "VRFY 550": ["5.1.1", "No such user here"],
};

/** Of each place, all that is offered, for whoever wants to look over it. */
export function wordsFor(place: string, code: number): Words {
  return WORDS[`${place} ${code}`] ?? WORDS[code] ?? ["", ""];
}

/** A reply, its lines joined by CRLF. */
export interface Lines {
  readonly text: string;
  /** The end of its last line has not been typed yet. */
  readonly open: boolean;
}

/** Looks at a reply, and takes it for said. */
export function readReply(course: Course, { text, open }: Lines): Finding[] {
  let reply: ParsedReply;
  try {
    reply = parseReply(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const last = text.slice(text.lastIndexOf("\n") + 1);
    if (open && /^([2-5]\d?)?$/.test(last)) return [];
    const finding = errorOf(error, lengthOf(text), open);
    return finding.severity === "info"
      ? [finding]
      : [{ ...finding, message: `${finding.message} The client breaks off.` }];
  }
  const findings = about(course, reply, open);
  course.answers(reply.code, reply.lines);
  return findings;
}

function about(course: Course, reply: ParsedReply, open: boolean): Finding[] {
  const [owed] = course.owed;
  const { code, lines, spans } = reply;
  const warn = (message: string, reference: string, start = 0, end = 3): Finding => ({
    severity: "warning",
    message,
    reference,
    start,
    end,
  });
  if (owed === undefined)
    return [
      warn(
        "No command waits for a reply. The client breaks off; others take it for the answer to their next one.",
        "5321#4.3.1",
      ),
    ];
  const { verb } = owed;
  const findings: Finding[] = [];
  const kind = verb === "greeting" || verb === "content" ? verb : "reply";
  const { listed } = explainReply(code, verb, kind);
  if (listed === false) {
    // A greeting is 220 alone; and what goes on behind a code that begins with 3 depends on all of it.
    const done = code < 300 && verb !== "greeting" && codesFor(verb).some((known) => known < 300);
    const goes = code >= 400 || done;
    const what = goes ? "Clients go by its first digit." : "The client breaks off.";
    findings.push(warn(`The RFC does not list ${code} ${words(verb)}. ${what}`, "5321#4.3.2"));
  }
  const long = spans.find(({ rule, start, end }) => rule === "Reply-line" && end - start + 2 > REPLY_LINE);
  if (long !== undefined)
    findings.push(
      warn(
        "A line of a reply has 512 octets at most.",
        "5321#4.5.3.1.5",
        long.start + REPLY_LINE - 2,
        long.end,
      ),
    );
  const texts = spans.filter(({ rule }) => rule === "Reply-line");
  if (verb === "AUTH" && code === 334) {
    const wrong = notBase64(lines[0]!);
    if (wrong !== undefined)
      findings.push({ ...warn(wrong.why, "4954#4", 4 + wrong.at, 5 + wrong.at), severity: "error" });
  }
  if (verb === "AUTH" && code === 235 && /^AUTH +SCRAM-/i.test(owed.text))
    findings.push(
      warn(
        "With SCRAM the server has to prove that it knows the password, too. The client breaks off.",
        "5802#3",
      ),
    );
  if (code === 250 && (verb === "EHLO" || verb === "LHLO"))
    for (const [index, line] of lines.entries())
      if (index > 0) findings.push(...capability(course, line, lines, texts[index]!.start + 4));
  return [...findings, ...status(course, verb, reply, open)];
}

function capability(course: Course, line: string, lines: readonly string[], start: number): Finding[] {
  const wrong = /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*/.exec(line)?.[0].length ?? 0;
  const finding = (severity: "error" | "warning", message: string, reference: string, at = 0): Finding[] => [
    { severity, message, reference, start: start + at, end: start + Math.max(at + 1, line.length) },
  ];
  if (wrong === 0 || (wrong < line.length && line[wrong] !== " " && line[wrong] !== "="))
    return finding(
      "error",
      "Here an extension's keyword has to stand: letters, digits, hyphens within.",
      "5321#4.1.1.1",
      wrong,
    );
  const [keyword = "", ...parameters] = line.toUpperCase().split(/[ =]+/);
  const offered = (name: string): boolean => lines.some((line) => line.toUpperCase() === name);
  if (keyword === "STARTTLS" && course.secure)
    return finding("warning", "Under TLS, STARTTLS is not offered again.", "3207#4.2");
  if (keyword === "AUTH" && parameters.length === 0)
    return finding("warning", "AUTH names the mechanisms that there are.", "4954#3");
  if (keyword === "SIZE" && /\D/.test(parameters[0] ?? ""))
    return finding("error", "SIZE is a number of octets.", "1870#4", 5);
  if (keyword === "BINARYMIME" && !offered("CHUNKING"))
    return finding("warning", "BINARYMIME needs CHUNKING beside it.", "3030#3");
  return [];
}

/** The enhanced code (RFC 2034 section 4). */
function status(
  { offers }: Course,
  verb: string,
  { code, enhanced, lines }: ParsedReply,
  open: boolean,
): Finding[] {
  if (enhanced !== undefined) return [];
  const warn = (message: string, start: number, end: number): Finding[] => [
    { severity: "warning", message, reference: "2034#4", start, end },
  ];
  const [text = ""] = lines;
  const digit = String(code)[0]!;
  const other = /^([245])\.\d{1,3}\.\d{1,3}(?= |$)/.exec(text);
  if (other !== null && other[1] !== digit)
    return warn(
      `The enhanced code begins with ${other[1]}, the code with ${digit}: they have to be the same.`,
      4,
      4 + other[0].length,
    );
  const greets = ["greeting", "EHLO", "HELO", "LHLO"].includes(verb);
  if (!offers.has("ENHANCEDSTATUSCODES") || greets || digit === "3") return [];
  if (open && /^[\d.]*$/.test(text)) return [];
  const start = text === "" ? 3 : 4;
  return warn(
    "ENHANCEDSTATUSCODES is announced: an enhanced code belongs behind the code.",
    start,
    start + 1,
  );
}

function words(verb: string): string {
  return verb === "greeting"
    ? "as a greeting"
    : verb === "content"
      ? "as an answer to the message"
      : `as an answer to ${verb}`;
}

/** What is to be answered now, in a sentence. */
export function serverHint({ owed, over, awaits }: Course): string {
  const [first, second] = owed;
  if (first === undefined)
    return over
      ? "The session is over."
      : awaits === "content"
        ? "The client sends the message."
        : "Nothing is to be answered.";
  const more =
    second === undefined ? "" : ` ${owed.length} wait for a reply; each gets its own, in this order.`;
  return `${asked(first)}${more}`;
}

function asked({ verb, text }: Owed): string {
  if (verb === "greeting") return "A client has connected: greet it.";
  if (verb === "content") return text === "" ? "Answer the message." : `Answer the message for ${text}.`;
  return `Answer “${text.length > 80 ? `${text.slice(0, 80)}…` : text}”.`;
}

/** What could be typed there; `reply` is what stands before the line, in the same reply. */
export function serverCompletions({ course, line, plan }: Typed, reply: readonly string[]): Completion[] {
  const [owed] = course.owed;
  const { server } = plan;
  if (owed === undefined) return [];
  const [first] = reply;
  const code = Number(first?.slice(0, 3));
  const all =
    first === undefined
      ? replies(course, owed, plan)
      : /^[EL]HLO$/.test(owed.verb) && code === 250
        ? keywords(server, course, reply)
        : [{ text: `${code} End`, about: "The last line: a space stands behind its code." }];
  return all.filter(({ text }) => text.toUpperCase().startsWith(line.toUpperCase()));
}

function replies(course: Course, { verb }: Owed, plan: SessionPlan): Completion[] {
  const enhances =
    course.offers.has("ENHANCEDSTATUSCODES") && !["greeting", "EHLO", "HELO", "LHLO"].includes(verb);
  const kind = verb === "greeting" || verb === "content" ? verb : "reply";
  const name = nameOf(plan.server);
  return codesFor(verb).flatMap((code): Completion[] => {
    const { context, text: meaning } = explainReply(code, verb, kind);
    const about = context?.text ?? meaning;
    if (verb === "AUTH" && code === 334) return challenges(course);
    if (code === 250 && (verb === "EHLO" || verb === "LHLO"))
      return [
        { text: greeted(plan.server, course), about },
        { text: `250 ${name}`, about: "The server greets back, and offers no extension." },
      ];
    const [enhanced, words] = wordsFor(verb, code);
    const said = (code === 250 && verb === "HELO" ? name : words).replace("%", name);
    const middle = enhances && enhanced !== "" ? `${enhanced} ` : "";
    return [{ text: `${code} ${middle}${said}`, about }];
  });
}

/** What a server asks first; SCRAM's messages need arithmetic, which nobody does by hand. */
function challenges({ responses, mechanism }: Course): Completion[] {
  const name = mechanism.toUpperCase();
  const says = (text: string, about: string): Completion[] => [{ text: `334 ${text}`, about }];
  if (name === "LOGIN")
    return responses === 0
      ? says(base64Of("Username:"), "Asks for the name, in base64.")
      : says(base64Of("Password:"), "Asks for the password, in base64.");
  if (name === "CRAM-MD5" && responses === 0)
    return says(
      base64Of("<1896.697170952@mx.example>"),
      "A challenge, in base64: the client mixes its password into it.",
    );
  return responses === 0 ? says("", "An empty challenge: the client is to begin.") : [];
}

/** The reply to EHLO with all that the plan's server offers. */
function greeted(server: ServerPlan, course: Course): string {
  const lines = [nameOf(server), ...offered(server, course)];
  return lines.map((line, index) => `250${index === lines.length - 1 ? " " : "-"}${line}`).join("\n");
}

function offered({ offers, size, mechanisms, insecure }: ServerPlan, { secure }: Course): string[] {
  return [
    ...offers
      .filter((keyword) => /^[A-Z0-9-]{1,40}$/.test(keyword) && (keyword !== "STARTTLS" || !secure))
      .map((keyword) => (keyword === "SIZE" && size > 0 ? `SIZE ${size}` : keyword)),
    ...(mechanisms.length > 0 && (secure || insecure === true) ? [`AUTH ${mechanisms.join(" ")}`] : []),
  ];
}

/** Keywords that could go on with the reply to EHLO. */
function keywords(server: ServerPlan, course: Course, reply: readonly string[]): Completion[] {
  const usual = [
    "PIPELINING",
    "SIZE 10000000",
    "8BITMIME",
    "SMTPUTF8",
    "CHUNKING",
    "ENHANCEDSTATUSCODES",
    "DSN",
  ];
  const more = course.secure ? ["AUTH PLAIN LOGIN"] : ["STARTTLS", "AUTH PLAIN LOGIN"];
  const keywordOf = (line: string): string => line.split(" ", 1)[0]!.toUpperCase();
  const known = new Map(
    [...usual, ...more, ...offered(server, course)].map((line) => [keywordOf(line), line]),
  );
  for (const line of reply) known.delete(keywordOf(line.slice(4)));
  return [...known].flatMap(([keyword, line]) => {
    const about = explainKeyword(keyword)?.text ?? "";
    return [
      { text: `250-${line}`, about },
      { text: `250 ${line}`, about: `The last line. ${about}` },
    ];
  });
}

function nameOf({ name }: ServerPlan): string {
  return /^[\w.[\]:-]{1,255}$/.test(name) ? name : "mx.example";
}
