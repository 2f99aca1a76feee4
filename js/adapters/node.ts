/**
 * Node's sockets as transports: TCP, implicit TLS (RFC 8314 section 3) and STARTTLS (RFC 3207), as a client and as a
 * server. Only translates.
 */
import net from "node:net";
import tls from "node:tls";
import { ClosedError, InputError, TlsError, wordsOf } from "../errors.js";
import { channelBinding } from "./channel-binding.js";
import { PortListener } from "./listener.js";
import type { Port } from "./listener.js";
import { checkTcp } from "./options.js";
import type { Listener, ListenOptions, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";
import { transportOf } from "../transport.js";
import type {
  Connector,
  Endpoint,
  Line,
  LineListener,
  OpenOptions,
  StartTlsOptions,
  Transport,
} from "../transport.js";

export type { Listener, ListenOptions, Pem, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";

/** Makes a connector: a way to a server over TCP. */
export function tcp(options: TcpOptions): Connector {
  checkTcp(options);
  const { host, port, tls: tlsOptions = {}, noDelay = true } = options;
  const upgrade = (socket: net.Socket, given: StartTlsOptions = {}): Promise<tls.TLSSocket> =>
    handshake(
      () => tls.connect({ socket, host, ...clientTls(host, { ...tlsOptions, ...given }) }),
      "secureConnect",
    );
  return {
    host,
    port,
    async open({ implicitTls, signal }: OpenOptions): Promise<Transport> {
      signal?.throwIfAborted();
      const socket = net.connect({ host, port, noDelay, allowHalfOpen: true });
      const abort = (): void => void socket.destroy(asError(signal!.reason));
      signal?.addEventListener("abort", abort, { once: true });
      try {
        await connected(socket);
        return implicitTls ? transport(await upgrade(socket), false) : transport(socket, false, upgrade);
      } catch (error) {
        socket.destroy();
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
  };
}

/** Listens on a TCP port. The iteration throws when the port cannot be opened, and ends with `close()` or the signal. */
export function listen(options: ListenOptions): Listener {
  const { port, host, tls: tlsOptions } = options;
  const context = tlsOptions && secureContext(tlsOptions);
  return new PortListener(options, (at, backlog) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      accept(socket, at, context, tlsOptions?.implicit === true),
    );
    server.once("listening", () => {
      const { address, port } = server.address() as net.AddressInfo;
      at.opened({ address, port });
    });
    server.on("error", (error) => at.failed(error));
    server.listen({ port, backlog, ...(host !== undefined && { host }) });
    return () => void server.close(ignore);
  });
}

function accept(
  socket: net.Socket,
  at: Port,
  secureContext: tls.SecureContext | undefined,
  implicit: boolean,
): void {
  socket.on("error", ignore);
  if (secureContext === undefined) return at.offer(transport(socket, true));
  const upgrade = (socket: net.Socket): Promise<tls.TLSSocket> =>
    handshake(() => new tls.TLSSocket(socket, { isServer: true, secureContext }), "secure");
  if (!implicit) return at.offer(transport(socket, true, upgrade));
  const secured = upgrade(socket).then((socket) => transport(socket, true));
  void at.shake(secured, () => void socket.destroy());
}

function clientTls(host: string, options: TlsOptions): tls.ConnectionOptions {
  const { servername = net.isIP(host) === 0 ? host : "", rejectUnauthorized = true, ...rest } = options;
  return { ...(rest as tls.ConnectionOptions), servername, rejectUnauthorized };
}

function secureContext(options: ServerTlsOptions): tls.SecureContext {
  const { implicit: _, ...rest } = options;
  try {
    return tls.createSecureContext(rest as tls.SecureContextOptions);
  } catch (cause) {
    throw new InputError(`the certificate or its key cannot be used: ${wordsOf(cause)}`, {
      field: "tls",
      cause,
    });
  }
}

function connected(socket: net.Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on("error", ignore);
    socket.once("connect", resolve);
    socket.once("error", (error) =>
      reject(new ClosedError(`cannot connect: ${netWords(error)}`, { cause: error })),
    );
  });
}

/** A refused connection to a name with several addresses is an AggregateError without words of its own. */
function netWords(error: Error): string {
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return errors.map((error) => error.message).join("; ");
}

/** Runs a TLS handshake; rejects with a `TlsError` and destroys the socket when it fails. */
function handshake(begin: () => tls.TLSSocket, event: "secure" | "secureConnect"): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    let socket: tls.TLSSocket;
    const fail = (error: Error): void => {
      reject(new TlsError(tlsWords(error), { cause: error }));
      socket?.destroy();
    };
    try {
      socket = begin();
    } catch (error) {
      return fail(asError(error));
    }
    const gone = (): void => fail(new Error("the connection was lost in the TLS handshake"));
    socket.on("error", fail);
    // A server's socket tells of a failed handshake by this event only.
    socket.on("_tlsError", fail);
    socket.once("close", gone);
    socket.once("end", gone);
    socket.once(event, () => {
      socket.off("close", gone);
      socket.off("end", gone);
      resolve(socket);
    });
  });
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet",
  CERT_REVOKED: "the server's certificate was revoked",
  CERT_SIGNATURE_FAILURE: "the signature of the server's certificate is wrong",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN:
    "the server's certificate comes from an authority that is not trusted (self-signed)",
  UNABLE_TO_GET_ISSUER_CERT: "the server's certificate comes from an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate comes from an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate comes from an unknown authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: "the peer does not speak TLS here",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the peer does not speak TLS here",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the peer wants a version of TLS that is not allowed",
  ECONNRESET: "the connection was lost in the TLS handshake",
};

