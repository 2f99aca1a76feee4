// Says to those who write that somebody is away: to each once a week, and never to a program.
import { receive } from "edgepost/workers";
import type { IncomingEmail, ReceivedEmail } from "edgepost/workers";

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
    try {
      console.log(await answer(email, env));
    } catch (error) {
      // The message has come: its sender is not to send it again because there was no answer. The runtime has reasons of its
      // own to send none, as a message that fails DMARC.
      console.error("no answer:", error);
    }
  },
};

/** Answers where that is right; says what it did. */
async function answer(email: ReceivedEmail, { AWAY_UNTIL, ANSWERED }: Env): Promise<string> {
  if (new Date() >= new Date(AWAY_UNTIL)) return "no answer: nobody is away";
  if (email.unanswerable !== undefined) return `no answer: ${email.unanswerable.message}`;
  const { from, to } = email.envelope;
  // Who got a blind copy, or stands behind an alias, was not written to (RFC 3834 section 2).
  const { to: named = [], cc = [] } = email.message;
  const mailboxes = [...named, ...cc].flatMap((entry) => ("group" in entry ? entry.members : [entry]));
  if (!mailboxes.some(({ address }) => address.toLowerCase() === to.toLowerCase()))
    return "no answer: the message does not name this address";
  const key = `${to} ${from}`.toLowerCase();
  if ((await ANSWERED.get(key)) !== null) return "no answer: there was one this week";
  await email.reply({
    text: `Thank you for your message.\n\nI am away until ${AWAY_UNTIL}, and will read it then.\n`,
  });
  await ANSWERED.put(key, new Date().toISOString(), { expirationTtl: WEEK });
  return "answered";
}
