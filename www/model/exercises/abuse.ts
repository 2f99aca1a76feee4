/** Exercises of the chapter on abuse and defences. No DOM. */
import { session } from "../plan.js";
import type { SessionPlan } from "../plan.js";
import { octetsOf } from "../typed.js";
import { right, wrong } from "./exercise.js";
import type { Choice, Exercise, Verdict } from "./exercise.js";
import { isAddress, ofReply } from "./reading.js";
import { recordOf } from "./sessions.js";

/** What could end content, as it is typed. */
const ENDINGS: readonly string[] = [
  "\\r\\n.\\r\\n",
  "\\n.\\n",
  "\\n.\\r\\n",
  "\\r\\n.\\n",
  "\\r.\\r",
  "\\r\\n..\\r\\n",
];

/** A message whose content may end so. */
function ending(sequence: string): SessionPlan {
  const envelope = "MAIL FROM:<mallory@client.example>\nRCPT TO:<bob@mx.example>\nDATA";
  return session({
    title: sequence,
    client: { byHand: ["EHLO client.example", envelope, `Subject: Hi\\r\\n\\r\\ntext${sequence}\\c`] },
  });
}

/** What visitors have typed into a form, as octets. */
const TYPED: readonly string[] = [
  "bob@mx.example",
  "bob@mx.example>\\r\\nRCPT TO:<eve@mx.example",
  '"bob,eve"@mx.example',
  "bob@mx.example, eve@mx.example",
  "bob@mx.example\\nBcc: eve@mx.example",
  "Bob <bob@mx.example>",
];

const name = (index: number): string => `n${index}`;
const fieldsOf = (texts: readonly string[]): Extract<Exercise, { form: "choice" }>["fields"] =>
  texts.map((label, index) => ({ name: name(index), label, code: true }));

/** Compares ticks with what is so. */
function compared(choice: Choice, truths: readonly boolean[], praise: string): Verdict {
  const wrongly = truths.flatMap((truth, index) =>
    (choice[name(index)] === true) === truth ? [] : [name(index)],
  );
  if (wrongly.length === 0) return right(praise);
  return wrong(wrongly.length === 1 ? "One is not as you say." : `${wrongly.length} are not as you say.`, {
    wrong: wrongly,
  });
}

export const ABUSE: readonly Exercise[] = [
  {
    id: "relay",
    form: "line",
    answer: "550 5.7.1 we do not relay",
    look: (text) =>
      ofReply(
        text,
        ({ code, enhanced }) => {
          if (code < 400) return `With ${code}, your server is an open relay.`;
          if (code < 500) return "It would not be allowed later either: refuse for good.";
          if (code !== 550 && code !== 554)
            return `${code} says something else: refused as a matter of policy is 550.`;
          return enhanced === "5.7.1" ? undefined : "The enhanced code for what is not authorized is 5.7.1.";
        },
        "The stranger goes elsewhere, and your server stays off the block lists.",
      ),
  },
  {
    id: "endings",
    form: "choice",
    fields: fieldsOf(ENDINGS),
    answer: { n0: true },
    look: async (choice) => {
      const records = await Promise.all(ENDINGS.map((sequence) => recordOf(ending(sequence))));
      return compared(
        choice,
        records.map(({ received }) => received.length > 0),
        "Exactly one. Where two servers disagree about this, one message becomes two on the way.",
      );
    },
    plan: () => ({ sessions: ENDINGS.map(ending) }),
  },
  {
    id: "injection",
    form: "choice",
    fields: fieldsOf(TYPED),
    answer: { n0: true, n2: true },
    look: (choice) =>
      compared(
        choice,
        TYPED.map((typed) => isAddress(new TextDecoder().decode(octetsOf(`${typed}\\c`)))),
        "A parser that reads one mailbox and then wants the end lets no line's end through.",
      ),
  },
];
