/** The bridge on Node: an HTTP server, the library `ws` for WebSockets, Node's resolver and sockets for servers. */
import { lookup } from "node:dns/promises";
import { createServer, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onAbort } from "../abort.js";
import { tcp } from "../adapters/node.js";
import { platform } from "../clock.js";
import { ClosedError, InputError, wordsOf } from "../errors.js";
import type { Transport } from "../transport.js";
import { addressOctets, clientKey } from "./address.js";
import type { Destination } from "./destination.js";
import type { NodeBridgeOptions, RunningBridge } from "./node-options.js";
import { LISTENING } from "./options.js";
import type { BridgeLog } from "./options.js";
import { chosenSubprotocol, Policy } from "./policy.js";
import type { Admission, BridgeRequest, Place, Refusal } from "./policy.js";
import { CLOSE, closeReason, oneLine, WINDOW_OCTETS } from "./protocol.js";
import { Relay, Unreachable } from "./relay.js";
import type { Near } from "./relay.js";
import { WebSocketServer } from "./ws.js";
import type { WebSocket } from "./ws.js";

export * from "./index.js";

/** Starts a bridge that listens by itself. Rejects with an `InputError` or a `ClosedError`. */
export async function startBridge(options: NodeBridgeOptions): Promise<RunningBridge> {
  const policy = new Policy(options, LISTENING);
  await policy.ready();
  const bridge = new NodeBridge(policy, options);
  await bridge.listen();
  return bridge;
}

/** A request's line and fields together: octets. A token has its place in it. */
const HEADER_OCTETS = 16 * 1024;
/** A message comes in so many fragments at most, and a fragment in so many reads: each weighs more than its octets. */
const PIECES = 1_024;
/** More connections than places, so that those without one are told: not for ever, the requests are few octets. */
const SPARE = 64;
const SPARE_PER_CLIENT = 8;

