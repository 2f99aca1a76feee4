// Megabytes (10^6 octets) a second: a message of 4 MB with an attachment, parsed over and over.
import { large, parsers } from "../parsing.mjs";

export { goal } from "../parsing.mjs";
export const title = "parse a message of 4 MB with an attachment";
export const unit = "MB/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };
export const contenders = parsers(large, 10, (messages) => (messages * large.length) / 1e6);
