/** The rules of the grammars by their names in the RFCs: where each is, how it is written there, and what it is for. No DOM. */
import type { Explained } from "./explained.js";
import { rowOf, written } from "./explained.js";

export interface ExplainedRule extends Explained {
  /** What stands behind the `=` in the RFC. */
  readonly abnf?: string;
}

/** Name: what it is, where, and its ABNF. */
const RULES: Readonly<Record<string, readonly [text: string, reference: string, abnf?: string]>> = {
  // Commands (RFC 5321 section 4.1.1).
  ehlo: [
    "The client greets, says its name, and asks which extensions the server has.",
    "5321#4.1.1.1",
    '"EHLO" SP ( Domain / address-literal ) CRLF',
  ],
  helo: ["The greeting of old clients, without extensions.", "5321#4.1.1.1", '"HELO" SP Domain CRLF'],
  mail: [
    "Begins a message: where it comes from, and what it asks for.",
    "5321#4.1.1.2",
    '"MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF',
  ],
  rcpt: [
    "One recipient of the message.",
    "5321#4.1.1.3",
    '"RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF',
  ],
  data: ["The message itself is to follow.", "5321#4.1.1.4", '"DATA" CRLF'],
  rset: ["Gives up the message that has begun.", "5321#4.1.1.5", '"RSET" CRLF'],
  vrfy: ["Asks whether a name or mailbox is known.", "5321#4.1.1.6", '"VRFY" SP String CRLF'],
  expn: ["Asks who is on a mailing list.", "5321#4.1.1.7", '"EXPN" SP String CRLF'],
  help: ["Asks for help.", "5321#4.1.1.8", '"HELP" [ SP String ] CRLF'],
  noop: ["Nothing but a reply.", "5321#4.1.1.9", '"NOOP" [ SP String ] CRLF'],
  quit: ["The client wants to end the session.", "5321#4.1.1.10", '"QUIT" CRLF'],
  "bdat-cmd": [
    "A piece of the message of a length that is said before: nothing in it needs an escape.",
    "3030#2",
    '"BDAT" SP chunk-size [ SP end-marker ] CR LF',
  ],
  "burl-cmd": [
    "The server is to fetch content from a URL.",
    "4468#3",
    '"BURL" SP absolute-URI [SP end-marker] CRLF',
  ],
  "auth-command": [
    "The client proves who it is.",
    "4954#8",
    '"AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) [CRLF cancel-response] CRLF',
  ],
  // Their arguments.
  "Reverse-path": [
    "Where reports go if the message cannot be delivered. Empty, it asks for none.",
    "5321#4.1.2",
    'Path / "<>"',
  ],
  "Forward-path": ["Where the message is to go.", "5321#4.1.2", "Path"],
  "A-d-l": [
    "A source route: hosts that the message was to pass. It is obsolete, and left out.",
    "5321#C",
    'At-domain *( "," At-domain )',
  ],
  Mailbox: ["An address of the envelope.", "5321#4.1.2", 'Local-part "@" ( Domain / address-literal )'],
  "Local-part": [
    "The name within the domain. Only that domain's own hosts may read anything into it; upper and lower case can differ.",
    "5321#4.1.2",
    "Dot-string / Quoted-string",
  ],
  Domain: [
    "A name of the DNS, in full. Upper and lower case are the same.",
    "5321#4.1.2",
    'sub-domain *("." sub-domain)',
  ],
  "address-literal": [
    "An IP address in place of a name.",
    "5321#4.1.3",
    '"[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"',
  ],
  "Mail-parameters": [
    "What the message asks for. The server must have offered the extension of each.",
    "5321#4.1.2",
    "esmtp-param *(SP esmtp-param)",
  ],
  "Rcpt-parameters": [
    "What is asked for this recipient. The server must have offered the extension of each.",
    "5321#4.1.2",
    "esmtp-param *(SP esmtp-param)",
  ],
  "esmtp-param": ["One parameter of an extension.", "5321#4.1.2", 'esmtp-keyword ["=" esmtp-value]'],
  "esmtp-keyword": [
    "The parameter's name. Upper and lower case are the same.",
    "5321#4.1.2",
    '(ALPHA / DIGIT) *(ALPHA / DIGIT / "-")',
  ],
  "esmtp-value": [
    "The parameter's value, as its extension has it: no space, no “=”, no control.",
    "5321#4.1.2",
    "1*(%d33-60 / %d62-126)",
  ],
  String: ["A text for the server to read.", "5321#4.1.2", "Atom / Quoted-string"],
  "chunk-size": ["How many octets of the message follow this line.", "3030#2", "1*DIGIT"],
  "end-marker": ["This piece is the last of the message.", "3030#2", '"LAST"'],
  "absolute-URI": ["Where the content is.", "3986#4.3", 'scheme ":" hier-part [ "?" query ]'],
  "sasl-mech": ["The way in which the client proves who it is.", "4422#3.1", "1*20mech-char"],
  "initial-response": [
    "The first message of the exchange, in base64; “=” is an empty one.",
    "4954#8",
    'base64 / "="',
  ],
  "node-name": ["The host whose waiting mail is to be sent.", "1985"],
  "attribute-name": ["What the client says of another client.", "Postfix, XCLIENT and XFORWARD"],
  "attribute-value": [
    "Its value; octets can be written as “+” and two digits.",
    "Postfix, XCLIENT and XFORWARD",
  ],
  // Replies (RFC 5321 section 4.2).
  Greeting: [
    "The first that a server says.",
    "5321#4.2",
    '( "220 " (Domain / address-literal) [ SP textstring ] CRLF ) / …',
  ],
  "Reply-line": [
    "A line of a reply. With a hyphen behind the code, another follows; with a space, it is the last.",
    "5321#4.2",
    '*( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF',
  ],
  "Reply-code": ["What came of the command, for programs.", "5321#4.2", "%x32-35 %x30-35 %x30-39"],
  textstring: [
    "What came of the command, for people. Programs go by the code, and not by it.",
    "5321#4.2",
    "1*(%d09 / %d32-126)",
  ],
  "status-code": [
    "More exactly what came of the command: class, subject, detail.",
    "3463#2",
    'class "." subject "." detail',
  ],
  "ehlo-greet": ["A word of greeting.", "5321#4.1.1.1", "1*(%d0-9 / %d11-12 / %d14-127)"],
  "ehlo-line": ["An extension that the server offers.", "5321#4.1.1.1", "ehlo-keyword *( SP ehlo-param )"],
  "ehlo-keyword": ["The extension's name.", "5321#4.1.1.1", '(ALPHA / DIGIT) *(ALPHA / DIGIT / "-")'],
  "ehlo-param": ["What the server says of the extension.", "5321#4.1.1.1", "1*(%d33-126)"],
  CRLF: ["CR and LF together: the end of a line, the only one there is.", "5321#2.3.8", "CR LF"],
  base64: ["Octets written as letters, digits, “+” and “/”: three octets are four characters.", "4648#4"],
  "cancel-response": ["The client gives up the exchange.", "4954#4", '"*"'],
  // Messages (RFC 5322).
  "field-name": ["The field's name: any printable characters but the colon.", "5322#2.2", "1*ftext"],
  "field-body": ["The field's value, on one line or folded to several.", "5322#2.2", "unstructured"],
  FWS: [
    "A fold: the line ends, and goes on behind white space. It counts as that white space.",
    "5322#3.2.2",
    "([*WSP CRLF] 1*WSP) / obs-FWS",
  ],
  mailbox: [
    "A person or machine that gets mail, perhaps with the name to show.",
    "5322#3.4",
    "name-addr / addr-spec",
  ],
  group: [
    "Mailboxes by one name, none of them perhaps.",
    "5322#3.4",
    'display-name ":" [group-list] ";" [CFWS]',
  ],
  "display-name": ["The name to show.", "5322#3.4", "phrase"],
  "addr-spec": ["The address.", "5322#3.4.1", 'local-part "@" domain'],
  "local-part": ["The name within the domain.", "5322#3.4.1", "dot-atom / quoted-string / obs-local-part"],
  domain: ["Where the mailbox is.", "5322#3.4.1", "dot-atom / domain-literal / obs-domain"],
  "date-time": ["Day, time, and how far it is from UTC.", "5322#3.3", '[ day-of-week "," ] date time [CFWS]'],
  "msg-id": [
    "A name that this message alone has.",
    "5322#3.6.4",
    '[CFWS] "<" id-left "@" id-right ">" [CFWS]',
  ],
  "encoded-word": [
    "Text outside ASCII, written in ASCII: the character set, the encoding (Q or B), the text.",
    "2047#2",
    '"=?" charset "?" encoding "?" encoded-text "?="',
  ],
  "header-section": ["The fields of the message.", "5322#2.1"],
  body: ["What the message says.", "5322#2.1"],
  "dot-stuffing": [
    "The line begins with a dot, so another was put before it: it is no end, and no part of the message.",
    "5321#4.5.2",
  ],
  "end-of-data": ["A dot alone on a line: the message is over.", "5321#4.1.1.4", 'CRLF "." CRLF'],
};

/** What a rule is; undefined: no rule here has this name. */
export function explainRule(name: string): ExplainedRule | undefined {
  const row = rowOf(RULES, name);
  if (row === undefined) return undefined;
  const [text, reference, abnf] = row;
  return { title: name, text, ...written(reference), ...(abnf !== undefined && { abnf }) };
}
