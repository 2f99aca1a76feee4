/** Exercises of the chapter on the authentication of senders. No DOM. */
import { SECRET, session } from "../plan.js";
import type { SessionPlan } from "../plan.js";
import type { Choice, Exercise } from "./exercise.js";
import { byClient, codesTo, course, ofClient, ofSession } from "./sessions.js";

const PLAIN = { offers: ["STARTTLS"], mechanisms: ["PLAIN", "LOGIN"], insecure: true };
const MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"];

function login(choice: Choice): SessionPlan {
  const mechanism = String(choice["mechanism"]);
  return session({
    client: { auth: { mechanism, user: "ann", secret: SECRET } },
    server: { offers: ["8BITMIME"], mechanisms: MECHANISMS, insecure: true },
  });
}

/** What the client said, with what was in base64 in it. */
function overheard(octets: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(octets);
  const decoded = [...text.matchAll(/[A-Za-z0-9+/]{8,}={0,2}/g)].map(([word]) => {
    try {
      return atob(word);
    } catch {
      return "";
    }
  });
  return [text, ...decoded].join("\n");
}

export const SASL: readonly Exercise[] = [
  {
    id: "plain",
    form: "client",
    start: "EHLO client.example\nAUTH PLAIN ",
    answer: `EHLO client.example\nAUTH PLAIN ${btoa(`\0ann\0${SECRET}`)}\nQUIT`,
    look: (text) =>
      ofClient(
        text,
        byClient(text, { server: PLAIN }),
        (record) => {
          const codes = codesTo(record, "AUTH");
          if (codes.length === 0) return "You have not said AUTH.";
          if (!codes.includes(235)) return "The server has not let you in.";
          return record.lines.some(({ text }) => /^AUTH PLAIN/i.test(text))
            ? undefined
            : "That was not PLAIN.";
        },
        "235: the server knows who you are. Everybody who listened does, too, with your password.",
      ),
    plan: (text) => course(byClient(text, { server: PLAIN })),
  },
  {
    id: "listener",
    form: "choice",
    fields: [{ name: "mechanism", label: "Mechanism", options: MECHANISMS }],
    answer: { mechanism: "SCRAM-SHA-256" },
    look: (choice) =>
      ofSession(
        login(choice),
        (record) => {
          if (!codesTo(record, "AUTH").includes(235)) return "The client was not let in.";
          if (overheard(record.octets.client).includes(SECRET))
            return `The listener decodes base64, and reads “${SECRET}”.`;
          return undefined;
        },
        choice["mechanism"] === "CRAM-MD5"
          ? "The password itself does not go over the link. But a listener can try words quickly, and the server must have the password as it is: SCRAM is better on both counts."
          : "The password does not go over the link, the server need not have it, and the client knows that the server is the right one (RFC 5802).",
      ),
    plan: (choice) => course(login(choice)),
  },
  {
    id: "cancel",
    form: "client",
    start: "EHLO client.example\n",
    answer: "EHLO client.example\nAUTH LOGIN\n*\nQUIT",
    look: (text) =>
      ofClient(
        text,
        byClient(text, { server: PLAIN }),
        (record) => {
          const codes = codesTo(record, "AUTH");
          if (!codes.includes(334)) return "The server has asked you for nothing.";
          if (!codes.includes(501) || !/^\*$/m.test(text))
            return "The exchange was not cancelled: the server says 501 when it is.";
          return codesTo(record, "QUIT").includes(221) ? undefined : "Now say QUIT.";
        },
        "501 here is no mistake of yours: it says that the exchange is off.",
        ({ verb, code }) => verb === "AUTH" && code === 501,
      ),
    plan: (text) => course(byClient(text, { server: PLAIN })),
  },
];
