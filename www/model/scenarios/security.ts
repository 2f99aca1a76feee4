/** Scenarios: TLS, and who the client is. */
import { isToken, SECRET, SESSION, session, TOKEN } from "../plan.js";
import type { Group, Scenario } from "./scenario.js";

const { offers } = SESSION.server;
const TLS = { tls: "required" } as const;

/** A log-in under TLS with one mechanism. */
function auth(mechanism: string, text: string, sections: readonly string[]): Scenario {
  return {
    id: `auth-${mechanism.toLowerCase()}`,
    title: `AUTH ${mechanism}`,
    text: `${text} Choose a line of the exchange to see it decoded.`,
    sections: ["4954#4", ...sections],
    plan: {
      sessions: [
        session({
          client: { ...TLS, auth: { mechanism, user: "ann", secret: isToken(mechanism) ? TOKEN : SECRET } },
          server: { offers: [...offers, "STARTTLS"], mechanisms: [mechanism] },
        }),
      ],
    },
  };
}

export const SECURITY: Group = {
  title: "TLS and AUTH",
  scenarios: [
    {
      id: "starttls",
      title: "STARTTLS",
      text: "The session begins in clear. The client asks for TLS; after the handshake nothing that was said before counts, so it says its name again, and the server may offer other things than before.",
      sections: ["3207#4", "3207#4.2"],
      plan: { sessions: [session({ client: TLS, server: { offers: [...offers, "STARTTLS"] } })] },
    },
    {
      id: "implicit-tls",
      title: "TLS from the first octet",
      text: "On port 465 the handshake comes before the greeting: nothing goes in clear, and there is nothing to strip. For submission it is preferred to STARTTLS.",
      sections: ["8314#3.3"],
      plan: { sessions: [session({ client: { tls: "implicit" } })] },
    },
    {
      id: "no-starttls",
      title: "TLS is required and not offered",
      text: "The server, or somebody on the way, does not offer STARTTLS. The client insists on TLS, and sends nothing: not the message, not the password.",
      sections: ["3207#6", "8314#5"],
      plan: {
        sessions: [
          session({
            client: { ...TLS, auth: { mechanism: "PLAIN", user: "ann", secret: SECRET } },
            server: { mechanisms: ["PLAIN"], insecure: true },
          }),
        ],
      },
    },
    {
      id: "bad-certificate",
      title: "A certificate that nobody vouches for",
      text: "Anybody could be at the other end. The handshake fails, and the client sends nothing.",
      sections: ["3207#4.1", "7817#3"],
      plan: {
        sessions: [session({ client: TLS, server: { offers: [...offers, "STARTTLS"], certificate: "bad" } })],
      },
    },
    {
      id: "requiretls",
      title: "REQUIRETLS",
      text: "The sender wants each hop to be under TLS, or the message to come back. The server offers it only when the session is under TLS.",
      sections: ["8689#2", "8689#4"],
      plan: {
        sessions: [
          session({
            client: TLS,
            server: { offers: [...offers, "STARTTLS", "REQUIRETLS"] },
            messages: [{ ...SESSION.messages[0]!, ask: { requireTls: true } }],
          }),
        ],
      },
    },
    auth("PLAIN", "User and password in one answer, readable for the server: only ever under TLS.", [
      "4616#2",
    ]),
    auth("LOGIN", "The same in two answers. Never standardised, still everywhere.", []),
    auth(
      "CRAM-MD5",
      "The server asks, and the client answers with a keyed digest: the password is not sent, but the server has to keep it readable, and MD5 is weak. Off by default.",
      ["2195#2"],
    ),
    auth(
      "SCRAM-SHA-256",
      "Both prove that they know the password, and neither says it: the client checks the server's signature, too.",
      ["5802#3", "7677#3"],
    ),
    auth("OAUTHBEARER", "A token from elsewhere in place of a password.", ["7628#3.1"]),
    auth("XOAUTH2", "The same, in the form that came first and is still asked for.", []),
    auth(
      "EXTERNAL",
      "Who the client is was shown elsewhere: by its TLS certificate. It only says whom it acts for.",
      ["4422#A"],
    ),
    {
      id: "auth-refused",
      title: "A wrong password",
      text: "The server refuses the log-in. The client does not try a weaker mechanism after that, and does not send the message.",
      sections: ["4954#6"],
      plan: {
        sessions: [
          session({
            client: { ...TLS, auth: { mechanism: "SCRAM-SHA-256", user: "ann", secret: "wrong" } },
            server: { offers: [...offers, "STARTTLS"], mechanisms: ["SCRAM-SHA-256", "PLAIN"] },
          }),
        ],
      },
    },
  ],
};
