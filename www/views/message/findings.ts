/** What there is to say of a message: by what comes of it, each rule once, and under it the places. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Finding } from "../../model/digest.js";
import { count } from "../../model/source.js";
import { rfc } from "../../parts/rfc.js";
import { shared } from "../../parts/styles.js";

/** Places of one rule that are shown at first, and with each wish for more. */
const PLACES = 10;
const MORE = 100;
const GROUPS = {
  "will be refused": "Servers refuse such a message, or change it.",
  "may be filtered": "Filters count it, or readers see something else than was meant.",
  style: "It works, and could be better.",
} as const;
const SEVERITY = { error: "✕ error", warning: "▲ warning", info: "i note" } as const;
const TAG = { error: "bad", warning: "warn", info: "" } as const;

interface Places {
  readonly finding: Finding;
  /** Which findings of all these are. */
  readonly indices: number[];
}

class Findings extends LitElement {
  static override readonly styles = [
    shared,
    css`
      section {
        margin-top: 14px;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        gap: 0 8px;
        align-items: baseline;
      }
      .rule {
        margin-top: 8px;
        padding: 8px 10px;
        border: 1px solid var(--line);
        border-left: 3px solid var(--line);
        border-radius: 6px;
      }
      .rule.error {
        border-left-color: var(--bad);
      }
      .rule.warning {
        border-left-color: var(--warn);
      }
      .rule.info {
        border-left-color: var(--link);
      }
      .rule p {
        margin: 2px 0 6px;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 8px;
        align-items: center;
      }
      h4 {
        margin: 0;
        font-family: var(--mono);
        font-size: 13px;
      }
      .head .reference {
        margin-left: auto;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        align-items: center;
        padding: 2px 4px;
        border-radius: 4px;
      }
      li[aria-current] {
        background: var(--warn-wash);
      }
      li .detail {
        flex: 1 1 160px;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      button.place {
        padding: 1px 6px;
        font-family: var(--mono);
        font-size: 12.5px;
      }
      button {
        min-height: 26px;
        padding: 1px 8px;
      }
    `,
  ];

  static override readonly properties = {
    findings: { attribute: false },
    chosen: { attribute: false },
    stale: { type: Boolean },
    open: { state: true },
  };

  declare findings: readonly Finding[];
  /** The finding that is looked at. */
  declare chosen: number | undefined;
  /** The message has changed since: it is being checked. */
  declare stale: boolean;
  /** How many places of a rule are shown, where it is more than at first. */
  declare open: ReadonlyMap<string, number>;

  constructor() {
    super();
    this.findings = [];
    this.open = new Map();
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("chosen") || this.chosen === undefined) return;
    this.renderRoot.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): TemplateResult {
    if (this.findings.length === 0)
      return html`<p>
        <b>Nothing to complain of.</b> None of the rules is broken that can be seen in the message alone.
      </p>`;
    const groups = Object.keys(GROUPS) as (keyof typeof GROUPS)[];
    const fixes = this.findings.flatMap(({ fix }, index) => (fix === undefined ? [] : [index]));
    return html`
      <div class="row">
        <button
          class="main"
          title="Fix all (m)"
          ?disabled=${fixes.length === 0 || this.stale}
          @click=${() => this.#mend(fixes)}
        >
          Fix all ${fixes.length > 0 ? count(fixes.length) : ""}…
        </button>
        <span class="soft small">
          ${fixes.length === 0 ? "None of these has a fix that needs no thought." : "What changes is shown first."}
        </span>
      </div>
      ${groups.map((group) => this.#group(group))}
    `;
  }

  #group(group: keyof typeof GROUPS): TemplateResult | typeof nothing {
    const rules = new Map<string, Places>();
    let places = 0;
    this.findings.forEach((finding, index) => {
      if (finding.group !== group) return;
      places++;
      const known = rules.get(finding.rule);
      if (known === undefined) rules.set(finding.rule, { finding, indices: [index] });
      else known.indices.push(index);
    });
    if (places === 0) return nothing;
    return html`<section aria-labelledby=${`g-${group.replaceAll(" ", "-")}`}>
      <header>
        <h3 id=${`g-${group.replaceAll(" ", "-")}`}>${group[0]!.toUpperCase()}${group.slice(1)}</h3>
        <span class="tag">${count(places)}</span>
        <span class="soft small">${GROUPS[group]}</span>
      </header>
      ${[...rules.values()].map((rule) => this.#rule(rule))}
    </section>`;
  }

  #rule({ finding, indices }: Places): TemplateResult {
    const { rule, severity, reason, reference } = finding;
    let shown = this.open.get(rule) ?? PLACES;
    if (this.chosen !== undefined) {
      const at = indices.indexOf(this.chosen);
      if (at >= shown) shown = at + 1;
    }
    const fixes = indices.filter((index) => this.findings[index]!.fix !== undefined);
    return html`<div class="rule ${severity}">
      <div class="head">
        <span class="tag ${TAG[severity]}">${SEVERITY[severity]}</span>
        <h4>${rule}</h4>
        ${indices.length > 1 ? html`<span class="soft small">${count(indices.length)} times</span>` : nothing}
        <span class="reference small">${referenceOf(reference)}</span>
      </div>
      <p>${reason}</p>
      <ul>
        ${indices.slice(0, shown).map((index) => this.#place(index))}
      </ul>
      <div class="row">
        ${
          indices.length > shown
            ? html`<button @click=${() => this.#more(rule, shown + MORE)}>
                Show ${count(Math.min(MORE, indices.length - shown))} more places
              </button>`
            : nothing
        }
        ${
          fixes.length > 1
            ? html`<button ?disabled=${this.stale} @click=${() => this.#mend(fixes)}>
                Fix these ${count(fixes.length)}…
              </button>`
            : nothing
        }
      </div>
    </div>`;
  }

  #place(index: number): TemplateResult {
    const { line, column, detail, fix, rule } = this.findings[index]!;
    return html`<li aria-current=${this.chosen === index ? "true" : nothing}>
      <button class="place" title="Show it in the source" @click=${() => this.#choose(index)}>
        ${line}:${column}
      </button>
      <span class="detail">${detail}</span>
      ${
        fix === undefined
          ? nothing
          : html`<button
              title=${fix}
              aria-label="Fix ${rule} in line ${line}: ${fix}"
              ?disabled=${this.stale}
              @click=${() => this.#mend([index])}
            >
              ${fix}…
            </button>`
      }
    </li>`;
  }

  #more(rule: string, shown: number): void {
    this.open = new Map(this.open).set(rule, shown);
  }

  #choose(index: number): void {
    this.dispatchEvent(new CustomEvent("choose", { detail: index }));
  }

  #mend(indices: readonly number[]): void {
    this.dispatchEvent(new CustomEvent("mend", { detail: indices }));
  }
}

/** A link, where it is an RFC. */
function referenceOf(reference: string): TemplateResult | string {
  const [, number, section] = /^RFC (\d+)(?: section ([\w.]+))?$/.exec(reference) ?? [];
  if (number === undefined) return reference;
  return rfc(section === undefined ? number : `${number}#${section}`);
}

customElements.define("ep-findings", Findings);
