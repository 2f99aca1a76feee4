/** What a server's host decides, and what it is told to decide by (RFC 5321 section 4.1.1, RFC 4954). */
import type { Param } from "./engine.js";
import type { Envelope } from "./message.js";
import type { Endpoint } from "./transport.js";

/** What is known about a session; handlers get it, as of now. */
export interface ServerSession {
  /** The name the client gave in EHLO or HELO. Nothing is known about its truth. */
  readonly name?: string;
  /** Whether the session is under TLS. */
  readonly secure: boolean;
  /** Who the client is, once authenticated. */
  readonly user?: string;
  /** The client's end of the connection. */
  readonly remote?: Endpoint;
  /** What was accepted of the envelope so far. */
  readonly envelope?: Envelope;
}

/** What a client gave to authenticate itself. Keep it out of logs. */
export interface Credentials {
  readonly mechanism: string;
  readonly user: string;
  readonly pass: string;
  /** Whom the client wants to act as, if not as itself. */
  readonly authzid?: string;
}

type Result<T = void> = T | Promise<T>;

/**
 * What a server decides. To return is to accept; to throw a `Refuse` is to answer that; to throw anything else is to
 * answer `451 4.3.0`, and `onError` gets it.
 */
export interface ServerHandlers {
  /** A client has connected. Absent: welcome. */
  onConnect?(session: ServerSession): Result;
  /** A client wants to authenticate. Absent: refused. */
  onAuth?(credentials: Credentials, session: ServerSession): Result;
  /** MAIL. `from` is `""` for the null reverse-path. Absent: accepted. */
  onMail?(from: string, params: readonly Param[], session: ServerSession): Result;
  /** RCPT. Absent: accepted. */
  onRcpt?(to: string, params: readonly Param[], session: ServerSession): Result;
  /**
   * A message. `content` is the message as it comes, dot-stuffing and chunks undone; it errors when the message will not
   * be completed, and then the result is ignored. To return without reading it all is fine. The client is told that the
   * message is accepted when the content is complete and this has returned; a string is put into that reply. Absent:
   * refused, because nobody keeps the message.
   */
  onMessage?(
    content: ReadableStream<Uint8Array>,
    envelope: Envelope & { readonly params: readonly Param[] },
    session: ServerSession,
  ): Result<string | void>;
  /** VRFY: the text to answer with. Absent: `252`, which says nothing. */
  onVrfy?(argument: string, session: ServerSession): Result<string | void>;
  /** What went wrong: in a handler, on the connection, or in what the client said. */
  onError?(error: unknown, session: ServerSession): void;
  /** The session is over. */
  onClose?(session: ServerSession): void;
}
