/**
 * Everything of a message but the content of its attachments, told to the engine in one call: records, each a letter and a
 * value, which src/wasm/message.rs reads. What is wrong with one is said with the name of the field that it came from.
 */
import { bad } from "./address.js";
import { composeSkeleton } from "./composer.js";
import { InputError } from "./errors.js";

/** The record's letter: what its value is. */
export type Op =
  /** A field of addresses; names and mailboxes follow. */
  | "A"
  | "n"
  | "m"
  /** A recipient that is nowhere written. */
  | "b"
  /** A field of message identifiers; they follow. */
  | "I"
  | "i"
  | "D"
  /** A field's name; its text follows. */
  | "H"
  | "v"
  /** A multipart begins and ends. */
  | "("
  | ")"
  /** Of the part that the next T or B ends: type, parameter, disposition, file name, identifier, field and its text. */
  | "t"
  | "p"
  | "d"
  | "f"
  | "c"
  | "h"
  | "w"
  /** A text. */
  | "T"
  /** The place of content, and how it is encoded. */
  | "B"
  /** The place of an entity that has its own header. */
  | "V";

/** The octets, where contents go in them, and whether octets over 127 are among them. */
export interface Skeleton {
  readonly octets: Uint8Array;
  readonly places: readonly number[];
  readonly eightBit: boolean;
}

/** What the engine calls a part's fields, and what a draft does. */
const FIELDS: Readonly<Record<string, string>> = {
  media_type: "contentType",
  params: "contentType",
  filename: "filename",
  disposition: "contentDisposition",
  id: "cid",
  name: "headers",
  value: "headers",
  text: "content",
};
/** How much of an address is shown in an error, in characters. */
const SHOWN = 100;

interface Fault {
  readonly record: number;
  readonly part: string;
  readonly position: number;
  readonly rule: string;
}

export class Records {
  readonly #places: string[] = [];
  readonly #stem: string;
  #text: string;

  /** `stem` is what boundaries are made of. */
  constructor(stem: string, utf8: boolean, eightBit: boolean) {
    this.#stem = stem;
    this.#text = `${utf8 ? "u" : ""}${eightBit ? "8" : ""}\0${stem}`;
  }

  get stem(): string {
    return this.#stem;
  }

  /** `field` is where the value was given; with a dot at its end, what it is of. */
  put(op: Op, value: string, field = ""): void {
    const at = value.indexOf("\0");
    if (at >= 0) {
      const position = new TextEncoder().encode(value.slice(0, at)).length;
      throw wrong(field.replace(/\.$/, ""), position, "a printable character");
    }
    this.#places.push(field);
    this.#text += `\0${op}${value}`;
  }

  /** Has the engine make it. `contents` is how many places for content there are. Throws an `InputError`. */
  made(contents: number): Skeleton {
    let flat: Uint8Array;
    try {
      flat = composeSkeleton(this.#text);
    } catch (thrown) {
      if (thrown instanceof Error || typeof (thrown as Fault | null)?.record !== "number") throw thrown;
      throw this.#error(thrown as Fault);
    }
    const end = flat.length - 1 - 4 * contents;
    const view = new DataView(flat.buffer, flat.byteOffset);
    const places = Array.from({ length: contents }, (_, index) => view.getUint32(end + 4 * index, true));
    return { octets: flat.subarray(0, end), places, eightBit: flat[flat.length - 1] === 0 };
  }

  #error({ record, part, position, rule }: Fault): InputError {
    let field = this.#places[record] ?? "";
    if (field.endsWith(".") && field !== "headers.")
      field = FIELDS[part] === undefined ? field.slice(0, -1) : field + FIELDS[part];
    if (part !== "mailbox") return wrong(field, position, rule);
    const address = this.#text.split("\0")[record + 2]!.slice(1);
    const shown = JSON.stringify(address.length > SHOWN ? `${address.slice(0, SHOWN)}…` : address);
    return wrong(field, position, rule, `${shown} is no address: `);
  }
}

function wrong(field: string, position: number, rule: string, what = ""): InputError {
  const message = `${field}: ${what}expected ${rule} at octet ${position}`;
  return Object.assign(bad(message, field), { position, rule });
}
