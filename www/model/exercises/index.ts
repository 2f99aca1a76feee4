/** All exercises, by the names by which the chapters have them. No DOM. */
import { ABUSE } from "./abuse.js";
import { BESIDE } from "./beside.js";
import { COMMANDS } from "./commands.js";
import { CONTENT } from "./content.js";
import { DNS } from "./dns.js";
import { DOMAINS } from "./domains.js";
import { ENVELOPE } from "./envelope.js";
import { ESMTP } from "./esmtp.js";
import type { Exercise } from "./exercise.js";
import { FAILURES } from "./failures.js";
import { REPLIES } from "./replies.js";
import { SASL } from "./sasl.js";
import { SMTP } from "./smtp.js";
import { TLS } from "./tls.js";

export const EXERCISES: readonly Exercise[] = [
  ...SMTP,
  ...COMMANDS,
  ...REPLIES,
  ...ENVELOPE,
  ...ESMTP,
  ...CONTENT,
  ...TLS,
  ...SASL,
  ...DOMAINS,
  ...DNS,
  ...FAILURES,
  ...ABUSE,
  ...BESIDE,
];

const BY_ID: ReadonlyMap<string, Exercise> = new Map(EXERCISES.map((exercise) => [exercise.id, exercise]));

export function exerciseOf(id: string): Exercise | undefined {
  return BY_ID.get(id);
}
