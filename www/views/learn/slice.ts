/** What the lessons show, as links carry it; and what a person has done in them, which stays here. */
import { LONGEST } from "../../model/exercises/exercise.js";
import type { Answer } from "../../model/exercises/exercise.js";
import { exerciseOf } from "../../model/exercises/index.js";
import type { Slice } from "../../store.js";

export type Answers = Readonly<Record<string, Answer>>;

export interface LearnState {
  /** By its name; empty: the first. */
  readonly chapter: string;
  /** To the exercises of this chapter. */
  readonly answers: Answers;
}

/** A link of somebody else must not change it: a slice of its own. */
export interface Progress {
  readonly answers: Answers;
  readonly solved: readonly string[];
}

export const slice: Slice<LearnState> = {
  id: "learn",
  initial: { chapter: "", answers: {} },
  read(value) {
    const { chapter, answers } = (value ?? {}) as Record<string, unknown>;
    if (typeof chapter !== "string" || !/^[a-z0-9-]{0,40}$/.test(chapter)) return undefined;
    return { chapter, answers: readAnswers(answers) };
  },
};

export const progress: Slice<Progress> = {
  id: "learn-progress",
  initial: { answers: {}, solved: [] },
  read(value) {
    const { answers, solved } = (value ?? {}) as Record<string, unknown>;
    const known = Array.isArray(solved) ? solved.filter((id) => exerciseOf(String(id)) !== undefined) : [];
    return { answers: readAnswers(answers), solved: [...new Set(known.map(String))] };
  },
};

/** Those that are answers to exercises that there are. */
function readAnswers(value: unknown): Answers {
  const known: Record<string, Answer> = {};
  if (typeof value !== "object" || value === null) return known;
  for (const [id, answer] of Object.entries(value)) {
    const read = readAnswer(id, answer);
    if (read !== undefined) known[id] = read;
  }
  return known;
}

function readAnswer(id: string, answer: unknown): Answer | undefined {
  const exercise = exerciseOf(id);
  if (exercise === undefined) return undefined;
  if (exercise.form !== "choice")
    return typeof answer === "string" && answer.length <= LONGEST ? answer : undefined;
  if (typeof answer !== "object" || answer === null) return undefined;
  const given = answer as Record<string, unknown>;
  return Object.fromEntries(
    exercise.fields.map(({ name, options }) => {
      const chosen = given[name];
      return [
        name,
        options === undefined ? chosen === true : (options.find((one) => one === chosen) ?? options[0]!),
      ];
    }),
  );
}
