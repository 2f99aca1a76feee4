/** Exercises of the chapter on ports and TLS. No DOM. */
import { session } from "../plan.js";
import type { SessionPlan } from "../plan.js";
import type { SessionRecord } from "../recording.js";
import { right, wrong } from "./exercise.js";
import type { Choice, Exercise, Verdict } from "./exercise.js";
import { lineAt } from "./reading.js";
import { byClient, cameFor, course, ofClient, recordOf, said } from "./sessions.js";

const WITH_TLS = { offers: ["STARTTLS", "PIPELINING"] };

const SETTINGS: Readonly<Record<string, SessionPlan["client"]["tls"]>> = {
  "no TLS": "off",
  "TLS if it is offered": "opportunistic",
  "STARTTLS, or nothing": "required",
  "TLS from the first octet": "implicit",
};

/** Three servers: a good one; one whose offer somebody on the way has taken out; one that somebody else answers for. */
function threeServers(choice: Choice): SessionPlan[] {
  const tls = SETTINGS[choice["tls"] as string] ?? "off";
  return [
    session({ title: "As it should be", client: { tls }, server: WITH_TLS }),
    session({ title: "STARTTLS taken out", client: { tls }, server: { offers: ["PIPELINING"] } }),
    session({ title: "A false server", client: { tls }, server: { ...WITH_TLS, certificate: "bad" } }),
  ];
}

function inClear({ lines }: SessionRecord): boolean {
  return lines.some(({ kind, secure, from }) => from === "client" && kind === "content" && !secure);
}

export const TLS: readonly Exercise[] = [
  {
    id: "starttls",
    form: "client",
    start: "EHLO client.example\n",
    answer: `EHLO client.example
STARTTLS
EHLO client.example
MAIL FROM:<ann@client.example>
RCPT TO:<bob@mx.example>
DATA
Subject: Secret

Noon?
.
QUIT`,
    look: (text) =>
      ofClient(
        text,
        byClient(text, { server: WITH_TLS }),
        (record) => {
          if (said(record, "STARTTLS") === undefined) return "All of it went in the clear.";
          const secret = ["MAIL", "RCPT"]
            .map((verb) => said(record, verb))
            .find((line) => line?.secure === false);
          if (secret !== undefined) return `"${secret.text}" went in the clear.`;
          if (!record.lines.some(({ verb, secure }) => secure && /^(EHLO|HELO)$/.test(verb ?? "")))
            return "Behind the handshake, the server wants to be greeted again.";
          return cameFor(record, ["bob@mx.example"]);
        },
        "Only the first EHLO and STARTTLS itself could be read on the way.",
      ),
    plan: (text) => course(byClient(text, { server: WITH_TLS })),
  },
  {
    id: "downgrade",
    form: "choice",
    fields: [{ name: "tls", label: "The client uses", options: Object.keys(SETTINGS) }],
    answer: { tls: "STARTTLS, or nothing" },
    look: async (choice): Promise<Verdict> => {
      const [good, stripped, falsified] = await Promise.all(threeServers(choice).map(recordOf));
      if (inClear(good!))
        return wrong("Even with nobody on the way, the message goes in the clear.", { record: good! });
      if (good!.outcome.kind !== "accepted")
        return wrong("Nothing is delivered when all is well.", { record: good! });
      if (inClear(stripped!))
        return wrong("Without the offer, the client went on in the clear.", { record: stripped! });
      if (falsified!.received.length > 0)
        return wrong("The client gave the message to a server with a false certificate.", {
          record: falsified!,
        });
      return right("With this, the false certificate ends it; and nobody can talk the client out of TLS.", {
        record: falsified!,
      });
    },
    plan: (choice) => ({ sessions: threeServers(choice) }),
  },
  {
    id: "mta-sts",
    form: "lines",
    answer: "version: STSv1\nmode: enforce\nmx: mail.mx.example\nmax_age: 604800",
    look: (text) => ofPolicy(text),
  },
];

const MODES: Readonly<Record<string, string>> = {
  testing: "In this mode failures are only reported.",
  none: "In this mode there is no policy.",
};

/** RFC 8461 section 3.2. */
function ofPolicy(text: string): Verdict {
  const fields = new Map<string, string[]>();
  for (const [index, line] of text.trimEnd().split(/\r?\n/).entries()) {
    const match = /^([A-Za-z0-9][\w.-]{0,31}):[ \t]*(\S.*?)[ \t]*$/.exec(line);
    if (match === null)
      return wrong(`Line ${index + 1} is not a key, a colon and a value.`, { at: lineAt(text, index + 1) });
    fields.set(match[1]!, [...(fields.get(match[1]!) ?? []), match[2]!]);
  }
  const [version] = fields.get("version") ?? [];
  if (version !== "STSv1") return wrong("The version is STSv1, written so.");
  const [mode] = fields.get("mode") ?? [];
  if (mode === undefined) return wrong("There is no mode.");
  if (mode !== "enforce") return wrong(MODES[mode] ?? `There is no mode “${mode}”.`);
  const hosts = fields.get("mx") ?? [];
  if (hosts.length !== 1 || hosts[0]!.toLowerCase() !== "mail.mx.example")
    return wrong(hosts.length === 0 ? "No host is named: a line mx." : `It allows ${hosts.join(" and ")}.`);
  const [age] = fields.get("max_age") ?? [];
  if (age === undefined) return wrong("It does not say for how long it holds: max_age.");
  if (!/^\d{1,10}$/.test(age)) return wrong("max_age is a number of seconds.");
  if (age !== "604800") return wrong(`A week is 7 × 24 × 60 × 60 seconds; ${age} is something else.`);
  return right("Who has read this once, over HTTPS, cannot be talked out of TLS for a week.");
}
