/** Writes a message from a form. */
import type { Draft } from "edgepost";
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { shared } from "../../parts/styles.js";
import { octets } from "./parts.js";

const FIELDS = [
  ["from", "From", "Ann Smith <ann@client.example>"],
  ["to", "To", "bob@mx.example, carol@mx.example"],
  ["cc", "Cc", ""],
  ["subject", "Subject", ""],
] as const;
const LARGEST = 50 << 20;

class Compose extends LitElement {
  static override readonly styles = [
    shared,
    css`
      dialog {
        width: min(640px, calc(100vw - 24px));
        max-height: calc(100dvh - 24px);
      }
      form {
        display: grid;
        gap: 8px;
        margin-top: 10px;
      }
      .problem {
        margin: 0;
        color: var(--bad);
      }
      ul {
        margin: 0;
        padding-left: 18px;
      }
    `,
  ];

  static override readonly properties = {
    problem: { state: true },
    field: { state: true },
    files: { state: true },
    make: { attribute: false },
  };

  declare problem: string;
  /** The field that the problem is with. */
  declare field: string;
  declare files: readonly File[];
  /** Composes, or says what cannot be written. */
  declare make: (draft: Draft) => Promise<void>;

  constructor() {
    super();
    this.problem = "";
    this.field = "";
    this.files = [];
  }

  open(): void {
    this.problem = "";
    this.renderRoot.querySelector("dialog")?.showModal();
  }

  protected override render(): TemplateResult {
    const wrong = (name: string): string | typeof nothing => (this.field.startsWith(name) ? "true" : nothing);
    return html`<dialog aria-labelledby="compose-title">
      <h2 id="compose-title">Compose a message</h2>
      <form @submit=${this.#submit} novalidate>
        ${FIELDS.map(
          ([name, title, hint]) =>
            html`<label
              >${title}
              <input
                name=${name}
                placeholder=${hint}
                autocomplete="off"
                aria-invalid=${wrong(name)}
                aria-describedby="problem"
              />
            </label>`,
        )}
        <label
          >Text
          <textarea name="text" rows="5"></textarea>
        </label>
        <label
          >HTML, of the same
          <textarea name="html" rows="3" class="mono" spellcheck="false"></textarea>
        </label>
        <label
          >Attachments
          <input type="file" name="files" multiple @change=${this.#chosen} />
        </label>
        ${
          this.files.length > 0
            ? html`<ul class="small">
                ${this.files.map(({ name, size }) => html`<li>${name}: ${octets(size)}</li>`)}
              </ul>`
            : nothing
        }
        <p class="problem" id="problem" role="alert">${this.problem}</p>
        <div class="row">
          <button class="main">Compose</button>
          <button type="button" @click=${() => this.#close()}>Cancel</button>
          <span class="soft small">Nothing is sent: the message is shown as it would go.</span>
        </div>
      </form>
    </dialog>`;
  }

  readonly #chosen = (event: Event): void => {
    this.files = [...((event.target as HTMLInputElement).files ?? [])];
  };

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const value = (name: string): string => (data.get(name) as string | null) ?? "";
    const list = (name: string): string[] => addresses(value(name));
    const [to, cc, subject, text, markup] = [
      list("to"),
      list("cc"),
      value("subject"),
      value("text"),
      value("html"),
    ];
    if (this.files.reduce((sum, { size }) => sum + size, 0) > LARGEST) {
      [this.problem, this.field] = [`The attachments are more than ${octets(LARGEST)}.`, "files"];
      return;
    }
    try {
      await this.make({
        from: value("from").trim(),
        ...(to.length > 0 && { to }),
        ...(cc.length > 0 && { cc }),
        ...(subject !== "" && { subject }),
        ...((text !== "" || markup === "") && { text }),
        ...(markup !== "" && { html: markup }),
        ...(this.files.length > 0 && {
          attachments: this.files.map((file) => ({ filename: file.name, content: file })),
        }),
      });
      this.#close();
    } catch (error) {
      const { message, field = "" } = error as { message: string; field?: string };
      [this.problem, this.field] = [`${message[0]?.toUpperCase() ?? ""}${message.slice(1)}.`, field];
      this.renderRoot.querySelector<HTMLElement>("[aria-invalid]")?.focus();
    }
  };

  #close(): void {
    this.renderRoot.querySelector("dialog")?.close();
  }
}

/** Cut at commas that are neither in quotes nor in angle brackets. */
function addresses(text: string): string[] {
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,])+/g) ?? [])
    .map((address) => address.trim())
    .filter((address) => address !== "");
}

customElements.define("ep-compose", Compose);
export type { Compose };
