/** From a packet to its TCP segment: Ethernet, Linux cooked, loopback and raw links, IPv4 and IPv6 (RFC 791, RFC 8200, RFC 9293). */
import type { Packet } from "./pcap.js";
import type { TraceEndpoint } from "./trace.js";

/** A segment of TCP. */
export interface Segment {
  readonly from: Required<TraceEndpoint>;
  readonly to: Required<TraceEndpoint>;
  readonly sequence: number;
  readonly acknowledged?: number;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly octets: Uint8Array;
  /** How many octets it had, captured or not. */
  readonly length: number;
}

/** The segment in a packet; or what it is instead, where that is worth a word. */
export function segmentOf({ link, octets, cut }: Packet): Segment | "fragment" | "link" | "other" {
  const at = networkAt(link, octets);
  if (at === undefined) return KNOWN.has(link) ? "other" : "link";
  const ip = octets.subarray(at);
  if (ip.length < 1) return "other";
  return ip[0]! >> 4 === 4 ? version4(ip, cut) : ip[0]! >> 4 === 6 ? version6(ip, cut) : "other";
}

const ETHERNET = 1;
const [NULL, LOOP] = [0, 108];
const [COOKED, COOKED_2] = [113, 276];
/** 12 and 14 are what raw IP is called in the files of some systems. */
const RAW: readonly number[] = [101, 12, 14, 228, 229];
const KNOWN: ReadonlySet<number> = new Set([ETHERNET, NULL, LOOP, COOKED, COOKED_2, ...RAW]);
const [IPV4, IPV6] = [0x0800, 0x86dd];
/** Tags of virtual LANs, which stand before the type. */
const TAGS: readonly number[] = [0x8100, 0x88a8, 0x9100];

/** Where the header of the network layer is, if it is IP. */
function networkAt(link: number, octets: Uint8Array): number | undefined {
  if (RAW.includes(link)) return 0;
  if (link === NULL || link === LOOP) return octets.length > 4 ? 4 : undefined;
  if (link === COOKED) return isIp(octets, 14) ? 16 : undefined;
  if (link === COOKED_2) return isIp(octets, 0) ? 20 : undefined;
  if (link !== ETHERNET) return undefined;
  let at = 12;
  for (let tags = 0; tags < 4 && TAGS.includes(word(octets, at)); tags++) at += 4;
  return isIp(octets, at) ? at + 2 : undefined;
}

function isIp(octets: Uint8Array, at: number): boolean {
  return [IPV4, IPV6].includes(word(octets, at));
}

function version4(ip: Uint8Array, cut: number): Segment | "fragment" | "other" {
  const header = (ip[0]! & 15) * 4;
  if (header < 20 || ip.length < header || ip[9] !== TCP) return "other";
  if ((word(ip, 6) & 0x3fff) !== 0) return "fragment";
  // The length is 0 where the network card cuts packets into pieces after they were captured.
  const total = word(ip, 2) || ip.length + cut;
  const address = (at: number): string => ip.subarray(at, at + 4).join(".");
  return tcp(ip.subarray(header), total - header, address(12), address(16));
}

const TCP = 6;
/** Headers of options that may stand before TCP: hop by hop, routing, destination. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT = 44;

function version6(ip: Uint8Array, cut: number): Segment | "fragment" | "other" {
  if (ip.length < 40) return "other";
  const total = word(ip, 4) === 0 ? ip.length + cut : 40 + word(ip, 4);
  let [next, at] = [ip[6]!, 40];
  for (let headers = 0; headers < 8 && EXTENSIONS.has(next) && at + 2 <= ip.length; headers++) {
    next = ip[at]!;
    at += (ip[at + 1]! + 1) * 8;
  }
  if (next === FRAGMENT) return "fragment";
  if (next !== TCP || at > ip.length) return "other";
  return tcp(ip.subarray(at), total - at, address6(ip, 8), address6(ip, 24));
}

/** As RFC 5952 writes it: the first longest run of zeros is left out. */
function address6(ip: Uint8Array, start: number): string {
  const words = Array.from({ length: 8 }, (_, i) => word(ip, start + 2 * i));
  let [first, length] = [0, 0];
  for (let i = 0, run = 0; i < 8; i++) {
    run = words[i] === 0 ? run + 1 : 0;
    if (run > length) [first, length] = [i - run + 1, run];
  }
  const text = (some: readonly number[]): string => some.map((one) => one.toString(16)).join(":");
  if (length < 2) return text(words);
  return `${text(words.slice(0, first))}::${text(words.slice(first + length))}`;
}

function tcp(octets: Uint8Array, total: number, from: string, to: string): Segment | "other" {
  if (octets.length < 20) return "other";
  const header = (octets[12]! >> 4) * 4;
  const flags = octets[13]!;
  if (header < 20 || total < header) return "other";
  const length = total - header;
  return {
    from: { address: from, port: word(octets, 0) },
    to: { address: to, port: word(octets, 2) },
    sequence: long(octets, 4),
    ...((flags & 16) !== 0 && { acknowledged: long(octets, 8) }),
    syn: (flags & 2) !== 0,
    fin: (flags & 1) !== 0,
    rst: (flags & 4) !== 0,
    // Behind the packet's end there may be padding.
    octets: octets.subarray(header, header + length),
    length,
  };
}

function word(octets: Uint8Array, at: number): number {
  return (octets[at] ?? 0) * 256 + (octets[at + 1] ?? 0);
}

function long(octets: Uint8Array, at: number): number {
  return (word(octets, at) * 65536 + word(octets, at + 2)) >>> 0;
}
