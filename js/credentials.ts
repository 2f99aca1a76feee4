/** What a client proves itself with, as options (RFC 4954). */
import { InputError } from "./errors.js";
import type { ClientAuth } from "./engine.js";
import { count, oneOf, text, texts } from "./options.js";
import type { Shape } from "./options.js";
import type { ChannelBinding } from "./transport.js";

/**
 * Who sends. With `pass`, the strongest mechanism is used that the server has too: SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS,
 * SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN; with `token`: OAUTHBEARER, XOAUTH2. When it fails, no other is tried.
 * The -PLUS forms are for transports that have a channel binding.
 */
export interface ClientAuthOptions {
  /** The user. With EXTERNAL, whom to act for; with ANONYMOUS, a word for the server's log; both may be left out. */
  readonly user?: string;
  /** The password. For SCRAM it is prepared as RFC 8265 says. */
  readonly pass?: string;
  /** A token of an OAuth 2.0 server, in place of a password (RFC 6750). */
  readonly token?: string;
  /**
   * Whom to act for, if not for `user` (the authorisation identity). Mechanisms that cannot say it are not used then:
   * LOGIN, CRAM-MD5 and XOAUTH2.
   */
  readonly authzid?: string;
  /**
   * The mechanisms to choose from, as `["PLAIN"]`. CRAM-MD5, EXTERNAL and ANONYMOUS are only used when they are named
   * here. The strongest is chosen, whatever the order.
   */
  readonly mechanisms?: readonly string[];
  /**
   * What the -PLUS forms of SCRAM bind to. Default: `"tls-exporter"` under TLS 1.3 (RFC 9266), `"tls-server-end-point"`
   * where that is not there. No server says which it knows: for one that has the other only, say it here.
   */
  readonly channelBinding?: ChannelBinding["type"];
  /** The fewest and the most rounds of hashing that a server may want (SCRAM). Defaults: 4096 and 600000. */
  readonly minIterations?: number;
  readonly maxIterations?: number;
}

export const CLIENT_AUTH: Shape = {
  user: text,
  pass: text,
  token: text,
  authzid: text,
  mechanisms: texts,
  channelBinding: oneOf("tls-exporter", "tls-server-end-point"),
  minIterations: count,
  maxIterations: count,
};

/** Octets of a nonce: 24 letters in base64. */
const NONCE_OCTETS = 18;

/** What the engine is told. Throws an `InputError` where something is missing. */
export function clientAuth(
  auth: ClientAuthOptions,
  server: { host: string; port: number } | undefined,
): ClientAuth {
  const { user, pass, token, mechanisms = [] } = auth;
  const missing = (name: string): InputError =>
    new InputError(`the option auth needs a ${name}`, { field: `auth.${name}` });
  if (pass !== undefined && token !== undefined)
    throw new InputError("the option auth has a pass and a token: only one can be used", {
      field: "auth.token",
    });
  const unproven = pass === undefined && token === undefined;
  if (unproven && (mechanisms.length === 0 || !mechanisms.every(needsNoProof))) throw missing("pass");
  if (user === undefined && !unproven) throw missing("user");
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_OCTETS));
  return { ...auth, user: user ?? "", nonce, ...(server && { host: server.host, port: server.port }) };
}

function needsNoProof(mechanism: string): boolean {
  return /^(external|anonymous)$/i.test(mechanism);
}
