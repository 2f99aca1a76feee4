// Messages a second: one of 1.4 kB with two texts, parsed over and over.
import { parsers, small } from "../parsing.mjs";

export { goal } from "../parsing.mjs";
export const title = "parse a multipart message of 1.4 kB";
export const unit = "messages/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };
export const contenders = parsers(small, 1000, (messages) => messages);
