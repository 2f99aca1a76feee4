/**
 * Bun's sockets as transports: TCP, implicit TLS (RFC 8314 section 3) and STARTTLS (RFC 3207), as a client and as a server. Only
 * translates.
 */
import { ClosedError, InputError, TlsError, wordsOf } from "../errors.js";
import { PortListener } from "./listener.js";
import type { Port } from "./listener.js";
import { checkTcp } from "./options.js";
import type { Listener, ListenOptions, Pem, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";
import { transportOf, WRITE_OCTETS } from "../transport.js";
import type { Connector, Line, LineListener, OpenOptions, StartTlsOptions, Transport } from "../transport.js";

export type { Listener, ListenOptions, Pem, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";

/** What of the runtime is used here. */
declare const Bun: {
  connect(options: ConnectTo): Promise<Socket>;
  listen(options: ListenAt): { readonly hostname: string; readonly port: number; stop(): void };
};

interface ConnectTo {
  hostname: string;
  port: number;
  allowHalfOpen: true;
  socket: Handlers;
}

interface ListenAt extends ConnectTo {
  exclusive: true;
}

interface Socket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** How many octets it has taken; below 0 when it takes none any more. */
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  setNoDelay(noDelay: boolean): void;
  /** Ends this side. */
  shutdown(): void;
  /** Ends both sides at once. */
  end(): void;
  upgradeTLS(options: { tls: Tls; isServer: boolean; socket: Handlers }): [raw: Socket, secured: Socket];
}

interface Tls {
  serverName?: string;
  rejectUnauthorized?: boolean;
  ca?: Pem;
  cert?: Pem;
  key?: Pem;
}

/** What a socket tells. */
interface Handlers {
  open?(socket: Socket): void;
  data(socket: Socket, bytes: Uint8Array): void;
  drain(socket: Socket): void;
  end(socket: Socket): void;
  error(socket: Socket, error: Error): void;
  close(socket: Socket, error?: Error): void;
  handshake?(socket: Socket, done: boolean, error: (Error & { code?: string }) | null): void;
}

/** Makes a connector: a way to a server over TCP. */
export function tcp(options: TcpOptions): Connector {
  checkTcp(options);
  const { host, port, tls = {}, noDelay = true } = options;
  refuseVersion(tls);
  const upgrade: Upgrade = (line, given) => {
    const { minVersion: _, servername = host, rejectUnauthorized = true, ...rest } = tls;
    return line.upgrade({ ...rest, serverName: given?.servername ?? servername, rejectUnauthorized }, false);
  };
  return {
    host,
    port,
    async open({ implicitTls, signal }: OpenOptions): Promise<Transport> {
      signal?.throwIfAborted();
      const line = new SocketLine();
      const abort = (): void => line.give(new ClosedError("the caller gave up"));
      signal?.addEventListener("abort", abort, { once: true });
      try {
        await line.connect(host, port, noDelay);
        return implicitTls ? transport(await upgrade(line), true) : transport(line, false, upgrade);
      } catch (error) {
        abort();
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
  const { port, host, tls } = options;
  if (tls !== undefined) checkServer(tls);
  return new PortListener(options, (at) => {
    const lines = new WeakMap<Socket, SocketLine>();
    // Under TLS that has begun later, what is told of the socket below is told of one that nobody knows.
    const of = (socket: Socket): SocketLine | undefined => lines.get(socket);
    try {
      const server = Bun.listen({
        hostname: host ?? "::",
        port,
        allowHalfOpen: true,
        exclusive: true,
        socket: {
          open(socket) {
            const line = new SocketLine();
            lines.set(socket, line);
            line.opened(socket, true);
            accept(line, at, tls);
          },
          data: (socket, bytes) => of(socket)?.data(bytes),
          drain: (socket) => of(socket)?.drain(),
          end: (socket) => of(socket)?.over(),
          error: (socket, error) => of(socket)?.over(error),
          close: (socket, error) => of(socket)?.over(error, true),
        },
      });
      at.opened({ address: server.hostname, port: server.port });
      return () => server.stop();
    } catch (error) {
      at.failed(error);
      return () => {};
    }
  });
}

function accept(line: SocketLine, at: Port, tls: ServerTlsOptions | undefined): void {
  if (tls === undefined) return at.offer(transport(line, false));
  const { implicit, minVersion: _, ...certificate } = tls;
  const upgrade: Upgrade = (line) => line.upgrade(certificate, true);
  if (implicit !== true) return at.offer(transport(line, false, upgrade));
  const secured = upgrade(line).then((secured) => transport(secured, true));
  void at.shake(secured, () => line.close());
}

type Upgrade = (line: SocketLine, options?: StartTlsOptions) => Promise<SocketLine>;

function transport(line: SocketLine, secure: boolean, upgrade?: Upgrade): Transport {
  const { remoteAddress, remotePort, localAddress, localPort } = line.socket;
  let secured: Transport | undefined;
  return transportOf(line, {
    secure,
    remote: { address: remoteAddress, port: remotePort },
    local: () => ({ address: localAddress, port: localPort }),
    ...(upgrade && {
      async startTls(options?: StartTlsOptions): Promise<Transport> {
        line.release();
        return (secured = transport(await upgrade(line, options), true));
      },
    }),
    async close(): Promise<void> {
      await secured?.close();
      line.close();
    },
  });
}

/** A socket by calls. What is not asked for stays in the socket, but for one piece. */
class SocketLine implements Line {
  socket!: Socket;
  #listener: LineListener | undefined;
  #wanted = false;
  #held: Uint8Array[] = [];
  #ended = false;
  #error: unknown;
  /** What the socket has not taken yet. */
  #out: Uint8Array[] = [];
  #outOctets = 0;
  #full = false;
  #gone = false;
  #flushed: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  /** TLS has the socket. */
  #upgraded: SocketLine | undefined;
  /** Something is being waited for that ends with the connection. */
  #awaiting: ((error: unknown) => void) | undefined;

  async connect(hostname: string, port: number, noDelay: boolean): Promise<void> {
    const given = new Promise<never>((_, reject) => (this.#awaiting = reject));
    const opening = Bun.connect({ hostname, port, allowHalfOpen: true, socket: this.#handlers });
    opening.then(
      (socket) => this.#gone && socket.end(),
      () => {},
    );
    try {
      this.opened(await Promise.race([opening, given]), noDelay);
    } catch (cause) {
      throw new ClosedError(`cannot connect: ${wordsOf(cause)}`, { cause });
    } finally {
      this.#awaiting = undefined;
    }
  }

  opened(socket: Socket, noDelay: boolean): void {
    this.socket = socket;
    socket.setNoDelay(noDelay);
    if (!this.#wanted) socket.pause();
  }

  /** Begins TLS; the line of the secured connection comes when it is agreed on. Rejects with a `TlsError`. */
  upgrade(tls: Tls, isServer: boolean): Promise<SocketLine> {
    const secured = new SocketLine();
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        secured.#awaiting = this.#awaiting = undefined;
        reject(new TlsError(tlsWords(cause), { cause }));
        this.close();
      };
      secured.#awaiting = this.#awaiting = fail;
      if (this.#ended) return fail(new Error("the connection was lost"));
      if (this.#held.length > 0) return fail(new Error("plaintext came where it should begin"));
      const handshake = (socket: Socket, done: boolean, error: Error | null): void => {
        // A client that shows no certificate is an error for no server that asks for none.
        if (!done || (error !== null && !isServer && tls.rejectUnauthorized !== false))
          return fail(error ?? new Error("it was broken off"));
        secured.#awaiting = this.#awaiting = undefined;
        socket.pause();
        resolve(secured);
      };
      try {
        this.socket.resume();
        const socket = { ...secured.#handlers, handshake };
        [, secured.socket] = this.socket.upgradeTLS({ tls, isServer, socket });
        this.#upgraded = secured;
      } catch (error) {
        fail(error);
      }
    });
  }

  readonly #handlers: Handlers = {
    data: (_, bytes) => this.data(bytes),
    drain: () => this.drain(),
    end: () => this.over(),
    error: (_, error) => this.over(error),
    close: (_, error) => this.over(error, true),
  };

  open(listener: LineListener): void {
    this.#listener = listener;
  }

  read(): void {
    this.#wanted = true;
    if (this.#held.length > 0 || this.#ended) queueMicrotask(() => this.#give());
    else this.socket.resume();
  }

  write(bytes: Uint8Array): void {
    if (this.#gone) return queueMicrotask(() => this.#listener?.lost(this.#loss()));
    this.#out.push(bytes);
    this.#outOctets += bytes.length;
    if (this.#out.length === 1) this.drain();
  }

  get room(): boolean {
    this.#full = this.#outOctets >= WRITE_OCTETS;
    return !this.#full;
  }

  flushed(): Promise<void> {
    if (this.#gone) return Promise.reject(this.#loss());
    if (this.#out.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#flushed.push({ resolve, reject }));
  }

  async end(): Promise<void> {
    await this.flushed();
    this.socket.shutdown();
  }

  release(): void {
    this.#listener = undefined;
  }

  /** Gives the connection up, also one that is not made yet. */
  give(error: unknown): void {
    this.#awaiting?.(error);
    this.#gone = true;
    this.close();
  }

  close(): void {
    if (this.socket !== undefined) this.socket.end();
  }

  data(bytes: Uint8Array): void {
    // What TLS has the socket for is none of ours.
    if (this.#upgraded !== undefined) return;
    this.#held.push(bytes);
    this.#give();
    if (!this.#wanted) this.socket.pause();
  }

  /** The socket takes more. */
  drain(): void {
    if (this.#upgraded !== undefined) return;
    while (this.#out.length > 0) {
      const bytes = this.#out[0]!;
      const taken = this.socket.write(bytes);
      if (taken < 0) return this.over(undefined, true);
      this.#outOctets -= taken;
      if (taken < bytes.length) {
        this.#out[0] = bytes.subarray(taken);
        break;
      }
      this.#out.shift();
    }
    if (this.#out.length === 0) for (const { resolve } of this.#flushed.splice(0)) resolve();
    if (!this.#full || this.#outOctets >= WRITE_OCTETS) return;
    this.#full = false;
    queueMicrotask(() => this.#listener?.room());
  }

  /** The peer has ended its side; `gone`: the connection is not there any more. */
  over(error?: Error, gone = error !== undefined): void {
    this.#error ??= error;
    this.#awaiting?.(error ?? new Error("the connection was lost"));
    if (gone && !this.#gone) {
      this.#gone = true;
      this.#out = [];
      for (const { reject } of this.#flushed.splice(0)) reject(this.#loss());
      if (this.#ended) this.#listener?.lost(this.#loss());
    }
    if (this.#ended) return;
    this.#ended = true;
    if (this.#wanted) this.#give();
  }

  #loss(): unknown {
    return this.#error ?? new ClosedError("the connection was lost");
  }

  /** What is asked for. */
  #give(): void {
    if (!this.#wanted || this.#listener === undefined) return;
    const bytes = this.#held.shift();
    if (bytes === undefined && !this.#ended) return;
    this.#wanted = false;
    if (bytes === undefined) this.#listener.ended(this.#error);
    else this.#listener.received(bytes);
  }
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN:
    "the server's certificate comes from an authority that is not trusted (self-signed)",
  UNABLE_TO_GET_ISSUER_CERT: "the server's certificate comes from an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate comes from an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate comes from an unknown authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
};

function tlsWords(cause: unknown): string {
  const known = TLS_WORDS[(cause as { code?: string }).code ?? ""];
  return known ?? `the TLS handshake failed: ${wordsOf(cause)}`;
}

function checkServer(tls: ServerTlsOptions): void {
  for (const name of ["cert", "key"] as const)
    if (tls[name] === undefined)
      throw new InputError(`the option tls.${name} is missing`, { field: `tls.${name}` });
  refuseVersion(tls);
}

function refuseVersion({ minVersion }: Pick<TlsOptions, "minVersion">): void {
  if (minVersion === "TLSv1.3")
    throw new InputError(
      "the option tls.minVersion cannot be used in Bun, which takes TLS 1.2 and 1.3: leave it out, or take edgepost/node, which Bun runs, too",
      { field: "tls.minVersion" },
    );
}
