/** What a reply says: by each digit of its code, by the code, and as the answer to its command. No DOM. */
import type { Explained, Table } from "./explained.js";
import { rowOf, written } from "./explained.js";

export interface ExplainedReply extends Explained {
  /** What each of the three digits says. */
  readonly digits: readonly Explained[];
  /** What it says as the answer to this command, if that is known. */
  readonly context?: Explained;
  /** Whether the RFC lists the code for this command; undefined: it lists none for it. */
  readonly listed?: boolean;
}

const FIRST: Table = {
  "2": ["Positive completion: it was done; another command can follow.", "5321#4.2.1"],
  "3": ["Positive intermediate: so far so good; the server waits for more.", "5321#4.2.1"],
  "4": ["Transient negative completion: not now. The client should try the same again later.", "5321#4.2.1"],
  "5": ["Permanent negative completion: no. The client should not try the same again.", "5321#4.2.1"],
};
const SECOND: Table = {
  "0": ["Syntax: a command that is wrong, not known, or not done.", "5321#4.2.1"],
  "1": ["Information: what was asked for, as help.", "5321#4.2.1"],
  "2": ["Connections: about the transmission channel.", "5321#4.2.1"],
  "3": ["Nothing in SMTP itself; AUTH uses it for what concerns authentication.", "4954#6"],
  "4": ["Not used by SMTP.", "5321#4.2.1"],
  "5": ["Mail system: about the message, the mailbox or the transfer.", "5321#4.2.1"],
};

/** What the codes mean in themselves (RFC 5321 section 4.2.3 and the extensions). */
const CODES: Table = {
  "211": ["System status, or an answer to HELP.", "5321#4.2.3"],
  "214": ["An answer to HELP, for a person.", "5321#4.2.3"],
  "220": ["The service is ready.", "5321#4.2.3"],
  "221": ["The server closes the connection.", "5321#4.2.3"],
  "235": ["The client is authenticated.", "4954#6"],
  "250": ["Done.", "5321#4.2.3"],
  "251": ["The user is not here; the server will forward the message.", "5321#3.4"],
  "252": [
    "The server cannot tell whether the user is there, but will take the message and try.",
    "5321#3.5.3",
  ],
  "253": ["So many messages wait for the node, and are being sent.", "1985"],
  "334": ["The challenge of a SASL mechanism, in base64: the client is to answer it.", "4954#4"],
  "353": ["A reply for each recipient follows.", "draft-hall-prdr-00"],
  "354": ["The message can come; it ends with a line that is a dot alone.", "5321#4.2.3"],
  "355": ["The transaction goes on at the octet that is named.", "1845"],
  "421": ["The service is not available now, and the server closes. It can come at any time.", "5321#3.8"],
  "432": ["The user has to log in by another mechanism once, as PLAIN, before this one works.", "4954#6"],
  "450": ["The mailbox is not available now: it is busy, or policy says to come later.", "5321#4.2.3"],
  "451": ["An error on the server's side; later it may work.", "5321#4.2.3"],
  "452": [
    "The server has no room now, or the message has as many recipients as it takes.",
    "5321#4.5.3.1.10",
  ],
  "453": ["There is no mail for this host.", "2645"],
  "454": ["TLS or authentication is not available now.", "3207#4"],
  "455": ["The server cannot do now what a parameter asks for.", "5321#4.1.1.11"],
  "458": ["Mail cannot be sent to this node now.", "1985"],
  "459": ["This node may not do that.", "1985"],
  "500": ["The command cannot be read or is not known; perhaps the line is too long.", "5321#4.2.4"],
  "501": ["The command is known, but what follows it cannot be read.", "5321#4.2.3"],
  "502": ["The command is known, but not done here.", "5321#4.2.4"],
  "503": ["The command does not come in the right order.", "5321#4.1.4"],
  "504": ["The command is known, but not with this argument.", "5321#4.2.3"],
  "521": ["This host takes no mail at all.", "7504#3"],
  "530": ["Something has to come first: TLS, or authentication.", "4954#6"],
  "534": ["This mechanism is too weak for this user.", "4954#6"],
  "535": ["Who the client is was not proved: name, password or token are not right.", "4954#6"],
  "538": ["This mechanism is for connections under TLS alone.", "4954#6"],
  "550": ["The mailbox is not available: it is not there, or policy refuses.", "5321#4.2.3"],
  "551": ["The user is not here; the reply says where.", "5321#3.4"],
  "552": ["There is no room: the message is too large, or the mailbox full.", "1870#6.1"],
  "553": ["The name of the mailbox is not allowed, as by its syntax.", "5321#4.2.3"],
  "554": ["The transaction failed, or there is no SMTP service here.", "5321#4.2.3"],
  "555": [
    "The server does not know a parameter of MAIL or RCPT, or cannot do what it asks for.",
    "5321#4.1.1.11",
  ],
  "556": ["The domain takes no mail.", "7504#4"],
};

