/**
 * A connection inside one program: two transports, each the other's peer, with back-pressure, half-close and a TLS
 * handshake that only pretends. For tests, examples and the playground.
 */
import { ClosedError, InputError, TlsError } from "../errors.js";
import type { Endpoint, Transport } from "../transport.js";

/** How the two ends are joined. */
export interface LoopbackOptions {
  /** Both ends have `startTls`; it resolves when both have asked for it. Nothing is encrypted. */
  readonly tls?: boolean;
  /** Cut what is sent into pieces of this many octets, whatever is written at once. Default: not cut. */
  readonly chunk?: number;
}

const ENDS: readonly [Endpoint, Endpoint] = [
  { address: "127.0.0.1", port: 1 },
  { address: "127.0.0.1", port: 25 },
];
/** How much one direction holds until the writer has to wait. */
const BUFFER_OCTETS = 64 * 1024;

/** Makes two transports that are each other's peer: the first is meant for the client, the second for the server. */
export function loopback(options: LoopbackOptions = {}): [Transport, Transport] {
  const { tls = false, chunk = Infinity } = options;
  if (chunk !== Infinity && !(Number.isSafeInteger(chunk) && chunk > 0))
    throw new InputError("the option chunk must be a whole number of octets, at least 1", { field: "chunk" });
  return new Wire(chunk, tls, false).ends;
}

/** Both directions, and the handshake that replaces them. */
class Wire {
  readonly ends: [Transport, Transport];
  readonly #chunk: number;
  readonly #pipes: readonly [Pipe, Pipe];
  /** Who has asked for TLS, and waits for the other one. */
  readonly #asked: (Handshake | undefined)[] = [];
  #over = false;

  constructor(chunk: number, tls: boolean, secure: boolean) {
    this.#chunk = chunk;
    this.#pipes = [new Pipe(chunk), new Pipe(chunk)];
    this.ends = [this.#end(0, tls, secure), this.#end(1, tls, secure)];
  }

  #end(side: 0 | 1, tls: boolean, secure: boolean): Transport {
    const out = this.#pipes[side];
    const back = this.#pipes[1 - side]!;
    let secured: Transport | undefined;
    const close = async (): Promise<void> => {
      if (secured !== undefined) return secured.close();
      this.#close(out, back);
    };
    const startTls = async (): Promise<Transport> => (secured = await this.#startTls(side));
    return {
      readable: back.readable,
      writable: out.writable,
      secure,
      local: ENDS[side],
      remote: ENDS[1 - side]!,
      ...(tls && !secure && { startTls }),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  #close(out: Pipe, back: Pipe): void {
    this.#over = true;
    out.end();
    back.fail(new ClosedError("the connection was closed"));
    for (const asked of this.#asked)
      asked?.reject(new TlsError("the connection was closed in the TLS handshake"));
  }

  #startTls(side: 0 | 1): Promise<Transport> {
    return new Promise((resolve, reject) => {
      if (this.#over || this.#asked[side] !== undefined)
        return reject(new TlsError("there is no connection to begin TLS on"));
      this.#asked[side] = { resolve, reject };
      const [one, other] = this.#asked;
      if (one === undefined || other === undefined) return;
      if (this.#pipes.some((pipe) => pipe.holds)) {
        const error = new TlsError("plaintext came where the TLS handshake should begin");
        one.reject(error);
        return other.reject(error);
      }
      const { ends } = new Wire(this.#chunk, false, true);
      one.resolve(ends[0]);
      other.resolve(ends[1]);
    });
  }
}

interface Handshake {
  resolve: (transport: Transport) => void;
  reject: (error: TlsError) => void;
}

/** One direction. A write is done when it was read as a whole. */
class Pipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #chunk: number;
  #reads!: ReadableStreamDefaultController<Uint8Array>;
  #writes!: WritableStreamDefaultController;
  #held: Uint8Array | undefined;
  #taken: (() => void) | undefined;
  #wanted: (() => void) | undefined;
  #over = false;

  constructor(chunk: number) {
    this.#chunk = chunk;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#reads = controller),
        pull: () => this.#pull(),
        cancel: () => this.#abandon(new ClosedError("the peer reads no more")),
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>(
      {
        start: (controller) => void (this.#writes = controller),
        write: (bytes) => this.#write(bytes),
        close: () => this.end(),
        abort: () => this.fail(new ClosedError("the connection was lost")),
      },
      { highWaterMark: BUFFER_OCTETS, size: (bytes) => bytes.byteLength },
    );
  }

  /** Whether something was written that nobody has read. */
  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** The reader gets what it has not read yet, then the end; the writer fails. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#held !== undefined) this.#reads.enqueue(this.#held);
    this.#reads.close();
    this.#abandon(new ClosedError("the connection was closed"));
  }

  /** Both sides fail. */
  fail(error: ClosedError): void {
    if (!this.#over) this.#reads.error(error);
    this.#over = true;
    this.#abandon(error);
  }

  #abandon(error: ClosedError): void {
    this.#over = true;
    this.#held = undefined;
    this.#writes.error(error);
    this.#taken?.();
    this.#wanted?.();
  }

  #write(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    this.#held = bytes.slice();
    return new Promise((resolve) => {
      this.#taken = resolve;
      this.#wanted?.();
    });
  }

  #pull(): Promise<void> | undefined {
    if (this.#held !== undefined) {
      this.#give();
      return undefined;
    }
    return new Promise((resolve) => {
      this.#wanted = () => {
        this.#wanted = undefined;
        if (!this.#over) this.#give();
        resolve();
      };
    });
  }

  #give(): void {
    const held = this.#held!;
    const piece = held.subarray(0, this.#chunk);
    this.#reads.enqueue(piece);
    this.#held = piece.length < held.length ? held.subarray(piece.length) : undefined;
    if (this.#held === undefined) this.#taken?.();
  }
}
