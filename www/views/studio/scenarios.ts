/** The scenarios to choose from. */
import { css, html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import { GROUPS } from "../../model/scenarios/index.js";
import { rfc } from "../../parts/rfc.js";
import { shared } from "../../parts/styles.js";

class Scenarios extends LitElement {
  static override readonly styles = [
    shared,
    css`
      dialog {
        width: min(1100px, calc(100vw - 24px));
        max-height: calc(100vh - 48px);
        padding: 0;
      }
      header {
        position: sticky;
        top: 0;
        display: flex;
        gap: 12px;
        align-items: center;
        justify-content: space-between;
        padding: 10px 16px;
        border-bottom: 1px solid var(--line);
        background: var(--paper);
      }
      .body {
        padding: 4px 16px 16px;
      }
      h3 {
        margin: 12px 0 6px;
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(290px, 1fr));
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        padding: 8px 10px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      li[aria-current="true"] {
        border-color: var(--client);
        background: var(--client-wash);
      }
      li button {
        min-height: 24px;
        padding: 0;
        border: 0;
        background: none;
        color: var(--client);
        font-weight: 600;
        text-align: left;
      }
      li p {
        margin: 2px 0 4px;
        font-size: 13px;
      }
    `,
  ];

  static override readonly properties = { current: { state: true } };

  declare current: string | undefined;

  /** Shows them. */
  open(current: string | undefined): void {
    this.current = current;
    this.renderRoot.querySelector("dialog")!.showModal();
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="title" @click=${this.#outside}>
      <header>
        <h2 id="title">Scenarios</h2>
        <form method="dialog"><button>Close</button></form>
      </header>
      <div class="body">
        ${GROUPS.map(
          ({ title, scenarios }) => html`
            <h3>${title}</h3>
            <ul>
              ${scenarios.map(
                ({ id, title, text, sections }) =>
                  html`<li aria-current=${id === this.current ? "true" : "false"}>
                    <button @click=${() => this.#choose(id)}>${title}</button>
                    <p>${text}</p>
                    <span class="small soft">${sections.map((section) => html`${rfc(section)} `)}</span>
                  </li>`,
              )}
            </ul>
          `,
        )}
      </div>
    </dialog>`;
  }

  readonly #outside = (event: Event): void => {
    if (event.target instanceof HTMLDialogElement) event.target.close();
  };

  #choose(id: string): void {
    this.renderRoot.querySelector("dialog")!.close();
    this.dispatchEvent(new CustomEvent("choose", { detail: id }));
  }
}

customElements.define("ep-scenarios", Scenarios);

declare global {
  interface HTMLElementTagNameMap {
    "ep-scenarios": Scenarios;
  }
}
