/**
 * Captures of packets: the files of tcpdump and Wireshark, pcap (draft-ietf-opsawg-pcap) and pcapng
 * (draft-ietf-opsawg-pcapng), down to the packets in them.
 */
import { Unreadable } from "./recording.js";
import type { TraceNote } from "./trace.js";

/** A packet as it was captured. */
export interface Packet {
  /** From 1. */
  readonly number: number;
  /** Milliseconds since 1970; absent where the capture has no time. */
  readonly at?: number;
  /** What it begins with (the LINKTYPE registry of tcpdump.org). */
  readonly link: number;
  readonly octets: Uint8Array;
  /** How many octets were left out at its end. */
  readonly cut: number;
}

/** The packets of a capture, and how fine its times are in milliseconds. */
export interface Capture {
  readonly packets: Iterable<Packet>;
  readonly resolution: () => number | undefined;
}

const MAGIC = 0xa1b2c3d4;
const MAGIC_NANO = 0xa1b23c4d;
const BLOCK_SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;

/** Which kind of capture these octets begin like. */
export function captureFormat(octets: Uint8Array): "pcap" | "pcapng" | undefined {
  if (octets.length < 4) return undefined;
  const view = viewOf(octets);
  const [big, little] = [view.getUint32(0), view.getUint32(0, true)];
  if (big === BLOCK_SECTION) return "pcapng";
  return [big, little].some((magic) => magic === MAGIC || magic === MAGIC_NANO) ? "pcap" : undefined;
}

/** Opens a capture; `notes` gets what is wrong with it. Throws {@link Unreadable} when it is none. */
export function capture(octets: Uint8Array, format: "pcap" | "pcapng", notes: TraceNote[]): Capture {
  if (captureFormat(octets) !== format)
    throw new Unreadable(`a ${format} file has to begin with its magic number, and this does not (octet 0)`);
  return format === "pcap" ? classic(octets, notes) : nextGeneration(octets, notes);
}

function classic(octets: Uint8Array, notes: TraceNote[]): Capture {
  if (octets.length < 24)
    throw new Unreadable(
      `the capture ends in its header: it has ${octets.length} of 24 octets; capture again or copy it whole`,
    );
  const view = viewOf(octets);
  const little = [MAGIC, MAGIC_NANO].includes(view.getUint32(0, true));
  const nano = view.getUint32(0, little) === MAGIC_NANO;
  const link = view.getUint32(20, little) & 0xffff;
  function* packets(): Generator<Packet> {
    let number = 0;
    for (let at = 24; at < octets.length;) {
      const length = at + 16 <= octets.length ? view.getUint32(at + 8, little) : 0;
      if (at + 16 + length > octets.length) return endsIn(notes, number + 1);
      const seconds = view.getUint32(at, little);
      const fraction = view.getUint32(at + 4, little);
      const original = view.getUint32(at + 12, little);
      yield {
        number: ++number,
        at: seconds * 1000 + fraction / (nano ? 1e6 : 1e3),
        link,
        octets: octets.subarray(at + 16, at + 16 + length),
        cut: Math.max(0, original - length),
      };
      at += 16 + length;
    }
  }
  return { packets: packets(), resolution: () => (nano ? 1e-6 : 1e-3) };
}

/** One interface of a pcapng section. */
interface Interface {
  readonly link: number;
  /** Of how many a second its times count. */
  readonly unit: number;
  /** Seconds to add. */
  readonly offset: number;
  readonly snap: number;
}

function nextGeneration(octets: Uint8Array, notes: TraceNote[]): Capture {
  const view = viewOf(octets);
  let resolution: number | undefined;
  function* packets(): Generator<Packet> {
    let number = 0;
    let little = false;
    let interfaces: Interface[] = [];
    for (let at = 0; at < octets.length;) {
      if (at + 12 > octets.length) return endsIn(notes, number + 1);
      const section = view.getUint32(at) === BLOCK_SECTION;
      if (section) {
        little = view.getUint32(at + 8, true) === BYTE_ORDER;
        interfaces = [];
        if (!little && view.getUint32(at + 8) !== BYTE_ORDER) return broken(notes, number + 1, at);
      }
      const type = view.getUint32(at, little);
      const length = view.getUint32(at + 4, little);
      if (length < 12 || length % 4 !== 0) return broken(notes, number + 1, at);
      if (at + length > octets.length) return endsIn(notes, number + 1);
      const body = new DataView(octets.buffer, octets.byteOffset + at + 8, length - 12);
      if (type === 1 && body.byteLength >= 8) interfaces.push(interfaceOf(body, little));
      else if (type === 6 || type === 2 || type === 3) {
        const packet = packetOf(type, body, little, interfaces);
        if (packet === undefined) return broken(notes, number + 1, at);
        const { start, captured, original, one, ticks } = packet;
        const time = ticks === undefined ? undefined : one.offset * 1000 + (ticks / one.unit) * 1000;
        if (time !== undefined) resolution ??= 1000 / one.unit;
        yield {
          number: ++number,
          ...(time !== undefined && { at: time }),
          link: one.link,
          octets: octets.subarray(at + 8 + start, at + 8 + start + captured),
          cut: Math.max(0, original - captured),
        };
      }
      at += length;
    }
  }
  return { packets: packets(), resolution: () => resolution };
}

interface PacketBlock {
  readonly one: Interface;
  readonly ticks?: number;
  readonly start: number;
  readonly captured: number;
  readonly original: number;
}

/** An Enhanced (6), Simple (3) or obsolete (2) Packet Block; nothing where its lengths cannot be. */
function packetOf(
  type: number,
  body: DataView,
  little: boolean,
  interfaces: readonly Interface[],
): PacketBlock | undefined {
  const simple = type === 3;
  const start = simple ? 4 : 20;
  if (body.byteLength < start) return undefined;
  const one = interfaces[simple ? 0 : type === 2 ? body.getUint16(0, little) : body.getUint32(0, little)];
  if (one === undefined) return undefined;
  const room = body.byteLength - start;
  if (simple) {
    const original = body.getUint32(0, little);
    const captured = Math.min(original, room, one.snap === 0 ? Infinity : one.snap);
    return { one, start, captured, original };
  }
  const captured = body.getUint32(12, little);
  if (captured > room) return undefined;
  const ticks = body.getUint32(4, little) * 2 ** 32 + body.getUint32(8, little);
  return { one, ticks, start, captured, original: body.getUint32(16, little) };
}

function interfaceOf(body: DataView, little: boolean): Interface {
  let [unit, offset] = [1e6, 0];
  for (let at = 8; at + 4 <= body.byteLength;) {
    const code = body.getUint16(at, little);
    const length = body.getUint16(at + 2, little);
    if (code === 0 || at + 4 + length > body.byteLength) break;
    const resolution = code === 9 && length >= 1 ? body.getUint8(at + 4) : undefined;
    if (resolution !== undefined) unit = resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
    if (code === 14 && length >= 8) offset = Number(body.getBigInt64(at + 4, little));
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return { link: body.getUint16(0, little), unit, offset, snap: body.getUint32(4, little) };
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}

function endsIn(notes: TraceNote[], place: number): void {
  notes.push({ message: "The capture ends in the midst of a packet; what comes before it was read.", place });
}

function broken(notes: TraceNote[], place: number, at: number): void {
  notes.push({ message: `The capture is broken at octet ${at}; what comes before it was read.`, place });
}
