// A build step: skipped while its inputs are what they were, timed and named when it runs.
import { done, forget, remember } from "./stamp.mjs";

/**
 * Runs `make` unless step `name` was last done with the same `inputs` (a fingerprint) and all `outputs` are there.
 * Resolves to true when it ran.
 */
export async function step(name, { inputs, outputs }, make) {
  if (await done(name, inputs, outputs)) return false;
  await forget(name);
  const began = Date.now();
  await make();
  await remember(name, inputs);
  process.stderr.write(`built ${name} in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  return true;
}
