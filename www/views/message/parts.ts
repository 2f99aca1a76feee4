/** The parts of a message as a tree; of many, only those in view are drawn. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { visible } from "../../model/controls.js";
import type { PartLine } from "../../model/digest.js";
import { count } from "../../model/source.js";
import { shared } from "../../parts/styles.js";

/** Pixels. */
const ROW = 30;
const SPARE = 8;
const DAMAGE = {
  noBoundary: "no boundary: its parts cannot be found",
  notClosed: "not closed: it may be cut off",
  headerCut: "its header is cut off",
  headerTooLong: "its header is too long",
  tooDeep: "nested too deep: not taken apart",
  tooManyParts: "too many parts: not taken apart",
} as const;

class Parts extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        height: 100%;
      }
      .tree {
        position: relative;
        flex: 1 1 auto;
        min-height: 120px;
        overflow: auto;
      }
      .item {
        position: absolute;
        left: 0;
        display: flex;
        gap: 8px;
        align-items: center;
        min-width: 100%;
        height: ${ROW}px;
        padding-right: 8px;
        border-radius: 6px;
        white-space: nowrap;
        cursor: pointer;
      }
      .item:hover {
        background: var(--raised);
      }
      .item[aria-selected="true"] {
        background: var(--link-wash);
        box-shadow: inset 3px 0 var(--link);
      }
      .path {
        min-width: 28px;
        color: var(--soft);
        font-family: var(--mono);
        font-size: 12px;
      }
      .about {
        flex: none;
        padding-top: 8px;
        border-top: 1px solid var(--line);
      }
      .about table {
        font-size: 13px;
      }
      .about td {
        overflow-wrap: anywhere;
      }
    `,
  ];

  static override readonly properties = {
    parts: { attribute: false },
    selected: { attribute: false },
    top: { state: true },
  };

  declare parts: readonly PartLine[];
  declare selected: number | undefined;
  /** How far it is scrolled. */
  declare top: number;
  #height = 400;

  constructor() {
    super();
    this.parts = [];
    this.top = 0;
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("selected") || this.selected === undefined) return;
    const tree = this.renderRoot.querySelector(".tree")!;
    const at = this.selected * ROW;
    if (at < tree.scrollTop) tree.scrollTop = at;
    else if (at + ROW > tree.scrollTop + tree.clientHeight) tree.scrollTop = at + ROW - tree.clientHeight;
  }

  protected override render(): TemplateResult {
    const from = Math.max(0, Math.floor(this.top / ROW) - SPARE);
    const to = Math.min(this.parts.length, Math.ceil((this.top + this.#height) / ROW) + SPARE);
    const part = this.selected === undefined ? undefined : this.parts[this.selected];
    return html`
      <div
        class="tree"
        role="tree"
        tabindex="0"
        aria-label="The parts of the message"
        aria-activedescendant=${part === undefined ? nothing : `part-${part.number}`}
        @scroll=${this.#scrolled}
        @keydown=${this.#key}
      >
        <div role="none" .style=${`height: ${this.parts.length * ROW}px`}>
          ${this.parts.slice(from, to).map((part) => this.#item(part))}
        </div>
      </div>
      ${part === undefined ? html`<p class="about soft small">Choose a part: its octets are shown in the source. Or set the cursor in the source.</p>` : about(part)}
    `;
  }

  #item(part: PartLine): TemplateResult {
    const { number, depth, path, contentType, filename, size, damage, kind } = part;
    const place = `top: ${number * ROW}px; padding-left: ${8 + Math.min(depth, 24) * 16}px`;
    return html`<div
      class="item"
      role="treeitem"
      id=${`part-${number}`}
      aria-level=${depth + 1}
      aria-selected=${this.selected === number}
      .style=${place}
      @click=${() => this.#choose(number)}
    >
      <span class="path">${path === "" ? "all" : path}</span>
      <b>${visible(contentType.slice(0, 100))}</b>
      ${filename === undefined ? nothing : html`<span>${visible(filename.slice(0, 100))}</span>`}
      ${kind === "leaf" ? html`<span class="soft small">${octets(size)}</span>` : nothing}
      ${damage.length > 0 ? html`<span class="tag warn">▲ damaged</span>` : nothing}
    </div>`;
  }

  readonly #scrolled = (event: Event): void => {
    const tree = event.target as HTMLElement;
    this.#height = tree.clientHeight;
    this.top = tree.scrollTop;
  };

  readonly #key = (event: KeyboardEvent): void => {
    const now = this.selected ?? -1;
    const last = this.parts.length - 1;
    const page = Math.max(1, Math.floor(this.#height / ROW) - 1);
    const steps: Record<string, number> = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      ArrowLeft: this.parts[now]?.parent ?? now,
      ArrowRight: this.parts[now + 1]?.parent === now ? now + 1 : now,
      PageDown: now + page,
      PageUp: now - page,
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#choose(Math.max(0, Math.min(last, next)));
  };

  #choose(number: number): void {
    this.dispatchEvent(new CustomEvent("choose", { detail: number }));
  }
}

function about(part: PartLine): TemplateResult {
  const { path, contentType, kind, charset, encoding, disposition, filename, header, body, size, damage } =
    part;
  const row = (name: string, value: string | undefined): TemplateResult | typeof nothing =>
    value === undefined
      ? nothing
      : html`<tr>
          <th scope="row">${name}</th>
          <td>${value}</td>
        </tr>`;
  return html`<div class="about">
    <h3>${path === "" ? "The message" : `Part ${path}`}: ${visible(contentType.slice(0, 100))}</h3>
    <table>
      ${row("Header", `octets ${count(header.start)} to ${count(header.end)}`)}
      ${row("Body", `octets ${count(body.start)} to ${count(body.end)}`)} ${row("Encoding", encoding)}
      ${row("Character set", charset)} ${row("Disposition", disposition)}
      ${row("File", filename === undefined ? undefined : visible(filename))}
      ${kind === "leaf" ? row("Decoded", octets(size)) : nothing}
      ${damage.map((kind) => row("Damage", DAMAGE[kind]))}
    </table>
  </div>`;
}

/** A size, as people read it. */
export function octets(size: number): string {
  if (size < 10_000) return `${count(size)} octets`;
  if (size < 1e6) return `${(size / 1e3).toFixed(1)} kB`;
  return `${(size / 1e6).toFixed(1)} MB`;
}

customElements.define("ep-parts", Parts);
