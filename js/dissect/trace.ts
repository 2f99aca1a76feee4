/** What becomes of a recorded session: its steps, its messages, and what there is to say of it. */
import type { Capability, Step } from "../engine.js";
import type { RecipientStatus } from "../errors.js";

/** The forms in which sessions are recorded; what each looks like is said in the file of its name. */
export type TraceFormat =
  /** Steps of `trace` or `traced`, a JSON object a line or an array of them, or what `edgepost send --trace` prints. */
  | "edgepost"
  | "swaks"
  | "msmtp"
  /** Its log with `debug: true`, as its own logger prints it or as lines of JSON. */
  | "nodemailer"
  /** Python, with `set_debuglevel(1)` or `set_debuglevel(2)`. */
  | "smtplib"
  /** The mail log, where `debug_peer_list` or `-v` made smtpd, smtp or lmtp verbose. */
  | "postfix"
  /** `--verbose` or `--trace-ascii`. */
  | "curl"
  /** Lines behind `C:` and `S:`, as documents show sessions. */
  | "transcript"
  /** What a terminal shows of telnet, netcat or `openssl s_client`: nothing in front of the lines. */
  | "terminal"
  /** A capture of packets, as tcpdump writes it. */
  | "pcap"
  | "pcapng";

/** One end of a recorded connection, as far as it is told. */
export interface TraceEndpoint {
  /** The IP address, as text without brackets; or the host's name where only that is told. */
  readonly address: string;
  readonly port?: number;
}

/** One step of a recorded session: what {@link Step} is, and what only a recording can tell or leave out. */
export interface TraceStep extends Omit<Step, "at" | "octets" | "kind"> {
  /** As in {@link Step}, or `"gap"`: octets that went over the wire and are not in the recording. */
  readonly kind: Step["kind"] | "gap";
  /** Milliseconds since the session began; absent where the recording has no time. */
  readonly at?: number;
  /**
   * How many octets went over the wire for it; absent where the recording does not tell. Logs that show lines and not their
   * ends are counted with CRLF.
   */
  readonly octets?: number;
  /** The line of the log, or the number of the packet, in which it ended; from 1. */
  readonly place: number;
  /** Of a reply: the index of the step that it answers. */
  readonly answers?: number;
  /** Of a reply: milliseconds from what it answers, or from the reply before it, whichever came later. */
  readonly waited?: number;
}

/** A recipient of a recorded message. */
export interface TraceRecipient {
  /** The forward-path, without angle brackets. */
  readonly recipient: string;
  /** As in a receipt; `"uncertain"`, too, where the recording ends before it is known. */
  readonly status: RecipientStatus;
  /** The step of the reply that decided it. */
  readonly step?: number;
}

/** A message that was to be sent: a transaction, from MAIL on (RFC 5321 section 3.3). */
export interface TraceMessage {
  /** The reverse-path, without angle brackets; `""` is the null one. */
  readonly from: string;
  readonly recipients: readonly TraceRecipient[];
  /** The step of its MAIL. */
  readonly step: number;
  /** Its content as it was sent, dots stuffed; absent where the recording does not tell or nothing was sent. */
  readonly octets?: number;
}

/** Something that is to be said of a session. */
export interface Finding {
  /** The rule, as `"recipient-refused"`. Its name never changes. */
  readonly rule: string;
  /** Mail did not go through or may be lost; it was delayed or something is done wrongly; or it is worth knowing. */
  readonly severity: "error" | "warning" | "info";
  /** What happened, in a sentence, secrets cut out. */
  readonly message: string;
  /** The index of the step that shows it; absent where it is about the session as a whole. */
  readonly step?: number;
  /** The document that says how it should be, as `"RFC 5321 section 4.2.2"`. */
  readonly reference: string;
}

/** Something to know of the recording itself. */
export interface TraceNote {
  readonly message: string;
  /** The line of the log, or the number of the packet, from 1. */
  readonly place?: number;
}

/** Lines of a log, from 1, the last included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** One connection. */
export interface TraceSession {
  readonly client?: TraceEndpoint;
  readonly server?: TraceEndpoint;
  /** When it began; absent where the recording has no date. A log without a zone is taken for UTC. */
  readonly began?: Date;
  /** How fine the recording's times are, in milliseconds; absent where it has none. */
  readonly resolution?: number;
  /** What the client called itself. */
  readonly name?: string;
  /** What the server offered last, as far as it can be read. */
  readonly capabilities: readonly Capability[];
  /** How the session came under TLS; absent when it did not. Steps after it can be read only in logs. */
  readonly tls?: "implicit" | "starttls";
  readonly steps: readonly TraceStep[];
  readonly messages: readonly TraceMessage[];
  /** What there is to say of it, in the order of its steps. */
  readonly diagnosis: readonly Finding[];
  readonly notes: readonly TraceNote[];
}

/** What is in a recording. */
export interface Trace {
  readonly format: TraceFormat;
  /** In the order in which they began; at least one. */
  readonly sessions: readonly TraceSession[];
  /** What is to be known of the recording: what was cut off, left out, or over a limit. */
  readonly notes: readonly TraceNote[];
  /** Lines of a log that are no part of any session; of a capture there are none. */
  readonly skipped: readonly LineRange[];
}

/** How a recording is read. */
export interface DissectOptions {
  /** Its form. Default: what its content looks like. */
  readonly format?: TraceFormat;
  /** A reply that comes later than this after its command is remarked upon, in milliseconds. Default: 3000. */
  readonly slow?: number;
  readonly limits?: {
    /** Octets of a recording; a larger one is refused. Default: 134217728. */
    readonly octets?: number;
    /** Sessions; those that begin later are left out, and a note says so. Default: 1000. */
    readonly sessions?: number;
    /** Steps of all sessions; those that come later are left out, and a note says so. Default: 200000. */
    readonly steps?: number;
  };
}
