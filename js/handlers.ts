/** What a server's host decides, and what it is told to decide by (RFC 5321 section 4.1.1, RFC 4954). */
import type { MessageDecision } from "./decision.js";
import type { Param, PeerAttributes } from "./engine.js";
import type { Envelope, EnvelopeRecipient, SendEnvelope } from "./parameters.js";
import type { ScramSecret } from "./scram.js";
import type { Endpoint } from "./transport.js";

/** A recipient that was accepted, and what its RCPT asks for. */
export interface ReceivedRecipient extends EnvelopeRecipient {
  /** The parameters as they came. */
  readonly params: readonly Param[];
}

/** What a MAIL asks for by its parameters, by the names that a sender has for it. What you have not offered cannot be asked for. */
export interface AskedOfMail extends Omit<SendEnvelope, "from" | "to" | "notify" | "params"> {
  /** How large the message is going to be, as the client says: octets (RFC 1870). It may be wrong; over your `size` it is refused. */
  readonly size?: number;
  /** The client's name for the transaction, with its brackets (TRANSID, RFC 1845). */
  readonly transaction?: string;
}

/** What a RCPT asks for by its parameters. */
export type AskedOfRcpt = Omit<EnvelopeRecipient, "address" | "params">;

/** Who sends to whom, and what is asked of you. */
export interface ReceivedEnvelope extends Envelope, AskedOfMail {
  /** The parameters of MAIL as they came. */
  readonly params: readonly Param[];
  /** The recipients of `to`, in that order, each with what is asked for it. */
  readonly recipients: readonly ReceivedRecipient[];
}

/** What is known about a session; handlers get it, as of now. */
export interface ServerSession {
  /** The name the client gave in EHLO or HELO. Nothing is known about its truth. */
  readonly name?: string;
  /** Whether the session is under TLS. */
  readonly secure: boolean;
  /** Who the client is, once authenticated. */
  readonly user?: string;
  /** The client's end of the connection, as far as it is known: a trusted peer may have said whose it is (PROXY, XCLIENT). */
  readonly remote?: Endpoint;
  /** The trusted proxy that began with a PROXY header. */
  readonly proxy?: Endpoint;
  /** What a trusted peer said of the client (XCLIENT). */
  readonly client?: PeerAttributes;
  /** Where the next message came from, as a trusted peer says (XFORWARD). */
  readonly forwarded?: PeerAttributes;
  /** What was accepted of the envelope so far. */
  readonly envelope?: ReceivedEnvelope;
  /**
   * Fires when nobody is left to answer: the session is over, the connection is lost, or the client has ended its side
   * of it. Pass it on to what takes time. What is decided after it still counts, if the client can be told.
   */
  readonly signal: AbortSignal;
}

/** What a client gave to authenticate itself. Keep it out of logs. */
export interface Credentials {
  readonly mechanism: string;
  /** The user; with EXTERNAL and ANONYMOUS what the client calls itself, which may be `""`. */
  readonly user: string;
  /** The password, prepared as RFC 8265 says; with PLAIN and LOGIN. */
  readonly pass?: string;
  /** The token; with OAUTHBEARER and XOAUTH2. */
  readonly token?: string;
  /** Whom the client wants to act as, if not as itself. */
  readonly authzid?: string;
}

/** Whose secret is wanted, and what for. */
export interface SecretQuestion {
  /** SCRAM-SHA-256 and its -PLUS, SCRAM-SHA-1 and its -PLUS, or CRAM-MD5. */
  readonly mechanism: string;
  readonly user: string;
  /** Whom the client wants to act as, if not as itself. To give the secret is to allow it. */
  readonly authzid?: string;
}

/** A login that was refused. */
export interface Denial {
  readonly mechanism: string;
  /** Who the client said that it is, if it came to that. It may be anybody, and need not exist. */
  readonly user?: string;
  /**
   * `"refused"`: a handler of yours said so. `"proof"`: by SCRAM or CRAM-MD5 the client did not prove that it knows the
   * password, or there is no such user. `"binding"`: the client is not at the other end of this TLS connection; somebody is
   * in between.
   */
  readonly reason: "refused" | "proof" | "binding";
}

