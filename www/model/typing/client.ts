/** What is typed in the client's place: commands, content, and what an AUTH exchange asks for. No DOM. */
import { InputError, parseAddress, parseCommand } from "edgepost";
import type { Command } from "edgepost";
import { explainCommand } from "../explain/commands.js";
import { explainParameter } from "../explain/keywords.js";
import { decodeSasl, explainMechanism } from "../explain/sasl.js";
import { isToken, MESSAGE, SECRET, TOKEN } from "../plan.js";
import type { SessionPlan } from "../plan.js";
import { octetsOf } from "../typed.js";
import { base64Of, errorOf, lengthOf, notBase64, typeable } from "./finding.js";
import type { Completion, Finding, Typed } from "./finding.js";
import type { Course } from "./course.js";
import { outOfSequence, parameterFindings, PARAMETERS, VALUES } from "./sequence.js";

/** The commands that are offered, as they follow each other in a session. */
const VERBS = [
  ...["EHLO", "LHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT"],
  ...["QUIT", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "HELO"],
];
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
  const asked = params.some(({ keyword }) => keyword.toUpperCase() === "SMTPUTF8");
  const wide = [...path].findIndex((character) => character > "\x7f");
  if (wide >= 0 && !asked && !(verb === "RCPT" && /\sSMTPUTF8\b/i.test(course.mail ?? ""))) {
    const start = lengthOf(text.slice(0, text.search(/[^\0-\x7f]/)));
    findings.push({
      severity: "warning",
      message: "An address outside ASCII needs the parameter SMTPUTF8 behind MAIL.",
      reference: "6531#3.4",
      code: 553,
      start,
      end: start + 1,
    });
  }
  return findings;
}

/** Looks at the answer to a challenge. */
export function readResponse(course: Course, { text, open }: Line): Finding[] {
  const wrong = text === "*" ? undefined : notBase64(text);
  const mechanism = mechanismOf(course);
  course.responds();
  if (text === "*" || wrong !== undefined) course.answers(501, [""]);
  else if (course.responses < responsesOf(mechanism)) course.answers(334, [""]);
  else course.answers(235, [""]);
  if (text === "*")
    return [
      { severity: "info", message: "The client gives up.", reference: "4954#4", code: 501, start: 0, end: 1 },
    ];
  if (wrong === undefined || (open && wrong.at >= text.length)) return [];
  return [
    {
      severity: "error",
      message: wrong.why,
      reference: "4954#4",
      code: 501,
      start: wrong.at,
      end: wrong.at + 1,
    },
  ];
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
  const { awaits, left, challenge } = course;
  if (course.over) return "The session is over.";
  if (left > 0)
    return `${left.toLocaleString("en")} ${left === 1 ? "octet" : "octets"} of the chunk still to come, line ends counted.`;
  if (awaits === "content")
    return "The message: header fields, an empty line, the text. A line with a dot alone ends it.";
  if (awaits === "response") {
    const mechanism = mechanismOf(course);
    const [asked] = decodeSasl(mechanism, "server", challenge).fields;
    const what = asked === undefined || asked.value === "" ? "" : `The server asks: ${asked.value} `;
    return `${what}Answer for ${mechanism} in base64; * gives up.`;
  }
  if (course.greeting === undefined) return "The server has not greeted yet.";
  return "The server waits for a command.";
}

/** What could be typed there. */
export function clientCompletions(typed: Typed, inHeader: boolean, begun: boolean): Completion[] {
  const { course, line, plan } = typed;
  if (course.left > 0 || course.over) return [];
  if (course.awaits === "content") return contentCompletions(line, plan, inHeader, begun);
  if (course.awaits === "response") return responses(course, plan);
  const path = /^(MAIL FROM:|RCPT TO:)[^>]*>( |$)/i.exec(line);
  if (path !== null) return parameters(typed, path[1]!.slice(0, 4).toUpperCase());
  const [, auth] = /^AUTH +(\S+) +\S*$/i.exec(line) ?? [];
  if (auth !== undefined)
    return [initial(plan, auth)].flatMap((response) =>
      response === undefined
        ? []
        : [{ text: `AUTH ${auth} ${response}`, about: "The first response at once, without a challenge." }],
    );
  if (/^BDAT +\d+ +\S*$/i.test(line))
    return [
      {
        text: `${line.trimEnd().replace(/ +[A-Z]+$/i, "")} LAST`,
        about: "The message is whole with this chunk.",
      },
    ];
  return commands(typed);
}

