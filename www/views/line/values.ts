/**
 * The parts of what was read, as a tree. It tells `look` with the octets of the part that is looked at, or null, and `choose`
 * with the first octet of the part that was chosen.
 */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Value } from "../../model/lab/reading.js";
import { rfc } from "../../parts/rfc.js";
import { shared } from "../../parts/styles.js";

class Values extends LitElement {
  static override readonly styles = [
    shared,
    css`
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      ul ul {
        margin-left: 8px;
        padding-left: 10px;
        border-left: 1px solid var(--line);
      }
      li {
        padding: 3px 0;
      }
      .entry {
        padding: 1px 6px;
        border-radius: 5px;
      }
      .entry.here {
        background: var(--link-wash);
      }
      button.name {
        min-height: 24px;
        padding: 0 6px;
        border-color: transparent;
        background: transparent;
        color: var(--link);
        font: 600 12.5px/22px var(--mono);
      }
      .name {
        padding: 0 6px;
        font: 600 12.5px/24px var(--mono);
      }
      .value {
        font: 12.5px/1.5 var(--mono);
        unicode-bidi: isolate;
        overflow-wrap: anywhere;
      }
      .about {
        padding: 0 6px 2px;
        color: var(--soft);
        font-size: 12.5px;
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 2px 10px;
        margin: 2px 6px 4px;
        padding: 6px 8px;
        border-radius: 5px;
        background: var(--raised);
        font-size: 12.5px;
      }
      dt {
        font-family: var(--mono);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  static override readonly properties = { values: { attribute: false }, looked: { attribute: false } };

  declare values: readonly Value[];
  /** The octet that is looked at. */
  declare looked: number | undefined;

  constructor() {
    super();
    this.values = [];
  }

  protected override render(): TemplateResult | typeof nothing {
    return this.values.length === 0 ? nothing : this.#list(this.values);
  }

  #list(values: readonly Value[]): TemplateResult {
    return html`<ul>
      ${values.map((value) => this.#value(value))}
    </ul>`;
  }

  #value({ name, value, about, start, end, children = [], fields = [] }: Value): TemplateResult {
    const place = start === undefined || end === undefined ? undefined : { start, end };
    const here =
      place !== undefined &&
      this.looked !== undefined &&
      place.start <= this.looked &&
      this.looked < place.end;
    return html`<li>
      <div
        class="entry ${here ? "here" : ""}"
        @pointerenter=${() => this.#tell("look", place ?? null)}
        @pointerleave=${() => this.#tell("look", null)}
      >
        ${
          place === undefined
            ? html`<span class="name">${name}</span>`
            : html`<button
                class="name"
                title="Octets ${place.start} to ${place.end - 1}"
                @click=${() => this.#tell("choose", place.start)}
                @focus=${() => this.#tell("look", place)}
                @blur=${() => this.#tell("look", null)}
              >
                ${name}
              </button>`
        }
        ${value === undefined ? nothing : html`<bdi class="value">${value === "" ? html`<span class="soft">empty</span>` : value}</bdi>`}
        ${
          about === undefined
            ? nothing
            : html`<div class="about">
                ${about.title === name || about.title === value ? nothing : html`<b>${about.title}</b>: `}${about.text}
                ${about.reference === undefined ? about.source : rfc(about.reference)}
              </div>`
        }
        ${
          fields.length === 0
            ? nothing
            : html`<dl>
                ${fields.map(
                  ({ name, value, text }) =>
                    html`<dt>${name}</dt>
                      <dd><bdi class="value">${value}</bdi> <span class="soft">${text}</span></dd>`,
                )}
              </dl>`
        }
      </div>
      ${children.length === 0 ? nothing : this.#list(children)}
    </li>`;
  }

  #tell(name: "look" | "choose", detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("ep-values", Values);
