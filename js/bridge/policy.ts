/** Who may use the bridge, for what: decided from the request alone, without I/O, so that every host decides the same. */
import { InputError } from "../errors.js";
import { clientKey } from "./address.js";
import { Destinations, hostOf, portOf } from "./destination.js";
import type { Destination } from "./destination.js";
import { settingsOf } from "./options.js";
import type { BridgeLog, BridgeOptions, BridgeSettings } from "./options.js";
import { BINARY, CLOSE, oneLine, SUBPROTOCOL, TOKEN_PREFIX } from "./protocol.js";
import type { CloseCode } from "./protocol.js";
import type { Shape } from "../options.js";
import { TokenCheck } from "./token.js";

/** A request as a host sees it. */
export interface BridgeRequest {
  readonly method: string;
  /** The path and the query, or the whole URL. */
  readonly url: string;
  /** A header field by its name in lower case. */
  header(name: string): string | null | undefined;
  /** The client's address, where it is known. */
  readonly client: string | undefined;
}

/**
 * No: a status of HTTP before the WebSocket is there. Pages are told no status, so a client that understands our codes gets
 * `close` instead, after the WebSocket was made for nothing else.
 */
export interface Refusal {
  readonly status: number;
  readonly close?: CloseCode;
  readonly text: string;
  /** What the log says beside the text. */
  readonly detail?: string;
}

/** Yes. */
export interface Admission {
  readonly destination: Destination;
  /** Whether the client speaks `edgepost.v1`. */
  readonly controlled: boolean;
  readonly subject?: string;
}

/** A place among the connections; what it is for may still be refused. */
export interface Place {
  /** What the log says of the client. */
  readonly who: Pick<BridgeLog, "client" | "origin">;
  /** Gives the place to somebody else. */
  leave(): void;
}

export class Policy {
  readonly settings: BridgeSettings;
  readonly #destinations: Destinations;
  readonly #origins: ReadonlySet<string>;
  readonly #tokens: TokenCheck | undefined;
  readonly #log: (entry: BridgeLog) => void;
  readonly #clients = new Map<string, number>();
  #connections = 0;

  /** Throws an `InputError`. */
  constructor(options: BridgeOptions, more: Shape = {}) {
    this.settings = settingsOf(options, more);
    const { allow, networks = [], origins = [], tokens, log = () => {} } = options;
    this.#destinations = new Destinations(allow, networks);
    this.#origins = new Set(origins.map(originOf));
    this.#tokens = tokens && new TokenCheck(tokens.key, tokens.audience);
    this.#log = log;
  }

  /** Rejects with an `InputError` when the key of the tokens cannot be used. */
  async ready(): Promise<void> {
    await this.#tokens?.ready();
  }

  /** How many places are taken. */
  get connections(): number {
    return this.#connections;
  }

