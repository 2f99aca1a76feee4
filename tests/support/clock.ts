/** Time that passes only when a test says so, or when nothing else happens. */

import type { Clock } from "edgepost";

/** Lets everything happen that is about to, without time passing. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until this is so, without time passing. */
export async function met(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

interface Alarm {
  at: number;
  ring: () => void;
}

/** A clock that stands still until it is advanced. */
export class VirtualClock implements Clock {
  protected time = 0;
  protected readonly alarms: Set<Alarm> = new Set();
  /** How long each wait was to be, in the order in which they were asked for. */
  readonly waits: number[] = [];

  now(): number {
    return this.time;
  }

  after(time: number, then: () => void): () => void {
    const alarm = { at: this.time + time, ring: then };
    this.alarms.add(alarm);
    this.waits.push(time);
    return () => void this.alarms.delete(alarm);
  }

  /** Lets so many milliseconds pass, alarm by alarm, and all that comes of each happen. */
  async advance(time: number): Promise<void> {
    const end = this.time + time;
    await settled();
    for (;;) {
      const alarm = this.#next();
      if (alarm === undefined || alarm.at > end) break;
      await this.#ring(alarm);
    }
    this.time = end;
  }

  /** Lets time pass, as much as it takes, until the promise is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const done = (): void => void (over = true);
    promise.then(done, done);
    for (;;) {
      await settled();
      if (over) return promise;
      const alarm = this.#next();
      if (alarm !== undefined) await this.#ring(alarm);
    }
  }

  #next(): Alarm | undefined {
    return [...this.alarms].sort((one, other) => one.at - other.at)[0];
  }

  async #ring(alarm: Alarm): Promise<void> {
    this.alarms.delete(alarm);
    this.time = Math.max(this.time, alarm.at);
    alarm.ring();
    await settled();
  }
}
