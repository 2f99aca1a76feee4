/** All scenarios, in the order in which they are shown. No DOM. */
import type { Plan } from "../plan.js";
import { readPlan } from "../read-plan.js";
import { BY_HAND, DELIVERY } from "./delivery.js";
import type { Group, Scenario } from "./scenario.js";
import { SECURITY } from "./security.js";
import { SENDING } from "./sending.js";
import { ATTACKS, TROUBLE } from "./trouble.js";

export type { Group, Scenario } from "./scenario.js";

export const GROUPS: readonly Group[] = [SENDING, SECURITY, TROUBLE, ATTACKS, DELIVERY, BY_HAND];

export const SCENARIOS: readonly Scenario[] = GROUPS.flatMap(({ scenarios }) => scenarios);

export function scenarioOf(id: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.id === id);
}

/** Whether a plan is no longer that of the scenario. */
export function isChanged({ plan }: Scenario, now: Plan): boolean {
  return plan !== now && JSON.stringify(readPlan(plan)) !== JSON.stringify(readPlan(now));
}
