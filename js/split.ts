/**
 * One message in several transactions, where a server takes fewer recipients, or fewer of their domains, in one than it
 * has (RFC 9422). Loaded with the first message that may have to.
 */
import type { Capability } from "./engine.js";
import { InputError } from "./errors.js";
import type { RecipientResult, SmtpError } from "./errors.js";
import type { Prepared } from "./message.js";
import type { Receipt, SendResult } from "./receipt.js";

/** The places of recipients in the whole. */
interface Places {
  readonly places: readonly number[];
}

/** A part of a message. */
export interface Part extends Places {
  readonly prepared: Prepared;
}

/** The recipients whose part did not go out while others' did, for whoever has another connection. */
export interface Rest {
  /** The same message for them alone, from its beginning. */
  prepared(): Prepared;
  /** The result for all recipients, when there is one for these. */
  with(result: SendResult): SendResult;
}

function limit(capability: Capability, name: string): number {
  const value = new RegExp(`^${name}=([1-9]\\d{0,5})$`, "i");
  const found = capability.parameters.map((parameter) => value.exec(parameter)?.[1]).find(Boolean);
  return found === undefined ? Infinity : Number(found);
}

/** Parts within the server's limits; one is the message itself. Throws an `InputError` when content cannot be had twice. */
export function split(prepared: Prepared, limits: Capability): Part[] {
  const { envelope, content } = prepared;
  const [most, domains] = [limit(limits, "RCPTMAX"), limit(limits, "RCPTDOMAINMAX")];
  const groups: { places: number[]; domains: Set<string> }[] = [];
  const room = new Map<string, typeof groups>();
  envelope.to.forEach((to, place) => {
    const domain = to.slice(to.lastIndexOf("@") + 1).toLowerCase();
    // A domain goes on where it is already, else where there is room for one more.
    let group = room.get(domain)?.at(-1);
    if (group === undefined || group.places.length >= most) {
      const last = groups.at(-1);
      if (last && last.places.length < most && last.domains.size < domains) group = last;
      else groups.push((group = { places: [], domains: new Set() }));
      room.set(domain, [group]);
    }
    group.domains.add(domain);
    group.places.push(place);
  });
  if (groups.length < 2) return [{ prepared, places: [...envelope.to.keys()] }];
  if (content.again === undefined) {
    const what = `the server takes the message in ${groups.length} parts, and its stream can be read once: give raw as a string or a Uint8Array`;
    throw new InputError(what, { field: "raw", stage: "mail" });
  }
  return groups.map(({ places }) => partOf(prepared, places));
}

/** The message for some of its recipients. Its content can be had again. */
function partOf({ envelope: { from, to }, content, asked }: Prepared, places: readonly number[]): Part {
  const [mail, ...rcpt] = asked?.params.split("\n") ?? [];
  const prepared = {
    envelope: { from, to: places.map((place) => to[place]!) },
    content: content.again!(),
    ...(asked && {
      asked: { ...asked, params: [mail, ...places.map((place) => rcpt[place])].join("\n") },
    }),
  };
  return { prepared, places };
}

/** One result of those of all parts, and the rest, if some of them are done with and others can be sent again. */
export function merged(
  whole: Prepared,
  parts: readonly Places[],
  results: readonly SendResult[],
): [SendResult, Rest?] {
  const result = joined(whole, parts, results);
  const recipients = recipientsOf(result)!;
  const left = recipients.flatMap((recipient, place) => (isLeft(recipient) ? [place] : []));
  if (left.length === 0 || left.length === recipients.length) return [result];
  const rest: Rest = {
    prepared: () => partOf(whole, left).prepared,
    with: (later) => joined(whole, [{ places: [...recipients.keys()] }, { places: left }], [result, later]),
  };
  return [result, rest];
}

/** It was not asked about, or turned away with the connection (421, RFC 5321 section 3.8). */
function isLeft({ status, reply, retryable }: RecipientResult): boolean {
  return retryable && (status === "notSent" || reply?.code === 421);
}

function recipientsOf(result: SendResult): readonly RecipientResult[] | undefined {
  return result.ok ? result.receipt.recipients : result.error.recipients;
}

/**
 * Accepted when a part is; else uncertain when a part is; else as the first. What is known of a recipient in several
 * parts is what the last one says.
 */
function joined(whole: Prepared, parts: readonly Places[], results: readonly SendResult[]): SendResult {
  const recipients: RecipientResult[] = [];
  results.forEach((result, index) => {
    const { places } = parts[index]!;
    const known = recipientsOf(result);
    places.forEach((place, at) => {
      const retryable = !result.ok && result.error.retryable;
      const nothing = { recipient: whole.envelope.to[place]!, status: "notSent", retryable } as const;
      recipients[place] = known?.[at] ?? nothing;
    });
  });
  const refused = recipients.flatMap(({ recipient, reply }) =>
    reply !== undefined && reply.code >= 400 ? [{ recipient, reply }] : [],
  );
  const taken = results.find((result) => result.ok);
  if (taken !== undefined) {
    const accepted = recipients
      .filter(({ status }) => status === "accepted")
      .map(({ recipient }) => recipient);
    const receipt: Receipt = {
      ...(taken as { receipt: Receipt }).receipt,
      envelope: whole.envelope,
      accepted,
      refused,
      recipients,
    };
    return { ok: true, receipt };
  }
  const failed = results as readonly Extract<SendResult, { ok: false }>[];
  const worst = failed.find(({ error }) => error.delivery === "uncertain") ?? failed[0]!;
  // The error is this message's alone.
  const error = Object.assign(worst.error as SmtpError, {
    recipients,
    ...(refused.length > 0 && { refused }),
  });
  return { ...worst, error };
}
