/** The same message over the same link, with and without the extensions that save round trips. */
import { css, html, LitElement } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { play } from "../../model/play.js";
import type { SessionPlan } from "../../model/plan.js";
import type { SessionRecord } from "../../model/recording.js";
import { shared } from "../../parts/styles.js";
import { milliseconds } from "./diagram.js";

const SAVING = ["PIPELINING", "CHUNKING"];
const WAYS: readonly (readonly [words: string, offered: readonly string[]])[] = [
  ["neither", []],
  ["PIPELINING", ["PIPELINING"]],
  ["CHUNKING", ["CHUNKING"]],
  ["both", SAVING],
];

class Compare extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        max-height: 210px;
        padding: 6px 12px;
        border-bottom: 1px solid var(--line);
        overflow: auto;
      }
      td {
        font-variant-numeric: tabular-nums;
      }
      .bar {
        display: block;
        min-width: 2px;
        height: 10px;
        border-radius: 3px;
        background: var(--client);
      }
      td.wide {
        width: 45%;
      }
    `,
  ];

  static override readonly properties = { plan: { attribute: false }, records: { state: true } };

  declare plan: SessionPlan;
  declare records: readonly (SessionRecord | undefined)[];
  #playing: AbortController | undefined;

  constructor() {
    super();
    this.records = [];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#playing?.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("plan")) void this.#play();
  }

  protected override render(): TemplateResult {
    const longest = Math.max(1, ...this.records.map((record) => record?.ended ?? 0));
    return html`<table>
      <caption class="visually-hidden">
        The same session with and without PIPELINING and CHUNKING
      </caption>
      <thead>
        <tr>
          <th scope="col">Server offers</th>
          <th scope="col">Round trips</th>
          <th scope="col">Time</th>
          <th scope="col">Octets</th>
          <td class="wide"></td>
        </tr>
      </thead>
      <tbody>
        ${WAYS.map(([words], index) => {
          const record = this.records[index];
          const octets = record === undefined ? 0 : record.octets.client.length + record.octets.server.length;
          return html`<tr>
            <th scope="row">${words}</th>
            <td>${record?.roundTrips}</td>
            <td>${record === undefined ? "" : milliseconds(record.ended)}</td>
            <td>${record === undefined ? "" : octets.toLocaleString("en")}</td>
            <td class="wide">
              <span class="bar" .style=${`width: ${(100 * (record?.ended ?? 0)) / longest}%`}></span>
            </td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  async #play(): Promise<void> {
    this.#playing?.abort();
    const playing = (this.#playing = new AbortController());
    const { server, client } = this.plan;
    const records: (SessionRecord | undefined)[] = [];
    try {
      for (const [, offered] of WAYS) {
        const offers = [...server.offers.filter((keyword) => !SAVING.includes(keyword)), ...offered];
        const session: SessionPlan = {
          ...this.plan,
          client: { ...client, pipelining: true, chunking: true },
          server: { ...server, offers },
        };
        records.push((await play({ sessions: [session] }, playing.signal)).sessions[0]);
        this.records = [...records];
      }
    } catch (error) {
      if (!playing.signal.aborted) throw error;
    }
  }
}

customElements.define("ep-compare", Compare);
