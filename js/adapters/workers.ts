/**
 * The sockets of Cloudflare Workers as transports: TCP, implicit TLS (RFC 8314 section 3) and STARTTLS (RFC 3207) as a client,
 * and the connections of a `connect` handler as a server. Only translates. Needs no `nodejs_compat`.
 */
import { connect } from "cloudflare:sockets";
import { ClosedError, InputError, TlsError, wordsOf } from "../errors.js";
import { checkTcp } from "./options.js";
import type { Listener, ListenOptions, TcpOptions, TlsOptions } from "./options.js";
import { endpointOf, PromisedLine } from "./promised.js";
import { transportOf } from "../transport.js";
import type { Connector, OpenOptions, StartTlsOptions, Transport } from "../transport.js";

export type { Listener, ListenOptions, Pem, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";

/** A socket of the runtime, as far as it is used here. */
export interface WorkersSocket {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
  readonly opened: Promise<{ readonly remoteAddress?: string; readonly localAddress?: string }>;
  readonly secureTransport?: "on" | "off" | "starttls";
  close(): Promise<void>;
  startTls(options?: { expectedServerHostname?: string }): WorkersSocket;
}

/**
 * Makes a connector: a way to a server over TCP. The certificate is verified against what the runtime trusts, always; no other
 * option of TLS than `servername` can be given, and that only for STARTTLS. In production port 25 is closed to Workers.
 */
export function tcp(options: TcpOptions): Connector {
  checkTcp(options);
  const { host, port, tls = {} } = options;
  const { servername = host } = tls;
  refuseOptions(options, tls);
  const secured = async (socket: WorkersSocket, given: StartTlsOptions = {}): Promise<Transport> => {
    try {
      const name = given.servername ?? servername;
      const upgraded = socket.startTls(name === host ? {} : { expectedServerHostname: name });
      return await transport(upgraded, true, undefined, unsecured);
    } catch (cause) {
      throw unsecured(cause);
    }
  };
  return {
    host,
    port,
    async open({ implicitTls, signal }: OpenOptions): Promise<Transport> {
      signal?.throwIfAborted();
      if (implicitTls && servername !== host)
        throw cannot(
          "tls.servername",
          "another name than the host's can be told with STARTTLS only: connect to that name",
        );
      const socket = socketTo(host, port, implicitTls ? "on" : "starttls");
      const abort = (): void => void socket.close().catch(ignore);
      signal?.addEventListener("abort", abort, { once: true });
      try {
        return await transport(socket, implicitTls, implicitTls ? undefined : secured);
      } catch (cause) {
        abort();
        signal?.throwIfAborted();
        if (implicitTls && (await answers(host, port)))
          throw new TlsError(`the peer does not speak TLS here, or its certificate does not verify`, {
            cause,
          });
        throw unreachable(port, cause);
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
  };
}

/**
 * Makes a transport of a connection that the runtime has accepted, for `serve`: `connect(socket)` of a Worker gets it. It is
 * under TLS when the runtime did that before; STARTTLS is not offered, because the runtime cannot do it for a server.
 *
 * ```ts
 * export default {
 *   async connect(socket: WorkersSocket) {
 *     await serve(await accepted(socket), { async onMessage(content) { await new Response(content).text(); } });
 *   },
 * };
 * ```
 */
export function accepted(socket: WorkersSocket): Promise<Transport> {
  return transport(socket, socket.secureTransport === "on");
}

/** Throws an `InputError`: a Worker opens no port. See {@link accepted}. */
export function listen(_options: ListenOptions): Listener {
  throw new InputError(
    "Workers cannot listen on a port: write a connect(socket) handler, and serve(await accepted(socket), ...) in it",
    { field: "listen" },
  );
}

/** `unproven` makes an error of what fails before the peer was heard: a handshake may fail when it seems to be over. */
async function transport(
  socket: WorkersSocket,
  secure: boolean,
  upgrade?: (socket: WorkersSocket, options?: StartTlsOptions) => Promise<Transport>,
  unproven?: (cause: unknown) => Error,
): Promise<Transport> {
  const { remoteAddress, localAddress } = await socket.opened;
  const reader = (socket.readable as ReadableStream<Uint8Array>).getReader();
  const writer = (socket.writable as WritableStream<Uint8Array>).getWriter();
  // Whether it failed is seen by reading and writing.
  reader.closed.catch(ignore);
  writer.closed.catch(ignore);
  let judge = unproven;
  const judged = async <T>(doing: Promise<T>): Promise<T> => {
    try {
      return await doing;
    } catch (error) {
      throw judge === undefined ? error : judge(error);
    }
  };
  const line = new PromisedLine({
    async read() {
      const { value } = await judged(reader.read());
      judge = undefined;
      return value;
    },
    write: (bytes) => judged(writer.write(bytes)),
    end: () => writer.close(),
    release() {
      reader.releaseLock();
      writer.releaseLock();
    },
  });
  let secured: Transport | undefined;
  return transportOf(line, {
    secure,
    remote: endpointOf(remoteAddress),
    local: () => endpointOf(localAddress),
    ...(upgrade && {
      async startTls(options?: StartTlsOptions): Promise<Transport> {
        line.release();
        return (secured = await upgrade(socket, options));
      },
    }),
    async close(): Promise<void> {
      await secured?.close();
      await socket.close().catch(ignore);
    },
  });
}

function socketTo(hostname: string, port: number, secureTransport: "on" | "off" | "starttls"): WorkersSocket {
  try {
    return connect({ hostname, port }, { secureTransport, allowHalfOpen: true }) as WorkersSocket;
  } catch (cause) {
    throw unreachable(port, cause);
  }
}

/** The runtime does not tell a bad certificate from a closed port: a connection without TLS does. */
async function answers(host: string, port: number): Promise<boolean> {
  try {
    const socket = socketTo(host, port, "off");
    await socket.opened;
    await socket.close();
    return true;
  } catch {
    return false;
  }
}

function unsecured(cause: unknown): TlsError {
  const words = `the TLS handshake failed, or the certificate does not verify: ${wordsOf(cause)}`;
  return new TlsError(words, { cause });
}

function unreachable(port: number, cause: unknown): Error {
  if (port === 25)
    return cannot(
      "port",
      "port 25 is closed to them: send to a submission server, on port 587 or 465",
      cause,
    );
  return new ClosedError(`cannot connect: ${wordsOf(cause)}`, { cause });
}

/** A certificate is not asked for on trust: what cannot be honoured is said at once. */
function refuseOptions({ noDelay }: TcpOptions, tls: TlsOptions): void {
  if (tls.ca !== undefined)
    throw cannot("tls.ca", "they trust public authorities: give the server a certificate of one of those");
  if (tls.rejectUnauthorized === false)
    throw cannot("tls.rejectUnauthorized", "a certificate must verify: leave the option out");
  for (const name of ["cert", "key"] as const)
    if (tls[name] !== undefined)
      throw cannot(
        `tls.${name}`,
        "a client has no certificate of its own: authenticate with a password or a token",
      );
  if (tls.minVersion === "TLSv1.3")
    throw cannot("tls.minVersion", "the runtime chooses the version of TLS: leave the option out");
  if (noDelay === false)
    throw cannot("noDelay", "small packets are sent as the runtime does it: leave the option out");
}

function cannot(field: string, why: string, cause?: unknown): InputError {
  return new InputError(`the option ${field} cannot be used on Workers: ${why}`, {
    field,
    ...(cause !== undefined && { cause }),
  });
}

function ignore(): void {}
