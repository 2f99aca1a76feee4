/** The sequence diagram of a session: time downward, the client on the left, the server on the right; only what is in view is drawn. */
import { css, html, LitElement, nothing, svg } from "lit";
import type { PropertyValues, SVGTemplateResult, TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { HIGHEST, layoutOf, ROW } from "../../model/layout.js";
import type { Layout, Placed } from "../../model/layout.js";
import { endOf } from "../../model/position.js";
import type { Position } from "../../model/position.js";
import type { Line, SessionRecord } from "../../model/recording.js";
import { exchangesOf } from "../../model/round-trips.js";
import { shared } from "../../parts/styles.js";

/** Pixels that are drawn above and below of what is seen. */
const MARGIN = 200;
/** Of a long line so many characters are shown. */
const LABEL = 160;

export class Diagram extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        position: relative;
        min-height: 0;
        overflow: hidden;
      }
      .scroll {
        height: 100%;
        overflow: auto;
        outline-offset: -2px;
      }
      .lanes {
        position: sticky;
        top: 0;
        z-index: 2;
        display: flex;
        justify-content: space-between;
        padding: 4px 12px 4px 64px;
        border-bottom: 1px solid var(--line);
        background: var(--paper);
        font-size: 12.5px;
        font-weight: 600;
      }
      .lanes .client {
        color: var(--client);
      }
      .lanes .server {
        color: var(--server);
      }
      .canvas {
        position: relative;
        margin: 0 12px 0 64px;
      }
      svg {
        position: absolute;
        left: 0;
        width: 100%;
        overflow: visible;
        pointer-events: none;
      }
      .lane {
        stroke-width: 2;
      }
      .lane.client,
      .arrow.client {
        stroke: var(--client);
      }
      .lane.server,
      .arrow.server {
        stroke: var(--server);
      }
      .arrow {
        stroke-width: 1.25;
        opacity: 0.65;
      }
      .arrow.lost {
        stroke-dasharray: 4 4;
      }
      .arrow.selected {
        stroke-width: 2.5;
        opacity: 1;
      }
      .head.client {
        fill: var(--client);
      }
      .head.server {
        fill: var(--server);
      }
      .cross {
        stroke: var(--bad);
        stroke-width: 2;
      }
      .tls {
        fill: var(--link-wash);
        opacity: 0.6;
      }
      .option {
        position: absolute;
        top: 0;
        display: flex;
        gap: 6px;
        align-items: baseline;
        max-width: 82%;
        height: 22px;
        padding: 0 5px;
        border-radius: 5px;
        background: color-mix(in srgb, var(--paper) 86%, transparent);
        font: 12.5px/22px var(--mono);
        white-space: nowrap;
        cursor: pointer;
      }
      .option .text {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .option.client {
        left: 8px;
      }
      .option.server {
        right: 8px;
      }
      .option.link {
        left: 50%;
        translate: -50% 0;
        background: var(--link-wash);
        color: var(--link);
        font-family: var(--sans);
      }
      .option.content {
        border: 1px solid var(--client);
        background: var(--client-wash);
        line-height: 20px;
      }
      .option.refused {
        background: var(--bad-wash);
        color: var(--bad);
      }
      .option.later {
        background: var(--warn-wash);
        color: var(--warn);
      }
      .option.gone .text {
        text-decoration: line-through;
      }
      .option:hover {
        background: var(--raised);
      }
      .option[aria-selected="true"] {
        background: var(--ink);
        color: var(--paper);
      }
      .more {
        flex: none;
        opacity: 0.75;
        font: 11.5px/22px var(--sans);
      }
      .tick {
        position: absolute;
        left: -60px;
        width: 50px;
        color: var(--soft);
        font-size: 11px;
        font-variant-numeric: tabular-nums;
        line-height: 16px;
        text-align: right;
        pointer-events: none;
      }
      .trip {
        display: inline-block;
        min-width: 16px;
        border-radius: 8px;
        background: var(--raised);
        color: var(--ink);
        text-align: center;
      }
      .now {
        position: absolute;
        right: 0;
        left: -64px;
        border-top: 1px dashed var(--focus);
        pointer-events: none;
      }
      .empty {
        padding: 24px;
        color: var(--soft);
      }
      @media (max-width: 700px) {
        .canvas,
        .lanes {
          margin-left: 40px;
        }
        .lanes {
          margin-left: 0;
          padding-left: 40px;
        }
        .tick {
          left: -42px;
          width: 36px;
          font-size: 10px;
        }
        .option {
          max-width: 90%;
          font-size: 11.5px;
        }
      }
    `,
  ];

  static override readonly properties = {
    record: { attribute: false },
    position: { attribute: false },
    selected: { attribute: false },
    untimed: { type: Boolean },
  };

  declare record: SessionRecord | undefined;
  declare position: Position;
  /** The line that is looked at: its index. */
  declare selected: number | undefined;
  /** When things happened is not known, only in which order. */
  declare untimed: boolean;

  #layout: Layout = layoutOf([]);
  #trips = new Map<Line, number>();
  #seen = { top: 0, bottom: 1000 };
  readonly #resized = new ResizeObserver(() => {
    this.#look();
    if (this.#asks) this.#follow();
  });

  constructor() {
    super();
    this.position = endOf([]);
    this.untimed = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("record")) return;
    const lines = this.record?.lines ?? [];
    this.#layout = layoutOf(lines);
    this.#trips = new Map(
      exchangesOf(lines).flatMap(({ number, lines }) => (number === undefined ? [] : [[lines[0]!, number]])),
    );
  }

  protected override firstUpdated(): void {
    this.#resized.observe(this.#scroll);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("position") && changed.get("position") !== undefined) this.#follow();
    if (changed.has("selected") && this.selected !== undefined) this.#reveal(this.selected);
  }

  protected override render(): TemplateResult {
    const { record } = this;
    const { client, server } = record?.plan ?? {};
    const { placed, ticks, height } = this.#layout;
    const [first, end] = this.#range();
    const shown = placed.slice(first, Math.min(end, this.#count()));
    return html`
      <div
        class="scroll"
        role="listbox"
        tabindex="0"
        aria-label="What client and server say to each other"
        aria-activedescendant=${this.selected === undefined ? nothing : `line-${this.selected}`}
        @scroll=${() => this.#look()}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      >
        <div class="lanes" aria-hidden="true">
          <span class="client">Client ${client?.name}</span><span class="server">Server ${server?.name}</span>
        </div>
        <div class="canvas" role="presentation" .style=${`height: ${height}px`}>
          ${this.#drawing(shown, height)}
          ${ticks.map((tick) =>
            this.untimed || tick.y < this.#seen.top - MARGIN || tick.y > this.#seen.bottom + MARGIN
              ? nothing
              : html`<span class="tick" aria-hidden="true" .style=${at(tick.y - 5)}
                  >${tick.cut ? "⋮ " : ""}${milliseconds(tick.time)}</span
                >`,
          )}
          ${shown.map((placed) => this.#option(placed))} ${this.#now()}
        </div>
      </div>
    `;
  }

  #drawing(shown: readonly Placed[], height: number): TemplateResult {
    const tls = this.#layout.placed.find(({ line }) => line.secure);
    const until = this.#layout.y(this.position.time);
    return html`<svg height=${height} aria-hidden="true">
      <defs>
        ${["client", "server"].map(
          (side) => svg`<marker id="head-${side}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"
            markerHeight="8" orient="auto"><path class="head ${side}" d="M0 0.5 8 4 0 7.5z" /></marker>`,
        )}
      </defs>
      ${
        tls === undefined || tls.index >= this.#count()
          ? nothing
          : svg`<rect class="tls" x="0" width="100%" y=${tls.from - 4} height=${Math.max(0, Math.min(height, until + ROW) - tls.from)} />`
      }
      <line class="lane client" x1="0" x2="0" y1="0" y2=${height}></line>
      <line class="lane server" x1="100%" x2="100%" y1="0" y2=${height}></line>
      ${shown.map((placed) => this.#arrow(placed))}
    </svg>`;
  }

  #arrow({ line, index, from, to }: Placed): SVGTemplateResult | typeof nothing {
    if (line.from === "link" || line.kind === "closed") return nothing;
    const { sent, arrived } = line;
    const whole = this.#whole(index);
    const way =
      arrived === undefined ? 0.6 : arrived <= sent ? 1 : (this.position.time - sent) / (arrived - sent);
    const part = Math.max(
      0,
      Math.min(arrived === undefined ? 0.6 : 1, whole * (Number.isNaN(way) ? 1 : way)),
    );
    const x = (share: number): string => `${100 * (line.from === "client" ? share : 1 - share)}%`;
    const y = from + 11 + (to - from - 11) * part;
    const classes = `arrow ${line.from}${arrived === undefined ? " lost" : ""}${index === this.selected ? " selected" : ""}`;
    return svg`<line class=${classes} x1=${x(0)} y1=${from + 11} x2=${x(part)} y2=${y}
        marker-end=${part === 1 ? `url(#head-${line.from})` : nothing} />
      ${
        arrived === undefined && part >= 0.6
          ? svg`<svg x=${x(0.6)} y=${y} overflow="visible"><path class="cross" d="M-5-5 5 5M5-5-5 5" /></svg>`
          : nothing
      }`;
  }

  #option({ line, index, from }: Placed): TemplateResult {
    const { kind, code = 0, arrived, secure } = line;
    const [text = "", ...more] = line.text.slice(0, 4 * LABEL).split("\n");
    const partial = index === this.position.shown ? this.position.octets : undefined;
    const trip = this.#trips.get(line);
    const side =
      line.from === "link" || (kind === "closed" && line.from !== "client" && line.from !== "server")
        ? "link"
        : line.from;
    const said = { client: "Client", server: "Server", link: "Link" }[line.from];
    return html`<div
      id="line-${index}"
      role="option"
      aria-selected=${index === this.selected ? "true" : "false"}
      aria-setsize=${this.#layout.placed.length}
      aria-posinset=${index + 1}
      class=${classMap({
        option: true,
        [side]: true,
        content: kind === "content",
        refused: code >= 500,
        later: code >= 400 && code < 500,
        gone: arrived === undefined,
      })}
      .style=${at(from)}
      @click=${() => this.#select(index)}
      @pointerenter=${(event: PointerEvent) => event.pointerType === "mouse" && this.#hover(index)}
    >
      ${trip === undefined ? nothing : html`<span class="trip small" title="round trip ${trip}">${trip}</span>`}
      <span class="visually-hidden"
        >${said}${this.untimed ? "" : `, ${milliseconds(line.sent)}`}${secure ? ", under TLS" : ""}:
      </span>
      <span class="text">${partial === undefined ? text.slice(0, LABEL) : text.slice(0, partial)}</span>
      ${more.length > 0 && partial === undefined ? html`<span class="more">+ ${more.length} lines</span>` : nothing}
      ${arrived === undefined ? html`<span class="more">never arrives</span>` : nothing}
    </div>`;
  }

  /** A line through the present moment, while not all is shown. */
  #now(): TemplateResult | typeof nothing {
    const { time, shown } = this.position;
    if (shown >= this.#layout.placed.length && time === Infinity) return nothing;
    const last = this.#layout.placed[shown - 1];
    return html`<div
      class="now"
      .style=${at(Math.max(this.#layout.y(time), (last?.from ?? 0) + ROW / 2))}
    ></div>`;
  }

  /** How many lines are shown, the one that is on its way included. */
  #count(): number {
    return this.position.shown + (this.position.octets > 0 ? 1 : 0);
  }

  /** How much of a line has gone. */
  #whole(index: number): number {
    const { shown, octets } = this.position;
    if (index < shown) return 1;
    const { start, end } = this.#layout.placed[index]!.line;
    return octets / Math.max(1, end - start);
  }

  #range(): [first: number, end: number] {
    const { placed } = this.#layout;
    const { top, bottom } = this.#seen;
    return [search(placed, top - MARGIN - HIGHEST), search(placed, bottom + MARGIN)];
  }

  #look(): void {
    const { scrollTop, clientHeight } = this.#scroll;
    this.#seen = { top: scrollTop, bottom: scrollTop + clientHeight };
    this.requestUpdate();
  }

  /** Whether somebody looks at the end of it, to say what comes next. */
  get #asks(): boolean {
    return this.position.time === Infinity && this.record?.outcome.turn !== undefined;
  }

  /** Keeps the present moment in view. */
  #follow(): void {
    const { placed } = this.#layout;
    if (this.#asks && placed.length > 0) return this.#show(Math.max(...placed.slice(-8).map(({ to }) => to)));
    if (this.position.time === Infinity) return;
    const y = Math.max(this.#layout.y(this.position.time), placed[this.#count() - 1]?.from ?? 0);
    this.#show(y);
  }

  #reveal(index: number): void {
    const placed = this.#layout.placed[index];
    if (placed !== undefined) this.#show(placed.from);
  }

  #show(y: number): void {
    const scroll = this.#scroll;
    const { scrollTop, clientHeight } = scroll;
    const head = 40;
    if (y + head > scrollTop + clientHeight - ROW) scroll.scrollTop = y + head + 2 * ROW - clientHeight;
    else if (y < scrollTop) scroll.scrollTop = Math.max(0, y - ROW);
  }

  #key(event: KeyboardEvent): void {
    const last = this.#count() - 1;
    const now = this.selected ?? -1;
    const page = Math.max(1, Math.floor(this.#scroll.clientHeight / ROW) - 2);
    const to = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      PageDown: now + page,
      PageUp: now - page,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.#select(Math.max(0, Math.min(last, to)));
  }

  #select(index: number): void {
    this.dispatchEvent(new CustomEvent("choose", { detail: index }));
  }

  #hover(index: number): void {
    this.dispatchEvent(new CustomEvent("look", { detail: index }));
  }

  get #scroll(): HTMLElement {
    return this.renderRoot.querySelector(".scroll")!;
  }
}

/** The first line that begins at or below a height. */
function search(placed: readonly Placed[], y: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle]!.from < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By the property, which a strict policy allows: the attribute it does not. */
function at(y: number): string {
  return `transform: translateY(${Math.round(y)}px)`;
}

export function milliseconds(time: number): string {
  if (time < 10_000) return `${Math.round(time)} ms`;
  return `${(time / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} s`;
}

customElements.define("ep-diagram", Diagram);
