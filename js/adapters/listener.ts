/** What listening is in every runtime that can: an open port, connections that wait, and those that take them. */
import { ClosedError, InputError, wordsOf } from "../errors.js";
import { checkPort } from "./options.js";
import type { Listener, ListenOptions } from "./options.js";
import type { Endpoint, Transport } from "../transport.js";

/** How a runtime tells what happens at its port. */
export interface Port {
  /** It is open. */
  opened(at: Endpoint): void;
  /** It cannot be opened, or is not open any more. */
  failed(error: unknown): void;
  /** Somebody has connected. */
  offer(transport: Transport): void;
  /** Somebody has connected, and TLS begins. `drop` gives the connection up; called when that fails or takes too long. */
  shake(handshake: Promise<Transport>, drop: () => void): Promise<void>;
}

const BACKLOG = 511;
const HANDSHAKE_TIMEOUT = 30_000;

export class PortListener implements Listener {
  readonly ready: Promise<void>;
  readonly #options: ListenOptions;
  readonly #waiting: Transport[] = [];
  readonly #takers: ((result: Promise<IteratorResult<Transport>>) => void)[] = [];
  readonly #shaking: Set<() => void> = new Set();
  readonly #stop: () => void;
  #endpoint: Endpoint | undefined;
  #failure: ClosedError | undefined;
  #closed = false;

  /** `open` opens the port and gives what closes it. */
  constructor(options: ListenOptions, open: (port: Port, backlog: number) => () => void) {
    const { port, signal, backlog = BACKLOG } = options;
    checkPort(port, 0);
    this.#options = options;
    let close = (): void => void (this.#closed = true);
    let refuse!: (error: ClosedError) => void;
    let resolve!: () => void;
    this.ready = new Promise((settle, reject) => ([resolve, refuse] = [settle, reject]));
    // Whoever only iterates gets the failure there.
    this.ready.catch(ignore);
    const stop = open(
      {
        opened: (at) => {
          this.#endpoint = at;
          resolve();
        },
        failed: (error) => {
          this.#failure = new ClosedError(`cannot listen on port ${port}: ${wordsOf(error)}`, {
            cause: error,
          });
          refuse(this.#failure);
          close();
        },
        offer: (transport) => this.#offer(transport),
        shake: (handshake, drop) => this.#shake(handshake, drop),
      },
      backlog,
    );
    close = () => void this.close();
    this.#stop = () => {
      signal?.removeEventListener("abort", close);
      stop();
    };
    if (signal?.aborted === true) close();
    else signal?.addEventListener("abort", close, { once: true });
  }

  get port(): number {
    return this.#known().port;
  }

  get address(): string {
    return this.#known().address;
  }

  #known(): Endpoint {
    if (this.#endpoint === undefined)
      throw new InputError("the port is not open yet: `await listener.ready` first");
    return this.#endpoint;
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#stop();
    for (const transport of this.#waiting.splice(0)) void transport.close();
    for (const drop of this.#shaking) drop();
    for (const take of this.#takers.splice(0)) take(this.#end());
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Transport> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  #next(): Promise<IteratorResult<Transport>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#closed) return this.#end();
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  #end(): Promise<IteratorResult<Transport>> {
    if (this.#failure === undefined) return Promise.resolve({ done: true, value: undefined });
    return Promise.reject(this.#failure);
  }

  #offer(transport: Transport): void {
    const take = this.#takers.shift();
    if (take !== undefined) take(Promise.resolve({ done: false, value: transport }));
    else if (!this.#closed && this.#waiting.length < (this.#options.backlog ?? BACKLOG))
      this.#waiting.push(transport);
    else void transport.close();
  }

  async #shake(handshake: Promise<Transport>, drop: () => void): Promise<void> {
    const timer = setTimeout(drop, this.#options.handshakeTimeout ?? HANDSHAKE_TIMEOUT);
    this.#shaking.add(drop);
    try {
      this.#offer(await handshake);
    } catch {
      drop();
    } finally {
      clearTimeout(timer);
      this.#shaking.delete(drop);
    }
  }
}

function ignore(): void {}
