// Commands a second, natively: those of a session, cut into lines and read.
import { nativeContenders } from "../native.mjs";
import { commands } from "../session.mjs";

export { goal } from "../native.mjs";
export const title = "parse the commands of a session, native";
export const unit = "commands/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };
export const contenders = nativeContenders(
  "commands",
  commands,
  "smtp-proto",
  (sessions, { items }) => sessions * items,
);
