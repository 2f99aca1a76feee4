/**
 * Goes on with a session for which the engine that sends is too small: one that authenticates by SCRAM or CRAM-MD5. The
 * whole engine hears what the server has said so far, and takes over on the same connection.
 */
import type { ClientConfig, ClientEngine } from "./engine.js";
import type { Transport } from "./transport.js";
import { ready, resumedEngine } from "./whole.js";

/** Rejects with an `InputError` when the engine cannot be loaded. */
export async function resume(
  config: ClientConfig,
  said: string,
  transport: Transport,
): Promise<ClientEngine> {
  const [bindings = []] = await Promise.all([transport.channelBinding?.(), ready()]);
  return resumedEngine({ ...config, secure: transport.secure }, said, bindings);
}
