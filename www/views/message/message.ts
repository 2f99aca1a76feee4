/** The message lab: a message's octets, and beside them all that is to be read from them. */
import type { Draft } from "edgepost";
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { Keys } from "../../keys.js";
import type { Digest, Image } from "../../model/digest.js";
import { EXAMPLES } from "../../model/examples.js";
import { openInStudio } from "../../model/open.js";
import { session } from "../../model/plan.js";
import { count, endsInWords, octetsOf, Places, textOf, windowAround } from "../../model/source.js";
import type { Window } from "../../model/source.js";
import { lookBeside } from "../../parts/beside.js";
import type { Beside } from "../../parts/beside.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import "./compose.js";
import type { Compose } from "./compose.js";
import "./deliver.js";
import type { Deliver } from "./deliver.js";
import "./findings.js";
import "./mend.js";
import type { Mend } from "./mend.js";
import { filesPane, headersPane, panes, reportPane, resultsPane, textPane, wayPane } from "./panes.js";
import { octets as sizeOf } from "./parts.js";
import "./rendered.js";
import { canGoBack, goBack, heldMessage, keep, remember, takeWords } from "./kept.js";
import { LONGEST_DRAFT, slice, TABS } from "./slice.js";
import type { MessageState, Tab } from "./slice.js";
import type { Source } from "./source.js";
import "./source.js";
import { Work } from "./work.js";

export { slice } from "./slice.js";

/** Octets that the editor holds; of a larger message it shows a piece of so many, to read. */
const EDITABLE = 1 << 19;
const PIECE = 1 << 18;
const LARGEST = 64 << 20;
/** Octets that the studio takes, as a link has to. */
const SENDABLE = 500_000;
/** Milliseconds without a change before a message is read. */
const PAUSE = 200;
const FILES = 200;

class MessageLab extends LitElement {
  static override readonly styles = [
    shared,
    panes,
    css`
      :host {
        display: grid;
        grid-template-rows: auto auto minmax(0, 1fr);
        gap: 8px;
        height: 100%;
        padding: 10px 16px 16px;
      }
      :host([dropping]) .columns {
        outline: 3px dashed var(--client);
        outline-offset: 2px;
      }
      .bar label {
        display: inline-flex;
        gap: 6px;
        align-items: center;
      }
      .bar select {
        width: auto;
        max-width: 220px;
      }
      .state {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 10px;
        align-items: center;
        margin: 0;
        min-height: 22px;
      }
      .columns {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        gap: 10px;
        min-height: 0;
      }
      .panel {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
        overflow: hidden;
      }
      ep-source {
        flex: 1 1 auto;
      }
      .tabs {
        display: flex;
        flex: none;
        flex-wrap: wrap;
        gap: 2px;
        padding: 4px 8px;
        border-bottom: 1px solid var(--line);
      }
      .tabs button {
        gap: 4px;
        min-height: 28px;
        padding: 2px 6px;
        border-color: transparent;
        background: transparent;
      }
      .tabs button[aria-selected="true"] {
        border-color: var(--client);
        background: var(--client-wash);
      }
      .tabs .tag {
        padding: 0 5px;
      }
      .tabs .none {
        color: var(--soft);
      }
      .pane {
        flex: 1 1 auto;
        min-height: 0;
        padding: 10px 12px;
        overflow: auto;
      }
      .hint {
        padding: 4px 10px;
        border-bottom: 1px solid var(--line);
      }
      input[type="file"] {
        display: none;
      }
      @media (max-width: 900px) {
        :host {
          grid-template-rows: auto auto auto auto;
          height: auto;
          min-height: 100%;
          padding: 8px 10px 10px;
        }
        .columns {
          grid-template-columns: minmax(0, 1fr);
        }
        .columns > .panel {
          height: min(72vh, 640px);
        }
        .columns > .panel:first-child {
          height: 46vh;
        }
        .bar {
          gap: 6px;
        }
        .tabs {
          flex-wrap: nowrap;
          overflow-x: auto;
        }
        .tabs button {
          flex: none;
        }
      }
    `,
  ];

  static override readonly properties = {
    digest: { state: true },
    stale: { state: true },
    chosen: { state: true },
    chosenPart: { state: true },
    said: { state: true },
    files: { state: true },
    piece: { state: true },
    edits: { state: true },
    dropping: { type: Boolean, reflect: true },
    beside: { state: true },
  };

