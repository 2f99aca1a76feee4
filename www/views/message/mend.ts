/** What fixes will change, before they do. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { visible } from "../../model/controls.js";
import type { Hunk, Hunks } from "../../model/hunks.js";
import { BARE_LF, count } from "../../model/source.js";
import { shared } from "../../parts/styles.js";

class Mend extends LitElement {
  static override readonly styles = [
    shared,
    css`
      dialog {
        width: min(860px, calc(100vw - 24px));
        max-height: calc(100dvh - 24px);
        padding: 0;
      }
      dialog[open] {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr) auto;
      }
      header,
      footer {
        padding: 12px 16px;
      }
      .hunks {
        overflow: auto;
        border-block: 1px solid var(--line);
      }
      table {
        font-family: var(--mono);
        font-size: 12.5px;
      }
      td {
        padding: 0 8px;
        border: none;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      td:first-child {
        width: 24px;
        text-align: center;
        user-select: none;
      }
      .old {
        background: var(--bad-wash);
      }
      .new {
        background: var(--good-wash);
      }
      .end {
        color: var(--soft);
        font-size: 10px;
      }
      caption {
        padding: 6px 8px 2px;
        color: var(--soft);
        font-family: var(--sans);
        text-align: left;
      }
    `,
  ];

  static override readonly properties = {
    hunks: { attribute: false },
    fixes: { attribute: false },
  };

  declare hunks: Hunks | undefined;
  /** The findings whose fixes these are. */
  declare fixes: readonly number[];

  constructor() {
    super();
    this.fixes = [];
  }

  async ask(fixes: readonly number[], hunks: Hunks): Promise<void> {
    [this.fixes, this.hunks] = [fixes, hunks];
    await this.updateComplete;
    this.renderRoot.querySelector("dialog")?.showModal();
    this.renderRoot.querySelector<HTMLElement>("button.main")?.focus();
  }

  protected override render(): TemplateResult {
    const { hunks = [], more = 0 } = this.hunks ?? {};
    const fixes = this.fixes.length === 1 ? "1 fix" : `${count(this.fixes.length)} fixes`;
    return html`<dialog aria-labelledby="mend-title">
      <header>
        <h2 id="mend-title">What ${this.fixes.length === 1 ? "the fix changes" : `${fixes} change`}</h2>
        <p class="soft small">
          − goes, + comes. Line ends are shown where they change. Where two fixes want the same octets, the
          first one is done, and the rest is found again.
        </p>
      </header>
      <div class="hunks" tabindex="0" role="region" aria-label="Changes">
        ${hunks.map((hunk) => hunkOf(hunk))}
        ${more > 0 ? html`<p>… and ${count(more)} more places.</p>` : nothing}
      </div>
      <footer class="row">
        <button class="main" @click=${() => this.#apply()}>Apply ${fixes}</button>
        <button @click=${() => this.#close()}>Leave it</button>
        <span class="soft small">It can be undone.</span>
      </footer>
    </dialog>`;
  }

  #apply(): void {
    this.#close();
    this.dispatchEvent(new CustomEvent("apply", { detail: this.fixes }));
  }

  #close(): void {
    this.renderRoot.querySelector("dialog")?.close();
  }
}

function hunkOf({ line, lead, before, after, tail }: Hunk): TemplateResult {
  const ends = [...before, ...after].some((line) => line.endsWith(`${BARE_LF}\n`) || !line.endsWith("\n"));
  const row = (sign: string, name: string) => (text: string) =>
    html`<tr class=${name}>
      <td>${sign}</td>
      <td>${visible(text.replace(/\udc0a?\n$/, ""))}${ends && sign !== "" ? endOf(text) : nothing}</td>
    </tr>`;
  return html`<table>
    <caption>
      Line ${count(line)}
    </caption>
    ${lead.map(row("", ""))} ${before.map(row("−", "old"))} ${after.map(row("+", "new"))}
    ${tail.map(row("", ""))}
  </table>`;
}

function endOf(text: string): TemplateResult {
  const end = text.endsWith(`${BARE_LF}\n`) ? "LF" : text.endsWith("\n") ? "CRLF" : "no line end";
  return html`<span class="end"> ${end}</span>`;
}

customElements.define("ep-mend", Mend);
export type { Mend };
