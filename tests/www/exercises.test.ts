/** The exercises of the lessons: what is shown as an answer is right, other right answers are, and wrong ones are not. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { ready } from "edgepost";

import { judge, LONGEST, planOf, startOf } from "../../www/model/exercises/exercise.js";
import type { Answer, Verdict } from "../../www/model/exercises/exercise.js";
import { EXERCISES, exerciseOf } from "../../www/model/exercises/index.js";
import { clientTurns, serverTurns } from "../../www/model/exercises/sessions.js";
import { mayItSend } from "../../www/model/exercises/spf.js";
import { readPlan } from "../../www/model/read-plan.js";

/** What is put into an answer that is right, in the place of something in it. */
interface Change {
  readonly from: string;
  readonly to: string;
}

interface Cases {
  readonly right: readonly (Answer | Change)[];
  /** Each with what is said of it. */
  readonly wrong: readonly (readonly [answer: Answer | Change, words: RegExp])[];
}

const to = (from: string, to: string): Change => ({ from, to });

const CASES: Readonly<Record<string, Cases>> = {
  hello: {
    right: ["helo client.example\nquit", "EHLO client.example\nNOOP\nQUIT\n"],
    wrong: [
      ["EHLO client.example", /have not said QUIT/],
      ["QUIT", /not said who you are/],
      ["EHLO other.example\nQUIT", /you are other\.example/],
      ["EHLO\nQUIT", /The server answers "501 .* to "EHLO"/],
      ["HALLO client.example\nQUIT", /The server answers "500 /],
    ],
  },
  trace: {
    right: ["SUBMIT.example", " submit.example "],
    wrong: [
      ["relay.example", /later/],
      ["mx.example", /later/],
      ["ann-laptop.example", /no server/],
      ["client.example", /No server of that name/],
    ],
  },
  rcpt: {
    right: ["rcpt to:<dora@lists.example>", "RCPT TO:<dora@LISTS.example>", "RCPT TO:<dora@lists.example>\n"],
    wrong: [
      ["RCPT TO:dora@lists.example", /expected "<" at octet 8.*There stands "d"/i],
      ["RCPT TO:<dora@lists.example", /octet/],
      ["RCPT TO: <dora@lists.example>", /no space/],
      ["MAIL FROM:<dora@lists.example>", /another command/],
      ["RCPT TO:<bob@lists.example>", /names bob/],
      ["RCPT TO:<dora@lists.example>\nRCPT TO:<bob@lists.example>", /octet/],
    ],
  },
  "null-path": {
    right: ["mail from:<>", "MAIL FROM:<> SIZE=1000"],
    wrong: [
      ["MAIL FROM:<ann@client.example>", /ann@client\.example gets a bounce/],
      ["MAIL FROM:", /octet/],
      ["RCPT TO:<>", /./],
      ["MAIL FROM:< >", /octet/],
    ],
  },
  "by-hand": {
    right: [
      to("EHLO client.example\n", "EHLO client.example\nNOOP\n"),
      to("Noon?\n", "Noon?\n..\n"),
      "EHLO x.example\nMAIL FROM:<ann@client.example>\nRCPT TO:<carol@mx.example>\nRCPT TO:<bob@mx.example>\nBDAT 22 LAST\nSubject: Lunch?\n\nx\nQUIT",
    ],
    wrong: [
      [to("RCPT TO:<carol@mx.example>\n", ""), /not for carol/],
      [
        to("RCPT TO:<bob@mx.example>\n", "RCPT TO:<eve@mx.example>\nRCPT TO:<bob@mx.example>\n"),
        /eve@mx\.example, too/,
      ],
      [to("MAIL FROM:<ann@client.example>\n", ""), /503/],
      [to("\nQUIT", ""), /say QUIT/],
      [to("\n.\nQUIT", ""), /not received a message/],
      [to("Subject: Lunch?\n", "Subject: Dinner?\n"), /no field/],
      [to("Subject: Lunch?\n\n", "\nSubject: Lunch?\n"), /no field/],
      [to("FROM:<ann@client.example>", "FROM:<>"), /reverse-path is <>/],
    ],
  },
  order: {
    right: [to("Noon?\n", "Noon!\n\n"), to("EHLO", "HELO")],
    wrong: [
      [to("\n.\n", "\n"), /not received/],
      [to("Noon?\n.\nQUIT", "Noon?\nQUIT\n."), /QUIT is in the message/],
      [to("MAIL FROM:<ann@client.example>\n", ""), /503 .*to "RCPT/],
    ],
  },
  "for-good": {
    right: ["550 5.1.1 x", "550 5.1.1", "550-5.1.1 no such\n550 5.1.1 mailbox"],
    wrong: [
      ["550 no such user", /no enhanced/],
      ["450 4.1.1 no such user", /again and again/],
      ["250 2.1.5 fine", /is there/],
      ["554 5.1.1 no", /says something else/],
      ["550 5.1.2 no such domain", /5\.1\.2 says/],
      ["550 4.1.1 no", /no enhanced/],
      ["five hundred", /octet 0/],
    ],
  },
  later: {
    right: ["450 4.2.2 full", "452 4.2.2 Mailbox full"],
    wrong: [
      ["552 5.2.2 full", /for good/],
      ["452 full", /no enhanced/],
      ["452 4.2.1 disabled", /4\.2\.1 says/],
      ["452 5.2.2 full", /no enhanced/],
      ["250 2.0.0 ok", /all is well/],
      ["421 4.2.2 full", /something else/],
    ],
  },
  "many-lines": {
    right: ["250-MX.example hello\n250-SIZE 10000000\n250-8BITMIME\n250 PIPELINING"],
    wrong: [
      ["250-mx.example\n250-PIPELINING\n250-SIZE 10000000", /./],
      ["250 mx.example\n250 PIPELINING\n250 SIZE 10000000", /./],
      ["250-mx.example\n250 PIPELINING", /how large/],
      ["250-mx.example\n250 SIZE 10000000", /PIPELINING/],
      ["250-PIPELINING\n250 SIZE 10000000", /server's name/],
      ["250-mx.example\n251-PIPELINING\n250 SIZE 10000000", /goes on with 251/],
      ["220-mx.example\n220-PIPELINING\n220 SIZE 10000000", /answered with 250/],
      ["250-mx.example\n250-PIPELINING\n250 SIZE=10000000", /how large/],
    ],
  },
  mismatch: {
    right: ["550 5.2.2 full", "552 5.2.2 mailbox full"],
    wrong: [
      ["450 4.2.2 mailbox full", /not for good/],
      ["550 2.2.2 mailbox full", /plain text/],
      ["550 5.2.1 mailbox full", /5\.2\.1 says/],
    ],
  },
  bcc: {
    right: [to("Subject", "Cc: dave@mx.example\nSubject")],
    wrong: [
      [to("Subject", "Bcc: carol@mx.example\nSubject"), /Bob reads of Carol/],
      [to("RCPT TO:<carol@mx.example>\n", ""), /not for carol/],
      [to("To: Bob <bob@mx.example>\n", ""), /Name Bob/],
      [to("Noon?", "Noon? Carol comes, too."), /Bob reads of Carol/],
    ],
  },
  dots: {
    right: [to("Subject: Dots", "From: Ann <ann@client.example>")],
    wrong: [
      [to("..profile", ".profile"), /arrived as its text is "profile/],
      [to("\n..\n", "\n.\n"), /500/],
      [to("\n..\n", "\n...\n"), /\.\. ⏎/],
      [to("..profile is a file\n", ""), /arrived/],
    ],
  },
  addresses: {
    right: [{ plain: true, plus: true, quoted: true, literal: true, dots: false, unheard: true }],
    wrong: [
      [{ plain: true, plus: true, quoted: true }, /One is not/],
      [{ plain: true, plus: true, quoted: true, literal: true, dots: true }, /One is not/],
      [{}, /4 are not/],
      ["all", /Choose/],
    ],
  },
  "display-name": {
    right: ['"Miller, Ann \\(Sales\\)" <ann@client.example>', '"Miller, Ann (Sales)"<ann@client.example>'],
    wrong: [
      ["Miller, Ann (Sales) <ann@client.example>", /./],
      ["ann@client.example", /name is read as/],
      ['"Miller, Ann" (Sales) <ann@client.example>', /name is read as “Miller, Ann”/],
      ['"Miller, Ann (Sales)" <ann@client.example>, bob@mx.example', /list of 2/],
      ['"Miller, Ann (Sales)" <bob@client.example>', /address is read as bob/],
      ['"Miller, Ann (Sales) <ann@client.example>', /./],
    ],
  },
  size: {
    right: ["mail from:<ann@client.example> body=8bitmime size=5000"],
    wrong: [
      ["MAIL FROM:<ann@client.example>", /SIZE=5000/],
      ["MAIL FROM:<ann@client.example> SIZE=5000", /BODY=8BITMIME/],
      ["MAIL FROM:<ann@client.example> SIZE=5000 8BITMIME", /BODY=8BITMIME/],
      ["RCPT TO:<ann@client.example> SIZE=5000 BODY=8BITMIME", /another command/],
      ["MAIL FROM:<ann@client.example>SIZE=5000 BODY=8BITMIME", /space at octet 30/],
      ["MAIL FROM:<ann@client.example> SIZE=5000 BODY=8BITMIME RET=HDRS", /too many/],
    ],
  },
  "round-trips": {
    right: [
      { PIPELINING: true, CHUNKING: true, "8BITMIME": true, SIZE: true, pipelining: true, chunking: true },
    ],
    wrong: [
      [{ PIPELINING: true, pipelining: true }, /waited 4 times/],
      [{ CHUNKING: true, chunking: true }, /waited \d times/],
      [{ PIPELINING: true, CHUNKING: true, pipelining: true }, /waited 4 times/],
      [{ pipelining: true, chunking: true }, /waited 8 times/],
    ],
  },
  bdat: {
    right: [to("BDAT 35 LAST", "bdat 35 last")],
    wrong: [
      [to("BDAT 35 LAST", "BDAT 35"), /not received/],
      [to("BDAT 35 LAST", "BDAT 29 LAST"), /./],
      [to("BDAT 35 LAST", "BDAT 41 LAST"), /./],
      [to("BDAT 35 LAST\n", "DATA\n"), /That was DATA/],
      [to(".dots", "..dots"), /./],
    ],
  },
  mend: {
    right: [
      to('"Miller, Ann" <ann@client.example>', "Ann Miller <ann@client.example>"),
      to("\n\n", "\nMessage-ID: <1@client.example>\n\n"),
    ],
    wrong: [
      [to('"Miller, Ann"', "Miller, Ann"), /Line 1/],
      [to(", carol@mx.example", "; carol@mx.example"), /Line 2/],
      [to("Mon, 2 Mar 2026", "Tue, 2 Mar 2026"), /Line 4/],
      [to(", carol@mx.example", ""), /names 1/],
      [to("Noon?", "Later?"), /Leave the text/],
      [to("Subject: Lunch?\n", ""), /Leave the subject/],
    ],
  },
  declare: {
    right: [
      to("utf-8\n", "UTF-8; format=flowed\n"),
      to("Q?Lunch_in_Z=C3=BCrich?=", "B?THVuY2ggaW4gWsO8cmljaA==?="),
    ],
    wrong: [
      [to("Content-Transfer-Encoding: 8bit\n", ""), /Content-Transfer-Encoding/],
      [to("; charset=utf-8", ""), /character set/i],
      [to("; charset=utf-8", "; charset=iso-8859-1"), /./],
      [to("=?utf-8?Q?Lunch_in_Z=C3=BCrich?=", "Lunch in Zürich"), /./],
      [to("Z=C3=BCrich", "Zurich"), /subject is read/],
      [to("MIME-Version: 1.0\n", ""), /MIME-Version/],
      [to("Schöne", "Schoene"), /./],
    ],
  },
  alternative: {
    right: [to("Noon?\n--part", "Noon?\n\n--part")],
    wrong: [
      [to("\n--part--", ""), /Line/],
      [to("Noon?\n--part\n", ""), /./],
      [to("multipart/alternative", "multipart/mixed"), /multipart\/mixed/],
      [to("Content-Type: text/plain", "Content-Type: text/html"), /./],
    ],
  },
  starttls: {
    right: [to("EHLO client.example\nSTARTTLS", "EHLO client.example\nNOOP\nSTARTTLS")],
    wrong: [
      [to("STARTTLS\nEHLO client.example\n", ""), /in the clear/],
      [to("STARTTLS\nEHLO client.example\n", "STARTTLS\n"), /./],
      [
        to(
          "STARTTLS\nEHLO client.example\nMAIL FROM:<ann@client.example>",
          "MAIL FROM:<ann@client.example>\nSTARTTLS\nEHLO client.example",
        ),
        /./,
      ],
      [to("RCPT TO:<bob@mx.example>", "RCPT TO:<eve@mx.example>"), /not for bob/],
    ],
  },
  downgrade: {
    right: [],
    wrong: [
      [{ tls: "no TLS" }, /in the clear/],
      [{ tls: "TLS if it is offered" }, /Without the offer/],
      [{ tls: "magic" }, /in the clear/],
      [{}, /in the clear/],
    ],
  },
  "mta-sts": {
    right: [
      "version: STSv1\r\nmode: enforce\r\nmx: MAIL.mx.example\r\nmax_age: 604800\r\n",
      "version:STSv1\nmax_age:604800\nmx:mail.mx.example\nmode:enforce",
    ],
    wrong: [
      ["mode: enforce\nmx: mail.mx.example\nmax_age: 604800", /version/],
      ["version: STSv1\nmode: testing\nmx: mail.mx.example\nmax_age: 604800", /only reported/],
      ["version: STSv1\nmode: enforce\nmx: *.mx.example\nmax_age: 604800", /allows/],
      ["version: STSv1\nmode: enforce\nmx: mail.mx.example\nmax_age: 7", /604800|week/],
      ["version: STSv1\nmode: enforce\nmx: mail.mx.example", /how long/],
      ["version=STSv1\nmode: enforce", /Line 1/],
      ["version: STSv1\nmode: strict\nmx: mail.mx.example\nmax_age: 604800", /no mode/],
    ],
  },
  plain: {
    right: [to("AUTH PLAIN ", "auth plain "), to("AUTH PLAIN ", "AUTH PLAIN\n"), to("\nQUIT", "")],
    wrong: [
      ["EHLO client.example\nQUIT", /not said AUTH/],
      [`EHLO client.example\nAUTH PLAIN ${btoa("\0ann\0wrong")}`, /535/],
      [`EHLO client.example\nAUTH PLAIN ${btoa("ann:correct horse battery staple")}`, /./],
      ["EHLO client.example\nAUTH PLAIN \\0ann\\0correct", /./],
      [
        `EHLO client.example\nAUTH LOGIN\n${btoa("ann")}\n${btoa("correct horse battery staple")}`,
        /not PLAIN/,
      ],
    ],
  },
  listener: {
    right: [{ mechanism: "CRAM-MD5" }],
    wrong: [
      [{ mechanism: "PLAIN" }, /reads “correct horse/],
      [{ mechanism: "LOGIN" }, /reads “correct horse/],
      [{ mechanism: "NONE" }, /not let in/],
    ],
  },
  cancel: {
    right: [to("AUTH LOGIN", "auth login")],
    wrong: [
      ["EHLO client.example\nQUIT", /asked you for nothing/],
      ["EHLO client.example\nAUTH LOGIN\nQUIT", /./],
      ["EHLO client.example\nAUTH LOGIN\n*", /say QUIT/],
      ["*", /500/],
      ["EHLO client.example\nAUTH LOGIN\n!\nQUIT", /not cancelled/],
    ],
  },
  spf: {
    right: [
      "v=spf1 include:_spf.mailer.example mx -all",
      "v=spf1 ip4:192.0.2.25 include:_spf.mailer.example -all",
      "v=spf1 a:mail.client.example +include:_SPF.mailer.example -all",
    ],
    wrong: [
      ["v=spf1 mx -all", /Include the mailer/],
      ["v=spf1 mx include:_spf.mailer.example ~all", /softfail.*should be fail/],
      ["v=spf1 mx include:_spf.mailer.example", /neutral/],
      ["v=spf1 -all mx include:_spf.mailer.example", /192\.0\.2\.25.*fail/],
      ["v=spf1 +all include:_spf.mailer.example", /should be fail/],
      ["mx include:_spf.mailer.example -all", /begins with v=spf1/],
      ["v=spf1 mx includes:_spf.mailer.example -all", /no mechanism/],
      ["v=spf1 ip4:192.0.2.0/24 include:_spf.mailer.example -all", /machine beside/],
      ["v=spf1 ip4:192.0.2.256 include:_spf.mailer.example -all", /no IPv4 address/],
      ["v=spf1 mx ip4:198.51.100.0/24 include:_spf.mailer.example -all", /neighbour/],
    ],
  },
  dkim: {
    right: [to("h=From:To:Subject:Date", "h=from:to:subject"), to("s=march", "s=other")],
    wrong: [
      [to("d=client.example", "d=mailer.example"), /./],
      [to("h=From:To", "h=To"), /./],
      [to(" bh=", " l=5; bh="), /./],
      [to("d=client.example; ", ""), /./],
      [to("From: Ann <ann@client.example>", "From: Ann <ann@mailer.example>"), /./],
    ],
  },
  dmarc: {
    right: [
      "v=DMARC1; p=reject; rua=mailto:reports@client.example;",
      "v=DMARC1;p=reject;sp=reject;adkim=s;rua=mailto:other@x.example,mailto:reports@client.example",
    ],
    wrong: [
      ["v=DMARC1; p=none; rua=mailto:reports@client.example", /asks for nothing/],
      ["v=DMARC1; p=quarantine; rua=mailto:reports@client.example", /put aside/],
      ["v=DMARC1; p=reject", /Nobody gets reports/],
      ["p=reject; v=DMARC1; rua=mailto:reports@client.example", /begins with v=DMARC1/],
      ["v=DMARC1; p=reject; rua=reports@client.example", /mailto/],
      ["v=DMARC1 p=reject; rua=mailto:reports@client.example", /begins/],
      ["v=DMARC1; p=reject; p=none; rua=mailto:reports@client.example", /twice/],
      ["v=DMARC1; p=reject; t=y; rua=mailto:reports@client.example", /t=y/],
      ["v=DMARC1; p=reject; pct=50; rua=mailto:reports@client.example", /pct/],
      ["v=DMARC1; reject", /equals sign/],
    ],
  },
  "mx-order": {
    right: [
      "one.mx.example\ntwo.mx.example\nbackup.mx.example\nlast.elsewhere.example",
      "ONE.mx.example.\ntwo.mx.example.\nbackup.mx.example.\nlast.elsewhere.example.\n",
    ],
    wrong: [
      [
        "backup.mx.example\none.mx.example\ntwo.mx.example\nlast.elsewhere.example",
        /one\.mx\.example has 10/,
      ],
      ["one.mx.example\ntwo.mx.example", /4 hosts/],
      ["one.mx.example\none.mx.example\nbackup.mx.example\nlast.elsewhere.example", /twice/],
      ["mx.example", /none of the hosts/],
    ],
  },
  "null-mx": {
    right: ["nomail.example. MX 0 .", "nomail.example.\t3600\tIN\tMX\t0\t.", "@ IN MX 0 ."],
    wrong: [
      ["nomail.example. MX 10 .", /preference/],
      ["nomail.example. MX 0 localhost.", /goes to localhost/],
      ["nomail.example. A 0.0.0.0", /A line is/],
      ["mx.example. MX 0 .", /record of mx\.example/],
      ["nomail.example. MX .", /A line is/],
    ],
  },
  literal: {
    right: ["ehlo [ipv6:2001:DB8::25]"],
    wrong: [
      ["EHLO 2001:db8::25", /./],
      ["EHLO [2001:db8::25]", /./],
      ["EHLO [IPv6:2001:db8::26]", /another address/],
      ["HELO [IPv6:2001:db8::25]", /./],
      ["EHLO", /octet/],
    ],
  },
  fates: {
    right: [],
    wrong: [
      [{}, /not as you say/],
      [
        {
          250: "it is delivered",
          451: "tell the sender",
          550: "tell the sender",
          452: "try again later",
          552: "tell the sender",
        },
        /One is not/,
      ],
      [
        {
          250: "it is delivered",
          451: "try again later",
          550: "try again later",
          452: "try again later",
          552: "try again later",
        },
        /2 are not/,
      ],
    ],
  },
  "one-by-one": {
    right: [to("550 5.1.1 no Bob here", "553 no"), to("450 4.2.1 Carol comes back soon", "452 full")],
    wrong: [
      [to("550 5.1.1 no Bob here", "250 fine"), /bob@mx\.example is accepted/],
      [to("450 4.2.1 Carol comes back soon", "550 no"), /carol@mx\.example is refused for good/],
      [to("250 Dave is welcome", "550 no"), /dave@mx\.example is refused/],
      [to("250 taken", "550 spam"), /./],
      ["220 mx.example\n250 mx.example\n250 fine\n", /not come as far/],
      [to("\n221 bye", ""), /waits for your reply/],
      ["554 go away", /not come as far/],
    ],
  },
  notify: {
    right: [
      "rcpt to:<bob@mx.example> notify=failure,success",
      "RCPT TO:<bob@mx.example> NOTIFY=SUCCESS,FAILURE,DELAY",
    ],
    wrong: [
      ["RCPT TO:<bob@mx.example>", /NOTIFY is missing/],
      ["RCPT TO:<bob@mx.example> NOTIFY=SUCCESS", /FAILURE/],
      ["RCPT TO:<bob@mx.example> NOTIFY=SUCCESS, FAILURE", /./],
      ["MAIL FROM:<bob@mx.example> NOTIFY=SUCCESS,FAILURE", /each recipient/],
      ["RCPT TO:<bob@mx.example> NOTIFY=NEVER,SUCCESS,FAILURE", /./],
    ],
  },
  report: {
    right: [to("Status: 5.1.1", "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user")],
    wrong: [
      [to("Final-Recipient: rfc822; bob@mx.example", "Final-Recipient: bob@mx.example"), /no recipient/],
      [to("bob@mx.example\nAction", "eve@mx.example\nAction"), /about eve/],
      [to("Action: failed", "Action: delayed"), /“delayed”/],
      [to("Action: failed", "Action:"), /what was done/],
      [to("Status: 5.1.1", "Status: 5.2.2"), /5\.2\.2/],
      [to("Status: 5.1.1", "Status:"), /why/],
    ],
  },
  relay: {
    right: ["554 5.7.1 no", "550 5.7.1 relaying denied"],
    wrong: [
      ["250 2.1.5 fine", /open relay/],
      ["450 4.7.1 later", /for good/],
      ["550 5.1.1 unknown", /5\.7\.1/],
      ["503 5.7.1 no", /something else/],
      ["550 no", /5\.7\.1/],
    ],
  },
  endings: {
    right: [{ n0: true, n1: false }],
    wrong: [
      [{}, /One is not/],
      [{ n0: true, n1: true }, /One is not/],
      [{ n0: true, n2: true, n3: true }, /2 are not/],
      [{ n0: true, n5: true }, /One is not/],
    ],
  },
  injection: {
    right: [{ n0: true, n2: true, n5: false }],
    wrong: [
      [{ n0: true }, /One is not/],
      [{ n0: true, n1: true, n2: true }, /One is not/],
      [{ n0: true, n2: true, n5: true }, /One is not/],
    ],
  },
  lmtp: {
    right: [to("LHLO", "lhlo")],
    wrong: [
      [to("LHLO", "EHLO"), /one greets with LHLO/],
      [to("RCPT TO:<carol@mx.example>\n", ""), /not for carol/],
      [to("\n.\nQUIT", ""), /not received/],
    ],
  },
  mailboxes: {
    right: [to("452 4.2.2 Carol's mailbox is full", "450 full")],
    wrong: [
      [to("452 4.2.2 Carol's mailbox is full\n", ""), /./],
      [to("452 4.2.2 Carol's mailbox is full", "552 5.2.2 full"), /begins with 4/],
      [to("452 4.2.2 Carol's mailbox is full", "250 fine"), /Carol's is the second/],
      [
        to("250 2.0.0 Bob has it\n452 4.2.2 Carol's mailbox is full", "452 full\n250 fine"),
        /Bob's is the first/,
      ],
      [to("250 Carol", "452 full"), /At RCPT/],
      [to("354 go on", "554 no"), /./],
    ],
  },
  jmap: {
    right: [
      '{"rcptTo":[{"email":"carol@mx.example"},{"email":"bob@mx.example","parameters":{"NOTIFY":"NEVER"}}],"mailFrom":{"email":"ann@client.example","parameters":null}}',
    ],
    wrong: [
      ["{", /no JSON/],
      ["null", /rcptTo is a list/],
      ['{"mailFrom":"ann@client.example","rcptTo":[]}', /no email/],
      ['{"mailFrom":{"email":"ann@client.example"},"rcptTo":["bob@mx.example"]}', /no email/],
      [
        '{"mailFrom":{"email":"ann@client.example"},"rcptTo":[{"email":"bob@mx.example"}]}',
        /carol@mx\.example does not/,
      ],
      [
        '{"mailFrom":{"email":"bob@mx.example"},"rcptTo":[{"email":"bob@mx.example"},{"email":"carol@mx.example"}]}',
        /from bob/,
      ],
      [
        '{"mailFrom":{"email":"ann@client.example"},"rcptTo":[{"email":"bob@mx.example"},{"email":"carol@mx.example"},{"email":"eve@mx.example"}]}',
        /too many/,
      ],
      ['{"mailFrom":{"email":"ann@client.example"},"rcptTo":[null]}', /no email/],
    ],
  },
};

function made(answer: Answer | Change, right: Answer): Answer {
  if (typeof answer === "string" || !("from" in answer)) return answer;
  const { from, to } = answer as Change;
  assert.ok(typeof right === "string" && right.includes(from), `the answer has no ${JSON.stringify(from)}`);
  return right.replace(from, () => to);
}

/** What is said is a sentence, and where it points to is in the answer. */
function holds({ words, at }: Verdict, answer: Answer): void {
  assert.match(words, /^\S.*[.?)]$/s);
  if (at === undefined) return;
  assert.ok(typeof answer === "string");
  assert.ok(at.start >= 0 && at.start <= at.end && at.start <= answer.length, JSON.stringify(at));
}

before(() => ready());

for (const exercise of EXERCISES)
  describe(`the exercise “${exercise.id}”`, () => {
    const { right, wrong } = CASES[exercise.id]!;

    test("takes the answer that it shows", async () => {
      const verdict = await judge(exercise, exercise.answer);
      assert.deepEqual([verdict.right, verdict.words], [true, verdict.words]);
      holds(verdict, exercise.answer);
    });

    test("does not take what stands there in the beginning", async () => {
      const verdict = await judge(exercise, startOf(exercise));
      assert.equal(verdict.right, false);
      holds(verdict, startOf(exercise));
    });

    for (const [index, answer] of right.entries())
      test(`takes another right answer, ${index + 1}`, async () => {
        const given = made(answer, exercise.answer);
        const verdict = await judge(exercise, given);
        assert.ok(verdict.right, verdict.words);
      });

    for (const [answer, words] of wrong)
      test(`says what is wrong with ${JSON.stringify(answer)}`, async () => {
        const given = made(answer, exercise.answer);
        const verdict = await judge(exercise, given);
        assert.equal(verdict.right, false, verdict.words);
        assert.match(verdict.words, words);
        holds(verdict, given);
      });

    test("has at least three wrong answers that are tested", () => assert.ok(wrong.length >= 3));

    if (exercise.plan !== undefined)
      test("has a session that a link can carry", () => {
        const plan = planOf(exercise, exercise.answer);
        assert.deepEqual(readPlan(JSON.parse(JSON.stringify(plan))), JSON.parse(JSON.stringify(plan)));
      });
  });

test("an answer of another kind, none, and one without end are wrong, and nothing worse", async () => {
  for (const exercise of EXERCISES)
    for (const answer of [
      "",
      " \n ",
      "x".repeat(LONGEST + 1),
      {},
      { constructor: true },
      "\0\uD800 \u202E",
    ]) {
      const verdict = await judge(exercise, answer as Answer);
      assert.equal(verdict.right, false, exercise.id);
    }
});

test("each exercise has a name of its own, by which it is found", () => {
  assert.equal(new Set(EXERCISES.map(({ id }) => id)).size, EXERCISES.length);
  for (const exercise of EXERCISES) assert.equal(exerciseOf(exercise.id), exercise);
  assert.equal(exerciseOf("toString"), undefined);
});

test("where an answer is wrong is told in characters, whatever is before it", async () => {
  const { at } = await judge(exerciseOf("rcpt")!, "RCPT TO:<dö ra@lists.example>");
  assert.equal(at?.start, 11);
});

test("what a client says is taken apart where it would wait", () => {
  assert.deepEqual(clientTurns("EHLO a\nDATA\nx\n\n.\nQUIT\n"), ["EHLO a", "DATA", "x\n\n.", "QUIT"]);
  assert.deepEqual(clientTurns("DATA"), ["DATA"]);
  assert.deepEqual(clientTurns("BDAT 5 LAST\nabc\nQUIT"), ["BDAT 5 LAST\nabc", "QUIT"]);
  assert.deepEqual(clientTurns("BDAT 0 LAST\nQUIT"), ["BDAT 0 LAST", "QUIT"]);
  assert.deepEqual(clientTurns("BDAT 99\na\nb"), ["BDAT 99\na\nb"]);
});

test("what a server says is taken apart into replies", () => {
  assert.deepEqual(serverTurns("220 a\n250-b\n250-c\n250 d\n221 e\n"), [
    "220 a",
    "250-b\n250-c\n250 d",
    "221 e",
  ]);
  assert.deepEqual(serverTurns("250-b"), ["250-b"]);
});

test("SPF counts the words that look up names, and records that include each other end", () => {
  const names = {
    txt: { "a.example": "v=spf1 include:b.example -all", "b.example": "v=spf1 include:a.example -all" },
    a: {},
    mx: {},
  };
  assert.equal(mayItSend("192.0.2.1", "a.example", names), "permerror");
  assert.equal(mayItSend("192.0.2.1", "none.example", names), "none");
});