  declare digest: Digest | undefined;
  /** The message has changed, and what is shown is of the one before. */
  declare stale: boolean;
  /** The finding that is looked at. */
  declare chosen: number | undefined;
  declare chosenPart: number | undefined;
  /** What has just happened. */
  declare said: string;
  /** How many files are listed. */
  declare files: number;
  /** What the source shows of a message that is too large for it. */
  declare piece: Window | undefined;
  /** How often something has changed: what can be undone may be another. */
  declare edits: number;
  declare dropping: boolean;
  /** Null: nothing is beside this page that a message could be sent to. */
  declare beside: Beside | null;

  #work = new Work();
  #octets: Uint8Array<ArrayBuffer> = new Uint8Array();
  #places = new Places(this.#octets);
  /** What the store has from here, or had when it was read. */
  #known: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  /** The octets that the digest is of. */
  #read: Uint8Array | undefined;
  #imagesOf: { readonly octets: Uint8Array | undefined; readonly images: Promise<Image[]> } | undefined;

  constructor() {
    super();
    this.stale = true;
    this.said = "";
    this.files = FILES;
    this.edits = 0;
    this.dropping = false;
    this.beside = null;
    new Watch(this);
    new Keys(this, "Message lab", [
      { key: "i", does: "write in the source (Escape: leave it)", run: () => this.#source.focus() },
      { key: "n", does: "the next finding", run: () => this.#step(1) },
      { key: "N", does: "the finding before", run: () => this.#step(-1) },
      { key: "m", does: "mend: look at all fixes, and apply them", run: () => void this.#mendAll() },
      { key: "z", does: "undo", run: () => this.#undo() },
      { key: "e", does: "choose an example", run: () => this.#focus("select") },
      { key: "o", does: "open a file", run: () => this.#browse() },
      { key: "c", does: "compose a message", run: () => this.#compose() },
      { key: "d", does: "save the message as a file", run: () => this.#save() },
      { key: "s", does: "send it into the studio", run: () => void this.#send() },
      { key: "S", does: "send it to the server beside this page", run: () => this.#deliver() },
      { key: "f", does: "show the findings", run: () => this.#open("findings") },
      { key: "p", does: "show the parts", run: () => this.#open("parts") },
      { key: "h", does: "show the headers", run: () => this.#open("headers") },
      { key: "v", does: "view the HTML", run: () => this.#open("html") },
      { key: "x", does: "show the text", run: () => this.#open("text") },
      { key: "a", does: "show the attachments", run: () => this.#open("files") },
      { key: "w", does: "show the way", run: () => this.#open("way") },
      { key: "u", does: "show what others found out", run: () => this.#open("results") },
      { key: "r", does: "show the report", run: () => this.#open("report") },
    ]);
    this.addEventListener("dragover", (event) => this.#dragged(event));
    this.addEventListener("dragleave", () => (this.dropping = false));
    this.addEventListener("drop", (event) => this.#dropped(event));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#work.close();
    this.#asking = false;
  }

  protected override firstUpdated(): void {
    this.#follow();
    this.said = takeWords();
    void lookBeside().then((beside) => (this.beside = beside));
  }

  protected override updated(): void {
    if (this.#state.source !== this.#known) this.#follow();
  }

  protected override render(): TemplateResult {
    const { example, tab } = this.#state;
    const known = EXAMPLES.find(({ id }) => id === example);
    return html`
      <div class="row bar">
        <label
          >Example
          <select title="Choose an example (e)" @change=${this.#exampleChosen}>
            ${known === undefined ? html`<option value="" selected>your own message</option>` : nothing}
            ${EXAMPLES.map(({ id, title }) => html`<option value=${id} ?selected=${id === example}>${title}</option>`)}
          </select>
        </label>
        <button title="Open a file (o); or drop it here" @click=${() => this.#browse()}>Open a file…</button>
        <button title="Compose a message (c)" @click=${() => this.#compose()}>Compose…</button>
        <button title="Begin with an empty message, to paste one" @click=${() => this.#clear()}>Empty</button>
        <button title="Undo (z)" ?disabled=${!this.#canUndo} @click=${() => this.#undo()}>Undo</button>
        <button title="Save the message as a file (d)" @click=${() => this.#save()}>Save</button>
        <button class="main" title="Send it into the studio (s)" @click=${() => void this.#send()}>
          Send it into the studio
        </button>
        ${
          this.beside === null
            ? nothing
            : html`<button title="Send it to the server beside this page (S)" @click=${() => this.#deliver()}>
                Send to the sink…
              </button>`
        }
        <input type="file" aria-label="A message in a file" @change=${this.#fileChosen} />
      </div>
      <p class="state small" role="status">${this.#words()}</p>
      <div class="columns">
        <section class="panel" aria-labelledby="source-title">
          <h2 class="visually-hidden" id="source-title">The source</h2>
          ${this.#hint(known?.about)}
          <ep-source
            @edit=${() => this.#changing()}
            @cursor=${({ detail }: CustomEvent<number>) => this.#cursor(detail)}
            @bring=${({ detail }: CustomEvent<Blob>) => void this.#bring(detail)}
          ></ep-source>
        </section>
        <section class="panel" aria-labelledby="says-title">
          <h2 class="visually-hidden" id="says-title">What it says</h2>
          <div class="tabs" role="tablist" aria-label="What is shown of the message" @keydown=${this.#tabKey}>
            ${TABS.map((name) => this.#tab(name, name === tab))}
          </div>
          <div class="pane" id="pane" role="tabpanel" aria-labelledby="tab-${tab}" tabindex="0">
            ${this.digest === undefined ? html`<p class="soft">Reading…</p>` : this.#pane(tab, this.digest)}
          </div>
        </section>
      </div>
      <ep-mend @apply=${({ detail }: CustomEvent<readonly number[]>) => void this.#apply(detail)}></ep-mend>
      <ep-deliver></ep-deliver>
      <ep-compose .make=${(draft: Draft) => this.#make(draft)}></ep-compose>
    `;
  }

  #words(): TemplateResult {
    const { digest, said } = this;
    if (digest === undefined) return html`${said || "Reading…"}`;
    const { nature, bidi } = digest;
    const kept = this.#state.source !== undefined;
    return html`
      ${said === "" ? nothing : html`<b>${said}</b>`}
      <span>${sizeOf(digest.octets)}, ${endsInWords(nature)}</span>
      <span
        >${
          nature.ascii
            ? "ASCII"
            : nature.undecodable === 0
              ? "UTF-8"
              : html`<span class="tag warn">▲ ${count(nature.undecodable)} octets are not UTF-8</span>`
        }</span
      >
      ${bidi > 0 ? html`<span class="tag bad">✕ ${count(bidi)} characters turn text around</span>` : nothing}
      ${kept ? nothing : html`<span class="tag warn">▲ too large for drafts and links: kept until the page is closed</span>`}
      ${this.stale ? html`<span class="soft">reading…</span>` : nothing}
    `;
  }

  #hint(about: string | undefined): TemplateResult | typeof nothing {
    if (this.piece !== undefined) {
      const { start, end } = this.piece;
      return html`<p class="hint small">
        ▲ This is a piece of it, octets ${count(start)} to ${count(end)} of ${count(this.#octets.length)}, to
        read: above ${sizeOf(EDITABLE)} a message cannot be edited here. All of it is checked and read. Choose
        a finding or a part to see another piece.
      </p>`;
    }
    if (this.#octets.length === 0)
      return html`<p class="hint small">Paste a message here, with its header, or drop a file.</p>`;
    return about === undefined ? nothing : html`<p class="hint small soft">${about}</p>`;
  }

  #tab(name: Tab, selected: boolean): TemplateResult {
    const digest = this.digest;
    const titles: Record<Tab, readonly [title: string, key: string, number?: number]> = {
      findings: ["Findings", "f", digest?.findings.length],
      parts: ["Parts", "p", digest?.parts.length],
      headers: [
        "Headers",
        "h",
        digest === undefined ? undefined : digest.headers.length + digest.headersMore,
      ],
      html: ["HTML", "v", digest === undefined || digest.html !== undefined ? undefined : 0],
      text: ["Text", "x", digest === undefined || digest.text !== undefined ? undefined : 0],
      files: ["Files", "a", digest?.files.length],
      way: ["Way", "w", digest?.hops.length],
      results: ["Authentication", "u", digest?.results.length],
      report: ["Report", "r", digest === undefined || digest.report !== undefined ? undefined : 0],
    };
    const [title, key, number] = titles[name];
    return html`<button
      role="tab"
      id="tab-${name}"
      aria-selected=${selected}
      aria-controls="pane"
      tabindex=${selected ? 0 : -1}
      title="${title} (${key})"
      class=${number === 0 && name !== "findings" ? "none" : ""}
      @click=${() => this.#open(name)}
    >
      ${title}${number === undefined || number === 0 ? nothing : html` <span class="tag">${count(number)}</span>`}
    </button>`;
  }

  #pane(tab: Tab, digest: Digest): TemplateResult {
    const show = ({ span }: { span: { start: number; end: number } }): void =>
      this.#reveal(span.start, span.end);
    switch (tab) {
      case "findings":
        return html`<ep-findings
          .findings=${digest.findings}
          .chosen=${this.chosen}
          ?stale=${this.stale}
          @choose=${({ detail }: CustomEvent<number>) => this.#choose(detail)}
          @mend=${({ detail }: CustomEvent<readonly number[]>) => void this.#mend(detail)}
        ></ep-findings>`;
      case "parts":
        return html`<ep-parts
          .parts=${digest.parts}
          .selected=${this.chosenPart}
          @choose=${({ detail }: CustomEvent<number>) => this.#choosePart(detail)}
        ></ep-parts>`;
      case "headers":
        return headersPane(digest, show);
      case "html":
        return html`<ep-rendered .shown=${digest.html} .images=${() => this.#images()}></ep-rendered>`;
      case "text":
        return textPane(digest);
      case "files":
        return filesPane(
          digest.files,
          this.files,
          {
            save: (index) => void this.#saveFile(index),
            show: (part) => this.#choosePart(part),
            open: (index) => void this.#openFile(index),
          },
          () => (this.files += FILES),
        );
      case "way":
        return wayPane(digest, show);
      case "results":
        return resultsPane(digest.results);
      case "report":
        return reportPane(digest, () => {
          const { start, end } = digest.report!.original!.span;
          this.#load(
            this.#octets.slice(start, end),
            "This is the message that came back. Undo leads back to the report.",
          );
        });
    }
  }

  get #state(): MessageState {
    return store.get(slice);
  }

  get #source(): Source {
    return this.renderRoot.querySelector("ep-source")!;
  }

  get #canUndo(): boolean {
    return canGoBack() || (this.hasUpdated && this.#source.canUndo);
  }

  /** Shows what the store has: at first, or when a link was followed. */
  #follow(): void {
    const { source } = this.#state;
    const octets = source === undefined ? heldMessage() : octetsOf(source);
    if (octets === undefined) {
      store.set(slice, slice.initial);
      return;
    }
    this.#known = source;
    this.#show(octets);
  }

  /** Another message. What was there before can be had back. */
  #load(octets: Uint8Array<ArrayBuffer>, said: string, example?: string): void {
    if (octets.length > LARGEST) {
      this.said = `That is too much: ${sizeOf(octets.length)}. At most ${sizeOf(LARGEST)} are read here.`;
      return;
    }
    remember(this.#octets);
    this.said = said;
    this.#keep(octets, example);
    this.#show(octets);
  }

  #show(octets: Uint8Array<ArrayBuffer>): void {
    this.#octets = octets;
    this.chosen = undefined;
    this.chosenPart = undefined;
    this.files = FILES;
    this.#showPiece(0);
    this.#changed();
  }

  /** Shows the octets around this one; all of them, where that is not too much. */
  #showPiece(octet: number): void {
    const { length } = this.#octets;
    const piece = windowAround(this.#octets, octet, length > EDITABLE ? PIECE : EDITABLE);
    const shown = this.#octets.subarray(piece.start, piece.end);
    this.piece = shown.length < this.#octets.length ? piece : undefined;
    this.#places = new Places(shown);
    const readOnly = this.piece !== undefined;
    this.#source.load(textOf(shown), { readOnly, firstLine: 1 + lineEndsIn(this.#octets, piece.start) });
    this.#mark();
    this.#light();
  }

  #keep(octets: Uint8Array<ArrayBuffer>, example: string | undefined, text?: string): void {
    this.#known = keep(octets, example, text);
  }

  #changing(): void {
    this.stale = true;
    this.edits++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#sync(), PAUSE);
  }

  /** Makes octets of what was written. */
  #sync(): void {
    clearTimeout(this.#timer);
    if (this.piece !== undefined) return;
    const text = this.#source.text;
    const octets = octetsOf(text);
    const meant = textOf(octets);
    // What was typed may be other octets than it looked like: then it looks like those now.
    if (meant !== text) this.#source.change(meant, { undoable: false });
    this.#octets = octets;
    this.#places = new Places(octets);
    const { example } = this.#state;
    const known = EXAMPLES.find(({ id, source }) => id === example && source === meant);
    this.#keep(octets, known?.id, meant);
    this.#changed();
  }

  /** Has the message read, when the one before has been. */
  #changed(): void {
    this.stale = true;
    if (!this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      while (this.isConnected && this.#read !== this.#octets) {
        const octets = this.#octets;
        const digest = await this.#work.ask("read", octets);
        this.#read = octets;
        if (octets !== this.#octets) continue;
        this.digest = digest;
        this.stale = false;
        if (this.chosen !== undefined && this.chosen >= digest.findings.length) this.chosen = undefined;
        if (this.chosenPart !== undefined && this.chosenPart >= digest.parts.length)
          this.chosenPart = undefined;
        this.#mark();
        this.#light();
      }
    } catch (error) {
      this.said = (error as Error).message;
    } finally {
      this.#asking = false;
    }
  }

  #mark(): void {
    if (this.digest === undefined || this.#read !== this.#octets) return;
    const { start, end } = this.#shownOctets;
    const seen = this.digest.findings.filter(({ span }) => span.start <= end && span.end >= start);
    this.#source.mark(
      seen.map(({ span, severity, rule, reason, detail }) => ({
        from: this.#places.position(span.start - start),
        to: this.#places.position(Math.max(span.start, span.end) - start, "end"),
        severity,
        rule,
        words: `${reason} ${detail}`,
      })),
    );
  }

  get #shownOctets(): Window {
    return this.piece ?? { start: 0, end: this.#octets.length };
  }

  #light(): void {
    const part = this.chosenPart === undefined ? undefined : this.digest?.parts[this.chosenPart];
    // The message itself is all of it: nothing stands out.
    if (part === undefined || part.parent === undefined) {
      this.#source.light(undefined);
      return;
    }
    const { start } = this.#shownOctets;
    const at = (octet: number): number => this.#places.position(Math.max(0, octet - start));
    this.#source.light({ from: at(part.header.start), body: at(part.body.start), to: at(part.body.end) });
  }

  /** Shows octets in the source. */
  #reveal(start: number, end: number, choose = true): void {
    if (this.piece !== undefined && (start < this.piece.start || start >= this.piece.end))
      this.#showPiece(start);
    const first = this.#shownOctets.start;
    this.#source.scrollIntoView({ block: "nearest" });
    this.#source.reveal(
      this.#places.position(start - first),
      this.#places.position(end - first, "end"),
      choose,
    );
  }

  #choose(index: number): void {
    const finding = this.digest?.findings[index];
    if (finding === undefined) return;
    this.#reveal(finding.span.start, finding.span.end);
    this.chosen = index;
  }

  #step(by: number): void {
    const findings = this.digest?.findings.length ?? 0;
    if (findings === 0) return;
    this.#open("findings");
    const now = this.chosen ?? (by > 0 ? -1 : findings);
    this.#choose((now + by + findings) % findings);
  }

  #choosePart(number: number): void {
    const part = this.digest?.parts[number];
    if (part === undefined) return;
    this.#reveal(part.header.start, part.header.start, false);
    this.chosenPart = number;
    this.#light();
  }

  /** What the cursor is in: the innermost part, and a finding. */
  #cursor(position: number): void {
    if (this.stale || this.digest === undefined) return;
    const octet = this.#places.octet(position) + this.#shownOctets.start;
    const { parts, findings } = this.digest;
    let within = 0;
    for (const { number, header, body } of parts)
      if (header.start <= octet && octet < Math.max(body.end, header.end)) within = number;
    this.chosenPart = within;
    const here = findings.findIndex(({ span }) => span.start <= octet && octet <= span.end);
    this.chosen = here < 0 ? undefined : here;
    this.#light();
  }

  #open(tab: Tab): void {
    if (tab !== this.#state.tab) store.set(slice, { ...this.#state, tab });
  }

  readonly #tabKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(this.#state.tab) + step + TABS.length) % TABS.length]!;
    this.#open(next);
    void this.updateComplete.then(() => this.#focus(`#tab-${next}`));
  };

  #focus(selector: string): void {
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  readonly #exampleChosen = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    const example = EXAMPLES.find(({ id }) => id === value);
    if (example !== undefined) this.#load(octetsOf(example.source), "", example.id);
  };

  #clear(): void {
    this.#load(new Uint8Array(), "");
    this.#source.focus();
  }

  #browse(): void {
    this.renderRoot.querySelector<HTMLInputElement>('input[type="file"]')?.click();
  }

  readonly #fileChosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = "";
    if (file !== undefined) void this.#bring(file);
  };

  #dragged(event: DragEvent): void {
    if (event.dataTransfer?.types.includes("Files") !== true) return;
    event.preventDefault();
    this.dropping = true;
  }

  #dropped(event: DragEvent): void {
    this.dropping = false;
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    event.preventDefault();
    void this.#bring(file);
  }

