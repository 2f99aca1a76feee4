/** What to do where the engine expected something else: by the words of its errors. No DOM. */
import type { Explained } from "./explained.js";
import { rowOf, written } from "./explained.js";

/** In an envelope (RFC 5321), or in a header field (RFC 5322). */
export type Grammar = "envelope" | "header";

type Row = readonly [todo: string, envelope: string, header?: string];

const EXPECTED: Readonly<Record<string, Row>> = {
  // Lines.
  "a command": ["Begin with a command that there is, as EHLO, MAIL FROM: or QUIT.", "5321#4.1.1"],
  "the end of the command": ["The command is over here: leave out what follows.", "5321#4.1.1"],
  "printable characters": ["Leave out the control: a line is printable characters.", "5321#4.1.2"],
  xtext: ["“=”, “+” and controls are written as “+” and two digits, as “+3D”.", "3461#4"],
  "two upper-case hexadecimal digits": ["Behind “+” stand two digits, from 0 to F.", "3461#4"],
  "no argument": ["This command stands alone: leave out what follows it.", "5321#4.1.1"],
  "a space": ["Put a space between the parts; nothing else can stand here.", "5321#4.1.2"],
  "UTF-8": [
    "The octets here are no UTF-8: write the character as UTF-8, or leave it out.",
    "3629#3",
    "6532#3.1",
  ],
  '"FROM:"': ["Write MAIL FROM: and then the address in angle brackets.", "5321#4.1.1.2"],
  '"TO:"': ["Write RCPT TO: and then the address in angle brackets.", "5321#4.1.1.3"],
  '"<"': ["Put the address in angle brackets.", "5321#4.1.2", "5322#3.4"],
  '">"': [
    "The address ends here: close the angle bracket, or look for what is too much.",
    "5321#4.1.2",
    "5322#3.4",
  ],
  '":"': ["A colon has to follow.", "5321#4.1.2"],
  '","': ["A comma has to follow.", "5321#4.1.2"],
  '"="': ["Give it a value, with an equals sign before it.", "5321#4.1.2"],
  '"LAST"': ["Behind the length, only LAST can stand.", "3030#2"],
  "a number of octets": ["Say how many octets follow, in digits.", "3030#2"],
  "a host name or an address literal": [
    "Give a name: the host's own in full, or its IP address in square brackets.",
    "5321#4.1.1.1",
  ],
  "a host name of at most 255 graphic characters": [
    "A host name is one word of printable characters, without spaces.",
    "5321#4.1.1.1",
  ],
  "a text": ["Say what the command is about.", "5321#4.1.2"],
  "a keyword": ["A parameter begins with letters or digits; a hyphen can stand within.", "5321#4.1.2"],
  "a value": ["Give it a value: printable characters without “=” and spaces.", "5321#4.1.2"],
  "a parameter that is not there already": ["No parameter may stand there twice: leave one out.", "1870#6"],
  "at most 100 parameters": ["No extension needs so many: leave some out.", "5321#4.1.1.11"],
  "a SASL mechanism": ["Name a mechanism, as PLAIN: up to 20 letters, digits, “-” or “_”.", "4422#3.1"],
  base64: ["Write it in base64: letters, digits, “+” and “/”.", "4648#4"],
  "base64 in groups of four": ["Base64 is a multiple of four characters: fill it with “=”.", "4648#4"],
  "base64 without stray bits": ["The last character has bits that mean nothing: encode it anew.", "4648#3.5"],
  "a URL": ["Say where the content is.", "4468#3"],
  "the scheme of a URL": ["Begin with a scheme, as imap:.", "3986#3.1"],
  "a character of a URL": ["Write this octet as “%” and two digits.", "3986#2.1"],
  "a place behind the scheme": ["Say where the content is, behind the scheme.", "3986#3"],
  "the name of a node or a queue": ["Name the host whose mail is wanted.", "1985"],
  "a name of at most 255 graphic characters": ["A node's name is one word of printable characters.", "1985"],
  "the name of an attribute": ["Name an attribute, as ADDR.", "Postfix, XCLIENT"],
  "an attribute": ["Give at least one attribute, as NAME=value.", "Postfix, XCLIENT"],
  // Addresses.
  '"@"': ["Behind the local part come an @ and the domain.", "5321#4.1.2", "5322#3.4.1"],
  "an address": ["Write an address, as ann@client.example.", "5321#4.1.2", "5322#3.4"],
  "a local part": [
    "Letters, digits and !#$%&'*+-/=?^_`{|}~ can stand here, and dots between them. Put anything else in quotes.",
    "5321#4.1.2",
    "5322#3.4.1",
  ],
  "a domain": [
    "A domain is labels with dots between them: letters, digits, and hyphens within; 63 octets each at most.",
    "5321#4.1.2",
    "5322#3.4.1",
  ],
  "a domain without hyphens at ends of labels": ["A label cannot begin or end with a hyphen.", "5321#4.1.2"],
  "an IP address": [
    "In square brackets stands an IP address, as [192.0.2.1] or [IPv6:2001:db8::1].",
    "5321#4.1.3",
  ],
  "an IPv6 address": [
    "Behind IPv6: stand eight groups of hexadecimal digits; “::” once for zeros.",
    "5321#4.1.3",
  ],
  '"]"': ["Close the square bracket.", "5321#4.1.3"],
  "a closing quote": [
    "Close the quotes. Within them, write a quote or a backslash with a backslash before it.",
    "5321#4.1.2",
    "5322#3.2.4",
  ],
  "the end of the mailbox": [
    "The address is over here: leave out what follows, or put it in quotes.",
    "5321#4.1.2",
  ],
  "the end of the address": ["The address is over here: leave out what follows.", "5322#3.4.1"],
  "a shorter local part (RFC 5321 section 4.5.3.1.1)": [
    "A local part has 64 octets at most.",
    "5321#4.5.3.1.1",
  ],
  "a shorter domain (RFC 5321 section 4.5.3.1.2)": ["A domain has 255 octets at most.", "5321#4.5.3.1.2"],
  "a shorter path (RFC 5321 section 4.5.3.1.3)": [
    "A path has 256 octets at most, brackets included.",
    "5321#4.5.3.1.3",
  ],
  "a recipient that does not begin with a hyphen": [
    "The grammar allows it, but programs have taken such a name for an option: it is refused here.",
    "5321#4.1.2",
  ],
  "ASCII, unless utf8 is set": ["Allow UTF-8, or write the domain as A-labels (xn--…).", "6531#3.3"],
  // Header fields.
  "ASCII, unless UTF-8 is allowed": ["Allow UTF-8, or write names as encoded words.", "6532#3.1"],
  "a printable character": [
    "Leave out the control, or write something in its place.",
    "5321#4.1.2",
    "5322#3.2.1",
  ],
  "a character": ["Something has to follow the backslash.", "5322#3.2.1"],
  '")"': ["Close the comment.", "5322#3.2.2"],
  "a line end with white space behind it": [
    "A line that goes on begins with a space or a tab.",
    "5322#2.2.3",
  ],
  "something else than white space on a line": ["A line of white space alone is obsolete.", "5322#4.2"],
  '"." or "@"': [
    "Words of a local part have a dot between them. Put a name before angle brackets, or in quotes.",
    "5322#3.4.1",
  ],
  '"@" or ":"': ["A source route is @ and a domain; a colon ends it.", "5322#4.4"],
  '"," or ":"': ["A source route goes on with a comma, or ends with a colon.", "5322#4.4"],
  '"," or ";"': ["A comma parts members of a group, a semicolon ends it.", "5322#3.4"],
  '";"': ["A semicolon ends a group.", "5322#3.4"],
  "a word": ["A name is words. Put dots and other signs in quotes.", "5322#3.2.5"],
  "a domain literal": ["Leave out the backslash: in brackets it is obsolete.", "5322#4.4"],
  "a domain without spaces": ["Spaces and comments around dots are obsolete: leave them out.", "5322#4.4"],
  // Replies.
  "a reply code": ["A reply begins with three digits, the first of them from 2 to 5.", "5321#4.2"],
  "a space or a hyphen": [
    "Behind the code comes a space, or a hyphen if another line follows.",
    "5321#4.2.1",
  ],
  "the same code": ["All lines of a reply have the same code.", "5321#4.2.1"],
  "another line of the reply": [
    "The last line has a hyphen behind its code, so another must follow; or write a space there.",
    "5321#4.2.1",
  ],
  "the end of the reply": ["The line before was the last: put a hyphen behind its code.", "5321#4.2.1"],
};

/** What to do, and where it is written; undefined: nothing more is known than what was expected. */
export function explainExpected(rule: string, grammar: Grammar = "envelope"): Explained | undefined {
  const row = rowOf(EXPECTED, rule);
  if (row === undefined) return undefined;
  const [text, envelope, header] = row;
  return { title: rule, text, ...written(grammar === "header" ? (header ?? envelope) : envelope) };
}
