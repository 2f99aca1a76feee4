/** Tests of sessions: when one fails, it shows what was said. */

import { test } from "node:test";

/** What is seen of a session; `trace` is made for the option of that name. */
export class Witness {
  readonly trace = (step: { readonly from: string; readonly text: string; readonly verb?: string }): void => {
    if (step.from === "client" && step.verb !== undefined) this.verbs.push(step.verb);
    const who = { client: "C", server: "S" }[step.from] ?? "-";
    for (const line of step.text.split("\n")) this.transcript += `${who}: ${line}\n`;
  };

  /** The commands, in order. */
  readonly verbs: string[] = [];

  /** The session as a person reads it; tests may add what else they know. */
  transcript = "";
}

/**
 * Registers a test. Its `body` hands `witness.trace` to the session, and the transcript becomes part of the failure,
 * with what `log` has gained meanwhile.
 */
export function session(
  name: string,
  options: { skip: string | false; log?: () => string },
  body: (witness: Witness) => Promise<void>,
): void {
  test(name, { skip: options.skip, timeout: 60_000 }, async () => {
    const before = options.log?.().length ?? 0;
    const witness = new Witness();
    try {
      await body(witness);
    } catch (error) {
      const said = witness.transcript.slice(-20_000);
      const logged = (options.log?.() ?? "").slice(before).slice(-10_000);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${reason}\n\n--- session ---\n${said}${logged && `--- log ---\n${logged}`}`, {
        cause: error,
      });
    }
  });
}
