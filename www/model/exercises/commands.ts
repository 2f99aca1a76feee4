/** Exercises of the chapter on the commands. No DOM. */
import type { Exercise } from "./exercise.js";
import { isSame, ofCommand } from "./reading.js";
import { byClient, cameFor, contentOf, course, ofClient } from "./sessions.js";

const MIXED_UP = `EHLO client.example
RCPT TO:<bob@mx.example>
MAIL FROM:<ann@client.example>
DATA
Subject: Lunch?

Noon?
QUIT`;

export const COMMANDS: readonly Exercise[] = [
  {
    id: "rcpt",
    form: "line",
    answer: "RCPT TO:<dora@lists.example>",
    look: (text) =>
      ofCommand(
        text,
        ({ verb, to }) => {
          if (verb !== "RCPT") return `${verb} is another command.`;
          if (!isSame(to, "dora@lists.example")) return `This names ${to}.`;
          // Read all the same, as many a client sends it; the grammar has no space there.
          return /^RCPT TO:</i.test(text)
            ? undefined
            : "Servers forgive it, but the grammar has no space behind the colon (RFC 5321 section 4.1.1.3).";
        },
        "RCPT names one recipient; for more, there are more RCPT.",
      ),
  },
  {
    id: "null-path",
    form: "line",
    answer: "MAIL FROM:<>",
    look: (text) =>
      ofCommand(
        text,
        ({ verb, from }) => {
          if (verb !== "MAIL") return `${verb} is another command.`;
          return from === "" ? undefined : `If this message fails, ${from} gets a bounce.`;
        },
        "The null reverse-path: there is nobody to whom a report could go.",
      ),
  },
  {
    id: "by-hand",
    form: "client",
    start: "EHLO client.example\n",
    answer: `EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
RCPT TO:<carol@mx.example>
DATA
From: Ann <ann@client.example>
To: bob@mx.example, carol@mx.example
Subject: Lunch?

Noon?
.
QUIT`,
    look: (text) =>
      ofClient(
        text,
        byClient(text),
        (record) => {
          const complaint = cameFor(record, ["bob@mx.example", "carol@mx.example"]);
          if (complaint !== undefined) return complaint;
          const [message, another] = record.received;
          if (another !== undefined) return "One message is enough: name both recipients before DATA.";
          if (!isSame(message!.from, "ann@client.example")) return `The reverse-path is <${message!.from}>.`;
          if (!/^Subject: *Lunch\?\r$/im.test(contentOf(record).split("\r\n\r\n")[0]!.concat("\r")))
            return "The message came, but its header has no field “Subject: Lunch?”.";
          return record.lines.some(({ verb, code }) => verb === "QUIT" && code === 221)
            ? undefined
            : "The message came. Now say QUIT, so that the server knows that you did not just vanish.";
        },
        "One message, two recipients, and the server has taken it for both.",
      ),
    plan: (text) => course(byClient(text)),
  },
  {
    id: "order",
    form: "client",
    start: MIXED_UP,
    answer: `EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
DATA
Subject: Lunch?

Noon?
.
QUIT`,
    look: (text) =>
      ofClient(
        text,
        byClient(text),
        (record) => {
          const complaint = cameFor(record, ["bob@mx.example"]);
          if (complaint !== undefined) return complaint;
          return contentOf(record).includes("QUIT") ? "QUIT is in the message now." : undefined;
        },
        "MAIL, RCPT, DATA, in this order: a mail transaction (RFC 5321 section 3.3).",
      ),
    plan: (text) => course(byClient(text)),
  },
];
