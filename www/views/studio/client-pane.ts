/** The settings of the client: what it brings, and how it talks. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { isToken, MECHANISMS, MESSAGE, SECRET, TOKEN } from "../../model/plan.js";
import type { Ask, ClientPlan, MessagePlan } from "../../model/plan.js";
import { isChecked, Pane, valueOf } from "./pane.js";

const TLS: readonly (readonly [ClientPlan["tls"], string])[] = [
  ["off", "no TLS"],
  ["opportunistic", "STARTTLS, if it is offered"],
  ["required", "STARTTLS, or nothing is sent"],
  ["implicit", "TLS from the first octet"],
];

class ClientPane extends Pane {
  protected override render(): TemplateResult {
    const { client } = this.plan;
    return html`
      <label class="choice"
        ><input
          type="checkbox"
          .checked=${client.byHand !== undefined}
          @change=${(event: Event) => this.#byHand(isChecked(event))}
        />
        I type what it says</label
      >
      ${client.byHand === undefined ? html`${this.#message()} ${this.#talk()} ${this.#login()}` : nothing}
    `;
  }

  #message(): TemplateResult {
    const [message = MESSAGE] = this.plan.messages;
    if (message.instead !== undefined)
      return html`<fieldset>
        <legend>Message</legend>
        <p class="small">
          ${
            message.instead === "received"
              ? "It passes on the message that came before."
              : "It tells the sender what could not be delivered."
          }
        </p>
      </fieldset>`;
    return html`<fieldset>
      <legend>Message</legend>
      <label class="field"
        >From, the reverse-path
        <input
          .value=${message.from}
          spellcheck="false"
          autocomplete="off"
          @change=${(event: Event) => this.#edit({ from: valueOf(event).trim() })}
      /></label>
      <label class="field"
        >To, one in a line
        <textarea
          rows="3"
          spellcheck="false"
          .value=${message.to.join("\n")}
          @change=${(event: Event) => this.#edit({ to: recipientsOf(valueOf(event)) })}
        ></textarea>
      </label>
      ${
        message.raw === undefined
          ? html`<label class="field"
                >Subject
                <input
                  .value=${message.subject}
                  @change=${(event: Event) => this.#edit({ subject: valueOf(event) })}
                />
              </label>
              <label class="field"
                >Text
                <textarea
                  rows="3"
                  .value=${message.text}
                  @change=${(event: Event) => this.#edit({ text: valueOf(event) })}
                ></textarea>
              </label>`
          : html`<label class="field"
              >The message as it is
              <textarea
                class="mono"
                rows="8"
                spellcheck="false"
                .value=${message.raw}
                @change=${(event: Event) => this.#edit({ raw: valueOf(event) })}
              ></textarea>
            </label>`
      }
      <div class="pair">
        <label class="field"
          >Sent
          <select @change=${(event: Event) => this.#edit({ times: Number(valueOf(event)) })}>
            ${[1, 2, 10, 50, 100, 1000].map(
              (times) =>
                html`<option value=${times} ?selected=${(message.times ?? 1) === times}>
                  ${times === 1 ? "once" : `${times} times`}
                </option>`,
            )}
          </select></label
        >
        <label class="field"
          >Reports (DSN)
          <select @change=${(event: Event) => this.#ask({ notify: NOTIFY[valueOf(event)] })}>
            ${Object.keys(NOTIFY).map(
              (words) =>
                html`<option
                  ?selected=${JSON.stringify(NOTIFY[words]) === JSON.stringify(message.ask?.notify)}
                >
                  ${words}
                </option>`,
            )}
          </select></label
        >
      </div>
      <label class="choice"
        ><input
          type="checkbox"
          .checked=${message.ask?.requireTls === true}
          @change=${(event: Event) => this.#ask({ requireTls: isChecked(event) || undefined })}
        />
        TLS on each hop (REQUIRETLS)</label
      >
    </fieldset>`;
  }

  #talk(): TemplateResult {
    const { client } = this.plan;
    return html`<fieldset>
      <legend>How it talks</legend>
      <label class="field"
        >Its name, for EHLO
        <input
          .value=${client.name}
          spellcheck="false"
          autocomplete="off"
          @change=${(event: Event) => this.#set({ name: valueOf(event).trim() })}
      /></label>
      <label class="field"
        >TLS
        <select @change=${(event: Event) => this.#set({ tls: valueOf(event) as ClientPlan["tls"] })}>
          ${TLS.map(
            ([value, words]) =>
              html`<option value=${value} ?selected=${client.tls === value}>${words}</option>`,
          )}
        </select></label
      >
      <div class="choices">
        <label class="choice"
          ><input
            type="checkbox"
            .checked=${client.pipelining}
            @change=${(event: Event) => this.#set({ pipelining: isChecked(event) })}
          />PIPELINING</label
        >
        <label class="choice"
          ><input
            type="checkbox"
            .checked=${client.chunking}
            @change=${(event: Event) => this.#set({ chunking: isChecked(event) })}
          />CHUNKING</label
        >
      </div>
    </fieldset>`;
  }

  #login(): TemplateResult {
    const { auth } = this.plan.client;
    return html`<fieldset>
      <legend>Log-in</legend>
      <label class="field"
        >Mechanism
        <select @change=${(event: Event) => this.#mechanism(valueOf(event))}>
          <option value="" ?selected=${auth === undefined}>none</option>
          ${MECHANISMS.map(
            (mechanism) => html`<option ?selected=${auth?.mechanism === mechanism}>${mechanism}</option>`,
          )}
        </select></label
      >
      ${
        auth === undefined
          ? nothing
          : html`<div class="pair">
              <label class="field"
                >User
                <input
                  .value=${auth.user}
                  autocomplete="off"
                  @change=${(event: Event) => this.#set({ auth: { ...auth, user: valueOf(event) } })}
              /></label>
              <label class="field"
                >${isToken(auth.mechanism) ? "Token" : "Password"}
                <input
                  .value=${auth.secret}
                  autocomplete="off"
                  @change=${(event: Event) => this.#set({ auth: { ...auth, secret: valueOf(event) } })}
              /></label>
            </div>`
      }
    </fieldset>`;
  }

  #byHand(on: boolean): void {
    const { byHand: _, ...client } = this.plan.client;
    const { byHand: __, ...server } = this.plan.server;
    this.change(on ? { client: { ...client, byHand: [] }, server } : { client });
  }

  #mechanism(mechanism: string): void {
    const { auth, ...client } = this.plan.client;
    const secret = isToken(mechanism) ? TOKEN : SECRET;
    this.change({
      client:
        mechanism === "" ? client : { ...client, auth: { user: auth?.user ?? "ann", mechanism, secret } },
    });
  }

  #set(but: Partial<ClientPlan>): void {
    this.change({ client: { ...this.plan.client, ...but } });
  }

  #edit(but: Partial<MessagePlan>): void {
    const [message = MESSAGE, ...rest] = this.plan.messages;
    this.change({ messages: [{ ...message, ...but }, ...rest] });
  }

  #ask(but: { readonly [key in keyof Ask]: Ask[key] | undefined }): void {
    const all = Object.entries({ ...this.plan.messages[0]?.ask, ...but }).filter(
      ([, value]) => value !== undefined,
    );
    this.#edit({ ask: Object.fromEntries(all) });
  }
}

const NOTIFY: Readonly<Record<string, Ask["notify"]>> = {
  "as usual": undefined,
  never: "never",
  "of failure": ["failure"],
  "of success": ["success", "failure"],
  "of all": ["success", "failure", "delay"],
};

function recipientsOf(text: string): string[] {
  const given = text.split("\n").map((line) => line.trim().replace(/,$/, ""));
  return given.filter((address) => address !== "").slice(0, 200);
}

customElements.define("ep-client-pane", ClientPane);
