/** Exercises of the chapter on what SMTP is. No DOM. */
import { parse } from "edgepost";
import type { Exercise } from "./exercise.js";
import { right, wrong } from "./exercise.js";
import { crlf } from "./reading.js";
import { byClient, codesTo, course, ofClient, said } from "./sessions.js";

/** A message as Bob has it; each server has put its line on top. */
const TRAVELLED = `Received: from relay.example by mx.example
 with ESMTPS id 3; Mon, 2 Mar 2026 09:30:05 +0000
Received: from submit.example by relay.example
 with ESMTP id 2; Mon, 2 Mar 2026 09:30:03 +0000
Received: from ann-laptop.example by submit.example
 with ESMTPSA id 1; Mon, 2 Mar 2026 09:30:00 +0000
From: Ann <ann@submit.example>
To: bob@mx.example
Subject: Lunch?
Date: Mon, 2 Mar 2026 09:29:58 +0000
Message-ID: <1@submit.example>

Noon?
`;

export const SMTP: readonly Exercise[] = [
  {
    id: "hello",
    form: "client",
    answer: "EHLO client.example\nQUIT",
    look: (text) =>
      ofClient(
        text,
        byClient(text),
        (record) => {
          const name = (said(record, "EHLO") ?? said(record, "HELO"))?.text.split(" ")[1];
          if (name === undefined) return "You have not said who you are.";
          if (name.toLowerCase() !== "client.example") return `You have said that you are ${name}.`;
          if (!codesTo(record, "QUIT").includes(221)) return "You have not said QUIT.";
          return record.received.length > 0 ? "You have sent a message; none was wanted." : undefined;
        },
        "The server has answered 250 to your name and 221 to your goodbye: that is a whole session.",
      ),
    plan: (text) => course(byClient(text)),
  },
  {
    id: "trace",
    form: "line",
    given: TRAVELLED.slice(0, TRAVELLED.indexOf("\n\n")),
    answer: "submit.example",
    look: async (text) => {
      const { headers } = await parse(crlf(TRAVELLED));
      const hops = headers.filter(({ name }) => name === "Received").reverse();
      const [from, by] = (part(hops[0]!.value) ?? []).map((name) => name.toLowerCase());
      const given = text.trim().toLowerCase();
      if (given === by)
        return right(`${by} took it from ${from}, as its own line says: it was the submission server.`);
      if (given === from)
        return wrong(`${from} handed it over: it is the program with which it was written, no server.`);
      const place = hops.findIndex(({ value }) => part(value)?.[1] === given);
      return wrong(
        place === -1
          ? "No server of that name has left a line."
          : `${given} took it later: before it, ${place} had it.`,
      );
    },
  },
];

/** Who handed it over, and to whom. */
function part(received: string): [from: string, by: string] | undefined {
  const match = /^from (\S+) by (\S+)/.exec(received.trim());
  return match === null ? undefined : [match[1]!, match[2]!];
}
