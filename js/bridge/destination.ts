/** Where a client may have the bridge connect to: names and ports on a list, and addresses that are public or named. */
import { InputError } from "../errors.js";
import { addressOctets, contains, isLoopback, isPublic, networkOf } from "./address.js";
import type { Network } from "./address.js";

/** A server that a client asks for. */
export interface Destination {
  /** In lower case, with A-labels; an address of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether the bridge is asked to make TLS with it. */
  readonly tls: boolean;
}

/** One entry of the allow-list, as an option. */
export type Allowed = string | { readonly host: string; readonly port: number };

/** One entry of the allow-list. */
interface Entry {
  /** A host, or with `below` all names under a domain. */
  readonly host: string;
  readonly below: boolean;
  readonly port: number;
}

/** The form of a host by which it is compared; nothing when the text is no name and no address. */
export function hostOf(text: string): string | undefined {
  if (text.length > 255) return undefined;
  if (text.includes(":") || text.startsWith("[")) {
    const address = text.replace(/^\[(.*)\]$/, "$1");
    return addressOctets(address) === undefined
      ? undefined
      : new URL(`http://[${address}]/`).hostname.slice(1, -1);
  }
  // What ends a host in a URL, or is decoded in one, is in no name.
  if (!/^[\p{L}\p{M}\p{N}._-]+$/u.test(text) || !URL.canParse(`http://${text}/`)) return undefined;
  // The URL parser also finds addresses in disguise: 127.1, 0x7f000001, 2130706433.
  const { hostname } = new URL(`http://${text}/`);
  const host = hostname.replace(/\.$/, "");
  return host === "" || host.startsWith(".") || host.includes("..") ? undefined : host;
}

/** A port as a URL's query has it. */
export function portOf(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : NaN;
  return port <= 65535 ? port : undefined;
}

/** What may be reached. */
export class Destinations {
  readonly #entries: readonly Entry[];
  readonly #networks: readonly Network[];

  /** Throws an `InputError` for an entry that is none. */
  constructor(allow: readonly Allowed[], networks: readonly string[]) {
    this.#entries = allow.map(entryOf);
    this.#networks = networks.map((text) => {
      const network = networkOf(text);
      if (network !== undefined) return network;
      throw new InputError(
        `"${text}" is no address and no network: write 10.1.2.3, 10.1.0.0/16 or fd00::/8`,
        { field: "networks" },
      );
    });
  }

  /** Whether the name and the port are on the list. */
  lists({ host, port }: Destination): boolean {
    return this.#entries.some((entry) => entry.port === port && matches(entry, host));
  }

  /**
   * Whether this address of a listed destination may be connected to: it is public, or its network was named, or the list
   * names it. `localhost` on the list names the loopback addresses.
   */
  reaches(destination: Destination, address: string): boolean {
    const octets = addressOctets(address);
    if (octets === undefined) return false;
    if (isPublic(octets) || this.#networks.some((network) => contains(network, octets))) return true;
    const named = addressOctets(destination.host);
    if (named !== undefined) return String(named) === String(octets);
    return destination.host === "localhost" && isLoopback(octets);
  }
}

function matches({ host, below }: Entry, asked: string): boolean {
  return below ? asked.endsWith(`.${host}`) && addressOctets(asked) === undefined : asked === host;
}

function entryOf(allowed: Allowed): Entry {
  const [host, port] = typeof allowed === "string" ? split(allowed) : [allowed.host, String(allowed.port)];
  const below = host.startsWith("*.");
  const name = hostOf(below ? host.slice(2) : host);
  const number = portOf(port);
  // All names under an address, or under a whole top-level domain, cannot be meant.
  const broad = below && name !== undefined && (addressOctets(name) !== undefined || !name.includes("."));
  if (name !== undefined && number !== undefined && !broad) return { host: name, below, port: number };
  throw new InputError(
    `"${typeof allowed === "string" ? allowed : `${host}:${port}`}" is no destination: ` +
      "write smtp.example.com:465, *.example.com:587, 192.0.2.1:25 or [2001:db8::1]:25",
    { field: "allow" },
  );
}

function split(text: string): [host: string, port: string] {
  const at = text.lastIndexOf(":");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
