/**
 * From segments to sessions: what each side of a TCP connection sent, in order and once, with gaps where the capture has none of
 * it (RFC 9293 section 3.4); and which side is the client.
 */
import { Flow } from "./flow.js";
import type { Flowing } from "./flow.js";
import { segmentOf } from "./packet.js";
import type { Segment } from "./packet.js";
import type { Capture } from "./pcap.js";
import type { Happening, Recorded, Side } from "./recording.js";
import type { TraceEndpoint, TraceNote } from "./trace.js";

/** A session of a capture. */
export interface Captured {
  readonly recorded: Recorded;
  readonly happenings: readonly Happening[];
}

/** More connections are not followed; scans of ports make them by the million. */
const MOST = 100_000;

/** The connections of a capture in which SMTP is spoken; what else is in it is said in `notes`. */
export function sessionsOf({ packets, resolution }: Capture, notes: TraceNote[]): Captured[] {
  const connections: Connection[] = [];
  const open = new Map<string, Connection>();
  const left = { fragment: 0, link: 0, other: 0, over: 0 };
  for (const packet of packets) {
    const segment = segmentOf(packet);
    if (typeof segment === "string") {
      left[segment]++;
      continue;
    }
    const key = keyOf(segment);
    let connection = open.get(key);
    if (connection === undefined || connection.isOver(segment)) {
      if (connections.length === MOST) {
        left.over++;
        continue;
      }
      connection = new Connection(segment);
      open.set(key, connection);
      connections.push(connection);
    }
    connection.segment(segment, packet.number, packet.at);
  }
  const recorded = connections.map((connection) => connection.recorded(resolution()));
  const sessions = recorded.filter((one) => one !== undefined);
  const others = recorded.length - sessions.length;
  const note = (count: number, what: string): void => {
    if (count > 0) notes.push({ message: `Left out: ${count} ${what}${count === 1 ? "" : "s"}.` });
  };
  note(others, "TCP connection without SMTP");
  note(left.over, `packet of connections after the first ${MOST}`);
  note(left.fragment, "fragment of an IP packet, which are not put together");
  note(left.link, "packet of a link that is not known");
  return sessions;
}

function keyOf({ from, to }: Segment): string {
  const ends = [from, to].map(({ address, port }) => `${address} ${port}`);
  return ends.sort().join(" ");
}

/** The ports of SMTP, submission and LMTP, by registration or by habit. */
const PORTS: ReadonlySet<number> = new Set([24, 25, 26, 465, 587, 588, 2525]);
const REPLY = /^[2-5]\d\d[ -]/;
const GREETING = /^(?:220|421|554)[ -]/;
const COMMAND = /^(?:EHLO|HELO|LHLO|MAIL FROM|RCPT TO|STARTTLS)(?:\W|$)/i;

/** What an end did, or what happened to the connection. */
interface Seen {
  readonly end: number;
  readonly place: number;
  readonly at: number | undefined;
  readonly what: Flowing | { readonly type: "reset" };
}

/** A connection; of its two ends, number 0 is the one that was seen first. */
class Connection {
  readonly #ends: readonly [Required<TraceEndpoint>, Required<TraceEndpoint>];
  readonly #seen: Seen[] = [];
  readonly #flows: readonly [Flow, Flow];
  /** The end that opened it. */
  #opener: number | undefined;
  #over = false;
  #segments = 0;

  constructor({ from, to }: Segment) {
    this.#ends = [from, to];
    this.#flows = [new Flow(), new Flow()];
  }

  /** Whether a segment belongs to another connection between the same ports. */
  isOver(segment: Segment): boolean {
    if (!segment.syn || segment.acknowledged !== undefined) return false;
    return this.#over || !this.#flows[this.#endOf(segment)]!.opens(segment.sequence);
  }

  segment(segment: Segment, place: number, at: number | undefined): void {
    this.#segments++;
    const end = this.#endOf(segment);
    const [flow, other] = [this.#flows[end]!, this.#flows[1 - end]!];
    if (segment.syn) this.#opener ??= segment.acknowledged === undefined ? end : 1 - end;
    if (segment.acknowledged !== undefined) other.acknowledge(segment.acknowledged);
    flow.add(segment);
    this.#release(place, at, segment.rst ? undefined : this.#segments);
    if (segment.rst && !this.#over) this.#seen.push({ end, place, at, what: { type: "reset" } });
    this.#over ||= segment.rst || (flow.closed && other.closed);
  }

  /** The session, if it is one of SMTP. */
  recorded(resolution: number | undefined): Captured | undefined {
    const last = this.#seen.at(-1);
    this.#release(last?.place ?? 1, last?.at);
    const client = this.#client();
    const [said, answered] = [this.#flows[client]!.start, this.#flows[1 - client]!.start];
    const port = PORTS.has(this.#ends[1 - client]!.port);
    if (!port && !COMMAND.test(said) && !(GREETING.test(answered) && said === "")) return undefined;
    const again = this.#flows[0].again + this.#flows[1].again;
    const recorded: Recorded = {
      client: this.#ends[client]!,
      server: this.#ends[1 - client]!,
      dated: true,
      ...(resolution !== undefined && { resolution }),
      wire: true,
      connected: this.#flows[1 - client]!.seen,
      notes:
        again === 0
          ? []
          : [{ message: `${again} ${again === 1 ? "segment" : "segments"} came more than once.` }],
    };
    const happenings = this.#seen.map((seen) => happeningOf(seen, seen.end === client ? "client" : "server"));
    return { recorded, happenings };
  }

  #client(): number {
    if (this.#opener !== undefined) return this.#opener;
    const [zero, one] = this.#ends.map(({ port }) => PORTS.has(port));
    if (zero !== one) return zero === true ? 1 : 0;
    for (const end of [0, 1]) {
      const { start } = this.#flows[end]!;
      if (COMMAND.test(start)) return end;
      if (REPLY.test(start)) return 1 - end;
    }
    return this.#ends[0].port < this.#ends[1].port ? 1 : 0;
  }

  #endOf({ from }: Segment): number {
    const [first] = this.#ends;
    return from.address === first.address && from.port === first.port ? 0 : 1;
  }

  /** Takes over what has become ready; all that there is when no segment is to come any more. */
  #release(place: number, at: number | undefined, segment?: number): void {
    const take = (end: number, lacks: (acknowledged: number) => boolean): void => {
      for (const what of this.#flows[end]!.release(lacks, segment)) this.#seen.push({ end, place, at, what });
    };
    let before: number;
    do {
      before = this.#seen.length;
      for (const end of [0, 1]) take(end, (acknowledged) => this.#flows[1 - end]!.lacks(acknowledged));
    } while (this.#seen.length > before);
    // Acknowledgements of what never was: nothing is to wait for them forever.
    if (segment === undefined) for (const end of [0, 1]) take(end, () => false);
  }
}

function happeningOf({ what, place, at }: Seen, side: Side): Happening {
  const when = { place, ...(at !== undefined && { at }) };
  switch (what.type) {
    case "octets":
      return { ...when, what: { type: "octets", from: side, octets: what.octets } };
    case "gap":
      return { ...when, what: { type: "gap", from: side, octets: what.octets } };
    case "closed":
      return { ...when, what: { type: "closed", side } };
    case "reset":
      return { ...when, what: { type: "closed", side: "link" } };
  }
}
