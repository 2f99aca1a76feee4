/** A tool for the chapter on SASL: text to base64 and back. */
import { css, html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import { octetsOf } from "../../model/typed.js";
import { shared } from "../../parts/styles.js";

const LONGEST = 2_000;

class Base64 extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        margin: 12px 0;
      }
      div {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(240px, 1fr));
        gap: 8px 12px;
        padding: 10px 14px 12px;
      }
      input {
        font-family: var(--mono) !important;
      }
      p {
        grid-column: 1 / -1;
        margin: 0;
      }
      @media print {
        :host {
          display: none;
        }
      }
    `,
  ];

  static override readonly properties = {
    text: { state: true },
    coded: { state: true },
    problem: { state: true },
  };

  declare text: string;
  declare coded: string;
  declare problem: string;

  constructor() {
    super();
    this.problem = "";
    this.text = "\\0user\\0password";
    this.coded = encoded(this.text);
  }

  protected override render(): TemplateResult {
    return html`<div class="panel" role="group" aria-label="Base64">
      <label
        >Text; \\0 is a NUL
        <input
          maxlength=${LONGEST}
          spellcheck="false"
          autocapitalize="off"
          .value=${this.text}
          @input=${(event: Event) => this.#typed((event.target as HTMLInputElement).value)}
      /></label>
      <label
        >Base64
        <input
          maxlength=${LONGEST}
          spellcheck="false"
          autocapitalize="off"
          .value=${this.coded}
          @input=${(event: Event) => this.#coded((event.target as HTMLInputElement).value)}
      /></label>
      <p class="small" role="status">${this.problem}</p>
    </div>`;
  }

  #typed(text: string): void {
    this.text = text;
    this.coded = encoded(text);
    this.problem = "";
  }

  #coded(coded: string): void {
    this.coded = coded;
    try {
      const octets = Uint8Array.from(atob(coded.trim()), (character) => character.charCodeAt(0));
      const text = new TextDecoder().decode(octets);
      this.text = text
        .replaceAll("\\", "\\\\")
        .replaceAll("\0", "\\0")
        .replaceAll("\r", "\\r")
        .replaceAll("\n", "\\n");
      this.problem = "";
    } catch {
      this.problem = "That is no base64: letters, digits, + and /, in groups of four, and = at the end.";
    }
  }
}

function encoded(text: string): string {
  return btoa(String.fromCharCode(...octetsOf(`${text}\\c`)));
}

customElements.define("ep-base64", Base64);
