/**
 * What a well-formed command meets when it does not come in its turn (RFC 5321 section 4.1.4), or asks for what the server
 * has not announced (section 4.1.1.11). No DOM.
 */
import type { Command } from "edgepost";
import type { Course } from "./course.js";
import type { Finding } from "./finding.js";

export type Warning = Pick<Finding, "message" | "reference" | "code">;

/** Commands that come with an extension, by its keyword. */
const EXTENSION: Readonly<Record<string, readonly [keyword: string, reference: string]>> = {
  STARTTLS: ["STARTTLS", "3207#4"],
  AUTH: ["AUTH", "4954#4"],
  BDAT: ["CHUNKING", "3030#2"],
  BURL: ["BURL", "4468#3"],
  ETRN: ["ETRN", "1985"],
  XCLIENT: ["XCLIENT", ""],
  XFORWARD: ["XFORWARD", ""],
};
const GREETINGS = ["EHLO", "HELO", "LHLO"];
const MESSAGE = ["MAIL", "RCPT", "DATA", "BDAT", "BURL"];

/** What is to be said of a command before its parameters are looked at. */
export function outOfSequence(
  course: Course,
  { verb, mechanism }: Command,
  lmtp: boolean,
): Warning | undefined {
  const { greeting, hello, offers, secure, user, transaction, recipients, chunks } = course;
  if (course.over)
    return says("The server has closed the connection, or is about to: nobody reads this.", "5321#3.8");
  if (greeting === undefined)
    return says("The server has not greeted yet: a client waits for its 220.", "5321#4.3.1");
  if (greeting >= 400 && verb !== "QUIT")
    return says(`The server has greeted with ${greeting}: there is no service, but for QUIT.`, "5321#3.1");
  if (GREETINGS.includes(verb)) {
    if (lmtp !== (verb === "LHLO"))
      return lmtp
        ? says("This server speaks LMTP: it is greeted with LHLO.", "2033#4.1", 500)
        : says(
            "LHLO is the greeting of LMTP: this server speaks SMTP, and does not know it.",
            "2033#4.1",
            500,
          );
    return transaction
      ? says("The message that has begun is forgotten, as by RSET.", "5321#4.1.4")
      : undefined;
  }
  const greets = lmtp ? "LHLO" : "EHLO";
  if (hello === undefined) {
    const again = secure ? "Under TLS all begins anew: " : "";
    if (MESSAGE.includes(verb)) return says(`${again}${greets} has to come first.`, "5321#4.1.4", 503);
    if (verb in EXTENSION)
      return says(`${again}${greets} has to come first: it tells what is offered.`, "5321#4.1.4");
    return undefined;
  }
  const [keyword, reference] = EXTENSION[verb] ?? [];
  if (keyword !== undefined && !offers.has(keyword)) {
    if (hello === "HELO")
      return says("HELO asks for no extensions: greet with EHLO to use one.", "5321#4.1.1.1");
    if (verb === "STARTTLS" && secure) return says("The connection is under TLS already.", reference, 502);
    if (verb === "AUTH" && !secure)
      return says("The server has not announced AUTH. It may want TLS first.", reference);
    return says(`The server has not announced ${keyword}.`, reference, 502);
  }
  switch (verb) {
    case "STARTTLS":
      return transaction ? says("The message that has begun is forgotten.", "3207#4.2") : undefined;
    case "AUTH":
      if (user) return says("The client is authenticated already.", "4954#4", 503);
      if (transaction) return says("A message has begun: AUTH comes before it.", "4954#4", 503);
      return offers.get("AUTH")!.some((name) => name.toUpperCase() === mechanism!.toUpperCase())
        ? undefined
        : says(`The server has not announced the mechanism ${mechanism}.`, "4954#4", 504);
    case "MAIL":
      if (transaction) return says("A message has begun already: RSET gives it up.", "5321#4.1.4", 503);
      return course.messages >= limit(course, "MAILMAX")
        ? says("The server has said in LIMITS that it takes no more messages in this session.", "9422#4", 421)
        : undefined;
    case "RCPT":
      if (!transaction) return says("MAIL has to come first.", "5321#3.3", 503);
      if (chunks) return says("The content has begun: no more recipients.", "3030#2", 503);
      return recipients.length >= limit(course, "RCPTMAX")
        ? says("The server has said in LIMITS that it takes no more recipients.", "9422#4", 452)
        : undefined;
    case "DATA":
    case "BDAT":
      if (!transaction) return says("MAIL and RCPT have to come first.", "5321#3.3", 503);
      if (verb === "DATA" && chunks)
        return says("The content has begun with BDAT, and goes on with it.", "3030#2", 503);
      if (recipients.length === 0) return says("No recipient has been taken yet.", "5321#3.3", 554);
      return verb === "DATA" && /\sBODY=BINARYMIME\b/i.test(course.mail!)
        ? says("Content that is BINARYMIME goes by BDAT alone.", "3030#3", 503)
        : undefined;
    default:
      return undefined;
  }
}

function says(message: string, reference?: string, code?: number): Warning {
  return { message, ...(reference && { reference }), ...(code !== undefined && { code }) };
}

/** What LIMITS says (RFC 9422). */
function limit({ offers }: Course, name: string): number {
  const said = offers.get("LIMITS")?.find((limit) => limit.toUpperCase().startsWith(`${name}=`));
  return said === undefined ? Infinity : Number(said.slice(name.length + 1));
}

