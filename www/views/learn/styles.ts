/** How a chapter looks, and what stands around it; on paper, the chapter alone. */
import { css } from "lit";

export const layout = css`
  :host {
    display: grid;
    grid-template-columns: minmax(220px, 270px) minmax(0, 1fr) 210px;
    gap: 10px;
    height: 100%;
    padding: 10px 16px 16px;
  }
  .chapters {
    min-height: 0;
    padding: 12px 8px;
    overflow: auto;
  }
  .chapters h2,
  .chapters > p {
    padding: 0 8px;
  }
  .chapters ol {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  button.plain {
    justify-content: start;
    width: 100%;
    border-color: transparent;
    background: none;
    text-align: left;
  }
  .chapters button {
    position: relative;
    gap: 8px;
  }
  .chapters button[aria-current="page"] {
    background: var(--client-wash);
    color: var(--client);
    font-weight: 600;
  }
  .no {
    min-width: 18px;
    color: var(--soft);
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  .name {
    flex: 1;
  }
  .count {
    color: var(--soft);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
    font-weight: 400;
  }
  .count.done {
    color: var(--good);
    font-weight: 700;
  }
  .pick {
    position: relative;
    display: none;
  }
  article {
    min-width: 0;
    min-height: 0;
    overflow: auto;
    outline: none;
  }
  .page {
    max-width: 860px;
    margin: 0 auto;
    padding: 20px 28px 28px;
    font-size: 15px;
    line-height: 1.6;
  }
  .number {
    margin: 0 0 4px;
  }
  #chapter {
    width: fit-content;
    font-size: 24px;
    outline-offset: 4px;
  }
  .about {
    margin: 4px 0 16px;
    color: var(--soft);
    font-size: 16px;
  }
  .text h3 {
    margin: 24px 0 8px;
    font-size: 17px;
  }
  .text p,
  .text li {
    max-width: 72ch;
  }
  .text p {
    margin: 0 0 10px;
  }
  .text ul,
  .text ol {
    margin: 0 0 10px;
    padding-left: 22px;
  }
  .text table {
    width: auto;
    margin: 12px 0 16px;
    font-size: 14px;
    line-height: 1.45;
  }
  .text td {
    overflow-wrap: anywhere;
  }
  .text th,
  .text td:first-child {
    overflow-wrap: normal;
  }
  .text code {
    padding: 1px 4px;
    border-radius: 4px;
    background: var(--raised);
    font-size: 13px;
  }
  a.rfc {
    white-space: nowrap;
  }
  .refs {
    color: var(--soft);
    font-size: 13px;
  }
  .refs::before {
    content: "(";
  }
  .refs::after {
    content: ")";
  }
  td .refs::before,
  td .refs::after {
    content: none;
  }
  [slot] {
    margin: 0 !important;
  }
  [slot="task"] {
    margin-bottom: 8px !important;
  }
  .text [data-studio] {
    display: inline;
    min-height: 0;
    padding: 2px 0;
    border: 0;
    background: none;
    color: var(--client);
    font-weight: 600;
    text-align: left;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .text [data-studio]::before {
    content: "▸ ";
  }
  .text [data-studio]:hover {
    background: var(--client-wash);
  }
  .code,
  .talk {
    margin: 12px 0 16px;
    padding: 10px 14px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--page);
  }
  .talk p {
    max-width: none;
    margin: 0;
    padding-left: 24px;
    font-family: var(--mono);
    font-size: 13px;
    text-indent: -24px;
    overflow-wrap: anywhere;
  }
  .talk code {
    padding: 0;
    background: none;
    white-space: pre-wrap;
  }
  .talk .client {
    color: var(--client);
  }
  .talk .server {
    color: var(--server);
  }
  .talk .note {
    padding-left: 0;
    color: var(--soft);
    font-family: var(--sans);
    text-indent: 0;
  }
  figure {
    margin: 14px 0 18px;
  }
  .flow {
    display: flex;
    align-items: center;
    justify-content: start;
  }
  .text .flow p {
    margin: 0;
    font-size: 13px;
    line-height: 1.4;
  }
  .flow .box {
    flex: 1 1 110px;
    align-self: stretch;
    padding: 8px 10px;
    border: 1.5px solid var(--field-line);
    border-radius: var(--radius);
    background: var(--page);
  }
  .flow .box b {
    display: block;
  }
  .flow .box.client {
    border-color: var(--client);
    background: var(--client-wash);
  }
  .flow .box.client b {
    color: var(--client);
  }
  .flow .box.server {
    border-color: var(--server);
    background: var(--server-wash);
  }
  .flow .box.server b {
    color: var(--server);
  }
  .flow .arrow {
    flex: 0 1 90px;
    min-width: 46px;
    padding: 0 4px;
    color: var(--soft);
    text-align: center;
    font-size: 12px !important;
  }
  .flow .head {
    display: block;
    height: 8px;
    margin: 0 0 4px;
    background:
      linear-gradient(var(--soft), var(--soft)) left center / calc(100% - 6px) 1.5px no-repeat,
      conic-gradient(from -135deg at right center, var(--soft) 90deg, transparent 0) right center / 8px 8px
        no-repeat;
    transform: none;
  }
  .tree {
    font-size: 13px;
  }
  .tree ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .tree li {
    max-width: none;
    margin: 6px 0 0;
    padding: 6px 10px 8px;
    border: 1.5px solid var(--link);
    border-radius: var(--radius);
    background: var(--paper);
  }
  .tree > ul > li {
    background: var(--link-wash);
  }
  .tree li span {
    color: var(--soft);
  }
  .turn {
    display: flex;
    gap: 12px;
    justify-content: space-between;
    margin-top: 28px;
    padding-top: 14px;
    border-top: 1px solid var(--line);
  }
  .outline {
    min-height: 0;
    padding: 12px 4px;
    overflow: auto;
  }
  .outline h3 {
    margin: 0 0 4px;
    color: var(--soft);
    font-size: 13px;
  }
  .outline ul {
    margin: 0 0 16px;
    padding: 0;
    list-style: none;
  }
  .outline button.plain {
    padding: 3px 6px;
    font-size: 13px;
  }
  .documents {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 10px;
  }
  .documents a {
    display: inline-block;
    min-height: 24px;
    padding: 2px 6px;
    font-size: 13px;
  }
  @media (max-width: 1150px) {
    :host {
      grid-template-columns: minmax(200px, 250px) minmax(0, 1fr);
    }
    .outline {
      display: none;
    }
  }
  @media (max-width: 760px) {
    :host {
      display: block;
      height: auto;
      padding: 8px 10px 16px;
    }
    .text td a.rfc {
      white-space: normal;
    }
    .text td,
    .text th {
      padding: 4px 6px;
    }
    .text td:first-child {
      max-width: 112px;
      overflow-wrap: anywhere;
    }
    .text td code {
      padding: 1px 2px;
      font-size: 12px;
    }
    .chapters {
      display: none;
    }
    .pick {
      display: block;
      margin-bottom: 8px;
    }
    article {
      overflow: visible;
    }
    .page {
      padding: 14px 14px 18px;
    }
    .flow {
      flex-direction: column;
      align-items: stretch;
    }
    .flow .box {
      flex: none;
    }
    .flow .arrow {
      flex: none;
      padding: 4px 0;
    }
    .flow .arrow::before {
      content: "↓ ";
    }
    .flow .head {
      display: none;
    }
    .turn {
      flex-wrap: wrap;
    }
  }
  @media print {
    :host {
      display: block;
      height: auto;
      padding: 0;
    }
    .chapters,
    .pick,
    .outline,
    .turn {
      display: none;
    }
    .text [data-studio] {
      padding: 0;
      color: inherit;
      font-weight: 400;
      text-decoration: none;
    }
    .text [data-studio]::before {
      content: none;
    }
    article {
      overflow: visible;
      border: 0;
    }
    .page {
      max-width: none;
      padding: 0;
      font-size: 11pt;
    }
    .talk,
    .code,
    figure,
    table,
    ep-exercise {
      break-inside: avoid;
    }
    h3 {
      break-after: avoid;
    }
  }
`;
