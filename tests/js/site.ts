/** What the tests of pools share: a server that many connections can be made to, in memory: our own, behind a connector that a test may get in the way of. */

import { ClosedError, loopback, pool, serve } from "edgepost";
import type {
  Connector,
  Pool,
  PoolOptions,
  RawMessage,
  SendResult,
  ServeOptions,
  ServerHandlers,
  SmtpError,
  Transport,
} from "edgepost";

import { keeper, mail } from "./support.js";

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

/** A message that says its number. */
export const numbered = (index: number): RawMessage =>
  mail(`Message-ID: <${index}@example.com>\r\nSubject: ${index}\r\n\r\nbody\r\n`);

/** So many of them, from 0 on. */
export function* first(count: number): Generator<RawMessage> {
  for (let index = 0; index < count; index++) yield numbered(index);
}

/** What a connector throws when nobody answers. */
export const refused = (): never => {
  throw new ClosedError("nobody there");
};

/** A pool without TLS. */
export const at = (connector: Connector, options: PoolOptions = {}): Pool =>
  pool(connector, { tls: "off", name: "client.test", ...options });

/** All results, in a list. */
export async function collected(results: AsyncIterable<SendResult>): Promise<SendResult[]> {
  const all: SendResult[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** `ok`, or `code stage delivery retryable`. */
export function told(result: SendResult): string {
  return result.ok ? "ok" : summary(result.error);
}

/** `code stage delivery retryable`. */
export function summary({ code, stage, delivery, retryable }: SmtpError): string {
  return `${code} ${stage} ${delivery}${retryable ? " retryable" : ""}`;
}

/** A server that holds the answer to every message back until it is released; from `flow` on, to none. */
export function holding(options: SiteOptions = {}): {
  site: Site;
  held: (() => void)[];
  kept: string[];
  flow: () => void;
} {
  const held: (() => void)[] = [];
  const kept: string[] = [];
  let flowing = false;
  const flow = (): void => {
    flowing = true;
    release(held);
  };
  const site = new Site({
    ...options,
    handlers: {
      async onMessage(content) {
        const text = await new Response(content).text();
        if (!flowing) await new Promise<void>((resolve) => held.push(resolve));
        kept.push(/Subject: (.*)\r/.exec(text)![1]!);
      },
    },
  });
  return { site, held, kept, flow };
}

/** Lets all go on that are held; gives how many. */
export function release(held: (() => void)[]): number {
  const now = held.splice(0);
  for (const go of now) go();
  return now.length;
}
