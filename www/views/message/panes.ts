/** What a message says in its header, its text, its files, its way and its report: read, and explained. */
import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { BounceCause, ReportedRecipient } from "edgepost";
import { isGood, methodInWords } from "../../model/authentication.js";
import type { Results } from "../../model/authentication.js";
import { visible } from "../../model/controls.js";
import type { Digest, Field, FileLine } from "../../model/digest.js";
import { duration, protocolInWords } from "../../model/received.js";
import type { Hop } from "../../model/received.js";
import { count } from "../../model/source.js";
import { rfc } from "../../parts/rfc.js";
import { octets } from "./parts.js";

export const panes = css`
  dl.fields {
    margin: 0;
  }
  dl.fields > div {
    display: grid;
    grid-template-columns: minmax(90px, 160px) minmax(0, 1fr);
    gap: 0 10px;
    padding: 3px 0;
    border-bottom: 1px solid var(--line);
    content-visibility: auto;
    contain-intrinsic-block-size: auto 60px;
  }
  dl.fields dt button {
    justify-content: flex-start;
    padding: 1px 4px;
    color: var(--soft);
    font-weight: 600;
    text-align: left;
    overflow-wrap: anywhere;
  }
  dl.fields dd {
    margin: 0;
    padding-top: 3px;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  dl.fields code {
    display: block;
    color: var(--soft);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  pre.text {
    padding: 10px 12px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: var(--field);
    unicode-bidi: plaintext;
  }
  pre.text span {
    display: block;
    content-visibility: auto;
    contain-intrinsic-block-size: auto 800px;
  }
  .scroll {
    overflow: auto;
  }
  .tag {
    white-space: nowrap;
  }
  td {
    overflow-wrap: anywhere;
  }
  td.type {
    min-width: 120px;
  }
  td.files {
    white-space: nowrap;
  }
  td.what {
    min-width: 190px;
  }
  ol.way {
    margin: 8px 0;
    padding: 0;
    list-style: none;
  }
  ol.way > li {
    position: relative;
    padding: 0 0 14px 22px;
    border-left: 2px solid var(--line);
    margin-left: 7px;
  }
  ol.way > li:last-child {
    border-left-color: transparent;
  }
  ol.way > li::before {
    position: absolute;
    top: 4px;
    left: -7px;
    width: 12px;
    height: 12px;
    border: 2px solid var(--paper);
    border-radius: 50%;
    background: var(--client);
    content: "";
  }
  ol.way p {
    margin: 0;
  }
  .delay {
    display: flex;
    gap: 8px;
    align-items: center;
    margin: 0 0 4px;
  }
  .took {
    flex: none;
    min-width: 2px;
    height: 8px;
    border-radius: 4px;
    background: var(--client);
  }
  .took.long {
    background: var(--warn);
  }
  .card {
    margin: 8px 0;
    padding: 8px 10px;
    border: 1px solid var(--line);
    border-radius: 6px;
  }
  .card table {
    margin-top: 4px;
    font-size: 13px;
  }
  th[scope="row"] {
    width: 130px;
  }
`;

export function headersPane(digest: Digest, show: (field: Field) => void): TemplateResult {
  if (digest.headers.length === 0) return html`<p class="soft">The message has no header.</p>`;
  return html`
    <p class="soft small">
      Unfolded and decoded (${rfc("5322#2.2.3")}, ${rfc("2047")}). Below, in grey: as it is written, where
      that is something else.
    </p>
    <dl class="fields">
      ${digest.headers.map(
        (field) =>
          html`<div>
            <dt>
              <button class="quiet" title="Show it in the source" @click=${() => show(field)}>
                ${visible(field.name) || "(no field)"}
              </button>
            </dt>
            <dd>
              ${visible(field.value)}
              ${field.raw === undefined ? nothing : html`<code>${visible(field.raw)}</code>`}
            </dd>
          </div>`,
      )}
    </dl>
    ${digest.headersMore > 0 ? html`<p class="small">▲ ${count(digest.headersMore)} more fields are not shown.</p>` : nothing}
  `;
}

export function textPane({ text }: Digest): TemplateResult {
  if (text === undefined || text.text === "")
    return html`<p class="soft">
      The message has no plain text${text === undefined ? "" : " in it: its text is empty"}.
    </p>`;
  return html`
    ${text.cut > 0 ? html`<p class="small">▲ Only the beginning is shown: ${count(text.cut)} characters are left out.</p>` : nothing}
    <pre class="text" tabindex="0" role="region" aria-label="The text of the message">
${blocksOf(text.text).map((block) => html`<span>${visible(block)}</span>`)}</pre>
  `;
}

