/** One exercise: what is asked, where it is answered, and what the engine says to the answer. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { judge, LONGEST, planOf, startOf } from "../../model/exercises/exercise.js";
import type {
  Answer,
  Choice,
  Chosen,
  Exercise,
  Field,
  Place,
  Verdict,
  Written,
} from "../../model/exercises/exercise.js";
import { exerciseOf } from "../../model/exercises/index.js";
import { openInStudio } from "../../model/open.js";
import type { Line, SessionRecord } from "../../model/recording.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import { progress, slice } from "./slice.js";

/** Of a session, so many lines are shown. */
const SHOWN = 60;
/** And so many octets of what is content. */
const LONGEST_CONTENT = 1_500;

class ExerciseElement extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        margin: 20px 0;
        break-inside: avoid;
      }
      section.panel {
        position: relative;
        padding: 12px 16px 14px;
        border-left: 4px solid var(--client);
      }
      section.panel.solved {
        border-left-color: var(--good);
      }
      header {
        display: flex;
        gap: 8px;
        align-items: baseline;
        margin-bottom: 4px;
      }
      form {
        display: grid;
        gap: 8px;
      }
      input,
      textarea {
        font-family: var(--mono) !important;
        font-size: 13px;
      }
      textarea {
        display: block;
        field-sizing: content;
        max-height: 60vh;
        white-space: pre;
        overflow-x: auto;
      }
      fieldset {
        display: grid;
        gap: 4px 12px;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        padding: 0;
      }
      .field {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        align-items: center;
      }
      .field label[for] {
        min-width: min(290px, 100%);
      }
      .field select {
        width: auto;
        min-width: 180px;
      }
      .field.wrong {
        box-shadow: -8px 0 0 var(--bad-wash);
        background: var(--bad-wash);
      }
      .given {
        margin: 0 0 8px;
        padding: 8px 10px;
        border-radius: 6px;
        background: var(--raised);
      }
      .more {
        margin: 8px 0 0;
        padding: 8px 12px;
        border-radius: 6px;
        background: var(--raised);
      }
      .more p {
        margin: 0;
      }
      .verdict.wrong,
      .verdict.right {
        margin-top: 10px;
        padding: 8px 12px;
        border-radius: 6px;
        background: var(--bad-wash);
        overflow-wrap: anywhere;
      }
      .verdict.right {
        background: var(--good-wash);
      }
      .verdict p {
        margin: 0;
      }
      .verdict b {
        color: var(--bad);
      }
      .verdict.right b {
        color: var(--good);
      }
      .place {
        margin-top: 6px;
      }
      mark {
        border-bottom: 2px solid var(--bad);
        background: none;
        color: inherit;
        font-weight: 700;
      }
      details {
        margin-top: 8px;
      }
      summary {
        min-height: 24px;
        color: var(--soft);
        cursor: pointer;
      }
      ol {
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
        font-family: var(--mono);
        font-size: 12.5px;
        overflow-wrap: anywhere;
      }
      li {
        white-space: pre-wrap;
      }
      .client {
        color: var(--client);
      }
      .server {
        color: var(--server);
      }
      .link {
        color: var(--link);
      }
      @media print {
        .row,
        .more,
        .verdict,
        .field .tag,
        details {
          display: none !important;
        }
        .field.wrong {
          box-shadow: none;
          background: none;
        }
      }
    `,
  ];

  static override readonly properties = {
    name: {},
    label: {},
    number: {},
    verdict: { state: true },
    busy: { state: true },
    hinted: { state: true },
    shown: { state: true },
  };

  declare name: string;
  /** What its field is for. */
  declare label: string;
  /** Which one it is in its chapter. */
  declare number: string;
  declare verdict: Verdict | undefined;
  declare busy: boolean;
  declare hinted: boolean;
  declare shown: boolean;

  constructor() {
    super();
    this.busy = this.hinted = this.shown = false;
    new Watch(this);
  }

  /** Puts the cursor where one answers. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("input, textarea, select")?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const exercise = exerciseOf(this.name);
    if (exercise === undefined) return nothing;
    const solved = store.get(progress).solved.includes(exercise.id);
    return html`<section class="panel ${solved ? "solved" : ""}" aria-labelledby="title">
      <header>
        <h3 id="title">Exercise ${this.number}</h3>
        ${solved ? html`<span class="tag good">✓ solved</span>` : nothing}
      </header>
      <div id="task"><slot name="task"></slot></div>
      ${exercise.given === undefined ? nothing : html`<pre class="given">${exercise.given}</pre>`}
      <form @submit=${this.#submit}>
        ${exercise.form === "choice" ? this.#choices(exercise) : this.#text(exercise)}
        <div class="row">
          <button class="main" ?disabled=${this.busy}>Check</button>
          <button type="button" aria-expanded=${this.hinted} @click=${() => (this.hinted = !this.hinted)}>
            Hint
          </button>
          <button type="button" aria-expanded=${this.shown} @click=${() => (this.shown = !this.shown)}>
            Show an answer
          </button>
          <button type="button" class="quiet" @click=${() => this.#again(exercise)}>Begin again</button>
          ${
            exercise.plan === undefined
              ? nothing
              : html`<button type="button" class="quiet" @click=${() => this.#studio(exercise)}>
                  See it in the studio
                </button>`
          }
        </div>
      </form>
      <div class="more" ?hidden=${!this.hinted}><slot name="hint"></slot></div>
      ${this.shown ? this.#shown(exercise) : nothing}
      <div
        class="verdict ${this.verdict === undefined ? "" : this.verdict.right ? "right" : "wrong"}"
        role="status"
      >
        ${this.#verdict(exercise)}
      </div>
      ${this.verdict?.record === undefined ? nothing : sessionOf(this.verdict.record)}
    </section>`;
  }

  #text({ form, id }: Written): TemplateResult {
    const text = String(this.#answer(exerciseOf(id)!));
    const take = (event: Event): void => this.#take((event.target as HTMLInputElement).value);
    return html`<label for="answer">${this.label}</label> ${
        form === "line"
          ? html`<input
              id="answer"
              aria-describedby="task"
              spellcheck="false"
              autocapitalize="off"
              autocomplete="off"
              maxlength=${LONGEST}
              .value=${text}
              @input=${take}
            />`
          : html`<textarea
              id="answer"
              aria-describedby="task"
              rows=${Math.min(24, Math.max(3, text.split("\n").length + 1))}
              spellcheck="false"
              autocapitalize="off"
              autocomplete="off"
              maxlength=${LONGEST}
              .value=${text}
              @input=${take}
              @keydown=${this.#key}
            ></textarea>`
      }`;
  }

  #choices(exercise: Chosen): TemplateResult {
    const choice = this.#answer(exercise) as Choice;
    return html`<fieldset>
      <legend class="visually-hidden">Your choice</legend>
      ${exercise.fields.map((field) => this.#choice(field, choice))}
    </fieldset>`;
  }

  #choice({ name, label, code, options }: Field, choice: Choice): TemplateResult {
    const set = (value: string | boolean): void => this.#take({ ...choice, [name]: value });
    const words = code ? html`<code>${label}</code>` : label;
    const wrong = this.verdict?.wrong?.includes(name);
    const sign = wrong ? html`<span class="tag bad">look again</span>` : nothing;
    if (options === undefined)
      return html`<div class="field ${wrong ? "wrong" : ""}">
        <label class="choice"
          ><input
            type="checkbox"
            .checked=${choice[name] === true}
            @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}
          />${words}</label
        >${sign}
      </div>`;
    return html`<div class="field ${wrong ? "wrong" : ""}">
      <label for=${name}>${words}</label>
      <select id=${name} @change=${(event: Event) => set((event.target as HTMLSelectElement).value)}>
        ${options.map((option) => html`<option ?selected=${option === choice[name]}>${option}</option>`)}
      </select>
      ${sign}
    </div>`;
  }

  #shown(exercise: Exercise): TemplateResult {
    return html`<div class="more">
      <p class="soft small">This is right; others may be, too.</p>
      ${
        exercise.form === "choice"
          ? html`<ul>
              ${exercise.fields
                .filter(({ name }) => exercise.answer[name])
                .map(
                  ({ name, label, options }) =>
                    html`<li>
                      <code>${label}</code>${options ? html`: ${exercise.answer[name]}` : nothing}
                    </li>`,
                )}
            </ul>`
          : html`<pre>${exercise.answer.trimEnd()}</pre>`
      }
      <div class="row">
        <button type="button" @click=${() => this.#take(exercise.answer)}>Put it into the field</button>
      </div>
    </div>`;
  }

  #verdict(exercise: Exercise): TemplateResult | typeof nothing {
    if (this.verdict === undefined) return nothing;
    const { right, words, at } = this.verdict;
    return html`<p><b>${right ? "✓ Right." : "✗ Not yet."}</b> ${words}</p>
      ${at === undefined ? nothing : placed(String(this.#answer(exercise)), at, () => this.#goTo(at))}`;
  }

  /** What is in the field. */
  #answer(exercise: Exercise): Answer {
    const { id } = exercise;
    return store.get(slice).answers[id] ?? store.get(progress).answers[id] ?? startOf(exercise);
  }

  #take(answer: Answer): void {
    this.verdict = undefined;
    const { chapter, answers } = store.get(slice);
    store.set(slice, { chapter, answers: { ...answers, [this.name]: answer } });
    const done = store.get(progress);
    store.set(progress, { ...done, answers: { ...done.answers, [this.name]: answer } });
  }

  #again(exercise: Exercise): void {
    this.#take(startOf(exercise));
    this.hinted = this.shown = false;
    this.focus();
  }

  #studio(exercise: Exercise): void {
    const plan = planOf(exercise, this.#answer(exercise));
    if (plan !== undefined) void openInStudio(plan);
  }

  #goTo({ start, end }: Place): void {
    const field = this.renderRoot.querySelector<HTMLInputElement | HTMLTextAreaElement>("#answer");
    field?.focus();
    field?.setSelectionRange(start, Math.max(end, start + 1));
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.renderRoot.querySelector("form")!.requestSubmit();
  };

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const exercise = exerciseOf(this.name)!;
    const answer = this.#answer(exercise);
    this.busy = true;
    try {
      const verdict = await judge(exercise, answer);
      // Somebody may have typed on meanwhile.
      if (this.#answer(exercise) !== answer && exercise.form !== "choice") return;
      this.verdict = verdict;
    } finally {
      this.busy = false;
    }
    const done = store.get(progress);
    if (this.verdict.right && !done.solved.includes(exercise.id))
      store.set(progress, { ...done, solved: [...done.solved, exercise.id] });
  };
}

/** The line at fault, with what is wrong in it. */
function placed(text: string, { start, end }: Place, go: () => void): TemplateResult {
  const begin = text.lastIndexOf("\n", start - 1) + 1;
  const stop = (text.indexOf("\n", start) + 1 || text.length + 1) - 1;
  const found = text.slice(start, Math.min(end, stop));
  const number = text.slice(0, begin).split("\n").length;
  return html`<div class="row place">
    ${text.includes("\n") ? html`<span class="soft small">Line ${number}</span>` : nothing}
    <code
      >${text.slice(begin, start)}<mark>${found === "" ? "⏎" : found}</mark>${text.slice(Math.min(end, stop), stop)}</code
    >
    <button type="button" class="quiet" @click=${go}>Go there</button>
  </div>`;
}

/** What was said. */
function sessionOf(record: SessionRecord): TemplateResult {
  const more = record.lines.length - SHOWN;
  return html`<details open>
    <summary>The session</summary>
    <ol>
      ${record.lines.slice(0, SHOWN).map((line) => html`<li class=${line.from}>${words(record, line)}</li>`)}
      ${more > 0 ? html`<li class="soft">… and ${more} more</li>` : nothing}
    </ol>
  </details>`;
}

const SIDES: Readonly<Record<Line["from"], string>> = { client: "C:", server: "S:", link: "--" };

/** A line with its side; of content, what went over the wire. */
function words({ octets }: SessionRecord, { kind, from, start, end, text, secure }: Line): string {
  const side = SIDES[from];
  if (from === "link") return `${side} ${text}`;
  const sent = octets[from].subarray(start, Math.min(end, start + LONGEST_CONTENT));
  const lines = kind === "content" ? new TextDecoder().decode(sent).replace(/\r\n$/, "") : text;
  const under = secure ? "  (TLS)" : "";
  return `${side} ${lines.replaceAll(/\r?\n/g, `\n${side} `)}${under}`;
}

customElements.define("ep-exercise", ExerciseElement);

declare global {
  interface HTMLElementTagNameMap {
    "ep-exercise": ExerciseElement;
  }
}
