/**
 * Deno's sockets as transports: TCP and implicit TLS (RFC 8314 section 3) as a client and as a server, STARTTLS (RFC 3207) as a
 * client. Only translates.
 */
import { ClosedError, InputError, TlsError, wordsOf } from "../errors.js";
import { PortListener } from "./listener.js";
import type { Port } from "./listener.js";
import { checkTcp } from "./options.js";
import type { Listener, ListenOptions, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";
import { text, texts } from "./pem.js";
import { PromisedLine } from "./promised.js";
import { transportOf } from "../transport.js";
import type { Connector, Endpoint, OpenOptions, StartTlsOptions, Transport } from "../transport.js";

export type { Listener, ListenOptions, Pem, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";

/** What of the runtime is used here. */
declare const Deno: {
  connect(options: { hostname: string; port: number; signal: AbortSignal }): Promise<TcpConn>;
  startTls(connection: Conn, options: { hostname: string; caCerts?: string[] }): Promise<TlsConn>;
  connectTls(options: ConnectTls): Promise<TlsConn>;
  listen(options: ListenAt): DenoListener<TcpConn>;
  listenTls(options: ListenAt & { cert: string; key: string }): DenoListener<TlsConn>;
};

interface ListenAt {
  port: number;
  hostname?: string;
  tcpBacklog: number;
}

interface ConnectTls {
  hostname: string;
  port: number;
  caCerts?: string[];
  cert: string;
  key: string;
}

interface Conn {
  readonly remoteAddr: Address;
  readonly localAddr: Address;
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

interface TcpConn extends Conn {
  setNoDelay(noDelay: boolean): void;
}

interface TlsConn extends Conn {
  handshake(): Promise<unknown>;
}

interface Address {
  readonly hostname: string;
  readonly port: number;
}

interface DenoListener<C> extends AsyncIterable<C> {
  readonly addr: Address;
  close(): void;
}

/** One read takes at most so many octets. */
const READ_OCTETS = 64 * 1024;

/**
 * Makes a connector: a way to a server over TCP. The authorities of `tls.ca` are trusted beside Deno's own. A certificate of the
 * client's own goes with implicit TLS only.
 */
export function tcp(options: TcpOptions): Connector {
  checkTcp(options);
  const { host, port, tls = {}, noDelay = true } = options;
  refuseOptions(tls);
  const { servername = host, cert, key } = tls;
  const caCerts = tls.ca && { caCerts: texts(tls.ca) };
  const upgrade = async (connection: Conn, given: StartTlsOptions = {}): Promise<TlsConn> => {
    const hostname = given.servername ?? servername;
    const secured = Deno.startTls(connection, { hostname, ...caCerts });
    return handshake(secured, () => connection.close());
  };
  return {
    host,
    port,
    async open({ implicitTls, signal }: OpenOptions): Promise<Transport> {
      signal?.throwIfAborted();
      if (cert !== undefined && key !== undefined) {
        checkCertificate(implicitTls, servername === host);
        const own = { cert: text(cert), key: text(key) };
        return transport(
          await handshake(Deno.connectTls({ hostname: host, port, ...caCerts, ...own })),
          true,
        );
      }
      // The signal would go on to hold for what has been opened.
      const attempt = new AbortController();
      let connection: Conn | undefined;
      const abort = (): void => {
        attempt.abort(signal!.reason);
        connection?.close();
      };
      signal?.addEventListener("abort", abort, { once: true });
      try {
        const opened = await connected(host, port, attempt.signal);
        connection = opened;
        opened.setNoDelay(noDelay);
        return implicitTls ? transport(await upgrade(opened), true) : transport(opened, false, upgrade);
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
  };
}

/**
 * Listens on a TCP port. The iteration throws when the port cannot be opened, and ends with `close()` or the signal. With
 * `tls` it must be `implicit`: Deno does not begin TLS as a server on a connection that is there.
 */
export function listen(options: ListenOptions): Listener {
  const { port, host, tls } = options;
  if (tls !== undefined) checkServer(tls);
  return new PortListener(options, (at, tcpBacklog) => {
    const where = { port, tcpBacklog, ...(host !== undefined && { hostname: host }) };
    try {
      if (tls === undefined)
        return accept(Deno.listen(where), at, (connection) => {
          connection.setNoDelay(true);
          at.offer(transport(connection, false));
        });
      const secure = { ...where, cert: text(tls.cert), key: text(tls.key) };
      return accept(Deno.listenTls(secure), at, (connection) => {
        const shaken = handshake(Promise.resolve(connection));
        void at.shake(
          shaken.then((connection) => transport(connection, true)),
          () => close(connection),
        );
      });
    } catch (error) {
      at.failed(error);
      return ignore;
    }
  });
}

function accept<C extends Conn>(
  listener: DenoListener<C>,
  at: Port,
  taken: (connection: C) => void,
): () => void {
  at.opened(endpoint(listener.addr));
  void (async () => {
    try {
      for await (const connection of listener) taken(connection);
    } catch (error) {
      at.failed(error);
    }
  })();
  return () => listener.close();
}

function transport(
  connection: Conn,
  secure: boolean,
  upgrade?: (connection: Conn, options?: StartTlsOptions) => Promise<TlsConn>,
): Transport {
  const buffer = new Uint8Array(READ_OCTETS);
  const line = new PromisedLine({
    async read() {
      const octets = await connection.read(buffer);
      return octets === null ? undefined : buffer.slice(0, octets);
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    },
    end: () => connection.closeWrite(),
  });
  let secured: Transport | undefined;
  return transportOf(line, {
    secure,
    remote: endpoint(connection.remoteAddr),
    local: () => endpoint(connection.localAddr),
    ...(upgrade && {
      async startTls(options?: StartTlsOptions): Promise<Transport> {
        line.release();
        return (secured = transport(await upgrade(connection, options), true));
      },
    }),
    async close(): Promise<void> {
      await secured?.close();
      close(connection);
    },
  });
}

async function connected(hostname: string, port: number, signal: AbortSignal): Promise<TcpConn> {
  try {
    return await Deno.connect({ hostname, port, signal });
  } catch (cause) {
    throw new ClosedError(`cannot connect: ${wordsOf(cause)}`, { cause });
  }
}

/** The handshake of a connection on its way; `undo` is called when it fails. */
async function handshake(opening: Promise<TlsConn>, undo: () => void = ignore): Promise<TlsConn> {
  let connection: TlsConn | undefined;
  try {
    connection = await opening;
    await connection.handshake();
    return connection;
  } catch (cause) {
    if (connection === undefined) close({ close: undo });
    else close(connection);
    throw new TlsError(tlsWords(wordsOf(cause)), { cause });
  }
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  UnknownIssuer: "the server's certificate comes from an unknown authority",
  CaUsedAsEndEntity: "the server's certificate is self-signed",
  NotValidForName: "the server's certificate is for another name",
  Expired: "the server's certificate has expired",
  NotValidYet: "the server's certificate is not valid yet",
  Revoked: "the server's certificate was revoked",
  "received corrupt message": "the peer does not speak TLS here",
};

function tlsWords(said: string): string {
  const known = Object.keys(TLS_WORDS).find((name) => said.includes(name));
  return known === undefined ? `the TLS handshake failed: ${said}` : `${TLS_WORDS[known]} (${said})`;
}

function refuseOptions({ rejectUnauthorized, minVersion }: TlsOptions): void {
  if (rejectUnauthorized === false)
    throw cannot("rejectUnauthorized", "trust the server's authority with tls.ca instead");
  if (minVersion === "TLSv1.3") throw cannot("minVersion", "it takes TLS 1.2 and 1.3: leave the option out");
}

function checkServer({ implicit, minVersion }: ServerTlsOptions): void {
  if (implicit !== true)
    throw new InputError(
      "Deno cannot begin TLS as a server on a connection that is there: set tls.implicit, or take listen of edgepost/node, which Deno runs, too",
      { field: "tls.implicit" },
    );
  refuseOptions(minVersion === undefined ? {} : { minVersion });
}

function checkCertificate(implicitTls: boolean, sameName: boolean): void {
  if (!implicitTls)
    throw cannot("cert", 'it goes with tls: "implicit" only; edgepost/node, which Deno runs, too, can');
  if (!sameName) throw cannot("servername", "with a certificate of the client's own, connect to that name");
}

function cannot(name: string, instead: string): InputError {
  const field = `tls.${name}`;
  return new InputError(`the option ${field} cannot be used in Deno: ${instead}`, { field });
}

function endpoint({ hostname, port }: Address): Endpoint {
  return { address: hostname, port };
}

/** It may be closed, or in TLS's hands. */
function close(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // It is.
  }
}

function ignore(): void {}
