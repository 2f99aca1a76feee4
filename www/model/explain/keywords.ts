/** The extensions by their EHLO keywords, and the parameters of MAIL and RCPT that come with them. No DOM. */
import type { Explained, Table } from "./explained.js";
import { rowOf, written } from "./explained.js";

const KEYWORDS: Table = {
  PIPELINING: ["The client may send several commands without waiting for the reply to each.", "2920#3"],
  SIZE: ["How large a message may be; the client says in MAIL how large its own is.", "1870#4"],
  "8BITMIME": ["Content may have octets above 127.", "6152#2"],
  SMTPUTF8: ["Addresses and header fields may have characters outside ASCII, as UTF-8.", "6531#3.1"],
  CHUNKING: ["The message may come in pieces of known length, by BDAT: no dot ends it.", "3030#2"],
  BINARYMIME: ["Content may be any octets, without lines. It needs CHUNKING.", "3030#3"],
  ENHANCEDSTATUSCODES: ["Replies have a second code, which says more exactly what happened.", "2034#4"],
  STARTTLS: ["The connection can become TLS.", "3207#2"],
  AUTH: ["Clients can prove who they are, by one of these SASL mechanisms.", "4954#3"],
  LIMITS: ["How much a client may do before the server stops it.", "9422#3"],
  DSN: ["The client may say which reports about the delivery it wants.", "3461#3"],
  DELIVERBY: ["The client may say by when a message is to be there.", "2852"],
  FUTURERELEASE: ["The client may say that a message is to be held back for a time.", "4865"],
  "MT-PRIORITY": ["Messages can have priorities.", "6710"],
  REQUIRETLS: ["A message can ask to go on under TLS or not at all.", "8689#2"],
  RRVS: [
    "The client may say since when an address was known to be its owner's: newer owners do not get the message.",
    "7293",
  ],
  "NO-SOLICITING": ["The server does not want mail of some kinds, as advertisements.", "3865"],
  BURL: ["The server can fetch content from a URL.", "4468#3"],
  CHECKPOINT: ["A message whose transfer broke off can be resumed.", "1845"],
  PRDR: ["The server may answer to the message for each recipient by itself.", "draft-hall-prdr-00"],
  ETRN: ["A host can ask for the mail that waits for it.", "1985"],
  VRFY: ["The server has an answer to VRFY.", "5321#3.5.2"],
  EXPN: ["The server has an answer to EXPN.", "5321#3.5.2"],
  HELP: ["The server has an answer to HELP.", "5321#4.1.1.8"],
  XCLIENT: ["A proxy that is trusted may say for whom it speaks, by these attributes.", "Postfix, XCLIENT"],
  XFORWARD: ["A filter may pass on who the client was, by these attributes.", "Postfix, XFORWARD"],
};

/** What an extension is for, by its keyword in whatever case, and what its parameters say here. */
export function explainKeyword(keyword: string, parameters: readonly string[] = []): Explained | undefined {
  const title = keyword.toUpperCase();
  const row = rowOf(KEYWORDS, title);
  if (row === undefined) return undefined;
  const said = saidBy(title, parameters);
  return { title, text: said === "" ? row[0] : `${row[0]} ${said}`, ...written(row[1]) };
}

