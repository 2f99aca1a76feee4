// Says to those who write that somebody is away: to each once a week, and never to a program.
import { InputError } from "edgepost";
import { receive } from "edgepost/workers";
import type { IncomingEmail } from "edgepost/workers";

interface Env {
  /** The day of return, as 2027-01-06. */
  readonly AWAY_UNTIL: string;
  /** Where all mail goes on to; empty: nowhere. */
  readonly FORWARD_TO?: string;
  /** Who has been answered. */
  readonly ANSWERED: {
    get(key: string): Promise<string | null>;
    put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
  };
}

interface Forwardable extends IncomingEmail {
  forward(to: string): Promise<unknown>;
}

/** Seconds. RFC 3834 section 2 asks for some days between answers to the same person. */
const WEEK = 7 * 24 * 60 * 60;

export default {
  async email(incoming: Forwardable, env: Env): Promise<void> {
    const email = await receive(incoming);
    if (env.FORWARD_TO) await incoming.forward(env.FORWARD_TO);
    if (new Date() >= new Date(env.AWAY_UNTIL)) return;
    if (email.unanswerable !== undefined) return console.log("no answer:", email.unanswerable.message);
    const key = `${email.envelope.to} ${email.envelope.from}`.toLowerCase();
    if ((await env.ANSWERED.get(key)) !== null) return console.log("answered before");
    try {
      await email.reply({
        text: `Thank you for your message.\n\nI am away until ${env.AWAY_UNTIL}, and will read it then.\n`,
      });
      await env.ANSWERED.put(key, new Date().toISOString(), { expirationTtl: WEEK });
    } catch (error) {
      // The runtime has reasons of its own not to send one, as a message that fails DMARC.
      if (!(error instanceof InputError)) throw error;
      console.log("no answer:", error.message);
    }
  },
};
