/** Opens a session in the studio. */
import { pack } from "../links.js";
import type { Plan } from "./plan.js";
import { SCENARIOS } from "./scenarios/index.js";

/** The address of the studio with these sessions, from `#` on; with a scenario's, it says what there is to see. */
export async function studioAddress(plan: Plan): Promise<string> {
  const scenario = SCENARIOS.find((scenario) => scenario.plan === plan)?.id;
  return `#studio=${await pack({ plan, ...(scenario !== undefined && { scenario }) })}`;
}

export async function openInStudio(plan: Plan): Promise<void> {
  location.hash = await studioAddress(plan);
}
