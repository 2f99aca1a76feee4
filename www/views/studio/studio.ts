/** The studio: a client and a server, each with its settings and its state, and between them what they say. */
import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { Keys } from "../../keys.js";
import { play } from "../../model/play.js";
import type { Plan, SessionPlan } from "../../model/plan.js";
import { atTime, endOf, START, stepLine, stepOctet } from "../../model/position.js";
import type { Position } from "../../model/position.js";
import type { Recording, SessionRecord } from "../../model/recording.js";
import { isChanged, scenarioOf } from "../../model/scenarios/index.js";
import { statesAt } from "../../model/states.js";
import { shared } from "../../parts/styles.js";
import { store, Watch } from "../../store.js";
import "./client-pane.js";
import "./compare.js";
import "./diagram.js";
import { milliseconds } from "./diagram.js";
import "./inspector.js";
import "./scenarios.js";
import "./server-pane.js";
import { slice } from "./slice.js";
import type { StudioState } from "./slice.js";
import "./states.js";

export { slice } from "./slice.js";

/** How much slower than real it runs. */
const SPEEDS: readonly (readonly [factor: number, words: string])[] = [
  [1, "as it is"],
  [10, "10 times slower"],
  [40, "40 times slower"],
];

type Pane = "session" | "client" | "server";

