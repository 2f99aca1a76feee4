/** The lessons: chapters to read, and in them exercises. */
import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { CHAPTERS } from "virtual:chapters";
import type { Chapter } from "virtual:chapters";
import { Keys } from "../../keys.js";
import { openInStudio } from "../../model/open.js";
import { namedPlan } from "../../model/sessions.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import "./base64.js";
import "./exercise.js";
import { progress, slice } from "./slice.js";
import { layout } from "./styles.js";

export { slice } from "./slice.js";

/** What stands beside a chapter. */
interface Outline {
  readonly sections: readonly { readonly id: string; readonly title: string }[];
  readonly documents: readonly { readonly name: string; readonly address: string }[];
}

class Learn extends LitElement {
  static override readonly styles = [shared, layout];

  static override readonly properties = {
    text: { state: true },
    failed: { state: true },
    outline: { state: true },
  };

  /** The chapter as HTML, of the build and of nobody else. */
  declare text: string;
  declare failed: boolean;
  declare outline: Outline;
  #shown: Chapter | undefined;
  /** A person went there: not the page by itself. */
  #went = false;

  constructor() {
    super();
    this.text = "";
    this.failed = false;
    this.outline = { sections: [], documents: [] };
    new Watch(this);
    new Keys(this, "Lessons", [
      { key: "n", does: "the next chapter", run: () => this.#turn(1) },
      { key: "p", does: "the chapter before", run: () => this.#turn(-1) },
      { key: "e", does: "to the next exercise that is not solved", run: () => this.#exercise() },
      { key: "c", does: "to the list of chapters", run: () => this.#list() },
    ]);
  }

  protected override willUpdate(): void {
    const chapter = this.#chapter;
    if (chapter !== this.#shown) void this.#load(chapter);
  }

  protected override render(): TemplateResult {
    const chapter = this.#chapter;
    const { solved } = store.get(progress);
    const index = CHAPTERS.indexOf(chapter);
    const [before, after] = [CHAPTERS[index - 1], CHAPTERS[index + 1]];
    return html`
      <nav class="chapters panel" aria-label="Chapters">
        <h2>Lessons</h2>
        <p class="soft small">${this.#sum(solved)}</p>
        <ol>
          ${CHAPTERS.map((one) => this.#entry(one, one === chapter, solved))}
        </ol>
      </nav>
      <div class="pick">
        <label for="pick" class="visually-hidden">Chapter</label>
        <select id="pick" @change=${(event: Event) => this.#go((event.target as HTMLSelectElement).value)}>
          ${CHAPTERS.map(
            (one) =>
              html`<option value=${one.id} ?selected=${one === chapter}>
                ${one.number}. ${one.title} ${"✓".repeat(Number(isDone(one, solved)))}
              </option>`,
          )}
        </select>
      </div>
      <article class="panel" tabindex="-1" aria-labelledby="chapter" @click=${this.#click}>
        <div class="page">
          <p class="soft small number">Chapter ${chapter.number} of ${CHAPTERS.length}</p>
          <h2 id="chapter" tabindex="-1">${chapter.title}</h2>
          <p class="about">${chapter.about}</p>
          ${
            this.failed
              ? html`<p role="alert">
                  This chapter could not be loaded.
                  <button @click=${() => void this.#load(chapter)}>Try again</button>
                </p>`
              : this.text === ""
                ? html`<p class="soft">Loading…</p>`
                : html`<div class="text">${unsafeHTML(this.text)}</div>`
          }
          <nav class="turn" aria-label="Before and after">
            ${before === undefined ? html`<span></span>` : this.#arrow(before, "←", "before", "p")}
            ${after === undefined ? nothing : this.#arrow(after, "→", "next", "n")}
          </nav>
        </div>
      </article>
      <aside class="outline" aria-label="About this chapter">
        <h3>In this chapter</h3>
        <ul>
          ${this.outline.sections.map(
            ({ id, title }) =>
              html`<li><button class="plain" @click=${() => this.#scroll(id)}>${title}</button></li>`,
          )}
        </ul>
        <h3>Where it is written</h3>
        <ul class="documents">
          ${this.outline.documents.map(
            ({ name, address }) =>
              html`<li><a href=${address} rel="noreferrer" target="_blank">${name}</a></li>`,
          )}
        </ul>
        <p class="small"><button class="quiet" @click=${() => print()}>Print this chapter</button></p>
      </aside>
    `;
  }

  #entry(chapter: Chapter, current: boolean, solved: readonly string[]): TemplateResult {
    const { id, number, title, exercises } = chapter;
    const count = exercises.filter((id) => solved.includes(id)).length;
    const done = isDone(chapter, solved);
    return html`<li>
      <button class="plain" aria-current=${current ? "page" : nothing} @click=${() => this.#go(id)}>
        <span class="no">${number}</span>
        <span class="name">${title}</span>
        <span class="count ${done ? "done" : ""}"
          ><span aria-hidden="true">${done ? "✓" : `${count}/${exercises.length}`}</span
          ><span class="visually-hidden">${count} of ${exercises.length} exercises solved</span></span
        >
      </button>
    </li>`;
  }

  #arrow({ id, title }: Chapter, sign: string, which: string, key: string): TemplateResult {
    return html`<button class=${which} title="${title} (${key})" @click=${() => this.#go(id)}>
      ${which === "before" ? html`<span aria-hidden="true">${sign}</span>` : nothing} ${title}
      ${which === "next" ? html`<span aria-hidden="true">${sign}</span>` : nothing}
    </button>`;
  }

  #sum(solved: readonly string[]): string {
    const all = CHAPTERS.flatMap(({ exercises }) => exercises);
    const count = all.filter((id) => solved.includes(id)).length;
    if (count === 0) return `${all.length} exercises, which the engine checks.`;
    return `${count} of ${all.length} exercises solved.`;
  }

  get #chapter(): Chapter {
    const { chapter } = store.get(slice);
    return CHAPTERS.find(({ id }) => id === chapter) ?? CHAPTERS[0]!;
  }

  #go(id: string): void {
    const chapter = CHAPTERS.find((one) => one.id === id);
    if (chapter === undefined || chapter === this.#chapter) return;
    const { answers } = store.get(progress);
    const given = chapter.exercises.filter((id) => answers[id] !== undefined);
    this.#went = true;
    store.set(slice, { chapter: id, answers: Object.fromEntries(given.map((id) => [id, answers[id]!])) });
  }

  #turn(by: number): void {
    const chapter = CHAPTERS[CHAPTERS.indexOf(this.#chapter) + by];
    if (chapter !== undefined) this.#go(chapter.id);
  }

  #exercise(): void {
    const { solved } = store.get(progress);
    const open = [...this.renderRoot.querySelectorAll("ep-exercise")];
    const next = open.find(({ name }) => !solved.includes(name)) ?? open[0];
    next?.scrollIntoView({ block: "center" });
    next?.focus();
  }

  #list(): void {
    const places = this.renderRoot.querySelectorAll<HTMLElement>('.chapters [aria-current="page"], #pick');
    [...places].find((place) => place.offsetParent !== null)?.focus();
  }

  async #load(chapter: Chapter): Promise<void> {
    this.#shown = chapter;
    this.text = "";
    this.failed = false;
    try {
      const text = await chapter.load();
      if (this.#shown !== chapter) return;
      this.text = text;
      await this.updateComplete;
      this.outline = outlineOf(this.renderRoot.querySelector(".text")!);
      const page = this.renderRoot.querySelector("article")!;
      page.scrollTop = 0;
      if (!this.#went) return;
      const title = this.renderRoot.querySelector<HTMLElement>("#chapter")!;
      title.focus({ preventScroll: true });
      title.scrollIntoView({ block: "nearest" });
    } catch {
      if (this.#shown === chapter) this.failed = true;
    }
  }

  #scroll(id: string): void {
    this.renderRoot.querySelector(`#${CSS.escape(id)}`)?.scrollIntoView();
  }

  readonly #click = (event: Event): void => {
    const target = event.target instanceof Element ? event.target : undefined;
    const chapter = target?.closest<HTMLElement>("[data-chapter]");
    if (chapter != null) {
      event.preventDefault();
      this.#go(chapter.dataset["chapter"]!);
    }
    const plan = namedPlan(target?.closest<HTMLElement>("[data-studio]")?.dataset["studio"] ?? "");
    if (plan !== undefined) void openInStudio(plan);
  };
}

function isDone({ exercises }: Chapter, solved: readonly string[]): boolean {
  return exercises.every((id) => solved.includes(id));
}

/** The sections of a text, and the documents that it names. */
function outlineOf(text: Element): Outline {
  const sections = [...text.querySelectorAll("h3")].map(({ id, textContent }) => ({
    id,
    title: textContent ?? "",
  }));
  const documents = new Map<string, string>();
  for (const { href } of text.querySelectorAll<HTMLAnchorElement>("a.rfc")) {
    const [address] = href.split("#");
    const name = `RFC ${/\d+$/.exec(address!)?.[0]}`;
    documents.set(name, address!);
  }
  return { sections, documents: [...documents].map(([name, address]) => ({ name, address })) };
}

customElements.define("ep-learn", Learn);
