/** The live view: a session with a real server, through a bridge, drawn as it happens; and what the sink has kept. */
import type { Step, TraceSession } from "edgepost";
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { Keys } from "../../keys.js";
import { drawn } from "../../model/dissected.js";
import type { Drawn } from "../../model/dissected.js";
import { endOf } from "../../model/position.js";
import { fetched, lookBeside } from "../../parts/beside.js";
import type { Beside } from "../../parts/beside.js";
import { deliver } from "../../parts/delivery.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import "../studio/diagram.js";
import "../studio/inspector.js";
import { slice } from "./slice.js";
import type { LiveState } from "./slice.js";

export { slice } from "./slice.js";

interface Listed {
  readonly number: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly octets: number;
  readonly received: string;
}

/** Milliseconds between two looks into the sink. */
const LOOK = 1500;
/** Of a message so many octets are shown. */
const SHOWN = 100_000;

type Octets = Uint8Array<ArrayBuffer>;

class Live extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(260px, 320px) minmax(0, 1fr) minmax(260px, 340px);
        gap: 10px;
        height: 100%;
        padding: 10px 16px 16px;
      }
      section {
        display: flex;
        flex-direction: column;
        gap: 8px;
        min-height: 0;
        padding: 10px 12px;
        overflow: auto;
      }
      .session {
        padding: 0;
        gap: 0;
        overflow: hidden;
      }
      .session header {
        padding: 10px 12px;
        border-bottom: 1px solid var(--line);
      }
      .session p {
        margin: 4px 0 0;
      }
      ep-diagram {
        flex: 3 1 200px;
      }
      ep-inspector {
        flex: 2 1 140px;
        min-height: 0;
        border-top: 1px solid var(--line);
        overflow: auto;
      }
      .pair {
        display: grid;
        grid-template-columns: 1fr 90px;
        gap: 8px;
      }
      ol {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li button {
        display: block;
        width: 100%;
        margin-bottom: 4px;
        text-align: left;
        overflow-wrap: anywhere;
      }
      pre {
        max-height: 50vh;
      }
      .accepted {
        color: var(--good);
      }
      .failed {
        color: var(--bad);
      }
      @media (max-width: 1000px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
          align-self: start;
          height: auto;
        }
        ep-diagram {
          flex: none;
          height: 60vh;
        }
        ep-inspector {
          flex: none;
        }
      }
    `,
  ];

  static override readonly properties = {
    beside: { state: true },
    messages: { state: true },
    opened: { state: true },
    record: { state: true },
    result: { state: true },
    chosen: { state: true },
    sending: { state: true },
  };

  /** Undefined: not known yet; null: nothing is beside this page. */
  declare beside: Beside | null | undefined;
  declare messages: readonly Listed[];
  /** A message of the sink that is looked at, or why it cannot be. */
  declare opened:
    { readonly number: number; readonly octets?: Octets; readonly problem?: string } | undefined;
  declare record: Drawn | undefined;
  declare result: { readonly kind: "accepted" | "failed" | ""; readonly words: string };
  declare chosen: number | undefined;
  declare sending: AbortController | undefined;

  #password = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.messages = [];
    this.result = { kind: "", words: "Nothing was sent yet." };
    new Watch(this);
    new Keys(this, "Live", [
      { key: "s", does: "send the message", run: () => void this.#send() },
      { key: "x", does: "stop sending", run: () => this.sending?.abort(new Error("you stopped it")) },
      { key: "o", does: "open the message in the message lab", run: () => void this.#toLab() },
      { key: "i", does: "go to the settings", run: () => this.renderRoot.querySelector("input")!.focus() },
    ]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.sending?.abort(new Error("the view was left"));
  }

  protected override render(): TemplateResult {
    return html`${this.#settings(store.get(slice))}
      <section class="panel session" aria-label="The session">
        <header>
          <h2>The session</h2>
          <p class=${this.result.kind} role="status">${this.result.words}</p>
        </header>
        <ep-diagram
          .record=${this.record?.record}
          .position=${endOf(this.record?.record.lines ?? [])}
          .selected=${this.chosen}
          @choose=${({ detail }: CustomEvent<number>) => (this.chosen = detail)}
        ></ep-diagram>
        ${
          this.chosen === undefined
            ? nothing
            : html`<ep-inspector .record=${this.record?.record} .index=${this.chosen}></ep-inspector>`
        }
      </section>
      ${this.#mailbox()}`;
  }

  #settings(state: LiveState): TemplateResult {
    const { beside } = this;
    const field = (name: keyof LiveState, words: string, placeholder = "", type = "text"): TemplateResult =>
      html`<label
        >${words}
        <input
          type=${type}
          .value=${String(state[name] === 0 ? "" : state[name])}
          placeholder=${placeholder}
          spellcheck="false"
          autocomplete="off"
          @change=${({ target }: Event) => this.#set(name, (target as HTMLInputElement).value)}
      /></label>`;
    const [first] = beside?.servers ?? [];
    return html`<section class="panel" aria-labelledby="to">
      <h2 id="to">A real server</h2>
      ${
        beside === null
          ? html`<p class="small">
              A page has no sockets: it needs a bridge. <code>npx edgepost playground</code> serves this page
              with one beside it, and with a server that keeps what it gets; or name a bridge of your own.
            </p>`
          : html`<p class="small soft">
              ${
                beside?.servers.length === 1
                  ? "The server beside this page keeps what it gets; other programs may send to it, too."
                  : "Other servers can be reached as they were allowed."
              }
            </p>`
      }
      ${field("bridge", "Bridge", beside?.bridge ?? "ws://127.0.0.1:8025/")}
      <div class="pair">
        ${field("host", "Server", first?.host ?? "localhost")}
        ${field("port", "Port", String(first?.port ?? 2525), "number")}
      </div>
      <label class="choice"
        ><input
          type="checkbox"
          .checked=${state.tls}
          @change=${({ target }: Event) => this.#set("tls", (target as HTMLInputElement).checked)}
        />the bridge makes TLS (it reads all)</label
      >
      <div class="pair">
        ${field("user", "User", "nobody")}
        <label
          >Password
          <input
            type="password"
            autocomplete="off"
            @input=${({ target }: Event) => (this.#password = (target as HTMLInputElement).value)}
        /></label>
      </div>
      <h2>The message</h2>
      ${field("from", "From")} ${field("to", "To, with commas between")} ${field("subject", "Subject")}
      <label
        >Text
        <textarea
          rows="5"
          .value=${state.text}
          @change=${({ target }: Event) => this.#set("text", (target as HTMLTextAreaElement).value)}
        ></textarea>
      </label>
      <div class="row">
        <button
          class="main"
          title="Send (s)"
          ?disabled=${this.sending !== undefined}
          @click=${() => void this.#send()}
        >
          Send
        </button>
        <button
          title="Stop (x)"
          ?disabled=${this.sending === undefined}
          @click=${() => this.sending?.abort(new Error("you stopped it"))}
        >
          Stop
        </button>
      </div>
    </section>`;
  }

  #mailbox(): TemplateResult {
    const newest = [...this.messages].reverse();
    return html`<section class="panel" aria-labelledby="kept">
      <h2 id="kept">What the server has kept</h2>
      ${
        this.beside === null
          ? html`<p class="small soft">There is no server beside this page.</p>`
          : newest.length === 0
            ? html`<p class="small soft">Nothing yet.</p>`
            : html`<ol>
                ${newest.slice(0, 100).map(
                  ({ number, from, to, subject, octets, received }) =>
                    html`<li>
                      <button
                        aria-pressed=${this.opened?.number === number}
                        @click=${() => void this.#open(number)}
                      >
                        <b>${subject === "" ? "(no subject)" : subject}</b><br />
                        <span class="small soft"
                          >&lt;${from}&gt; → ${to.join(", ")} · ${octets.toLocaleString("en")} octets ·
                          ${received.slice(11, 19)}</span
                        >
                      </button>
                    </li>`,
                )}
              </ol>`
      }
      ${this.opened === undefined ? nothing : this.#message(this.opened)}
    </section>`;
  }

  #message({ number, octets, problem }: NonNullable<Live["opened"]>): TemplateResult {
    if (octets === undefined)
      return html`<h2>Message ${number}</h2>
        <p role="status">${problem}</p>`;
    return html`<h2>Message ${number}</h2>
      <div class="row">
        <button title="Check it, read it, mend it (o)" @click=${() => void this.#toLab()}>
          Open in the message lab
        </button>
        ${octets.length > SHOWN ? html`<span class="small soft">This is its beginning.</span>` : nothing}
      </div>
      <pre tabindex="0">${new TextDecoder().decode(octets.subarray(0, SHOWN))}</pre>`;
  }

  #set(name: keyof LiveState, value: string | boolean): void {
    const state = store.get(slice);
    const read = name === "port" ? Math.min(65_535, Math.max(0, Math.round(Number(value)) || 0)) : value;
    store.set(slice, { ...state, [name]: typeof read === "string" && name !== "text" ? read.trim() : read });
  }

  /** What stands beside this page, and what it has kept. */
  async #look(): Promise<void> {
    this.beside ??= await lookBeside();
    if (this.beside === null) return;
    if (!document.hidden) this.messages = await fetched<readonly Listed[]>("./messages.json").catch(() => []);
    if (this.isConnected) this.#timer = setTimeout(() => void this.#look(), LOOK);
  }

  async #open(number: number): Promise<void> {
    try {
      const response = await fetch(`./messages/${number}.eml`);
      this.opened = response.ok
        ? { number, octets: new Uint8Array(await response.arrayBuffer()) }
        : { number, problem: "It is forgotten by now." };
    } catch {
      this.opened = { number, problem: "The server is gone." };
    }
  }

  async #toLab(): Promise<void> {
    if (this.opened?.octets === undefined) return;
    const { number, octets } = this.opened;
    const { bring } = await import("../message/kept.js");
    bring(octets, `This is message ${number} of the server. Undo leads back to your own.`);
    location.hash = "message";
  }

  async #send(): Promise<void> {
    if (this.sending !== undefined) return;
    const { bridge, host, port, tls, user, from, to, subject, text } = store.get(slice);
    const [first] = this.beside?.servers ?? [];
    const sending = (this.sending = new AbortController());
    const steps: Step[] = [];
    this.chosen = undefined;
    this.record = undefined;
    this.result = { kind: "", words: "Client and server are talking …" };
    const way = {
      bridge: bridge === "" ? (this.beside?.bridge ?? "ws://127.0.0.1:8025/") : bridge,
      host: host === "" ? (first?.host ?? "localhost") : host,
      port: port === 0 ? (first?.port ?? 2525) : port,
      tls,
    };
    const message = { from, to: to.split(",").map((address) => address.trim()), subject, text };
    this.result = await deliver(message, way, {
      ...(user !== "" && { auth: { user, pass: this.#password } }),
      signal: sending.signal,
      trace: (step) => {
        steps.push(step);
        this.record = drawn(sessionOf(steps, way.host));
      },
    });
    this.sending = undefined;
    clearTimeout(this.#timer);
    void this.#look();
  }
}

/** As a recording of it would be. */
function sessionOf(steps: readonly Step[], host: string): TraceSession {
  const began = steps[0]?.at ?? 0;
  return {
    name: "playground.example",
    server: { address: host },
    capabilities: [],
    steps: steps.map((step, index) => ({ ...step, at: Math.round(step.at - began), place: index + 1 })),
    messages: [],
    diagnosis: [],
    notes: [],
  };
}

customElements.define("ep-live", Live);
