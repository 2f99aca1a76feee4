/** What is a mailbox. The engine must be loaded. No DOM. */
import { parseAddress } from "edgepost";

/** Whether a server can be told it, by SMTPUTF8 at least (RFC 5321 section 4.1.2, RFC 6531 section 3.3). */
export function isMailbox(address: string): boolean {
  try {
    parseAddress(address, { utf8: true });
    return true;
  } catch {
    return false;
  }
}
