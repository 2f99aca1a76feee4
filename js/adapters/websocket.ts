/**
 * A way to a server from where there is WebSocket and no TCP, as in a page: through a bridge, Edgepost's own or one that only
 * copies octets, such as websockify. Only translates; what is said to the bridge is in bridge/protocol.ts.
 */
import { CLOSE, MESSAGE_OCTETS, oneLine, readControl, SUBPROTOCOL, BINARY } from "../bridge/protocol.js";
import { TOKEN_PREFIX, WINDOW_OCTETS } from "../bridge/protocol.js";
import { ClosedError, InputError, ProtocolError, TimeoutError, TlsError, wordsOf } from "../errors.js";
import type { SmtpError, SmtpErrorDetails } from "../errors.js";
import { transportOf } from "../transport.js";
import type { Connector, Line, LineListener, OpenOptions, Transport } from "../transport.js";

/** The state of a WebSocket before it is open, and the code of a close without a close frame (RFC 6455 section 7.4.1). */
const CONNECTING = 0;
const UNCLEAN = 1006;

/** What is needed of a WebSocket: what every runtime has, and the package `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: any) => void): void;
}

/** Makes a WebSocket. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** Where the bridge is, and the server behind it. */
export interface WebSocketOptions {
  /**
   * The bridge, as `wss://bridge.example.com/`. `host`, `port` and `tls` are added to its query, where logs on the way keep
   * them. A bridge that leads to one server only, such as websockify, does not look at them.
   */
  readonly url: string | URL;
  /** The server: a name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /**
   * What lets you use the bridge, as its owner's backend gave it to you (`mintToken` of `edgepost/bridge`). It travels as a
   * subprotocol in the request's header, never in the URL. A function is asked for a new one whenever a connection is made.
   */
  readonly token?: string | (() => string | Promise<string>);
  /**
   * `"bridge"`: the bridge makes TLS with the server before the greeting (port 465). **Such a bridge sees everything: the
   * message and the password.** Use one that you trust like the server, by `wss:`. Default: nobody makes TLS, and the
   * session must be told so (`connect(..., { tls: "off" })`); what you send is then seen by the bridge, and by everybody
   * between it and the server.
   */
  readonly tls?: "bridge";
  /** Makes the WebSocket where the runtime does not (Node 20), or not as needed: the class of the package `ws` will do. */
  readonly WebSocket?: WebSocketConstructor;
}

