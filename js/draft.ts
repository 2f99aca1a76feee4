/** What an application writes a message as, before it is composed. */
import type { ContentSource } from "./content.js";
import type { SendEnvelope } from "./parameters.js";

/** A mailbox: `"ann@example.com"`, `"Ann <ann@example.com>"`, or a name and an address. */
export type Address = string | { readonly name?: string; readonly address: string };

/** Header fields of your own: names and values, several of a name as a list. Any printable text; it is encoded if it must be. */
export type DraftHeaders =
  | Readonly<Record<string, string | readonly string[]>>
  | readonly { readonly name: string; readonly value: string }[];

/** A file, or something else that comes with a message (RFC 2183). */
export interface Attachment {
  /** What it is called: any printable text. */
  readonly filename?: string;
  /** Must not change until the message has been read. */
  readonly content: ContentSource;
  /**
   * `type/subtype`, with parameters if it has some. By default, what the file's name says; else `text/plain` for a string and
   * `application/octet-stream` for octets. A `message/rfc822` must not be encoded (RFC 2046 section 5.2.1): content that is not
   * ASCII in lines of at most 998 octets, nor may go as `eightBit` or `binary`, and any stream whose
   * `contentTransferEncoding` does not promise that it is, becomes `application/octet-stream`.
   */
  readonly contentType?: string;
  /** The Content-ID, for `<img src="cid:...">` in the HTML, which shows it then. */
  readonly cid?: string;
  /** By default, "inline" where the HTML shows it, else "attachment". */
  readonly contentDisposition?: "attachment" | "inline";
  /**
   * By default, what suits the content. `7bit` and `8bit` are promises, and checked; `quoted-printable` is for what is in
   * memory; `8bit` and `binary` need the option of that name.
   */
  readonly contentTransferEncoding?: "7bit" | "8bit" | "binary" | "quoted-printable" | "base64";
  /** More fields of the part's header. */
  readonly headers?: DraftHeaders;
}

/** An invitation, or another object of a calendar (RFC 5545), as mail carries it (RFC 6047). */
export interface IcalEvent {
  /** What it asks for, as its METHOD says. Default: what that is, or else `PUBLISH`. */
  readonly method?: string;
  readonly content: string;
  /** Attaches it as a file of this name, too, for readers that know no calendar. */
  readonly filename?: string;
}

/** What a mailing list tells of itself (RFC 2369, RFC 2919, RFC 8058): addresses of mail, or URLs. */
export interface ListHeaders {
  readonly unsubscribe?: {
    /** An address, or a `mailto:` URL. */
    readonly mail?: string;
    readonly url?: string;
    /** A POST to the URL, which must be `https:`, unsubscribes without a question (RFC 8058). Default: false. */
    readonly oneClick?: boolean;
  };
  /** `"list.example.com"`, or `"The list <list.example.com>"`. */
  readonly id?: string;
  readonly help?: string | readonly string[];
  /** Or `"NO"`. */
  readonly post?: string | readonly string[];
  readonly archive?: string | readonly string[];
  readonly owner?: string | readonly string[];
  readonly subscribe?: string | readonly string[];
}

/** What was signed elsewhere (RFC 1847, RFC 8551 section 3.5, RFC 3156 section 5). */
export interface SignedEntity {
  readonly protocol: "smime" | "pgp";
  /** The hash: `sha-256` (S/MIME), `pgp-sha256` (PGP). */
  readonly micalg: string;
  /** Exactly what was signed: a MIME entity with its header, in ASCII, in lines of at most 998 octets that end with CRLF. */
  readonly content: Uint8Array;
  /** The signature: DER (S/MIME), or in ASCII armor (PGP). */
  readonly signature: Uint8Array;
}

/** What was encrypted elsewhere (RFC 8551 section 3.3, RFC 3156 section 4). */
export interface EncryptedEntity {
  readonly protocol: "smime" | "pgp";
  /** What came out: DER (S/MIME), or in ASCII armor (PGP). */
  readonly content: Uint8Array;
}

/** A message to be composed; the library writes its header. */
export interface Draft {
  readonly from: Address;
  /** Who sends it, if not who wrote it: also the reverse-path. */
  readonly sender?: Address;
  readonly to?: Address | readonly Address[];
  readonly cc?: Address | readonly Address[];
  /** These get the message too; no one sees it. */
  readonly bcc?: Address | readonly Address[];
  readonly replyTo?: Address | readonly Address[];
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  /** The same as AMP for Email. */
  readonly amp?: string;
  readonly attachments?: readonly Attachment[];
  readonly icalEvent?: IcalEvent;
  /** What it answers: the Message-ID of that. */
  readonly inReplyTo?: string | readonly string[];
  /** The messages before it in its thread. */
  readonly references?: string | readonly string[];
  /** With angle brackets or without. By default, a new one in the sender's domain. */
  readonly messageId?: string;
  /** A `Date`, milliseconds since 1970 began, or ISO 8601. Default: now. */
  readonly date?: Date | number | string;
  readonly priority?: "high" | "normal" | "low";
  /** Who writes is a program (RFC 3834): vacation notices keep away from it. */
  readonly autoSubmitted?: "no" | "auto-generated" | "auto-replied";
  /** Header fields that a draft has no field for. */
  readonly headers?: DraftHeaders;
  readonly list?: ListHeaders;
  /** Instead of texts and attachments. */
  readonly signed?: SignedEntity;
  /** Instead of texts and attachments. */
  readonly encrypted?: EncryptedEntity;
  /** What servers are told; by default, the addresses above and nothing else. */
  readonly envelope?: Partial<SendEnvelope>;
}

/** How a message is composed. */
export interface ComposeOptions {
  /** Attachments at most. Default: 100. */
  readonly maxAttachments?: number;
  /** Octets of all attachments at most, before they are encoded. Default: no limit. */
  readonly maxOctets?: number;
  /** Headers hold characters outside ASCII as they are: for servers with SMTPUTF8 (RFC 6532). Default: false. */
  readonly utf8?: boolean;
  /**
   * Texts may be 8bit: for servers with 8BITMIME (RFC 6152). Default: false. A draft that is sent goes as the server that it
   * is sent to allows.
   */
  readonly eightBit?: boolean;
  /**
   * Attachments go as they are: for servers with BINARYMIME (RFC 3030). Default: what `envelope.binary` says, which a message
   * that is sent needs anyway.
   */
  readonly binary?: boolean;
}
