/** How a bridge with a listener of its own is set up, without its runtime. */
import type { BridgeOptions } from "./options.js";

type Pem = string | Uint8Array;

/** A bridge on Node. */
export interface NodeBridgeOptions extends BridgeOptions {
  /** The port to listen on. Default: 0, one that is free. */
  readonly port?: number;
  /** The address to listen on. Default: `127.0.0.1`, so that only this machine reaches it. */
  readonly host?: string;
  /** The bridge's own certificate and key: with them it speaks `wss:`. Pages of `https:` origins need that. */
  readonly tls?: { readonly cert: Pem; readonly key: Pem };
  /** The authorities to trust when the bridge makes TLS with a server, instead of Node's own list. */
  readonly ca?: Pem;
  /** Finds the addresses of a name, instead of the system's resolver. It may reject. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /**
   * The client's address, for limits and the log, where the bridge stands behind a proxy that tells it: gets a reader of
   * header fields (names in lower case) and the proxy's address.
   */
  readonly client?: (
    header: (name: string) => string | undefined,
    address: string | undefined,
  ) => string | undefined;
  /** Closes the bridge. */
  readonly signal?: AbortSignal;
}

/** A bridge that listens. */
export interface RunningBridge extends AsyncDisposable {
  /** What clients connect to, as `ws://127.0.0.1:8025/`. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** How many connections there are. */
  readonly connections: number;
  /** What the bridge holds of all connections, in both directions: octets. */
  readonly buffered: number;
  /** Takes no more connections, lets those there are end by themselves for `timeouts.close`, then closes them. */
  close(): Promise<void>;
}
