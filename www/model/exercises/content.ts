/** Exercises of the chapter on content and MIME. No DOM. */
import type { Exercise } from "./exercise.js";
import { isError, ofMessage } from "./reading.js";

const BROKEN = `From: Miller, Ann <ann@client.example>
To: bob@mx.example; carol@mx.example
Subject: Lunch?
Date: 2026-03-02 09:30

Noon?
`;

const UNDECLARED = `From: Ann <ann@client.example>
To: bob@mx.example
Subject: Lunch in Zürich
Date: Mon, 2 Mar 2026 09:30:00 +0000
Message-ID: <1@client.example>

Schöne Grüße!
`;

const ALTERNATIVE = `From: Ann <ann@client.example>
To: bob@mx.example
Subject: Lunch?
Date: Mon, 2 Mar 2026 09:30:00 +0000
Message-ID: <1@client.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="part"

--part
Content-Type: text/html; charset=utf-8

<html lang="en"><p>Noon?</p></html>
`;

export const CONTENT: readonly Exercise[] = [
  {
    id: "mend",
    form: "lines",
    start: BROKEN,
    answer: `From: "Miller, Ann" <ann@client.example>
To: bob@mx.example, carol@mx.example
Subject: Lunch?
Date: Mon, 2 Mar 2026 09:30:00 +0000

Noon?
`,
    look: (text) =>
      ofMessage(
        text,
        isError,
        ({ to = [], from = [], subject, text: body = "" }) => {
          if (from.length !== 1) return `There are ${from.length} authors.`;
          if (to.length !== 2) return `Bob and Carol are to get it; To names ${to.length}.`;
          if (subject !== "Lunch?") return "Leave the subject as it was.";
          return body.trim() === "Noon?" ? undefined : "Leave the text as it was.";
        },
        "No errors: no server has a reason to refuse it for its form.",
      ),
  },
  {
    id: "declare",
    form: "lines",
    start: UNDECLARED,
    answer: `From: Ann <ann@client.example>
To: bob@mx.example
Subject: =?utf-8?Q?Lunch_in_Z=C3=BCrich?=
Date: Mon, 2 Mar 2026 09:30:00 +0000
Message-ID: <1@client.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Schöne Grüße!
`,
    look: (text) =>
      ofMessage(
        text,
        ({ severity }) => severity !== "info",
        ({ subject = "", root, text: body = "" }) => {
          if (subject !== "Lunch in Zürich") return `The subject is read as “${subject}”.`;
          if (body.trim() !== "Schöne Grüße!") return `The text is read as “${body.trim()}”.`;
          if (root.contentType !== "text/plain") return `The body says that it is ${root.contentType}.`;
          return root.encoding === "8bit"
            ? undefined
            : `Leave the body as it is: it says that it is ${root.encoding}.`;
        },
        "Every program reads it now as you wrote it.",
      ),
  },
  {
    id: "alternative",
    form: "lines",
    start: ALTERNATIVE,
    answer: `From: Ann <ann@client.example>
To: bob@mx.example
Subject: Lunch?
Date: Mon, 2 Mar 2026 09:30:00 +0000
Message-ID: <1@client.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="part"

--part
Content-Type: text/plain; charset=utf-8

Noon?
--part
Content-Type: text/html; charset=utf-8

<html lang="en"><p>Noon?</p></html>
--part--
`,
    look: (text) =>
      ofMessage(
        text,
        ({ severity }) => severity !== "info",
        ({ root, textBody, html = "" }) => {
          if (root.contentType !== "multipart/alternative") return `The message is ${root.contentType}.`;
          if (root.parts.length !== 2) return `It has ${root.parts.length} parts.`;
          if (root.parts[0]!.contentType !== "text/plain") return "The plain text comes first.";
          const plain = new TextDecoder().decode(textBody[0]?.content);
          if (plain.trim() !== "Noon?") return `The plain text is read as “${plain.trim()}”.`;
          return html.includes("Noon?") ? undefined : "The HTML has got lost.";
        },
        "A program shows the last alternative that it can show.",
      ),
  },
];
