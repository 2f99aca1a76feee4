/**
 * The errors of a session: what went wrong, at which stage, and whether the message may have been delivered
 * (RFC 5321 section 4.2 for replies, RFC 1047 for lost replies).
 */

/** Where in the session something happened. */
export type Stage =
  | "connect"
  | "greeting"
  | "ehlo"
  | "starttls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "content"
  | "end"
  | "ready"
  | "quit";

/** The kind of an error: one subclass of {@link SmtpError} each. */
export type ErrorCode = "reply" | "protocol" | "tls" | "timeout" | "closed" | "input" | "aborted";

/** `"none"`: certainly not delivered. `"uncertain"`: all was sent, the answer was lost; it may be delivered. */
export type Delivery = "none" | "uncertain";

/** A reply of a server (RFC 5321 section 4.2). */
export interface Reply {
  /** Three digits, 200 to 599. */
  readonly code: number;
  /** The enhanced status code, as `"5.1.1"` (RFC 3463, RFC 2034), if the server sent one. */
  readonly enhanced?: string;
  /** The text of each line, without the codes. */
  readonly lines: readonly string[];
}

/** A recipient who was not accepted, and the server's reply for it. */
export interface RefusedRecipient {
  readonly recipient: string;
  readonly reply: Reply;
}

/** `"uncertain"`: all was sent, the answer was lost; the server may have taken the message for this recipient. */
export type RecipientStatus = "accepted" | "refused" | "notSent" | "uncertain";

/** What became of one recipient. */
export interface RecipientResult {
  readonly recipient: string;
  readonly status: RecipientStatus;
  /** What the server said last that is about this recipient. */
  readonly reply?: Reply;
  /** Whether the message may reach this recipient later, sent again unchanged, and has not reached it yet. */
  readonly retryable: boolean;
}

/** What is known about an error beside its words. */
export interface SmtpErrorDetails {
  readonly stage?: Stage;
  readonly reply?: Reply;
  /** The command that was answered; secrets are cut out of it. */
  readonly command?: string;
  readonly retryable?: boolean;
  readonly delivery?: Delivery;
  readonly refused?: readonly RefusedRecipient[];
  readonly recipients?: readonly RecipientResult[];
  readonly cause?: unknown;
}

const WITHOUT_MESSAGE: ReadonlySet<Stage> = new Set([
  "connect",
  "greeting",
  "ehlo",
  "starttls",
  "auth",
  "ready",
  "quit",
]);

/** What all errors of Edgepost are. The message says what happened, at which stage, and what became of the mail. */
export class SmtpError extends Error {
  /** The kind of the error. */
  readonly code: ErrorCode;
  /** Where in the session it happened; absent when there was no session. */
  declare readonly stage?: Stage;
  /** The server's reply, if one was the reason. */
  declare readonly reply?: Reply;
  /** The command the reply was for, redacted. */
  declare readonly command?: string;
  /** Whether the same call may succeed later, unchanged (4yz replies, lost connections, timeouts). */
  readonly retryable: boolean;
  /** Whether the message may have been delivered nevertheless. */
  readonly delivery: Delivery;
  /** When a message was refused: the recipients and the server's reply for each. */
  declare readonly refused?: readonly RefusedRecipient[];
  /** What became of each recipient, when the message got as far as the engine. */
  declare readonly recipients?: readonly RecipientResult[];

