/** Texts to begin with: right ones, and such that are often wrong. No DOM. */
import type { Kind } from "./kinds.js";
import type { Setting } from "./reading.js";

export interface Example {
  readonly title: string;
  readonly setting: Partial<Setting> & { readonly kind: Kind; readonly text: string };
}

type Options = Partial<Pick<Setting, "utf8" | "obsolete">>;

const command = (title: string, text: string): Example => ({ title, setting: { kind: "command", text } });
const reply = (title: string, answers: string, text: string): Example => ({
  title,
  setting: { kind: "reply", text, answers },
});
const address = (title: string, text: string, but: Options = {}): Example => ({
  title,
  setting: { kind: "address", text, ...but },
});
const list = (title: string, text: string, but: Options = {}): Example => ({
  title,
  setting: { kind: "list", text, ...but },
});
const field = (title: string, text: string): Example => ({ title, setting: { kind: "field", text } });

export const EXAMPLES: readonly Example[] = [
  command(
    "MAIL with parameters",
    "MAIL FROM:<ann@client.example> SIZE=48213 BODY=8BITMIME RET=HDRS ENVID=lunch+2D42",
  ),
  command("RCPT with a report", "RCPT TO:<bob@mx.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob@mx.example"),
  command("a name outside ASCII", "MAIL FROM:<jörg@bücher.example> SMTPUTF8"),
  command("a source route", 'RCPT TO:<@relay.example,@hub.example:"b. b"@[IPv6:2001:db8::1]>'),
  command("a password in base64", "AUTH PLAIN AGFubgBjb3JyZWN0IGhvcnNl"),
  command("a chunk", "BDAT 86 LAST"),
  command("without angle brackets", "MAIL FROM:ann@client.example"),
  command("a bare line feed", "NOOP hello\\nQUIT"),
  reply(
    "to EHLO",
    "EHLO",
    "250-mx.example greets client.example\n250-PIPELINING\n250-SIZE 10485760\n250-8BITMIME\n250-AUTH SCRAM-SHA-256 PLAIN\n250-LIMITS RCPTMAX=100\n250 SMTPUTF8",
  ),
  reply("no such mailbox", "RCPT", "550 5.1.1 <nobody@mx.example>: no such mailbox"),
  reply("come later", "RCPT", "450-4.7.1 Greylisted:\n450 4.7.1 come again in 5 minutes"),
  reply("a challenge", "AUTH", "334 VXNlcm5hbWU6"),
  reply("the end is missing", "EHLO", "250-mx.example\n250-SIZE 1000"),
  address("a quoted local part", '"ann @ home"@client.example'),
  address("an IP address", "postmaster@[192.0.2.1]"),
  address("outside ASCII", "δοκιμή@παράδειγμα.example", { utf8: true }),
  address("two dots", "ann..b@client.example"),
  address("spaces and comments", "ann (at work) @ client . example", { obsolete: true }),
  address("text that turns around", "\u202Emoc.elpmaxe@ann", { utf8: true }),
  list(
    "names and a group",
    'Ann <ann@client.example>, "Berg, Bob" <bob@mx.example>, team: carol@mx.example, dave@mx.example;',
  ),
  list("nobody", "undisclosed-recipients:;"),
  list("a comma in a name", "Berg, Bob <bob@mx.example>"),
  field("encoded words", "Subject: =?utf-8?Q?Caf=C3=A9?= at =?iso-8859-1?B?Zvxuaw==?="),
  field("To, folded", "To: =?utf-8?Q?J=C3=B6rg?= <joerg@client.example>,\n carol@mx.example"),
  field("Date", "Date: Tue, 32 Jan 2024 10:00:00 GMT"),
  field("Content-Type", "Content-Type: text/plain; charset=utf-8;\n name*0*=utf-8''na%C3%AFve; name*1=.txt"),
  field("octets that are no UTF-8", "Subject: caf\\xe9"),
];
