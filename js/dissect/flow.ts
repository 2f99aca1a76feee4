/** One direction of a TCP connection: segments as they were captured become octets in their order (RFC 9293 section 3.4). */
import type { Segment } from "./packet.js";
import { textOf } from "./recording.js";

/** What comes of segments. */
export type Flowing =
  | { readonly type: "octets"; readonly octets: Uint8Array }
  | { readonly type: "gap"; readonly octets: number }
  | { readonly type: "closed" };

/** Segments that wait for one before them. */
const WAITING = 1024;
/** Segments of the connection after which one that has been acknowledged will not be captured any more. */
const PATIENCE = 3;
/** No window is larger than that by much; what is farther away is not of this connection. */
const FAR = 1 << 26;

interface Waiting {
  readonly sequence: number;
  readonly octets: Uint8Array;
  readonly length: number;
  /** What its sender had of the other direction. */
  readonly acknowledged: number | undefined;
}

export class Flow {
  /** The first octets, as text. */
  start = "";
  /** Whether anything came from there. */
  seen = false;
  closed = false;
  /** Segments that came more than once. */
  again = 0;
  /** The sequence number that comes next. */
  #next: number | undefined;
  #initial: number | undefined;
  /** In their order. */
  #waiting: Waiting[] = [];
  #end: { readonly sequence: number; readonly acknowledged: number | undefined } | undefined;
  /** How far the other side has it. */
  #acknowledged: number | undefined;
  /** What is missing and was acknowledged: where it begins, and the segment of the connection at which that was seen. */
  #hole: { readonly sequence: number; readonly segment: number } | undefined;

  /** Whether a SYN with this sequence number can be the one that opened it. */
  opens(sequence: number): boolean {
    return this.#initial === sequence || this.#next === undefined || this.#next === (sequence + 1) >>> 0;
  }

  acknowledge(sequence: number): void {
    this.#next ??= sequence;
    if (this.#acknowledged === undefined || after(sequence, this.#acknowledged) > 0)
      this.#acknowledged = sequence;
  }

  add({ sequence, acknowledged, octets, length, syn, fin, rst }: Segment): void {
    this.seen ||= !rst;
    if (syn) this.#initial ??= sequence;
    if (rst) return;
    const first = syn ? (sequence + 1) >>> 0 : sequence;
    this.#next ??= first;
    const ahead = after(first, this.#next);
    if (Math.abs(ahead) > FAR) return;
    if (fin) this.#end ??= { sequence: (first + length) >>> 0, acknowledged };
    if (length === 0) return;
    if (ahead + length <= 0) {
      if (length > 1) this.again++; // one octet keeps a connection alive
      return;
    }
    this.#wait({ sequence: first, octets, length, acknowledged });
  }

  /** Whether something before this acknowledgement is still to come from here; the end of the connection is nothing. */
  lacks(acknowledged: number): boolean {
    return this.#lack(acknowledged) > 0;
  }

  /**
   * What has become ready at this segment of the connection; without one, all, for nothing more will come. Nothing is before
   * what its sender had of the other direction: `lacks` tells.
   */
  *release(lacks: (acknowledged: number) => boolean, segment?: number): Generator<Flowing> {
    for (;;) {
      const one = this.#waiting[0];
      const ahead = one === undefined ? this.#lost() : after(one.sequence, this.#next!);
      if (ahead > 0) {
        if (!this.#isGone(segment, one)) return;
        this.#next = (this.#next! + ahead) >>> 0;
        yield { type: "gap", octets: ahead };
      } else if (one !== undefined) {
        const held = one.acknowledged !== undefined && lacks(one.acknowledged);
        if (held && this.#waiting.length <= WAITING) return;
        this.#waiting.shift();
        yield* this.#deliver(one, -ahead);
      } else break;
    }
    if (this.closed || this.#next === undefined || this.#end?.sequence !== this.#next) return;
    if (this.#end.acknowledged !== undefined && lacks(this.#end.acknowledged)) return;
    this.closed = true;
    yield { type: "closed" };
  }

  *#deliver({ octets, length }: Waiting, known: number): Generator<Flowing> {
    if (known >= length) {
      this.again++;
      return;
    }
    this.#next = (this.#next! + length - known) >>> 0;
    const fresh = octets.subarray(known);
    if (this.start.length < 16) this.start += textOf(fresh.subarray(0, 16));
    if (fresh.length > 0) yield { type: "octets", octets: fresh };
    const cut = Math.min(length - octets.length, length - known);
    if (cut > 0) yield { type: "gap", octets: cut };
  }

  /** How much the other side has that nobody saw. */
  #lost(): number {
    return this.#acknowledged === undefined ? 0 : this.#lack(this.#acknowledged);
  }

  /** How much is still to come before an acknowledgement, in which the end of the connection counts as one octet. */
  #lack(acknowledged: number): number {
    if (this.#next === undefined) return 0;
    const lack = after(acknowledged, this.#next);
    const ended = this.#end === undefined ? lack === 1 : acknowledged === (this.#end.sequence + 1) >>> 0;
    return lack > FAR ? 0 : lack - (ended ? 1 : 0);
  }

  /** Whether what is missing before `one` will not come any more. */
  #isGone(segment: number | undefined, one: Waiting | undefined): boolean {
    if (segment === undefined || this.#waiting.length > WAITING) return true;
    if (one !== undefined && after(this.#acknowledged ?? this.#next!, one.sequence) < 0) return false;
    const hole = this.#hole?.sequence === this.#next ? this.#hole : undefined;
    if (hole === undefined) this.#hole = { sequence: this.#next!, segment };
    return hole !== undefined && segment >= hole.segment + PATIENCE;
  }

  /** Puts a segment where it belongs; most are the last. */
  #wait(one: Waiting): void {
    let [low, high] = [0, this.#waiting.length];
    if (high > 0 && after(one.sequence, this.#waiting[high - 1]!.sequence) >= 0) low = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (after(one.sequence, this.#waiting[middle]!.sequence) >= 0) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, one);
  }
}

/** How far one sequence number is after another, modulo their number. */
function after(one: number, other: number): number {
  return (one - other) | 0;
}
