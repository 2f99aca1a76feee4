/** Where a person types what a side says. */
import { css, html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import type { Side } from "../../model/link.js";
import type { SessionPlan } from "../../model/plan.js";
import { shared } from "../../parts/styles.js";

class Hand extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        padding: 8px 12px;
        border-top: 1px solid var(--line);
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 6px 8px;
        align-items: end;
      }
      textarea {
        font-family: var(--mono);
      }
    `,
  ];

  static override readonly properties = { plan: { attribute: false }, turn: {}, text: { state: true } };

  declare plan: SessionPlan;
  declare turn: Side | undefined;
  declare text: string;

  constructor() {
    super();
    this.text = "";
  }

  protected override render(): TemplateResult {
    const side = this.#side;
    const said = this.plan[side].byHand ?? [];
    return html`<form @submit=${this.#say}>
      <label
        >${this.turn === undefined ? "The session is over: take something back, or begin again." : `You are the ${side}. Enter sends; Shift+Enter begins another line.`}
        <textarea
          rows=${Math.min(6, this.text.split("\n").length + 1)}
          spellcheck="false"
          .value=${this.text}
          @input=${(event: Event) => (this.text = (event.target as HTMLTextAreaElement).value)}
          @keydown=${this.#key}
        ></textarea>
      </label>
      <div class="row">
        <button class="main" ?disabled=${this.turn === undefined}>Send</button>
        <button type="button" ?disabled=${said.length === 0} @click=${() => this.#keep(said.slice(0, -1))}>
          Take back
        </button>
        <button type="button" ?disabled=${said.length === 0} @click=${() => this.#keep([])}>
          Begin again
        </button>
      </div>
    </form>`;
  }

  get #side(): Side {
    return this.plan.client.byHand === undefined ? "server" : "client";
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#say(event);
  };

  readonly #say = (event: Event): void => {
    event.preventDefault();
    if (this.turn === undefined) return;
    const text = this.text;
    this.text = "";
    this.#keep([...(this.plan[this.#side].byHand ?? []), text]);
  };

  #keep(byHand: readonly string[]): void {
    const side = this.#side;
    const detail = { ...this.plan, [side]: { ...this.plan[side], byHand } };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }
}

customElements.define("ep-hand", Hand);
