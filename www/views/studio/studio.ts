import { html, LitElement } from "lit";
export const slice = { id: "studio", initial: {}, read: (v: unknown) => v };
customElements.define("ep-studio", class extends LitElement { override render() { return html`hello`; } });
