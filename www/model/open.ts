/** Opens the studio with a plan from elsewhere in the page. */
import { pack } from "../links.js";
import type { Plan } from "./plan.js";

export async function openInStudio(plan: Plan): Promise<void> {
  location.hash = `studio=${await pack({ plan })}`;
}
