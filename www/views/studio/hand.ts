/** Where a person types what a side says: what is wrong is marked at its octet, and what could come is offered. */
import { css, html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { Keys } from "../../keys.js";
import type { Side } from "../../model/link.js";
import type { SessionPlan } from "../../model/plan.js";
import type { SessionRecord } from "../../model/recording.js";
import { readTyping, situationOf } from "../../model/typing.js";
import type { Completion, Situation, TypedFinding, Typing } from "../../model/typing.js";
import { rfc } from "../../parts/rfc.js";
import { shared } from "../../parts/styles.js";

/** Milliseconds without typing, until what was found is read out. */
const PAUSE = 700;
const SEVERITIES = { error: "Wrong", warning: "Warning", info: "Note" } as const;

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
        align-items: start;
      }
      .head {
        grid-column: 1 / -1;
        margin: 0;
        overflow-wrap: anywhere;
      }
      .head label {
        color: var(--ink);
        font-weight: 600;
        font-size: 14px;
      }
      .editor {
        display: grid;
        max-height: 168px;
        border: 1px solid var(--field-line);
        border-radius: 6px;
        background: var(--field);
        overflow: auto;
      }
      .editor:focus-within {
        outline: 2px solid var(--focus);
        outline-offset: 1px;
      }
      .mirror,
      textarea {
        grid-area: 1 / 1;
        min-height: 52px;
        padding: 5px 8px;
        border: 0;
        font: 13.5px/1.55 var(--mono);
        letter-spacing: normal;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        tab-size: 8;
      }
      .mirror {
        color: transparent;
        pointer-events: none;
      }
      textarea {
        height: 100%;
        background: transparent;
        outline: none;
        overflow: hidden;
        resize: none;
      }
      mark {
        border-radius: 2px;
        background: var(--warn-wash);
        color: transparent;
        text-decoration: underline wavy var(--warn) 1.5px;
        text-underline-offset: 3px;
        text-decoration-skip-ink: none;
      }
      mark.error {
        background: var(--bad-wash);
        text-decoration-color: var(--bad);
      }
      .buttons {
        max-width: 232px;
      }
      .only-touch {
        display: none;
      }
      /* As high whatever is in it, so that the diagram stays in its place. */
      .assist {
        display: flex;
        flex-direction: column;
        grid-column: 1 / -1;
        gap: 6px;
        height: 172px;
      }
      .assist p {
        margin: 0;
      }
      .findings {
        flex: 0 1 auto;
        min-height: 26px;
        margin: 0;
        padding: 0;
        font-size: 13px;
        list-style: none;
        overflow: auto;
      }
      .findings button {
        min-height: 24px;
        padding: 0 6px;
        font-size: 12.5px;
      }
      .findings b {
        color: var(--warn);
      }
      .findings .error b {
        color: var(--bad);
      }
      .findings .info b {
        color: var(--link);
      }
      [role="listbox"] {
        flex: 1 1 0;
        min-height: 60px;
        margin: 0;
        padding: 2px;
        border: 1px solid var(--line);
        border-radius: 6px;
        list-style: none;
        overflow: auto;
      }
      [role="option"] {
        display: grid;
        grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
        gap: 0 12px;
        align-items: baseline;
        min-height: 26px;
        padding: 2px 6px;
        border-radius: 4px;
        cursor: pointer;
      }
      [role="option"]:hover {
        background: var(--raised);
      }
      [role="option"][aria-selected="true"] {
        outline: 2px solid var(--focus);
        outline-offset: -2px;
        background: var(--client-wash);
      }
      .server [role="option"][aria-selected="true"] {
        background: var(--server-wash);
      }
      .text {
        font-family: var(--mono);
        font-size: 12.5px;
        overflow-wrap: anywhere;
      }
      .late .text {
        color: var(--soft);
      }
      @media (max-width: 1000px) {
        form {
          grid-template-columns: minmax(0, 1fr);
        }
        .buttons {
          max-width: none;
        }
        [role="option"] {
          grid-template-columns: minmax(0, 1fr);
          padding: 5px 8px;
        }
        .assist {
          height: auto;
        }
        [role="listbox"] {
          flex: none;
          max-height: 260px;
        }
      }
      @media (pointer: coarse) {
        .only-touch {
          display: inline-flex;
        }
        .keys {
          display: none;
        }
        /* Phones enlarge the page for smaller type. */
        .mirror,
        textarea {
          font-size: 16px;
        }
      }
    `,
  ];

  static override readonly properties = {
    plan: { attribute: false },
    record: { attribute: false },
    text: { state: true },
    caret: { state: true },
    selected: { state: true },
    closed: { state: true },
    aloud: { state: true },
  };

  declare plan: SessionPlan;
  declare record: SessionRecord | undefined;
  declare text: string;
  declare caret: number;
  /** The completion that arrow keys have come to. */
  declare selected: number | undefined;
  /** Completions were put away. */
  declare closed: boolean;
  /** What is read out. */
  declare aloud: string;

  #situation: Situation | undefined;
  #typing: Typing | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.text = "";
    this.caret = 0;
    this.closed = false;
    this.aloud = "";
    new Keys(this, "By hand", [
      { key: "h", does: "type what is said", run: () => this.#field.focus() },
      { key: "u", does: "take back what was said last", run: () => this.#takeBack() },
      { key: "b", does: "begin the session again", run: () => this.#keep([]) },
    ]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("record") || changed.has("plan")) {
      const { record } = this;
      this.#situation = record && situationOf(this.#side, this.plan, record);
      this.closed &&= !changed.has("record");
    }
    const read = ["record", "plan", "text", "caret"].some((name) => changed.has(name));
    if (!read) return;
    this.selected = undefined;
    this.#typing =
      this.#situation === undefined || this.#turn === undefined
        ? undefined
        : readTyping(this.#situation, this.text, this.caret);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.aloud = spoken(this.#typing)), PAUSE);
  }

  protected override render(): TemplateResult {
    const side = this.#side;
    const said = this.plan[side].byHand ?? [];
    const findings = this.#typing?.findings ?? [];
    const options = this.#options;
    const wrong = findings.some(({ severity }) => severity === "error");
    return html`<form class=${side} @submit=${this.#say}>
      <p class="head">
        <label for="said">You are the ${side}.</label>
        <span id="hint">${this.#hint}</span>
      </p>
      <div class="editor">
        <div class="mirror" aria-hidden="true">${marked(this.text, findings)}&#8203;</div>
        <textarea
          id="said"
          spellcheck="false"
          autocapitalize="off"
          autocomplete="off"
          enterkeyhint="send"
          dir="ltr"
          aria-describedby="hint"
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls=${options.length > 0 ? "options" : nothing}
          aria-activedescendant=${this.selected === undefined ? nothing : `option-${this.selected}`}
          aria-invalid=${wrong ? "true" : "false"}
          .value=${live(this.text)}
          @input=${this.#typed}
          @keydown=${this.#key}
          @select=${this.#moved}
          @keyup=${this.#moved}
          @pointerup=${this.#moved}
          @focus=${this.#moved}
        ></textarea>
      </div>
      <div class="row buttons">
        <button class="main" ?disabled=${this.#turn === undefined}>Send</button>
        <button type="button" class="only-touch" @click=${() => this.#insert("\n")}>New line</button>
        <button
          type="button"
          title="Take back what was said last (u)"
          ?disabled=${said.length === 0}
          @click=${() => this.#takeBack()}
        >
          Take back
        </button>
        <button
          type="button"
          title="Begin the session again (b)"
          ?disabled=${said.length === 0}
          @click=${() => this.#keep([])}
        >
          Begin again
        </button>
      </div>
      <div class="assist" ?hidden=${this.#typing === undefined}>
        ${
          findings.length === 0
            ? html`<p class="small soft keys">
                Enter sends, Shift+Enter begins another line, Tab completes, ↓ chooses.
              </p>`
            : html`<ul class="findings">
                ${findings.map((finding) => this.#finding(finding))}
              </ul>`
        }
        ${
          options.length === 0
            ? nothing
            : html`<ul
                role="listbox"
                id="options"
                tabindex="0"
                aria-label="What can be said now"
                aria-activedescendant=${this.selected === undefined ? nothing : `option-${this.selected}`}
                @keydown=${this.#listKey}
                @pointerdown=${(event: Event) => event.preventDefault()}
              >
                ${options.map((option, index) => this.#option(option, index))}
              </ul>`
        }
      </div>
      <p class="visually-hidden" role="status">${this.aloud}</p>
    </form>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("selected") && this.selected !== undefined)
      this.renderRoot.querySelector(`#option-${this.selected}`)?.scrollIntoView({ block: "nearest" });
  }

  get #hint(): string {
    if (this.record === undefined) return "The engine is being loaded.";
    return this.#typing?.hint ?? "The session is over: take something back, or begin again.";
  }

  #finding({ severity, message, reference, code, line, octet, from, to }: TypedFinding): TemplateResult {
    const place = this.text.includes("\n") ? `Line ${line}, octet ${octet}` : `Octet ${octet}`;
    return html`<li class=${severity}>
      <button type="button" title="Go there" @click=${() => this.#select(from, to)}>${place}</button>
      <b>${SEVERITIES[severity]}:</b> ${message}
      ${code === undefined ? nothing : `The server will answer ${code}.`}
      ${reference === undefined ? nothing : rfc(reference)}
    </li>`;
  }

  #option({ text, more: shown = text, about, late }: Completion, index: number): TemplateResult {
    const [first = "", ...more] = shown.split("\n");
    return html`<li
      role="option"
      id="option-${index}"
      class=${late ? "late" : ""}
      aria-selected=${index === this.selected ? "true" : "false"}
      @click=${() => this.#take(index)}
    >
      <span class="text"
        >${first}${more.length === 0 ? nothing : html` <span class="soft">+ ${more.length} more</span>`}</span
      >
      <span class="small soft">${about}</span>
    </li>`;
  }

  get #side(): Side {
    return this.plan.client.byHand === undefined ? "server" : "client";
  }

  /** Whether anything can be said. */
  get #turn(): Side | undefined {
    return this.record?.outcome.turn;
  }

  get #options(): readonly Completion[] {
    return this.closed ? [] : (this.#typing?.completions ?? []);
  }

  get #field(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea")!;
  }

  readonly #typed = (): void => {
    this.text = this.#field.value;
    this.caret = this.#field.selectionEnd;
    this.closed = false;
  };

  readonly #moved = (): void => {
    this.caret = this.#field.selectionEnd;
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.isComposing || event.ctrlKey || event.metaKey) {
      if (event.key === " " && event.ctrlKey) this.closed = false;
      return;
    }
    if (this.#movesThrough(event)) return event.preventDefault();
    if (event.shiftKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.selected === undefined) this.#say(event);
      else this.#take(this.selected);
    } else if (event.key === "Tab" && this.#options.length > 0) {
      // Out of an empty line, Tab goes on through the page.
      const started = this.text.slice(0, this.caret).split("\n").at(-1) !== "";
      if (!started && this.selected === undefined) return;
      event.preventDefault();
      this.#take(this.selected ?? 0);
    }
  };

  /** In the list itself. */
  readonly #listKey = (event: KeyboardEvent): void => {
    const takes = event.key === "Enter" || event.key === " ";
    if (!takes && !this.#movesThrough(event)) return;
    event.preventDefault();
    if (takes) this.#take(this.selected ?? 0);
    else if (this.closed || this.selected === undefined) this.#field.focus();
  };

  /** Arrow keys go from the last line into the list, and through it. */
  #movesThrough({ key, shiftKey }: KeyboardEvent): boolean {
    const { length } = this.#options;
    if (key === "Escape" && length > 0) {
      this.closed = true;
      this.selected = undefined;
      return true;
    }
    if (shiftKey || (key !== "ArrowDown" && key !== "ArrowUp")) return false;
    if (this.selected === undefined) {
      if (key === "ArrowUp" || this.text.includes("\n", this.caret)) return false;
      this.closed = false;
      if (this.#options.length === 0) return false;
      this.selected = 0;
      return true;
    }
    const next = this.selected + (key === "ArrowDown" ? 1 : -1);
    this.selected = next < 0 ? undefined : Math.min(next, length - 1);
    return true;
  }

  #take(index: number): void {
    const option = this.#options[index];
    if (option !== undefined) this.#put(option.text, option.from, option.to);
  }

  #insert(text: string): void {
    const { selectionStart, selectionEnd } = this.#field;
    this.#put(text, selectionStart, selectionEnd);
  }

  /** Puts a text in the place of another, and the caret behind it. */
  #put(text: string, from: number, to: number): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(to);
    this.caret = from + text.length;
    this.closed = false;
    void this.updateComplete.then(() => this.#select(this.caret, this.caret));
  }

  #select(from: number, to: number): void {
    this.#field.focus();
    this.#field.setSelectionRange(from, to);
    this.caret = to;
  }

  readonly #say = (event: Event): void => {
    event.preventDefault();
    const { awaits, left } = this.#situation?.course ?? { awaits: "command", left: 0 };
    // An empty line says something in content and in an AUTH exchange alone.
    if (this.#turn === undefined || (this.text === "" && awaits === "command" && left === 0)) return;
    const { text } = this;
    this.text = "";
    this.caret = 0;
    this.#keep([...(this.plan[this.#side].byHand ?? []), text]);
  };

  #takeBack(): void {
    const said = this.plan[this.#side].byHand ?? [];
    if (said.length > 0) this.#keep(said.slice(0, -1));
  }

  #keep(byHand: readonly string[]): void {
    const side = this.#side;
    const detail = { ...this.plan, [side]: { ...this.plan[side], byHand } };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }
}

/** The text again, for what lies behind it: marks below the octets that something is said of. */
function marked(text: string, findings: readonly TypedFinding[]): (string | TemplateResult)[] {
  const pieces: (string | TemplateResult)[] = [];
  let at = 0;
  for (const { severity, from, to } of [...findings].sort((one, other) => one.from - other.from)) {
    if (severity === "info" || from < at) continue;
    pieces.push(text.slice(at, from));
    // Where the line is over, there is nothing else to be marked.
    pieces.push(html`<mark class=${severity}>${from === to ? " " : text.slice(from, to)}</mark>`);
    at = to;
  }
  return [...pieces, text.slice(at)];
}

/** What is read out when the typing pauses. */
function spoken(typing: Typing | undefined): string {
  if (typing === undefined) return "";
  const { findings, completions } = typing;
  const found = findings
    .slice(0, 3)
    .map(({ severity, octet, message }) => `${SEVERITIES[severity]}, octet ${octet}: ${message}`);
  const offered = completions.length === 0 ? "" : `${completions.length} can be chosen.`;
  return [...found, offered].join(" ").trim();
}

customElements.define("ep-hand", Hand);
