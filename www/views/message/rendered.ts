/** The HTML of a message as a reader sees it: in a frame in which nothing runs, and that fetches nothing. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { visible } from "../../model/controls.js";
import type { Image, Shown } from "../../model/digest.js";
import { count } from "../../model/source.js";
import { shared } from "../../parts/styles.js";
import { harmless } from "./harmless.js";
import type { Harmless } from "./harmless.js";

const LISTED = 50;

class Rendered extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 8px;
        height: 100%;
        min-height: 0;
      }
      iframe {
        flex: 1 1 auto;
        width: 100%;
        min-height: 240px;
        border: 1px solid var(--field-line);
        border-radius: 6px;
        background: #fff;
      }
      p {
        margin: 0;
      }
      details {
        flex: none;
        max-height: 40%;
        overflow: auto;
      }
      li {
        overflow-wrap: anywhere;
      }
    `,
  ];

  static override readonly properties = {
    shown: { attribute: false },
    images: { attribute: false },
    made: { state: true },
  };

  declare shown: Shown | undefined;
  declare images: () => Promise<readonly Image[]>;
  declare made: Omit<Harmless, "content" | "sheet"> | undefined;
  #addresses: string[] = [];
  #turn = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("shown")) void this.#fill();
  }

  protected override render(): TemplateResult {
    if (this.shown === undefined)
      return html`<p class="soft">The message has no HTML to show. See the text, or the files.</p>`;
    const { made } = this;
    return html`
      <p class="small" role="status">${made === undefined ? "" : saidOf(made)}</p>
      ${
        this.shown.cut > 0
          ? html`<p class="small">
              ▲ Only the beginning is shown: ${count(this.shown.cut)} characters are left out.
            </p>`
          : nothing
      }
      <iframe
        src="./frame.html"
        sandbox="allow-same-origin"
        referrerpolicy="no-referrer"
        title="The message's HTML. Nothing runs in it, nothing is fetched, and links lead nowhere."
        @load=${() => void this.#fill()}
      ></iframe>
      ${
        made !== undefined && made.remote.length > 0
          ? html`<details>
              <summary>Addresses that were not asked (${count(made.remote.length)})</summary>
              <ul class="mono">
                ${made.remote.slice(0, LISTED).map(({ address }) => html`<li>${visible(address.slice(0, 500))}</li>`)}
              </ul>
            </details>`
          : nothing
      }
      ${
        made !== undefined && made.links.length > 0
          ? html`<details>
              <summary>Where links would lead (${count(made.links.length)})</summary>
              <ul>
                ${made.links.slice(0, LISTED).map(
                  ({ words, address }) =>
                    html`<li>
                      ${visible(words) || "(no words)"}:
                      <span class="mono">${visible(address.slice(0, 500))}</span>
                    </li>`,
                )}
              </ul>
            </details>`
          : nothing
      }
    `;
  }

  async #fill(): Promise<void> {
    const { shown } = this;
    const turn = ++this.#turn;
    if (shown === undefined) return;
    const images = await this.images().catch(() => []);
    const document = this.renderRoot.querySelector("iframe")?.contentDocument;
    // Until the frame's own page is there, another one is in it, under another policy.
    if (
      turn !== this.#turn ||
      document?.location.pathname.endsWith("/frame.html") !== true ||
      document.readyState !== "complete"
    )
      return;
    this.#forget();
    const made = harmless(
      shown.text,
      document,
      new Map(images.map((image) => [image.cid, this.#address(image)])),
    );
    document.adoptedStyleSheets = [made.sheet];
    document.body.replaceChildren(made.content);
    this.made = made;
  }

  /** A SVG as a page of its own could run scripts: it has an address that no page is opened from. */
  #address({ type, content }: Image): string {
    if (type === "image/svg+xml")
      return `data:image/svg+xml,${encodeURIComponent(new TextDecoder().decode(content))}`;
    const address = URL.createObjectURL(new Blob([content], { type }));
    this.#addresses.push(address);
    return address;
  }

  #forget(): void {
    for (const address of this.#addresses) URL.revokeObjectURL(address);
    this.#addresses = [];
  }
}

function saidOf({ remote, removed, cut }: Omit<Harmless, "content" | "sheet">): string {
  const images = remote.filter(({ image }) => image).length;
  const others = remote.length - images;
  const named = [
    images > 0 ? `${count(images)} remote image${images === 1 ? "" : "s"}` : "",
    others > 0 ? `${count(others)} other thing${others === 1 ? "" : "s"} from elsewhere` : "",
  ].filter((part) => part !== "");
  const loaded =
    named.length === 0
      ? "It asks for nothing from elsewhere."
      : `${named.join(" and ")} ${remote.length === 1 ? "was" : "were"} not loaded.`;
  const names = [...removed].map(([what, times]) => (times === 1 ? what : `${what} ×${count(times)}`));
  const taken = names.length === 0 ? "" : ` Taken out: ${names.join(", ")}.`;
  return `${loaded}${taken}${cut ? " It is too much: only the beginning is shown." : ""}`;
}

customElements.define("ep-rendered", Rendered);
