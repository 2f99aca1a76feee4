/** What there is to show of a message: plain data, bounded, whatever the message is. No DOM. */
import type {
  AddressGroup,
  Damage,
  DiagnosticGroup,
  MailboxAddress,
  OctetSpan,
  Report,
  Severity,
} from "edgepost";
import type { Results } from "./authentication.js";
import type { Hop } from "./received.js";
import type { Nature } from "./source.js";

export interface Digest {
  readonly octets: number;
  readonly nature: Nature;
  /** How many characters turn the direction of text around: as they are written, and in what is decoded. */
  readonly bidi: number;
  readonly findings: readonly Finding[];
  readonly parts: readonly PartLine[];
  readonly headers: readonly Field[];
  /** Fields of the header that are not among them. */
  readonly headersMore: number;
  readonly subject?: string;
  /** Milliseconds since 1970 began. */
  readonly date?: number;
  readonly from?: string;
  /** The addresses in From (or Sender), and in To, Cc and Bcc. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly text?: Shown;
  readonly html?: Shown;
  readonly files: readonly FileLine[];
  readonly hops: readonly Hop[];
  readonly results: readonly Results[];
  readonly report?: Report;
  /** What the enhanced status codes in the report mean. */
  readonly statuses: Readonly<Record<string, string>>;
}

/** A finding, without its edits. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly group: DiagnosticGroup;
  /** Why this is a rule, in a sentence. */
  readonly reason: string;
  /** What is meant here, where more can be said. */
  readonly detail: string;
  readonly span: OctetSpan;
  readonly line: number;
  readonly column: number;
  readonly reference: string;
  /** What its fix does. */
  readonly fix?: string;
}

export interface PartLine {
  readonly number: number;
  readonly parent?: number;
  readonly depth: number;
  readonly path: string;
  readonly kind: "leaf" | "multipart" | "message";
  readonly contentType: string;
  readonly charset?: string;
  readonly encoding: string;
  readonly disposition?: string;
  readonly filename?: string;
  readonly header: OctetSpan;
  readonly body: OctetSpan;
  /** Octets, decoded. */
  readonly size: number;
  readonly damage: readonly Damage[];
}

export interface Field {
  readonly name: string;
  /** Decoded. */
  readonly value: string;
  /** As it is written, where that is something else. */
  readonly raw?: string;
  readonly span: OctetSpan;
}

export interface Shown {
  readonly text: string;
  /** Characters that are not shown, because it is too much. */
  readonly cut: number;
}

export interface FileLine {
  readonly filename?: string;
  readonly contentType: string;
  readonly disposition?: string;
  readonly cid?: string;
  readonly related: boolean;
  readonly size: number;
  readonly part: number;
}

/** An image that HTML may show by its Content-ID. */
export interface Image {
  readonly cid: string;
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

export function addressesIn(list: readonly (MailboxAddress | AddressGroup)[] | undefined): string[] {
  return (list ?? [])
    .flatMap((entry) => ("members" in entry ? entry.members : [entry]))
    .map(({ address }) => address)
    .filter((address) => address !== "");
}
