/** How a bridge is set up, on every host, and what is wrong with options that cannot be used. */
import { InputError } from "../errors.js";
import {
  abortSignal,
  callback,
  count,
  milliseconds,
  octets,
  port,
  text,
  texts,
  validate,
} from "../options.js";
import type { Rule, Shape } from "../options.js";
import type { Allowed } from "./destination.js";
import { MESSAGE_OCTETS } from "./protocol.js";
import type { TokenKey } from "./token.js";

/** What a bridge lets through, and how much of it. Without `allow` it lets nothing through, without `origins` no page. */
export interface BridgeOptions {
  /**
   * The servers that may be reached: `"smtp.example.com:465"`, `"*.example.com:587"` (all names below it), or an address.
   * Nothing else is.
   */
  readonly allow: readonly Allowed[];
  /**
   * Networks that are not public, as `"10.1.0.0/16"`, in which servers on the list may have their addresses. Those that
   * `allow` names itself, and `localhost`, need not be named again. Workers: what the runtime reaches is the limit.
   */
  readonly networks?: readonly string[];
  /**
   * The origins of pages that may use the bridge, as `"https://app.example.com"`; `"*"`: all of them. Default: none. Who
   * sends no Origin is no page; what keeps others away is the tokens.
   */
  readonly origins?: readonly string[];
  /** Who may use the bridge shows a token that was minted with this key. Default: no tokens are needed. */
  readonly tokens?: { readonly key: TokenKey; readonly audience?: string };
  readonly limits?: Partial<BridgeLimits>;
  readonly timeouts?: Partial<BridgeTimeouts>;
  /** Hears of each connection that is made or refused, and of its end. Never sees content or tokens. */
  readonly log?: (entry: BridgeLog) => void;
}

/** How much a bridge carries. */
export interface BridgeLimits {
  /** Connections at once. Default: 256. Workers: for each instance of the Worker. */
  readonly connections: number;
  /** Connections at once for each client: an address, or a /64 of IPv6. Default: 16. */
  readonly perClient: number;
  /** What one connection may carry, both ways together: octets. Default: 256 MiB. */
  readonly octets: number;
  /** A WebSocket message: octets, 65,536 or more. Default: 262,144. */
  readonly message: number;
}

/** How long a bridge waits, in milliseconds. */
export interface BridgeTimeouts {
  /** For the request of a client. Default: 10 seconds. */
  readonly handshake: number;
  /** To reach the server: its name, the connection, TLS. Default: 20 seconds. */
  readonly connect: number;
  /** Without an octet either way. Default: 11 minutes, one more than a client waits for the end of content (RFC 5321). */
  readonly idle: number;
  /** For a connection in all. Default: 2 hours. */
  readonly total: number;
  /** Between questions whether the client is still there; the next question is the limit for the answer. Default: 30 seconds. */
  readonly ping: number;
  /** For sessions to end by themselves when the bridge is closed. Default: 5 seconds. */
  readonly close: number;
}

/** What happened to a connection: one for each that is made or refused, and one for its end. All text is fit for one line. */
export interface BridgeLog {
  readonly event: "open" | "end" | "refused";
  /** The client's address, where the host knows it. */
  readonly client: string | undefined;
  /** The page's origin, if it was a page. */
  readonly origin?: string;
  /** Whom the token was given to. */
  readonly subject?: string;
  readonly host?: string;
  readonly port?: number;
  /** Why it was refused, or has ended. */
  readonly reason: string;
  /** The status of HTTP, or the code of the close frame, that the client was told. */
  readonly code?: number;
  /** Octets that went to the server. */
  readonly sent?: number;
  /** Octets that came from the server. */
  readonly received?: number;
  /** How long it has lasted: milliseconds. */
  readonly duration?: number;
}

/** The options with their defaults. */
export interface BridgeSettings {
  readonly limits: BridgeLimits;
  readonly timeouts: BridgeTimeouts;
}

const LIMITS: BridgeLimits = { connections: 256, perClient: 16, octets: 256 << 20, message: 256 << 10 };
const TIMEOUTS: BridgeTimeouts = {
  handshake: 10_000,
  connect: 20_000,
  idle: 660_000,
  total: 7_200_000,
  ping: 30_000,
  close: 5_000,
};

const anything: Rule = { allows: () => true, words: "anything" };
const list: Rule = { allows: Array.isArray, words: "a list" };

/** What all hosts have in common. */
const COMMON: Shape = {
  allow: list,
  networks: texts,
  origins: texts,
  tokens: { key: anything, audience: text },
  limits: { connections: count, perClient: count, octets, message: octets },
  timeouts: {
    handshake: milliseconds,
    connect: milliseconds,
    idle: milliseconds,
    total: milliseconds,
    ping: milliseconds,
    close: milliseconds,
  },
  log: callback,
};

/** The options that only a host with a listener of its own has. */
export const LISTENING: Shape = {
  port,
  host: text,
  tls: { cert: anything, key: anything },
  ca: anything,
  resolve: callback,
  client: callback,
  signal: abortSignal,
};

/** Throws an `InputError` for what cannot be used. */
export function settingsOf(options: BridgeOptions, more: Shape = {}): BridgeSettings {
  validate(options, { ...COMMON, ...more });
  if (options.allow === undefined)
    throw new InputError('say which servers may be reached: allow: ["smtp.example.com:465"]', {
      field: "allow",
    });
  const limits = { ...LIMITS, ...options.limits };
  if (limits.message < MESSAGE_OCTETS)
    throw new InputError(`the option limits.message must be ${MESSAGE_OCTETS} octets or more`, {
      field: "limits.message",
    });
  return { limits, timeouts: { ...TIMEOUTS, ...options.timeouts } };
}
