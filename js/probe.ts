/** Looking without sending: whether a server is there and lets us in (RFC 5321 section 4.1.1.9). */
import { connect } from "./client.js";
import type { ConnectOptions } from "./client.js";
import type { Reply } from "./errors.js";
import type { Connector, Transport } from "./transport.js";

/**
 * Whether a server is there and lets us in: connects as `connect` does, with TLS and the credentials of the options, asks
 * for a sign of life, and closes. Resolves to the reply to NOOP; rejects as `connect` does.
 */
export async function verify(target: Connector | Transport, options: ConnectOptions = {}): Promise<Reply> {
  const smtp = await connect(target, options);
  try {
    return await smtp.verify();
  } finally {
    await smtp.close();
  }
}
