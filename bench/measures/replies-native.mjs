// Replies a second, natively: those of a session, one of them to EHLO, cut into lines and read.
import { nativeContenders } from "../native.mjs";
import { replies } from "../session.mjs";

export { goal } from "../native.mjs";
export const title = "parse the replies of a session, native";
export const unit = "replies/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };
export const contenders = nativeContenders(
  "replies",
  replies,
  "smtp-proto",
  (sessions, { items }) => sessions * items,
);
