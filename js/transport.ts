/**
 * What an adapter gives: a connection as two web streams, in the shape of the WinterTC sockets proposal, that may be
 * upgraded to TLS once (RFC 3207). And what the pump makes of it: a connection by calls, without a promise for each.
 */

/** One end of a connection. */
export interface Endpoint {
  /** The IP address, as text without brackets. */
  readonly address: string;
  readonly port: number;
}

/**
 * What both ends of one TLS connection know of it, and nobody in between (RFC 5056): the hash of the server's certificate
 * (RFC 5929), or keying material of this very connection (RFC 9266).
 */
export interface ChannelBinding {
  readonly type: "tls-exporter" | "tls-server-end-point";
  readonly data: Uint8Array;
}

/** What an upgrade to TLS may be told; an adapter knows the rest from where it connected to. */
export interface StartTlsOptions {
  /** The name that the server's certificate must carry, and that is sent as SNI. */
  readonly servername?: string;
}

/** A connection to a peer, in octets. */
export interface Transport extends AsyncDisposable {
  /** What the peer sends. Ends when the peer ends its side; errors when the connection is lost. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What is sent to the peer. Closing it ends this side only. */
  readonly writable: WritableStream<Uint8Array>;
  /** Whether the connection is under TLS. */
  readonly secure: boolean;
  /** The peer's end, where it is known. */
  readonly remote?: Endpoint | undefined;
  /** This end, where it is known. */
  readonly local?: Endpoint | undefined;
  /**
   * Begins TLS on this connection and gives the secured one; this transport is used up by it. Neither stream may be
   * locked. Absent where the runtime or the other side of the wire cannot. Rejects with a `TlsError`.
   */
  startTls?(options?: StartTlsOptions): Promise<Transport>;
  /** What the connection can be bound to, the best first; nothing in clear. Absent where the runtime does not tell. */
  channelBinding?(): readonly ChannelBinding[] | Promise<readonly ChannelBinding[]>;
  /** Gives the connection up, in both directions, at once. Never rejects. */
  close(): Promise<void>;
}

/** What a connector is asked for. */
export interface OpenOptions {
  /** Make the TLS handshake before anything else (RFC 8314 section 3). */
  readonly implicitTls: boolean;
  /** Gives up: the attempt is undone and `open` rejects. */
  readonly signal?: AbortSignal;
}

/** A way to a server: `tcp()` of an adapter makes one. */
export interface Connector {
  readonly host: string;
  readonly port: number;
  /** Connects. Rejects with a `ClosedError` (nobody there), a `TlsError` or the signal's reason. */
  open(options: OpenOptions): Promise<Transport>;
}

/**
 * Writes up to this many octets are joined into one.
 * @internal
 */
export const WRITE_OCTETS = 64 * 1024;

/**
 * Content travels in pieces of at most this many octets.
 * @internal
 */
export const PIECE_OCTETS = 256 * 1024;

/**
 * A connection by calls, which is what sockets are at heart: the pump drives this. Streams are made of it, or it of
 * streams, where the one is wanted and the other is there.
 * @internal
 */
export interface Line {
  /** Begins; all that happens is told to `listener`, never from within a call. */
  open(listener: LineListener): void;
  /** Asks for octets: `received` or `ended` follows, once. */
  read(): void;
  /** Writes, in order. Its failure is told by `ended`, or `lost` if the peer may still be heard. */
  write(bytes: Uint8Array): void;
  /** Whether it is time to write more; `room` follows when it is again. */
  readonly room: boolean;
  /** Settles when all that was written is on its way. */
  flushed(): Promise<void>;
  /** Ends this side after all that was written. */
  end(): Promise<void>;
  /** Lets the connection go, for TLS to take over. Nothing more is told. */
  release(): void;
}

/** Who hears of a line. */
export interface LineListener {
  received(bytes: Uint8Array): void;
  /** No more will be received: the peer has ended its side, or by `error`. */
  ended(error?: unknown): void;
  /** More may be written. */
  room(): void;
  /** Nothing more can be written. */
  lost(error: unknown): void;
}

const LINE: unique symbol = Symbol("line");

