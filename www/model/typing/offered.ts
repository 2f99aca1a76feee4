/** What is offered to who types in the client's place: by where the session is, and by the plan. No DOM. */
import { parseCommand } from "edgepost";
import type { Command } from "edgepost";
import { explainCommand } from "../explain/commands.js";
import { explainParameter } from "../explain/keywords.js";
import { isMailbox } from "../mailbox.js";
import { isToken, MESSAGE, SECRET, TOKEN } from "../plan.js";
import type { SessionPlan } from "../plan.js";
import { octetsOf } from "../typed.js";
import type { Course } from "./course.js";
import { base64Of, typeable } from "./finding.js";
import type { Completion, Typed } from "./finding.js";
import { outOfSequence, PARAMETERS, VALUES } from "./sequence.js";

/** The commands that are offered, as they follow each other in a session. */
export const VERBS = [
  ...["EHLO", "LHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT"],
  ...["QUIT", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "HELO"],
];
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
  const typed = line.toUpperCase();
  const lines = VERBS.flatMap((verb) => linesOf(verb, course, plan));
  const all = lines.flatMap((text): Completion[] => {
    const command = text.toUpperCase().startsWith(typed) ? commandOf(text) : undefined;
    if (command === undefined) return [];
    const sequence = outOfSequence(course, command, lmtp);
    const about = SPECIAL[text] ?? explainCommand(command.verb)?.text ?? "";
    return [
      sequence === undefined ? { text, about } : { text, about: `Not now: ${sequence.message}`, late: true },
    ];
  });
  const rank = ({ text, late }: Completion): number => {
    if (late) return 4;
    if (course.hello !== undefined && /^(EHLO|LHLO|HELO)/.test(text)) return 3;
    if (text in SPECIAL) return 2;
    return text === "QUIT" && course.messages > 0 && !course.transaction ? 0 : 1;
  };
  return all.sort((one, other) => rank(one) - rank(other));
}

/** The command of the first line; undefined: the plan has a name or an address that none can have. */
function commandOf(text: string): Command | undefined {
  try {
    return parseCommand(text.split("\n", 1)[0]!);
  } catch {
    return undefined;
  }
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
  // As xtext (RFC 3461 section 4).
  const path = /<([^>]*)>/.exec(line)?.[1] ?? "";
  if (keyword === "ORCPT" && /^[!-~]+$/.test(path))
    return [`rfc822;${path.replace(/[+=]/g, (sign) => (sign === "+" ? "+2B" : "+3D"))}`];
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
  const mechanism = course.mechanism.toUpperCase();
  const { user, secret } = loginOf(plan, mechanism);
  const cancel = { text: "*", about: "The client gives up; the server answers 501." };
  if (mechanism === "LOGIN") {
    const [what, text] = course.responses === 0 ? ["name", user] : ["password", secret];
    return [{ text: base64Of(text), about: `The ${what} in base64: ${text}` }, cancel];
  }
  const text = initial(plan, mechanism);
  if (text === undefined || text === "=") return [cancel];
  return [{ text, about: `What ${mechanism} has to say, in base64.` }, cancel];
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
