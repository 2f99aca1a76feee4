/** What a single text can be, and which of them it looks like. No DOM. */
import { explainCommand } from "../explain/commands.js";
import { isFieldName } from "../explain/fields.js";

export const KINDS = ["command", "reply", "address", "list", "field"] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  command: "Command",
  reply: "Reply",
  address: "Address",
  list: "Address list",
  field: "Header field",
};

/** What it looks like most. */
export function kindOf(text: string): Kind {
  const [, verb] = /^([A-Za-z]+)(?=[ \r\n]|$)/.exec(text) ?? [];
  if (verb !== undefined && explainCommand(verb) !== undefined) return "command";
  if (/^\d{3}(?:[ -]|\r?\n|$)/.test(text)) return "reply";
  const [, field] = /^([!-9;-~]+):/.exec(text) ?? [];
  if (field !== undefined && (isFieldName(field) || /^(?:x|list|content|resent|arc)-/i.test(field)))
    return "field";
  const address = text.slice(0, 4096);
  const bare = address.replace(/"(?:[^"\\]|\\[^])*"|\([^()]*\)/g, "");
  if (/^[^@:]*@/.test(bare) && !/[,;<>]/.test(bare)) return "address";
  if (field !== undefined && !/;\s*$/.test(address)) return "field";
  return /[@,;<]/.test(address) ? "list" : "command";
}
