/** Reads and checks one message at a time, and answers what is asked about it then. No DOM: it works in a worker. */
import { applyFixes, check, checkRules, compose, describeStatus, parse, ready } from "edgepost";
import type { Diagnostic, Draft, HeaderField, Message, Report, Rule } from "edgepost";
import { resultsOf } from "./authentication.js";
import type { Results } from "./authentication.js";
import { bidiIn } from "./controls.js";
import { addressesIn } from "./digest.js";
import type { Digest, Field, FileLine, Finding, Image, PartLine, Shown } from "./digest.js";
import { hunksOf } from "./hunks.js";
import type { Hunks } from "./hunks.js";
import { isMailbox } from "./mailbox.js";
import { hopsOf } from "./received.js";
import { natureOf } from "./source.js";

/** Of a header. */
const FIELDS = 400;
/** Characters of a field. */
const VALUE = 4000;
/** Characters of a text, and of HTML. */
const TEXT = 200_000;
const HTML = 500_000;
const PARTS = 10_000;
const FILES = 2000;
const IMAGES = 200;
/** Octets of all images. */
const IMAGES_SIZE = 20 << 20;
/** Recipients, for an envelope. */
const RECIPIENTS = 200;
/** Whom a report names. */
const REPORTED = 200;
/** What a browser shows as an image, and runs nothing of. */
const IMAGE = /^image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml)$/;

export class Reader {
  #octets = new Uint8Array();
  #message: Message | undefined;
  #diagnostics: readonly Diagnostic[] = [];
  #reasons: ReadonlyMap<string, string> | undefined;

