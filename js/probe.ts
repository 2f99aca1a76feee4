/**
 * Looking without sending: whether a server is there and lets us in, and what it offers (RFC 5321 section 4.1.1.1 and
 * 4.1.1.9, RFC 3207 section 4.2).
 */
import { connect } from "./client.js";
import type { ConnectOptions, Probe, Smtp } from "./client.js";
import type { Reply } from "./errors.js";
import type { Connector, Transport } from "./transport.js";

/**
 * Whether a server is there and lets us in: connects as `connect` does, with TLS and the credentials of the options, asks
 * for a sign of life, and closes. Resolves to the reply to NOOP; rejects as `connect` does.
 */
export function verify(target: Connector | Transport, options: ConnectOptions = {}): Promise<Reply> {
  return during(target, options, (smtp) => smtp.verify());
}

/**
 * What a server offers before TLS, under TLS, and after AUTH if credentials are given; nothing is sent. `tls` is
 * `"opportunistic"` unless said otherwise (on port 465, `"implicit"`): a server without TLS is looked at too, but gets no
 * credentials. Rejects as `connect` does.
 */
export function probe(target: Connector | Transport, options: ConnectOptions = {}): Promise<Probe> {
  const implicit = "port" in target && target.port === 465;
  const tls = implicit ? "implicit" : "opportunistic";
  return during(target, { tls, ...options }, (smtp) => smtp.probe());
}

async function during<T>(
  target: Connector | Transport,
  options: ConnectOptions,
  look: (smtp: Smtp) => Promise<T>,
): Promise<T> {
  const smtp = await connect(target, options);
  try {
    return await look(smtp);
  } finally {
    await smtp.close();
  }
}
