/** The name that a server gives a message in its reply to the content (RFC 5321 section 4.2.5): each has words of its own. */
import type { Reply } from "./errors.js";

const FORMS: readonly RegExp[] = [
  /\bqueued as:? *<?([^\s<>;,()]+)/i, // Postfix, and many after it
  /\bqueued with id (\w+)/i, // Stalwart
  /\bid=([^\s;,()]+)/i, // Exim
  /\bInternalId=(\d+)/i, // Exchange
  /^(\S+) Message accepted for delivery/i, // Sendmail, OpenSMTPD
  /^ok:? +\d+ +(\S+) +- gsmtp/i, // Gmail
  /^ok:? +\d+ +qp +(\d+)/i, // qmail, whose log calls it so
  /\bqueued \(([^\s()]+)\)/i, // Haraka
  /^(?:<[^<>]*> )?(\S+) Saved$/i, // Dovecot
  /^ok ([0-9a-f]+(?:-[0-9a-f]+)+)$/i, // Amazon SES
];

/** It, where the words are known. */
export function queueIdOf(reply: Reply): string | undefined {
  const line = reply.lines[reply.lines.length - 1] ?? "";
  for (const form of FORMS) {
    const id = form.exec(line)?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}
