/** What the line lab shows, as links and drafts carry it. */
import { EXAMPLES } from "../../model/lab/examples.js";
import { KINDS } from "../../model/lab/kinds.js";
import type { Kind } from "../../model/lab/kinds.js";
import type { Setting } from "../../model/lab/reading.js";
import type { Slice } from "../../store.js";

/** What a reply can answer. */
export const ANSWERS = [
  ...["greeting", "EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "content"],
  ...["BDAT", "BURL", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "ETRN", "QUIT"],
] as const;

/** Characters; more can be typed, but no link brings it. */
const LONGEST = 1 << 20;

export const BLANK: Setting = { kind: "auto", text: "", utf8: false, obsolete: false, answers: "" };

export const slice: Slice<Setting> = {
  id: "line",
  initial: { ...BLANK, text: EXAMPLES[0]!.setting.text },
  read(value) {
    const { kind, text, utf8, obsolete, answers } = (value ?? {}) as Record<string, unknown>;
    if (typeof text !== "string" || text.length > LONGEST) return undefined;
    return {
      kind: KINDS.includes(kind as Kind) ? (kind as Kind) : "auto",
      text,
      utf8: utf8 === true,
      obsolete: obsolete === true,
      answers: ANSWERS.includes(answers as (typeof ANSWERS)[number]) ? (answers as string) : "",
    };
  },
};
