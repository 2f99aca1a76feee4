/** What each command asks for. No DOM. */
import type { Explained, Table } from "./explained.js";
import { rowOf, written } from "./explained.js";

const COMMANDS: Table = {
  EHLO: ["The client greets, says its name, and asks which extensions the server has.", "5321#4.1.1.1"],
  HELO: [
    "The client greets in the old way: no extensions. It is for servers that do not know EHLO.",
    "5321#4.1.1.1",
  ],
  LHLO: ["The greeting of LMTP: behind the message, each recipient gets a reply of its own.", "2033#4.1"],
  MAIL: [
    "Begins a message: the address that reports of failures go to, and what the message asks for.",
    "5321#4.1.1.2",
  ],
  RCPT: ["One recipient. The server says for each whether it takes the message for it.", "5321#4.1.1.3"],
  DATA: [
    "The message is to follow. If the server says 354, it goes up to a line with a dot alone.",
    "5321#4.1.1.4",
  ],
  BDAT: ["A piece of the message of the length that stands here; LAST says that it is the last.", "3030#2"],
  BURL: ["The server is to fetch the content from a URL itself.", "4468#3"],
  RSET: ["Gives up the message that has begun. The session goes on.", "5321#4.1.1.5"],
  VRFY: [
    "Asks whether a mailbox is there. Most servers do not say: addresses could be tried out.",
    "5321#3.5",
  ],
  EXPN: ["Asks who is on a mailing list. Most servers do not say.", "5321#3.5"],
  HELP: ["Asks for help, in words for people.", "5321#4.1.1.8"],
  NOOP: ["Does nothing but get a reply: is the server still there?", "5321#4.1.1.9"],
  QUIT: ["The client has nothing more to say. The server answers and closes.", "5321#4.1.1.10"],
  STARTTLS: [
    "From the server's consent on, the connection is TLS; then all begins anew with EHLO.",
    "3207#4",
  ],
  AUTH: ["The client proves who it is, by a SASL mechanism.", "4954#4"],
  ETRN: ["The server is to send the mail that waits for a host, on a connection of its own.", "1985"],
  XCLIENT: ["A proxy that is trusted says who the client is that it speaks for.", "Postfix, XCLIENT"],
  XFORWARD: ["A filter passes on who the client was, for the log alone.", "Postfix, XFORWARD"],
  TURN: ["Client and server change places. It is obsolete, because nobody proved who they are.", "5321#F.1"],
  SEND: ["Writes to the terminal of a user. It is obsolete.", "5321#F.6"],
  SOML: ["Writes to the terminal of a user, or sends mail. It is obsolete.", "5321#F.6"],
  SAML: ["Writes to the terminal of a user, and sends mail. It is obsolete.", "5321#F.6"],
};

/** What a command asks for, by its verb in whatever case; undefined: nobody knows it. */
export function explainCommand(verb: string): Explained | undefined {
  const title = verb.toUpperCase();
  const row = rowOf(COMMANDS, title);
  return row && { title, text: row[0], ...written(row[1]) };
}
