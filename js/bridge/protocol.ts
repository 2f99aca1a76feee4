/**
 * What a client and the bridge say to each other: octets of the connection are binary WebSocket messages (RFC 6455), and
 * where both know the subprotocol `edgepost.v1`, text messages say when the server is reached and who may send how much.
 *
 * The request's URL names the destination: `?host=smtp.example.com&port=465&tls=1`. URLs end up in logs, so the token is not
 * in it: it is offered as one more subprotocol, which the bridge never chooses.
 *
 * | text message | from | means |
 * |---|---|---|
 * | `ready`, `ready tls` | bridge | the server is reached, by TLS of the bridge's |
 * | `credit N` | either | you may send N octets more |
 * | `end` | client | I send no more; the server is told |
 *
 * A bridge that only copies octets, such as websockify, chooses `binary` or no subprotocol, and none of this is said.
 */

/** The subprotocol with text messages. */
export const SUBPROTOCOL: string = "edgepost.v1";
/** The subprotocol of bridges that only copy octets. */
export const BINARY: string = "binary";
/** What comes before the token in the list of subprotocols. */
export const TOKEN_PREFIX: string = "edgepost.token.";

/** A client sends messages of at most this many octets. */
export const MESSAGE_OCTETS: number = 64 * 1024;
/** What either side lets the other have under way: octets. */
export const WINDOW_OCTETS: number = 256 * 1024;

/**
 * How the bridge closes a WebSocket. The codes resemble HTTP's; the reason that comes with one is for people. In mid-session
 * the error is the `cause` of the session's own.
 *
 * | code | when | at the client |
 * |---|---|---|
 * | 1000 | the server has closed the connection | the end |
 * | 1001 | the bridge is shutting down | `ClosedError` |
 * | 1002, 1003, 1007, 1009 | the client's messages are none, or too large | `ProtocolError` |
 * | 4400 | the request names no destination | `InputError` |
 * | 4401 | the token is missing, wrong, expired, or for something else | `InputError`, field `token` |
 * | 4403 | the destination, or the address of its name, is not allowed | `InputError`, field `host` |
 * | 4408 | nothing went either way for too long, or the client answers no more | `TimeoutError` |
 * | 4409 | more was sent than there was credit for | `ProtocolError` |
 * | 4410 | the connection has lasted as long as one may | `TimeoutError` |
 * | 4413 | the connection has carried as much as one may | `ClosedError`, not to be tried again |
 * | 4500 | the connection to the server was lost | `ClosedError` |
 * | 4502 | the server cannot be reached | `ClosedError` |
 * | 4504 | reaching the server takes too long | `TimeoutError` |
 * | 4526 | no TLS with the server, or not with whom it should be | `TlsError` |
 */
export const CLOSE = {
  ended: 1000,
  leaving: 1001,
  garbled: 1003,
  request: 4400,
  token: 4401,
  destination: 4403,
  idle: 4408,
  flow: 4409,
  total: 4410,
  octets: 4413,
  lost: 4500,
  unreachable: 4502,
  late: 4504,
  tls: 4526,
} as const;

/** One of the codes of {@link CLOSE}. */
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** What a text message says. */
export type Control = { readonly credit: number } | { readonly ready: "clear" | "tls" } | "end";

/** Reads a text message; nothing when it is none of the table above. */
export function readControl(text: string): Control | undefined {
  if (text === "end") return "end";
  if (text === "ready") return { ready: "clear" };
  if (text === "ready tls") return { ready: "tls" };
  const [, digits] = /^credit ([1-9]\d{0,8})$/.exec(text) ?? [];
  return digits === undefined ? undefined : { credit: Number(digits) };
}

/** Text of the other side, fit for one line: controls are escaped, and it is cut to `length`. */
export function oneLine(text: string, length = 200): string {
  const line = text.replace(/[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
  return line.length <= length ? line : `${line.slice(0, length)}...`;
}

/** What a close frame has room for: 123 octets of UTF-8 (RFC 6455 section 5.5). */
export function closeReason(text: string): string {
  const octets = new TextEncoder().encode(oneLine(text));
  if (octets.length <= 123) return new TextDecoder().decode(octets);
  // A character that was cut is left out.
  return new TextDecoder().decode(octets.subarray(0, 120), { stream: true }) + "...";
}
