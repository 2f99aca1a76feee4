// Megabytes (10^6 octets) a second, natively: the message of parse-large.
import { nativeContenders } from "../native.mjs";
import { large } from "../parsing.mjs";

export { goal } from "../native.mjs";
export const title = "parse a message of 4 MB with an attachment, native";
export const unit = "MB/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };
export const contenders = nativeContenders(
  "message",
  large,
  "mail-parser",
  (messages) => (messages * large.length) / 1e6,
);
