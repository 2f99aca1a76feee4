/** Scenarios: what goes wrong, and attacks. */
import { MESSAGE, SESSION, session } from "../plan.js";
import type { Group } from "./scenario.js";

const { offers } = SESSION.server;
const ONE = { ...MESSAGE, to: ["bob@mx.example"] };

export const TROUBLE: Group = {
  title: "Trouble",
  scenarios: [
    {
      id: "greylist",
      title: "Greylisting, and the second try",
      text: "The server does not know this sender yet, and says: later. Who sends real mail comes back after some minutes, who floods does not.",
      sections: ["6647#2", "5321#4.5.4.1"],
      plan: {
        sessions: [
          session({
            title: "First try",
            messages: [ONE],
            faults: [
              {
                at: "RCPT",
                what: "reply",
                code: 450,
                enhanced: "4.7.1",
                text: "greylisted: come back in 5 minutes",
              },
            ],
          }),
          session({ title: "Second try", after: 5 * 60_000, messages: [ONE] }),
        ],
      },
    },
    {
      id: "421",
      title: "421: the server goes away",
      text: "A server that has to stop says 421, at any moment, and closes. Nothing was accepted; it may all be tried again.",
      sections: ["5321#3.8", "5321#4.2.3"],
      plan: {
        sessions: [
          session({
            faults: [
              {
                at: "MAIL",
                what: "reply",
                code: 421,
                enhanced: "4.3.2",
                text: "shutting down, come back later",
              },
            ],
          }),
        ],
      },
    },
    {
      id: "not-welcome",
      title: "554 in place of a greeting",
      text: "A server may refuse to talk at all: hosts that never take mail do. The client says QUIT, and goes.",
      sections: ["5321#3.1", "7504#3"],
      plan: {
        sessions: [
          session({ faults: [{ at: "greeting", what: "reply", code: 554, text: "no mail is taken here" }] }),
        ],
      },
    },
    {
      id: "helo",
      title: "A server that does not know EHLO",
      text: "The client falls back to HELO, and to the protocol as it was before there were extensions.",
      sections: ["5321#3.2", "5321#4.1.1.1"],
      plan: {
        sessions: [
          session({
            server: { offers: [] },
            faults: [{ at: "EHLO", nth: 1, what: "reply", code: 502, text: "what is EHLO?" }],
          }),
        ],
      },
    },
    {
      id: "mailbox-full",
      title: "The mailbox is full",
      text: "552 5.2.2 says that it is for good; a mailbox that may be emptied soon is 452 4.2.2. The first makes a bounce, the second waits in the queue.",
      sections: ["5321#4.2.3", "3463#3.3"],
      plan: {
        sessions: [
          session({
            messages: [ONE],
            faults: [
              { at: "content", what: "reply", code: 552, enhanced: "5.2.2", text: "the mailbox is full" },
            ],
          }),
        ],
      },
    },
    {
      id: "relay-denied",
      title: "Relay denied",
      text: "The recipient is elsewhere, and the client is nobody's. A server that passes on mail from anybody to anybody is an open relay; this one is not.",
      sections: ["5321#3.6", "2505#2.1"],
      plan: {
        sessions: [
          session({
            messages: [{ ...MESSAGE, to: ["victim@elsewhere.example"] }],
            faults: [{ at: "RCPT", what: "reply", code: 550, enhanced: "5.7.1", text: "relaying denied" }],
          }),
        ],
      },
    },
    {
      id: "lost-reply",
      title: "The last reply is lost",
      text: "The server has the message, and says so, and the connection breaks just then. The client cannot know: it may be there, or not. To send it again may make it come twice; not to, may lose it.",
      sections: ["1047#1", "5321#4.5.3.2.6"],
      plan: { sessions: [session({ messages: [ONE], faults: [{ at: "content", what: "lost-before" }] })] },
    },
    {
      id: "lost-early",
      title: "The connection breaks before the message",
      text: "Here there is no doubt: none of the message was sent, and it can be tried again.",
      sections: ["5321#4.5.4.1"],
      plan: {
        sessions: [
          session({
            client: { pipelining: false },
            messages: [ONE],
            faults: [{ at: "RCPT", what: "lost-before" }],
          }),
        ],
      },
    },
    {
      id: "silence",
      title: "A server that says nothing",
      text: "No reply comes. How long a client has to wait before it may give up is written for each command.",
      sections: ["5321#4.5.3.2"],
      plan: { sessions: [session({ messages: [ONE], faults: [{ at: "MAIL", what: "silence" }] })] },
    },
    {
      id: "rset",
      title: "DATA is refused",
      text: "The recipients were fine, and then the server changes its mind. The envelope is void; the client may go on with another message.",
      sections: ["5321#4.1.1.4", "5321#4.3.2"],
      plan: {
        sessions: [
          session({
            client: { chunking: false },
            messages: [ONE, { ...ONE, subject: "The next one" }],
            faults: [
              {
                at: "DATA",
                nth: 1,
                what: "reply",
                code: 451,
                enhanced: "4.3.0",
                text: "the disk is busy, later",
              },
            ],
          }),
        ],
      },
    },
  ],
};

export const ATTACKS: Group = {
  title: "Attacks, and why they fail",
  scenarios: [
    {
      id: "smuggling",
      title: "Smuggling a second message",
      text: "An attacker writes a message that seems to end early, with a bare LF around the dot, and puts commands behind it. A server that takes this for the end would see a second message, from anybody. This one knows one end only, CR LF dot CR LF: all of it is the text of one message.",
      sections: ["5321#2.3.8", "5321#4.1.1.4"],
      plan: {
        sessions: [
          session({
            client: {
              byHand: [
                "EHLO client.example",
                "MAIL FROM:<mallory@client.example>",
                "RCPT TO:<bob@mx.example>",
                "DATA",
                "Subject: harmless\n\nLook behind this line.\\n.\\r\\nMAIL FROM:<ceo@mx.example>\nRCPT TO:<bob@mx.example>\nDATA\nSubject: Pay this bill\n\nNow.\n.",
                "QUIT",
              ],
            },
          }),
        ],
      },
    },
    {
      id: "starttls-injection",
      title: "Commands hidden before TLS",
      text: "Somebody on the way puts a command behind STARTTLS, in clear, hoping that the server will read it after the handshake as if it had come under TLS. What came before TLS must be forgotten.",
      sections: ["3207#4.2", "3207#6"],
      plan: {
        sessions: [
          session({
            server: { offers: [...offers, "STARTTLS"] },
            client: {
              byHand: [
                "EHLO client.example",
                "STARTTLS\nMAIL FROM:<mallory@client.example>",
                "EHLO client.example",
                "QUIT",
              ],
            },
          }),
        ],
      },
    },
    {
      id: "header-injection",
      title: "A header hidden in the subject",
      text: "A form on a web page takes the subject from anybody, and this one has a line end in it: it would become a header of its own, and bring in more recipients. A message is built from fields, not glued: the client refuses it before anything is sent.",
      sections: ["5322#2.2", "5322#3.6.5"],
      plan: {
        sessions: [
          session({
            messages: [{ ...ONE, subject: "Hello\r\nBcc: everybody@mx.example" }],
          }),
        ],
      },
    },
    {
      id: "command-injection",
      title: "A command hidden in an address",
      text: "The address has a line end and a command in it. It is no address, and goes nowhere.",
      sections: ["5321#4.1.2"],
      plan: {
        sessions: [
          session({ messages: [{ ...MESSAGE, to: ["bob@mx.example>\r\nRCPT TO:<victim@mx.example"] }] }),
        ],
      },
    },
  ],
};