function tlsWords(error: Error & { code?: string; reason?: string }): string {
  const words = TLS_WORDS[error.code ?? ""];
  if (error.code === "ERR_TLS_CERT_ALTNAME_INVALID") return `${words}: ${error.reason ?? error.message}`;
  return words ?? `the TLS handshake failed: ${error.reason ?? error.message}`;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(wordsOf(thrown));
}

function transport(
  socket: net.Socket,
  isServer: boolean,
  upgrade?: (socket: net.Socket, options?: StartTlsOptions) => Promise<tls.TLSSocket>,
): Transport {
  const line = new SocketLine(socket, isServer ? atTheEndOfTheTurn : soon);
  let secured: Transport | undefined;
  return transportOf(line, {
    secure: socket instanceof tls.TLSSocket,
    remote: endpoint(socket.remoteAddress, socket.remotePort),
    local: () => endpoint(socket.localAddress, socket.localPort),
    ...(socket instanceof tls.TLSSocket && { channelBinding: () => channelBinding(socket, isServer) }),
    ...(upgrade && {
      async startTls(options?: StartTlsOptions): Promise<Transport> {
        line.release();
        return (secured = transport(await upgrade(socket, options), isServer));
      },
    }),
    async close(): Promise<void> {
      await secured?.close();
      socket.destroy();
    },
  });
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint | undefined {
  return address === undefined || port === undefined ? undefined : { address, port };
}

/** How much may wait to be written, in octets: enough to keep a fast line busy. */
const BUFFER_OCTETS = 512 * 1024;

/** A client writes when it has said what it has to say. */
function soon(socket: net.Socket): void {
  process.nextTick(uncork, socket);
}

/**
 * A server writes to all its clients at the end of a turn of the event loop: a reply from within a read would wake the
 * client at once, and each of them for itself.
 */
function atTheEndOfTheTurn(socket: net.Socket): void {
  if (corked.push(socket) === 1) setImmediate(() => corked.splice(0).forEach(uncork));
}

const corked: net.Socket[] = [];

function uncork(socket: net.Socket): void {
  socket.uncork();
}

/** A socket by calls. What is not asked for stays in the socket. */
class SocketLine implements Line {
  readonly #socket: net.Socket;
  #listener: LineListener | undefined;
  #wanted = false;
  #ended = false;

  readonly #letGo: (socket: net.Socket) => void;

  constructor(socket: net.Socket, letGo: (socket: net.Socket) => void) {
    this.#socket = socket;
    this.#letGo = letGo;
    socket.pause();
  }

  open(listener: LineListener): void {
    const socket = this.#socket;
    this.#listener = listener;
    socket.on("data", this.#data);
    socket.on("end", this.#end);
    socket.on("error", this.#failed);
    socket.on("close", this.#close);
    socket.on("drain", this.#drain);
  }

  read(): void {
    this.#wanted = true;
    if (this.#socket.isPaused()) this.#socket.resume();
    // It may have ended before anybody asked.
    if (this.#socket.destroyed) this.#close();
  }

  /** Writes that follow each other go out as one. */
  write(bytes: Uint8Array): void {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      this.#letGo(this.#socket);
    }
    this.#socket.write(bytes);
  }

  get room(): boolean {
    return this.#socket.writableLength < BUFFER_OCTETS;
  }

  flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write("", (error) => (error ? reject(error) : resolve()));
    });
  }

  end(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(resolve));
  }

  release(): void {
    const socket = this.#socket;
    this.#listener = undefined;
    socket.off("data", this.#data);
    socket.off("end", this.#end);
    socket.off("error", this.#failed);
    socket.off("close", this.#close);
    socket.off("drain", this.#drain);
    socket.on("error", ignore);
  }

  readonly #data = (bytes: Uint8Array): void => {
    this.#wanted = false;
    this.#listener?.received(bytes);
    // Asked for more by now, the socket may go on.
    if (!this.#wanted) this.#socket.pause();
  };

  readonly #end = (): void => {
    this.#over(undefined);
  };

  readonly #failed = (error: Error): void => {
    this.#over(error);
  };

  /** Without an end or an error before, it was closed from here. */
  readonly #close = (): void => {
    if (!this.#ended) this.#over(undefined);
  };

  readonly #drain = (): void => {
    this.#listener?.room();
  };

  #over(error: Error | undefined): void {
    if (this.#ended) {
      if (error !== undefined) this.#listener?.lost(error);
      return;
    }
    this.#ended = true;
    this.#listener?.ended(error);
  }
}

function ignore(): void {}
