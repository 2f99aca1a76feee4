/** Composing for whoever wants a message and no session: loads what that takes, with the first message. */
import type * as Compose from "./compose.js";
import type { Content } from "./content.js";
import type { ComposeOptions, Draft } from "./draft.js";
import { InputError } from "./errors.js";
import type { Envelope } from "./parameters.js";
import type * as Reporting from "./reporting.js";
import type { DeliveryReport } from "./reporting.js";
import { chunksOf, joined } from "./source.js";

export type { ComposeOptions } from "./draft.js";
export type { DeliveryReport, OriginalMessage, RecipientReport } from "./reporting.js";

/** A message that was composed. */
export interface Composition {
  /** Who sends it to whom. */
  readonly envelope: Envelope;
  /** With its angle brackets. */
  readonly messageId: string;
  /**
   * The message, made as it is read: CRLF at the end of every line. Streams among the attachments are read with it, once;
   * when one fails, so does this, with an `InputError`.
   */
  readonly content: ReadableStream<Uint8Array>;
  /** All of it in memory. */
  bytes(): Promise<Uint8Array>;
}

/** What composes, once it is there. */
let composer: typeof Compose | undefined;

/**
 * Composes a message (RFC 5322, RFC 2045). `Bcc` is in the envelope only. No file is read and no address is fetched. Rejects
 * with an `InputError` that names the field when something cannot be written as it is; nothing is changed or left out.
 */
export async function compose(draft: Draft, options: ComposeOptions = {}): Promise<Composition> {
  const { composed, readyToCompose, canCompose } = (composer ??= await import("./compose.js"));
  if (!canCompose()) await readyToCompose();
  const { from, to, content } = composed(draft, { open: chunksOf, joined }, options);
  return new Made({ from, to }, content);
}

/** What composes reports, once it is there. */
let reporter: typeof Reporting | undefined;

/**
 * Composes a delivery status notification that any server takes (RFC 3464, RFC 6522; RFC 6533 for addresses outside ASCII).
 * It goes from the null reverse-path, so that nothing can come back for it: never answer a message that came from there
 * (RFC 3461 section 6.1). Rejects with an `InputError` that names the field when something cannot be written as it is.
 */
export async function composeReport(report: DeliveryReport): Promise<Composition> {
  const { reported, readyToRead } = (reporter ??= await import("./reporting.js"));
  await readyToRead();
  const { to, content } = reported(report);
  return new Made({ from: "", to }, content);
}

class Made implements Composition {
  readonly messageId: string;
  readonly #content: Content;
  #stream: ReadableStream<Uint8Array> | undefined;
  #taken = false;

  constructor(
    readonly envelope: Envelope,
    content: Content,
  ) {
    this.#content = content;
    this.messageId = content.messageId!;
  }

  get content(): ReadableStream<Uint8Array> {
    if (this.#stream !== undefined) return this.#stream;
    let content: Content | undefined;
    return (this.#stream = new ReadableStream(
      {
        pull: async (controller) => {
          const { bytes, last } = await (content ??= this.#take()).next();
          if (bytes.length > 0) controller.enqueue(bytes);
          if (last) controller.close();
        },
        cancel: (reason) => (content ??= this.#take()).drop(reason),
      },
      { highWaterMark: 0 },
    ));
  }

  async bytes(): Promise<Uint8Array> {
    const content = this.#take();
    const pieces: Uint8Array[] = [];
    const whole = content.octets === undefined ? undefined : new Uint8Array(content.octets);
    let octets = 0;
    for (let last = false; !last;) {
      const next = content.next();
      const piece = next instanceof Promise ? await next : next;
      last = piece.last;
      if (whole === undefined) pieces.push(piece.bytes);
      else whole.set(piece.bytes, octets);
      octets += piece.bytes.length;
    }
    return whole ?? joined(pieces);
  }

  /** The content from its beginning, as often as it can be had. */
  #take(): Content {
    if (this.#content.again !== undefined) return this.#content.again();
    if (this.#taken)
      throw new InputError(
        "the message has been read: a stream is among its attachments, which can be read once",
        {
          field: "attachments",
        },
      );
    this.#taken = true;
    return this.#content;
  }
}