/** Where the list of replies to a command is, and which codes it has; those of any command are not repeated. */
const LISTED: Readonly<Record<string, readonly [reference: string, ...codes: number[]]>> = {
  greeting: ["5321#4.3.2", 220, 554, 521],
  EHLO: ["5321#4.3.2", 250, 504, 550, 502],
  HELO: ["5321#4.3.2", 250, 504, 550, 502],
  LHLO: ["2033#4.1", 250, 504, 550, 502],
  MAIL: ["5321#4.3.2", 250, 552, 451, 452, 550, 553, 503, 455, 555, 530],
  RCPT: ["5321#4.3.2", 250, 251, 550, 551, 552, 553, 450, 451, 452, 503, 455, 555, 556],
  DATA: ["5321#4.3.2", 354, 450, 550, 503, 554],
  content: ["5321#4.3.2", 250, 552, 554, 451, 452, 450, 550, 353],
  BDAT: ["3030#2", 250, 552, 554, 451, 452, 450, 550, 503],
  BURL: ["4468#3", 250, 552, 554, 451, 452, 503, 550],
  RSET: ["5321#4.3.2", 250],
  VRFY: ["5321#4.3.2", 250, 251, 252, 550, 551, 553, 502, 504],
  EXPN: ["5321#4.3.2", 250, 252, 550, 502, 504],
  HELP: ["5321#4.3.2", 211, 214, 502, 504],
  NOOP: ["5321#4.3.2", 250],
  QUIT: ["5321#4.3.2", 221],
  STARTTLS: ["3207#4", 220, 454, 503, 502],
  AUTH: ["4954#6", 235, 334, 432, 454, 503, 504, 530, 534, 535, 538],
  ETRN: ["1985", 250, 251, 252, 253, 458, 459],
};
const ALWAYS = [421, 500, 501];

/** The codes that the RFC lists for a command, `"greeting"` or `"content"`, the usual first; then those of any command. */
export function codesFor(place: string): readonly number[] {
  const [, ...codes] = rowOf(LISTED, place) ?? [""];
  return [...codes, ...ALWAYS];
}

