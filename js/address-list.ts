/** Reading addresses as users write them, and as header fields have them (RFC 5321 section 4.1.2, RFC 5322 section 3.4). */
import { addrSpec, addressList } from "./reader.js";
import { parseAddress as parseMailbox } from "./engine.js";
import type { ListedGroup, ListedMailbox } from "./reader.js";
import type { Mailbox } from "./engine.js";

/** How {@link parseAddress} and {@link parseAddressList} read. */
export interface ParseAddressOptions {
  /** Allow UTF-8 (RFC 6531, RFC 6532). Default: false. */
  readonly utf8?: boolean;
  /** Allow the obsolete syntax of RFC 5322 section 4.4. Default: false. */
  readonly obsolete?: boolean;
}

/**
 * Reads one mailbox (RFC 5321 section 4.1.2). With `obsolete`, it is an `addr-spec` of RFC 5322 section 3.4.1 with the white
 * space and comments that may be around and in it; what comes out has none. Throws an `InputError` with the position and
 * the rule, also when the engine is not loaded.
 */
export function parseAddress(text: string, options: ParseAddressOptions = {}): Mailbox {
  return options.obsolete === true ? addrSpec(text, options.utf8 ?? false) : parseMailbox(text, options);
}

/**
 * Reads a list of mailboxes and groups, as `To` has it (RFC 5322 section 3.4). Throws an `InputError` with the position in
 * octets and the rule, also when the engine is not loaded.
 */
export function parseAddressList(
  text: string,
  options: ParseAddressOptions = {},
): (ListedMailbox | ListedGroup)[] {
  return addressList(text, options.utf8 ?? false, options.obsolete ?? false);
}
