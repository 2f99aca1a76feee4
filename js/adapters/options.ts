/** What adapters are told, the same in every runtime, and how it is checked. */
import { InputError } from "../errors.js";
import type { Transport } from "../transport.js";

/** Text in PEM form, or octets; one or several. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** How TLS is done by a client. What a runtime has no way to do is an `InputError`. */
export interface TlsOptions {
  /**
   * The authorities to trust instead of the runtime's own list; in Deno, beside it. On Workers there is no way to say it.
   */
  readonly ca?: Pem;
  /** The name that the server's certificate must carry, and that is sent as SNI. Default: the host. */
  readonly servername?: string;
  /**
   * Whether the server's certificate must verify. Default: true. False, in Node and Bun: anybody may be the server.
   */
  readonly rejectUnauthorized?: boolean;
  /** The client's own certificate and its key, for servers that ask for one. */
  readonly cert?: Pem;
  readonly key?: Pem;
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
}

/** Where a client connects to. */
export interface TcpOptions {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsOptions;
  /** Send small packets at once (TCP_NODELAY). Default: true. */
  readonly noDelay?: boolean;
}

/** How a server listens. */
export interface ListenOptions {
  /** The port; 0: one that is free. */
  readonly port: number;
  /** The address to listen on. Default: all of them. */
  readonly host?: string;
  /** The certificate; with it clients may use STARTTLS, or, with `implicit`, TLS begins before the greeting. */
  readonly tls?: ServerTlsOptions;
  /** Stops listening; connections that were given out stay open. */
  readonly signal?: AbortSignal;
  /** How many connections may wait to be taken; more are closed. Default: 511. */
  readonly backlog?: number;
  /** How long a TLS handshake before the greeting may take: milliseconds. Default: 30 seconds. */
  readonly handshakeTimeout?: number;
}

/** How TLS is done by a server. */
export interface ServerTlsOptions {
  readonly cert: Pem;
  readonly key: Pem;
  readonly implicit?: boolean;
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
}

/** A server's socket: iterate over it to take the connections. */
export interface Listener extends AsyncIterable<Transport>, AsyncDisposable {
  /** Settles when the port is open; rejects with a `ClosedError` when it cannot be opened. */
  readonly ready: Promise<void>;
  /** The port, once `ready`. */
  readonly port: number;
  /** The address, once `ready`. */
  readonly address: string;
  /** Stops listening and closes what nobody has taken. The iteration ends. */
  close(): Promise<void>;
}

/**
 * Throws an `InputError` unless there are a host and a port.
 * @internal
 */
export function checkTcp(options: TcpOptions): void {
  if (typeof options !== "object" || options === null)
    throw new InputError("tcp needs a host and a port", { field: "host" });
  if (typeof options.host !== "string" || options.host === "")
    throw new InputError("the option host must be a name", { field: "host" });
  checkPort(options.port, 1);
}

/**
 * Throws an `InputError` unless it is a port.
 * @internal
 */
export function checkPort(port: unknown, least: number): void {
  if (Number.isSafeInteger(port) && (port as number) >= least && (port as number) <= 65535) return;
  throw new InputError(`the option port must be a whole number, ${least} to 65535`, { field: "port" });
}
