/** The state machine of one side, drawn, with the present state lit. */
import { css, html, LitElement, svg } from "lit";
import type { SVGTemplateResult, TemplateResult } from "lit";
import type { Side } from "../../model/link.js";
import type { Node, State } from "../../model/states.js";
import { shared } from "../../parts/styles.js";

/** Where each state stands: column and row. */
const PLACES: Readonly<Record<Node, readonly [x: number, y: number]>> = {
  greeting: [0, 0],
  EHLO: [1, 0],
  TLS: [2, 0],
  AUTH: [2, 1],
  ready: [1, 1],
  MAIL: [0, 1],
  RCPT: [0, 2],
  content: [1, 2],
  QUIT: [2, 2],
  closed: [2, 3],
};

const WAYS: readonly (readonly [Node, Node])[] = [
  ["greeting", "EHLO"],
  ["EHLO", "TLS"],
  ["EHLO", "ready"],
  ["AUTH", "ready"],
  ["ready", "MAIL"],
  ["MAIL", "RCPT"],
  ["RCPT", "content"],
  ["content", "ready"],
  ["ready", "QUIT"],
  ["QUIT", "closed"],
];

const WORDS: Readonly<Record<Side, Readonly<Record<Node, string>>>> = {
  client: {
    greeting: "waits for the greeting",
    EHLO: "says its name",
    TLS: "wants TLS",
    AUTH: "logs in",
    ready: "has nothing open",
    MAIL: "has named the sender",
    RCPT: "has named recipients",
    content: "brings the message",
    QUIT: "says goodbye",
    closed: "is gone",
  },
  server: {
    greeting: "is about to greet",
    EHLO: "waits for a name",
    TLS: "begins TLS",
    AUTH: "checks who it is",
    ready: "waits for a message",
    MAIL: "has the sender",
    RCPT: "has recipients",
    content: "takes the message",
    QUIT: "says goodbye",
    closed: "is gone",
  },
};

const [WIDTH, HEIGHT, STEP_X, STEP_Y] = [74, 22, 92, 36];

class States extends LitElement {
  static override readonly styles = [
    shared,
    css`
      svg {
        display: block;
        width: 100%;
        max-width: 280px;
        height: auto;
      }
      rect {
        fill: var(--paper);
        stroke: var(--field-line);
      }
      text {
        fill: var(--soft);
        font: 11px var(--sans);
        text-anchor: middle;
      }
      line {
        stroke: var(--field-line);
      }
      path {
        fill: var(--field-line);
      }
      .lit.client rect {
        fill: var(--client);
        stroke: var(--client);
      }
      .lit.server rect {
        fill: var(--server);
        stroke: var(--server);
      }
      .lit text {
        fill: var(--paper);
        font-weight: 700;
      }
      p {
        margin: 4px 0 0;
        font-size: 12.5px;
      }
    `,
  ];

  static override readonly properties = { side: {}, state: { attribute: false } };

  declare side: Side;
  declare state: State;

  protected override render(): TemplateResult {
    const { node, owed } = this.state;
    const words = `The ${this.side} ${WORDS[this.side][node]}`;
    return html`
      <svg
        viewBox="-1 -1 ${2 * STEP_X + WIDTH + 2} ${3 * STEP_Y + HEIGHT + 2}"
        role="img"
        aria-label="${words}."
      >
        <defs>
          <marker
            id="head"
            viewBox="0 0 6 6"
            refX="5"
            refY="3"
            markerWidth="6"
            markerHeight="6"
            orient="auto"
          >
            <path d="M0 0 6 3 0 6z"></path>
          </marker>
        </defs>
        ${WAYS.map(([from, to]) => way(PLACES[from], PLACES[to]))}
        ${Object.entries(PLACES).map(
          ([name, [x, y]]) =>
            svg`<g class=${name === node ? `lit ${this.side}` : ""} transform="translate(${x * STEP_X} ${y * STEP_Y})">
              <rect width=${WIDTH} height=${HEIGHT} rx="6" /><text x=${WIDTH / 2} y="15">${name}</text></g>`,
        )}
      </svg>
      <p aria-live="off">
        ${words}.
        ${
          owed.length > 0
            ? html`<span class="soft"
                >${this.side === "client" ? "It waits for" : "It owes"} the
                ${owed.length === 1 ? "reply" : `${owed.length} replies`} to ${few(owed)}.</span
              >`
            : ""
        }
      </p>
    `;
  }
}

function few(names: readonly string[]): string {
  return names.length <= 6
    ? names.join(", ")
    : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}

/** From the edge of one box to the edge of the other. */
function way([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): SVGTemplateResult {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const center = (x: number, y: number): [number, number] => [
    x * STEP_X + WIDTH / 2,
    y * STEP_Y + HEIGHT / 2,
  ];
  const [fromX, fromY] = center(x1, y1);
  const [toX, toY] = center(x2, y2);
  const edgeX = dx === 0 || dy !== 0 ? 0 : (Math.sign(dx) * WIDTH) / 2;
  const edgeY = dy === 0 ? 0 : (Math.sign(dy) * HEIGHT) / 2;
  return svg`<line x1=${fromX + edgeX} y1=${fromY + edgeY} x2=${toX - edgeX} y2=${toY - edgeY} marker-end="url(#head)" />`;
}

customElements.define("ep-states", States);
