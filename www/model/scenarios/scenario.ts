/** A scenario: a ready course of sessions, and what there is to see in it. */
import type { Plan } from "../plan.js";

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** A few sentences. */
  readonly text: string;
  /** Where it is written, as `"5321#4.1.1"`: the RFC's number and the section. */
  readonly sections: readonly string[];
  readonly plan: Plan;
}

export interface Group {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}
