/** What became of a message, as an application gets it (RFC 1047). */
import type { RecipientResult, RefusedRecipient, Reply, SmtpError } from "./errors.js";
import type { Draft } from "./draft.js";
import type { RawMessage } from "./message.js";
import type { Envelope } from "./parameters.js";

/** A recipient's address, as it was given. */
export type Recipient = string;

/** What is known about a message that was accepted: the server has taken the responsibility for it. */
export interface Receipt {
  readonly envelope: Envelope;
  /** The Message-ID of the header, with its angle brackets, if there is one. */
  readonly messageId?: string;
  /** The server's reply to the end of the content. */
  readonly reply: Reply;
  /** The server's own name for the message, if its reply tells. */
  readonly queueId?: string;
  /** The recipients who get it: at least one. */
  readonly accepted: readonly Recipient[];
  /** The recipients who do not, and why. */
  readonly refused: readonly RefusedRecipient[];
  /** What became of each, in the order of the envelope. */
  readonly recipients: readonly RecipientResult[];
}

/** What became of one message. */
export type SendResult =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly error: SmtpError; readonly message: Draft | RawMessage };
