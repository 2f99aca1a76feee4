/**
 * The engine's part of messages, typed: a module of its own, which who sends only raw content does not download.
 */
import { message as source } from "#wasm";
export { decode as decodeCharset } from "./wasm/charsets.js";
import type * as Glue from "./wasm/pkg/message.js";
import { checked } from "./engine.js";
import type { Mailbox } from "./engine.js";
import { Module, moduleFor } from "./module.js";
import type { Loadable } from "./module.js";

/** Reads a message that comes in pieces. */
export type MessageReader = Glue.MessageReader;

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

/** What is around the module, there once it is loaded; never a static import, as in serving.ts. */
let loaded: typeof Glue;
const own: Loadable<Omit<typeof Glue, "default" | "initSync" | "__wbg_reset_state">> = {
  module: /* @__PURE__ */ new Module(
    {
      async load(options) {
        loaded = await import("./wasm/pkg/message.js");
        return loaded.default(options);
      },
      renew: () => loaded.__wbg_reset_state(),
      get types() {
        return [loaded.MessageReader];
      },
    },
    source,
  ),
  get glue() {
    return loaded;
  },
};

/** The module that knows messages, as far as it is loaded. */
export function messages(): typeof own {
  return moduleFor(own);
}

/** Loads what messages need, once. Rejects with an `InputError`. */
export function readyToCompose(): Promise<void> {
  return moduleFor(own).module.load();
}

/** Whether it is loaded. */
export function canCompose(): boolean {
  return moduleFor(own).module.loaded;
}

/** Makes the skeleton of a message; see js/skeleton.ts. Throws a plain object. */
export function composeSkeleton(records: string): Uint8Array {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.composeSkeleton(records));
}

/** What content is: lines of ASCII, lines, or anything. What holds a boundary made of `stem` is anything. */
export function kindOf(octets: Uint8Array, stem: string): "7bit" | "8bit" | "binary" {
  const { module, glue } = moduleFor(own);
  return (["7bit", "8bit", "binary"] as const)[module.run(() => glue.kindOf(octets, stem))]!;
}

/** Reads on in content that should be lines; the state to go on with, at first 0, or -1 when it is not. */
export function readLines(octets: Uint8Array, state: number, eightBit: boolean): number {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.readLines(octets, state, eightBit));
}

/** Lines of base64 with their CRLF; all but the last piece of content must be a multiple of 57 octets. */
export function base64Lines(octets: Uint8Array): Uint8Array {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.base64Lines(octets));
}

/** Content in quoted-printable. */
export function quotedPrintable(octets: Uint8Array): Uint8Array {
  const { module, glue } = moduleFor(own);
  return module.run(() => glue.quotedPrintable(octets));
}

/** Writes a delivery status notification; see js/reporting.ts. Throws an `InputError`. */
export function reportMessage(report: object): Uint8Array {
  const { module, glue } = moduleFor(own);
  return checked(() => module.run(() => glue.composeReport(report)), "mail");
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
