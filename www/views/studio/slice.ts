/** What the studio shows, as links and drafts carry it. */
import { PLAN } from "../../model/plan.js";
import type { Plan } from "../../model/plan.js";
import { readPlan } from "../../model/read-plan.js";
import type { Slice } from "../../store.js";

export interface StudioState {
  readonly plan: Plan;
  /** The scenario that it began as. */
  readonly scenario?: string;
  /** The session that is looked at. */
  readonly session: number;
  /** Whether what it takes without PIPELINING and CHUNKING stands beside it. */
  readonly compare: boolean;
}

export const slice: Slice<StudioState> = {
  id: "studio",
  initial: { plan: PLAN, scenario: "plain", session: 0, compare: false },
  read(value) {
    const { plan, scenario, session, compare } = (value ?? {}) as Record<string, unknown>;
    const read = readPlan(plan);
    if (read === undefined) return undefined;
    return {
      plan: read,
      ...(typeof scenario === "string" && { scenario }),
      session: Number.isInteger(session)
        ? Math.max(0, Math.min(session as number, read.sessions.length - 1))
        : 0,
      compare: compare === true,
    };
  },
};