  /** The first look at a request: whether it may have a place. */
  enter(request: BridgeRequest): Place | Refusal {
    const origin = request.header("origin") ?? undefined;
    const { client } = request;
    const refuse = (refusal: Refusal): Refusal => {
      this.refused({ client, ...(origin !== undefined && { origin: oneLine(origin) }) }, refusal);
      return refusal;
    };
    if (request.method !== "GET") return refuse({ status: 405, text: "only GET, to make a WebSocket" });
    if (request.header("upgrade")?.toLowerCase() !== "websocket")
      return refuse({ status: 426, text: "this is a bridge from WebSocket to TCP: connect by WebSocket" });
    if (origin !== undefined && !this.#origins.has("*") && !this.#origins.has(origin))
      return refuse({ status: 403, text: "pages of this origin may not use the bridge" });
    const { connections, perClient } = this.settings.limits;
    if (this.#connections >= connections)
      return refuse({ status: 503, text: "the bridge has as many connections as it may: try again later" });
    const key = client === undefined ? "" : clientKey(client);
    const others = this.#clients.get(key) ?? 0;
    // Where clients have no addresses, they cannot be told apart.
    if (key !== "" && others >= perClient)
      return refuse({ status: 429, text: "you have as many connections as you may: close one" });
    this.#connections++;
    this.#clients.set(key, others + 1);
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#connections--;
      const rest = this.#clients.get(key)! - 1;
      if (rest === 0) this.#clients.delete(key);
      else this.#clients.set(key, rest);
    };
    return { who: { client, ...(origin !== undefined && { origin: oneLine(origin) }) }, leave };
  }

  /** The second look: whether this may be reached. The list is told to nobody who needs a token and has none. */
  async judge(request: BridgeRequest, place: Place, now: number): Promise<Admission | Refusal> {
    const offered = subprotocols(request);
    const controlled = offered.includes(SUBPROTOCOL);
    const destination = destinationOf(request.url);
    const refuse = (refusal: Refusal & { close: CloseCode }): Refusal => {
      this.refused({ ...place.who, ...asked(destination) }, refusal);
      const { close, ...plain } = refusal;
      return controlled ? { ...plain, close } : plain;
    };
    if (typeof destination === "string")
      return refuse({ status: 400, close: CLOSE.request, text: destination });
    let subject: string | undefined;
    if (this.#tokens !== undefined) {
      const shown = offered.find((name) => name.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length);
      const judged = await this.#tokens.judge(shown, destination, now);
      if ("wrong" in judged) return refuse({ status: 401, close: CLOSE.token, text: judged.wrong });
      subject = judged.subject && oneLine(judged.subject);
    }
    if (!this.#destinations.lists(destination))
      return refuse({
        status: 403,
        close: CLOSE.destination,
        text: "this server is not one that the bridge may reach",
        detail: "not on the list",
      });
    return { destination, controlled, ...(subject !== undefined && { subject }) };
  }

  /** The third look, when a name was resolved: the addresses that may be connected to. */
  reachable(destination: Destination, addresses: readonly string[]): readonly string[] {
    return addresses.filter((address) => this.#destinations.reaches(destination, address));
  }

  /** What the log's function throws is its own affair, and stops nobody. */
  log(entry: BridgeLog): void {
    try {
      const done: unknown = this.#log(entry);
      if (done instanceof Promise) done.catch(complain);
    } catch (thrown) {
      complain(thrown);
    }
  }

  refused(
    who: Pick<BridgeLog, "client" | "origin" | "host" | "port">,
    { text, detail, status }: Refusal,
  ): void {
    const reason = detail === undefined ? text : `${text} (${detail})`;
    this.log({ event: "refused", ...who, reason, code: status });
  }
}

function complain(thrown: unknown): void {
  console.error("the function that a bridge was given to log with has failed:", thrown);
}

/** The subprotocol to choose of those that are offered: never the token. */
export function chosenSubprotocol(offered: Iterable<string>): string | undefined {
  const names = new Set(offered);
  return [SUBPROTOCOL, BINARY].find((name) => names.has(name));
}

function subprotocols(request: BridgeRequest): readonly string[] {
  return (request.header("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
}

/** The destination that a URL names, or what is wrong with it. */
function destinationOf(url: string): Destination | string {
  const query = new URLSearchParams(url.split("?").slice(1).join("?").split("#")[0]);
  for (const name of ["host", "port", "tls"])
    if (query.getAll(name).length > 1) return `the URL has more than one ${name}`;
  const host = hostOf(query.get("host") ?? "");
  const port = portOf(query.get("port") ?? "");
  const tls = query.get("tls") ?? "0";
  if (host === undefined) return "the URL needs a name or an address: ?host=smtp.example.com&port=465";
  if (port === undefined) return "the URL needs a port, 1 to 65535: ?host=smtp.example.com&port=465";
  if (tls !== "0" && tls !== "1") return "tls in the URL is 1 or 0";
  return { host, port, tls: tls === "1" };
}

function asked(destination: Destination | string): Pick<BridgeLog, "host" | "port"> {
  return typeof destination === "string" ? {} : { host: destination.host, port: destination.port };
}

/** An origin as browsers send it. */
function originOf(text: string): string {
  if (text === "*" || text === "null") return text;
  // The URL parser takes a star in a host for a letter.
  const url = URL.canParse(text) && !text.includes("*") ? new URL(text) : undefined;
  // Extensions have schemes without origins of their own; what browsers send for them is the text itself.
  const origin = url?.origin === "null" ? `${url.protocol}//${url.host}` : url?.origin;
  if (origin !== undefined && text.replace(/\/$/, "").toLowerCase() === origin) return origin;
  throw new InputError(`"${text}" is no origin: write https://app.example.com, without a path`, {
    field: "origins",
  });
}
