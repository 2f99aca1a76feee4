/** The log reader: a recorded session as a diagram, and in plain words what went wrong. */
import { dissect } from "edgepost";
import type { Finding, Trace, TraceSession } from "edgepost";
import { css, html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { Keys } from "../../keys.js";
import { drawn } from "../../model/dissected.js";
import type { Drawn } from "../../model/dissected.js";
import { LOG_EXAMPLES } from "../../model/log-examples.js";
import { endOf } from "../../model/position.js";
import { rfc } from "../../parts/rfc.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import "../studio/diagram.js";
import "../studio/inspector.js";
import { LONGEST, slice } from "./slice.js";

export { slice } from "./slice.js";

/** Octets of a file; captures may be large. */
const LARGEST = 64 << 20;
/** Findings, and sessions to choose from, that are shown. */
const SHOWN = 200;
/** Milliseconds from the last key to the reading. */
const PAUSE = 250;

class LogReader extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(280px, 34%) minmax(0, 1fr);
        gap: 10px;
        height: 100%;
        padding: 10px 16px 16px;
      }
      section {
        display: flex;
        flex-direction: column;
        min-height: 0;
        overflow: hidden;
      }
      .input {
        gap: 8px;
        padding: 10px 12px;
      }
      textarea {
        flex: 1;
        min-height: 140px;
        font: 12.5px/1.5 var(--mono);
        white-space: pre;
        resize: none;
      }
      .over {
        outline: 2px dashed var(--focus);
      }
      .head {
        padding: 10px 12px 6px;
        border-bottom: 1px solid var(--line);
      }
      .head select {
        width: auto;
        max-width: 100%;
      }
      ul {
        flex: none;
        max-height: 34%;
        margin: 0;
        padding: 6px 12px;
        border-bottom: 1px solid var(--line);
        list-style: none;
        overflow: auto;
      }
      li {
        display: flex;
        gap: 8px;
        align-items: baseline;
        margin-bottom: 4px;
      }
      li p {
        margin: 0;
      }
      li button {
        min-height: 24px;
        padding: 0 8px;
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
      .problem {
        padding: 12px;
        color: var(--bad);
      }
      @media (max-width: 900px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
          align-self: start;
          height: auto;
        }
        textarea {
          min-height: 200px;
        }
        ul {
          max-height: none;
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
    trace: { state: true },
    session: { state: true },
    chosen: { state: true },
    problem: { state: true },
    file: { state: true },
    over: { state: true },
  };

  declare trace: Trace | undefined;
  declare session: number;
  declare chosen: number | undefined;
  declare problem: string;
  /** The file that is shown instead of the text: its name. */
  declare file: string | undefined;
  declare over: boolean;

  #drawn: Drawn | undefined;
  #read: string | undefined;
  #reading = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.session = 0;
    this.problem = "";
    this.over = false;
    new Watch(this);
    new Keys(this, "Log reader", [
      { key: "i", does: "go to the log", run: () => this.#text.focus() },
      { key: "o", does: "open a file", run: () => this.renderRoot.querySelector("input")!.click() },
      { key: "n", does: "the next finding", run: () => this.#nextFinding(1) },
      { key: "p", does: "the finding before", run: () => this.#nextFinding(-1) },
      { key: "j", does: "the next session", run: () => this.#choose(this.session + 1) },
      { key: "k", does: "the session before", run: () => this.#choose(this.session - 1) },
    ]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { text } = store.get(slice);
    if (text !== this.#read && this.file === undefined) this.#soon(text);
    if (changed.has("trace") || changed.has("session")) {
      const session = this.#session;
      this.#drawn = session === undefined ? undefined : drawn(session);
    }
  }

  protected override render(): TemplateResult {
    return html`
      <section
        class="panel input ${this.over ? "over" : ""}"
        aria-labelledby="log"
        @dragover=${this.#dragged}
        @dragleave=${() => (this.over = false)}
        @drop=${this.#dropped}
      >
        <h2 id="log">A recorded session</h2>
        <p class="small soft">
          Paste a log, or drop a file: swaks, nodemailer, Python's smtplib, curl -v, msmtp, Postfix with -v, a
          transcript, a trace of Edgepost, or a capture (pcap, pcapng). It is read in this page, and goes
          nowhere.
        </p>
        <div class="row">
          <label class="button"
            >Open a file<input class="visually-hidden" type="file" @change=${this.#opened}
          /></label>
          ${LOG_EXAMPLES.map(
            ({ title, text }) => html`<button @click=${() => this.#take(text)}>${title}</button>`,
          )}
        </div>
        ${
          this.file === undefined
            ? nothing
            : html`<p class="small">
                Shown is the file <b>${this.file}</b>.
                <button @click=${() => this.#take(store.get(slice).text)}>Back to the text</button>
              </p>`
        }
        <textarea
          aria-label="The log"
          spellcheck="false"
          .value=${store.get(slice).text}
          @input=${(event: Event) => this.#take((event.target as HTMLTextAreaElement).value)}
        ></textarea>
      </section>
      <section class="panel" aria-label="What happened">${this.#shown()}</section>
    `;
  }

  #shown(): TemplateResult {
    if (this.problem !== "") return html`<p class="problem" role="alert">${this.problem}</p>`;
    const session = this.#session;
    if (session === undefined || this.#drawn === undefined) return html`<p class="soft head">Reading…</p>`;
    const { format, sessions, notes } = this.trace!;
    return html`
      <div class="head">
        <div class="row">
          <h2>What happened</h2>
          <span class="tag">${format}</span>
          ${
            sessions.length === 1
              ? nothing
              : html`<label
                  >Session
                  <select
                    @change=${(event: Event) => this.#choose(Number((event.target as HTMLSelectElement).value))}
                  >
                    ${sessions
                      .slice(0, SHOWN)
                      .map(
                        (each, index) =>
                          html`<option value=${index} ?selected=${index === this.session}>
                            ${nameOf(each, index)}
                          </option>`,
                      )}
                  </select></label
                >`
          }
        </div>
        <p class="small soft">
          ${this.#drawn.timed ? nothing : html`The recording has no times. `}
          ${[...notes, ...session.notes].slice(0, 5).map(({ message }) => html`${message} `)}
        </p>
      </div>
      <ul aria-label="Findings">
        ${
          session.diagnosis.length === 0
            ? html`<li><p>Nothing is to be said against it.</p></li>`
            : session.diagnosis.slice(0, SHOWN).map((finding) => this.#finding(finding))
        }
      </ul>
      <ep-diagram
        ?untimed=${!this.#drawn.timed}
        .record=${this.#drawn.record}
        .position=${endOf(this.#drawn.record.lines)}
        .selected=${this.chosen}
        @choose=${({ detail }: CustomEvent<number>) => (this.chosen = detail)}
      ></ep-diagram>
      ${
        this.chosen === undefined
          ? nothing
          : html`<ep-inspector
              ?untimed=${!this.#drawn.timed}
              .record=${this.#drawn.record}
              .index=${this.chosen}
            ></ep-inspector>`
      }
    `;
  }

  #finding({ severity, message, reference, step }: Finding): TemplateResult {
    const kind = { error: "bad", warning: "warn", info: "" }[severity];
    const [, number, section] = /^RFC (\d+)(?: section ([\d.]+))?/.exec(reference) ?? [];
    return html`<li>
      <span class="tag ${kind}">${severity}</span>
      <p>
        ${message}
        <span class="small"
          >${number === undefined ? reference : rfc(section === undefined ? number : `${number}#${section}`)}</span
        >
      </p>
      ${
        step === undefined
          ? nothing
          : html`<button aria-label="Show where: ${message}" @click=${() => (this.chosen = step)}>
              Show
            </button>`
      }
    </li>`;
  }

  get #session(): TraceSession | undefined {
    return this.trace?.sessions[this.session];
  }

  get #text(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea")!;
  }

  #take(text: string): void {
    this.file = undefined;
    this.#read = undefined;
    store.set(slice, { text: text.slice(0, LONGEST) });
  }

  #soon(text: string): void {
    this.#read = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#dissect(text), this.trace === undefined ? 0 : PAUSE);
  }

  async #dissect(input: string | Blob): Promise<void> {
    const reading = ++this.#reading;
    try {
      const trace = await dissect(input, { limits: { octets: LARGEST } });
      if (reading !== this.#reading) return;
      this.trace = trace;
      this.problem = "";
    } catch (error) {
      if (reading !== this.#reading) return;
      this.trace = undefined;
      this.problem = `${capital((error as Error).message)}.`;
    }
    this.session = 0;
    this.chosen = undefined;
  }

  #choose(index: number): void {
    if (this.trace?.sessions[index] === undefined) return;
    this.session = index;
    this.chosen = undefined;
  }

  #nextFinding(by: 1 | -1): void {
    const steps = (this.#session?.diagnosis ?? []).flatMap(({ step }) => step ?? []);
    const at = steps.indexOf(this.chosen ?? -1);
    const next = steps[at < 0 ? (by === 1 ? 0 : steps.length - 1) : at + by];
    if (next !== undefined) this.chosen = next;
  }

  readonly #opened = ({ target }: Event): void => {
    const [file] = (target as HTMLInputElement).files ?? [];
    if (file !== undefined) this.#open(file);
    (target as HTMLInputElement).value = "";
  };

  readonly #dragged = (event: DragEvent): void => {
    event.preventDefault();
    this.over = true;
  };

  readonly #dropped = (event: DragEvent): void => {
    event.preventDefault();
    this.over = false;
    const [file] = event.dataTransfer?.files ?? [];
    if (file !== undefined) this.#open(file);
    else this.#take(event.dataTransfer?.getData("text/plain") ?? "");
  };

  #open(file: File): void {
    this.file = file.name;
    this.trace = undefined;
    this.problem = "";
    void this.#dissect(file);
  }
}

function nameOf({ client, server, name, began }: TraceSession, index: number): string {
  const who = [name ?? client?.address ?? "a client", server?.address ?? "a server"].join(" → ");
  return `${index + 1}: ${who}${began === undefined ? "" : `, ${began.toISOString().slice(0, 19).replace("T", " ")}`}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

customElements.define("ep-log", LogReader);
