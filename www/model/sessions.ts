/** Sessions that a text can name, to open them in the studio: the scenarios, and some of the lessons' own. No DOM. */
import { MESSAGE, session } from "./plan.js";
import type { Plan } from "./plan.js";
import { scenarioOf } from "./scenarios/index.js";

const ONE = { ...MESSAGE, to: ["bob@mx.example"] };

const OWN: Readonly<Record<string, Plan>> = {
  /** One message for one recipient, in chapter order: nothing but what every server has. */
  "first-session": {
    sessions: [session({ server: { offers: [] }, messages: [{ ...ONE, text: "Noon, the usual place.\n" }] })],
  },
};

export function namedPlan(name: string): Plan | undefined {
  return Object.hasOwn(OWN, name) ? OWN[name] : scenarioOf(name)?.plan;
}
