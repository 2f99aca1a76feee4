/** A server that many connections can be made to, in memory: our own, behind a connector that a test may get in the way of. */

import { loopback, serve } from "edgepost";
import type { Connector, ServeOptions, ServerHandlers, Transport } from "edgepost";

import { keeper } from "./support.js";

/** How a {@link Site} serves; connections are numbered from 1 on. */
export interface SiteOptions {
  handlers?: ServerHandlers | ((connection: number) => ServerHandlers);
  serve?: ServeOptions | ((connection: number) => ServeOptions);
  /** Comes before the connection is made: what it throws is why there is none. */
  before?: (connection: number) => void | Promise<void>;
  /** Comes between the client and the wire. */
  between?: (transport: Transport, connection: number) => Transport;
}

/** A server in memory, and a connector to it. */
export class Site implements Connector {
  readonly host = "mx.test";
  readonly port = 25;
  /** How many connections were asked for, how many there are, and the most there were at once. */
  asked = 0;
  present = 0;
  most = 0;
  readonly #options: SiteOptions;
  readonly #served: Promise<void>[] = [];

  constructor(options: SiteOptions = {}) {
    this.#options = options;
  }

  async open(): Promise<Transport> {
    const { handlers = keeper().handlers, serve: options = {}, before, between } = this.#options;
    const connection = ++this.asked;
    await before?.(connection);
    const [client, server] = loopback();
    this.present++;
    this.most = Math.max(this.most, this.present);
    const of = <T>(value: T | ((connection: number) => T)): T =>
      typeof value === "function" ? (value as (connection: number) => T)(connection) : value;
    this.#served.push(serve(server, of(handlers), of(options)));
    const transport = between?.(client, connection) ?? client;
    let open = true;
    const close = async (): Promise<void> => {
      if (open) this.present--;
      open = false;
      await transport.close();
    };
    return { ...transport, close };
  }

  /** Settles when all connections so far are over on the server's side too. */
  async over(): Promise<void> {
    await Promise.all(this.#served);
  }
}
