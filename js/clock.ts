/** Time as a value, so that whoever waits by it can be tested without waiting. */

/** What time it is, and how to wait. All times are milliseconds; only differences matter. */
export interface Clock {
  /** The time now. Never goes back. */
  now(): number;
  /** Calls `then` after so much time, once, and not from within this call; what it returns cancels that. */
  after(time: number, then: () => void): () => void;
}

/** What a timer can hold at most: milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** The platform's own. Waits that no timer can hold end early: whoever waits looks at the time again. */
export const platform: Clock = {
  now: () => performance.now(),
  after(time, then) {
    const timer = setTimeout(then, Math.min(Math.max(0, time), LONGEST));
    return () => clearTimeout(timer);
  },
};
