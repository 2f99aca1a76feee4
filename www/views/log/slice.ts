/** What the log reader shows, as links and drafts carry it. */
import { LOG_EXAMPLES } from "../../model/log-examples.js";
import type { Slice } from "../../store.js";

export interface LogState {
  readonly text: string;
}

/** Characters; what is longer is shown, and no link brings it. */
export const LONGEST = 1 << 20;

export const slice: Slice<LogState> = {
  id: "log",
  initial: { text: LOG_EXAMPLES[0]!.text },
  read(value) {
    const { text } = (value ?? {}) as Record<string, unknown>;
    return typeof text === "string" && text.length <= LONGEST ? { text } : undefined;
  },
};
