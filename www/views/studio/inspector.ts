/** One line of a session, looked at closely: its octets, which rules they match, and what each part says. */
import { css, html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { lineOf, readLine } from "../../model/explain.js";
import type { Part, ReadLine } from "../../model/explain.js";
import type { Line, SessionRecord } from "../../model/recording.js";
import "../../parts/octets.js";
import { rfc } from "../../parts/rfc.js";
import { shared } from "../../parts/styles.js";
import { milliseconds } from "./diagram.js";

/** Messages, and octets of each, that are shown. */
const SHOWN = 20;
const LONGEST = 20_000;
/** What a line says in parts, that are shown at once. */
const PARTS = 60;

const KINDS: Readonly<Record<Line["kind"], string>> = {
  greeting: "greeting",
  command: "command",
  reply: "reply",
  auth: "answer in the exchange",
  content: "content",
  tls: "TLS",
  closed: "the end",
  garbage: "no SMTP",
};

class Inspector extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        padding: 8px 12px;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 12px;
        align-items: baseline;
        margin-bottom: 4px;
      }
      h2 {
        font-size: 14px;
      }
      .client {
        color: var(--client);
      }
      .server {
        color: var(--server);
      }
      .columns {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        gap: 16px;
      }
      ep-octets {
        max-height: 260px;
      }
      dl {
        margin: 0;
      }
      dt {
        font-weight: 600;
      }
      dd {
        margin: 0 0 6px;
      }
      ul {
        margin: 2px 0;
        padding-left: 18px;
      }
      .problem {
        color: var(--bad);
      }
      @media (max-width: 1200px) {
        .columns {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  static override readonly properties = {
    record: { attribute: false },
    index: { attribute: false },
    octets: { attribute: false },
    untimed: { type: Boolean },
  };

  declare record: SessionRecord | undefined;
  /** The line to look at. */
  declare index: number | undefined;
  /** So many of its octets have gone; absent: all. */
  declare octets: number | undefined;
  /** When it happened is not known. */
  declare untimed: boolean;
  #line: Line | undefined;
  #sent = new Uint8Array();
  #read: ReadLine | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("record") && !changed.has("index")) return;
    this.#line = this.index === undefined ? undefined : this.record?.lines[this.index];
    const line = this.#line === undefined ? undefined : lineOf(this.record!, this.index!);
    this.#sent = new Uint8Array(line?.octets ?? []);
    this.#read = line === undefined ? undefined : readLine(line);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { record } = this;
    if (record === undefined) return nothing;
    const line = this.#line;
    if (line === undefined) return this.#whole(record);
    const { from, kind, sent, arrived, secure } = line;
    const who = { client: "The client", server: "The server", link: "The link" }[from];
    return html`
      <header>
        <h2 class=${from}>${who}: ${KINDS[kind]}</h2>
        <span class="small soft" ?hidden=${this.untimed}
          >${milliseconds(sent)}
          ${from === "link" ? nothing : html`→ ${arrived === undefined ? "never arrives" : milliseconds(arrived)}`}
          ${secure ? ", under TLS" : ""}</span
        >
      </header>
      ${this.#sent.length === 0 ? html`<p>${line.text}</p>` : this.#close(line)}
    `;
  }

  #close({ text, start, end }: Line): TemplateResult {
    const { spans, parts, problem } = this.#read!;
    const partial = this.octets;
    return html`
      ${
        partial === undefined
          ? nothing
          : html`<p>
              ${partial} of ${end - start} octets have gone. Until CR LF has come, this is no line yet, and
              the other side does nothing (${rfc("5321#2.3.8")}).
            </p>`
      }
      <div class="columns">
        <div>
          <ep-octets
            .octets=${this.#sent}
            .spans=${spans}
            .mark=${problem?.position}
            .until=${partial}
            label="The octets of the line"
          ></ep-octets>
          <p class="visually-hidden">${text}</p>
        </div>
        <dl>
          ${
            problem === undefined
              ? nothing
              : html`<dt class="problem">Wrong at octet ${problem.position}</dt>
                  <dd>${problem.message}</dd>`
          }
          ${parts.slice(0, PARTS).map(explained)}
        </dl>
      </div>
    `;
  }

  /** With no line chosen: what the server has in the end. */
  #whole({ received }: SessionRecord): TemplateResult {
    return html`<p class="soft">
        Choose a line to see its octets, and what they mean: with the pointer, or with the arrow keys.
      </p>
      ${
        received.length === 0
          ? html`<p>The server has no message.</p>`
          : html`<h2>What the server has</h2>
              ${received.slice(0, SHOWN).map(
                ({ from, to, content }) =>
                  html`<details ?open=${received.length === 1}>
                    <summary>
                      From &lt;${from}&gt; to ${to.map((address) => html`&lt;${address}&gt; `)}
                    </summary>
                    <pre tabindex="0">${new TextDecoder().decode(content.subarray(0, LONGEST))}</pre>
                  </details>`,
              )}
              ${received.length > SHOWN ? html`<p class="soft">… and ${received.length - SHOWN} more.</p>` : nothing}`
      }`;
  }
}

function explained({ title, text, reference, source, fields = [] }: Part): TemplateResult {
  return html`<dt>${title}</dt>
    <dd>
      ${text} ${reference === undefined ? source : rfc(reference)}
      ${
        fields.length === 0
          ? nothing
          : html`<ul>
              ${fields.map(({ name, value }) => html`<li>${name}: <code>${value}</code></li>`)}
            </ul>`
      }
    </dd>`;
}

customElements.define("ep-inspector", Inspector);
