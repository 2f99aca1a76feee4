/** Exercises of the chapter on what sits beside SMTP. No DOM. */
import { MESSAGE } from "../plan.js";
import { right, wrong } from "./exercise.js";
import type { Exercise, Verdict } from "./exercise.js";
import { isAddress, sentence } from "./reading.js";
import { byClient, byServer, cameFor, course, ofClient, ofSession, said } from "./sessions.js";

const [BOB, CAROL] = MESSAGE.to as [string, string];
const LMTP = { server: { lmtp: true } };
/** One message for two. */
const TO_TWO = {
  client: { pipelining: false, chunking: false },
  server: { lmtp: true },
  messages: [{ ...MESSAGE, to: [BOB, CAROL] }],
};

export const BESIDE: readonly Exercise[] = [
  {
    id: "lmtp",
    form: "client",
    answer: `LHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
RCPT TO:<carol@mx.example>
DATA
Subject: Lunch?

Noon?
.
QUIT`,
    look: (text) =>
      ofClient(
        text,
        byClient(text, LMTP),
        (record) => {
          if (said(record, "LHLO") === undefined) return "In LMTP, one greets with LHLO.";
          return cameFor(record, [BOB, CAROL]);
        },
        "Two replies came behind the dot, one for each recipient.",
      ),
    plan: (text) => course(byClient(text, LMTP)),
  },
  {
    id: "mailboxes",
    form: "server",
    start: "220 mx.example\n250 mx.example\n250 fine\n",
    answer: `220 mx.example
250 mx.example
250 fine
250 Bob
250 Carol
354 go on
250 2.0.0 Bob has it
452 4.2.2 Carol's mailbox is full
221 bye`,
    look: (text) =>
      ofSession(
        byServer(text, TO_TWO),
        ({ lines, outcome }) => {
          const replies = lines.filter(({ from }) => from === "server");
          const refused = replies.find(({ verb, code = 0 }) => verb === "RCPT" && code >= 400);
          if (refused !== undefined) return "At RCPT, both mailboxes are fine.";
          const content = lines.findIndex(({ kind }) => kind === "content");
          if (content === -1) return sentence(`The client has not brought its content. ${outcome.words[0]}`);
          const [bob, carol] = lines
            .slice(content)
            .filter(({ from, code }) => from === "server" && code !== undefined)
            .map(({ code = 0 }) => code);
          if (bob === undefined || carol === undefined)
            return "Behind the content, each recipient has a reply.";
          if (bob >= 400) return "Bob's is the first reply, and his mailbox takes it.";
          if (carol < 400 || carol === 421) return "Carol's is the second reply, and her mailbox is full.";
          if (carol >= 500) return "“Just now” is a reply that begins with 4.";
          return outcome.kind === "partly" ? undefined : sentence(outcome.words[0]!);
        },
        "Only Carol's copy is tried again. In SMTP, one reply for both could not say this.",
      ),
    plan: (text) => course(byServer(text, TO_TWO)),
  },
  {
    id: "jmap",
    form: "lines",
    given: "MAIL FROM:<ann@client.example>\nRCPT TO:<bob@mx.example>\nRCPT TO:<carol@mx.example>",
    start: '{\n  "mailFrom": { "email": "" },\n  "rcptTo": []\n}',
    answer: `{
  "mailFrom": { "email": "ann@client.example" },
  "rcptTo": [
    { "email": "bob@mx.example" },
    { "email": "carol@mx.example" }
  ]
}`,
    look: (text) => ofEnvelope(text),
  },
];

/** RFC 8621 section 7. */
function ofEnvelope(text: string): Verdict {
  let envelope: unknown;
  try {
    envelope = JSON.parse(text);
  } catch (error) {
    return wrong(`That is no JSON: ${(error as Error).message}.`);
  }
  const { mailFrom, rcptTo } = (envelope ?? {}) as { mailFrom?: unknown; rcptTo?: unknown };
  if (!Array.isArray(rcptTo)) return wrong("rcptTo is a list.");
  const [from, ...to] = [mailFrom, ...(rcptTo as unknown[])].map(
    (address) => (address as { email?: unknown } | null | undefined)?.email,
  );
  for (const email of [from, ...to])
    if (typeof email !== "string" || !isAddress(email))
      return wrong(`${JSON.stringify(email) ?? "Nothing"} is no email of an Address.`);
  if (from !== MESSAGE.from) return wrong(`It is from ${String(from)}.`);
  const missing = [BOB, CAROL].find((recipient) => !to.includes(recipient));
  if (missing !== undefined) return wrong(`${missing} does not get it.`);
  return to.length > 2
    ? wrong("There is a recipient too many.")
    : right("The same envelope; what carries it is HTTP.");
}
