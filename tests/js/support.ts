/** What the tests of the library share: a client and a server joined in memory, and servers that play a script. */

import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import { connect, loopback, ready, serve } from "edgepost";
import type {
  ConnectOptions,
  Envelope,
  LoopbackOptions,
  ServeOptions,
  ServerHandlers,
  Smtp,
  Transport,
} from "edgepost";

/** A message that a {@link keeper} has kept. */
export interface Kept {
  envelope: Envelope;
  content: string;
}

/** Handlers that keep every message. */
export function keeper(): { kept: Kept[]; errors: unknown[]; handlers: ServerHandlers } {
  const kept: Kept[] = [];
  const errors: unknown[] = [];
  return {
    kept,
    errors,
    handlers: {
      async onMessage(content, { from, to }) {
        kept.push({ envelope: { from, to }, content: await new Response(content).text() });
      },
      onError: (error) => void errors.push(error),
    },
  };
}

/** Counts the octets of what arrives, and the most memory that was resident meanwhile. */
export function gauge(): { received: number; most: number; handlers: ServerHandlers } {
  const seen = { received: 0, most: 0 };
  const onMessage = async (content: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const bytes of content) {
      seen.received += bytes.length;
      seen.most = Math.max(seen.most, process.memoryUsage().rss);
    }
  };
  return Object.assign(seen, { handlers: { onMessage } });
}

/** How {@link joined} joins. */
export interface Joined {
  handlers?: ServerHandlers;
  serve?: ServeOptions;
  connect?: ConnectOptions;
  loopback?: LoopbackOptions;
  /** Comes between the client and the wire. */
  between?: (transport: Transport) => Transport;
}

/** Loads all that sessions need, so that none waits for it: a virtual clock does not. */
export async function loaded(): Promise<void> {
  await ready();
  await rejection(connect(loopback()[0], { signal: AbortSignal.abort() }));
}

/** A session over a loopback with our own server, which ends with the session. TLS is off unless said otherwise. */
export async function joined(options: Joined = {}): Promise<{ smtp: Smtp; served: Promise<void> }> {
  const [client, server] = loopback(options.loopback);
  const served = serve(server, options.handlers ?? keeper().handlers, options.serve);
  const transport = options.between?.(client) ?? client;
  const smtp = await connect(transport, { tls: "off", name: "client.test", ...options.connect });
  return { smtp, served };
}

/** One connection of a {@link scripted} server, seen from the script. */
export class Peer {
  readonly #socket: Socket;
  #received = "";
  #ended = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.#received += bytes.toString("latin1");
      this.#wake();
    });
    for (const event of ["end", "close", "error"])
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
  }

  /** Waits until the client has sent this, and takes all up to its end. */
  async expect(text: string): Promise<void> {
    for (;;) {
      const at = this.#received.indexOf(text);
      if (at >= 0) {
        this.#received = this.#received.slice(at + text.length);
        return;
      }
      if (this.#ended) throw new Error(`the client left before it said ${JSON.stringify(text)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Settles when the client has closed the connection. */
  async gone(): Promise<void> {
    while (!this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  say(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  write(octets: string | Uint8Array): boolean {
    return this.#socket.write(octets);
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("drain", resolve);
      this.#socket.once("close", resolve);
    });
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Ends the connection in order. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection by a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Greets, and offers these extensions. */
  async hello(...keywords: string[]): Promise<void> {
    this.say("220 script.test ESMTP");
    await this.expect("EHLO client.test\r\n");
    const lines = ["script.test", ...keywords];
    this.say(...lines.map((line, index) => `250${index === lines.length - 1 ? " " : "-"}${line}`));
  }
}

/** A server of one script, played to each connection; what the script throws is found in `failures`. */
export interface Scripted extends AsyncDisposable {
  readonly port: number;
  readonly failures: unknown[];
}

/** Starts a server that plays `script` to each client. A client that leaves early is no failure of the script. */
export async function scripted(script: (peer: Peer) => void | Promise<void>): Promise<Scripted> {
  const sockets = new Set<Socket>();
  const failures: unknown[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    void Promise.resolve(script(new Peer(socket))).catch((error: unknown) => failures.push(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    failures,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A raw message with these recipients. */
export function mail(
  raw: string,
  to: string | string[] = "bob@example.org",
): { envelope: { from: string; to: string | string[] }; raw: string } {
  return { envelope: { from: "ann@example.com", to }, raw };
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** A promise that others settle. */
export function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}
