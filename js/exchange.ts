/**
 * Plays the client's part of AUTH for an engine that only knows a mechanism by name: the one that sends leaves SCRAM and
 * CRAM-MD5 to the one that serves, which few need.
 */
import type { ClientAuth, Exchange, Player } from "./engine.js";
import { readyToServe, saslClient } from "./serving.js";
import type { SaslClient } from "./serving.js";

/** What plays it until the session is `finished`. Rejects with an `InputError` when that module cannot be loaded. */
export async function player(auth: ClientAuth, finished: Promise<void>): Promise<Player> {
  await readyToServe();
  let client: SaslClient | undefined;
  void finished.then(() => client?.free());
  const answer = ({ mechanism, flag, data, challenge }: Exchange): Uint8Array | undefined => {
    if (mechanism !== undefined) {
      client = saslClient(mechanism, flag!, data, auth);
      return client.initial();
    }
    if (challenge !== undefined) return client!.respond(challenge);
    client!.succeeded();
    return undefined;
  };
  return (asked, engine) => {
    let response: Uint8Array | undefined;
    let error = 0;
    try {
      response = answer(asked);
    } catch (thrown) {
      if (typeof thrown !== "number") throw thrown;
      error = thrown;
    }
    engine.respond(error, response, client?.said());
  };
}
