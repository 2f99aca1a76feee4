/**
 * Octets, each a cell with its sign and its number, and over them the rules of the grammar that they match. Only the rows in
 * view are drawn.
 *
 * It tells `look` with the octet that is looked at, or null.
 */
import { css, html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { explainRule } from "../model/explain/rules.js";
import { octetAt } from "../model/octet.js";
import { around, nested, rowAt, rowsOf } from "../model/spans.js";
import type { Marked, Nested, Rows } from "../model/spans.js";
import { rfc } from "./rfc.js";
import { shared } from "./styles.js";

/** Pixels. */
const CELL = 24;
const GUTTER = 46;
const NARROW_GUTTER = 34;
const NARROW = 480;
const LEVEL = 17;
const CELLS = 42;
const GAP = 8;
/** Rows that are drawn above and below of those in view. */
const MARGIN = 4;
/** More are never drawn at once, however large the element is. */
const MOST_ROWS = 120;
/** What comes behind is not shown: browsers cannot scroll over more. */
const MOST_OCTETS = 1 << 20;
/** More spans tell nobody anything. */
const MOST_SPANS = 20_000;

export class Octets extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        max-height: min(60vh, 520px);
      }
      .scroll {
        flex: 0 1 auto;
        min-height: 0;
        overflow: hidden auto;
        outline-offset: -2px;
      }
      .canvas,
      .row {
        position: relative;
      }
      .row {
        position: absolute;
        left: 0;
      }
      .offset {
        position: absolute;
        bottom: 10px;
        width: 38px;
        color: var(--soft);
        font: 11px/16px var(--mono);
        text-align: right;
      }
      .narrow .offset {
        width: 28px;
        font-size: 10px;
      }
      .cell {
        position: absolute;
        bottom: ${GAP}px;
        display: flex;
        flex-direction: column;
        width: ${CELL}px;
        height: ${CELLS - GAP}px;
        border-radius: 4px;
        font: 14px/19px var(--mono);
        text-align: center;
        unicode-bidi: isolate;
        cursor: default;
        user-select: none;
      }
      .cell::after {
        color: var(--soft);
        content: attr(data-hex);
        font: 10.5px/15px var(--mono);
      }
      .cell.space,
      .cell.continuation {
        color: var(--soft);
      }
      .cell.control {
        color: var(--link);
        font: 600 10px/19px var(--sans);
      }
      .cell.utf8 {
        font-family: var(--sans);
      }
      .cell.utf8 {
        border-left: 2px solid transparent;
      }
      .cell.utf8,
      .cell.continuation {
        border-radius: 0;
        box-shadow: inset 0 -2px var(--server);
      }
      .cell.broken {
        color: var(--bad);
      }
      .cell.later {
        opacity: 0.4;
      }
      .cell.lit {
        background: var(--link-wash);
      }
      .cell.at {
        background: var(--ink);
        box-shadow: none;
      }
      .cell.at,
      .cell.at::after {
        color: var(--paper);
      }
      .cell.mark {
        outline: 2px solid var(--bad);
        outline-offset: -1px;
      }
      .cell.mark::before {
        position: absolute;
        top: 100%;
        left: 0;
        width: 100%;
        color: var(--bad);
        content: "▲";
        font-size: 8px;
        line-height: 9px;
      }
      .cell.end {
        border: 1px dashed var(--bad);
      }
      .span {
        position: absolute;
        height: ${LEVEL}px;
        padding: 0 3px;
        overflow: hidden;
        border: solid var(--link);
        border-width: 1.5px 1.5px 0;
        border-radius: 4px 4px 0 0;
        color: var(--link);
        font: 10.5px/15px var(--sans);
        text-align: center;
        text-overflow: ellipsis;
        white-space: nowrap;
        cursor: default;
      }
      .span.before {
        border-left: 0;
        border-top-left-radius: 0;
      }
      .span.after {
        border-right: 0;
        border-top-right-radius: 0;
      }
      .span.lit {
        background: var(--link-wash);
        font-weight: 600;
      }
      .span.chosen {
        background: var(--link);
        color: var(--paper);
      }
      .about {
        flex: none;
        min-height: 66px;
        max-height: 132px;
        margin: 4px 0 0;
        padding: 4px 2px 0;
        overflow: auto;
        border-top: 1px solid var(--line);
        font-size: 12.5px;
        line-height: 20px;
      }
      .about b {
        font-family: var(--mono);
      }
      .about .rules > span:not(:last-child)::after {
        color: var(--soft);
        content: " in ";
      }
    `,
  ];

  static override readonly properties = {
    octets: { attribute: false },
    spans: { attribute: false },
    mark: { attribute: false },
    until: { attribute: false },
    lit: { attribute: false },
    label: {},
    looked: { state: true },
    chosen: { state: true },
    columns: { state: true },
    narrow: { state: true },
    top: { state: true },
    height: { state: true },
  };

  declare octets: Uint8Array;
  declare spans: readonly Marked[];
  /** The octet at which something is wrong; that behind the last is the end. */
  declare mark: number | undefined;
  /** So many octets have arrived. */
  declare until: number | undefined;
  /** Octets that something outside is about. */
  declare lit: { readonly start: number; readonly end: number } | undefined;
  /** What it shows, for who cannot see it. */
  declare label: string;
  declare looked: number | undefined;
  /** The span that the pointer is on. */
  declare chosen: Nested | undefined;
  declare columns: number;
  declare narrow: boolean;
  declare top: number;
  declare height: number;

  #nested: Nested[] = [];
  #rows: Rows = rowsOf([], 0, 1, rowHeight);
  /** The octet that the arrow keys move from. */
  #at = 0;
  readonly #resized = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.octets = new Uint8Array();
    this.spans = [];
    this.label = "Octets";
    this.columns = 16;
    this.narrow = false;
    this.top = 0;
    this.height = 400;
  }

  /** Shows an octet, and what it is. */
  show(at: number): void {
    this.#look(at);
    this.#reveal();
  }

  /** Goes to the octets, for the arrow keys. */
  focusFirst(): void {
    this.#scroll.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("octets") || changed.has("spans"))
      this.#nested = nested(this.spans.slice(0, MOST_SPANS), this.#shown);
    if (changed.has("octets")) {
      this.#at = Math.min(this.#at, Math.max(0, this.#count - 1));
      if (this.looked !== undefined && this.looked >= this.#count) this.looked = undefined;
    }
    if (changed.has("octets") || changed.has("spans")) this.chosen = undefined;
    if (["octets", "spans", "columns", "mark"].some((name) => changed.has(name as keyof Octets)))
      this.#rows = rowsOf(this.#nested, this.#count, this.columns, rowHeight);
  }

  protected override firstUpdated(): void {
    this.#measure();
  }

  protected override render(): TemplateResult {
    const { tops } = this.#rows;
    const height = tops.at(-1)!;
    return html`
      <div
        class="scroll ${this.narrow ? "narrow" : ""}"
        role="listbox"
        tabindex="0"
        aria-orientation="horizontal"
        aria-label=${this.label}
        aria-activedescendant=${this.looked === undefined ? nothing : `octet-${this.looked}`}
        @scroll=${(event: Event) => (this.top = (event.target as Element).scrollTop)}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
        @focus=${() => this.looked === undefined && this.#count > 0 && this.#look(this.#at)}
        @pointermove=${(event: PointerEvent) => event.pointerType === "mouse" && this.#point(event)}
        @pointerdown=${(event: PointerEvent) => this.#point(event)}
        @pointerleave=${() => this.#leave()}
      >
        <div class="canvas" role="presentation" .style=${`height: ${height}px`}>${this.#visible()}</div>
      </div>
      <div class="about" role="status">${this.#about()}</div>
    `;
  }

  #visible(): TemplateResult[] {
    const rows: TemplateResult[] = [];
    const count = this.#rows.levels.length;
    const first = Math.max(0, rowAt(this.#rows, this.top) - MARGIN);
    const last = Math.min(count, first + MOST_ROWS, rowAt(this.#rows, this.top + this.height) + 1 + MARGIN);
    const from = first * this.columns;
    const spans = this.#nested.filter(({ start, end }) => start < last * this.columns && end > from);
    const lit = this.#lit();
    const inner = this.looked === undefined ? [] : around(spans, this.looked);
    for (let row = first; row < last; row++) rows.push(this.#row(row, spans, lit, inner));
    return rows;
  }

  #row(
    row: number,
    spans: readonly Nested[],
    lit: { readonly start: number; readonly end: number } | undefined,
    inner: readonly Nested[],
  ): TemplateResult {
    const { tops } = this.#rows;
    const from = row * this.columns;
    const to = Math.min(this.#count, from + this.columns);
    const gutter = this.#gutter;
    const cells: TemplateResult[] = [];
    for (let at = from; at < to; at++) cells.push(this.#cell(at, gutter + (at - from) * CELL, lit));
    return html`<div
      class="row"
      role="presentation"
      .style=${`top: ${tops[row]}px; height: ${tops[row + 1]! - tops[row]!}px`}
    >
      <span class="offset" aria-hidden="true">${from}</span>
      ${spans
        .filter(({ start, end }) => start < to && end > from)
        .map((span) => {
          const { rule, label, start, end, level } = span;
          const left = Math.max(start, from) - from;
          const width = Math.min(end, to) - from - left;
          const classes = `span${start < from ? " before" : ""}${end > to ? " after" : ""}${inner.includes(span) ? " lit" : ""}${span === this.chosen ? " chosen" : ""}`;
          return html`<span
            class=${classes}
            aria-hidden="true"
            .style=${`left: ${gutter + left * CELL + 1}px; width: ${width * CELL - 2}px; bottom: ${CELLS + level * LEVEL}px`}
            @pointerenter=${() => (this.chosen = span)}
            @pointerleave=${() => (this.chosen = undefined)}
            >${label ?? rule}</span
          >`;
        })}
      ${cells}
    </div>`;
  }

  #cell(
    at: number,
    left: number,
    lit: { readonly start: number; readonly end: number } | undefined,
  ): TemplateResult {
    const behind = at >= this.#shown;
    const octet = behind ? undefined : octetAt(this.octets, at);
    const within = lit !== undefined && at >= lit.start && at < lit.end;
    const later = this.until !== undefined && at >= this.until;
    const classes = `cell ${octet?.kind ?? "end"}${at === this.mark ? " mark" : ""}${within ? " lit" : ""}${later ? " later" : ""}${at === this.looked ? " at" : ""}`;
    return html`<span
      id="octet-${at}"
      class=${classes}
      role="option"
      aria-selected=${at === this.looked ? "true" : "false"}
      aria-setsize=${this.#count}
      aria-posinset=${at + 1}
      aria-label=${octet === undefined ? "the end" : `${octet.name}, ${octet.hex}`}
      data-at=${at}
      data-hex=${octet?.hex ?? ""}
      .style=${`left: ${left}px`}
      >${octet?.sign ?? ""}</span
    >`;
  }

  /** What is looked at, in words. */
  #about(): TemplateResult {
    const { chosen, looked } = this;
    if (chosen !== undefined) {
      const { rule, start, end } = chosen;
      return html`${described(rule)} <span class="soft">Octets ${start} to ${end - 1}.</span>`;
    }
    if (looked === undefined)
      return html`<span class="soft"
        >${this.octets.length.toLocaleString("en")}
        octets${
          this.#shown < this.octets.length
            ? html`, of which the first ${this.#shown.toLocaleString("en")} are shown`
            : ""
        }.
        Point at one, or move with the arrow keys, to see what it is.</span
      >`;
    if (looked >= this.#shown) return html`<b>${looked}</b> The text ends here.`;
    const { hex, decimal, name, sign, kind } = octetAt(this.octets, looked);
    const inside = around(this.#nested, looked);
    return html`<div>
        Octet <b>${looked}</b>: <b>0x${hex}</b>, ${decimal} decimal,
        ${kind === "text" ? html`<b>${sign}</b> ` : ""}${name}${
          looked === this.mark ? html` <span class="tag bad">here it goes wrong</span>` : ""
        }${this.until !== undefined && looked >= this.until ? html` <span class="tag">not there yet</span>` : ""}
      </div>
      ${
        inside.length === 0
          ? nothing
          : html`<div class="rules">
                ${inside.map(({ rule, label }) => html`<span>${label ?? rule}</span>`)}
              </div>
              <div>${described(inside[0]!.rule)}</div>`
      }`;
  }

  #lit(): { readonly start: number; readonly end: number } | undefined {
    if (this.chosen !== undefined) return this.chosen;
    if (this.looked !== undefined) return around(this.#nested, this.looked)[0];
    return this.lit;
  }

  get #shown(): number {
    return Math.min(this.octets.length, MOST_OCTETS);
  }

  /** Cells: the end is one if something is missing there. */
  get #count(): number {
    return this.#shown + (this.mark !== undefined && this.mark >= this.#shown ? 1 : 0);
  }

  get #gutter(): number {
    return this.narrow ? NARROW_GUTTER : GUTTER;
  }

  get #scroll(): HTMLElement {
    return this.renderRoot.querySelector(".scroll")!;
  }

  #measure(): void {
    const { clientWidth, clientHeight } = this.#scroll;
    if (clientWidth === 0) return;
    this.narrow = clientWidth < NARROW;
    this.columns = Math.max(4, Math.floor((clientWidth - this.#gutter) / CELL));
    // Until the rows are known, the height is nobody's: what can be seen is what the page has.
    this.height = Math.max(clientHeight, 400);
  }

  #look(at: number | undefined): void {
    if (at === this.looked) return;
    this.looked = at;
    if (at !== undefined) this.#at = at;
    this.dispatchEvent(new CustomEvent("look", { detail: at ?? null }));
  }

  #point(event: PointerEvent): void {
    const cell = event.composedPath().find((target) => target instanceof HTMLElement && target.dataset["at"]);
    if (cell !== undefined) this.#look(Number((cell as HTMLElement).dataset["at"]));
  }

  #leave(): void {
    this.chosen = undefined;
    if (!this.#scroll.matches(":focus")) this.#look(undefined);
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey || this.#count === 0) return;
    const last = this.#count - 1;
    const { columns } = this;
    const page = columns * Math.max(1, Math.floor(this.#scroll.clientHeight / rowHeight(1)) - 1);
    const row = this.#at - (this.#at % columns);
    const to: Readonly<Record<string, number>> = {
      ArrowRight: this.#at + 1,
      ArrowLeft: this.#at - 1,
      ArrowDown: this.#at + columns,
      ArrowUp: this.#at - columns,
      PageDown: this.#at + page,
      PageUp: this.#at - page,
      Home: event.ctrlKey ? 0 : row,
      End: event.ctrlKey ? last : row + columns - 1,
    };
    const at = to[event.key];
    if (at === undefined) return;
    event.preventDefault();
    this.show(Math.max(0, Math.min(last, at)));
  }

  /** Scrolls so that the octet can be seen. */
  #reveal(): void {
    const scroll = this.#scroll;
    const { tops, columns } = this.#rows;
    const row = Math.floor(this.#at / columns);
    if (tops[row]! < scroll.scrollTop) scroll.scrollTop = tops[row]!;
    else if (tops[row + 1]! > scroll.scrollTop + scroll.clientHeight)
      scroll.scrollTop = tops[row + 1]! - scroll.clientHeight;
  }
}

function rowHeight(levels: number): number {
  return CELLS + levels * LEVEL + 4;
}

function described(rule: string): TemplateResult {
  const known = explainRule(rule);
  if (known === undefined) return html`<b>${rule}</b>`;
  const { title, text, reference, source } = known;
  return html`<b>${title}</b>: ${text} ${reference === undefined ? source : rfc(reference)}`;
}

customElements.define("ep-octets", Octets);
