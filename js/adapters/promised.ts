/** The line of a socket that reads and writes by promises, as those of Workers and Deno do. */
import { WRITE_OCTETS } from "../transport.js";
import type { Endpoint, Line, LineListener } from "../transport.js";

/** What such a socket does. */
export interface PromisedSocket {
  /** The next octets; nothing when the peer has ended its side. */
  read(): Promise<Uint8Array | undefined>;
  /** Settles when all of it is on its way. */
  write(bytes: Uint8Array): Promise<unknown>;
  /** Ends this side. */
  end(): Promise<unknown>;
  /** TLS takes over. */
  release?(): void;
}

/** One read at a time, one write after the other; what is not asked for stays in the socket. */
export class PromisedLine implements Line {
  readonly #socket: PromisedSocket;
  #listener: LineListener | undefined;
  #written: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #full = false;

  constructor(socket: PromisedSocket) {
    this.#socket = socket;
  }

  open(listener: LineListener): void {
    this.#listener = listener;
  }

  read(): void {
    this.#socket.read().then(
      (bytes) => {
        if (bytes === undefined) this.#listener?.ended();
        else this.#listener?.received(bytes);
      },
      (error: unknown) => this.#listener?.ended(error),
    );
  }

  write(bytes: Uint8Array): void {
    this.#waiting += bytes.length;
    this.#written = this.#written
      .then(() => this.#socket.write(bytes))
      .then(() => {
        this.#waiting -= bytes.length;
        if (!this.#full || this.#waiting >= WRITE_OCTETS) return;
        this.#full = false;
        this.#listener?.room();
      });
    this.#written.catch((error: unknown) => this.#listener?.lost(error));
  }

  get room(): boolean {
    this.#full = this.#waiting >= WRITE_OCTETS;
    return !this.#full;
  }

  async flushed(): Promise<void> {
    await this.#written;
  }

  async end(): Promise<void> {
    await this.#written;
    await this.#socket.end();
  }

  release(): void {
    this.#listener = undefined;
    this.#socket.release?.();
  }
}

/** An end of a connection, of an address and a port in one: `127.0.0.1:25`, `[::1]:25`. */
export function endpointOf(text: string | undefined): Endpoint | undefined {
  const [, address, port] = /^\[?(.+?)\]?:(\d+)$/.exec(text ?? "") ?? [];
  return address === undefined ? undefined : { address, port: Number(port) };
}
