/**
 * Messages that Cloudflare's Email Routing gives to a Worker, to its `email(message, env, ctx)` handler: read whole, and
 * replied to as far as the runtime sends replies.
 */
import {
  composeAnswer,
  composeNonDelivery,
  domainOf,
  isMessageId,
  keywordOf,
  refuse,
  unanswerable,
} from "./answer.js";
import type { Arrived, BounceDraft, ReplyDraft, Unanswerable } from "./answer.js";
import { check } from "./check.js";
import type { Diagnostic } from "./check.js";
import type { Composition } from "./composition.js";
import { InputError, wordsOf } from "./errors.js";
import { octets, validate } from "./options.js";
import type { Envelope } from "./parameters.js";
import { parse } from "./parse.js";
import type { Message } from "./parse.js";
import { chunksOf, joined } from "./source.js";

export type { BounceDraft, ReplyDraft, Unanswerable } from "./answer.js";

/** What an `email` handler gets: the runtime's `ForwardableEmailMessage`, as far as it is used here. */
export interface IncomingEmail {
  /** The reverse-path. */
  readonly from: string;
  /** The forward-path, one of them. */
  readonly to: string;
  readonly raw: ReadableStream<Uint8Array>;
  /** In octets. */
  readonly rawSize: number;
  setReject(reason: string): void;
  reply(message: object): Promise<unknown>;
}

/** How a message is received. */
export interface ReceiveOptions {
  /** Octets of a message at most, as all of it is held in memory. Default: 25 MiB, which is the most that the runtime takes. */
  readonly limit?: number;
}

/** A reply that was sent. */
export interface SentReply {
  /** On which paths it went. */
  readonly envelope: Envelope;
  /** Of its header, with angle brackets. */
  readonly messageId: string;
  /** All of it. */
  readonly content: Uint8Array;
  /** What the runtime calls it, where it says that. */
  readonly id?: string;
}

/** A message that was received, with what there is to do about it. */
export interface ReceivedEmail {
  readonly envelope: {
    /** The reverse-path; empty for the null one. */
    readonly from: string;
    /** The forward-path. */
    readonly to: string;
  };
  /** The message, taken apart. */
  readonly message: Message;
  /** All of it. */
  readonly raw: Uint8Array;
  /**
   * Why a program may not answer it, as far as the message tells; absent where it may. The standard has it that nothing answers
   * what came from nobody, from a program, from a mailing list or to many (RFC 3834 section 2). The runtime sends no reply to a
   * message that has no Message-ID, has one of In-Reply-To and References only, has 100 References, or asks for no automatic
   * answers (X-Auto-Response-Suppress). Some of the runtime's reasons are not seen in the message: it must pass DMARC.
   */
  readonly unanswerable?: Unanswerable;
  /** What {@link check} finds in it. */
  findings(): Promise<Diagnostic[]>;
  /**
   * Sends a reply to the reverse-path, by the runtime and once. It says that a program wrote it (`Auto-Submitted: auto-replied`)
   * and which message it answers (`In-Reply-To`, `References`). Its own reverse-path is the address in `From`, as the runtime
   * demands, and not the null one, as RFC 3834 section 3.3 would have it: {@link composeReply} is for that. Rejects with an
   * `InputError` where there must be no answer, where something cannot be written as it is, and where the runtime does not send
   * it; then nothing was sent, and it can be tried again.
   */
  reply(draft: ReplyDraft): Promise<SentReply>;
  /** Composes the same for another way to send it, by SMTP, from the null reverse-path. Rejects with an `InputError` likewise. */
  composeReply(draft: ReplyDraft): Promise<Composition>;
  /**
   * Composes the report that the message was not delivered (RFC 3464), with its header section. It goes from the null reverse-path,
   * which the runtime cannot do: send it by SMTP, `smtp.send({ envelope, raw: content })`. Use {@link reject} while
   * the handler runs: then the server that sent the message tells its sender, and nobody else is written to. Rejects with an
   * `InputError` when the message came from the null reverse-path.
   */
  composeBounce(draft: BounceDraft): Promise<Composition>;
  /**
   * Refuses the message: the server that sends it gets a permanent SMTP error with the reason, printable ASCII of at most 400
   * octets. Throws an `InputError` when the reason is something else.
   */
  reject(reason: string): void;
}

const DEFAULT_LIMIT = 25 * 1024 * 1024;

/**
 * Reads a message that an `email` handler got. Rejects with an `InputError` when it is larger than `limit`, without having read
 * more than that, or when its stream fails; never because of what is in the message.
 *
 * ```ts
 * export default {
 *   async email(incoming: IncomingEmail) {
 *     const email = await receive(incoming);
 *     if (email.unanswerable === undefined) await email.reply({ text: "Thank you for writing to us." });
 *   },
 * };
 * ```
 */
