/** What a step means, in a few words for somebody who sees SMTP for the first time. */
import type { Step } from "edgepost";

const COMMANDS: Readonly<Record<string, string>> = {
  EHLO: "says its name and asks what the server can do",
  HELO: "says its name, the old way",
  STARTTLS: "asks to encrypt from here on",
  AUTH: "logs in; the secret is cut out of this transcript",
  MAIL: "the envelope’s sender, where bounces go",
  RCPT: "one of the envelope’s recipients",
  DATA: "the message is to follow",
  BDAT: "that many octets of the message follow; LAST: it is all of it",
  RSET: "forget this message",
  NOOP: "are you there?",
  QUIT: "that was all",
};

const ANSWERS: Readonly<Record<string, string>> = {
  EHLO: "this is what it offers, a keyword a line",
  HELO: "welcome",
  STARTTLS: "go ahead",
  AUTH: "logged in",
  MAIL: "the sender is fine",
  RCPT: "this recipient is fine",
  DATA: "taken: from here on it is the server’s duty",
  BDAT: "taken: from here on it is the server’s duty",
  RSET: "forgotten",
  NOOP: "yes",
  QUIT: "good-bye",
};

/** Undefined: there is nothing to add. */
export function explain({ kind, verb = "", code = 0 }: Step): string | undefined {
  if (kind === "greeting") return code < 400 ? "the server says who it is" : "the server is not available";
  if (kind === "content") return "header, empty line, text";
  if (kind === "garbage") return "this is not SMTP";
  if (kind === "command") return COMMANDS[verb];
  if (kind === "auth") return code === 334 ? "the server asks for more" : "an answer, cut out";
  if (kind !== "reply") return undefined;
  if (code === 354) return "go on; a line with only a dot ends it";
  if (code >= 500) return `${refused(verb)}, for good`;
  if (code >= 400) return `${refused(verb)} for now; it may be tried later`;
  return ANSWERS[verb];
}

function refused(verb: string): string {
  if (verb === "RCPT") return "this recipient is refused";
  if (verb === "MAIL") return "this sender is refused";
  if (verb === "AUTH") return "the log-in is refused";
  if (verb === "DATA" || verb === "BDAT") return "the message is refused";
  return "refused";
}
