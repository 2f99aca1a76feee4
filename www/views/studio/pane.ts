/** What both panes of settings have in common: they show a session's plan, and give a changed one back. */
import { css, LitElement } from "lit";
import type { SessionPlan } from "../../model/plan.js";
import { shared } from "../../parts/styles.js";

export class Pane extends LitElement {
  static override readonly styles = [
    shared,
    css`
      fieldset {
        min-width: 0;
        margin: 0 0 12px;
        padding: 0;
        border: 0;
      }
      legend {
        padding: 0;
        margin-bottom: 4px;
        font-weight: 600;
      }
      .field {
        display: block;
        margin-bottom: 6px;
      }
      .choices {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(112px, 1fr));
        gap: 2px 8px;
        margin-bottom: 6px;
      }
      .choices .choice {
        min-width: 0;
        font-size: 12px;
        overflow-wrap: anywhere;
      }
      .choices .long {
        grid-column: span 2;
      }
      .pair {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
      }
      ul {
        margin: 0 0 6px;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        gap: 6px;
        align-items: center;
        justify-content: space-between;
        margin-bottom: 4px;
        padding: 2px 4px 2px 8px;
        border-radius: 6px;
        background: var(--raised);
        font-size: 12.5px;
      }
    `,
  ];

  static override readonly properties = { plan: { attribute: false } };

  declare plan: SessionPlan;

  /** Says what has changed. */
  protected change(but: Partial<SessionPlan>): void {
    this.dispatchEvent(new CustomEvent("change", { detail: { ...this.plan, ...but } }));
  }
}

/** What stands in a field, when it has changed. */
export function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value;
}

export function isChecked(event: Event): boolean {
  return (event.target as HTMLInputElement).checked;
}

/** A whole number from a field, within its limits. */
export function numberOf(event: Event): number {
  const { value, min, max } = event.target as HTMLInputElement;
  const given = Math.round(Number(value)) || 0;
  return Math.min(Math.max(given, Number(min || 0)), Number(max || Number.MAX_SAFE_INTEGER));
}
