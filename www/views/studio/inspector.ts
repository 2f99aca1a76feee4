/** One line of a session, looked at closely. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { SessionRecord } from "../../model/recording.js";
import { shared } from "../../parts/styles.js";
import { milliseconds } from "./diagram.js";

/** Messages, and octets of each, that are shown. */
const SHOWN = 20;
const LONGEST = 20_000;

class Inspector extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        padding: 8px 12px;
      }
    `,
  ];

  static override readonly properties = {
    record: { attribute: false },
    index: { attribute: false },
    octets: { attribute: false },
  };

  declare record: SessionRecord | undefined;
  declare index: number | undefined;
  declare octets: number | undefined;

  protected override render(): TemplateResult {
    if (this.record === undefined) return html``;
    const line = this.index === undefined ? undefined : this.record?.lines[this.index];
    if (line === undefined)
      return html`<p class="soft">
        Choose a line to see its octets, and what they mean: with the pointer, or with the arrow keys.
      </p>`;
    if (line === undefined) return this.#whole(this.record);
    return html`<h3>${line.from} · ${line.kind}</h3>
      <p class="small soft">
        ${milliseconds(line.sent)} → ${line.arrived === undefined ? "never" : milliseconds(line.arrived)}
      </p>
      <pre>${line.text}</pre>`;
  }

  /** With no line chosen: what the server has in the end. */
  #whole({ received }: SessionRecord): TemplateResult {
    return html`<p class="soft">
        Choose a line to see its octets, and what they mean: with the pointer, or with the arrow keys.
      </p>
      ${
        received.length === 0
          ? html`<p>The server has no message.</p>`
          : html`<h3>What the server has</h3>
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

customElements.define("ep-inspector", Inspector);
