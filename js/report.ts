/** What reports tell: delivery status notifications, bounces, complaints and disposition notifications (RFC 3464, RFC 5965, RFC 8098). */

/** What was done with a message for a recipient (RFC 3464 section 2.3.3). */
export type DeliveryAction =
  /** It will not arrive. */
  | "failed"
  /** It has not arrived yet. */
  | "delayed"
  /** It is there. */
  | "delivered"
  /** It went to a system that may tell nothing more. */
  | "relayed"
  /** It is there, and went on to more addresses. */
  | "expanded";

/** Why a message has not arrived, in words of our own. */
export type BounceCause =
  /** There is no such mailbox. */
  | "noSuchUser"
  /** The mailbox exists, and takes nothing: disabled, locked, not used for long. */
  | "suspended"
  /** The mailbox, or its system, has no room left. */
  | "mailboxFull"
  /** The recipient is somewhere else now. */
  | "moved"
  /** The recipient's domain or host does not exist. */
  | "hostUnknown"
  /** The recipient's host or domain takes no mail at all (RFC 7504, RFC 7505). */
  | "noMail"
  /** The sender's address or domain is not accepted. */
  | "sender"
  /** The message is larger than what is taken. */
  | "tooLarge"
  /** The host that sent it is not accepted: listed, of bad reputation, without a name. */
  | "blocked"
  /** A rule of the recipient's side forbids it. */
  | "policy"
  /** It is taken for spam. */
  | "spam"
  /** Something harmful is in it. */
  | "virus"
  /** SPF, DKIM, DMARC or ARC failed. */
  | "authentication"
  /** The server does not relay there, or not for this client. */
  | "relay"
  /** Too much has come in too short a time. */
  | "rateLimited"
  /** The content cannot be taken as it is written. */
  | "content"
  /** No connection, no answer, no route, a loop. */
  | "network"
  /** It could not be delivered in the time that it had. */
  | "expired"
  /** Something is broken on the recipient's side. */
  | "system"
  /** Nobody knows. */
  | "unknown";

/** What became of a message for one recipient. */
export interface ReportedRecipient {
  /** Where it was to go last: Final-Recipient, without its type and decoded (RFC 3464 section 2.3.2, RFC 6533). */
  readonly address: string;
  /** Where its sender had sent it, if that is told: Original-Recipient, decoded (RFC 3464 section 2.3.1). */
  readonly original?: string;
  /** Absent where it is not about delivery. */
  readonly action?: DeliveryAction;
  /**
   * An enhanced status code, as `"5.1.1"` (RFC 3463): what is told, or else what follows from the reply, the words or the
   * action; of those the first number is the surest.
   */
  readonly status?: string;
  /** The code of a server's reply that is quoted: three digits, 200 to 599 (RFC 5321 section 4.2). */
  readonly replyCode?: number;
  /** What the last server said, without `smtp;`, or the text about this recipient (RFC 3464 section 2.3.6). */
  readonly diagnostic?: string;
  /** The name of the host that said it, without `dns;` (RFC 3464 section 2.3.5). */
  readonly remoteMta?: string;
  /** Whether it is no use to send anything to this address again; absent where the cause is not known. */
  readonly hard?: boolean;
  /** Why, as far as it can be told. */
  readonly cause: BounceCause;
}

/** What a complaint says of the message that it is about (RFC 5965 section 3). */
export interface Feedback {
  /** In lower case: `"abuse"`, `"fraud"`, `"virus"`, `"not-spam"`, `"auth-failure"`, `"opt-out"` or `"other"`, or a newer one. */
  readonly feedbackType: string;
  /** The program that made it. */
  readonly userAgent?: string;
  /** The reverse-path of the message, without angle brackets; absent for the null one. */
  readonly originalMailFrom?: string;
  /** The address of the host that the message came from. */
  readonly sourceIp?: string;
  /** How many complaints this one stands for. */
  readonly incidents?: number;
  /** Domains that it is about. */
  readonly reportedDomains: readonly string[];
  /** Addresses of the web, or of mail, that it is about. */
  readonly reportedUris: readonly string[];
  /** What the one who complains has checked (RFC 8601), one text for each field. */
  readonly authenticationResults: readonly string[];
  /** What has failed, in lower case, as `"dmarc"` (RFC 6591 section 3.1, RFC 9991). */
  readonly authFailure?: string;
}

/** What was done with a message that had been delivered (RFC 8098 section 3.2.6). */
export interface Disposition {
  /** In lower case: `"displayed"`, `"deleted"`, `"dispatched"` or `"processed"`, or what older programs say. */
  readonly kind: string;
  /** Whether a person did it, not a rule. */
  readonly manual: boolean;
  /** Whether a person has allowed to tell it. */
  readonly sentManually: boolean;
  /** What is said of it more, in lower case, as `"error"`. */
  readonly modifiers: readonly string[];
  /** The program that tells it (RFC 8098 section 3.2.1). */
  readonly reportingUa?: string;
  /** What went wrong (RFC 8098 section 3.2.7). */
  readonly errors: readonly string[];
}

/** A message that came back with a report. */
export interface ReturnedMessage {
  /** The number of the part that it is, or is in. */
  readonly part: number;
  /** Where it is among the octets of the report, as they were transferred. */
  readonly span: { readonly start: number; readonly end: number };
  /** Whether it came without its body. */
  readonly headersOnly: boolean;
}

/** What became of a message, as another system tells. */
export interface Report {
  /**
   * How it is told: by the rules of RFC 3464 (`"deliveryStatus"`); by its text alone, where what is found is likely and no
   * more (`"bounce"`); that somebody does not want such messages (`"complaint"`, RFC 5965); that a reader has, or has not,
   * shown it (`"disposition"`, RFC 8098).
   */
  readonly kind: "deliveryStatus" | "bounce" | "complaint" | "disposition";
  /** The name of the system that tells it, without `dns;`, if it says so (RFC 3464 section 2.2.2). */
  readonly reportingMta?: string;
  /** When the message came there, as it is written, which should be a date of RFC 5322 section 3.3 (RFC 3464 section 2.2.5). */
  readonly arrivalDate?: string;
  /** The parameter ENVID of the message, decoded (RFC 3461 section 4.4). */
  readonly originalEnvelopeId?: string;
  /** The Message-ID of the message, with its angle brackets. */
  readonly originalMessageId?: string;
  /** Whom it is about. Empty where nobody is named. */
  readonly recipients: readonly ReportedRecipient[];
  /** Of a complaint: what is complained about. */
  readonly feedback?: Feedback;
  /** Of a disposition notification: what was done with the message. */
  readonly disposition?: Disposition;
  /** The message, or its header section, where it came back. */
  readonly original?: ReturnedMessage;
}
