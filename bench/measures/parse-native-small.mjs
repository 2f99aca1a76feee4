// Messages a second, natively: the one of parse-small, with all of its fields and texts decoded.
import { nativeContenders } from "../native.mjs";
import { small } from "../parsing.mjs";

export { goal } from "../native.mjs";
export const title = "parse a multipart message of 1.4 kB, native";
export const unit = "messages/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };
export const contenders = nativeContenders("message", small, "mail-parser", (messages) => messages);