  async #bring(file: Blob): Promise<void> {
    if (file.size > LARGEST) {
      this.said = `That is too much: ${sizeOf(file.size)}. At most ${sizeOf(LARGEST)} are read here.`;
      return;
    }
    const name = file instanceof File ? file.name : "";
    try {
      this.#load(new Uint8Array(await file.arrayBuffer()), name === "" ? "" : `Opened: ${name}.`);
    } catch {
      this.said = "The file cannot be read.";
    }
  }

  #compose(): void {
    this.renderRoot.querySelector<Compose>("ep-compose")?.open();
  }

  async #make(draft: Draft): Promise<void> {
    this.#load(await this.#work.ask("composed", draft), "Composed.");
  }

  async #mendAll(): Promise<void> {
    const fixes = (this.digest?.findings ?? []).flatMap(({ fix }, index) =>
      fix === undefined ? [] : [index],
    );
    if (fixes.length > 0) await this.#mend(fixes);
    else this.said = "There is nothing that could be fixed without a thought.";
  }

  async #mend(fixes: readonly number[]): Promise<void> {
    if (this.stale) return;
    const hunks = await this.#work.ask("hunks", fixes);
    await this.renderRoot.querySelector<Mend>("ep-mend")?.ask(fixes, hunks);
  }

  async #apply(fixes: readonly number[]): Promise<void> {
    if (this.stale) return;
    const octets = await this.#work.ask("mended", fixes);
    const said = `${fixes.length === 1 ? "One fix is" : `${count(fixes.length)} fixes are`} applied.`;
    if (this.piece !== undefined || octets.length > EDITABLE) {
      this.#load(octets, said);
      return;
    }
    this.#source.change(textOf(octets));
    this.said = said;
    this.#sync();
  }

  #undo(): void {
    if (this.#source.canUndo) {
      this.#source.undo();
      this.#sync();
      this.said = "Undone.";
      return;
    }
    const octets = goBack();
    if (octets === undefined) return;
    this.said = "This is the message before.";
    const text = octets.length <= LONGEST_DRAFT ? textOf(octets) : undefined;
    this.#keep(octets, EXAMPLES.find(({ source }) => source === text)?.id);
    this.#show(octets);
  }

  #images(): Promise<Image[]> {
    if (this.#imagesOf?.octets !== this.#read)
      this.#imagesOf = { octets: this.#read, images: this.#work.ask("images") };
    return this.#imagesOf!.images;
  }

  #save(): void {
    save(this.#octets, "message.eml");
  }

  async #saveFile(index: number): Promise<void> {
    const name = this.digest?.files[index]?.filename ?? `part-${this.digest?.files[index]?.part ?? 0}`;
    save(await this.#work.ask("file", index), name);
  }

  async #openFile(index: number): Promise<void> {
    this.#load(await this.#work.ask("file", index), "This is the message that was in it. Undo leads back.");
  }

  #deliver(): void {
    const { beside, digest } = this;
    if (digest === undefined || this.stale) return;
    if (beside === null)
      this.said = "No server is beside this page: `npx edgepost playground` serves it with one.";
    else this.renderRoot.querySelector<Deliver>("ep-deliver")?.ask(beside, this.#octets, digest.envelope);
  }

  async #send(): Promise<void> {
    const { digest } = this;
    if (digest === undefined || this.stale) return;
    if (this.#octets.length > SENDABLE) {
      this.said = `The studio takes messages of at most ${sizeOf(SENDABLE)}: a link carries all that it shows.`;
      return;
    }
    const { from, to } = digest.envelope;
    const message = {
      from,
      to: to.length > 0 ? to : ["bob@mx.example"],
      subject: digest.subject ?? "",
      text: "",
      raw: textOf(this.#octets),
    };
    await openInStudio({ sessions: [session({ messages: [message] })] });
  }
}

/** As a file that no browser opens by itself. */
function save(octets: Uint8Array<ArrayBuffer>, name: string): void {
  const address = URL.createObjectURL(new Blob([octets], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  // A character that turns text around would show another extension than there is.
  link.download = name.replace(/[\u0000-\u001f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069/\\]/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function lineEndsIn(octets: Uint8Array, end: number): number {
  let lines = 0;
  for (let at = octets.indexOf(10); at >= 0 && at < end; at = octets.indexOf(10, at + 1)) lines++;
  return lines;
}

customElements.define("ep-message", MessageLab);
