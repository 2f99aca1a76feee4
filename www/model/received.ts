/** The way of a message, as the fields Received tell it (RFC 5321 section 4.4). No DOM. */

/** A server that has taken a message. */
export interface Hop {
  /** Who handed it over, as it called itself, and what is said in parentheses. */
  readonly from?: string;
  /** What the server found out about it itself, as its address. */
  readonly fromSeen?: string;
  readonly by?: string;
  /** As "ESMTPS" (RFC 3848). */
  readonly with?: string;
  readonly id?: string;
  readonly for?: string;
  /** Milliseconds since 1970 began; absent: it cannot be read. */
  readonly time?: number;
  /** Minutes east of UTC. */
  readonly zone?: number;
  /** Which field of the message it is. */
  readonly field: number;
  /** Milliseconds since what came before: below 0, a clock is wrong. Absent where a time is missing. */
  readonly delay?: number;
}

/** Characters of a field that are looked at. */
const LONGEST = 4000;
const HOPS = 100;

/**
 * From the first server to the last. `values` are those of the fields Received, from the top, with their places; `written` is
 * when the message says that it was written.
 */
export function hopsOf(
  values: readonly { readonly value: string; readonly field: number }[],
  written?: number,
): Hop[] {
  const hops = values.slice(0, HOPS).map(({ value, field }) => ({ ...hopOf(value), field }));
  hops.reverse();
  let before = written;
  return hops.map((hop) => {
    const delay = hop.time === undefined || before === undefined ? {} : { delay: hop.time - before };
    if (hop.time !== undefined) before = hop.time;
    return { ...hop, ...delay };
  });
}

function hopOf(value: string): Omit<Hop, "field" | "delay"> {
  const tokens = tokensOf(value.slice(0, LONGEST));
  const semicolon = tokens.map(({ text, comment }) => text === ";" && !comment).lastIndexOf(true);
  const clauses = semicolon < 0 ? tokens : tokens.slice(0, semicolon);
  const found: Record<string, string> = {};
  for (let index = 0; index < clauses.length; index++) {
    const { text, comment } = clauses[index]!;
    const name = text.toLowerCase();
    if (comment || !["from", "by", "with", "id", "for"].includes(name) || found[name] !== undefined) continue;
    const next = clauses[index + 1];
    if (next === undefined || next.comment) continue;
    index++;
    found[name] = next.text;
    if (name === "from" && clauses[index + 1]?.comment === true) found["fromSeen"] = clauses[index + 1]!.text;
  }
  const date = semicolon < 0 ? undefined : dateOf(words(tokens.slice(semicolon + 1)));
  return { ...found, ...date };
}

function words(tokens: readonly Token[]): string {
  return tokens
    .filter(({ comment }) => !comment)
    .map(({ text }) => text)
    .join(" ");
}

interface Token {
  readonly text: string;
  readonly comment: boolean;
}

/** Words, semicolons and comments: what is in parentheses in parentheses belongs to them. */
function tokensOf(value: string): Token[] {
  const tokens: Token[] = [];
  let word = "";
  let comment = "";
  let depth = 0;
  const end = (): void => {
    if (word !== "") tokens.push({ text: word, comment: false });
    word = "";
  };
  for (let at = 0; at < value.length; at++) {
    const character = value[at]!;
    if (depth > 0) {
      if (character === "\\") comment += value[++at] ?? "";
      else if (character === ")" && --depth === 0) {
        tokens.push({ text: comment.replace(/\s+/g, " ").trim(), comment: true });
        comment = "";
      } else {
        if (character === "(") depth++;
        comment += character;
      }
    } else if (character === "(") {
      end();
      depth = 1;
    } else if (/\s/.test(character)) end();
    else if (character === ";") {
      end();
      tokens.push({ text: ";", comment: false });
    } else word += character;
  }
  end();
  return tokens;
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
/** Zones with names (RFC 5322 section 4.3): minutes east of UTC. */
const ZONES: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
};

/** A date and time (RFC 5322 section 3.3), without comments. */
function dateOf(text: string): { time: number; zone: number } | undefined {
  const found =
    /(\d{1,2})\s+([a-z]{3})[a-z]*\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+([+-]\d{4}|[a-z]{1,4}))?/i.exec(
      text,
    );
  if (found === null) return undefined;
  const [, day, name, year, hour, minute, second, given] = found;
  const month = MONTHS.indexOf(name!.toLowerCase());
  const zone = given === undefined ? 0 : zoneOf(given);
  if (month < 0 || zone === undefined) return undefined;
  const local = Date.UTC(+year!, month, +day!, +hour!, +minute!, +(second ?? 0));
  return { time: local - zone * 60_000, zone };
}

function zoneOf(given: string): number | undefined {
  if (!/^[+-]/.test(given)) return ZONES[given.toLowerCase()];
  const minutes = +given.slice(1, 3) * 60 + +given.slice(3);
  return given.startsWith("-") ? -minutes : minutes;
}

/** What a protocol's name in `with` says (RFC 3848, RFC 6531 section 4.3). */
export function protocolInWords(name: string): string | undefined {
  const found = /^(UTF8)?(E?SMTP|LMTP)(S?)(A?)$/i.exec(name);
  if (found === null) return undefined;
  const [, utf8, base, tls, auth] = found;
  return [
    { SMTP: "SMTP", ESMTP: "SMTP with extensions", LMTP: "LMTP" }[base!.toUpperCase()]!,
    utf8 ? "addresses in UTF-8" : "",
    tls ? "TLS" : base!.toUpperCase() === "SMTP" && !utf8 ? "" : "no TLS",
    auth ? "the client logged in" : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** A time between two moments, in the units that suit it. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min${seconds % 60 === 0 ? "" : ` ${seconds % 60} s`}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
  return `${Math.floor(hours / 24)} days${hours % 24 === 0 ? "" : ` ${hours % 24} h`}`;
}
