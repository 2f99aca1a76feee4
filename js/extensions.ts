/** Which extensions a server offers in its reply to EHLO, and with which parameters (RFC 5321 section 2.2). */
import { InputError } from "./errors.js";
import type { ServerHandlers } from "./handlers.js";
import { count, flag, octets, text, texts } from "./options.js";
import type { Rule } from "./options.js";

/**
 * Extensions by their EHLO keywords. Those of the first block are offered unless `false`. Those of the second promise the
 * sender something that only you can keep: they are offered when you say so here, and their parameters then come to your
 * handlers. `VRFY`, `EXPN` and `ETRN` are offered when their handlers are there.
 */
export interface ServerExtensions {
  /** RFC 2920 */
  readonly PIPELINING?: boolean;
  /** RFC 1870 */
  readonly SIZE?: boolean;
  /** RFC 6152 */
  readonly "8BITMIME"?: boolean;
  /** RFC 6531 */
  readonly SMTPUTF8?: boolean;
  /** RFC 3030 */
  readonly CHUNKING?: boolean;
  /** RFC 3030; needs CHUNKING. */
  readonly BINARYMIME?: boolean;
  /** RFC 2034 */
  readonly ENHANCEDSTATUSCODES?: boolean;
  /** RFC 3207; needs a transport that can start TLS. */
  readonly STARTTLS?: boolean;
  /** RFC 9422: tells clients your limits. */
  readonly LIMITS?: boolean;

  /** RFC 3461: you send delivery status notifications as the sender asks. */
  readonly DSN?: boolean;
  /** RFC 2852: you deliver in time or tell. A number is the least number of seconds that can be asked for. */
  readonly DELIVERBY?: boolean | number;
  /** RFC 4865: you hold messages back, for so many seconds and until then at most. */
  readonly FUTURERELEASE?: false | { readonly interval: number; readonly until: Date };
  /** RFC 6710: you go by priorities. A text is the profile, as `"MIXER"`. */
  readonly "MT-PRIORITY"?: boolean | string;
  /** RFC 8689: you pass the message on under TLS or not at all. Offered under TLS only. */
  readonly REQUIRETLS?: boolean;
  /** RFC 7293: you check since when a mailbox is whose it is. */
  readonly RRVS?: boolean;
  /** RFC 3865: you go by solicitation keywords; these are what you do not want. */
  readonly "NO-SOLICITING"?: boolean | string | readonly string[];
  /** RFC 4468: you fetch content from the URLs that `onBurl` gets. Parameters are kinds of URL, as `"imap"`. */
  readonly BURL?: boolean | string | readonly string[];
  /**
   * RFC 1845: `onMail` gets the name of the transaction. Nothing is kept of one that was interrupted: the server never
   * answers 355, and each begins at its beginning, as the RFC has it for a name that the server does not know.
   */
  readonly CHECKPOINT?: boolean;
  /** draft-hall-prdr-00: `onMessage` may decide for each recipient by itself. */
  readonly PRDR?: boolean;
  /** RFC 5321 section 3.5 */
  readonly VRFY?: boolean;
  /** RFC 5321 section 3.5 */
  readonly EXPN?: boolean;
  /** RFC 1985 */
  readonly ETRN?: boolean;
}

const or = (a: Rule, b: Rule): Rule => ({
  allows: (value) => a.allows(value) || b.allows(value),
  words: `${a.words}, or ${b.words}`,
});
const release: Rule = {
  allows: (value) => {
    if (value === false) return true;
    const { interval, until } = (value ?? {}) as { interval?: unknown; until?: unknown };
    return count.allows(interval) && until instanceof Date && !Number.isNaN(until.getTime());
  },
  words: "false, or an interval in seconds and a Date, as { interval, until }",
};
const words = or(flag, or(text, texts));

export const EXTENSIONS: { readonly [keyword in keyof Required<ServerExtensions>]: Rule } = {
  PIPELINING: flag,
  SIZE: flag,
  "8BITMIME": flag,
  SMTPUTF8: flag,
  CHUNKING: flag,
  BINARYMIME: flag,
  ENHANCEDSTATUSCODES: flag,
  STARTTLS: flag,
  LIMITS: flag,
  DSN: flag,
  DELIVERBY: or(flag, { ...octets, words: "a whole number of seconds" }),
  FUTURERELEASE: release,
  "MT-PRIORITY": or(flag, text),
  REQUIRETLS: flag,
  RRVS: flag,
  "NO-SOLICITING": words,
  BURL: words,
  CHECKPOINT: flag,
  PRDR: flag,
  VRFY: flag,
  EXPN: flag,
  ETRN: flag,
};

/** What the engine is told: lines to offer, as `"DELIVERBY 120"`, and keywords not to. */
export interface Choice {
  offer: string[];
  disable: string[];
}

export function chosen(extensions: ServerExtensions, handlers: ServerHandlers): Choice {
  const choice: Choice = { offer: [], disable: [] };
  const asked = {
    VRFY: handlers.onVrfy !== undefined,
    EXPN: handlers.onExpn !== undefined,
    ETRN: handlers.onEtrn !== undefined,
    ...extensions,
  };
  for (const [keyword, value] of Object.entries(asked)) {
    if (value === undefined) continue;
    if (value === false) choice.disable.push(keyword);
    else choice.offer.push(`${keyword} ${parametersOf(value)}`.trimEnd());
  }
  return choice;
}

function parametersOf(value: Exclude<ServerExtensions[keyof ServerExtensions], undefined | false>): string {
  if (value === true) return "";
  if (typeof value === "object" && "interval" in value)
    return `${value.interval} ${value.until.toISOString().replace(/\.\d+/, "")}`;
  const said = typeof value === "object" ? value.join(" ") : String(value);
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(said))
    throw new InputError("the parameters of an extension must be words of printable ASCII characters", {
      field: "extensions",
    });
  return said;
}
