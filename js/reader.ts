/**
 * The engine's part of reading messages and checking them, typed: a module of its own, which who only sends does not
 * download.
 */
import { reading as source } from "#wasm";
export { decode as decodeCharset } from "./wasm/charsets.js";
import type * as Glue from "./wasm/pkg/reading.js";
import { checked } from "./engine.js";
import type { Mailbox } from "./engine.js";
import { lazily } from "./lazy.js";
import { moduleFor } from "./module.js";
import type { Loadable } from "./module.js";

/** Octets of a text, as UTF-8. */
export interface OctetSpan {
  /** The first octet. */
  readonly start: number;
  /** Behind the last octet. */
  readonly end: number;
}

/** A mailbox of a list (RFC 5322 section 3.4). */
export interface ListedMailbox {
  /** The name to show for it, decoded; from a comment where there is no other. */
  readonly name?: string;
  /** Without comments and white space, the local part in quotes only if it needs them. */
  readonly address: string;
  /** Where all of it is. */
  readonly span: OctetSpan;
  /** Where its address is. */
  readonly addressSpan: OctetSpan;
}

/** Mailboxes by one name, none of them perhaps (RFC 5322 section 3.4). */
export interface ListedGroup {
  /** The name, decoded. */
  readonly group: string;
  readonly members: readonly ListedMailbox[];
  /** Where it is. */
  readonly span: OctetSpan;
}

const own: Loadable<Omit<typeof Glue, "default" | "initSync" | "__wbg_reset_state">> = /* @__PURE__ */ lazily(
  () => import("./wasm/pkg/reading.js"),
  ({ MessageReader }) => [MessageReader],
  source,
);

/** The module, as far as it is loaded. */
export function reading(): typeof own {
  return moduleFor(own);
}

/** Loads what reading needs, once. Rejects with an `InputError`. */
export function readyToRead(): Promise<void> {
  return moduleFor(own).module.load();
}

/** Reads an `addr-spec` in its obsolete forms, too. Throws an `InputError`, also when the module is not loaded. */
export function addrSpec(text: string, utf8: boolean): Mailbox {
  const { module, glue } = moduleFor(own);
  module.demand();
  return checked(() => module.run(() => glue.parseAddrSpec(text, utf8))) as Mailbox;
}

/** Reads a list of addresses. Throws an `InputError`, also when the module is not loaded. */
export function addressList(text: string, utf8: boolean, obsolete: boolean): (ListedMailbox | ListedGroup)[] {
  const { module, glue } = moduleFor(own);
  module.demand();
  return checked(() => module.run(() => glue.parseAddressList(text, utf8, obsolete)));
}

/** Writes a delivery status notification; see js/reporting.ts. Throws an `InputError`. */
export function reportMessage(report: object): Uint8Array {
  const { module, glue } = moduleFor(own);
  return checked(() => module.run(() => glue.composeReport(report)), "mail");
}