export async function receive(incoming: IncomingEmail, options: ReceiveOptions = {}): Promise<ReceivedEmail> {
  validate(options, { limit: octets });
  for (const name of ["from", "to"] as const)
    if (typeof incoming?.[name] !== "string")
      throw new InputError("receive needs the message that an email handler gets", { field: name });
  const at = new Date();
  const raw = await all(incoming, options.limit ?? DEFAULT_LIMIT);
  const { from, to } = incoming;
  const envelope = { from: from === "<>" ? "" : from, to };
  return new Received(incoming, { envelope, message: await parse(raw), raw, at });
}

async function all({ raw, rawSize }: IncomingEmail, limit: number): Promise<Uint8Array> {
  const tooLarge = (octets: string): InputError =>
    new InputError(`the message has ${octets} octets; the limit is ${limit}`, { field: "limit" });
  if (rawSize > limit) throw tooLarge(String(rawSize));
  const chunks = chunksOf(raw, "raw");
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for (let piece; (piece = await chunks.next()) !== undefined;) {
    octets += piece.length;
    if (octets > limit) {
      const error = tooLarge(`at least ${octets}`);
      chunks.drop(error);
      throw error;
    }
    pieces.push(piece);
  }
  return joined(pieces);
}

class Received implements ReceivedEmail {
  declare readonly unanswerable?: Unanswerable;
  readonly #incoming: IncomingEmail;
  readonly #arrived: Arrived;
  #replied = false;

  constructor(incoming: IncomingEmail, arrived: Arrived) {
    this.#incoming = incoming;
    this.#arrived = arrived;
    const reason = unanswerable(arrived) ?? unsent(arrived.message);
    if (reason !== undefined) this.unanswerable = reason;
  }

  get envelope(): ReceivedEmail["envelope"] {
    return this.#arrived.envelope;
  }

  get message(): Message {
    return this.#arrived.message;
  }

  get raw(): Uint8Array {
    return this.#arrived.raw;
  }

  findings(): Promise<Diagnostic[]> {
    return check(this.raw);
  }

  async reply(draft: ReplyDraft): Promise<SentReply> {
    refuse(this.unanswerable);
    if (this.#replied)
      throw new InputError("the message has been replied to, and the runtime sends one reply", {
        field: "reply",
      });
    this.#replied = true;
    try {
      return await this.#send(draft);
    } catch (error) {
      this.#replied = false;
      throw error;
    }
  }

  async #send(draft: ReplyDraft): Promise<SentReply> {
    const composition = await composeAnswer(this.#arrived, draft);
    const { envelope, messageId } = composition;
    const { from } = envelope;
    const domain = domainOf(this.envelope.to);
    if (domainOf(from) !== domain)
      throw new InputError(`from must be in ${domain}, which got the message: the runtime sends no other`, {
        field: "from",
      });
    const content = await composition.bytes();
    const { EmailMessage } = await import("cloudflare:email");
    const message = new EmailMessage(from, this.envelope.from, new TextDecoder().decode(content));
    let sent: unknown;
    try {
      sent = await this.#incoming.reply(message);
    } catch (cause) {
      throw new InputError(`the runtime does not send the reply: ${wordsOf(cause)}`, {
        field: "reply",
        cause,
      });
    }
    const { messageId: id } = (sent ?? {}) as { messageId?: unknown };
    return { envelope, messageId, content, ...(typeof id === "string" && { id }) };
  }

  composeReply(draft: ReplyDraft): Promise<Composition> {
    return composeAnswer(this.#arrived, draft, { from: "" });
  }

  composeBounce(draft: BounceDraft): Promise<Composition> {
    return composeNonDelivery(this.#arrived, draft);
  }

  reject(reason: string): void {
    if (typeof reason !== "string" || !/^[ -~]{1,400}$/.test(reason))
      throw new InputError("the reason must be 1 to 400 printable ASCII characters", { field: "reason" });
    this.#incoming.setReject(reason);
  }
}

/** Why the runtime sends no reply to a message, as far as it says so and the message tells. */
function unsent({ messageId, inReplyTo, references, headers }: Message): Unanswerable | undefined {
  const never = (field: string, message: string, rule: string): Unanswerable => ({
    by: "runtime",
    field,
    message: `the runtime sends no reply, because ${message}`,
    rule,
  });
  const THREADS = "RFC 5322 section 3.6.4";
  if (messageId === undefined || !isMessageId(messageId))
    return never("Message-ID", "there is no Message-ID that a reply could name", THREADS);
  for (const field of headers)
    if (/^x-auto-response-suppress$/i.test(field.name) && keywordOf(field) !== "none")
      return never(field.name, "the message asks for no automatic answers", "MS-OXCMAIL");
  const [parents, ancestors] = [inReplyTo, references].map((ids) => ids?.length ?? 0);
  if ((parents === 0) !== (ancestors === 0))
    return never(
      ancestors === 0 ? "References" : "In-Reply-To",
      "the message has one of In-Reply-To and References only",
      THREADS,
    );
  if (ancestors! >= REFERENCES)
    return never("References", `the message has ${REFERENCES} References, or more`, THREADS);
  return undefined;
}

/** The runtime takes it for a loop when a thread is so long. */
const REFERENCES = 100;