/** Makes a connector: a way to a server through a bridge. Throws an `InputError`. */
export function websocket(options: WebSocketOptions): Connector {
  if (typeof options !== "object" || options === null)
    throw wrong("url", "websocket needs a url, a host and a port");
  const {
    host,
    port,
    token,
    tls,
    WebSocket = globalThis.WebSocket as unknown as WebSocketConstructor,
  } = options;
  if (typeof host !== "string" || host === "") throw wrong("host", "the option host must be a name");
  if (!(Number.isSafeInteger(port) && port >= 1 && port <= 65535))
    throw wrong("port", "the option port must be a whole number, 1 to 65535");
  if (tls !== undefined && tls !== "bridge")
    throw wrong("tls", 'the option tls must be "bridge", or left out');
  if (token !== undefined && typeof token !== "string" && typeof token !== "function")
    throw wrong("token", "the option token must be a string, or a function that gives one");
  if (typeof WebSocket !== "function")
    throw wrong(
      "WebSocket",
      "this runtime has no WebSocket: give one as the option WebSocket, such as that of the package ws",
    );
  const url = bridgeUrl(options.url);
  if (tls === "bridge" && url.protocol !== "wss:" && !isLocal(url.hostname))
    throw wrong(
      "url",
      'with tls: "bridge" the way to the bridge must be secure as well: its url must be wss:',
    );
  url.searchParams.set("host", host);
  url.searchParams.set("port", String(port));
  return {
    host,
    port,
    async open({ implicitTls, signal }: OpenOptions): Promise<Transport> {
      signal?.throwIfAborted();
      if (implicitTls && tls !== "bridge")
        throw new TlsError(
          "TLS with the server would begin at the bridge, which would see everything: " +
            'say tls: "bridge" if you trust it like the server',
        );
      const target = new URL(url);
      if (implicitTls) target.searchParams.set("tls", "1");
      const shown = typeof token === "function" ? await token() : token;
      if (shown !== undefined && !/^[\w.!#$%&'*+^`|~-]+$/.test(shown))
        throw wrong(
          "token",
          "the token has characters that a subprotocol cannot have (RFC 6455 section 4.1)",
        );
      signal?.throwIfAborted();
      const protocols = [SUBPROTOCOL, BINARY, ...(shown === undefined ? [] : [TOKEN_PREFIX + shown])];
      const line = new WebSocketLine(made(WebSocket, target, protocols), whereOf(target), implicitTls);
      const abort = (): void => line.give(signal!.reason);
      signal?.addEventListener("abort", abort, { once: true });
      try {
        await line.ready;
      } finally {
        signal?.removeEventListener("abort", abort);
      }
      return transportOf(line, {
        secure: implicitTls,
        async close(): Promise<void> {
          line.give(new ClosedError("the connection was closed"));
        },
      });
    },
  };
}

function bridgeUrl(given: string | URL): URL {
  const text = String(given);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:") url.protocol = "wss:";
  if (url?.protocol === "http:") url.protocol = "ws:";
  if (url === undefined || !/^wss?:$/.test(url.protocol))
    throw wrong("url", "the option url must be the bridge's address, as wss://bridge.example.com/");
  // Browsers refuse a fragment, and passwords.
  url.hash = "";
  if (url.username !== "" || url.password !== "")
    throw wrong("url", "the bridge's address may hold no password: use the option token");
  return url;
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** The bridge as errors name it: queries may hold secrets. */
function whereOf({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

function wrong(field: string, what: string): InputError {
  return new InputError(what, { field });
}

function made(WebSocket: WebSocketConstructor, url: URL, protocols: string[]): WebSocketLike {
  try {
    const socket = new WebSocket(url.href, protocols);
    socket.binaryType = "arraybuffer";
    return socket;
  } catch (cause) {
    throw new InputError(`no WebSocket can be made to ${whereOf(url)}: ${wordsOf(cause)}`, {
      field: "url",
      cause,
    });
  }
}

/** The `readyState` of a WebSocket that is open. */
const OPEN = 1;
/** How much may wait to be sent, in octets: enough to keep a fast line busy. */
const BUFFER_OCTETS = 512 * 1024;
/**
 * How much may wait to be read, in octets. WebSocket itself cannot make a bridge wait. Ours waits for credit; one that only
 * copies is cut off when it has sent so much that nobody wants, which a server's replies never are.
 */
const UNREAD_OCTETS = 4 * 1024 * 1024;
/** How often a WebSocket is asked how much it still has to send, as nothing tells: milliseconds. */
const LOOK = 10;

/** A WebSocket by calls. */
class WebSocketLine implements Line {
  /** Settles when the server is reached. */
  readonly ready: Promise<void>;
  #reached!: () => void;
  #failed!: (error: unknown) => void;
  readonly #socket: WebSocketLike;
  readonly #bridge: string;
  readonly #secure: boolean;
  #listener: LineListener | undefined;
  #open = false;
  /** Whether the server is reached. */
  #connected = false;
  /** Whether the bridge speaks `edgepost.v1`. */
  #controlled = false;
  #wanted = false;
  #telling = false;
  #unread: Uint8Array[] = [];
  #unreadOctets = 0;
  /** What was read since the bridge was given credit for it. */
  #owed = 0;
  /** What the bridge takes; what waits for that. */
  #credit = Infinity;
  #unsent: Uint8Array[] = [];
  #unsentOctets = 0;
  #parting = false;
  #awaitingRoom = false;
  #over: { readonly error: unknown } | undefined;
  #told = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushes: (() => void)[] = [];

  constructor(socket: WebSocketLike, bridge: string, secure: boolean) {
    this.#socket = socket;
    this.#bridge = bridge;
    this.#secure = secure;
    this.ready = new Promise((resolve, reject) => {
      this.#reached = resolve;
      this.#failed = reject;
    });
    this.ready.catch(ignore);
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", ({ data }: { data: unknown }) => this.#message(data));
    // What went wrong is told by the close that follows, as far as it is told at all. Where no connection was made, none
    // follows in some runtimes (edge-runtime): there the socket is still connecting.
    socket.addEventListener("error", () => {
      if (socket.readyState === CONNECTING) this.#end(this.#errorFor(UNCLEAN, ""));
    });
    socket.addEventListener("close", ({ code, reason }: { code: number; reason: string }) =>
      this.#end(this.#errorFor(code, String(reason ?? ""))),
    );
  }

  /** Lets go of the connection, for a reason of this side's. */
  give(reason: unknown): void {
    this.#end(reason);
    this.#socket.close(1000);
  }

  open(listener: LineListener): void {
    this.#listener = listener;
    this.#tell();
  }

  read(): void {
    this.#wanted = true;
    this.#tell();
  }

  write(bytes: Uint8Array): void {
    if (this.#over !== undefined || bytes.length === 0) return;
    this.#unsent.push(bytes);
    this.#unsentOctets += bytes.length;
    this.#send();
  }

  get room(): boolean {
    if (this.#unsentOctets + this.#socket.bufferedAmount < BUFFER_OCTETS) return true;
    this.#awaitingRoom = true;
    this.#look(LOOK);
    return false;
  }

  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#flushes.push(resolve);
      this.#look();
    });
  }

  async end(): Promise<void> {
    await this.flushed();
    if (this.#over !== undefined || this.#parting || !this.#controlled) return;
    this.#parting = true;
    this.#say("end");
  }

  release(): void {
    this.#listener = undefined;
  }

  #opened(): void {
    this.#open = true;
    this.#controlled = this.#socket.protocol === SUBPROTOCOL;
    if (this.#controlled) {
      this.#credit = 0;
      this.#say(`credit ${WINDOW_OCTETS}`);
    } else if (this.#secure)
      this.give(
        new TlsError(
          `the bridge at ${this.#bridge} only copies octets, and would not make TLS: ` +
            'use Edgepost\'s own bridge, or let that one make it and say tls: "off"',
        ),
      );
    else this.#begin();
  }

  #begin(): void {
    this.#connected = true;
    this.#reached();
  }

  #message(data: unknown): void {
    if (this.#over !== undefined) return;
    if (typeof data === "string") return this.#control(data);
    if (!(data instanceof ArrayBuffer)) return this.#garbled("something that is neither text nor octets");
    if (data.byteLength === 0) return;
    this.#unread.push(new Uint8Array(data));
    this.#unreadOctets += data.byteLength;
    const limit = this.#controlled ? WINDOW_OCTETS : UNREAD_OCTETS;
    if (this.#unreadOctets > limit)
      return this.#garbled(`more than ${limit} octets that nobody has asked for`);
    this.#tell();
  }

  #control(text: string): void {
    const control = this.#controlled ? readControl(text) : undefined;
    if (control === undefined || control === "end") return this.#garbled(`the text "${oneLine(text, 40)}"`);
    if ("ready" in control) {
      if ((control.ready === "tls") !== this.#secure)
        return this.#garbled("that it did not do what it was asked for");
      return this.#begin();
    }
    this.#credit += control.credit;
    this.#send();
    this.#looked();
  }

  #garbled(what: string): void {
    this.give(new ProtocolError(`the bridge at ${this.#bridge} sent ${what}`));
  }

  /** Sends what the bridge takes. */
  #send(): void {
    while (this.#credit > 0 && this.#unsent.length > 0) {
      const [first] = this.#unsent as [Uint8Array];
      const piece = first.subarray(0, Math.min(this.#credit, MESSAGE_OCTETS));
      if (piece.length < first.length) this.#unsent[0] = first.subarray(piece.length);
      else this.#unsent.shift();
      this.#unsentOctets -= piece.length;
      this.#credit -= piece.length;
      this.#say(piece);
    }
  }

  /** Browsers complain on the console about what is sent when the other side has begun to close. */
  #say(data: string | Uint8Array): void {
    if (this.#socket.readyState === OPEN) this.#socket.send(data);
  }

  /** Looks how much waits, again and again while somebody waits for that; not from within a call. */
  #look(after = 0): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#looked();
    }, after);
  }

  #looked(): void {
    const waiting = this.#unsentOctets + this.#socket.bufferedAmount;
    if (waiting === 0 || this.#over !== undefined) for (const flushed of this.#flushes.splice(0)) flushed();
    if (this.#awaitingRoom && waiting < BUFFER_OCTETS) {
      this.#awaitingRoom = false;
      this.#listener?.room();
    }
    if (this.#over === undefined && (this.#awaitingRoom || this.#flushes.length > 0)) this.#look(LOOK);
  }

  /** Tells the listener what there is, soon: never from within a call. */
  #tell(): void {
    if (this.#telling || this.#listener === undefined) return;
    if (!(this.#wanted && this.#unread.length > 0) && (this.#over === undefined || this.#told)) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      if (this.#unread.length > 0) {
        if (this.#wanted) this.#give();
        else if (this.#over?.error !== undefined) this.#listener?.lost(this.#over.error);
      } else if (this.#over !== undefined && !this.#told) {
        this.#told = true;
        this.#listener?.ended(this.#over.error);
      }
      if (this.#wanted || this.#unread.length === 0) this.#tell();
    });
  }

  #give(): void {
    const bytes = this.#unread.shift()!;
    this.#wanted = false;
    this.#unreadOctets -= bytes.length;
    this.#owed += bytes.length;
    if (this.#controlled && this.#owed >= WINDOW_OCTETS / 2 && this.#over === undefined) {
      this.#say(`credit ${this.#owed}`);
      this.#owed = 0;
    }
    this.#listener?.received(bytes);
  }

  #end(error: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = { error };
    this.#unsent = [];
    this.#unsentOctets = 0;
    this.#failed(error ?? new ClosedError(`the server closed the connection at once`));
    this.#look();
    this.#tell();
  }

  /** What a close code means; nothing for the end in order. */
  #errorFor(code: number, reason: string): SmtpError | undefined {
    const words = reason === "" ? "" : `: ${oneLine(reason)}`;
    const said = `the bridge says${words}`;
    const bridge = this.#bridge;
    const at: SmtpErrorDetails = this.#connected ? {} : { stage: "connect" };
    switch (code) {
      case CLOSE.ended:
        return undefined;
      case CLOSE.leaving:
        return new ClosedError(`the bridge at ${bridge} is shutting down`, at);
      case 1002:
      case 1003:
      case 1007:
      case 1009:
      case CLOSE.flow:
        return new ProtocolError(`the bridge at ${bridge} did not take what it was sent${words}`, at);
      case CLOSE.request:
        return wrong("host", said);
      case CLOSE.token:
        return wrong("token", said);
      case CLOSE.destination:
        return wrong("host", said);
      case CLOSE.idle:
      case CLOSE.total:
      case CLOSE.late:
        return new TimeoutError(said, at);
      case CLOSE.octets:
        return new ClosedError(said, { ...at, retryable: false });
      case CLOSE.tls:
        return new TlsError(said, at);
      case CLOSE.lost:
      case CLOSE.unreachable:
        return new ClosedError(said, at);
    }
    if (this.#open) return new ClosedError(`the connection to the bridge was lost${words} (code ${code})`);
    return new ClosedError(
      `the bridge at ${bridge} cannot be reached, or refuses: is it there, does it let this page's origin in, ` +
        "does the page's Content-Security-Policy (connect-src) let you out, is the token one of its own? Its log says more",
    );
  }
}

function ignore(): void {}
