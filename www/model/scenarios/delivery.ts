/** Scenarios: a message's way over several servers. */
import { MESSAGE, SECRET, SESSION, session } from "../plan.js";
import type { SessionPlan } from "../plan.js";
import type { Group } from "./scenario.js";

const { offers } = SESSION.server;
const ONE = { ...MESSAGE, to: ["bob@mx.example"] };
const ON = { ...ONE, instead: "received" } as const;

/** From the sender's program to the sender's own server. */
const submission: SessionPlan = session({
  title: "Submission",
  client: { tls: "required", auth: { mechanism: "SCRAM-SHA-256", user: "ann", secret: SECRET } },
  server: { name: "relay.example", offers: [...offers, "STARTTLS"], mechanisms: ["SCRAM-SHA-256"] },
  messages: [ONE],
});

export const DELIVERY: Group = {
  title: "On the way",
  scenarios: [
    {
      id: "journey",
      title: "From Ann to Bob",
      text: "Ann's program submits the message to her server, with TLS and AUTH. That server looks up the MX of mx.example: two hosts, the first is out of order, so it takes the second. There, the message is handed to the mailbox by LMTP. Each server adds a Received line on top.",
      sections: ["5321#5.1", "6409#3", "5321#4.4", "2033#4"],
      plan: {
        sessions: [
          submission,
          session({
            title: "Relay, MX 10",
            client: { name: "relay.example", tls: "opportunistic" },
            server: { name: "mx1.mx.example" },
            messages: [ON],
            faults: [
              { at: "greeting", what: "reply", code: 421, enhanced: "4.3.2", text: "too busy, try another" },
            ],
          }),
          session({
            title: "Relay, MX 20",
            client: { name: "relay.example", tls: "opportunistic" },
            server: { name: "mx2.mx.example", offers: [...offers, "STARTTLS"] },
            messages: [ON],
          }),
          session({
            title: "Delivery",
            client: { name: "mx2.mx.example" },
            server: { name: "mailboxes.mx.example", lmtp: true },
            link: { delay: 1 },
            messages: [ON],
          }),
        ],
      },
    },
    {
      id: "bounce",
      title: "A bounce",
      text: "Ann's server has taken the message, and so it is its duty now. Bob's server refuses it for good. There is nobody to say 550 to any more: it writes a message to Ann, from nobody, so that nothing can come back for that one.",
      sections: ["5321#6.1", "3464#2", "3461#6.1"],
      plan: {
        sessions: [
          submission,
          session({
            title: "Relay",
            client: { name: "relay.example", tls: "opportunistic" },
            messages: [ON],
            faults: [
              { at: "RCPT", what: "reply", code: 550, enhanced: "5.1.1", text: "there is no Bob here" },
            ],
          }),
          session({
            title: "Bounce",
            client: { name: "relay.example", tls: "opportunistic" },
            server: { name: "client.example" },
            messages: [{ ...ONE, instead: "bounce" }],
          }),
        ],
      },
    },
    {
      id: "lmtp",
      title: "LMTP: a reply for each recipient",
      text: "Inside of a site, the last step is often LMTP. After the message there is one reply for each recipient: Carol's mailbox is full, the others have it, and nobody has to write a bounce.",
      sections: ["2033#4.2"],
      plan: {
        sessions: [
          session({
            client: { name: "mx.example" },
            server: { name: "mailboxes.mx.example", lmtp: true },
            link: { delay: 2 },
            faults: [
              {
                at: "content",
                recipient: "carol@mx.example",
                what: "reply",
                code: 452,
                enhanced: "4.2.2",
                text: "the mailbox is full",
              },
            ],
          }),
        ],
      },
    },
  ],
};

export const BY_HAND: Group = {
  title: "By hand",
  scenarios: [
    {
      id: "client-by-hand",
      title: "You are the client",
      text: "Type the commands yourself: the server is real. Begin with EHLO and a name; then MAIL FROM, RCPT TO, DATA, the message, a line with a dot, and QUIT.",
      sections: ["5321#4.1.1", "5321#D.1"],
      plan: { sessions: [session({ client: { byHand: [] } })] },
    },
    {
      id: "server-by-hand",
      title: "You are the server",
      text: "A real client calls. Greet it with 220 and a name, and answer what it says: it believes you.",
      sections: ["5321#4.2", "5321#4.3.2"],
      plan: { sessions: [session({ messages: [ONE], server: { byHand: [] } })] },
    },
    {
      id: "vrfy",
      title: "Asking for a user",
      text: "VRFY asks whether an address is one. Most servers do not say, and 252 means just that: this one does.",
      sections: ["5321#3.5.1", "5321#7.3"],
      plan: {
        sessions: [
          session({
            server: { offers: [...offers, "VRFY"] },
            client: { byHand: ["EHLO client.example", "VRFY bob@mx.example", "HELP", "NOOP", "QUIT"] },
          }),
        ],
      },
    },
    {
      id: "wrong-order",
      title: "Commands out of order, and nonsense",
      text: "RCPT before MAIL, a path without brackets, an unknown command, a parameter that nobody knows: each has its own reply.",
      sections: ["5321#4.1.4", "5321#4.2.4", "5321#4.1.1.11"],
      plan: {
        sessions: [
          session({
            client: {
              byHand: [
                "RCPT TO:<bob@mx.example>",
                "EHLO client.example",
                "RCPT TO:<bob@mx.example>",
                "MAIL FROM: ann@client.example",
                "MAIL FROM:<ann@client.example> COLOUR=BLUE",
                "HOWDY",
                "QUIT",
              ],
            },
          }),
        ],
      },
    },
  ],
};