/** Lines, so many together that those out of view need not be laid out; a line that is longer is cut. */
function blocksOf(text: string): string[] {
  return text.match(/[^]{1,4000}(?:\n|$)|[^]{4000}/g) ?? [];
}

export interface FileActions {
  save(index: number): void;
  show(part: number): void;
  open(index: number): void;
}

export function filesPane(
  files: readonly FileLine[],
  most: number,
  actions: FileActions,
  more: () => void,
): TemplateResult {
  if (files.length === 0) return html`<p class="soft">Nothing is attached.</p>`;
  return html`
    <p class="soft small">
      Files are only saved, never opened here. What they are is what the message says, and may be wrong.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Type</th>
            <th scope="col">Size</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          ${files
            .slice(0, most)
            .map(({ filename, contentType, size, related, part, disposition, cid }, index) => {
              const name = visible((filename ?? "(no name)").slice(0, 200));
              return html`<tr>
                <td>
                  <b>${name}</b>
                  ${related ? html`<span class="tag">belongs to the HTML</span>` : nothing}
                  ${disposition === undefined ? nothing : html`<span class="soft small">${visible(disposition.slice(0, 50))}</span>`}
                  ${cid === undefined ? nothing : html`<span class="soft small mono">cid:${visible(cid.slice(0, 100))}</span>`}
                </td>
                <td class="type">${visible(contentType.slice(0, 100))}</td>
                <td class="files">${octets(size)}</td>
                <td class="files">
                  <span class="actions">
                    <button aria-label="Save ${name}" @click=${() => actions.save(index)}>Save</button>
                    <button aria-label="Show ${name} in the source" @click=${() => actions.show(part)}>
                      Show
                    </button>
                    ${
                      contentType === "message/rfc822" || contentType === "message/global"
                        ? html`<button
                            aria-label="Read ${name} as a message of its own"
                            @click=${() => actions.open(index)}
                          >
                            Read
                          </button>`
                        : nothing
                    }
                  </span>
                </td>
              </tr>`;
            })}
        </tbody>
      </table>
    </div>
    ${files.length > most ? html`<button @click=${more}>Show more: ${count(files.length - most)}</button>` : nothing}
  `;
}

