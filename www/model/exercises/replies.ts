/** Exercises of the chapter on replies. No DOM. */
import { describeStatus } from "edgepost";
import type { ParsedReply } from "edgepost";
import type { Exercise } from "./exercise.js";
import type { Complaint } from "./reading.js";
import { ofReply } from "./reading.js";

export const REPLIES: readonly Exercise[] = [
  {
    id: "for-good",
    form: "line",
    answer: "550 5.1.1 no such mailbox here",
    look: (text) =>
      ofReply(
        text,
        (reply) => {
          if (reply.code < 500)
            return `With ${reply.code}, the client ${reply.code < 400 ? "thinks that the mailbox is there" : "comes again and again"}.`;
          if (reply.code !== 550)
            return `${reply.code} says something else: a mailbox that is not there is 550.`;
          return status(reply, ["5.1.1"]);
        },
        "550 refuses for good, and 5.1.1 says why: there is no such mailbox.",
      ),
  },
  {
    id: "later",
    form: "line",
    answer: "452 4.2.2 mailbox full",
    look: (text) =>
      ofReply(
        text,
        (reply) => {
          if (reply.code >= 500)
            return `${reply.code} is for good: the client would tell the sender now, and not come again.`;
          if (reply.code < 400) return `With ${reply.code}, the client thinks that all is well.`;
          if (reply.code !== 452 && reply.code !== 450)
            return `${reply.code} says something else: too little storage is 452, a mailbox that is not available just now 450.`;
          return status(reply, ["4.2.2"]);
        },
        "The client keeps the message in its queue and tries again.",
      ),
  },
  {
    id: "many-lines",
    form: "lines",
    answer: "250-mx.example\n250-PIPELINING\n250 SIZE 10000000",
    look: (text) =>
      ofReply(
        text,
        ({ code, lines }) => {
          if (code !== 250) return `EHLO is answered with 250, not ${code}.`;
          const [first = "", ...rest] = lines.map((line) => line.toUpperCase());
          if (first.split(" ")[0] !== "MX.EXAMPLE") return "The first line begins with the server's name.";
          if (!rest.includes("PIPELINING")) return "No line behind the first is PIPELINING.";
          return rest.includes("SIZE 10000000")
            ? undefined
            : "No line behind the first says how large a message may be.";
        },
        "A client that reads this may send commands in groups, and knows what is too large.",
      ),
  },
  {
    id: "mismatch",
    form: "line",
    start: "550 4.2.2 mailbox full",
    answer: "550 5.2.2 mailbox full",
    look: (text) =>
      ofReply(
        text,
        (reply) => {
          if (reply.code < 500) return `${reply.code} is not for good.`;
          if (reply.enhanced === undefined && /^\d\.\d+\.\d+( |$)/.test(reply.lines[0]!))
            return "The engine reads the enhanced code as plain text: its class is not that of the reply.";
          return status(reply, ["5.2.2"]);
        },
        "Now both have the class 5, and a program may tell the sender why.",
      ),
  },
];

/** Whether it has one of these enhanced codes; what another one would say. */
function status({ enhanced }: ParsedReply, wanted: readonly string[]): Complaint {
  if (enhanced === undefined) return "There is no enhanced status code that fits behind the reply code.";
  if (wanted.includes(enhanced)) return undefined;
  const known = describeStatus(enhanced);
  return known === undefined
    ? `${enhanced} is not registered.`
    : `${enhanced} says: ${known.name}. ${known.description}`;
}
