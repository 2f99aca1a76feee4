/** Exercises of the chapter on the envelope and the message. No DOM. */
import { parseAddressList } from "edgepost";
import type { Exercise } from "./exercise.js";
import { right, wrong } from "./exercise.js";
import { isAddress, reading } from "./reading.js";
import { byClient, cameFor, contentOf, course, ofClient } from "./sessions.js";

/** By the names of the fields. */
const ADDRESSES: Readonly<Record<string, string>> = {
  plain: "bob@mx.example",
  plus: "bob+lunch@mx.example",
  dots: "bob..miller@mx.example",
  quoted: '"bob miller"@mx.example',
  space: "bob miller@mx.example",
  literal: "bob@[192.0.2.1]",
  hyphen: "bob@-mx.example",
  nowhere: "bob@",
};

export const ENVELOPE: readonly Exercise[] = [
  {
    id: "bcc",
    form: "client",
    start: "EHLO client.example\nMAIL FROM:<ann@client.example>\n",
    answer: `EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
RCPT TO:<carol@mx.example>
DATA
From: Ann <ann@client.example>
To: Bob <bob@mx.example>
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
          if (record.received.length > 1) return "One message is enough.";
          const content = contentOf(record);
          if (/carol/i.test(content)) return "Bob reads of Carol: she is named in the message.";
          return /^To:.*bob@mx\.example/im.test(content)
            ? undefined
            : "Name Bob in the field To, as he is no secret.";
        },
        "The envelope has two recipients, the message one: that is all that a blind copy is.",
      ),
    plan: (text) => course(byClient(text)),
  },
  {
    id: "dots",
    form: "client",
    given: ".profile is a file\n.",
    start: `EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
DATA
Subject: Dots

.profile is a file
.
.
QUIT`,
    answer: `EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
DATA
Subject: Dots

..profile is a file
..
.
QUIT`,
    look: (text) =>
      ofClient(
        text,
        byClient(text),
        (record) => {
          const complaint = cameFor(record, ["bob@mx.example"]);
          if (complaint !== undefined) return complaint;
          const content = contentOf(record);
          const body = content.slice(content.indexOf("\r\n\r\n") + 4);
          if (body === ".profile is a file\r\n.\r\n") return undefined;
          return `What arrived as its text is ${JSON.stringify(body).replaceAll("\\r\\n", " ⏎ ")}.`;
        },
        "Two dots go over the wire, one arrives. Every client does this, for every message.",
      ),
    plan: (text) => course(byClient(text)),
  },
  {
    id: "addresses",
    form: "choice",
    fields: Object.entries(ADDRESSES).map(([name, label]) => ({ name, label, code: true })),
    answer: { plain: true, plus: true, quoted: true, literal: true },
    look: (choice) => {
      const wrongly = Object.entries(ADDRESSES).filter(
        ([name, address]) => (choice[name] === true) !== isAddress(address),
      );
      if (wrongly.length === 0) return right("Exactly these are read by the engine.");
      const words = wrongly.length === 1 ? "One is not as you say." : `${wrongly.length} are not as you say.`;
      return wrong(words, { wrong: wrongly.map(([name]) => name) });
    },
  },
  {
    id: "display-name",
    form: "line",
    answer: '"Miller, Ann (Sales)" <ann@client.example>',
    look: (text) =>
      reading(
        text,
        () => {
          const list = parseAddressList(text);
          const [first] = list;
          if (list.length !== 1 || first === undefined) return `That is a list of ${list.length}.`;
          if ("group" in first) return "That is a group.";
          const { name = "", address } = first as { name?: string; address: string };
          if (address !== "ann@client.example") return `The address is read as ${address}.`;
          return name === "Miller, Ann (Sales)" ? undefined : `The name is read as “${name}”.`;
        },
        "In quotes, a comma is only a comma.",
      ),
  },
];