interface Parameter {
  readonly verb: "MAIL" | "RCPT";
  /** What has to be announced. */
  readonly extension: string;
  /** What its value has to be; absent: anything. */
  readonly value?: RegExp;
  /** Values to be chosen from, the usual first; `""`: it has none. */
  readonly values: readonly string[];
}

const mail = (extension: string, values: readonly string[], value?: RegExp): Parameter => ({
  verb: "MAIL",
  extension,
  values,
  ...(value && { value }),
});
const NONE = /^$/;

/** The parameters of MAIL and RCPT that are known. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  SIZE: mail("SIZE", [], /^\d{1,20}$/),
  BODY: mail("8BITMIME", ["8BITMIME", "7BIT", "BINARYMIME"], /^(7BIT|8BITMIME|BINARYMIME)$/i),
  SMTPUTF8: mail("SMTPUTF8", [""], NONE),
  AUTH: mail("AUTH", ["<>"]),
  RET: mail("DSN", ["HDRS", "FULL"], /^(FULL|HDRS)$/i),
  ENVID: mail("DSN", ["QQ314159"]),
  REQUIRETLS: mail("REQUIRETLS", [""], NONE),
  BY: mail("DELIVERBY", ["3600;R", "3600;N"]),
  HOLDFOR: mail("FUTURERELEASE", ["3600"]),
  HOLDUNTIL: mail("FUTURERELEASE", []),
  "MT-PRIORITY": mail("MT-PRIORITY", ["3", "-3"], /^-?[0-9]$/),
  SOLICIT: mail("NO-SOLICITING", []),
  TRANSID: mail("CHECKPOINT", []),
  PRDR: mail("PRDR", [""], NONE),
  NOTIFY: {
    verb: "RCPT",
    extension: "DSN",
    values: ["FAILURE", "SUCCESS,FAILURE", "DELAY,FAILURE", "NEVER"],
    value: /^(NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*)$/i,
  },
  ORCPT: { verb: "RCPT", extension: "DSN", values: [] },
  RRVS: { verb: "RCPT", extension: "RRVS", values: [] },
};

/** What a parameter says with just this value. */
export const VALUES: Readonly<Record<string, string>> = {
  "BODY=8BITMIME": "The content has octets above 127, in lines.",
  "BODY=7BIT": "The content is ASCII alone, as without the parameter.",
  "BODY=BINARYMIME": "The content is any octets: it goes by BDAT.",
  "RET=HDRS": "A report of failure is to bring back the header section alone.",
  "RET=FULL": "A report of failure is to bring back the whole message.",
  "NOTIFY=FAILURE": "Report when it cannot be delivered, as without the parameter.",
  "NOTIFY=SUCCESS,FAILURE": "Report when it is delivered, and when it cannot be.",
  "NOTIFY=DELAY,FAILURE": "Report when it takes long, and when it cannot be delivered.",
  "NOTIFY=NEVER": "No reports for this recipient.",
  "AUTH=<>": "Who has submitted the message first is not known.",
};

/** The first thing to be said of each parameter. `typing`: the octet where the line is still being typed. */
export function parameterFindings(
  course: Course,
  { verb, params = [], spans }: Command,
  typing: number | undefined,
): Finding[] {
  const places = spans.filter(({ rule }) => rule === "esmtp-param");
  return params.flatMap(({ keyword, value = "" }, index): Finding[] => {
    const { start, end } = places[index]!;
    const name = keyword.toUpperCase();
    const known = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name]! : undefined;
    const open = end === typing && begins(name, value, known);
    const warn = (message: string, reference: string, code?: number): Finding[] => [
      { severity: "warning", ...says(message, reference, code), start, end },
    ];
    if (known !== undefined && known.verb !== verb)
      return warn(`${name} is a parameter of ${known.verb}.`, "5321#4.1.1.11", 555);
    if (course.hello === "HELO")
      return warn("HELO asks for no extensions: greet with EHLO to use one.", "5321#4.1.1.1");
    if (open) return [];
    const needs = known?.extension ?? name;
    if (known === undefined || !course.offers.has(needs))
      return warn(
        known === undefined
          ? `No extension that the server has announced has the parameter ${name}.`
          : `The server has not announced ${needs}, which has the parameter ${name}.`,
        "5321#4.1.1.11",
        555,
      );
    if (known.value?.test(value) === false)
      return [
        {
          severity: "error",
          message:
            known.value === NONE
              ? `${name} has no value.`
              : `This is no value of ${name}.${name === "SIZE" ? " It is a number of octets." : ` Such are: ${known.values.join(", ")}.`}`,
          reference: "5321#4.1.1.11",
          code: 501,
          start: value === "" ? start : start + keyword.length + 1,
          end,
        },
      ];
    const most = Number(course.offers.get("SIZE")?.[0] ?? 0);
    if (name === "SIZE" && most > 0 && Number(value) > most)
      return warn(`The server takes ${most.toLocaleString("en")} octets at most.`, "1870#6.1", 552);
    if (name === "BODY" && /^BINARYMIME$/i.test(value) && !course.offers.has("BINARYMIME"))
      return warn("The server has not announced BINARYMIME.", "3030#3", 555);
    return [];
  });
}

/** Whether what is typed so far of a parameter can become one that is known, or a value of it. */
function begins(name: string, value: string, known: Parameter | undefined): boolean {
  if (known === undefined) return Object.keys(PARAMETERS).some((keyword) => keyword.startsWith(name));
  if (value === "") return true;
  const typed = value.toUpperCase().split(",").at(-1)!;
  const words = known.values.flatMap((value) => value.split(","));
  return known.value?.test(value) === false && words.some((word) => word.startsWith(typed));
}
