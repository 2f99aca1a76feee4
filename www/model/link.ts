/**
 * The connection of a session: two transports, and between them a link that takes its time, cuts what is sent into
 * pieces, can be lost, and remembers each octet that went over it and when. No DOM.
 */
import type { Transport } from "edgepost";
import type { LinkPlan } from "./plan.js";
import type { Simulation } from "./simulation.js";

export type Side = "client" | "server";

/** Octets that went over the link together. */
export interface Piece {
  readonly from: Side;
  /** The first octet, of those that this side has sent in the session. */
  readonly start: number;
  readonly end: number;
  readonly sent: number;
  /** Absent: it was lost. */
  arrived?: number;
}

/** How much may be under way in one direction, as TCP's window: octets. */
const WINDOW = 1 << 20;

export class Link {
  readonly pieces: Piece[] = [];
  readonly client: Transport;
  readonly server: Transport;
  readonly #simulation: Simulation;
  readonly #plan: LinkPlan;
  readonly #octets: Record<Side, Octets> = { client: new Octets(), server: new Octets() };
  #directions: Record<Side, Direction>;
  readonly #trusted: boolean;
  #handshake: Partial<Record<Side, Asked>> = {};
  #lost = false;
  /** Is called when the connection breaks. */
  onLost: () => void = () => {};

  /** `trusted`: whether the client trusts the server's certificate. `secure`: TLS from the beginning. */
  constructor(simulation: Simulation, plan: LinkPlan, how: { trusted: boolean; secure: boolean }) {
    this.#simulation = simulation;
    this.#plan = plan;
    this.#trusted = how.trusted;
    this.#directions = { client: this.#direction("client"), server: this.#direction("server") };
    this.client = this.#end("client", how.secure);
    this.server = this.#end("server", how.secure);
  }

  /** All octets that a side has sent, whether they arrived or not. */
  sent(side: Side): Uint8Array {
    return this.#octets[side].all();
  }

  /** How many octets a side has sent. */
  count(side: Side): number {
    return this.#octets[side].length;
  }

