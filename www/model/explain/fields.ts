/** What each header field is for, by its name. No DOM. */
import type { Explained, Table } from "./explained.js";
import { rowOf, written } from "./explained.js";

const FIELDS: Table = {
  from: ["Who has written the message.", "5322#3.6.2"],
  sender: ["Who has sent it, if not who has written it.", "5322#3.6.2"],
  "reply-to": ["Where answers are to go.", "5322#3.6.2"],
  to: ["Whom the message is for. The envelope alone says where it goes.", "5322#3.6.3"],
  cc: ["Who else is to know of it.", "5322#3.6.3"],
  bcc: ["Who gets it without the others knowing.", "5322#3.6.3"],
  date: ["When it was finished.", "5322#3.6.1"],
  subject: ["What it is about.", "5322#3.6.5"],
  comments: ["Something about the message.", "5322#3.6.5"],
  keywords: ["Words to find it by.", "5322#3.6.5"],
  "message-id": ["A name that this message alone has.", "5322#3.6.4"],
  "in-reply-to": ["The message that it answers.", "5322#3.6.4"],
  references: ["The messages of its thread before it.", "5322#3.6.4"],
  "return-path": ["The reverse-path of the envelope, written at the delivery.", "5321#4.4"],
  received: ["A hop on the way: each server puts one on top.", "5321#4.4"],
  "resent-from": ["Who has passed it on by hand.", "5322#3.6.6"],
  "resent-to": ["Whom it was passed on to.", "5322#3.6.6"],
  "resent-date": ["When it was passed on.", "5322#3.6.6"],
  "mime-version": ["The message is MIME.", "2045#4"],
  "content-type": ["What kind of content it is.", "2045#5"],
  "content-transfer-encoding": ["How the content's octets are written.", "2045#6"],
  "content-disposition": ["Whether it is shown or is a file, and the file's name.", "2183#2"],
  "content-id": ["A name of this part, for others to refer to.", "2045#7"],
  "content-description": ["What the part is, for people.", "2045#8"],
  "auto-submitted": ["Whether a program has sent it: then no program should answer.", "3834#5"],
  "dkim-signature": ["A domain signs the message: what was signed cannot be changed unnoticed.", "6376#3.5"],
  "authentication-results": ["What a server found out about the sender.", "8601#2"],
  "arc-seal": ["What a forwarder found out, sealed.", "8617#4.1.3"],
  "arc-message-signature": ["A forwarder's signature of the message.", "8617#4.1.2"],
  "arc-authentication-results": ["What a forwarder found out about the sender.", "8617#4.1.1"],
  "received-spf": ["What a server found out by SPF.", "7208#9.1"],
  "list-id": ["The mailing list that it came by.", "2919#3"],
  "list-unsubscribe": ["How to leave the mailing list.", "2369#3.2"],
  "list-unsubscribe-post": ["Leaving takes one click.", "8058#3.1"],
  "list-help": ["How to get help about the mailing list.", "2369#3.1"],
  "list-post": ["How to write to the mailing list.", "2369#3.4"],
  "list-archive": ["Where old messages of the list are.", "2369#3.6"],
  "tls-required": ["Whether TLS may be done without.", "8689#3"],
};

/** Undefined: it is not known here. */
export function explainField(name: string): Explained | undefined {
  const row = rowOf(FIELDS, name.toLowerCase());
  return row && { title: name, text: row[0], ...written(row[1]) };
}

export function isFieldName(name: string): boolean {
  return Object.hasOwn(FIELDS, name.toLowerCase());
}