type Result<T = void> = T | Promise<T>;

/**
 * What a server decides. To return is to accept; to throw a `Refuse` is to answer that; to throw anything else is to
 * answer `451 4.3.0`, and `onError` gets it. An error that is returned, a `Refuse` too, is as good as thrown. To return
 * `false` is not to accept: `onAuth` refuses the credentials by it; elsewhere it is a mistake, answered as one.
 */
export interface ServerHandlers {
  /** A client has connected. Absent: welcome. */
  onConnect?(session: ServerSession): Result;
  /** A client wants to authenticate. `false`, `null` and the like refuse, with `535 5.7.8`. Absent: refused. */
  onAuth?(credentials: Credentials, session: ServerSession): Result<unknown>;
  /**
   * What is known of a user, for mechanisms that never tell the password: what `scramSecret` made of it, or the password
   * itself, which CRAM-MD5 needs. Nothing: there is no such user, which looks like a wrong password to the client. Who
   * throws a `Refuse` tells it.
   */
  onSecret?(
    question: SecretQuestion,
    session: ServerSession,
  ): Result<ScramSecret | string | null | undefined>;
  /**
   * A login was refused with a 5xx reply, by `onAuth`, by `onSecret`, or because what `onSecret` gave does not fit what the
   * client says: count these, by `session.remote` and by `user`, to keep out who tries passwords. Nobody waits for it.
   */
  onDenied?(denial: Denial, session: ServerSession): Result;
  /** MAIL. `from` is `""` for the null reverse-path; `asked` has what the parameters say, decoded. Absent: accepted. */
  onMail?(from: string, params: readonly Param[], session: ServerSession, asked: AskedOfMail): Result;
  /** RCPT. Absent: accepted. */
  onRcpt?(to: string, params: readonly Param[], session: ServerSession, asked: AskedOfRcpt): Result;
  /**
   * A message. `content` is the message as it comes, dot-stuffing and chunks undone; it errors when the message will not
   * be completed, and then the result is ignored. To return or throw without reading it all is fine; what has not come by
   * then is not kept, and the stream errors. The client is told that the message is accepted when the content is complete
   * and this has returned; the `text` of an object that it returns is put into that reply, and its `recipients` decide for each. Absent: refused, because
   * nobody keeps the message.
   */
  onMessage?(
    content: ReadableStream<Uint8Array>,
    envelope: ReceivedEnvelope & {
      /** Whether the client is told of each recipient: by LMTP, or because it asked for it (PRDR). */
      readonly perRecipient: boolean;
    },
    session: ServerSession,
  ): Result<MessageDecision | void>;
  /** VRFY: the text to answer with. Absent: `252`, which says nothing. */
  onVrfy?(argument: string, session: ServerSession): Result<string | void>;
  /** EXPN: who is on the list, one text each. Absent: `502`. */
  onExpn?(argument: string, session: ServerSession): Result<string | readonly string[] | void>;
  /**
   * ETRN (RFC 1985): send what waits for this node now: a host, `@` and a domain with all below it, or `#` and a queue. The
   * text it returns is the reply; a `Refuse` with 458 or 459 is what the RFC has for "not now" and "not for you".
   */
  onEtrn?(argument: string, session: ServerSession): Result<string | void>;
  /**
   * BURL (RFC 4468): the content at a URL, which becomes a part of the message; with the extension BURL only. The URL lets
   * anybody read what is there: keep it out of logs. `new Refuse({ code: 554, enhanced: "5.6.6", ... })` when there is none.
   */
  onBurl?(url: string, session: ServerSession): Result<Uint8Array | string>;
  /** What went wrong: in a handler, on the connection, or in what the client said. */
  onError?(error: unknown, session: ServerSession): Result;
  /** The session is over. */
  onClose?(session: ServerSession): Result;
}
