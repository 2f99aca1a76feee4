/** The messages of the lab, for as long as the page is open: one that is too large for a draft, and those before it. */
import { octetsOf, textOf } from "../../model/source.js";
import { store } from "../../store.js";
import { LONGEST_DRAFT, slice } from "./slice.js";

type Octets = Uint8Array<ArrayBuffer>;

/** Messages that one can go back to. */
const BEFORE = 5;

let held: Octets | undefined;
let before: readonly Octets[] = [];
let arrived = "";

/** The message that is too large for a draft. */
export function heldMessage(): Octets | undefined {
  return held;
}

/**
 * Makes it the lab's message: for drafts and links, where it is not too large for them. Gives the text that they have.
 * `known` is the text of the octets, for who has it already.
 */
export function keep(octets: Octets, example: string | undefined, known?: string): string | undefined {
  const text = known ?? (octets.length <= 4 * LONGEST_DRAFT ? textOf(octets) : undefined);
  const source = text !== undefined && text.length <= LONGEST_DRAFT ? text : undefined;
  held = source === undefined ? octets : undefined;
  store.set(slice, {
    ...(source !== undefined && { source }),
    ...(example !== undefined && { example }),
    tab: store.get(slice).tab,
  });
  return source;
}

/** Another message comes: this one can be had back. */
export function remember(octets: Octets): void {
  before = [...before, octets].slice(-BEFORE);
}

export function canGoBack(): boolean {
  return before.length > 0;
}

export function goBack(): Octets | undefined {
  const last = before.at(-1);
  before = before.slice(0, -1);
  return last;
}

/** Brings a message from another view; the lab will say `said` of it. */
export function bring(octets: Octets, said: string): void {
  const { source } = store.get(slice);
  const now = source === undefined ? held : octetsOf(source);
  if (now !== undefined) remember(now);
  arrived = said;
  keep(octets, undefined);
}

/** What is to be said of a message that has come from another view: once. */
export function takeWords(): string {
  const words = arrived;
  arrived = "";
  return words;
}