  async read(octets: Uint8Array<ArrayBuffer>): Promise<Digest> {
    await ready();
    this.#reasons ??= new Map((await checkRules()).map(({ name, summary }: Rule) => [name, summary]));
    const [message, diagnostics] = [await parse(octets), await check(octets)];
    [this.#octets, this.#message, this.#diagnostics] = [octets, message, diagnostics];
    const fields = message.headers.slice(0, FIELDS).map(fieldOf);
    const text = shown(message.text, TEXT);
    const html = shown(message.html, HTML);
    const from = addressesIn(message.from);
    const to = [message.to, message.cc, message.bcc].flatMap(addressesIn);
    const decoded = [...fields.map(({ value }) => value), text?.text ?? "", html?.text ?? ""];
    const { report } = message;
    return {
      octets: octets.length,
      nature: natureOf(octets),
      bidi: decoded.reduce((sum, text) => sum + bidiIn(text), 0) + bidiIn(namesOf(message)),
      findings: diagnostics.map((diagnostic) => findingOf(diagnostic, this.#reasons!)),
      parts: partsOf(message),
      headers: fields,
      headersMore: message.headers.length - fields.length,
      ...(message.subject !== undefined && { subject: message.subject.slice(0, VALUE) }),
      ...(message.date !== undefined && { date: message.date.getTime() }),
      ...(from.length > 0 && { from: from.slice(0, 5).join(", ") }),
      envelope: {
        from: report === undefined ? (from.find(isMailbox) ?? "") : "",
        to: [...new Set(to)].filter(isMailbox).slice(0, RECIPIENTS),
      },
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
      files: filesOf(message),
      hops: hopsOf(valuesOf(message.headers), message.date?.getTime()),
      results: message.headers.flatMap(resultOf).slice(0, 50),
      ...(report !== undefined && {
        report: { ...report, recipients: report.recipients.slice(0, REPORTED) },
      }),
      statuses: statusesOf(report),
    };
  }

  /** What the fixes of these findings change. */
  hunks(findings: readonly number[]): Hunks {
    return hunksOf(
      this.#octets,
      this.#of(findings).flatMap(({ fix }) => fix?.edits ?? []),
    );
  }

  /** The message with the fixes of these findings. */
  mended(findings: readonly number[]): Uint8Array<ArrayBuffer> {
    return applyFixes(this.#octets, this.#of(findings)) as Uint8Array<ArrayBuffer>;
  }

  /** The content of an attachment. */
  file(index: number): Uint8Array<ArrayBuffer> {
    return copied(this.#message?.attachments[index]?.content);
  }

  /** The images that the HTML may show. */
  images(): Image[] {
    const images: Image[] = [];
    let octets = 0;
    for (const { cid, contentType, content } of this.#message?.parts ?? []) {
      if (cid === undefined || content === undefined || !IMAGE.test(contentType)) continue;
      octets += content.length;
      if (octets > IMAGES_SIZE || images.length === IMAGES) break;
      images.push({ cid, type: contentType, content: copied(content) });
    }
    return images;
  }

  /** Rejects with what `compose` says. */
  async composed(draft: Draft): Promise<Uint8Array<ArrayBuffer>> {
    return (await (await compose(draft)).bytes()) as Uint8Array<ArrayBuffer>;
  }

  #of(findings: readonly number[]): Diagnostic[] {
    return findings.flatMap((index) => this.#diagnostics[index] ?? []);
  }
}

function statusesOf(report: Report | undefined): Record<string, string> {
  const statuses: Record<string, string> = {};
  for (const { status } of report?.recipients.slice(0, REPORTED) ?? []) {
    const known = status === undefined ? undefined : describeStatus(status);
    if (known !== undefined) statuses[status!] = known.description;
  }
  return statuses;
}

function copied(octets: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  return octets === undefined ? new Uint8Array() : new Uint8Array(octets);
}

function findingOf(diagnostic: Diagnostic, reasons: ReadonlyMap<string, string>): Finding {
  const { rule, severity, group, message, span, line, column, reference, fix } = diagnostic;
  const reason = reasons.get(rule) ?? message;
  const more = message.startsWith(reason) ? message.slice(reason.length).trim() : message;
  const detail = more === reason ? "" : more.slice(0, VALUE);
  const known = { rule, severity, group, reason, detail, span, line, column, reference };
  return fix === undefined ? known : { ...known, fix: fix.description };
}

function fieldOf({ name, value, raw, span }: HeaderField): Field {
  const written = raw.replace(/\r\n/g, "\n").trim();
  const shown = value.length > VALUE ? `${value.slice(0, VALUE)}…` : value;
  const isOther = written !== value && written.length <= VALUE;
  return { name: name.slice(0, VALUE), value: shown, ...(isOther && { raw: written }), span };
}

function shown(text: string | undefined, most: number): Shown | undefined {
  if (text === undefined) return undefined;
  return { text: text.slice(0, most), cut: Math.max(0, text.length - most) };
}

function partsOf({ parts }: Message): PartLine[] {
  const depths: number[] = [];
  return parts.slice(0, PARTS).map((part) => {
    const { number, parent, path, kind, contentType, charset, encoding, disposition, filename } = part;
    const { header, body, content, damage } = part;
    const depth = parent === undefined ? 0 : (depths[parent] ?? 0) + 1;
    depths[number] = depth;
    return {
      number,
      ...(parent !== undefined && { parent }),
      depth,
      path,
      kind,
      contentType,
      ...(charset !== undefined && { charset }),
      encoding,
      ...(disposition !== undefined && { disposition }),
      ...(filename !== undefined && { filename }),
      header,
      body,
      size: content?.length ?? body.end - body.start,
      damage,
    };
  });
}

function filesOf({ attachments }: Message): FileLine[] {
  return attachments
    .slice(0, FILES)
    .map(({ filename, contentType, disposition, cid, related, content, part }) => ({
      ...(filename !== undefined && { filename }),
      contentType,
      ...(disposition !== undefined && { disposition }),
      ...(cid !== undefined && { cid }),
      related,
      size: content.length,
      part: part.number,
    }));
}

function namesOf({ attachments }: Message): string {
  return attachments.map(({ filename }) => filename ?? "").join("");
}

function valuesOf(headers: readonly HeaderField[]): { value: string; field: number }[] {
  return headers
    .map(({ name, value }, field) => ({ name, value, field }))
    .filter(({ name }) => name.toLowerCase() === "received");
}

function resultOf({ name, value }: HeaderField): Results[] {
  const known = ["authentication-results", "arc-authentication-results"];
  return known.includes(name.toLowerCase()) ? [resultsOf(name, value)] : [];
}
