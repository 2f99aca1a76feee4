/**
 * IP addresses as octets, and which of them are public (the IANA special-purpose registries, RFC 6890): a bridge that reached
 * others would be a way into the network that it runs in.
 */

/** Addresses that share their first bits. */
export interface Network {
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** The octets of an address, 4 or 16; nothing when the text is none. */
export function addressOctets(text: string): Uint8Array | undefined {
  return text.includes(":") ? sixteen(text) : four(text);
}

/** Dotted decimal, as resolvers and the URL parser write it. Where a number begins with 0, systems that connect read it as octal. */
function four(text: string): Uint8Array | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined;
}

/** Any form of RFC 4291; the URL parser knows them all and makes groups of them. */
function sixteen(text: string): Uint8Array | undefined {
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) return undefined;
  const [head, tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::");
  const before = groups(head!);
  const after = groups(tail ?? "");
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

/** `10.0.0.0/8`, `fd00::/8`, or one address; nothing when the text is neither. */
export function networkOf(text: string): Network | undefined {
  const [address, length, ...more] = text.split("/");
  const octets = addressOctets(address!);
  if (octets === undefined || more.length > 0) return undefined;
  if (length === undefined) return { octets, bits: octets.length * 8 };
  if (!/^\d{1,3}$/.test(length) || Number(length) > octets.length * 8) return undefined;
  return { octets, bits: Number(length) };
}

export function contains({ octets, bits }: Network, address: Uint8Array): boolean {
  if (octets.length !== address.length) return false;
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit));
    if (((octets[bit / 8]! ^ address[bit / 8]!) & mask & 0xff) !== 0) return false;
  }
  return true;
}

const networks = (...texts: string[]): readonly Network[] => texts.map((text) => networkOf(text)!);

const LOOPBACK = /* @__PURE__ */ networks("127.0.0.0/8", "::1");

/** Not public: of IPv4 these, of IPv6 all outside of `GLOBAL`, and in it these. */
const SPECIAL = /* @__PURE__ */ networks(
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private (RFC 1918)
  "100.64.0.0/10", // behind a carrier's NAT (RFC 6598)
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local; clouds tell secrets there
  "172.16.0.0/12", // private
  "192.0.0.0/24", // IETF protocols
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
  "2001::/23", // IETF protocols: Teredo and others that embed addresses
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: embeds an address of IPv4
  "3fff::/20", // documentation
);
/** Global unicast; IPv4-mapped, NAT64, unique local, link-local and multicast addresses are elsewhere (RFC 4291). */
const GLOBAL = /* @__PURE__ */ networkOf("2000::/3")!;

export function isPublic(address: Uint8Array): boolean {
  if (SPECIAL.some((network) => contains(network, address))) return false;
  return address.length === 4 || contains(GLOBAL, address);
}

export function isLoopback(address: Uint8Array): boolean {
  return LOOPBACK.some((network) => contains(network, address));
}

/** Whom an address stands for when clients are counted: one of IPv6 is any of the 64 bits that its owner has. */
export function clientKey(address: string): string {
  const octets = addressOctets(address);
  return octets?.length !== 16 || address.includes(".") ? address : octets.subarray(0, 8).join(".");
}