/** All commands, those first that are in place now. */
function commands({ course, plan, line }: Typed): Completion[] {
  const lmtp = plan.server.lmtp === true;
  const all = VERBS.flatMap((verb) => linesOf(verb, course, plan)).map((text): Completion => {
    const [first = ""] = text.split("\n", 1);
    const command = parseCommand(first);
    const about = explainCommand(command.verb)!.text;
    const sequence = outOfSequence(course, command, lmtp);
    return sequence === undefined
      ? { text, about: SPECIAL[text] ?? about }
      : { text, about: `Not now: ${sequence.message}`, late: true };
  });
  const rank = ({ text, late }: Completion): number => {
    if (late) return 4;
    if (course.hello !== undefined && /^(EHLO|LHLO|HELO)/.test(text)) return 3;
    if (text in SPECIAL) return 2;
    return text === "QUIT" && course.messages > 0 && !course.transaction ? 0 : 1;
  };
  return all
    .filter(({ text }) => text.toUpperCase().startsWith(line.toUpperCase()))
    .sort((one, other) => rank(one) - rank(other));
}

/** Lines that are not the usual ones of their command. */
const SPECIAL: Readonly<Record<string, string>> = {
  "MAIL FROM:<>": "The null reverse-path: nobody gets a report, as for reports themselves.",
  "RCPT TO:<postmaster>": "Every server has to take mail for its postmaster.",
};

/** The lines that a command is offered as. */
function linesOf(verb: string, course: Course, plan: SessionPlan): string[] {
  const message = messageOf(plan);
  const recipients = message.to.filter((to) => !course.recipients.includes(to));
  switch (verb) {
    case "EHLO":
    case "LHLO":
      return verb === (plan.server.lmtp ? "LHLO" : "EHLO") ? [`${verb} ${nameOf(plan)}`] : [];
    case "HELO":
      return [`HELO ${nameOf(plan)}`];
    case "AUTH": {
      const offered = course.offers.get("AUTH")?.filter((name) => /^[A-Z0-9_-]{1,20}$/i.test(name)) ?? [];
      return (offered.length === 0 ? ["PLAIN"] : offered).map((name) => `AUTH ${name}`);
    }
    case "MAIL":
      return [`MAIL FROM:<${message.from}>`, "MAIL FROM:<>"];
    case "RCPT":
      return [...recipients, "postmaster"].slice(0, 20).map((to) => `RCPT TO:<${to}>`);
    case "BDAT": {
      const content = contentOf(plan);
      return [`BDAT ${octetsOf(content).length} LAST\n${content}`];
    }
    case "VRFY":
    case "EXPN":
      return [`${verb} ${message.to[0] ?? "postmaster"}`];
    default:
      return [verb];
  }
}

function parameters({ course, line, plan }: Typed, verb: string): Completion[] {
  // Behind the path itself, what comes first is a space.
  const begins = line.endsWith(">") && !/> /.test(line);
  const start = begins ? line.length : line.lastIndexOf(" ") + 1;
  const given = line.slice(0, start).toUpperCase();
  const token = line.slice(start).toUpperCase();
  return Object.entries(PARAMETERS).flatMap(([keyword, { verb: of, extension, values }]) => {
    if (of !== verb || !course.offers.has(extension) || new RegExp(` ${keyword}(=| )`).test(given)) return [];
    const offered = values.filter((value) => value !== "BINARYMIME" || course.offers.has(value));
    const own = ownValues(keyword, line, plan);
    return [...own, ...offered].flatMap((value) => {
      const text = value === "" ? keyword : `${keyword}=${value}`;
      const about = VALUES[text] ?? explainParameter(verb, keyword, value)?.text ?? extension;
      if (!text.toUpperCase().startsWith(token)) return [];
      return [{ text: `${line.slice(0, start)}${begins ? " " : ""}${text}`, more: text, about }];
    });
  });
}

/** Values that follow from the plan, or from what stands before. */
function ownValues(keyword: string, line: string, plan: SessionPlan): string[] {
  if (keyword === "SIZE") return [String(octetsOf(contentOf(plan)).length)];
  if (keyword === "ORCPT") return [`rfc822;${/<([^>]*)>/.exec(line)?.[1]?.replaceAll("+", "+2B") ?? ""}`];
  return [];
}

