/** Sends the message to the server beside the page, by an envelope that is asked for. */
import { css, html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import type { Beside } from "../../parts/beside.js";
import type { Delivered } from "../../parts/delivery.js";
import { shared } from "../../parts/styles.js";

interface Asked {
  readonly beside: Beside;
  readonly octets: Uint8Array<ArrayBuffer>;
}

class Deliver extends LitElement {
  static override readonly styles = [
    shared,
    css`
      dialog {
        width: min(560px, calc(100vw - 24px));
        max-height: calc(100dvh - 24px);
      }
      form {
        display: grid;
        gap: 8px;
        margin-top: 10px;
      }
      .result {
        min-height: 22px;
        margin: 0;
        overflow-wrap: anywhere;
      }
      .accepted {
        color: var(--good);
      }
      .failed {
        color: var(--bad);
      }
    `,
  ];

  static override readonly properties = {
    asked: { state: true },
    from: { state: true },
    to: { state: true },
    sending: { state: true },
    result: { state: true },
  };

  declare asked: Asked | undefined;
  declare from: string;
  declare to: string;
  declare sending: AbortController | undefined;
  declare result: Delivered | undefined;

  constructor() {
    super();
    this.from = this.to = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sending?.abort(new Error("the view was left"));
  }

  /** Asks by which envelope it is to go; the message itself names one. */
  ask(
    beside: Beside,
    octets: Uint8Array<ArrayBuffer>,
    envelope: { from: string; to: readonly string[] },
  ): void {
    this.asked = { beside, octets };
    this.from = envelope.from;
    this.to = envelope.to.join(", ");
    this.result = undefined;
    this.renderRoot.querySelector("dialog")?.showModal();
    this.renderRoot.querySelector<HTMLElement>("button.main")?.focus();
  }

  protected override render(): TemplateResult {
    const place = this.asked?.beside.servers[0];
    const busy = this.sending !== undefined;
    return html`<dialog
      aria-labelledby="deliver-title"
      @close=${() => this.sending?.abort(new Error("you stopped it"))}
    >
      <h2 id="deliver-title">Send it to the sink</h2>
      <form @submit=${this.#submit} novalidate>
        <p class="small soft">
          It goes as it is, through the bridge, to the server beside this
          page${place === undefined ? "" : `, ${place.host}:${place.port}`}, which keeps what it gets. The
          envelope is what MAIL and RCPT say; the addresses in the message are only what it begins with.
        </p>
        <label
          >From: the reverse-path; empty, as for a bounce
          <input
            autocomplete="off"
            spellcheck="false"
            .value=${this.from}
            @input=${({ target }: Event) => (this.from = (target as HTMLInputElement).value)}
        /></label>
        <label
          >To: the forward-paths, with commas between
          <input
            autocomplete="off"
            spellcheck="false"
            .value=${this.to}
            @input=${({ target }: Event) => (this.to = (target as HTMLInputElement).value)}
        /></label>
        <p class="result ${this.result?.kind ?? ""}" role="status">${this.#words(busy)}</p>
        <div class="row">
          <button class="main" ?disabled=${busy}>Send</button>
          <button type="button" @click=${() => this.renderRoot.querySelector("dialog")?.close()}>
            Close
          </button>
          <a class="small" href="#live">What it has kept</a>
        </div>
      </form>
    </dialog>`;
  }

  #words(busy: boolean): string {
    return busy ? "Client and server are talking …" : (this.result?.words ?? "");
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.asked === undefined || this.sending !== undefined) return;
    const { beside, octets } = this.asked;
    const to = this.to.split(",").flatMap((address) => address.trim() || []);
    if (to.length === 0) {
      this.result = { kind: "failed", words: "It goes to nobody: name a recipient." };
      return;
    }
    const sending = (this.sending = new AbortController());
    const { deliver } = await import("../../parts/delivery.js");
    this.result = await deliver(
      { envelope: { from: this.from.trim(), to }, raw: octets },
      { bridge: beside.bridge, ...beside.servers[0] },
      { signal: sending.signal },
    );
    this.sending = undefined;
  };
}

customElements.define("ep-deliver", Deliver);
export type { Deliver };
