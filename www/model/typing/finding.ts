/** What is said of a typed line, and what could be typed. No DOM. */
import type { InputError, Severity } from "edgepost";
import { explainExpected } from "../explain/expected.js";
import { problemOf } from "../explain/line.js";
import type { SessionPlan } from "../plan.js";
import type { Course } from "./course.js";

export interface Finding {
  /** `error`: by the grammar it is wrong. `warning`: it is well-formed, but not in place. `info`: it is to be known. */
  readonly severity: Severity;
  /** Sentences. */
  readonly message: string;
  /** As `"5321#4.1.4"`. */
  readonly reference?: string;
  /** What a server answers to it. */
  readonly code?: number;
  /** Octets of the line, from 0; `end` is behind the last. */
  readonly start: number;
  readonly end: number;
}

/** Something that could be typed. */
export interface Completion {
  /** What is put in: it can be several lines. */
  readonly text: string;
  /** What of it is new, where it begins with what stands there. */
  readonly more?: string;
  /** One line about it. */
  readonly about: string;
  /** It would be out of place now. */
  readonly late?: boolean;
}

/** What is typed, without what has been typed behind the caret. */
export interface Typed {
  readonly plan: SessionPlan;
  /** Where the session is when this line begins. */
  readonly course: Course;
  /** The line up to the caret. */
  readonly line: string;
}

/** What is said where the grammar ends. `open`: the line is still being typed, and not wrong where it ends. */
export function errorOf(error: InputError, length: number, open: boolean, code?: number): Finding {
  const { position, rule, message } = problemOf(error);
  const place = { start: position, end: position + 1 };
  if (open && position >= length) return { severity: "info", message: `To go on: ${rule}.`, ...place };
  // The codes of a reply differ: then what was expected has no name.
  const todo = explainExpected(rule ?? "the same code");
  // Where, stands beside it.
  const what = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace(/ at octet \d+\.$/, ".");
  return {
    severity: "error",
    message: todo === undefined ? what : `${what} ${todo.text}`,
    ...(todo?.reference !== undefined && { reference: todo.reference }),
    ...(code !== undefined && { code }),
    ...place,
  };
}

/** Where a text is no base64; undefined: it is (RFC 4648 section 4). */
export function notBase64(text: string): { readonly at: number; readonly why: string } | undefined {
  const at = /[^A-Za-z0-9+/=]|=(?![=]?$)/.exec(text)?.index;
  if (at !== undefined) return { at, why: "Here stands something that is not base64." };
  return text.length % 4 === 0
    ? undefined
    : { at: text.length, why: "Base64 comes in groups of four: fill it with “=”." };
}

const encoder = new TextEncoder();

/** Octets of a text, as UTF-8. */
export function lengthOf(text: string): number {
  return encoder.encode(text).length;
}

export function base64Of(text: string): string {
  return btoa(String.fromCharCode(...encoder.encode(text)));
}

/** As it has to be typed: what is an escape, and what cannot be typed. */
export function typeable(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replace(/[\0-\x1f\x7f]/g, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