function contentCompletions(
  line: string,
  plan: SessionPlan,
  inHeader: boolean,
  begun: boolean,
): Completion[] {
  const { from, to, subject } = messageOf(plan);
  const whole = {
    text: `${stuffed(contentOf(plan))}\n.`,
    about: "A whole message, with the dot at its end.",
  };
  const end = { text: ".", about: "It ends the message; the server answers." };
  const fields = [
    ["From", from, "Whom the message is from, as the reader sees it."],
    ["To", to.join(", "), "Whom it is for, as the reader sees it."],
    ["Subject", subject, "What it is about."],
    ["Date", "Mon, 2 Mar 2026 09:30:00 +0000", "When it was written; each message has one."],
    ["Message-ID", `<1@${nameOf(plan)}>`, "Its own name, which no other message has."],
  ].map(([name, value, about]) => ({ text: `${name}: ${typeable(value!)}`, about: about! }));
  const all = [...(begun ? [end] : [whole]), ...(inHeader ? fields : []), ...(begun ? [] : [end])];
  return all.filter(({ text }) => text.toUpperCase().startsWith(line.toUpperCase()));
}

/** What the plan's client would say in the exchange. */
function responses(course: Course, plan: SessionPlan): Completion[] {
  const mechanism = mechanismOf(course).toUpperCase();
  const { user, secret } = loginOf(plan, mechanism);
  const answer =
    mechanism === "LOGIN"
      ? ([
          base64Of(course.responses === 0 ? user : secret),
          course.responses === 0 ? "the name" : "the password",
        ] as const)
      : ([initial(plan, mechanism), explainMechanism(mechanism)?.title ?? "it"] as const);
  const [text, what] = answer;
  return [
    ...(text === undefined
      ? []
      : [
          {
            text: text === "=" ? "" : text,
            about: `In base64: ${mechanism === "LOGIN" ? `${what} of ${user}` : `the response of ${what}`}.`,
          },
        ]),
    { text: "*", about: "The client gives up; the server answers 501." },
  ].filter(({ text }) => text !== "");
}

/** The initial response that needs no challenge; `=` is an empty one (RFC 4954 section 4). */
function initial(plan: SessionPlan, mechanism: string): string | undefined {
  const { user, secret } = loginOf(plan, mechanism);
  switch (mechanism.toUpperCase()) {
    case "PLAIN":
      return base64Of(`\0${user}\0${secret}`);
    case "XOAUTH2":
      return base64Of(`user=${user}\x01auth=Bearer ${secret}\x01\x01`);
    case "OAUTHBEARER":
      return base64Of(`n,a=${user},\x01auth=Bearer ${secret}\x01\x01`);
    case "ANONYMOUS":
      return base64Of(user);
    case "EXTERNAL":
      return "=";
    default:
      return undefined;
  }
}

function loginOf(
  { client }: SessionPlan,
  mechanism: string,
): { readonly user: string; readonly secret: string } {
  const token = isToken(mechanism.toUpperCase());
  const { auth } = client;
  if (auth !== undefined && isToken(auth.mechanism) === token) return auth;
  return { user: auth?.user ?? "ann", secret: token ? TOKEN : SECRET };
}

function mechanismOf({ owed }: Course): string {
  return /^\S+ +(\S+)/.exec(owed[0]?.text ?? "")?.[1] ?? "";
}

/** The plan's first message, as far as it can be said. */
function messageOf({ messages }: SessionPlan): { from: string; to: string[]; subject: string; text: string } {
  const { from, to, subject, text } = messages[0] ?? MESSAGE;
  return {
    from: isMailbox(from) ? from : MESSAGE.from,
    to: to.slice(0, 20).filter(isMailbox),
    subject: subject.replace(/[\0-\x1f\x7f]+/g, " ").slice(0, 200),
    text: text.slice(0, 10_000).replace(/\r\n?/g, "\n"),
  };
}

function isMailbox(address: string): boolean {
  try {
    parseAddress(address, { utf8: true });
    return true;
  } catch {
    return false;
  }
}

function nameOf({ client }: SessionPlan): string {
  return /^[\w.[\]:-]{1,255}$/.test(client.name) ? client.name : "client.example";
}

/** A small message, as it is typed: its last line has an end. */
function contentOf(plan: SessionPlan): string {
  const { from, to, subject, text } = messageOf(plan);
  const fields = [
    ["From", from],
    ["To", to.join(", ")],
    ["Subject", subject],
  ].map(([name, value]) => `${name}: ${typeable(value!)}`);
  const lines = text.replace(/\n+$/, "").split("\n").map(typeable);
  return [...fields, "", ...lines].join("\n");
}

function stuffed(content: string): string {
  return content.replace(/^\./gm, "..");
}
