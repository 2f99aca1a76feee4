/** The line lab: one command, reply, address, list or header field, read while it is typed. */
import { ready } from "edgepost";
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { Keys } from "../../keys.js";
import { EXAMPLES } from "../../model/lab/examples.js";
import type { Example } from "../../model/lab/examples.js";
import { mended } from "../../model/lab/fixes.js";
import type { Mending } from "../../model/lab/fixes.js";
import { KIND_NAMES, KINDS } from "../../model/lab/kinds.js";
import { readSetting } from "../../model/lab/reading.js";
import type { Finding, Reading, Setting } from "../../model/lab/reading.js";
import { placeOf } from "../../model/typed.js";
import "../../parts/octets.js";
import type { Octets } from "../../parts/octets.js";
import { rfc } from "../../parts/rfc.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import { ANSWERS, BLANK, slice } from "./slice.js";
import "./values.js";

export { slice };

/** A text longer than this is read when the typing pauses: characters, milliseconds. */
const LONG = 2_000;
const PAUSE = 120;
/** So many findings are shown. */
const FINDINGS = 20;
const NOTHING: Reading = { kind: "command", octets: new Uint8Array(), spans: [], values: [], findings: [] };

class LineLab extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 3fr) minmax(340px, 2fr);
        grid-template-rows: auto minmax(0, 1fr) auto;
        grid-template-areas: "input values" "octets values" "octets examples";
        gap: 12px;
        height: 100%;
        padding: 12px 16px;
      }
      .panel {
        min-width: 0;
        min-height: 0;
        padding: 12px;
      }
      .input {
        grid-area: input;
      }
      .octets {
        display: flex;
        flex-direction: column;
        grid-area: octets;
      }
      .values {
        grid-area: values;
        overflow: auto;
      }
      .examples {
        grid-area: examples;
        max-height: 39vh;
        overflow: auto;
      }
      ep-octets {
        flex: 0 1 auto;
        max-height: none;
        margin-top: 8px;
      }
      h2 {
        margin-bottom: 8px;
      }
      .kinds {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        margin-bottom: 8px;
      }
      .kinds .found {
        font-weight: 600;
      }
      textarea {
        min-height: 56px;
        max-height: 24vh;
        field-sizing: content;
        font: 14px/1.5 var(--mono);
        overflow-wrap: anywhere;
      }
      .options {
        margin-top: 6px;
      }
      .options select {
        width: auto;
      }
      .findings {
        max-height: 24vh;
        margin-top: 8px;
        overflow: auto;
      }
      .finding {
        padding: 6px 10px;
        border-left: 3px solid var(--warn);
        border-radius: 4px;
        background: var(--warn-wash);
      }
      * + .finding {
        margin-top: 6px;
      }
      .finding.error {
        border-color: var(--bad);
        background: var(--bad-wash);
      }
      .finding.info {
        border-color: var(--link);
        background: var(--link-wash);
      }
      .finding b {
        color: var(--warn);
      }
      .finding.error b {
        color: var(--bad);
      }
      .finding.info b {
        color: var(--link);
      }
      .finding .row {
        margin-top: 4px;
      }
      .fine {
        margin: 0;
        color: var(--good);
      }
      .examples dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 6px 12px;
        align-items: baseline;
        margin: 0;
      }
      .examples dd {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        margin: 0;
      }
      .examples button {
        min-height: 26px;
        padding: 1px 8px;
        font-size: 12.5px;
      }
      @media (max-width: 900px) {
        :host {
          display: block;
          padding: 8px;
          overflow: auto;
        }
        .panel + .panel {
          margin-top: 8px;
        }
        .examples {
          max-height: none;
        }
        ep-octets {
          max-height: 60vh;
        }
        .examples dl {
          grid-template-columns: minmax(0, 1fr);
          gap: 4px;
        }
      }
    `,
  ];

  static override readonly properties = {
    reading: { state: true },
    failed: { state: true },
    looked: { state: true },
    lit: { state: true },
  };

  declare reading: Reading;
  /** Why the engine is not there. */
  declare failed: string;
  /** The octet that is looked at. */
  declare looked: number | undefined;
  /** The octets of the value that is looked at. */
  declare lit: { readonly start: number; readonly end: number } | undefined;

  #read: Setting | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #example = 0;

  constructor() {
    super();
    this.reading = NOTHING;
    this.failed = "";
    new Watch(this);
    new Keys(this, "Line lab", [
      { key: "i", does: "type", run: () => this.#text.focus() },
      { key: "o", does: "go over the octets", run: () => this.#octets.focusFirst() },
      { key: "g", does: "go to where it is wrong", run: () => this.#goTo(this.reading.findings[0]) },
      { key: "f", does: "mend what is wrong", run: () => this.#mendFirst() },
      { key: "k", does: "read it as another kind", run: () => this.#nextKind() },
      { key: "n", does: "the next example", run: () => this.#nextExample(1) },
      { key: "p", does: "the example before", run: () => this.#nextExample(-1) },
      { key: "u", does: "allow UTF-8 or not", run: () => this.#set({ utf8: !this.#setting.utf8 }) },
      {
        key: "b",
        does: "allow obsolete syntax or not",
        run: () => this.#set({ obsolete: !this.#setting.obsolete }),
      },
    ]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(): void {
    const setting = this.#setting;
    if (setting === this.#read) return;
    const typed = this.#read !== undefined && setting.text.length > LONG;
    this.#read = setting;
    clearTimeout(this.#timer);
    if (typed) this.#timer = setTimeout(() => void this.#readNow(setting), PAUSE);
    else void this.#readNow(setting);
  }

  protected override render(): TemplateResult {
    const { reading } = this;
    const { text } = this.#setting;
    const wrong = reading.findings.find(({ severity }) => severity === "error");
    return html`
      <section class="panel input" aria-labelledby="input-title">
        <h2 id="input-title">One line</h2>
        <div class="kinds" role="group" aria-label="Read it as">
          ${(["auto", ...KINDS] as const).map((kind) => this.#kind(kind))}
        </div>
        <textarea
          rows="2"
          spellcheck="false"
          autocapitalize="off"
          autocomplete="off"
          dir="ltr"
          aria-label="The ${KIND_NAMES[reading.kind].toLowerCase()}"
          aria-describedby="escapes"
          aria-invalid=${wrong === undefined ? "false" : "true"}
          .value=${live(text)}
          @input=${(event: Event) => this.#set({ text: (event.target as HTMLTextAreaElement).value })}
        ></textarea>
        <div class="options row">
          ${this.#options()}
          <span class="small soft" id="escapes">
            Octets that cannot be typed: <code>\\r</code> <code>\\n</code> <code>\\t</code> <code>\\0</code>
            <code>\\xHH</code>; <code>\\\\</code> is a backslash. Each line ends with CR LF, but for
            <code>\\c</code> at the end.
          </span>
        </div>
        <div role="status" class="findings">${this.#findings(reading)}</div>
      </section>
      <section class="panel octets" aria-labelledby="octets-title">
        <h2 id="octets-title">Octets and rules</h2>
        <ep-octets
          label="The octets of the ${KIND_NAMES[reading.kind].toLowerCase()}"
          .octets=${reading.octets}
          .spans=${reading.spans}
          .mark=${wrong?.start}
          .lit=${this.lit}
          @look=${({ detail }: CustomEvent<number | null>) => (this.looked = detail ?? undefined)}
        ></ep-octets>
      </section>
      <section class="panel values" aria-labelledby="values-title" tabindex="0">
        <h2 id="values-title">What it says</h2>
        <ep-values
          .values=${reading.values}
          .looked=${this.looked}
          @look=${({ detail }: CustomEvent<{ start: number; end: number } | null>) => (this.lit = detail ?? undefined)}
          @choose=${({ detail }: CustomEvent<number>) => this.#octets.show(detail)}
        ></ep-values>
        ${
          reading.values.length > 0
            ? nothing
            : html`<p class="soft">${text === "" ? "Nothing is typed yet." : "Nothing: it is wrong."}</p>`
        }
      </section>
      <section class="panel examples" aria-labelledby="examples-title" tabindex="0">
        <h2 id="examples-title">Examples</h2>
        <dl>
          ${KINDS.map(
            (kind) =>
              html`<dt class="small soft">${KIND_NAMES[kind]}</dt>
                <dd>
                  ${EXAMPLES.filter(({ setting }) => setting.kind === kind).map(
                    (example) =>
                      html`<button
                        aria-pressed=${example.setting.text === text ? "true" : "false"}
                        @click=${() => this.#take(example)}
                      >
                        ${example.title}
                      </button>`,
                  )}
                </dd>`,
          )}
        </dl>
      </section>
    `;
  }

  #kind(kind: Setting["kind"]): TemplateResult {
    const chosen = this.#setting.kind;
    const found = chosen === "auto" && kind === this.reading.kind && this.#setting.text !== "";
    return html`<button
      class=${found ? "found" : ""}
      aria-pressed=${kind === chosen ? "true" : "false"}
      @click=${() => this.#set({ kind })}
    >
      ${
        kind === "auto"
          ? html`Find
            out${chosen === "auto" ? html`: ${KIND_NAMES[this.reading.kind].toLowerCase()}` : nothing}`
          : KIND_NAMES[kind]
      }
    </button>`;
  }

  #options(): TemplateResult | typeof nothing {
    const { kind } = this.reading;
    const { utf8, obsolete, answers } = this.#setting;
    if (kind === "command") return nothing;
    if (kind === "reply")
      return html`<label
        >It answers
        <select
          @change=${(event: Event) => this.#set({ answers: (event.target as HTMLSelectElement).value })}
        >
          <option value="" ?selected=${answers === ""}>something</option>
          ${ANSWERS.map(
            (name) =>
              html`<option value=${name} ?selected=${answers === name}>
                ${{ greeting: "the connection", content: "the message" }[name as string] ?? name}
              </option>`,
          )}
        </select></label
      >`;
    const box = (name: "utf8" | "obsolete", checked: boolean, words: string): TemplateResult =>
      html`<label class="choice"
        ><input
          type="checkbox"
          .checked=${live(checked)}
          @change=${(event: Event) => this.#set({ [name]: (event.target as HTMLInputElement).checked })}
        />${words}</label
      >`;
    return html`${box("utf8", utf8, "UTF-8")} ${box("obsolete", obsolete, "Obsolete syntax")}`;
  }

  #findings({ findings, values, octets }: Reading): TemplateResult {
    if (this.failed !== "") return html`<p class="finding error">${this.failed}</p>`;
    if (octets.length === 0) return html`<p class="soft">Type something, or choose an example.</p>`;
    const wrong = values.length === 0 || findings.some(({ severity }) => severity === "error");
    return html`${wrong ? nothing : html`<p class="fine">✓ By the grammar, nothing is wrong.</p>`}
    ${findings.slice(0, FINDINGS).map((finding) => this.#finding(finding))}`;
  }

  #finding(finding: Finding): TemplateResult {
    const { severity, message, todo, reference, mending } = finding;
    return html`<div class="finding ${severity}">
      <b>${{ error: "Wrong", warning: "Not good", info: "Note" }[severity]}:</b> ${message}
      ${todo === undefined ? nothing : html`${todo.text} ${where(todo)}`}
      ${reference === undefined ? nothing : where(named(reference))}
      <div class="row">
        <button @click=${() => this.#goTo(finding)}>Show octet ${finding.start}</button>
        ${
          mending === undefined
            ? nothing
            : html`<button @click=${() => this.#mend(mending)}>${mending.description}</button>`
        }
      </div>
    </div>`;
  }

  get #setting(): Setting {
    return store.get(slice);
  }

  get #text(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea")!;
  }

  get #octets(): Octets {
    return this.renderRoot.querySelector("ep-octets")!;
  }

  #set(but: Partial<Setting>): void {
    store.set(slice, { ...this.#setting, ...but });
  }

  async #readNow(setting: Setting): Promise<void> {
    try {
      await ready();
      const reading = await readSetting(setting);
      if (setting !== this.#read) return;
      this.reading = reading;
      this.lit = undefined;
      if (this.looked !== undefined && this.looked >= reading.octets.length) this.looked = undefined;
      this.failed = "";
    } catch (error) {
      this.failed = (error as Error).message;
    }
  }

  #take({ setting }: Example): void {
    this.#example = EXAMPLES.findIndex((example) => example.setting === setting);
    store.set(slice, { ...BLANK, ...setting });
    // Where all is one column, the examples are far below.
    this.renderRoot.querySelector(".input")!.scrollIntoView({ block: "nearest" });
  }

  #nextExample(by: 1 | -1): void {
    this.#take(EXAMPLES[(this.#example + by + EXAMPLES.length) % EXAMPLES.length]!);
  }

  #nextKind(): void {
    const kinds = ["auto", ...KINDS] as const;
    this.#set({ kind: kinds[(kinds.indexOf(this.#setting.kind) + 1) % kinds.length]! });
  }

  /** Shows where it is, among the octets and in the text. */
  #goTo(finding: Finding | undefined): void {
    if (finding === undefined) return;
    this.#octets.show(finding.start);
    const { text } = this.#setting;
    const { start } = placeOf(text, finding.start);
    const end = Math.max(placeOf(text, Math.max(finding.start, finding.end - 1)).end, start);
    this.#text.focus();
    this.#text.setSelectionRange(start, end);
  }

  #mendFirst(): void {
    const mending = this.reading.findings.find(({ mending }) => mending !== undefined)?.mending;
    if (mending !== undefined) this.#mend(mending);
  }

  #mend({ edits, options }: Mending): void {
    const { text } = this.#setting;
    this.#set({ ...options, ...(edits && { text: mended(text, edits) }) });
  }
}

function named(reference: string): { readonly reference?: string; readonly source?: string } {
  const [, number, section] = /^RFC (\d+)(?: section ([\d.]+))?$/.exec(reference) ?? [];
  return number === undefined
    ? { source: reference }
    : { reference: section === undefined ? number : `${number}#${section}` };
}

function where({
  reference,
  source,
}: {
  readonly reference?: string;
  readonly source?: string;
}): TemplateResult | typeof nothing {
  if (reference !== undefined) return rfc(reference);
  return source === undefined ? nothing : html`<span class="soft">${source}</span>`;
}

customElements.define("ep-line", LineLab);
