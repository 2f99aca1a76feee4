/** Links to where it is written. */
import { html } from "lit";
import type { TemplateResult } from "lit";

/** `"5321#4.1.1"`: the number of the RFC, and the section; a letter is an appendix. */
export function rfc(reference: string): TemplateResult {
  const [number, section] = reference.split("#");
  const appendix = section !== undefined && /^[A-Z]/.test(section);
  const anchor = section === undefined ? "" : `#${appendix ? "appendix" : "section"}-${section}`;
  const words = section === undefined ? "" : appendix ? ` appendix ${section}` : ` §${section}`;
  return html`<a href="https://www.rfc-editor.org/rfc/rfc${number}${anchor}" rel="noreferrer" target="_blank"
    >RFC ${number}${words}</a
  >`;
}