  /** @internal */
  constructor(code: ErrorCode, what: string, details: SmtpErrorDetails = {}) {
    const { stage, delivery = "none" } = details;
    super(what + situation(stage, delivery), "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.retryable = delivery === "none" && (details.retryable ?? false);
    this.delivery = delivery;
    if (stage !== undefined) this.stage = stage;
    if (details.reply !== undefined) this.reply = details.reply;
    if (details.command !== undefined) this.command = details.command;
    if (details.refused !== undefined && details.refused.length > 0) this.refused = details.refused;
    if (details.recipients !== undefined)
      this.recipients = details.recipients.map((result) =>
        result.status === "notSent" ? { ...result, retryable: this.retryable } : result,
      );
  }

  /** The error as plain data, for logs: everything but the stack. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, stage, reply, command, retryable, delivery, refused, recipients, cause } =
      this;
    const because = cause instanceof Error ? { cause: cause.message } : {};
    return {
      name,
      code,
      message,
      stage,
      reply,
      command,
      retryable,
      delivery,
      refused,
      recipients,
      ...because,
    };
  }
}

function situation(stage: Stage | undefined, delivery: Delivery): string {
  if (delivery === "uncertain") return "; the message may have been delivered";
  if (stage === undefined) return "";
  return WITHOUT_MESSAGE.has(stage) ? "; nothing was sent" : "; the message was not delivered";
}

/** The peer refused: it answered 4yz or 5yz (RFC 5321 section 4.2.1). `reply` is its answer. */
export class ReplyError extends SmtpError {
  /** @internal */
  constructor(what: string, details: SmtpErrorDetails & { readonly reply: Reply }) {
    const code = details.reply.code;
    super("reply", what, { retryable: code >= 400 && code < 500, ...details });
  }
}

/** The peer broke the protocol: what it sent is no SMTP, or not SMTP's next step. */
export class ProtocolError extends SmtpError {
  /** @internal */
  constructor(what: string, details?: SmtpErrorDetails) {
    super("protocol", what, details);
  }
}

/** TLS was asked for and is not there: not offered, the handshake failed, or the certificate does not verify. */
export class TlsError extends SmtpError {
  /** @internal */
  constructor(what: string, details?: SmtpErrorDetails) {
    super("tls", what, details);
  }
}

/** The peer took longer than the limit for this stage (RFC 5321 section 4.5.3.2). */
export class TimeoutError extends SmtpError {
  /** @internal */
  constructor(what: string, details?: SmtpErrorDetails) {
    super("timeout", what, { retryable: true, ...details });
  }
}

/** There is no connection: it could not be made, or it was lost, or the session had ended before. */
export class ClosedError extends SmtpError {
  /** @internal */
  constructor(what: string, details?: SmtpErrorDetails) {
    super("closed", what, { retryable: true, ...details });
  }
}

/** The caller's input cannot be used: an option, an address, a message or its source. */
export class InputError extends SmtpError {
  /** The option or field that is wrong, as `"timeouts.ehlo"`. */
  declare readonly field?: string;
  /** Where in the text, in octets of its UTF-8 form. */
  declare readonly position?: number;
  /** The rule that was broken, as `"RFC 5321 section 4.1.2"`. */
  declare readonly rule?: string;

  /** @internal */
  constructor(
    what: string,
    details: SmtpErrorDetails & { field?: string; position?: number; rule?: string } = {},
  ) {
    super("input", what, details);
    if (details.field !== undefined) this.field = details.field;
    if (details.position !== undefined) this.position = details.position;
    if (details.rule !== undefined) this.rule = details.rule;
  }

  override toJSON(): Record<string, unknown> {
    const { field, position, rule } = this;
    return { ...super.toJSON(), field, position, rule };
  }
}

/** The caller gave up: an `AbortSignal` fired. Its reason is the `cause`. */
export class AbortedError extends SmtpError {
  /** @internal */
  constructor(what: string, details?: SmtpErrorDetails) {
    super("aborted", what, details);
  }
}

for (const [name, type] of Object.entries({
  SmtpError,
  ReplyError,
  ProtocolError,
  TlsError,
  TimeoutError,
  ClosedError,
  InputError,
  AbortedError,
})) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}

/** Why a session or a message failed, as the engine says it. */
export interface Failure {
  code: ErrorCode;
  stage: Stage;
  message: string;
  reply?: Reply;
  command?: string;
}

/**
 * The error for an engine's failure.
 * @internal
 */
export function errorOf(
  failure: Omit<Failure, "stage"> & Partial<Pick<Failure, "stage">>,
  extra: SmtpErrorDetails = {},
): SmtpError {
  const { code, message, ...rest } = failure;
  const details: SmtpErrorDetails = { ...rest, ...extra };
  switch (code) {
    case "reply":
      if (failure.reply !== undefined) return new ReplyError(message, { ...details, reply: failure.reply });
      return new ProtocolError(message, details);
    case "protocol":
      return new ProtocolError(message, details);
    case "tls":
      return new TlsError(message, details);
    case "timeout":
      return new TimeoutError(message, details);
    case "closed":
      return new ClosedError(message, details);
    case "input":
      return new InputError(message, details);
    case "aborted":
      return new AbortedError(message, details);
  }
}

/**
 * One line for a reply: `550 5.1.1 no such user`.
 * @internal
 */
export function replyText(reply: Reply): string {
  return [reply.code, reply.enhanced, reply.lines.join(" ")]
    .filter((part) => part !== undefined && part !== "")
    .join(" ");
}

/**
 * The words of anything that was thrown.
 * @internal
 */
export function wordsOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === "string" ? thrown : "an unknown error";
}

/**
 * Reports a mistake in the caller's own callback the way the platform reports one in an event listener.
 * @internal
 */
export function reportMistake(thrown: unknown): void {
  if (typeof globalThis.reportError === "function") globalThis.reportError(thrown);
  else
    queueMicrotask(() => {
      throw thrown;
    });
}