/** What a server says of the extension, as a sentence. */
function saidBy(keyword: string, parameters: readonly string[]): string {
  const [first = "", second] = parameters;
  const number = /^\d{1,20}$/.test(first) ? Number(first) : undefined;
  switch (keyword) {
    case "SIZE":
      if (number === undefined) return "";
      return number === 0 ? "This server says no limit." : `Here: at most ${octets(number)}.`;
    case "AUTH":
      return parameters.length === 0 ? "" : `Here: ${parameters.join(", ")}.`;
    case "LIMITS":
      return parameters
        .map((parameter) => {
          const [name = "", value] = parameter.split("=");
          const what = rowOf(LIMITS, name.toUpperCase());
          return what === undefined ? "" : `At most ${value} ${what}.`;
        })
        .filter(Boolean)
        .join(" ");
    case "DELIVERBY":
      return number === undefined ? "" : `Here: in ${duration(number)} at the earliest.`;
    case "FUTURERELEASE":
      return number === undefined
        ? ""
        : `Here: for ${duration(number)} at most${second === undefined ? "" : `, and until ${second}`}.`;
    case "MT-PRIORITY":
      return first === "" ? "" : `Here: by the profile ${first}.`;
    case "NO-SOLICITING":
      return first === "" ? "" : `Here: ${first}.`;
    case "BURL":
      return parameters.length === 0 ? "" : `Here: ${parameters.join(", ")}.`;
    default:
      return "";
  }
}

const LIMITS: Readonly<Record<string, string>> = {
  MAILMAX: "messages in one session",
  RCPTMAX: "recipients for one message",
  RCPTDOMAINMAX: "domains among the recipients in one session",
};

const MAIL: Table = {
  SIZE: ["How large the message is, so that the server can refuse it before it comes.", "1870#6"],
  BODY: ["What octets the content has: 7BIT, 8BITMIME, or BINARYMIME.", "6152#3"],
  SMTPUTF8: ["The message has addresses or header fields outside ASCII.", "6531#3.4"],
  AUTH: ["Who has submitted the message first, as far as is known; <> is nobody.", "4954#5"],
  RET: ["How much of the message a report of failure is to bring back: FULL or HDRS.", "3461#4.3"],
  ENVID: ["A name of this envelope, which comes back in reports.", "3461#4.4"],
  BY: [
    "The time in seconds in which it is to be delivered, and what to do else: R returns it, N tells.",
    "2852",
  ],
  HOLDFOR: ["For how many seconds the message is to be held back.", "4865"],
  HOLDUNTIL: ["Until when the message is to be held back.", "4865"],
  "MT-PRIORITY": ["How urgent the message is, from -9 to 9.", "6710"],
  REQUIRETLS: ["The message may go on under TLS alone.", "8689#2"],
  SOLICIT: ["What kinds of solicitation the message is, by keywords.", "3865"],
  TRANSID: ["A name of this transaction, by which it can be resumed.", "1845"],
  PRDR: ["The client asks for a reply for each recipient.", "draft-hall-prdr-00"],
};
const RCPT: Table = {
  NOTIFY: ["When the sender wants a report: at SUCCESS, FAILURE, DELAY, or NEVER.", "3461#4.1"],
  ORCPT: ["The recipient as the sender wrote it, which comes back in reports.", "3461#4.2"],
  RRVS: ["Since when the address was known to be its owner's.", "7293"],
};

/** What a parameter asks for, and its value says. */
export function explainParameter(verb: string, keyword: string, value?: string): Explained | undefined {
  const title = keyword.toUpperCase();
  const row = rowOf(verb.toUpperCase() === "RCPT" ? RCPT : MAIL, title);
  if (row === undefined) return undefined;
  const said = value === undefined ? "" : asked(title, value);
  return { title, text: said === "" ? row[0] : `${row[0]} ${said}`, ...written(row[1]) };
}

function asked(keyword: string, value: string): string {
  const seconds = Number.parseInt(value, 10);
  if (Number.isNaN(seconds)) return "";
  if (keyword === "SIZE") return `Here: ${octets(seconds)}.`;
  if (keyword === "HOLDFOR") return `Here: ${duration(seconds)}.`;
  return keyword === "BY" && seconds > 0 ? `Here: ${duration(seconds)}.` : "";
}

function octets(count: number): string {
  const whole = `${count.toLocaleString("en")} octets`;
  if (count < 1024) return whole;
  const [size, unit] = count < 1 << 20 ? [count / 1024, "KiB"] : [count / (1 << 20), "MiB"];
  return `${whole} (${size.toFixed(size < 10 ? 1 : 0)} ${unit})`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
