/** The frame of the page: the views to choose from, the one that is open, and what concerns all of them. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { html as staticHtml, unsafeStatic } from "lit/static-html.js";
import { Keys, keysNow } from "./keys.js";
import { shared } from "./parts/styles.js";
import { store, Watch } from "./store.js";
import { VIEWS } from "./views.js";
import type { View } from "./views.js";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const THEME = "edgepost:theme";

class App extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        grid-template-columns: minmax(0, 1fr);
        height: 100%;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        align-items: center;
        padding: 6px 16px;
        border-bottom: 1px solid var(--line);
        background: var(--paper);
      }
      .brand {
        display: flex;
        gap: 8px;
        align-items: center;
        font-size: 16px;
        font-weight: 700;
      }
      nav {
        display: flex;
        flex: 1;
        gap: 2px;
        min-width: 0;
        overflow-x: auto;
        scrollbar-width: none;
      }
      nav a {
        padding: 5px 10px;
        border-radius: 6px;
        color: var(--soft);
        text-decoration: none;
        white-space: nowrap;
      }
      nav a:hover {
        background: var(--raised);
        color: var(--ink);
      }
      nav a[aria-current="page"] {
        background: var(--client-wash);
        color: var(--client);
        font-weight: 600;
      }
      main {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        grid-template-columns: minmax(0, 1fr);
        min-width: 0;
        overflow: auto;
        outline: none;
      }
      main > :last-child {
        grid-row: 2;
        min-width: 0;
      }
      .notice {
        margin: 12px 16px 0;
        padding: 8px 12px;
        border-radius: var(--radius);
        background: var(--warn-wash);
        color: var(--warn);
      }
      dialog {
        max-width: min(560px, calc(100vw - 32px));
      }
      dialog h3,
      dialog form {
        margin-top: 12px;
      }
      .loading {
        padding: 24px;
      }
      @media print {
        :host {
          display: block;
          height: auto;
        }
        header,
        .notice {
          display: none;
        }
        main {
          display: block;
          overflow: visible;
        }
      }
      @media (max-width: 700px) {
        header {
          padding: 6px 10px;
        }
        nav {
          order: 3;
          flex-basis: 100%;
        }
        .tools {
          margin-left: auto;
        }
      }
    `,
  ];

  static override readonly properties = { notice: { state: true }, ready: { state: true } };

  declare notice: string;
  /** The view whose element is there. */
  declare ready: View | undefined;
  #theme: Theme = remembered();

  constructor() {
    super();
    this.notice = "";
    new Watch(this);
    new Keys(this, "Everywhere", [
      ...VIEWS.map(({ key, title, id }) => ({
        key,
        does: `open ${title}`,
        run: () => void (location.hash = id),
      })),
      { key: "?", does: "show the keys", run: () => this.#showKeys() },
      { key: "t", does: "change between light and dark", run: () => this.#changeTheme() },
      { key: "l", does: "copy a link to what is shown", run: () => void this.#share() },
    ]);
    // By the event: what was set before may have come into the address meanwhile.
    addEventListener("hashchange", ({ newURL }) => void this.#follow(new URL(newURL).hash));
    addEventListener("pagehide", () => store.leave());
    this.#paint();
    void this.#follow(location.hash);
  }

  protected override render(): TemplateResult {
    return html`
      <header>
        <h1 class="brand"><img src="./icon.svg" alt="" width="24" height="24" />Edgepost</h1>
        <nav aria-label="Views">
          ${VIEWS.map(
            ({ id, title, about, key }) =>
              html`<a
                href="#${id}"
                title="${about} (${key})"
                aria-current=${store.view === id ? "page" : nothing}
                aria-keyshortcuts=${key}
                >${title}</a
              >`,
          )}
        </nav>
        <div class="row tools">
          <button class="quiet" title="Copy a link to what is shown (l)" @click=${() => void this.#share()}>
            Link
          </button>
          <button class="quiet" title="Light or dark (t)" @click=${() => this.#changeTheme()}>
            ${{ auto: "Theme: auto", light: "Theme: light", dark: "Theme: dark" }[this.#theme]}
          </button>
          <button class="quiet" title="Keys (?)" @click=${() => this.#showKeys()}>Keys</button>
        </div>
      </header>
      <main tabindex="-1">
        <p class="notice" role="status" ?hidden=${this.notice === ""}>${this.notice}</p>
        ${
          this.ready === undefined
            ? html`<p class="soft loading">Loading…</p>`
            : staticHtml`<${unsafeStatic(this.ready.tag)}></${unsafeStatic(this.ready.tag)}>`
        }
      </main>
      <dialog aria-labelledby="keys-title">
        <h2 id="keys-title">Keys</h2>
        ${keysNow().map(
          ({ title, keys }) => html`
            <h3>${title}</h3>
            <table>
              ${keys.map(
                ({ key, does }) =>
                  html`<tr>
                    <th scope="row"><kbd>${key === " " ? "Space" : key}</kbd></th>
                    <td>${does}</td>
                  </tr>`,
              )}
            </table>
          `,
        )}
        <form method="dialog" class="row"><button>Close</button></form>
      </dialog>
    `;
  }

  /** Opens what the address says. */
  async #follow(hash: string): Promise<void> {
    const [id = "", packed] = hash.slice(1).split("=");
    const view = VIEWS.find((view) => view.id === id) ?? VIEWS[0]!;
    const { slice } = await view.load();
    this.notice = "";
    if (packed !== undefined && !(await store.follow(slice, packed)))
      this.notice = "The link cannot be read: it is cut off, or of another version. This is your own draft.";
    const another = this.ready !== undefined && this.ready !== view;
    store.open(view.id);
    this.ready = view;
    document.title = `${view.title} · Edgepost playground`;
    await this.updateComplete;
    // Who goes on by keyboard goes on in what was opened.
    if (another) this.renderRoot.querySelector("main")?.focus({ preventScroll: true });
    // On a phone, not all views have room at once.
    const current = this.renderRoot.querySelector('nav [aria-current="page"]');
    current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  async #share(): Promise<void> {
    const link = await store.link();
    if (link === undefined) {
      this.notice = "This is too much for a link: make the message smaller, or keep it as a file.";
      return;
    }
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.notice = "The link is copied.";
    } catch {
      this.notice = "The link is in the address bar: copy it there.";
    }
  }

  #changeTheme(): void {
    this.#theme = THEMES[(THEMES.indexOf(this.#theme) + 1) % THEMES.length]!;
    try {
      localStorage.setItem(THEME, this.#theme);
    } catch {
      // Not allowed: then it is for this time.
    }
    this.#paint();
    this.requestUpdate();
  }

  #paint(): void {
    if (this.#theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = this.#theme;
  }

  #showKeys(): void {
    this.requestUpdate();
    this.renderRoot.querySelector("dialog")?.showModal();
  }
}

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(THEME);
    return THEMES.find((theme) => theme === kept) ?? "auto";
  } catch {
    return "auto";
  }
}

customElements.define("ep-app", App);
