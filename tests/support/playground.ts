/** `edgepost playground` as a user starts it, on ports that are free. */
import { fileURLToPath } from "node:url";

import { type Running, start } from "./process.js";

/** The command, as it is built. */
export const EDGEPOST: string = fileURLToPath(new URL("../../dist/cli/edgepost.js", import.meta.url));

/** Where it listens. */
export interface Listening {
  readonly page: string;
  readonly bridge: string;
  readonly smtp: { readonly host: string; readonly port: number };
}

/** One on free ports, when all of it listens. */
export async function running(...args: readonly string[]): Promise<Running & { readonly at: Listening }> {
  const options = ["playground", "--port", "0", "--smtp-port", "0", "--json", ...args];
  const started = start(process.execPath, [EDGEPOST, ...options]);
  for (;;) {
    const line = /^\{"event":"listening".*\}$/m.exec(started.log())?.[0];
    if (line !== undefined) return Object.assign(started, { at: JSON.parse(line) as Listening });
    if (!started.running) throw new Error(`it has ended:\n${started.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
