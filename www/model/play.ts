/** Runs a plan: the engine as a client and the engine as a server, over a link whose time is computed. No DOM. */
import { ready, traced } from "edgepost";
import type { Step } from "edgepost";
import { bring } from "./client.js";
import type { Brought } from "./client.js";
import { Between, Faults } from "./faults.js";
import { Hand } from "./hand.js";
import { Link } from "./link.js";
import type { Piece, Side } from "./link.js";
import { MESSAGE, SECRET, session } from "./plan.js";
import type { Plan, SessionPlan } from "./plan.js";
import type { Line, Outcome, Received, Recording, SessionRecord } from "./recording.js";
import { roundTripsOf } from "./round-trips.js";
import { take } from "./server.js";
import { Simulation } from "./simulation.js";

/** Runs a plan to its end. Rejects with the signal's reason, and with nothing else. */
export async function play(plan: Plan, signal?: AbortSignal): Promise<Recording> {
  await (warm ??= warmed());
  const sessions: SessionRecord[] = [];
  let began = 0;
  for (const session of plan.sessions) {
    signal?.throwIfAborted();
    const before = sessions.at(-1);
    began += before === undefined ? 0 : before.ended + (session.after ?? 1000);
    sessions.push(await new Run(session, before, began).record(signal));
  }
  return { sessions };
}

let warm: Promise<void> | undefined;

/** Loads all parts of the package ahead, so that nothing is late inside a session: by one that wants them all. */
async function warmed(): Promise<void> {
  await ready();
  const auth = { mechanism: "SCRAM-SHA-256", user: "a", secret: SECRET };
  const plan = session({
    client: { tls: "required", auth },
    server: { offers: ["STARTTLS", "DSN"], mechanisms: [auth.mechanism] },
    messages: [{ ...MESSAGE, ask: { envid: "1" } }, MESSAGE],
  });
  await new Run(plan, undefined, 0).record(undefined);
}

/** A client takes so long at most for what it says in an AUTH exchange: milliseconds, real ones. */
const PROOF = 100;

class Run {
  readonly #plan: SessionPlan;
  readonly #before: SessionRecord | undefined;
  readonly #began: number;
  readonly #simulation = new Simulation();
  readonly #link: Link;
  readonly #lines: Line[] = [];
  readonly #received: Received[] = [];
  readonly #count: Record<Side, number> = { client: 0, server: 0 };
  #secure: boolean;
  /** What happens when all is over is nobody's business. */
  #recording = true;