/** What a code says behind a certain command, where that is more than it says by itself. */
const IN_CONTEXT: Table = {
  "greeting 220": ["The server is there, and says its name. The client may begin.", "5321#3.1"],
  "greeting 554": ["There is no mail service here. The client should only QUIT.", "5321#3.1"],
  "greeting 421": ["The server is too busy, or about to stop. The client should come later.", "5321#3.8"],
  "EHLO 250": [
    "The server greets back; each line behind the first is an extension that it offers.",
    "5321#4.1.1.1",
  ],
  "EHLO 500": ["The server knows no EHLO: the client may try HELO.", "5321#3.2"],
  "EHLO 502": ["The server knows no EHLO: the client may try HELO.", "5321#3.2"],
  "EHLO 550": ["Policy refuses the name that the client gave.", "5321#4.3.2"],
  "HELO 250": ["The server greets back. There are no extensions.", "5321#4.1.1.1"],
  "MAIL 250": ["The sender is taken; now come the recipients.", "5321#3.3"],
  "MAIL 451": ["The server could not look at this sender now.", "5321#4.3.2"],
  "MAIL 452": ["The server has no room for a message of this size now.", "1870#6.1"],
  "MAIL 503": ["A message has begun already, or EHLO has not come yet.", "5321#4.1.4"],
  "MAIL 530": ["Without authentication, no message is taken here.", "4954#6"],
  "MAIL 550": ["Policy refuses this sender.", "5321#4.3.2"],
  "MAIL 552": ["A message as large as SIZE says is never taken here.", "1870#6.1"],
  "MAIL 553": ["This is no address that mail can come from.", "5321#4.3.2"],
  "MAIL 555": ["A parameter of an extension that the server does not have.", "5321#4.1.1.11"],
  "RCPT 250": ["The server takes the message for this recipient, if it takes it at all.", "5321#3.3"],
  "RCPT 251": ["The user is elsewhere; the server will see to it.", "5321#3.4"],
  "RCPT 450": ["Not now. This is also what greylisting says: a client that comes again is let in.", "6647#2"],
  "RCPT 451": ["The server could not look at this recipient now, or puts the client off.", "5321#4.3.2"],
  "RCPT 452": [
    "No more recipients for this message; the client sends it again for the others.",
    "5321#4.5.3.1.10",
  ],
  "RCPT 503": ["No MAIL has come before it.", "5321#3.3"],
  "RCPT 550": ["No such mailbox, or the server does not relay for this client.", "5321#3.3"],
  "RCPT 551": ["The user is elsewhere, and the server does not forward.", "5321#3.4"],
  "RCPT 552": [
    "The mailbox is full. Old servers say so of too many recipients, which is then only for now.",
    "5321#4.5.3.1.10",
  ],
  "RCPT 553": ["This is no address that mail can go to.", "5321#4.3.2"],
  "RCPT 556": ["The recipient's domain takes no mail at all.", "7504#4"],
  "DATA 354": ["The server waits for the message, and for the dot at its end.", "5321#4.1.1.4"],
  "DATA 450": ["The mailbox cannot be reached now, as policy has it.", "5321#4.3.2"],
  "DATA 503": ["No sender or no recipient has been taken yet.", "5321#3.3"],
  "DATA 550": ["Policy refuses the message before it came.", "5321#4.3.2"],
  "DATA 554": ["There is no recipient that was taken.", "5321#3.3"],
  "content 250": [
    "The message is taken. From here on the server answers for it: it delivers it, or reports.",
    "5321#4.2.5",
  ],
  "content 450": ["Not now; the client keeps the message and tries again.", "5321#4.3.2"],
  "content 451": [
    "An error while the message was processed; the client keeps it and tries again.",
    "5321#4.3.2",
  ],
  "content 452": ["No room for the message now; the client keeps it and tries again.", "5321#4.3.2"],
  "content 550": ["The message is refused for what it is, as by policy.", "5321#4.3.2"],
  "content 552": ["The message is larger than the server takes.", "1870#6.1"],
  "content 554": ["The message is refused.", "5321#4.3.2"],
  "BDAT 250": ["This piece is taken; behind the last, the message is.", "3030#2"],
  "BDAT 503": ["No recipient was taken, or the message is over already.", "3030#2"],
  "RSET 250": ["Whatever had begun is forgotten.", "5321#4.1.1.5"],
  "QUIT 221": ["The server says goodbye, and closes.", "5321#4.1.1.10"],
  "NOOP 250": ["The server is there.", "5321#4.1.1.9"],
  "STARTTLS 220": ["The client may begin TLS at once, and nothing else.", "3207#4"],
  "STARTTLS 454": ["TLS cannot be had now.", "3207#4"],
  "AUTH 235": ["The client is who it says.", "4954#4"],
  "AUTH 334": ["The server's part of the exchange, in base64.", "4954#4"],
  "AUTH 501": ["What the client sent is no base64, or it gave up with “*”.", "4954#4"],
  "AUTH 503": ["The client is authenticated already, or is in the midst of a message.", "4954#4"],
  "AUTH 504": ["The server does not have this mechanism.", "4954#4"],
  "AUTH 535": ["Name, password or token are not right.", "4954#6"],
  "VRFY 252": ["The server does not tell, and would take the message.", "5321#3.5.3"],
  "ETRN 250": ["The server begins to send what waits for the node.", "1985"],
  "ETRN 251": ["No mail waits for the node.", "1985"],
  "ETRN 252": ["Mail waits for the node, and is being sent.", "1985"],
};

const ANSWERED: Readonly<Record<string, string>> = { greeting: "as a greeting", content: "to the message" };

/**
 * What a reply says. `verb` is the command that it answers; `kind`: `"greeting"` answers none, and `"content"` answers the
 * message itself.
 */
export function explainReply(code: number, verb?: string, kind?: string): ExplainedReply {
  const name = String(code);
  const digits = [FIRST, SECOND].map((table, place) => digit(table, name[place] ?? "", place));
  digits.push({
    title: name.slice(2),
    text: "It tells apart what the first two leave open.",
    reference: "5321#4.2.1",
  });
  const [text, reference] = rowOf(CODES, name) ?? [
    `No RFC of the mail system has this code: its first digit says what to do. ${FIRST[name[0]!]?.[0] ?? ""}`.trim(),
    "5321#4.2.1",
  ];
  const place = kind === "greeting" || kind === "content" ? kind : verb?.toUpperCase();
  const alias = place === "LHLO" ? "EHLO" : place;
  const inContext = alias === undefined ? undefined : rowOf(IN_CONTEXT, `${alias} ${name}`);
  const list = place === undefined ? undefined : rowOf(LISTED, place);
  return {
    title: name,
    text,
    ...written(reference),
    digits,
    ...(inContext && {
      context: {
        title: `${name} ${rowOf(ANSWERED, place!) ?? `to ${place}`}`,
        text: inContext[0],
        ...written(inContext[1]),
      },
    }),
    ...(list && { listed: list.includes(code) || ALWAYS.includes(code) }),
  };
}

function digit(table: Table, digit: string, place: number): Explained {
  const [text, reference] = rowOf(table, digit) ?? [
    place === 0 ? "No first digit of a reply." : "A second digit that has no meaning.",
    "5321#4.2.1",
  ];
  return { title: digit, text, ...written(reference) };
}
