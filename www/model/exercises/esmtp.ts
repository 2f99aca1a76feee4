/** Exercises of the chapter on ESMTP. No DOM. */
import { session } from "../plan.js";
import type { SessionPlan } from "../plan.js";
import type { Choice, Exercise } from "./exercise.js";
import { isSame, ofCommand } from "./reading.js";
import { byClient, cameFor, contentOf, course, ofClient, ofSession, said } from "./sessions.js";

const OFFERS = ["PIPELINING", "CHUNKING", "8BITMIME", "SIZE"] as const;

function chosen(choice: Choice): SessionPlan {
  const uses = (name: string): boolean => choice[name] === true;
  return session({
    client: { pipelining: uses("pipelining"), chunking: uses("chunking") },
    server: { offers: OFFERS.filter(uses) },
  });
}

export const ESMTP: readonly Exercise[] = [
  {
    id: "size",
    form: "line",
    answer: "MAIL FROM:<ann@client.example> SIZE=5000 BODY=8BITMIME",
    look: (text) =>
      ofCommand(
        text,
        ({ verb, from, params = [] }) => {
          if (verb !== "MAIL") return `${verb} is another command: these parameters are of MAIL.`;
          if (!isSame(from, "ann@client.example")) return `The reverse-path is <${from}>.`;
          const given = new Map(
            params.map(({ keyword, value = "" }) => [keyword.toUpperCase(), value.toUpperCase()]),
          );
          if (given.get("SIZE") !== "5000") return "It does not say SIZE=5000.";
          if (given.get("BODY") !== "8BITMIME") return "It does not say BODY=8BITMIME.";
          return given.size > 2 ? "There is a parameter too many." : undefined;
        },
        "The server can refuse it now, before it has come.",
      ),
  },
  {
    id: "round-trips",
    form: "choice",
    fields: [
      ...OFFERS.map((name) => ({ name, label: `The server offers ${name}` })),
      { name: "pipelining", label: "The client sends commands in groups" },
      { name: "chunking", label: "The client sends content with BDAT" },
    ],
    answer: { PIPELINING: true, CHUNKING: true, pipelining: true, chunking: true },
    look: (choice) =>
      ofSession(
        chosen(choice),
        ({ roundTrips }) => (roundTrips <= 3 ? undefined : `The client waited ${roundTrips} times.`),
        "EHLO, the whole message, QUIT: three waits, however many recipients there are.",
      ),
    plan: (choice) => course(chosen(choice)),
  },
  {
    id: "bdat",
    form: "client",
    start: `EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
BDAT
Subject: Hi

.dots need no care
QUIT`,
    answer: `EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
BDAT 35 LAST
Subject: Hi

.dots need no care
QUIT`,
    look: (text) =>
      ofClient(
        text,
        byClient(text),
        (record) => {
          if (said(record, "DATA") !== undefined) return "That was DATA.";
          const complaint = cameFor(record, ["bob@mx.example"]);
          if (complaint !== undefined) return complaint;
          return contentOf(record) === "Subject: Hi\r\n\r\n.dots need no care\r\n"
            ? undefined
            : `The message that arrived is ${JSON.stringify(contentOf(record)).replaceAll("\\r\\n", " ⏎ ")}.`;
        },
        "The server counts octets and looks at none of them: no dot is in the way.",
      ),
    plan: (text) => course(byClient(text)),
  },
];
