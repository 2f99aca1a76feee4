/** Scenarios: what happens when all goes well, and what extensions add. */
import { MESSAGE, SESSION, session } from "../plan.js";
import type { Group } from "./scenario.js";

const OLD = ["SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"];
const { offers } = SESSION.server;

export const SENDING: Group = {
  title: "Sending",
  scenarios: [
    {
      id: "plain",
      title: "A message to three people",
      text: "The client says its name, names the sender and three recipients, and brings the message. It does not wait where it need not: see how the commands go together, and the replies come back together.",
      sections: ["5321#3.3", "2920#3.1", "3030#2"],
      plan: { sessions: [session()] },
    },
    {
      id: "lockstep",
      title: "The same, as in 1982",
      text: "A server without extensions: the client waits for each reply before it says the next thing, and ends the message with a line that is a single dot. Lines that begin with a dot get one more on the way. Count the round trips.",
      sections: ["5321#3.3", "5321#4.5.2"],
      plan: { sessions: [session({ server: { offers: [] } })] },
    },
    {
      id: "pipelining",
      title: "PIPELINING",
      text: "With this extension the client may send a group of commands and take the replies when they come. Only some commands must be the last of their group: here DATA. Press Compare to see what it saves.",
      sections: ["2920#3.1", "2920#3.2"],
      plan: { sessions: [session({ server: { offers: ["PIPELINING", ...OLD] } })] },
    },
    {
      id: "chunking",
      title: "CHUNKING",
      text: "BDAT says how many octets follow, so that nothing in the message needs to be escaped, and no 354 needs to be waited for. LAST says that the message is complete.",
      sections: ["3030#2"],
      plan: { sessions: [session({ server: { offers: ["PIPELINING", "CHUNKING", ...OLD] } })] },
    },
    {
      id: "refused-recipient",
      title: "One recipient of several is refused",
      text: "Each recipient has a reply of its own. One is unknown; the message still goes to the others, and the client knows for whom it was accepted.",
      sections: ["5321#3.3", "3463#3.2"],
      plan: {
        sessions: [
          session({
            faults: [
              {
                at: "RCPT",
                recipient: "carol@mx.example",
                what: "reply",
                code: 550,
                enhanced: "5.1.1",
                text: "no such user here",
              },
            ],
          }),
        ],
      },
    },
    {
      id: "size",
      title: "Too large, and known early",
      text: "The server says how much it takes: SIZE. The client sees that its message is larger, and does not even begin. Without the extension, it would learn that when it has sent all of it: switch SIZE off.",
      sections: ["1870#3", "1870#6.1"],
      plan: {
        sessions: [
          session({
            server: { size: 1000, offers: [...offers] },
            messages: [{ ...MESSAGE, text: "This text is longer than the server takes.\n".repeat(40) }],
          }),
        ],
      },
    },
    {
      id: "8bitmime",
      title: "8BITMIME",
      text: "The text has letters outside ASCII. The server can take them as they are, so the client says BODY=8BITMIME and does not encode them. Switch the extension off, and look at the message again.",
      sections: ["6152#3"],
      plan: {
        sessions: [
          session({
            messages: [{ ...MESSAGE, subject: "Grüße", text: "Schöne Grüße aus Zürich, à bientôt.\n" }],
          }),
        ],
      },
    },
    {
      id: "smtputf8",
      title: "SMTPUTF8",
      text: "The address itself has letters outside ASCII. Only a server with SMTPUTF8 can be given it; without, the client refuses rather than change an address. Switch it off and see.",
      sections: ["6531#3.1", "6531#3.2"],
      plan: {
        sessions: [
          session({
            messages: [{ ...MESSAGE, to: ["jörg@bücher.example"], subject: "Bücher für Jörg" }],
          }),
        ],
      },
    },
    {
      id: "dsn",
      title: "DSN: tell me what became of it",
      text: "The client asks to be told of success and failure, wants only the header back, and gives the message a name of its own by which the reports can be told apart.",
      sections: ["3461#4.1", "3461#4.3", "3461#4.4"],
      plan: {
        sessions: [
          session({
            server: { offers: [...offers, "DSN"] },
            messages: [
              { ...MESSAGE, ask: { ret: "headers", envid: "lunch-42", notify: ["success", "failure"] } },
            ],
          }),
        ],
      },
    },
    {
      id: "deliverby",
      title: "In an hour, or not at all",
      text: "DELIVERBY gives the message a time limit: after it, it goes back. MT-PRIORITY says how much of a hurry it is in.",
      sections: ["2852#4", "6710#3"],
      plan: {
        sessions: [
          session({
            server: { offers: [...offers, "DELIVERBY", "MT-PRIORITY"] },
            messages: [{ ...MESSAGE, ask: { deliverBy: { seconds: 3600, mode: "return" }, priority: 4 } }],
          }),
        ],
      },
    },
    {
      id: "futurerelease",
      title: "Send it later",
      text: "With FUTURERELEASE a submission server holds the message back: here for two days.",
      sections: ["4865#4"],
      plan: {
        sessions: [
          session({
            server: { offers: [...offers, "FUTURERELEASE"] },
            messages: [{ ...MESSAGE, ask: { holdFor: 172_800 } }],
          }),
        ],
      },
    },
    {
      id: "limits",
      title: "LIMITS: two recipients at a time",
      text: "The server says beforehand that it takes two recipients for each message. The client has five, and makes three transactions of it by itself.",
      sections: ["9422#3"],
      plan: {
        sessions: [
          session({
            server: { offers: [...offers, "LIMITS"], recipients: 2 },
            messages: [
              {
                ...MESSAGE,
                to: [
                  "ben@mx.example",
                  "cleo@mx.example",
                  "dan@mx.example",
                  "eve@mx.example",
                  "fay@mx.example",
                ],
              },
            ],
          }),
        ],
      },
    },
    {
      id: "many",
      title: "A hundred messages, one connection",
      text: "Transactions follow each other without a pause: while the replies to one message are on their way, the next is, too. A hundred messages take hardly more round trips than one.",
      sections: ["2920#3.1", "5321#3.3"],
      plan: { sessions: [session({ messages: [{ ...MESSAGE, to: ["bob@mx.example"], times: 100 }] })] },
    },
  ],
};