class Studio extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        gap: 10px;
        height: 100%;
        padding: 10px 16px 16px;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 12px;
        align-items: center;
      }
      .bar .group {
        display: flex;
        gap: 4px;
      }
      .about {
        flex: 1 1 300px;
        min-width: 0;
        margin: 0;
      }
      .columns {
        display: grid;
        grid-template-columns: minmax(250px, 300px) minmax(0, 1fr) minmax(250px, 300px);
        gap: 10px;
        min-height: 0;
      }
      .side {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        min-height: 0;
        overflow: hidden;
      }
      .side > header {
        padding: 8px 12px;
        border-bottom: 1px solid var(--line);
      }
      .side.client > header h2 {
        color: var(--client);
      }
      .side.server > header h2 {
        color: var(--server);
      }
      .side .body {
        padding: 10px 12px;
        overflow: auto;
      }
      .middle {
        display: flex;
        flex-direction: column;
        min-height: 0;
        overflow: hidden;
      }
      .middle > * {
        flex: none;
      }
      .middle > ep-diagram {
        flex: 3 1 200px;
      }
      .figures {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        align-items: baseline;
        padding: 6px 12px;
        border-bottom: 1px solid var(--line);
      }
      .figures b {
        font-variant-numeric: tabular-nums;
      }
      .outcome {
        flex-basis: 100%;
        margin: 0;
      }
      .outcome::before {
        display: inline-block;
        width: 8px;
        height: 8px;
        margin-right: 6px;
        border-radius: 50%;
        background: var(--soft);
        content: "";
      }
      .outcome.accepted::before {
        background: var(--good);
      }
      .outcome.partly::before,
      .outcome.uncertain::before,
      .outcome.waits::before {
        background: var(--warn);
      }
      .outcome.refused::before,
      .outcome.failed::before {
        background: var(--bad);
      }
      .middle > ep-inspector {
        flex: 2 1 150px;
        min-height: 0;
        border-top: 1px solid var(--line);
        overflow: auto;
      }
      .tabs {
        display: flex;
        gap: 4px;
        padding: 4px 12px;
        overflow-x: auto;
      }
      .panes {
        display: none;
      }
      label.speed {
        display: inline-flex;
        gap: 6px;
        align-items: center;
      }
      label.speed select {
        width: auto;
      }
      @media (max-width: 1000px) {
        :host {
          grid-template-rows: auto auto minmax(0, 1fr);
          padding: 8px 10px 10px;
        }
        .panes {
          display: flex;
          gap: 4px;
        }
        .columns {
          grid-template-columns: minmax(0, 1fr);
        }
        .columns > :not([data-open]) {
          display: none;
        }
      }
      @media (max-width: 1000px), (max-height: 620px) {
        :host {
          align-self: start;
          height: auto;
          min-height: 100%;
        }
        .middle > ep-diagram {
          flex: none;
          height: 60vh;
        }
        /* What is typed and what was said are in view together. */
        .middle.by-hand > ep-diagram {
          height: 32vh;
        }
        .middle > ep-inspector {
          flex: none;
        }
      }
    `,
  ];

  static override readonly properties = {
    recording: { state: true },
    position: { state: true },
    chosen: { state: true },
    looked: { state: true },
    running: { state: true },
    speed: { state: true },
    pane: { state: true },
    problem: { state: true },
  };

  declare recording: Recording | undefined;
  declare position: Position;
  /** The line that was chosen, and the one under the pointer. */
  declare chosen: number | undefined;
  declare looked: number | undefined;
  declare running: boolean;
  declare speed: number;
  declare pane: Pane;
  declare problem: string;

  #played: Plan | undefined;
  #playing: AbortController | undefined;
  #frame = 0;

  constructor() {
    super();
    this.position = START;
    this.running = false;
    this.speed = 10;
    this.pane = "session";
    this.problem = "";
    new Watch(this);
    new Keys(this, "Studio", [
      { key: " ", does: "run, or pause", run: () => this.#toggle() },
      { key: "n", does: "step: the next command or reply", run: () => this.#step(1) },
      { key: "p", does: "step back", run: () => this.#step(-1) },
      { key: ".", does: "step: the next octet", run: () => this.#octet(1) },
      { key: ",", does: "step back by an octet", run: () => this.#octet(-1) },
      { key: "r", does: "rewind to the beginning", run: () => this.#rewind() },
      { key: "e", does: "go to the end", run: () => this.#end() },
      { key: "s", does: "choose a scenario", run: () => this.#scenarios() },
      { key: "c", does: "compare with and without extensions", run: () => this.#compare() },
      { key: "j", does: "the next session", run: () => this.#session(this.#state.session + 1) },
      { key: "k", does: "the session before", run: () => this.#session(this.#state.session - 1) },
    ]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#pause();
    this.#playing?.abort();
  }

  protected override willUpdate(): void {
    const { plan } = this.#state;
    if (plan === this.#played) return;
    void this.#play(plan);
    // Who only watches does without what reads while somebody types.
    if (plan.sessions.some(isByHand)) void import("./hand.js");
  }

  protected override render(): TemplateResult {
    const { plan, session, scenario, compare } = this.#state;
    const record = this.recording?.sessions[session];
    const lines = record?.lines ?? [];
    const states = statesAt(lines, this.position);
    const current = plan.sessions[session]!;
    const known = scenario === undefined ? undefined : scenarioOf(scenario);
    const byHand = isByHand(current);
    return html`
      <div class="bar">
        <button title="Choose a scenario (s)" @click=${() => this.#scenarios()}>Scenarios</button>
        <p class="about">
          ${
            known === undefined
              ? html`<b>Your own session.</b> <span class="soft">All that is set here is in the link.</span>`
              : html`<b>${known.title}.</b> ${known.text}
                  ${isChanged(known, plan) ? html`<span class="tag">changed</span>` : nothing}`
          }
        </p>
        ${this.#controls(record)}
      </div>
      <div class="panes" role="group" aria-label="What is shown">
        ${(["session", "client", "server"] as const).map(
          (pane) =>
            html`<button aria-pressed=${this.pane === pane} @click=${() => (this.pane = pane)}>
              ${{ session: "Session", client: "Client", server: "Server" }[pane]}
            </button>`,
        )}
      </div>
      <div class="columns">
        <section class="panel side client" aria-label="The client" ?data-open=${this.pane === "client"}>
          <header>
            <h2>Client</h2>
            <ep-states side="client" .state=${states.client}></ep-states>
          </header>
          <div class="body">
            <ep-client-pane .plan=${current} @change=${this.#edited}></ep-client-pane>
          </div>
        </section>
        <section
          class="panel middle ${byHand ? "by-hand" : ""}"
          aria-label="The session"
          ?data-open=${this.pane === "session"}
        >
          <div>${this.#tabs(plan, session)} ${this.#figures(record)}</div>
          ${compare ? html`<ep-compare .plan=${current}></ep-compare>` : nothing}
          <ep-diagram
            .record=${record}
            .position=${this.position}
            .selected=${this.chosen}
            @choose=${({ detail }: CustomEvent<number>) => this.#choose(detail)}
            @look=${({ detail }: CustomEvent<number>) => (this.looked = detail)}
            @pointerleave=${() => (this.looked = undefined)}
          ></ep-diagram>
          ${byHand ? html`<ep-hand .plan=${current} .record=${record} @change=${this.#edited}></ep-hand>` : nothing}
          <ep-inspector
            .record=${record}
            .index=${this.looked ?? this.chosen ?? this.#last()}
            .octets=${this.position.octets > 0 ? this.position.octets : undefined}
          ></ep-inspector>
        </section>
        <section class="panel side server" aria-label="The server" ?data-open=${this.pane === "server"}>
          <header>
            <h2>Server</h2>
            <ep-states side="server" .state=${states.server}></ep-states>
          </header>
          <div class="body">
            <ep-server-pane .plan=${current} @change=${this.#edited}></ep-server-pane>
          </div>
        </section>
      </div>
      <ep-scenarios @choose=${({ detail }: CustomEvent<string>) => this.#begin(detail)}></ep-scenarios>
    `;
  }

  #controls(record: SessionRecord | undefined): TemplateResult {
    const none = record === undefined || record.lines.length === 0;
    return html`
      <div class="group" role="group" aria-label="Playing">
        <button title="Rewind (r)" ?disabled=${none} @click=${() => this.#rewind()}>Rewind</button>
        <button title="Back by a line (p)" ?disabled=${none} @click=${() => this.#step(-1)}>Back</button>
        <button class="main" title="Run or pause (space)" ?disabled=${none} @click=${() => this.#toggle()}>
          ${this.running ? "Pause" : "Run"}
        </button>
        <button title="The next line (n)" ?disabled=${none} @click=${() => this.#step(1)}>Step</button>
        <button title="The next octet (.)" ?disabled=${none} @click=${() => this.#octet(1)}>Octet</button>
        <button title="To the end (e)" ?disabled=${none} @click=${() => this.#end()}>End</button>
      </div>
      <label class="speed"
        >Speed
        <select @change=${(event: Event) => (this.speed = Number((event.target as HTMLSelectElement).value))}>
          ${SPEEDS.map(
            ([factor, words]) =>
              html`<option value=${factor} ?selected=${factor === this.speed}>${words}</option>`,
          )}
        </select></label
      >
      <button
        title="Compare with and without PIPELINING and CHUNKING (c)"
        aria-pressed=${this.#state.compare}
        @click=${() => this.#compare()}
      >
        Compare
      </button>
    `;
  }

  #tabs(plan: Plan, session: number): TemplateResult | typeof nothing {
    if (plan.sessions.length === 1) return nothing;
    return html`<div class="tabs" role="group" aria-label="Sessions">
      ${plan.sessions.map(
        ({ title }, index) =>
          html`<button aria-pressed=${index === session} @click=${() => this.#session(index)}>
            ${index + 1} ${title}
            <span class="small soft">${this.#began(index)}</span>
          </button>`,
      )}
    </div>`;
  }

  #began(index: number): string {
    const began = this.recording?.sessions[index]?.began ?? 0;
    if (began === 0) return "";
    const seconds = Math.round(began / 1000);
    return seconds < 60 ? `+${seconds} s` : `+${Math.round(seconds / 60)} min`;
  }

  #figures(record: SessionRecord | undefined): TemplateResult {
    if (this.problem !== "")
      return html`<div class="figures"><p class="outcome failed">${this.problem}</p></div>`;
    if (record === undefined)
      return html`<div class="figures"><p class="outcome">Loading the engine…</p></div>`;
    const { roundTrips, ended, octets, outcome } = record;
    const over = this.position.time === Infinity;
    return html`<div class="figures" role="status">
      <span><b>${roundTrips}</b> round ${roundTrips === 1 ? "trip" : "trips"}</span>
      <span><b>${milliseconds(ended)}</b> in all</span>
      <span>client <b>${octets.client.length.toLocaleString("en")}</b> octets</span>
      <span>server <b>${octets.server.length.toLocaleString("en")}</b> octets</span>
      <p class="outcome ${over ? outcome.kind : ""}">
        ${over ? outcome.words.slice(0, 8).map((words) => html`${words}<br />`) : "The session goes on."}
      </p>
    </div>`;
  }

  get #state(): StudioState {
    return store.get(slice);
  }

  #set(but: Partial<StudioState>): void {
    store.set(slice, { ...this.#state, ...but });
  }

  #lines(): SessionRecord["lines"] {
    return this.recording?.sessions[this.#state.session]?.lines ?? [];
  }

  /** The line that the present moment is at. */
  #last(): number | undefined {
    const { shown, octets } = this.position;
    const index = octets > 0 ? shown : shown - 1;
    return this.position.time === Infinity || index < 0 ? undefined : index;
  }

  readonly #edited = ({ detail }: CustomEvent<SessionPlan>): void => {
    const { plan, session } = this.#state;
    const sessions = plan.sessions.map((old, index) => (index === session ? detail : old));
    this.#set({ plan: { ...plan, sessions } });
  };

  async #play(plan: Plan): Promise<void> {
    this.#played = plan;
    this.#playing?.abort();
    const playing = (this.#playing = new AbortController());
    this.#pause();
    try {
      const recording = await play(plan, playing.signal);
      if (playing.signal.aborted) return;
      this.recording = recording;
      this.problem = "";
      this.chosen = undefined;
      this.looked = undefined;
      this.position = endOf(this.#lines());
    } catch (error) {
      if (!playing.signal.aborted) this.problem = (error as Error).message;
    }
  }

  #begin(id: string): void {
    const scenario = scenarioOf(id);
    if (scenario === undefined) return;
    this.#set({ plan: scenario.plan, scenario: id, session: 0 });
  }

  #scenarios(): void {
    this.renderRoot.querySelector("ep-scenarios")!.open(this.#state.scenario);
  }

  #compare(): void {
    this.#set({ compare: !this.#state.compare });
  }

  #session(index: number): void {
    if (this.#state.plan.sessions[index] === undefined) return;
    this.#pause();
    this.#set({ session: index });
    this.chosen = undefined;
    this.position = endOf(this.#lines());
  }

  #choose(index: number): void {
    this.#pause();
    this.chosen = index;
    this.pane = "session";
  }

  #toggle(): void {
    if (this.running) return this.#pause();
    const record = this.recording?.sessions[this.#state.session];
    if (record === undefined) return;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.#end();
    this.chosen = undefined;
    const from = this.position.time === Infinity ? 0 : this.position.time;
    const began = performance.now();
    this.running = true;
    const draw = (): void => {
      const time = from + (performance.now() - began) / this.speed;
      if (time >= record.ended) return this.#end();
      this.position = atTime(record.lines, time);
      this.#frame = requestAnimationFrame(draw);
    };
    draw();
  }

  #pause(): void {
    cancelAnimationFrame(this.#frame);
    this.running = false;
  }

  #step(by: 1 | -1): void {
    const from = by === 1 && this.position.time === Infinity ? START : this.position;
    this.#move(stepLine(this.#lines(), from, by));
  }

  #octet(by: 1 | -1): void {
    const from = by === 1 && this.position.time === Infinity ? START : this.position;
    this.#move(stepOctet(this.#lines(), from, by));
  }

  #rewind(): void {
    this.#move(START);
  }

  #end(): void {
    this.#move(endOf(this.#lines()));
  }

  #move(position: Position): void {
    this.#pause();
    this.chosen = undefined;
    this.position = position;
  }
}

/** Whether a person types what a side says. */
function isByHand({ client, server }: SessionPlan): boolean {
  return client.byHand !== undefined || server.byHand !== undefined;
}

customElements.define("ep-studio", Studio);
