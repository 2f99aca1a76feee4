/**
 * SPF as far as a lesson needs it (RFC 7208): mechanisms all, ip4, ip6 (as written), a, mx and include, over names that
 * are made up. No DOM.
 */

export type Result = "pass" | "fail" | "softfail" | "neutral" | "none" | "permerror";

/** The world of names: TXT records of domains, addresses of hosts, and who takes mail for a domain. */
export interface Names {
  readonly txt: Readonly<Record<string, string>>;
  readonly a: Readonly<Record<string, readonly string[]>>;
  readonly mx: Readonly<Record<string, readonly string[]>>;
}

/** What is wrong with a record, and where: characters. */
export class RecordError extends Error {
  constructor(
    message: string,
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

const RESULTS: Readonly<Record<string, Result>> = {
  "+": "pass",
  "-": "fail",
  "~": "softfail",
  "?": "neutral",
};
/** Mechanisms that look up names, in all (RFC 7208 section 4.6.4). */
const LOOKUPS = 10;

interface Term {
  readonly result: Result;
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Reads a record (RFC 7208 section 12). Throws a {@link RecordError}. */
export function termsOf(record: string): Term[] {
  if (!/^v=spf1(?: |$)/i.test(record)) throw new RecordError("A record begins with v=spf1 and a space", 0, 6);
  const terms: Term[] = [];
  for (const match of record.matchAll(/[^ ]+/g)) {
    const [word] = match;
    const start = match.index;
    const end = start + word.length;
    if (start === 0) continue;
    const parts = /^([-+?~]?)(all|include|a|mx|ip4|ip6)(?:([:])(\S+))?$/i.exec(word);
    if (parts === null) throw new RecordError(`“${word}” is no mechanism that this lesson knows`, start, end);
    const [, sign = "", name = "", , value = ""] = parts;
    const kind = name.toLowerCase();
    if (kind === "all" && value !== "") throw new RecordError("all stands alone", start, end);
    if (["include", "ip4", "ip6"].includes(kind) && value === "")
      throw new RecordError(`${kind} has a colon and a value behind it`, start, end);
    if (kind === "ip4" && rangeOf(value) === undefined)
      throw new RecordError(`“${value}” is no IPv4 address, nor a range of them`, start, end);
    terms.push({ result: RESULTS[sign || "+"]!, name: kind, value, start, end });
  }
  return terms;
}

/** Whether a host may send for a domain (RFC 7208 section 4). */
export function mayItSend(address: string, domain: string, names: Names, count = { lookups: 0 }): Result {
  const record = names.txt[domain];
  if (record === undefined) return "none";
  for (const { name, value, result } of termsOf(record)) {
    if (["include", "a", "mx"].includes(name) && ++count.lookups > LOOKUPS) return "permerror";
    const of = value === "" ? domain : value.toLowerCase();
    if (name === "include") {
      const inner = mayItSend(address, of, names, count);
      if (inner === "none" || inner === "permerror") return "permerror";
      if (inner === "pass") return result;
    } else if (
      name === "all" ||
      (name === "ip4" && isIn(address, value)) ||
      (name === "a" && names.a[of]?.includes(address)) ||
      (name === "mx" && names.mx[of]?.some((host) => names.a[host]?.includes(address)))
    )
      return result;
  }
  return "neutral";
}

function isIn(address: string, range: string): boolean {
  const [low, bits] = rangeOf(range)!;
  const [given] = rangeOf(address)!;
  const size = 2 ** (32 - bits);
  return Math.floor(given / size) === Math.floor(low / size);
}

function rangeOf(text: string): [address: number, bits: number] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1, 5).map(Number);
  const bits = Number(match[5] ?? 32);
  if (octets.some((octet) => octet > 255) || bits > 32) return undefined;
  return [octets.reduce((sum, octet) => sum * 256 + octet, 0), bits];
}
