/** Exercises of the chapter on SPF, DKIM and DMARC. No DOM. */
import { right, wrong } from "./exercise.js";
import type { Exercise, Verdict } from "./exercise.js";
import { isError, ofMessage } from "./reading.js";
import { mayItSend, RecordError, termsOf } from "./spf.js";

const NAMES = {
  txt: { "_spf.mailer.example": "v=spf1 ip4:198.51.100.0/28 -all" },
  a: { "mail.client.example": ["192.0.2.25"] },
  mx: { "client.example": ["mail.client.example"] },
};

/** Who sends, and what is to come of it. */
const HOSTS: readonly (readonly [address: string, result: string, who: string])[] = [
  ["192.0.2.25", "pass", "the server that also takes the domain's mail"],
  ["198.51.100.9", "pass", "a host of the mailer"],
  ["198.51.100.77", "fail", "a neighbour of the mailer"],
  ["203.0.113.5", "fail", "a host of nobody known"],
  ["192.0.2.26", "fail", "the machine beside the server"],
];

const SIGNED = `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mailer.example; s=march;
 h=To:Subject:Date; l=5; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=dGhpcyBpcyBub3QgYSByZWFsIHNpZ25hdHVyZQ==
From: Ann <ann@client.example>
To: bob@mx.example
Subject: Lunch?
Date: Mon, 2 Mar 2026 09:30:00 +0000
Message-ID: <1@client.example>

Noon?
`;

export const DOMAINS: readonly Exercise[] = [
  {
    id: "spf",
    form: "line",
    answer: "v=spf1 mx include:_spf.mailer.example -all",
    look: (text) => {
      const record = text.trim();
      const names = { ...NAMES, txt: { ...NAMES.txt, "client.example": record } };
      try {
        if (
          !termsOf(record).some(
            ({ name, value }) => name === "include" && /^_spf\.mailer\.example$/i.test(value),
          )
        )
          return wrong("Include the mailer's record: when its hosts change, yours need not.");
        for (const [address, wanted, who] of HOSTS) {
          const result = mayItSend(address, "client.example", names);
          if (result !== wanted) return wrong(`${address}, ${who}: ${result}. It should be ${wanted}.`);
        }
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        return wrong(`${error.message}.`, { at: error });
      }
      return right(`Tried with ${HOSTS.length} hosts: yours and the mailer's pass, all others fail.`);
    },
  },
  {
    id: "dkim",
    form: "lines",
    start: SIGNED,
    answer: SIGNED.replace("d=mailer.example", "d=client.example")
      .replace("h=To", "h=From:To")
      .replace(" l=5;", ""),
    look: (text) =>
      ofMessage(
        text,
        (finding) => isError(finding) || finding.rule.startsWith("dkim-"),
        ({ headers, from }) => {
          const signature = headers.find(({ name }) => name.toLowerCase() === "dkim-signature");
          if (signature === undefined) return "There is no signature any more.";
          const [author] = from ?? [];
          return author !== undefined && "address" in author && author.address === "ann@client.example"
            ? undefined
            : "Leave the author as she was.";
        },
        "It covers From, and it is of the domain in From: DMARC can count it.",
      ),
  },
  {
    id: "dmarc",
    form: "line",
    answer: "v=DMARC1; p=reject; rua=mailto:reports@client.example",
    look: (text) => ofDmarc(text.trim()),
  },
];

const POLICIES: Readonly<Record<string, string>> = {
  none: "p=none asks for nothing: mail that fails comes through.",
  quarantine: "p=quarantine has it put aside, and not rejected.",
};

/** RFC 9989 sections 4.7 and 4.8. */
function ofDmarc(record: string): Verdict {
  const tags = new Map<string, string>();
  let start = 0;
  for (const part of record.replace(/;\s*$/, "").split(";")) {
    const match = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(\S(?:.*\S)?)\s*$/.exec(part);
    const at = { start, end: start + part.length };
    if (match === null) return wrong("Here a tag, an equals sign and a value should stand.", { at });
    const name = match[1]!.toLowerCase();
    if (tags.has(name)) return wrong(`The tag ${name} is there twice.`, { at });
    if (tags.size === 0 && (name !== "v" || match[2] !== "DMARC1"))
      return wrong("The record begins with v=DMARC1, written so.", { at });
    tags.set(name, match[2]!);
    start = at.end + 1;
  }
  const policy = tags.get("p")?.toLowerCase();
  if (policy === undefined)
    return wrong("Without p, the record does not say what should become of mail that fails.");
  if (policy !== "reject") return wrong(POLICIES[policy] ?? `There is no policy “${policy}”.`);
  if (tags.get("t")?.toLowerCase() === "y")
    return wrong("With t=y, receivers are asked not to apply the policy yet.");
  if (tags.has("pct")) return wrong("The tag pct is gone since RFC 9989: it no longer means anything.");
  const reports =
    tags
      .get("rua")
      ?.split(",")
      .map((uri) => uri.trim().toLowerCase()) ?? [];
  if (reports.length === 0) return wrong("Nobody gets reports: rua is missing.");
  if (!reports.includes("mailto:reports@client.example"))
    return wrong(`Reports go to ${reports.join(", ")}: it is a URI, so that it begins with mailto:.`);
  return right("Now receivers know what you want, and you will read who sends in your name.");
}
