/** Exercises of the chapter on errors, bounces and queues. No DOM. */
import { describeStatus, parseReply } from "edgepost";
import { MESSAGE } from "../plan.js";
import { right, wrong } from "./exercise.js";
import type { Choice, Exercise, Verdict } from "./exercise.js";
import { isError, isSame, ofCommand, ofMessage, sentence } from "./reading.js";
import { byServer, course, ofSession } from "./sessions.js";

const FATES = ["?", "it is delivered", "try again later", "tell the sender"] as const;

const REPLIES: readonly string[] = [
  "250 2.0.0 queued as M1001",
  "451 4.7.1 come back in five minutes",
  "550 5.1.1 no such user",
  "452 4.2.2 mailbox full",
  "552 5.3.4 message too large",
];

/** What a queue does, which is what the first digit says (RFC 5321 section 4.2.1). */
function fateOf(reply: string): string {
  const { code } = parseReply(reply);
  return FATES[code < 400 ? 1 : code < 500 ? 2 : 3];
}

const REPORT = `From: Mail Delivery System <mailer-daemon@relay.example>
To: ann@client.example
Subject: Your message was not delivered
Date: Mon, 2 Mar 2026 09:31:00 +0000
Message-ID: <2@relay.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

There is no bob at mx.example.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient:
Action:
Status:
--r--
`;

const [BOB, CAROL, DAVE] = MESSAGE.to as [string, string, string];
const LOCKSTEP = { client: { pipelining: false, chunking: false } };

export const FAILURES: readonly Exercise[] = [
  {
    id: "fates",
    form: "choice",
    fields: REPLIES.map((reply) => ({ name: reply.slice(0, 3), label: reply, code: true, options: FATES })),
    answer: Object.fromEntries([
      ["250", FATES[1]],
      ["451", FATES[2]],
      ["550", FATES[3]],
      ["452", FATES[2]],
      ["552", FATES[3]],
    ]) as Choice,
    look: (choice): Verdict => {
      const open = REPLIES.map((reply) => reply.slice(0, 3)).filter((code) => choice[code] === FATES[0]);
      if (open.length > 0) return wrong("Choose for each of them.", { wrong: open });
      const wrongly = REPLIES.filter((reply) => choice[reply.slice(0, 3)] !== fateOf(reply));
      const [first] = wrongly;
      if (first === undefined)
        return right("The first digit is all that a queue needs; the rest is for people.");
      const status = describeStatus(parseReply(first).enhanced ?? "");
      return wrong(
        `${wrongly.length === 1 ? "One is not as you say." : `${wrongly.length} are not as you say.`} ${first.slice(4, 9)}: ${status?.description ?? ""}`,
        { wrong: wrongly.map((reply) => reply.slice(0, 3)) },
      );
    },
  },
  {
    id: "one-by-one",
    form: "server",
    start: "220 mx.example\n250 mx.example\n250 fine\n",
    answer: `220 mx.example
250 mx.example
250 fine
550 5.1.1 no Bob here
450 4.2.1 Carol comes back soon
250 Dave is welcome
354 go on
250 taken
221 bye`,
    look: (text) =>
      ofSession(
        byServer(text, LOCKSTEP),
        ({ outcome, lines }) => {
          const codes = lines
            .filter(({ verb, from }) => from === "server" && verb === "RCPT")
            .map(({ code = 0 }) => code);
          const [bob, carol, dave] = codes;
          if (bob === undefined) return "The client has not come as far as its first recipient.";
          if (bob < 500) return `${BOB} is ${bob < 400 ? "accepted" : "to be tried again"}.`;
          if (carol !== undefined && (carol < 400 || carol >= 500))
            return `${CAROL} is ${carol < 400 ? "accepted" : "refused for good"}.`;
          if (dave !== undefined && dave >= 400) return `${DAVE} is refused.`;
          return outcome.kind === "partly" ? undefined : sentence(outcome.words[0]!);
        },
        "Ann hears of Bob at once; Carol's copy waits in the queue; Dave has his.",
      ),
    plan: (text) => course(byServer(text, LOCKSTEP)),
  },
  {
    id: "notify",
    form: "line",
    answer: "RCPT TO:<bob@mx.example> NOTIFY=SUCCESS,FAILURE",
    look: (text) =>
      ofCommand(
        text,
        ({ verb, to, params = [] }) => {
          if (verb !== "RCPT") return `${verb} is another command: NOTIFY is of each recipient.`;
          if (!isSame(to, BOB)) return `This names ${to}.`;
          const notify = params.find(({ keyword }) => keyword.toUpperCase() === "NOTIFY")?.value;
          if (notify === undefined) return "It does not ask for anything: NOTIFY is missing.";
          const events = new Set(notify.toUpperCase().split(","));
          for (const event of ["SUCCESS", "FAILURE"])
            if (!events.has(event)) return `It does not ask for ${event}.`;
          return events.size > (events.has("DELAY") ? 3 : 2)
            ? `NOTIFY=${notify} has a value that there is none.`
            : undefined;
        },
        "Without NOTIFY, only a failure would have been told, and perhaps a delay.",
      ),
  },
  {
    id: "report",
    form: "lines",
    start: REPORT,
    answer: REPORT.replace("Final-Recipient:", "Final-Recipient: rfc822; bob@mx.example")
      .replace("Action:", "Action: failed")
      .replace("Status:", "Status: 5.1.1"),
    look: (text) =>
      ofMessage(
        text,
        isError,
        ({ report }) => {
          const [recipient] =
            (report !== undefined && "recipients" in report ? report.recipients : undefined) ?? [];
          if (recipient === undefined || !/^Final-Recipient:[ \t]*rfc822[ \t]*;/im.test(text))
            return "A program finds no recipient in it.";
          if (!isSame(recipient.address, BOB)) return `It is about ${recipient.address || "nobody"}.`;
          if (!/^Action:[ \t]*\S/im.test(text)) return "It does not say what was done.";
          if (recipient.action !== "failed") return `What was done is read as “${recipient.action}”.`;
          if (!/^Status:[ \t]*\d/im.test(text)) return "It does not say why.";
          return recipient.status === "5.1.1" ? undefined : `The reason is read as ${recipient.status}.`;
        },
        "Whatever language the text is in, a program knows now that it can strike Bob from its list.",
      ),
  },
];
