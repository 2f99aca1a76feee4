/**
 * One message in several transactions, where a server takes fewer recipients, or fewer of their domains, in one than it
 * has (RFC 9422). Loaded with the first message that may have to.
 */
import type { Capability } from "./engine.js";
import { InputError } from "./errors.js";
import type { RecipientResult, SmtpError } from "./errors.js";
import type { Content, Prepared } from "./message.js";
import type { Receipt, SendResult } from "./receipt.js";

/** A part of a message, and the places of its recipients in the whole. */
export interface Part {
  readonly prepared: Prepared;
  readonly places: readonly number[];
}

function limit(capability: Capability, name: string): number {
  const value = new RegExp(`^${name}=([1-9]\\d{0,5})$`, "i");
  const found = capability.parameters.map((parameter) => value.exec(parameter)?.[1]).find(Boolean);
  return found === undefined ? Infinity : Number(found);
}

/** Parts within the server's limits; one is the message itself. Throws an `InputError` when content cannot be had twice. */
export function split(prepared: Prepared, limits: Capability): Part[] {
  const { envelope, content, asked } = prepared;
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
  const { again } = content;
  if (again === undefined) {
    const what = `the server takes the message in ${groups.length} parts, and its stream can be read once: give raw as a string or a Uint8Array`;
    throw new InputError(what, { field: "raw", stage: "mail" });
  }
  const [mail, ...rcpt] = asked?.params.split("\n") ?? [];
  return groups.map(({ places }) => ({
    prepared: {
      envelope: { from: envelope.from, to: places.map((place) => envelope.to[place]!) },
      content: again.call(content) as Content,
      ...(asked && {
        asked: { ...asked, params: [mail, ...places.map((place) => rcpt[place])].join("\n") },
      }),
    },
    places,
  }));
}

/** One result of those of the parts: accepted when a part is; else uncertain when a part is; else as the first. */
export function merged(whole: Prepared, parts: readonly Part[], results: readonly SendResult[]): SendResult {
  const recipients: RecipientResult[] = [];
  results.forEach((result, index) => {
    const { places, prepared } = parts[index]!;
    const known = result.ok ? result.receipt.recipients : result.error.recipients;
    places.forEach((place, at) => {
      const retryable = !result.ok && result.error.retryable;
      const nothing = { recipient: prepared.envelope.to[at]!, status: "notSent", retryable } as const;
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
