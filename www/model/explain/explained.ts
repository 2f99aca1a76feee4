/** How things are explained: a title, plain sentences, and where it is written. No DOM. */

export interface Explained {
  readonly title: string;
  /** Sentences. */
  readonly text: string;
  /** As `"5321#4.1.1.2"`: the number of the RFC, and the section or the letter of the appendix. */
  readonly reference?: string;
  /** Where else it is written, when no RFC has it. */
  readonly source?: string;
}

/** A table of explanations by name: text and reference, or text and another source. */
export type Table = Readonly<Record<string, readonly [text: string, reference: string]>>;

/** The row of a name that need not be there. */
export function rowOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Where it is written: an RFC begins with its number. */
export function written(reference: string): Pick<Explained, "reference" | "source"> {
  return /^\d/.test(reference) ? { reference } : reference === "" ? {} : { source: reference };
}