const time = (at: number, zone = 0): string => {
  const local = new Date(at + zone * 60_000).toISOString();
  const sign = zone < 0 ? "−" : "+";
  const [hours, minutes] = [Math.floor(Math.abs(zone) / 60), Math.abs(zone) % 60];
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${sign}${String(hours).padStart(2, "0")}${String(minutes).padStart(2, "0")}`;
};

function isDate(at: number): boolean {
  return Math.abs(at) < 8.6e15;
}

/** Every hop is drawn under the one before; a bar is as long as it took, of all the time that it took. */
export function wayPane({ hops, date, from, headers }: Digest, show: (field: Field) => void): TemplateResult {
  if (hops.length === 0)
    return html`<p class="soft">
      No server has written that it had this message: it has no field Received (${rfc("5321#4.4")}). One is
      added by each server on the way.
    </p>`;
  const longest = Math.max(1, ...hops.map(({ delay }) => delay ?? 0));
  const first = date ?? hops.find(({ time }) => time !== undefined)?.time;
  const last = hops.at(-1)?.time;
  const whole = first === undefined || last === undefined ? undefined : last - first;
  return html`
    <p>
      ${count(hops.length)}
      ${hops.length === 1 ? "server" : "servers"}${
        whole === undefined
          ? ""
          : whole < 0
            ? "; the last clock is behind the first"
            : `, ${duration(whole)} in all`
      }.
      <span class="soft small">
        From the oldest to the newest. Each server writes by its own clock, and anybody can write such fields:
        those below the first server that you trust prove nothing.
      </span>
    </p>
    <ol class="way">
      <li>
        <p><b>Written</b>${from === undefined ? "" : ` by ${visible(from)}`}</p>
        <p class="soft small mono">
          ${date === undefined || !isDate(date) ? "no date that can be read" : `${time(date)} (Date)`}
        </p>
      </li>
      ${hops.map((hop) => hopOf(hop, longest, headers, show))}
    </ol>
  `;
}

function hopOf(
  hop: Hop,
  longest: number,
  headers: readonly Field[],
  show: (field: Field) => void,
): TemplateResult {
  const protocol = hop.with === undefined ? undefined : protocolInWords(hop.with);
  const field = headers[hop.field];
  return html`<li>
    ${delayOf(hop.delay, longest)}
    <p>
      <b>${visible(hop.by ?? "a server that does not say its name")}</b>
      ${hop.from === undefined ? nothing : html` from ${visible(hop.from)}`}
      ${hop.fromSeen === undefined ? nothing : html` <span class="soft">seen as ${visible(hop.fromSeen)}</span>`}
    </p>
    <p class="small">
      ${hop.with === undefined ? nothing : html`<span class="mono">${visible(hop.with)}</span>${protocol === undefined ? nothing : html`: ${protocol}`}.`}
      ${hop.for === undefined ? nothing : html` For <span class="mono">${visible(hop.for)}</span>.`}
    </p>
    <p class="soft small mono">
      ${hop.time === undefined || !isDate(hop.time) ? "no time that can be read" : time(hop.time, hop.zone)}
      ${field === undefined ? nothing : html`<button class="quiet small" aria-label="Show the field of ${visible(hop.by ?? "this server")}" @click=${() => show(field)}>Show</button>`}
    </p>
  </li>`;
}

function delayOf(delay: number | undefined, longest: number): TemplateResult {
  if (delay === undefined) return html`<p class="delay soft small">How long it took is not known.</p>`;
  if (delay < 0)
    return html`<p class="delay small">
      <span class="tag warn">▲ clock</span> Earlier than the step before, by ${duration(-delay)}: one of the
      two clocks is wrong by at least that. How long it took cannot be known.
    </p>`;
  const width = `${Math.max(1, Math.round((delay / longest) * 120))}px`;
  const long = delay > 5 * 60_000;
  return html`<p class="delay small">
    <span class="took ${long ? "long" : ""}" .style=${`width: ${width}`}></span>
    ${duration(delay)}${long ? " ▲ it waited" : ""}
  </p>`;
}

export function resultsPane(results: readonly Results[]): TemplateResult {
  if (results.length === 0)
    return html`<p class="soft">
      Nobody has written what a check of the sender found: there is no field Authentication-Results
      (${rfc("8601")}). The server that receives a message adds it.
    </p>`;
  return html`
    <p class="soft small">
      These are findings of others, written into the message; nothing was checked here. Anybody can write such
      a field: believe only what your own server has written (${rfc("8601#5")}).
    </p>
    ${results.map(
      ({ by, field, instance, checks }) => html`
        <section class="card">
          <h3>
            ${visible(by) || "Somebody"}
            <span class="soft small"
              >says so in ${field}${instance === undefined ? "" : `, set ${instance}`}</span
            >
          </h3>
          ${
            checks.length === 0
              ? html`<p>Nothing was checked.</p>`
              : html`<div class="scroll">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Method</th>
                        <th scope="col">Result</th>
                        <th scope="col">Of what</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${checks.map(({ method, result, reason, comment, properties }) => {
                        const good = isGood(result);
                        const known = methodInWords(method);
                        return html`<tr>
                          <td>
                            <b>${visible(method)}</b>
                            ${known === undefined ? nothing : html`<div class="soft small">${known[0]}? ${rfc(known[1])}</div>`}
                          </td>
                          <td>
                            <span class="tag ${good === true ? "good" : good === false ? "bad" : ""}"
                              >${good === true ? "✓ " : good === false ? "✕ " : ""}${visible(result)}</span
                            >
                          </td>
                          <td class="what">
                            ${properties.map(([name, value]) => html`<div class="mono">${visible(name)}=${visible(value)}</div>`)}
                            ${reason === undefined ? nothing : html`<div>${visible(reason)}</div>`}
                            ${comment === undefined ? nothing : html`<div class="soft small">${visible(comment)}</div>`}
                          </td>
                        </tr>`;
                      })}
                    </tbody>
                  </table>
                </div>`
          }
        </section>
      `,
    )}
  `;
}

const KINDS = {
  deliveryStatus: ["A delivery status notification: a system tells what became of a message", "3464"],
  bounce: ["A bounce in words of its own: what is read from it is likely, and no more", "3464#1"],
  complaint: ["A feedback report: somebody does not want such messages", "5965"],
  disposition: ["A disposition notification: what was done with a message that had arrived", "8098"],
} as const;

const CAUSES: Readonly<Record<BounceCause, string>> = {
  noSuchUser: "there is no such mailbox",
  suspended: "the mailbox exists, and takes nothing",
  mailboxFull: "the mailbox has no room left",
  moved: "the recipient is somewhere else now",
  hostUnknown: "the domain or host does not exist",
  noMail: "the domain takes no mail",
  sender: "the sender is not accepted",
  tooLarge: "the message is too large",
  blocked: "the sending host is not accepted",
  policy: "a rule of the recipient's side forbids it",
  spam: "it is taken for spam",
  virus: "something harmful is in it",
  authentication: "SPF, DKIM, DMARC or ARC failed",
  relay: "the server does not relay there",
  rateLimited: "too much came in too short a time",
  content: "the content cannot be taken as it is written",
  network: "no connection, answer or route",
  expired: "it could not be delivered in the time that it had",
  system: "something is broken on the recipient's side",
  unknown: "nobody knows",
};

const ACTIONS = {
  failed: ["bad", "✕ failed: it will not arrive"],
  delayed: ["warn", "▲ delayed: it is tried again"],
  delivered: ["good", "✓ delivered"],
  relayed: ["good", "✓ passed on to a system that may tell nothing more"],
  expanded: ["good", "✓ delivered, and sent on to more addresses"],
} as const;

export function reportPane({ report, statuses }: Digest, read: () => void): TemplateResult {
  if (report === undefined)
    return html`<p class="soft">
      This message is no report: it tells of no other one. Choose the example “Bounce” to see one read.
    </p>`;
  const [words, section] = KINDS[report.kind];
  const { feedback, disposition, original } = report;
  const rows = (list: readonly (readonly [string, string | undefined])[]): TemplateResult =>
    html`<table>
      ${list
        .filter(([, value]) => value !== undefined && value !== "")
        .map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${visible(value!.slice(0, 2000))}</td>
            </tr>`,
        )}
    </table>`;
  return html`
    <p><b>${words}</b> (${rfc(section)}).</p>
    ${rows([
      ["Told by", report.reportingMta],
      ["It had arrived", report.arrivalDate],
      ["Envelope identifier", report.originalEnvelopeId],
      ["About the message", report.originalMessageId],
    ])}
    ${report.recipients.map((recipient) => recipientOf(recipient, statuses, rows))}
    ${
      feedback === undefined
        ? nothing
        : html`<section class="card">
            <h3>What is complained of: ${visible(feedback.feedbackType)}</h3>
            ${rows([
              ["Sent from", feedback.originalMailFrom],
              ["By the host", feedback.sourceIp],
              [
                "Stands for",
                feedback.incidents === undefined ? undefined : `${count(feedback.incidents)} complaints`,
              ],
              ["Domains", feedback.reportedDomains.slice(0, 20).join(", ")],
              ["Addresses", feedback.reportedUris.slice(0, 20).join(", ")],
              ["Failed", feedback.authFailure],
              ["Made by", feedback.userAgent],
            ])}
          </section>`
    }
    ${
      disposition === undefined
        ? nothing
        : html`<section class="card">
            <h3>What was done: ${visible(disposition.kind)}</h3>
            <p>
              ${disposition.manual ? "A person did it" : "A rule did it"}, and
              ${disposition.sentManually ? "a person has allowed to tell" : "it was told without a question"}.
              It does not say that anybody has understood it (${rfc("8098#3.2.6")}).
            </p>
            ${rows([
              ["More", disposition.modifiers.slice(0, 20).join(", ")],
              ["Told by", disposition.reportingUa],
              ["Errors", disposition.errors.slice(0, 20).join("; ")],
            ])}
          </section>`
    }
    ${
      original === undefined
        ? html`<p class="soft small">The message that it is about did not come back with it.</p>`
        : html`<button @click=${read}>
            Read ${original.headersOnly ? "the header that came back" : "the message that came back"}
          </button>`
    }
  `;
}

function recipientOf(
  { address, original, action, status, replyCode, diagnostic, remoteMta, hard, cause }: ReportedRecipient,
  statuses: Digest["statuses"],
  rows: (list: readonly (readonly [string, string | undefined])[]) => TemplateResult,
): TemplateResult {
  const [tag, words] = action === undefined ? ["", ""] : ACTIONS[action];
  const meaning = status === undefined ? undefined : statuses[status];
  const worked =
    action === undefined || action === "delivered" || action === "relayed" || action === "expanded";
  return html`<section class="card">
    <h3>${visible(address)} ${words === "" ? nothing : html`<span class="tag ${tag}">${words}</span>`}</h3>
    ${rows([
      ["Why", worked ? undefined : CAUSES[cause]],
      [
        "Status",
        status === undefined ? undefined : `${status}${meaning === undefined ? "" : `: ${meaning}`}`,
      ],
      ["Reply code", replyCode === undefined ? undefined : String(replyCode)],
      ["It said", diagnostic],
      ["Said by", remoteMta],
      ["Sent to", original === address ? undefined : original],
      [
        "Again?",
        hard === undefined || worked
          ? undefined
          : hard
            ? "No: it is of no use to send there again."
            : "Later, it may be taken.",
      ],
    ])}
  </section>`;
}
