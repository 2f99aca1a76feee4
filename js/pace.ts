/** How fast messages may go: at most so many in any span of time, wherever that span begins. */

/** At most `messages` within any `per` milliseconds. */
export interface Rate {
  /** How many: a whole number, at least 1. */
  readonly messages: number;
  /** Within how long: milliseconds, more than 0. */
  readonly per: number;
}

/** Keeps a rate: remembers when the last messages went, as many as it allows. */
export class Pace {
  readonly #rate: Rate;
  /** When they went, oldest first, from `#oldest` on. */
  #times: number[] = [];
  #oldest = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** How many may go at this time. */
  allowance(now: number): number {
    const { messages, per } = this.#rate;
    if (messages === Infinity) return Infinity;
    while (this.#oldest < this.#times.length && this.#times[this.#oldest]! + per <= now) this.#oldest++;
    if (this.#oldest * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#oldest);
      this.#oldest = 0;
    }
    return messages - (this.#times.length - this.#oldest);
  }

  /** One goes at this time. */
  count(now: number): void {
    if (this.#rate.messages !== Infinity) this.#times.push(now);
  }

  /** When one more may go, if none may now. */
  get next(): number {
    return this.#times[this.#oldest]! + this.#rate.per;
  }
}
