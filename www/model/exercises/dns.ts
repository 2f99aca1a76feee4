/** Exercises of the chapter on MX and DNS. No DOM. */
import { right, wrong } from "./exercise.js";
import type { Exercise, Verdict } from "./exercise.js";
import { lineAt, ofCommand } from "./reading.js";

const ZONE = `mx.example.  MX  20 backup.mx.example.
mx.example.  MX  10 one.mx.example.
mx.example.  MX  30 last.elsewhere.example.
mx.example.  MX  10 two.mx.example.`;

interface Mx {
  readonly owner: string;
  readonly preference: number;
  readonly host: string;
}

/** A line of a zone (RFC 1035 section 5.1), with a TTL and a class or without. */
function mxOf(line: string): Mx | undefined {
  const match = /^(\S+)\s+(?:\d+\s+)?(?:IN\s+)?MX\s+(\d{1,5})\s+(\S+)$/i.exec(line.trim());
  if (match === null || Number(match[2]) > 65_535) return undefined;
  return { owner: match[1]!.toLowerCase(), preference: Number(match[2]), host: match[3]!.toLowerCase() };
}

export const DNS: readonly Exercise[] = [
  {
    id: "mx-order",
    form: "lines",
    given: ZONE,
    answer: "two.mx.example\none.mx.example\nbackup.mx.example\nlast.elsewhere.example",
    look: (text) => ofOrder(text),
  },
  {
    id: "null-mx",
    form: "line",
    answer: "nomail.example.  MX  0 .",
    look: (text) => {
      const record = mxOf(text);
      if (record === undefined) return wrong("A line is the domain, MX, the preference and the host.");
      const { owner, preference, host } = record;
      if (owner !== "nomail.example." && owner !== "nomail.example" && owner !== "@")
        return wrong(`This is a record of ${owner}.`);
      if (host !== ".") return wrong(`With this, mail goes to ${host}.`);
      if (preference !== 0) return wrong("The preference of the null MX is 0.");
      return right(
        "Clients give up at once, and tell the sender; without it, they would try the web server for days.",
      );
    },
  },
  {
    id: "literal",
    form: "line",
    answer: "EHLO [IPv6:2001:db8::25]",
    look: (text) => {
      return ofCommand(
        text,
        ({ verb, name = "" }) => {
          if (verb !== "EHLO") return `${verb} is another command.`;
          if (name.toLowerCase() === "[ipv6:2001:db8::25]") return undefined;
          return name.startsWith("[")
            ? `${name} is another address.`
            : `“${name}” stands there as if it were a name.`;
        },
        "An address literal: the one way to say where you are, if nobody has named it.",
      );
    },
  },
];

function ofOrder(text: string): Verdict {
  const records = ZONE.split("\n").map((line) => mxOf(line)!);
  const given = text
    .trim()
    .split(/\n/)
    .map((line) => line.trim().toLowerCase().replace(/\.$/, ""));
  let before = -1;
  for (const [index, name] of given.entries()) {
    const at = lineAt(text, index + 1);
    const record = records.find(({ host }) => host === `${name}.`);
    if (record === undefined) return wrong(`${name || "An empty line"} is none of the hosts.`, { at });
    if (given.indexOf(name) !== index) return wrong(`${name} is there twice.`, { at });
    if (record.preference < before)
      return wrong(`${name} has ${record.preference}: it comes before one with ${before}.`, { at });
    before = record.preference;
  }
  if (given.length < records.length) return wrong(`There are ${records.length} hosts.`);
  return right("The two with 10 share the mail; the others are for when both are away.");
}
