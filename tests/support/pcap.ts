/** Writes captures: a TCP connection as packets on some link, in a pcap or a pcapng file. Checksums are left out. */

/** Which link packets are captured on, by its number in the LINKTYPE registry of tcpdump.org. */
export const LINK = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  cooked: 113,
  ipv4: 228,
  ipv6: 229,
  cooked2: 276,
};

/** One packet: an IP packet, and when it was seen in milliseconds. */
export interface Packet {
  readonly at: number;
  readonly ip: Uint8Array;
}

export interface End {
  readonly address: string;
  readonly port: number;
}

const SYN = 2;
const FIN = 1;
const RST = 4;
const ACK = 16;
const PSH = 8;
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** One TCP connection; every call appends a packet. */
export class Connection {
  readonly packets: Packet[] = [];
  at = Date.UTC(2026, 2, 3, 10);
  readonly #ends: { client: End; server: End };
  /** The next sequence number of each side. */
  readonly #next: { client: number; server: number };

  constructor(
    client: End = { address: "192.0.2.1", port: 40000 },
    server: End = { address: "192.0.2.25", port: 25 },
    sequence = 0xffffff00,
  ) {
    this.#ends = { client, server };
    this.#next = { client: sequence, server: 7 };
  }

  open(): this {
    return this.#flags("client", SYN, 1)
      .#flags("server", SYN | ACK, 1)
      .#flags("client", ACK, 0);
  }

  client(text: string): this {
    return this.say("client", latin1(text));
  }

  server(text: string): this {
    return this.say("server", latin1(text));
  }

  say(from: "client" | "server", octets: Uint8Array): this {
    this.#packet(from, PSH | ACK, octets);
    this.#next[from] += octets.length;
    return this;
  }

  /** Sends octets that nobody captures. */
  lose(from: "client" | "server", octets: number): this {
    this.#next[from] += octets;
    return this;
  }

  acknowledge(from: "client" | "server"): this {
    return this.#flags(from, ACK, 0);
  }

  close(from: "client" | "server"): this {
    return this.#flags(from, FIN | ACK, 1);
  }

  reset(from: "client" | "server"): this {
    return this.#flags(from, RST | ACK, 0);
  }

  wait(milliseconds: number): this {
    this.at += milliseconds;
    return this;
  }

  /** The packets, some of them in another order, twice or not at all. */
  arranged(order: (packets: Packet[]) => Packet[]): Packet[] {
    return order([...this.packets]);
  }

