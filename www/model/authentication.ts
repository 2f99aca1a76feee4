/** What others have found when they checked a message, as the field Authentication-Results tells (RFC 8601). No DOM. */

/** One field. */
export interface Results {
  /** Who says so; empty where that cannot be read. */
  readonly by: string;
  /** The name of the field: `Authentication-Results`, or the one of ARC (RFC 8617 section 4.1.1). */
  readonly field: string;
  /** Of ARC: the how-manieth set it is. */
  readonly instance?: number;
  /** None: it says that nothing was checked. */
  readonly checks: readonly Check[];
}

export interface Check {
  /** As "dkim". */
  readonly method: string;
  /** As "pass". */
  readonly result: string;
  readonly reason?: string;
  readonly comment?: string;
  /** What was checked, as `["header.d", "example.com"]`. */
  readonly properties: readonly (readonly [name: string, value: string])[];
}

const LONGEST = 16_000;
const CHECKS = 100;

export function resultsOf(field: string, value: string): Results {
  let pieces = piecesOf(value.slice(0, LONGEST));
  const arc = /^\s*i\s*=\s*(\d+)\s*$/.exec(pieces[0]?.text ?? "");
  if (arc !== null) pieces = pieces.slice(1);
  const by = /^\s*(\S+)/.exec(pieces[0]?.text ?? "")?.[1] ?? "";
  const checks = pieces.slice(1, 1 + CHECKS).flatMap(checkOf);
  return { by, field, ...(arc !== null && { instance: Number(arc[1]) }), checks };
}

interface Piece {
  /** Without its comments; what was in quotes is as it was meant. */
  readonly text: string;
  readonly comment: string;
}

/** Cut at semicolons that are neither in quotes nor in a comment. */
function piecesOf(value: string): Piece[] {
  const pieces: Piece[] = [];
  let [text, comment, depth, quoted] = ["", "", 0, false];
  for (let at = 0; at < value.length; at++) {
    const character = value[at]!;
    if (depth > 0) {
      if (character === "(") depth++;
      else if (character === ")") depth--;
      comment += character === "\\" ? (value[++at] ?? "") : depth === 0 ? " " : character;
    } else if (quoted) {
      if (character === '"') quoted = false;
      // Spaces stay together with what they are in.
      else text += (character === "\\" ? (value[++at] ?? "") : character).replace(/\s/, "\0");
    } else if (character === '"') quoted = true;
    else if (character === "(") depth = 1;
    else if (character === ";") {
      pieces.push({ text, comment: comment.trim() });
      [text, comment] = ["", ""];
    } else text += character;
  }
  pieces.push({ text, comment: comment.trim() });
  return pieces;
}

function checkOf({ text, comment }: Piece): Check[] {
  const pairs = [...text.matchAll(/([^\s=]+)\s*=\s*([^\s]+)/g)].map(
    ([, name, value]) => [name!.toLowerCase(), value!.replaceAll("\0", " ")] as const,
  );
  const [first, ...rest] = pairs;
  if (first === undefined) return [];
  const reason = rest.find(([name]) => name === "reason")?.[1];
  return [
    {
      method: first[0].replace(/\/.*$/, ""),
      result: first[1].toLowerCase(),
      ...(reason !== undefined && { reason }),
      ...(comment !== "" && { comment }),
      properties: rest.filter(([name]) => name !== "reason"),
    },
  ];
}

const METHODS: Readonly<Record<string, readonly [words: string, reference: string]>> = {
  spf: ["may this host send for the domain of the reverse-path, or of EHLO", "8601#2.7.2"],
  dkim: ["does a signature of this domain hold", "8601#2.7.1"],
  dmarc: ["is one of them for the domain in From", "9989#4.4"],
  arc: ["does the chain of those who passed it on hold", "8617#4.4"],
  auth: ["had the client logged in", "8601#2.7.4"],
  iprev: ["does the address of the client have a name that leads back to it", "8601#2.7.3"],
};

/** What a method answers, and where it is written. */
export function methodInWords(method: string): readonly [words: string, reference: string] | undefined {
  return METHODS[method];
}

/** Whether a result is one to be content with. */
export function isGood(result: string): boolean | undefined {
  if (result === "pass") return true;
  if (["fail", "permerror", "softfail", "policy", "hardfail"].includes(result)) return false;
  return undefined;
}
