/** Addresses as applications write them, and errors that say which of them is wrong. */
import { InputError } from "./errors.js";
import { parseAddress } from "./engine.js";
import type { NamedAddress } from "./engine.js";

/** How much of an address is shown in an error, in characters. */
const SHOWN = 100;

type AddressFields = Readonly<Record<string, readonly NamedAddress[]>>;

/** Runs a call to the engine; when it fails because of one of these addresses, the error says which. */
export function namingAddress<T>(call: () => T, fields: AddressFields): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof InputError) throw wrongAddress(fields) ?? error;
    throw error;
  }
}

function wrongAddress(fields: AddressFields): InputError | undefined {
  for (const [field, addresses] of Object.entries(fields))
    for (const address of addresses.map(addressOf)) {
      try {
        checkAddress(address);
      } catch (cause) {
        if (!(cause instanceof InputError)) throw cause;
        const { message, position, rule } = cause;
        const shown = JSON.stringify(address.length > SHOWN ? `${address.slice(0, SHOWN)}…` : address);
        return new InputError(`${field}: ${shown} is no address: ${message}`, {
          field,
          stage: "mail",
          ...(position !== undefined && { position }),
          ...(rule !== undefined && { rule }),
        });
      }
    }
  return undefined;
}

/** Throws an `InputError`. */
export function checkAddress(address: string): void {
  // The one local part that needs no domain (RFC 5321 section 4.5.1).
  if (address.toLowerCase() !== "postmaster") parseAddress(address, { utf8: true });
}

/** What is wrong with a field of a message, before anything is sent. */
export function bad(what: string, field: string): InputError {
  return new InputError(what, { field, stage: "mail" });
}

/** The mailbox alone. */
export function addressOf(address: NamedAddress): string {
  return typeof address === "string" ? address : address.address;
}
