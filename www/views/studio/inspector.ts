/** One line of a session, looked at closely. */
import { css, html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import type { SessionRecord } from "../../model/recording.js";
import { shared } from "../../parts/styles.js";
import { milliseconds } from "./diagram.js";

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
    const line = this.index === undefined ? undefined : this.record?.lines[this.index];
    if (line === undefined)
      return html`<p class="soft">
        Choose a line to see its octets, and what they mean: with the pointer, or with the arrow keys.
      </p>`;
    return html`<h3>${line.from} · ${line.kind}</h3>
      <p class="small soft">
        ${milliseconds(line.sent)} → ${line.arrived === undefined ? "never" : milliseconds(line.arrived)}
      </p>
      <pre>${line.text}</pre>`;
  }
}

customElements.define("ep-inspector", Inspector);