/**
 * A transport of an adapter that has a line.
 * @internal
 */
export interface LineTransport extends Transport {
  readonly [LINE]: () => Line | undefined;
}

/**
 * What a transport is beside its line.
 * @internal
 */
export interface LineDetails extends Pick<
  Transport,
  "secure" | "remote" | "startTls" | "channelBinding" | "close"
> {
  /** Asked only when it matters: it costs the socket a system call. */
  readonly local?: () => Endpoint | undefined;
}

/**
 * Makes a transport of a line; its streams are made when somebody wants them.
 * @internal
 */
export function transportOf(line: Line, details: LineDetails): Transport {
  const { local, ...rest } = details;
  let streams: LineStreams | undefined;
  const transport: LineTransport = {
    ...rest,
    get readable() {
      return (streams ??= new LineStreams(line)).readable;
    },
    get writable() {
      return (streams ??= new LineStreams(line)).writable;
    },
    get local() {
      return local?.();
    },
    [LINE]: () => (streams === undefined ? line : undefined),
    [Symbol.asyncDispose]: () => rest.close(),
  };
  return transport;
}

/**
 * The line of a transport. Throws a `TypeError` when somebody else holds its streams.
 * @internal
 */
export function lineOf(transport: Transport): Line {
  return (transport as Partial<LineTransport>)[LINE]?.() ?? new StreamLine(transport);
}

/** The streams of a line. What is not asked for stays in the line. */
class LineStreams implements LineListener {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  #reads!: ReadableStreamDefaultController<Uint8Array>;
  #writes!: WritableStreamDefaultController;
  #over = false;
  #roomy: (() => void) | undefined;

  constructor(line: Line) {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#reads = controller),
        pull: () => line.read(),
        cancel: () => {
          this.#over = true;
        },
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>(
      {
        start: (controller) => void (this.#writes = controller),
        write: (bytes) => {
          line.write(bytes);
          return line.room ? undefined : new Promise((resolve) => (this.#roomy = resolve));
        },
        close: () => line.end(),
      },
      { highWaterMark: WRITE_OCTETS, size: (bytes) => bytes.byteLength },
    );
    line.open(this);
  }

  received(bytes: Uint8Array): void {
    if (!this.#over) this.#reads.enqueue(bytes);
  }

  ended(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (error === undefined) return this.#reads.close();
    this.#reads.error(error);
    this.lost(error);
  }

  room(): void {
    this.#roomy?.();
    this.#roomy = undefined;
  }

  lost(error: unknown): void {
    this.#writes.error(error);
    this.room();
  }
}

/** The line of two streams. */
class StreamLine implements Line {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #listener: LineListener | undefined;
  #written: Promise<void> = Promise.resolve();
  #awaitingRoom = false;

  constructor({ readable, writable }: Transport) {
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    // Whether it failed is seen by reading.
    this.#reader.closed.catch(ignore);
    this.#writer.closed.catch((error: unknown) => this.#listener?.lost(error));
  }

  open(listener: LineListener): void {
    this.#listener = listener;
  }

  read(): void {
    this.#reader.read().then(
      ({ done, value }) => {
        if (done) this.#listener?.ended();
        else this.#listener?.received(value);
      },
      (error: unknown) => this.#listener?.ended(error),
    );
  }

  write(bytes: Uint8Array): void {
    this.#written = this.#writer.write(bytes);
    this.#written.catch(ignore);
  }

  get room(): boolean {
    const { desiredSize } = this.#writer;
    if (desiredSize === null) return false;
    if (desiredSize > 0) return true;
    if (!this.#awaitingRoom) {
      this.#awaitingRoom = true;
      const go = (): void => {
        this.#awaitingRoom = false;
        this.#listener?.room();
      };
      this.#writer.ready.then(go, go);
    }
    return false;
  }

  flushed(): Promise<void> {
    return this.#written;
  }

  end(): Promise<void> {
    return this.#writer.close();
  }

  release(): void {
    this.#listener = undefined;
    this.#reader.releaseLock();
    this.#writer.releaseLock();
  }
}

function ignore(): void {}
