/** How a wrong text can be mended, where that needs no thought. No DOM. */
import { parseAddress, parseAddressList } from "edgepost";
import type { Edit } from "edgepost";
import type { Problem } from "../explain/line.js";
import { placeOf } from "../typed.js";
import type { Kind } from "./kinds.js";

/** Other octets, or other options. */
export interface Mending {
  /** What it does, as an order. */
  readonly description: string;
  readonly edits?: readonly Edit[];
  readonly options?: { readonly utf8?: true; readonly obsolete?: true };
}

const VERBS = [
  ...["EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "BURL", "RSET", "NOOP", "QUIT", "AUTH"],
  ...["STARTTLS", "VRFY", "EXPN", "HELP", "ETRN", "XCLIENT", "XFORWARD"],
];

/** What would help against a problem of a text, which is UTF-8; positions are octets. */
export function mendingOf(
  kind: Kind,
  text: string,
  { position, rule }: Problem,
  options: { readonly utf8: boolean; readonly obsolete: boolean },
): Mending | undefined {
  switch (kind) {
    case "command":
      return ofCommand(text, position, rule);
    case "reply":
      return ofReply(text, rule);
    case "list":
      return ofOptions(kind, text, options) ?? ofName(text, position);
    default:
      return ofOptions(kind, text, options);
  }
}

/** A name before an angle bracket that has a comma, and no quotes. */
function ofName(text: string, position: number): Mending | undefined {
  if (/[^\0-\x7f]/.test(text) || text[position] !== ",") return undefined;
  const end = text.indexOf("<", position);
  const before = Math.max(...[">", ";", ":"].map((sign) => text.lastIndexOf(sign, position)));
  const written = text.slice(before + 1, end === -1 ? undefined : end);
  const name = written.replace(/^,/, "").trim();
  if (end === -1 || name === "" || /["\\<>:;@\r\n]/.test(name)) return undefined;
  const start = before + 1 + written.indexOf(name);
  return {
    description: "Put the name in quotes",
    edits: [
      { start, end: start, text: '"' },
      { start: start + name.length, end: start + name.length, text: '"' },
    ],
  };
}

function ofCommand(text: string, position: number, rule: string | undefined): Mending | undefined {
  // All that is written before the place is ASCII, or nothing is offered.
  if (/[^\0-\x7f]/.test(text.slice(0, position))) return undefined;
  const insert = (at: number, text: string): Edit => ({ start: at, end: at, text });
  const line = text.replace(/\r?\n[^]*$/, "");
  const word = /^[^ ]*/.exec(line.slice(position))![0];
  const wordEnd = position + new TextEncoder().encode(word).length;
  switch (rule) {
    case "a command": {
      const said = /^[^ :]*/.exec(line)![0].toUpperCase();
      const verb = VERBS.find((verb) => isNear(verb, said));
      return verb === undefined
        ? undefined
        : { description: `Write ${verb}`, edits: [{ start: 0, end: said.length, text: verb }] };
    }
    case '"<"':
      if (word === "" || word.endsWith(">")) return undefined;
      return {
        description: "Put angle brackets around it",
        edits: [insert(position, "<"), insert(wordEnd, ">")],
      };
    case '">"':
      if (word !== "") return undefined;
      return { description: "Close the angle bracket", edits: [insert(position, ">")] };
    case '"FROM:"':
    case '"TO:"':
      return {
        description: `Write ${rule.slice(1, -1)} before it`,
        edits: [insert(position, rule.slice(1, -1))],
      };
    case "no argument":
    case "the end of the command":
      return {
        description: "Leave out what follows",
        edits: [
          { start: /^[^ ]*/.exec(line)![0].length, end: new TextEncoder().encode(line).length, text: "" },
        ],
      };
    default:
      return undefined;
  }
}

function ofReply(text: string, rule: string | undefined): Mending | undefined {
  if (/[^\0-\x7f]/.test(text)) return undefined;
  const starts: number[] = [];
  for (let at = 0; at !== -1 && at < text.length; at = text.indexOf("\n", at) + 1 || -1) starts.push(at);
  if (rule === "another line of the reply") {
    const at = starts.at(-1)! + 3;
    return { description: "Make this line the last", edits: [{ start: at, end: at + 1, text: " " }] };
  }
  if (rule !== "the end of the reply") return undefined;
  const open = starts.slice(0, -1).filter((start) => text[start + 3] === " ");
  return {
    description: "Put hyphens where a line follows",
    edits: open.map((start) => ({ start: start + 3, end: start + 4, text: "-" })),
  };
}

/** An option with which it can be read. */
function ofOptions(
  kind: Kind,
  text: string,
  now: { readonly utf8: boolean; readonly obsolete: boolean },
): Mending | undefined {
  const ways = [
    { utf8: true, description: "Allow UTF-8" },
    { obsolete: true, description: "Allow obsolete syntax" },
    { utf8: true, obsolete: true, description: "Allow UTF-8 and obsolete syntax" },
  ] as const;
  for (const { description, ...options } of ways) {
    try {
      if (kind === "address") parseAddress(text, { ...now, ...options });
      else parseAddressList(text, { ...now, ...options });
      return { description, options };
    } catch {
      // Then it is not that.
    }
  }
  return undefined;
}

/** More edits than these are for a machine. */
const EDITS = 200;

/** The typed text with other octets in place of some. */
export function mended(typed: string, edits: readonly Edit[]): string {
  let text = typed;
  const backwards = [...edits].sort((one, other) => other.start - one.start).slice(-EDITS);
  for (const { start, end, text: written } of backwards) {
    const from = placeOf(text, start).start;
    const to = end === start ? from : placeOf(text, end).start;
    text = text.slice(0, from) + written.replaceAll("\\", "\\\\").replaceAll("\r\n", "\n") + text.slice(to);
  }
  return text;
}

/** Whether one change makes one of the other: a letter more, less, other, or two turned around. */
function isNear(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1 || other.length < 3) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const [rest, behind] = [one.slice(at), other.slice(at)];
  return (
    rest.slice(1) === behind.slice(1) ||
    rest === behind.slice(1) ||
    rest.slice(1) === behind ||
    (rest[0] === behind[1] && rest[1] === behind[0] && rest.slice(2) === behind.slice(2))
  );
}