  get delay(): number {
    return this.#plan.delay;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** The connection breaks: what is under way does not arrive, and both sides see that it is gone. */
  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.onLost();
    for (const direction of Object.values(this.#directions))
      direction.fail(new Error("the connection was lost"));
    for (const waiting of Object.values(this.#handshake))
      waiting.reject(new Error("the connection was lost in the TLS handshake"));
  }

  #direction(from: Side): Direction {
    const simulation = this.#simulation;
    const direction: Direction = new Direction({
      carry: (bytes) => this.#carry(from, bytes),
      close: () => simulation.after(this.#plan.delay, () => direction.end()),
      touch: () => simulation.touch(),
    });
    return direction;
  }

  #carry(from: Side, bytes: Uint8Array): Promise<void> | undefined {
    if (this.#lost) throw new Error("the connection was lost");
    const simulation = this.#simulation;
    const direction = this.#directions[from];
    const step = this.#plan.chunk > 0 ? this.#plan.chunk : bytes.length;
    for (let at = 0; at < bytes.length; at += step) {
      const octets = bytes.slice(at, at + step);
      const start = this.#octets[from].add(octets);
      const piece: Piece = { from, start, end: start + octets.length, sent: simulation.now };
      this.pieces.push(piece);
      direction.underWay += octets.length;
      simulation.after(this.#plan.delay, () => {
        direction.underWay -= octets.length;
        if (this.#lost || this.#directions[from] !== direction) return;
        if (direction.arrive(octets)) piece.arrived = simulation.now;
      });
    }
    return direction.underWay > WINDOW ? direction.room() : undefined;
  }

  #end(side: Side, secure: boolean): Transport {
    const out = this.#directions[side];
    const back = this.#directions[side === "client" ? "server" : "client"];
    const close = async (): Promise<void> => {
      out.close();
      back.stop(new Error("the connection was closed"));
    };
    return {
      readable: back.readable,
      writable: out.writable,
      secure,
      ...(!secure && { startTls: () => this.#startTls(side) }),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  /** One round trip, as TLS 1.3 takes: the client's hello, and the server's answer to it. */
  #startTls(side: Side): Promise<Transport> {
    if (this.#lost) return Promise.reject(new Error("the connection was lost in the TLS handshake"));
    this.#simulation.touch();
    return new Promise((resolve, reject) => {
      this.#handshake[side] = { resolve, reject };
      const { client, server } = this.#handshake;
      if (client !== undefined && server !== undefined) this.#shake(client, server);
    });
  }

  #shake(client: Asked, server: Asked): void {
    const fail = (words: string): void => {
      client.reject(new Error(words));
      server.reject(new Error(words));
    };
    if (Object.values(this.#directions).some((direction) => direction.holds))
      return fail("plaintext came where the TLS handshake should begin");
    this.#simulation.after(2 * this.#plan.delay, () => {
      if (this.#lost) return;
      if (!this.#trusted) return fail("the server's certificate is not of an authority that is trusted");
      this.#directions = { client: this.#direction("client"), server: this.#direction("server") };
      client.resolve(this.#end("client", true));
      server.resolve(this.#end("server", true));
    });
  }
}

/** A side that waits for the TLS handshake. */
interface Asked {
  resolve(transport: Transport): void;
  reject(error: Error): void;
}

/** How what is written gets to the other end. */
interface Way {
  carry(bytes: Uint8Array): Promise<void> | undefined;
  close(): void;
  touch(): void;
}

/** What one side sends to the other. */
class Direction {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  underWay = 0;
  readonly #way: Way;
  #closing = false;
  #reads!: ReadableStreamDefaultController<Uint8Array>;
  #writes!: WritableStreamDefaultController;
  #arrived: Uint8Array[] = [];
  #wanted: (() => void) | undefined;
  #waiting: (() => void) | undefined;
  #over = false;
  #ended = false;

  constructor(way: Way) {
    this.#way = way;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#reads = controller),
        pull: () => this.#pull(),
        cancel: () => void (this.#over = true),
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>(
      {
        start: (controller) => void (this.#writes = controller),
        write: (bytes) => {
          way.touch();
          return bytes.length > 0 ? way.carry(bytes) : undefined;
        },
        close: () => this.close(),
        abort: () => this.close(),
      },
      { highWaterMark: WINDOW, size: (bytes) => bytes.byteLength },
    );
  }

  /** Whether something is under way or has come, that nobody has read. */
  get holds(): boolean {
    return this.underWay > 0 || this.#arrived.length > 0;
  }

  /** Whether there is somebody to take it. */
  arrive(octets: Uint8Array): boolean {
    if (!this.#over) this.#arrived.push(octets);
    this.#wanted?.();
    if (this.underWay <= WINDOW) this.#waiting?.();
    return !this.#over;
  }

  /** Resolves when less than the window is under way. */
  room(): Promise<void> {
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  /** The writer has said all. */
  close(): void {
    if (!this.#closing) this.#way.close();
    this.#closing = true;
  }

  /** The reader gets what has come, then the end. */
  end(): void {
    this.#ended = true;
    this.#wanted?.();
    this.#waiting?.();
  }

  /** Nobody reads any more; the one who writes does not know it. */
  stop(error: Error): void {
    if (!this.#over) this.#reads.error(error);
    this.#over = true;
  }

  fail(error: Error): void {
    this.stop(error);
    this.#writes.error(error);
    this.#waiting?.();
    this.#wanted?.();
    this.#way.touch();
  }

  #pull(): Promise<void> | undefined {
    this.#way.touch();
    if (this.#give()) return undefined;
    return new Promise((resolve) => {
      this.#wanted = () => {
        if (!this.#give()) return;
        this.#wanted = undefined;
        resolve();
      };
    });
  }

  #give(): boolean {
    this.#way.touch();
    if (this.#over) return true;
    const octets = this.#arrived.shift();
    if (octets !== undefined) this.#reads.enqueue(octets);
    else if (this.#ended) {
      this.#over = true;
      this.#reads.close();
    } else return false;
    return true;
  }
}

/** Octets that grow. */
class Octets {
  #bytes = new Uint8Array(1024);
  length = 0;

  /** Gives where they begin. */
  add(octets: Uint8Array): number {
    const start = this.length;
    this.length += octets.length;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    this.#bytes.set(octets, start);
    return start;
  }

  all(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}
