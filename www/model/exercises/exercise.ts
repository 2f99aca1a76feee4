/**
 * An exercise, but for its words, which stand in its chapter: how it is answered, and who says whether that is right. The
 * engine does, never a list of right answers. No DOM.
 */
import type { Plan } from "../plan.js";
import type { SessionRecord } from "../recording.js";

/** What a person has given: a text, or what was chosen in each field. */
export type Answer = string | Choice;
export type Choice = Readonly<Record<string, string | boolean>>;

export interface Verdict {
  readonly right: boolean;
  /** Sentences: what is wrong, or what was done. */
  readonly words: string;
  /** Where it is wrong, as characters of the text. */
  readonly at?: Place;
  /** The session that was run. */
  readonly record?: SessionRecord;
  /** What of the fields is wrong. */
  readonly wrong?: readonly string[];
}

export interface Place {
  readonly start: number;
  readonly end: number;
}

interface Common {
  readonly id: string;
  /** A text that the task is about, as it is. */
  readonly given?: string;
}

/** One whose answer is a text: a line, lines, or what a side of a session says, in turn. */
export interface Written extends Common {
  readonly form: "line" | "lines" | "client" | "server";
  /** What stands there in the beginning. */
  readonly start?: string;
  readonly answer: string;
  look(answer: string): Verdict | Promise<Verdict>;
  /** What the studio shows: of sessions. */
  plan?(answer: string): Plan;
}

/** One whose answer is chosen. */
export interface Chosen extends Common {
  readonly form: "choice";
  readonly fields: readonly Field[];
  readonly answer: Choice;
  look(answer: Choice): Verdict | Promise<Verdict>;
  plan?(answer: Choice): Plan;
}

/** What can be chosen: one of several, or to tick it or not. */
export interface Field {
  readonly name: string;
  readonly label: string;
  /** Shown as code. */
  readonly code?: boolean;
  /** Absent: a tick. */
  readonly options?: readonly string[];
}

export type Exercise = Written | Chosen;

/** A text that is longer is no answer: characters. */
export const LONGEST = 8_000;

export function right(words: string, more: Partial<Verdict> = {}): Verdict {
  return { right: true, words, ...more };
}

export function wrong(words: string, more: Partial<Verdict> = {}): Verdict {
  return { right: false, words, ...more };
}

/** What stands there before somebody has answered. */
export function startOf(exercise: Exercise): Answer {
  if (exercise.form !== "choice") return exercise.start ?? "";
  return Object.fromEntries(
    exercise.fields.map(({ name, options }) => [name, options === undefined ? false : options[0]!]),
  );
}

/** Judges; of a kind of answer that is not the exercise's, as a link may bring it, that it is none. */
export async function judge(exercise: Exercise, answer: Answer): Promise<Verdict> {
  if (exercise.form === "choice") {
    if (typeof answer === "string") return wrong("Choose something.");
    return exercise.look(answer);
  }
  if (typeof answer !== "string" || answer.trim() === "") return wrong("There is nothing here yet.");
  if (answer.length > LONGEST) return wrong(`That is too long: at most ${LONGEST} characters.`);
  return exercise.look(answer);
}

/** The session of an answer, for the studio. */
export function planOf(exercise: Exercise, answer: Answer): Plan | undefined {
  if (exercise.form === "choice") return typeof answer === "string" ? undefined : exercise.plan?.(answer);
  return typeof answer === "string" ? exercise.plan?.(answer) : undefined;
}
