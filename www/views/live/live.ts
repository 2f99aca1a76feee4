/** The live view: a session with a real server, through a bridge, drawn as it happens; and what the sink has kept. */
import { connect, SmtpError } from "edgepost";
import type { Step, TraceSession } from "edgepost";
import { websocket } from "edgepost/websocket";
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { Keys } from "../../keys.js";
import { drawn } from "../../model/dissected.js";
import type { Drawn } from "../../model/dissected.js";
import { endOf } from "../../model/position.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import "../studio/diagram.js";
import "../studio/inspector.js";
import { slice } from "./slice.js";
import type { LiveState } from "./slice.js";

export { slice } from "./slice.js";

/** What `edgepost playground` says of itself. */
interface Beside {
  readonly bridge: string;
  readonly servers: readonly { readonly host: string; readonly port: number }[];
}

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
/** A session may take so long: milliseconds. */
const LIMIT = 120_000;
/** Of a message so many octets are shown. */
const SHOWN = 100_000;

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
  declare opened: { readonly number: number; readonly source: string } | undefined;
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
      ${
        this.opened === undefined
          ? nothing
          : html`<h2>Message ${this.opened.number}</h2>
              <pre tabindex="0">${this.opened.source}</pre>`
      }
    </section>`;
  }

  #set(name: keyof LiveState, value: string | boolean): void {
    const state = store.get(slice);
    const read = name === "port" ? Math.min(65_535, Math.max(0, Math.round(Number(value)) || 0)) : value;
    store.set(slice, { ...state, [name]: typeof read === "string" && name !== "text" ? read.trim() : read });
  }

  /** What stands beside this page, and what it has kept. */
  async #look(): Promise<void> {
    try {
      this.beside ??= await read<Beside>("./live.json");
      if (!document.hidden) this.messages = await read<readonly Listed[]>("./messages.json");
    } catch {
      if (this.beside === undefined) this.beside = null;
      else this.messages = [];
    }
    if (this.beside !== null && this.isConnected) this.#timer = setTimeout(() => void this.#look(), LOOK);
  }

  async #open(number: number): Promise<void> {
    try {
      const response = await fetch(`./messages/${number}.eml`);
      const source = response.ok ? (await response.text()).slice(0, SHOWN) : "It is forgotten by now.";
      this.opened = { number, source };
    } catch {
      this.opened = { number, source: "The server is gone." };
    }
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
    try {
      const connector = websocket({
        url: bridge === "" ? (this.beside?.bridge ?? "ws://127.0.0.1:8025/") : bridge,
        host: host === "" ? (first?.host ?? "localhost") : host,
        port: port === 0 ? (first?.port ?? 2525) : port,
        ...(tls && { tls: "bridge" as const }),
      });
      const smtp = await connect(connector, {
        name: "playground.example",
        tls: tls ? "implicit" : "off",
        ...(user !== "" && { auth: { user, pass: this.#password } }),
        signal: AbortSignal.any([sending.signal, AbortSignal.timeout(LIMIT)]),
        trace: (step) => {
          steps.push(step);
          this.record = drawn(sessionOf(steps, connector.host));
        },
      });
      try {
        const receipt = await smtp.send({
          from,
          to: to.split(",").map((address) => address.trim()),
          subject,
          text,
        });
        const { code, enhanced = "", lines } = receipt.reply;
        const refused = receipt.refused.map(({ recipient }) => recipient);
        this.result = {
          kind: "accepted",
          words: `Accepted for ${receipt.accepted.join(", ")}: ${code} ${enhanced} ${lines.join(" ")}${refused.length > 0 ? `; refused: ${refused.join(", ")}` : ""}`,
        };
      } finally {
        await smtp.close();
      }
    } catch (error) {
      const more =
        error instanceof SmtpError && error.delivery === "uncertain"
          ? " It may have arrived nevertheless."
          : "";
      this.result = { kind: "failed", words: `${(error as Error).message}.${more}` };
    } finally {
      this.sending = undefined;
    }
    clearTimeout(this.#timer);
    void this.#look();
  }
}

async function read<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok || !response.headers.get("content-type")?.startsWith("application/json"))
    throw new Error("not there");
  return (await response.json()) as T;
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
