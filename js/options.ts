/** Checks options before they are used: an unknown name or a wrong type is an `InputError` that names the option. */
import { InputError } from "./errors.js";

/** What one option may be. */
export interface Rule {
  readonly allows: (value: unknown) => boolean;
  /** Completes "the option x must be ...". */
  readonly words: string;
}

/** The options there are; a shape in a shape is an object of options. */
export interface Shape {
  readonly [name: string]: Rule | Shape;
}

export const text: Rule = { allows: (value) => typeof value === "string", words: "a string" };
export const flag: Rule = { allows: (value) => typeof value === "boolean", words: "true or false" };
export const callback: Rule = { allows: (value) => typeof value === "function", words: "a function" };
export const octets: Rule = { allows: isCount, words: "a whole number of octets" };
export const count: Rule = { allows: isPositive, words: "a whole number, at least 1" };
export const port: Rule = {
  allows: (value) => isCount(value) && value <= 65535,
  words: "a port, 0 to 65535",
};
export const milliseconds: Rule = {
  allows: (value) => typeof value === "number" && value >= 0,
  words: "a number of milliseconds",
};
export const abortSignal: Rule = { allows: (value) => value instanceof AbortSignal, words: "an AbortSignal" };
export const texts: Rule = {
  allows: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  words: "a list of strings",
};

export function oneOf(...values: readonly string[]): Rule {
  const words = values.map((value) => `"${value}"`).join(", ");
  return { allows: (value) => values.includes(value as string), words: `one of ${words}` };
}

/** Throws an `InputError` unless `options` is an object with no other options than those of `shape`, each as it must be. */
export function validate(options: unknown, shape: Shape, path = ""): void {
  if (typeof options !== "object" || options === null)
    throw new InputError(
      path === "" ? "the options must be an object" : `the option ${path} must be an object`,
      {
        field: path,
      },
    );
  for (const [name, value] of Object.entries(options)) {
    const field = path === "" ? name : `${path}.${name}`;
    if (!Object.hasOwn(shape, name)) {
      const known = Object.keys(shape).join(", ");
      throw new InputError(`there is no option ${field}; there are ${known}`, { field });
    }
    const rule = shape[name]!;
    if (value === undefined) continue;
    if (!isRule(rule)) validate(value, rule, field);
    else if (!rule.allows(value))
      throw new InputError(`the option ${field} must be ${rule.words}`, { field });
  }
}

function isRule(rule: Rule | Shape): rule is Rule {
  return typeof rule.allows === "function";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPositive(value: unknown): boolean {
  return isCount(value) && value > 0;
}
