/** What the message lab shows, as links and drafts carry it. */
import { EXAMPLES } from "../../model/examples.js";
import type { Slice } from "../../store.js";

export const TABS = [
  "findings",
  "parts",
  "headers",
  "html",
  "text",
  "files",
  "way",
  "results",
  "report",
] as const;
export type Tab = (typeof TABS)[number];

export interface MessageState {
  /** The message, as the text of its octets (model/source.ts). Absent: it is too large for drafts and links. */
  readonly source?: string;
  /** The example that it is, or was. */
  readonly example?: string;
  readonly tab: Tab;
}

/** Characters that are kept in a draft. */
export const LONGEST_DRAFT = 200_000;

/** One with something to find and to mend. */
const FIRST = EXAMPLES.find(({ id }) => id === "broken")!;

export const slice: Slice<MessageState> = {
  id: "message",
  initial: { source: FIRST.source, example: FIRST.id, tab: "findings" },
  read(value) {
    const { source, example, tab } = (value ?? {}) as Record<string, unknown>;
    if (source === undefined && typeof example !== "string") return undefined;
    const known = EXAMPLES.find(({ id }) => id === example);
    const text = source ?? known?.source;
    if (typeof text !== "string" || text.length > LONGEST_DRAFT) return undefined;
    return {
      source: text,
      ...(known !== undefined && { example: known.id }),
      tab: TABS.find((name) => name === tab) ?? "findings",
    };
  },
};
