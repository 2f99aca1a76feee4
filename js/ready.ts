/** Loading the engine ahead, for what cannot wait for it. */
import { readyToRead } from "./reader.js";
import { readyToServe } from "./serving.js";

/**
 * Loads the engine, once, as far as it is not sending or composing. Everything asynchronous does it by itself; `parseAddress`,
 * `parseAddressList`, `parseReply`, `parseCommand` and `describeStatus` need it before. Rejects with an `InputError` when it
 * cannot be loaded.
 */
export async function ready(): Promise<void> {
  await Promise.all([readyToServe(), readyToRead()]);
}
