/** The settings of the server and of the link: what it offers, what goes wrong, how long it takes. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { EXTENSIONS, MECHANISMS, STAGES } from "../../model/plan.js";
import type { Fault, FaultStage, LinkPlan, ServerPlan } from "../../model/plan.js";
import { isChecked, numberOf, Pane, valueOf } from "./pane.js";

/** What can be made to go wrong, ready to be chosen. */
const FAULTS: readonly (readonly [words: string, fault: (at: FaultStage) => Fault])[] = [
  ["later: 451", (at) => ({ at, what: "reply", code: 451, enhanced: "4.3.0", text: "not now, try later" })],
  [
    "greylisted: 450",
    (at) => ({ at, what: "reply", code: 450, enhanced: "4.7.1", text: "greylisted, try later" }),
  ],
  ["goes away: 421", (at) => ({ at, what: "reply", code: 421, enhanced: "4.3.2", text: "shutting down" })],
  [
    "no such user: 550",
    (at) => ({ at, what: "reply", code: 550, enhanced: "5.1.1", text: "no such user here" }),
  ],
  [
    "forbidden: 550",
    (at) => ({ at, what: "reply", code: 550, enhanced: "5.7.1", text: "we do not take this" }),
  ],
  [
    "mailbox full: 552",
    (at) => ({ at, what: "reply", code: 552, enhanced: "5.2.2", text: "the mailbox is full" }),
  ],
  ["refused: 554", (at) => ({ at, what: "reply", code: 554, enhanced: "5.0.0", text: "no" })],
  [
    "unknown command: 502",
    (at) => ({ at, what: "reply", code: 502, enhanced: "5.5.1", text: "not implemented" }),
  ],
  ["connection lost before the reply", (at) => ({ at, what: "lost-before" })],
  ["connection lost behind the reply", (at) => ({ at, what: "lost-after" })],
  ["silence", (at) => ({ at, what: "silence" })],
];

class ServerPane extends Pane {
  static override readonly properties = { ...Pane.properties, at: { state: true }, fault: { state: true } };

  declare at: FaultStage;
  declare fault: number;

  constructor() {
    super();
    this.at = "RCPT";
    this.fault = 0;
  }