class NodeBridge implements RunningBridge {
  readonly #policy: Policy;
  readonly #options: NodeBridgeOptions;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #relays = new Set<Relay>();
  /** Those that have no relay yet. */
  readonly #arriving = new Set<Duplex>();
  /** Connections of TCP for each client. */
  readonly #open = new Map<string, number>();
  #empty: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(policy: Policy, options: NodeBridgeOptions) {
    const { limits, timeouts } = policy.settings;
    this.#policy = policy;
    this.#options = options;
    const settings = {
      maxHeaderSize: HEADER_OCTETS,
      headersTimeout: timeouts.handshake,
      requestTimeout: timeouts.handshake,
      connectionsCheckingInterval: Math.ceil(Math.min(1_000, timeouts.handshake / 4)),
      keepAlive: true,
      noDelay: true,
    };
    this.#server = options.tls
      ? secureServer({ ...settings, handshakeTimeout: timeouts.handshake, ...pem(options.tls) })
      : createServer(settings);
    this.#server.maxConnections = limits.connections + SPARE;
    this.#server.on("request", (request, response) => this.#answer(request, response));
    this.#server.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#server.on("connection", (socket: Socket) => this.#arrive(socket));
    this.#server.on("drop", (dropped) =>
      this.#policy.refused({ client: dropped?.remoteAddress }, { status: 503, text: "too many connections" }),
    );
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
      const told = late
        ? { status: 408, text: "the request did not come in time" }
        : { status: 400, text: "this is no request of HTTP" };
      // Who went away before there was a request is not worth a word.
      if (socket.destroyed || error.code === "ECONNRESET") return socket.destroy();
      this.#policy.refused(
        { client: (socket as Socket).remoteAddress },
        { ...told, detail: oneLine(error.message) },
      );
      reply(socket, told.status, told.text);
    });
    this.#server.on("tlsClientError", (error: Error, socket: Socket) =>
      this.#policy.refused(
        { client: socket.remoteAddress },
        { status: 400, text: "no TLS handshake", detail: oneLine(error.message) },
      ),
    );
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.message,
      maxFragments: PIECES,
      maxBufferedChunks: PIECES,
      perMessageDeflate: false,
      autoPong: false,
      handleProtocols: (offered) => chosenSubprotocol(offered) ?? false,
    });
    this.#sockets.on("wsClientError", (error, socket, request) => {
      this.#policy.refused(this.#whoIs(request), {
        status: 400,
        text: `no WebSocket: ${oneLine(error.message)}`,
      });
      reply(socket, 400, "this is no handshake of WebSocket (RFC 6455)");
    });
  }

  async listen(): Promise<void> {
    const { port = 0, host = "127.0.0.1", signal } = this.#options;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.#server.once("listening", resolve);
      this.#server.once("error", (cause) =>
        reject(new ClosedError(`cannot listen on port ${port}: ${wordsOf(cause)}`, { cause })),
      );
      this.#server.listen(port, host);
    });
    this.#server.on("error", () => {});
    if (signal !== undefined) {
      const forget = onAbort(signal, () => void this.close());
      this.#server.once("close", forget);
    }
  }

  get address(): string {
    return (this.#server.address() as AddressInfo | null)?.address ?? "";
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get url(): string {
    const { address } = this;
    const host = address.includes(":") ? `[${address}]` : address;
    return `${this.#options.tls ? "wss" : "ws"}://${host}:${this.port}/`;
  }

  get connections(): number {
    return this.#policy.connections;
  }

  get buffered(): number {
    return [...this.#relays].reduce((sum, relay) => sum + relay.buffered, 0);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    for (const socket of this.#arriving) socket.destroy();
    if (this.#relays.size > 0) {
      const empty = new Promise<void>((resolve) => (this.#empty = resolve));
      const timer = setTimeout(() => {
        for (const relay of this.#relays) relay.leave();
      }, this.#policy.settings.timeouts.close);
      await empty;
      clearTimeout(timer);
    }
    this.#server.closeAllConnections();
    await closed;
  }

  /**
   * Bounds what one client holds open before it has said what it wants. Behind a proxy all have one address, and the proxy
   * sees to that.
   */
  #arrive(socket: Socket): void {
    const { remoteAddress: client } = socket;
    if (client === undefined || this.#options.client !== undefined) return;
    const key = clientKey(client);
    const count = this.#open.get(key) ?? 0;
    if (count >= this.#policy.settings.limits.perClient + SPARE_PER_CLIENT) {
      this.#policy.refused({ client }, { status: 429, text: "too many connections of one client" });
      return void socket.destroy();
    }
    this.#open.set(key, count + 1);
    socket.once("close", () => {
      const rest = this.#open.get(key)! - 1;
      if (rest === 0) this.#open.delete(key);
      else this.#open.set(key, rest);
    });
  }

  /** What is no request for a WebSocket. */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    const entered = this.#policy.enter(this.#request(request));
    const refusal = isRefusal(entered) ? entered : { status: 426, text: "connect by WebSocket" };
    if (!isRefusal(entered)) {
      entered.leave();
      this.#policy.refused(entered.who, refusal);
    }
    response.writeHead(refusal.status, headers(refusal));
    response.end(`${refusal.text}\n`);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => {});
    const asked = this.#request(request);
    const place = this.#policy.enter(asked);
    if (isRefusal(place)) return reply(socket, place.status, place.text);
    socket.once("close", place.leave);
    this.#arriving.add(socket);
    const judged = await this.#policy.judge(asked, place, Date.now());
    this.#arriving.delete(socket);
    if (socket.destroyed) {
      const reason = "the client went away before it was connected";
      if (!isRefusal(judged)) this.#policy.log({ event: "refused", ...place.who, reason });
      return;
    }
    if (isRefusal(judged) && judged.close === undefined) return reply(socket, judged.status, judged.text);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (isRefusal(judged)) turnAway(webSocket, judged);
      else this.#relay(webSocket, judged, place);
    });
  }

  #relay(webSocket: WebSocket, { destination, controlled, subject }: Admission, place: Place): void {
    const { host, port } = destination;
    const entry = { ...place.who, ...(subject !== undefined && { subject }), host, port };
    const relay = new Relay(nearOf(webSocket), {
      settings: this.#policy.settings,
      clock: platform,
      controlled,
      ended: (ending) => {
        this.#policy.log({ event: "end", ...entry, ...ending });
        this.#relays.delete(relay);
        if (this.#relays.size === 0) this.#empty?.();
      },
    });
    this.#relays.add(relay);
    webSocket.on("message", (data, isBinary) =>
      relay.message(isBinary ? (data as Buffer) : (data as Buffer).toString()),
    );
    webSocket.on("pong", () => relay.alive());
    // Who asks and does not listen gets no answers that would have to be kept.
    webSocket.on("ping", (data) => {
      if (webSocket.bufferedAmount < WINDOW_OCTETS) webSocket.pong(data);
    });
    webSocket.on("error", (error) => relay.gone(`the client's messages are none: ${error.message}`));
    webSocket.on("close", (code) =>
      relay.gone(code === 1006 ? "the client was lost" : `the client has closed the connection (${code})`),
    );
    void relay.connect((signal) => this.#reach(destination, entry, signal));
  }

  /** Resolves the name, and connects to one of the very addresses that were checked. */
  async #reach(
    { host, port, tls }: Destination,
    entry: Pick<BridgeLog, "client">,
    signal: AbortSignal,
  ): Promise<Transport> {
    const reachable = this.#policy.reachable({ host, port, tls }, await this.#addresses(host));
    if (reachable.length === 0)
      throw new Unreachable(
        CLOSE.destination,
        "this server is not one that the bridge may reach",
        "its address is not public, and not named",
      );
    const { ca } = this.#options;
    const servername = addressOctets(host) === undefined ? host : "";
    // An address that does not answer leaves time for the next.
    const share = this.#policy.settings.timeouts.connect / reachable.length;
    let failure: unknown;
    for (const address of reachable) {
      const connector = tcp({
        host: address,
        port,
        ...(tls && { tls: { ...(servername !== "" && { servername }), ...(ca !== undefined && { ca }) } }),
      });
      const attempt = new AbortController();
      const timer = setTimeout(() => attempt.abort(new ClosedError(`${address} does not answer`)), share);
      const forget = onAbort(signal, () => attempt.abort(signal.reason));
      try {
        signal.throwIfAborted();
        const transport = await connector.open({ implicitTls: tls, signal: attempt.signal });
        this.#policy.log({
          event: "open",
          ...entry,
          reason: `connected to ${address}`,
        });
        return transport;
      } catch (error) {
        failure = error;
        // Another address of the same server has the same certificate, or should have.
        if (signal.aborted || !(error instanceof ClosedError)) break;
      } finally {
        clearTimeout(timer);
        forget();
      }
    }
    throw failure;
  }

  async #addresses(host: string): Promise<readonly string[]> {
    if (addressOctets(host) !== undefined) return [host];
    try {
      const found = await (this.#options.resolve?.(host) ??
        lookup(host, { all: true }).then((all) => all.map(({ address }) => address)));
      if (found.length > 0) return found;
    } catch (error) {
      throw new Unreachable(CLOSE.unreachable, "the server's name has no address", wordsOf(error));
    }
    throw new Unreachable(CLOSE.unreachable, "the server's name has no address");
  }

  #request(request: IncomingMessage): BridgeRequest {
    const header = (name: string): string | undefined => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    };
    const client = this.#client(header, request.socket.remoteAddress);
    return {
      method: request.method ?? "",
      url: request.url ?? "",
      header,
      client: client === undefined ? undefined : oneLine(client),
    };
  }

  /** Who the client is. Where the host's function fails, all clients that it fails for are one, and share its limit. */
  #client(header: (name: string) => string | undefined, address: string | undefined): string | undefined {
    const { client } = this.#options;
    if (client === undefined) return address;
    try {
      const told: unknown = client(header, address);
      if (told === undefined || typeof told === "string") return told;
      throw new TypeError(`the client's address is a ${typeof told}`);
    } catch (thrown) {
      console.error("the function that tells a bridge who its client is has failed:", thrown);
      return undefined;
    }
  }

  #whoIs(request: IncomingMessage): { client: string | undefined; origin?: string } {
    const { client, header } = this.#request(request);
    const origin = header("origin");
    return { client, ...(origin != null && { origin: oneLine(origin) }) };
  }
}

