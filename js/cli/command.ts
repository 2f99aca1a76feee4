/** What the commands of `edgepost` share: how one looks, how it ends, how it reads its options. */
import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Resolves to the exit code. Throws a {@link Complaint} for what the user can mend. */
  run(args: readonly string[]): Promise<number>;
}

/** Exit codes; `TRY_LATER` is EX_TEMPFAIL of sysexits.h. */
export const DONE = 0;
export const REFUSED = 1;
export const WRONG_USAGE = 2;
export const TRY_LATER = 75;
/** What shells report for a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** What keeps a command from its work, in words for the user, and the exit code that goes with it. */
export class Complaint extends Error {
  constructor(
    message: string,
    readonly exitCode: number = REFUSED,
  ) {
    super(message);
  }
}

/** The command was called in a way that it does not understand. */
export class UsageError extends Complaint {
  constructor(message: string) {
    super(message, WRONG_USAGE);
  }
}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T; strict: true }>>["values"];

/** Reads options; positional arguments are not allowed, `-` included. Throws a {@link UsageError}. */
export function parseOptions<T extends Options>(args: readonly string[], options: T): Values<T> {
  return parse(args, options, false).values;
}

/** The same where positional arguments are allowed, as files are. */
export function parseArguments<T extends Options>(args: readonly string[], options: T): Arguments<T> {
  return parse(args, options, true);
}

interface Arguments<T extends Options> {
  readonly values: Values<T>;
  readonly positionals: readonly string[];
}

function parse<T extends Options>(
  args: readonly string[],
  options: T,
  allowPositionals: boolean,
): Arguments<T> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals }) as Arguments<T>;
  } catch (error) {
    throw new UsageError(wordsFor(error as Error & { code?: string }, args, Object.keys(options)));
  }
}

function wordsFor(
  error: Error & { code?: string },
  args: readonly string[],
  known: readonly string[],
): string {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  if (error.code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const meant = quoted.startsWith("--") ? closest(quoted.slice(2), known) : undefined;
    return `unknown option ${quoted}${meant === undefined ? "" : `; did you mean --${meant}?`}`;
  }
  if (error.code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL")
    return `unexpected argument "${quoted}"; every value goes with an option`;
  const option = /--[a-z-]+/.exec(quoted)?.[0] ?? quoted;
  if (/ambiguous/.test(error.message)) {
    const value = args[args.indexOf(option) + 1];
    return `${option} needs a value; if "${value}" is meant, write ${option}=${value}`;
  }
  if (/does not take an argument/.test(error.message)) return `${option} takes no value`;
  if (/argument missing/.test(error.message)) return `${option} needs a value`;
  return error.message;
}

/** The word nearest to `word`, if one is near enough to be what was meant. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(word, candidate) }))
    .sort((one, other) => one.edits - other.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.min(2, Math.floor(word.length / 2))
    ? best.candidate
    : undefined;
}

/** How many letters have to be changed, added or taken away (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let line = 1; line <= one.length; line++) {
    const next = [line];
    for (let column = 1; column <= other.length; column++) {
      const same = one[line - 1] === other[column - 1] ? 0 : 1;
      next.push(Math.min(row[column]! + 1, next[column - 1]! + 1, row[column - 1]! + same));
    }
    row = next;
  }
  return row.at(-1)!;
}

/** A whole number within limits. */
export function wholeNumber(text: string, option: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  const range = max === Infinity ? `a whole number from ${min} on` : `a whole number from ${min} to ${max}`;
  throw new UsageError(`${option} has to be ${range}, not "${text}"`);
}

/** Octets: `1000`, `64K`, `25M`, `1G`; the letters mean powers of 1024. */
export function octetCount(text: string, option: string): number {
  const match = /^(\d{1,9})([KMG]?)$/i.exec(text);
  if (match === null || Number(match[1]) === 0)
    throw new UsageError(`${option} has to be a size like 500K or 25M, not "${text}"`);
  return Number(match[1]) * 1024 ** ["", "K", "M", "G"].indexOf(match[2]!.toUpperCase());
}

/** One of several words. */
export function oneOf<T extends string>(text: string, option: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `${option} has to be ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}, not "${text}"`,
  );
}
