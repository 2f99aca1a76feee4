/**
 * Time that only passes when all who could do something have done it: what is due happens in order, and a session over a
 * link of a second takes as long to compute as one over none. No DOM.
 */

interface Due {
  readonly at: number;
  readonly run: () => void;
}

/** After so many turns of the event loop in which nothing was sent or read, the engines wait for each other. */
const QUIET_TURNS = 4;
/** A part of the package may still have to be loaded; milliseconds, real ones. */
const PATIENCE = 400;

export class Simulation {
  /** Milliseconds since the beginning. */
  now = 0;
  /** In order; of two at the same time, the one that was put in first. */
  readonly #due: Due[] = [];
  #touched = 0;
  readonly #channel = new MessageChannel();

  /** Something is to happen after so many milliseconds. */
  after(time: number, run: () => void): void {
    const at = this.now + time;
    let place = this.#due.length;
    while (place > 0 && this.#due[place - 1]!.at > at) place--;
    this.#due.splice(place, 0, { at, run });
    this.touch();
  }

  /** Somebody has done something. */
  touch(): void {
    this.#touched++;
  }

  /**
   * Lets things happen until `over` says so, or until nothing is due any more and `idle`, which may then begin something,
   * has not. `idle` says whether it has, or `"over"`. `patience`: before it is asked, so many milliseconds, real ones, are
   * left to who computes something.
   */
  async run(over: () => boolean, idle: () => boolean | "over", patience = 0): Promise<void> {
    for (;;) {
      await this.#settled();
      if (over()) return;
      let next = this.#due.shift();
      if (next === undefined && patience > 0) next = await this.#late(over, patience);
      if (next === undefined) {
        const begun = idle();
        if (begun === "over") return;
        if (begun) continue;
        next = await this.#late(over, PATIENCE);
      }
      if (next === undefined) return;
      this.now = Math.max(this.now, next.at);
      this.touch();
      next.run();
    }
  }

  /** Whether something is due. */
  get busy(): boolean {
    return this.#due.length > 0;
  }

  /** Nobody uses it any more. */
  end(): void {
    this.#channel.port1.close();
  }

  async #settled(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      const seen = this.#touched;
      await this.#turn();
      quiet = this.#touched === seen ? quiet + 1 : 0;
    }
  }

  /** Waits for what comes from somebody who is still loading. */
  async #late(over: () => boolean, patience: number): Promise<Due | undefined> {
    const until = performance.now() + patience;
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (over()) return undefined;
      const next = this.#due.shift();
      if (next !== undefined) return next;
    }
    return undefined;
  }

  #turn(): Promise<void> {
    const { port1, port2 } = this.#channel;
    return new Promise((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(0);
    });
  }
}
