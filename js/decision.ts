/** What a handler's result says to the engine: for a whole message, and for each of its recipients. */
import type { Answer, Verdict } from "./engine.js";
import { InputError } from "./errors.js";
import { Refuse } from "./refuse.js";
import type { ScramSecret } from "./scram.js";

/** What is said of one recipient: stored, stored and this text to the client, or not stored. */
export type RecipientDecision = Refuse | { readonly text: string } | undefined | void;

/** What `onMessage` may say beyond that it is done. */
export interface MessageDecision {
  /** For the reply that accepts the message: as a queue's id. */
  readonly text?: string;
  /**
   * What became of it for each recipient: in the order of `envelope.to`, or by address. Who is left out of a map is
   * accepted. Only where `envelope.perRecipient` is true the client is told each; elsewhere the message is accepted if one
   * recipient has it, and to tell the sender of the others is yours (RFC 5321 section 6.1).
   */
  readonly recipients?:
    | readonly RecipientDecision[]
    | ReadonlyMap<string, RecipientDecision>
    | Readonly<Record<string, RecipientDecision>>;
}

export const ACCEPT = { accept: true } as const;

/** Accepts, with a text if there is one that a reply can carry. */
export function saying(said: unknown): Verdict {
  const text = typeof said === "string" ? said.replace(/[\u0000-\u001f\u007f]+/g, " ").trim() : "";
  return text === "" ? ACCEPT : { accept: true, text };
}

/** What `onExpn` has returned: a line for each. */
export function listing(said: unknown): Verdict {
  if (!Array.isArray(said)) return saying(said);
  const lines = said.flatMap((item) => saying(item)).flatMap((verdict) => verdict.text ?? []);
  return lines.length === 0 ? ACCEPT : { accept: true, text: lines.join("\n") };
}

/** What `onBurl` has returned. Throws an `InputError` when it is no content. */
export function fetched(content: unknown): Answer {
  if (typeof content === "string") return { content: new TextEncoder().encode(content) };
  if (content instanceof Uint8Array) return { content };
  throw new InputError("what onBurl returned is neither octets nor a text", { field: "content" });
}

/** What `onSecret` has returned. Throws an `InputError` when it is of another mechanism. */
export function knownFor(mechanism: string, result: unknown): Answer {
  if (typeof result === "string") return { secret: result };
  if (typeof result !== "object" || result === null) return { secret: undefined };
  const { hash } = result as Partial<ScramSecret>;
  if (hash !== undefined && mechanism.replace("-PLUS", "") === `SCRAM-${hash}`) return { secret: result };
  throw new InputError(`what onSecret returned is not for ${mechanism}`, { field: "hash" });
}

export function refused({ code, enhanced, text }: Refuse): Verdict {
  return { accept: false, code, ...(enhanced !== undefined && { enhanced }), text };
}

/** What `onMessage` has returned. Throws an `InputError` when it does not fit the recipients. */
export function decisionOn(result: unknown, to: readonly string[]): Answer {
  // A string alone would be the message itself, of those who read it in one line.
  const { text, recipients } = (result ?? {}) as { text?: unknown; recipients?: unknown };
  if (recipients === undefined || recipients === null) return saying(text);
  return { each: inOrder(recipients, to).map(verdictOn) };
}

function inOrder(recipients: unknown, to: readonly string[]): unknown[] {
  if (typeof recipients !== "object") throw mistaken(`has recipients of the type ${typeof recipients}`);
  if (Array.isArray(recipients)) {
    if (recipients.length === to.length) return recipients;
    throw mistaken(`has ${recipients.length} decisions for ${to.length} recipients`);
  }
  const decisions =
    recipients instanceof Map ? recipients : new Map<unknown, unknown>(Object.entries(recipients!));
  for (const address of decisions.keys())
    if (!to.includes(address as string)) throw mistaken(`decides on ${String(address)}, who is no recipient`);
  return to.map((address) => decisions.get(address));
}

function verdictOn(decision: unknown): Verdict {
  if (decision instanceof Refuse) return refused(decision);
  if (decision === undefined || decision === null) return ACCEPT;
  if (typeof decision === "object" && "text" in decision) return saying(decision.text);
  throw mistaken("has a decision that is neither undefined, a Refuse nor { text }");
}

function mistaken(what: string): InputError {
  return new InputError(`what onMessage returned ${what}`, { field: "recipients" });
}