function isRefusal(value: Place | Admission | Refusal): value is Refusal {
  return "status" in value;
}

function secureServer(options: Parameters<typeof createSecureServer>[0]): Server {
  try {
    return createSecureServer(options);
  } catch (cause) {
    throw new InputError(`the certificate or its key cannot be used: ${wordsOf(cause)}`, {
      field: "tls",
      cause,
    });
  }
}

function pem({ cert, key }: NonNullable<NodeBridgeOptions["tls"]>): {
  cert: string | Buffer;
  key: string | Buffer;
} {
  const usable = (value: string | Uint8Array): string | Buffer =>
    typeof value === "string" ? value : Buffer.from(value);
  return { cert: usable(cert), key: usable(key) };
}

function headers({ status, text }: Refusal): Record<string, string | number> {
  return {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": text.length + 1,
    "Cache-Control": "no-store",
    Connection: "close",
    ...(status === 426 && { Upgrade: "websocket" }),
  };
}

/** Answers on a bare socket, and closes it. */
function reply(socket: Duplex, status: number, text: string): void {
  const fields = Object.entries(headers({ status, text })).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields.join("")}\r\n${text}\n`);
}

/** How long a client that was turned away may take to answer the close frame: milliseconds. */
const PARTING = 1_000;

function turnAway(webSocket: WebSocket, { close, text }: Refusal): void {
  webSocket.on("error", () => {});
  webSocket.close(close, closeReason(text));
  const timer = setTimeout(() => webSocket.terminate(), PARTING);
  webSocket.once("close", () => clearTimeout(timer));
}

function nearOf(webSocket: WebSocket): Near {
  return {
    send: (message) => new Promise((resolve) => webSocket.send(message, () => resolve())),
    close: (code, reason) => webSocket.close(code, reason),
    destroy: () => webSocket.terminate(),
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    ping: () => webSocket.ping(),
  };
}