  #flags(from: "client" | "server", flags: number, counts: number): this {
    this.#packet(from, flags, new Uint8Array());
    this.#next[from] += counts;
    return this;
  }

  #packet(from: "client" | "server", flags: number, octets: Uint8Array): void {
    const to = from === "client" ? "server" : "client";
    const head = new DataView(new ArrayBuffer(20));
    head.setUint16(0, this.#ends[from].port);
    head.setUint16(2, this.#ends[to].port);
    head.setUint32(4, this.#next[from] >>> 0);
    head.setUint32(8, flags & ACK ? this.#next[to] >>> 0 : 0);
    head.setUint8(12, 5 << 4);
    head.setUint8(13, flags);
    head.setUint16(14, 65535);
    const tcp = joined(new Uint8Array(head.buffer), octets);
    this.packets.push({ at: this.at, ip: ip(this.#ends[from].address, this.#ends[to].address, tcp) });
    this.at += 1;
  }
}

function ip(from: string, to: string, tcp: Uint8Array): Uint8Array {
  const six = from.includes(":");
  const head = new DataView(new ArrayBuffer(six ? 40 : 20));
  if (six) {
    head.setUint8(0, 0x60);
    head.setUint16(4, tcp.length);
    head.setUint8(6, 6);
    head.setUint8(7, 64);
  } else {
    head.setUint8(0, 0x45);
    head.setUint16(2, 20 + tcp.length);
    head.setUint8(8, 64);
    head.setUint8(9, 6);
  }
  const octets = new Uint8Array(head.buffer);
  octets.set(address(from), six ? 8 : 12);
  octets.set(address(to), six ? 24 : 16);
  return joined(octets, tcp);
}

function address(text: string): number[] {
  if (!text.includes(":")) return text.split(".").map(Number);
  const [left = "", right = ""] = text.split("::");
  const words = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((word) => parseInt(word, 16));
  const [before, after] = [words(left), words(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 255]);
}

/** An IP packet as it is on a link. */
export function framed(link: number, packet: Uint8Array, tags = 0): Uint8Array {
  const six = packet[0]! >> 4 === 6;
  const type = six ? [0x86, 0xdd] : [8, 0];
  switch (link) {
    case LINK.null:
      return joined(Uint8Array.of(six ? 24 : 2, 0, 0, 0), packet);
    case LINK.loop:
      return joined(Uint8Array.of(0, 0, 0, six ? 24 : 2), packet);
    case LINK.ethernet: {
      const tagged = Array.from({ length: tags }, () => [0x81, 0, 0, 7]).flat();
      return joined(Uint8Array.from([...Array<number>(12).fill(2), ...tagged, ...type]), packet);
    }
    case LINK.cooked:
      return joined(Uint8Array.from([...Array<number>(14).fill(0), ...type]), packet);
    case LINK.cooked2:
      return joined(Uint8Array.from([...type, ...Array<number>(18).fill(0)]), packet);
    default:
      return packet;
  }
}

/** How a capture is written. */
export interface Form {
  link?: number;
  /** The order of octets in numbers. */
  little?: boolean;
  /** Nanoseconds rather than microseconds. */
  nano?: boolean;
  /** How much of a packet is kept. */
  snap?: number;
  /** Tags of virtual LANs. */
  tags?: number;
}

/** A pcap file. */
export function pcap(packets: readonly Packet[], form: Form = {}): Uint8Array {
  const { link = LINK.ethernet, little = true, nano = false, snap = 65535, tags = 0 } = form;
  const head = numbers(
    little,
    [4, nano ? 0xa1b23c4d : 0xa1b2c3d4],
    [2, 2],
    [2, 4],
    [4, 0],
    [4, 0],
    [4, snap],
    [4, link],
  );
  const records = packets.map(({ at, ip: packet }) => {
    const frame = framed(link, packet, tags);
    const kept = frame.subarray(0, snap);
    const fraction = Math.round((at % 1000) * (nano ? 1e6 : 1e3));
    return joined(
      numbers(little, [4, Math.floor(at / 1000)], [4, fraction], [4, kept.length], [4, frame.length]),
      kept,
    );
  });
  return joined(head, ...records);
}

/** A pcapng file, with Enhanced Packet Blocks. */
export function pcapng(packets: readonly Packet[], form: Form = {}): Uint8Array {
  const { link = LINK.ethernet, little = true, nano = false, snap = 0, tags = 0 } = form;
  const block = (type: number, body: Uint8Array): Uint8Array => {
    const padded = joined(body, new Uint8Array((4 - (body.length % 4)) % 4));
    const length = padded.length + 12;
    return joined(numbers(little, [4, type], [4, length]), padded, numbers(little, [4, length]));
  };
  const options = nano
    ? joined(numbers(little, [2, 9], [2, 1]), Uint8Array.of(9, 0, 0, 0), new Uint8Array(4))
    : new Uint8Array();
  const section = numbers(little, [4, 0x1a2b3c4d], [2, 1], [2, 0], [4, 0xffffffff], [4, 0xffffffff]);
  const blocks = packets.map(({ at, ip: packet }) => {
    const frame = framed(link, packet, tags);
    const kept = snap === 0 ? frame : frame.subarray(0, snap);
    const ticks = BigInt(Math.round(at * 1000)) * (nano ? 1000n : 1n);
    const time = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)] as const;
    const head = numbers(little, [4, 0], [4, time[0]], [4, time[1]], [4, kept.length], [4, frame.length]);
    return block(6, joined(head, kept));
  });
  const one = block(1, joined(numbers(little, [2, link], [2, 0], [4, snap]), options));
  // A block that nobody needs to know, among those that one must.
  return joined(block(0x0a0d0d0a, section), one, block(0x0bad, latin1("whatever")), ...blocks);
}

function numbers(
  little: boolean,
  ...fields: readonly (readonly [octets: 2 | 4, value: number])[]
): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [octets]) => sum + octets, 0)));
  let at = 0;
  for (const [octets, value] of fields) {
    if (octets === 2) view.setUint16(at, value, little);
    else view.setUint32(at, value >>> 0, little);
    at += octets;
  }
  return new Uint8Array(view.buffer);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
