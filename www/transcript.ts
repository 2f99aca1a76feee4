/** Draws a session: a row for each round trip, the client's lane on the left, the server's on the right. */
import type { Step } from "edgepost";
import { Flights } from "./flights.js";
import type { Exchange } from "./flights.js";
import type { Received } from "./session.js";
import { explain } from "./words.js";

export class Transcript {
  readonly #list: HTMLOListElement;
  readonly #rows = new Map<Exchange, Row>();
  readonly #flights = new Flights();
  /** Content that is on its way, and has nothing to open yet. */
  #content: HTMLElement | undefined;
  #began: number | undefined;
  #last = 0;
  readonly octets = { client: 0, server: 0, link: 0 };

  constructor(list: HTMLOListElement) {
    this.#list = list;
    list.replaceChildren();
  }

  get roundTrips(): number {
    return this.#flights.roundTrips;
  }

  /** From the first step to the last: milliseconds. */
  get elapsed(): number {
    return this.#last - (this.#began ?? this.#last);
  }

  add(step: Step): void {
    this.#began ??= step.at;
    this.#last = step.at;
    this.octets[step.from] += step.octets;
    const exchange = this.#flights.add(step);
    let row = this.#rows.get(exchange);
    if (row === undefined) {
      row = new Row();
      this.#rows.set(exchange, row);
      this.#list.append(row.element);
    }
    const line = row.add(step, step.at - this.#began, exchange);
    if (step.kind === "content") this.#content ??= line;
  }

  /** Lets the content be opened that the server has by now. */
  received({ source }: Received): void {
    this.#content?.replaceChildren(...opened(this.#content, source));
    this.#content = undefined;
  }
}

class Row {
  readonly element: HTMLLIElement = element("li", "exchange");
  readonly #client: HTMLElement = element("div", "flight client");
  readonly #gutter: HTMLElement = element("div", "gutter");
  readonly #server: HTMLElement = element("div", "flight server");

  constructor() {
    this.element.append(this.#client, this.#gutter, this.#server);
  }

  add(step: Step, time: number, exchange: Exchange): HTMLElement {
    const drawn = line(step, time);
    if (step.from === "link" || step.kind === "closed") {
      this.element.classList.add("link");
      this.#gutter.append(drawn);
    } else {
      const lane = step.from === "client" ? this.#client : this.#server;
      lane.append(drawn);
      this.element.classList.add(`has-${step.from}`);
      this.#number(exchange);
    }
    return drawn;
  }

  #number({ number }: Exchange): void {
    if (number === undefined || this.#gutter.hasChildNodes()) return;
    const badge = element("span", "badge");
    badge.append(hidden("round trip "), String(number));
    this.#gutter.append(badge);
  }
}

function line(step: Step, time: number): HTMLElement {
  const { from, kind, code = 0, text } = step;
  const drawn = element("div", `line ${kind}`);
  if (code >= 400) drawn.classList.add("refused");
  const said = element(kind === "closed" || from === "link" ? "span" : "code", "said");
  if (from !== "link" && kind !== "closed") drawn.append(hidden(from === "client" ? "Client: " : "Server: "));
  said.textContent = text;
  drawn.append(said, stamp(time));
  const words = explain(step);
  if (words !== undefined) {
    const note = element("span", "note");
    note.textContent = words;
    drawn.append(note);
  }
  return drawn;
}

function stamp(time: number): HTMLElement {
  const drawn = element("span", "stamp");
  drawn.textContent = `${Math.round(time)} ms`;
  return drawn;
}

function opened(line: HTMLElement, source: string): Node[] {
  const details = element("details");
  const summary = element("summary");
  summary.append(...line.childNodes);
  const pre = element("pre");
  pre.textContent = source.replace(/\r\n/g, "\n");
  pre.tabIndex = 0;
  pre.role = "region";
  pre.ariaLabel = "the message";
  details.append(summary, pre);
  return [details];
}

function hidden(text: string): HTMLElement {
  const drawn = element("span", "visually-hidden");
  drawn.textContent = text;
  return drawn;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  return made;
}
