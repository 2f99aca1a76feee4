/**
 * What an adapter gives: a connection as two web streams, in the shape of the WinterTC sockets proposal, that may be
 * upgraded to TLS once (RFC 3207).
 */

/** One end of a connection. */
export interface Endpoint {
  /** The IP address, as text without brackets. */
  readonly address: string;
  readonly port: number;
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
  readonly remote?: Endpoint;
  /** This end, where it is known. */
  readonly local?: Endpoint;
  /**
   * Begins TLS on this connection and gives the secured one; this transport is used up by it. Neither stream may be
   * locked. Absent where the runtime or the other side of the wire cannot. Rejects with a `TlsError`.
   */
  startTls?(options?: StartTlsOptions): Promise<Transport>;
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