  protected override render(): TemplateResult {
    const { server } = this.plan;
    return html`
      <label class="choice"
        ><input
          type="checkbox"
          .checked=${server.byHand !== undefined}
          @change=${(event: Event) => this.#byHand(isChecked(event))}
        />
        I type what it answers</label
      >
      ${server.byHand === undefined ? html`${this.#offers()} ${this.#faults()}` : nothing} ${this.#link()}
    `;
  }

  #offers(): TemplateResult {
    const { server } = this.plan;
    return html`<fieldset>
      <legend>It offers</legend>
      <div class="choices">
        ${EXTENSIONS.map(
          (keyword) =>
            html`<label class=${keyword.length > 15 ? "choice long" : "choice"}
              ><input
                type="checkbox"
                .checked=${server.offers.includes(keyword)}
                @change=${(event: Event) => this.#offer(keyword, isChecked(event))}
              />${keyword}</label
            >`,
        )}
      </div>
      <div class="pair">
        <label class="field"
          >Largest message, octets
          <input
            type="number"
            min="0"
            max="1000000000"
            .value=${String(server.size)}
            @change=${(event: Event) => this.#set({ size: numberOf(event) })}
        /></label>
        <label class="field"
          >Most recipients
          <input
            type="number"
            min="1"
            max="100000"
            .value=${String(server.recipients ?? 100)}
            @change=${(event: Event) => this.#set({ recipients: numberOf(event) })}
        /></label>
      </div>
      <details ?open=${server.mechanisms.length > 0}>
        <summary>AUTH: ${server.mechanisms.length === 0 ? "none" : server.mechanisms.join(", ")}</summary>
        <div class="choices">
          ${MECHANISMS.map(
            (mechanism) =>
              html`<label class="choice"
                ><input
                  type="checkbox"
                  .checked=${server.mechanisms.includes(mechanism)}
                  @change=${(event: Event) => this.#mechanism(mechanism, isChecked(event))}
                />${mechanism}</label
              >`,
          )}
        </div>
        <label class="choice"
          ><input
            type="checkbox"
            .checked=${server.insecure === true}
            @change=${(event: Event) => this.#set({ insecure: isChecked(event) })}
          />
          also without TLS</label
        >
      </details>
      <label class="choice"
        ><input
          type="checkbox"
          .checked=${server.certificate === "bad"}
          @change=${(event: Event) => this.#set({ certificate: isChecked(event) ? "bad" : "good" })}
        />
        its certificate is not trusted</label
      >
      <label class="choice"
        ><input
          type="checkbox"
          .checked=${server.lmtp === true}
          @change=${(event: Event) => this.#set({ lmtp: isChecked(event) })}
        />
        it speaks LMTP</label
      >
    </fieldset>`;
  }

  #faults(): TemplateResult {
    const { faults } = this.plan;
    return html`<fieldset>
      <legend>What goes wrong</legend>
      ${
        faults.length === 0
          ? html`<p class="small soft">Nothing.</p>`
          : html`<ul>
              ${faults.map(
                (fault, index) =>
                  html`<li>
                    <span>${said(fault)}</span>
                    <button
                      class="quiet"
                      aria-label="Remove: ${said(fault)}"
                      @click=${() => this.change({ faults: faults.filter((_, other) => other !== index) })}
                    >
                      ✕
                    </button>
                  </li>`,
              )}
            </ul>`
      }
      <div class="pair">
        <label class="field"
          >At
          <select @change=${(event: Event) => (this.at = valueOf(event) as FaultStage)}>
            ${STAGES.map((stage) => html`<option ?selected=${stage === this.at}>${stage}</option>`)}
          </select></label
        >
        <label class="field"
          >What
          <select @change=${(event: Event) => (this.fault = Number(valueOf(event)))}>
            ${FAULTS.map(
              ([words], index) =>
                html`<option value=${index} ?selected=${index === this.fault}>${words}</option>`,
            )}
          </select></label
        >
      </div>
      <button @click=${() => this.change({ faults: [...faults, FAULTS[this.fault]![1](this.at)] })}>
        Let it go wrong
      </button>
    </fieldset>`;
  }

  #link(): TemplateResult {
    const { link } = this.plan;
    return html`<fieldset>
      <legend>The link</legend>
      <label class="field"
        >Delay each way: ${link.delay} ms
        <input
          type="range"
          min="0"
          max="400"
          step="5"
          .value=${String(link.delay)}
          @input=${(event: Event) => this.#join({ delay: numberOf(event) })}
      /></label>
      <label class="field"
        >Cut into pieces of so many octets; 0: not
        <input
          type="number"
          min="0"
          max="100000"
          .value=${String(link.chunk)}
          @change=${(event: Event) => this.#join({ chunk: numberOf(event) })}
      /></label>
    </fieldset>`;
  }

  #byHand(on: boolean): void {
    const { byHand: _, ...server } = this.plan.server;
    const { byHand: __, ...client } = this.plan.client;
    this.change(on ? { server: { ...server, byHand: [] }, client } : { server });
  }

  #offer(keyword: string, on: boolean): void {
    const { offers } = this.plan.server;
    this.#set({ offers: EXTENSIONS.filter((other) => (other === keyword ? on : offers.includes(other))) });
  }

  #mechanism(mechanism: string, on: boolean): void {
    const { mechanisms } = this.plan.server;
    this.#set({
      mechanisms: MECHANISMS.filter((other) => (other === mechanism ? on : mechanisms.includes(other))),
    });
  }

  #set(but: Partial<ServerPlan>): void {
    this.change({ server: { ...this.plan.server, ...but } });
  }

  #join(but: Partial<LinkPlan>): void {
    this.change({ link: { ...this.plan.link, ...but } });
  }
}

function said(fault: Fault): string {
  const { at, nth, recipient } = fault;
  const where = `${at}${recipient === undefined ? "" : ` ${recipient}`}${nth === undefined ? "" : ` (no. ${nth})`}`;
  if (fault.what === "reply")
    return `${where}: ${[fault.code, fault.enhanced, fault.text].filter(Boolean).join(" ")}`;
  return `${where}: ${{ "lost-before": "connection lost before the reply", "lost-after": "connection lost behind the reply", silence: "silence" }[fault.what]}`;
}

customElements.define("ep-server-pane", ServerPane);
