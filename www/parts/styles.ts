/** How things look that more than one view has: buttons, fields, panels, tables. */
import { css } from "lit";

export const shared = css`
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3 {
    margin: 0;
    line-height: 1.25;
  }
  h1 {
    font-size: 20px;
  }
  h2 {
    font-size: 16px;
  }
  h3 {
    font-size: 14px;
  }
  p {
    margin: 0 0 8px;
  }
  a {
    color: var(--link);
  }
  code,
  pre,
  .mono {
    font-family: var(--mono);
    font-size: 12.5px;
  }
  pre {
    margin: 0;
    overflow: auto;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  :focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 1px;
  }
  button,
  .button {
    display: inline-flex;
    gap: 6px;
    align-items: center;
    justify-content: center;
    min-height: 28px;
    padding: 3px 10px;
    border: 1px solid var(--field-line);
    border-radius: 6px;
    background: var(--paper);
    color: inherit;
    font: inherit;
    text-decoration: none;
    cursor: pointer;
  }
  button:hover:not(:disabled),
  .button:hover {
    background: var(--raised);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.main {
    border-color: var(--client);
    background: var(--client);
    color: var(--paper);
    font-weight: 600;
  }
  button.main:hover:not(:disabled) {
    background: color-mix(in srgb, var(--client) 88%, var(--ink));
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
  }
  button[aria-pressed="true"],
  button[aria-selected="true"] {
    border-color: var(--client);
    background: var(--client-wash);
  }
  input:not([type="checkbox"], [type="radio"], [type="range"], [type="file"]),
  textarea,
  select {
    width: 100%;
    min-height: 28px;
    padding: 4px 8px;
    border: 1px solid var(--field-line);
    border-radius: 6px;
    background: var(--field);
    color: inherit;
    font: inherit;
  }
  textarea {
    resize: vertical;
  }
  label {
    color: var(--soft);
    font-size: 13px;
  }
  label.choice {
    display: inline-flex;
    gap: 6px;
    align-items: center;
    min-height: 24px;
    color: var(--ink);
  }
  kbd {
    padding: 0 5px;
    border: 1px solid var(--line);
    border-radius: 4px;
    background: var(--raised);
    font-family: var(--mono);
    font-size: 11.5px;
  }
  .panel {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--paper);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
  }
  .soft {
    color: var(--soft);
  }
  .small {
    font-size: 12.5px;
  }
  .tag {
    display: inline-block;
    padding: 0 7px;
    border-radius: 999px;
    background: var(--raised);
    font-size: 12px;
    line-height: 20px;
  }
  .tag.good {
    background: var(--good-wash);
    color: var(--good);
  }
  .tag.warn {
    background: var(--warn-wash);
    color: var(--warn);
  }
  .tag.bad {
    background: var(--bad-wash);
    color: var(--bad);
  }
  table {
    border-collapse: collapse;
    width: 100%;
  }
  th,
  td {
    padding: 4px 8px;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
  }
  th {
    color: var(--soft);
    font-weight: 600;
  }
  dialog {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--paper);
    color: var(--ink);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 40%);
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (pointer: coarse) {
    button,
    .button,
    select,
    input:not([type="checkbox"], [type="radio"], [type="range"]) {
      min-height: 36px;
    }
  }
`;