  constructor(plan: SessionPlan, before: SessionRecord | undefined, began: number) {
    this.#plan = plan;
    this.#before = before;
    this.#began = began;
    this.#secure = plan.client.tls === "implicit";
    const how = { trusted: plan.server.certificate !== "bad", secure: this.#secure };
    this.#link = new Link(this.#simulation, plan.link, how);
    this.#link.onLost = () => this.#lost();
  }

  async record(signal: AbortSignal | undefined): Promise<SessionRecord> {
    const end = new AbortController();
    const { client, server } = this.#both(end.signal);
    const over = (): boolean => {
      signal?.throwIfAborted();
      return client.over() && server.over() && !this.#simulation.busy;
    };
    const idle = (): boolean | "over" => {
      if (server.say() || client.say()) return true;
      const byHand = client.byHand || server.byHand;
      return byHand ? "over" : false;
    };
    try {
      // Nobody is to answer for the server before the client has its proof together.
      const proves = server.byHand && this.#plan.client.auth !== undefined;
      await this.#simulation.run(over, idle, proves ? PROOF : 0);
      return this.#record(client, server);
    } finally {
      this.#recording = false;
      end.abort(new Error("the session is over"));
      this.#link.lose();
      await Promise.all([client.end(), server.end()]);
      this.#simulation.end();
    }
  }

  /** Begins both sides. */
  #both(signal: AbortSignal): { client: Party; server: Party } {
    const { client, server, faults } = this.#plan;
    const clientEnd = traced(this.#link.client, (step) => this.#note(step, "client"), "client");
    const serverEnd = traced(this.#link.server, (step) => this.#note(step, "server"), "server");
    const receive = (message: Omit<Received, "at">): void => {
      if (this.#recording) this.#received.push({ ...message, at: this.#simulation.now });
    };
    const serving = (): Promise<undefined> => {
      const planned = new Faults(faults);
      const between = new Between(planned, this.#link, this.#simulation, server.lmtp === true);
      const transport = planned.between ? between.wrap(serverEnd) : serverEnd;
      return take(transport, this.#plan, planned, receive, signal);
    };
    return {
      server:
        server.byHand === undefined
          ? new Engine(serving())
          : new Person(new Hand(serverEnd, server.byHand, this.#simulation, "server")),
      client:
        client.byHand === undefined
          ? new Engine(bring(clientEnd, this.#plan, this.#before, signal))
          : new Person(new Hand(clientEnd, client.byHand, this.#simulation, "client")),
    };
  }

  /** Each side's steps are taken where they are sent. */
  #note(step: Step, where: Side): void {
    if (!this.#recording) return;
    if (step.from === "link" ? where !== "client" : step.from !== where) return;
    if (step.kind === "tls" && step.from === "link") this.#secure = true;
    if (step.kind === "closed" && this.#link.lost) return;
    this.#line(step, this.#simulation.now);
  }

  #line({ at: _, ...step }: Step, sent: number): void {
    const { from, octets } = step;
    const start = from === "link" ? 0 : this.#count[from];
    const end = start + (from === "link" ? 0 : octets);
    if (from !== "link") this.#count[from] = end;
    this.#lines.push({ ...step, start, end, sent, secure: this.#secure });
  }

  #lost(): void {
    if (!this.#recording) return;
    const text = "the connection was lost";
    this.#line({ at: 0, from: "link", kind: "closed", text, octets: 0 }, this.#simulation.now);
  }

  #record(client: Party, server: Party): SessionRecord {
    const { pieces } = this.#link;
    const arrivals = new Arrivals(pieces);
    const lines = this.#lines.map((line) => ({ ...line, ...arrivals.of(line) }));
    const carried = this.#received.at(-1) ?? this.#before?.carried;
    const { outcome, undelivered } = client.result() ?? { outcome: this.#unfinished(client, server) };
    return {
      plan: this.#plan,
      began: this.#began,
      lines,
      pieces,
      octets: { client: this.#link.sent("client"), server: this.#link.sent("server") },
      ended: lines.reduce((last, { sent, arrived = sent }) => Math.max(last, sent, arrived), 0),
      roundTrips: roundTripsOf(lines),
      outcome,
      received: this.#received,
      ...(carried !== undefined && { carried }),
      ...(undelivered !== undefined && { undelivered }),
    };
  }

  #unfinished(client: Party, server: Party): Outcome {
    if (client.byHand) {
      if (client.over()) return { kind: "over", words: ["The connection is closed."] };
      return { kind: "waits", words: ["The server waits for you."], turn: "client" };
    }
    if (server.byHand && !server.over())
      return { kind: "waits", words: ["The client waits for your reply."], turn: "server" };
    return { kind: "waits", words: [this.#patience()] };
  }

  /** What the client waits for, and how long it would (RFC 5321 section 4.5.3.2). */
  #patience(): string {
    const last = this.#lines.filter(({ from, kind }) => from === "client" && kind !== "closed").at(-1);
    const [minutes, section] =
      last === undefined ? [5, 1] : last.kind === "content" ? [10, 6] : (PATIENCE[last.verb ?? ""] ?? [5, 7]);
    const what =
      last === undefined
        ? "greeting"
        : last.kind === "content"
          ? "reply to the message"
          : `reply to ${last.verb}`;
    return `Nothing more happens: the client waits for the ${what}, for ${minutes} minutes before it may give up (RFC 5321 section 4.5.3.2.${section}).`;
  }
}

/** Minutes, and the subsection that says so. */
const PATIENCE: Readonly<Record<string, readonly [number, number]>> = {
  MAIL: [5, 2],
  RCPT: [5, 3],
  DATA: [2, 4],
};

/** Who talks at one end. */
interface Party {
  readonly byHand: boolean;
  over(): boolean;
  /** Says what comes next, if that is for a person to say. */
  say(): boolean;
  result(): Brought | undefined;
  end(): Promise<void>;
}

class Engine implements Party {
  readonly byHand = false;
  readonly #done: Promise<void>;
  #result: Brought | undefined;
  #over = false;

  constructor(run: Promise<Brought | undefined>) {
    this.#done = run.then((result) => {
      this.#result = result;
      this.#over = true;
    });
  }

  over(): boolean {
    return this.#over;
  }

  say(): boolean {
    return false;
  }

  result(): Brought | undefined {
    return this.#result;
  }

  end(): Promise<void> {
    return this.#done;
  }
}

class Person implements Party {
  readonly byHand = true;
  readonly #hand: Hand;

  constructor(hand: Hand) {
    this.#hand = hand;
  }

  over(): boolean {
    return this.#hand.over;
  }

  say(): boolean {
    return this.#hand.say();
  }

  result(): undefined {
    return undefined;
  }

  end(): Promise<void> {
    return this.#hand.close();
  }
}

/** When octets arrived. */
class Arrivals {
  readonly #pieces: Record<Side, Piece[]> = { client: [], server: [] };

  constructor(pieces: readonly Piece[]) {
    for (const piece of pieces) this.#pieces[piece.from].push(piece);
  }

  of({ from, kind, start, end, sent }: Line): { arrived?: number } {
    if (from === "link" || kind === "closed" || end === start) return { arrived: sent };
    const pieces = this.#pieces[from];
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle]!.end < end) low = middle + 1;
      else high = middle;
    }
    const arrived = pieces[low]?.arrived;
    return arrived === undefined ? {} : { arrived };
  }
}
