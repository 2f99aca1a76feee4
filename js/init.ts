/** The whole engine as one module, for hosts that bring it themselves. */
import type * as Glue from "./wasm/pkg/edgepost.js";
import { InputError } from "./errors.js";
import { lazily } from "./lazy.js";
import { offer } from "./module.js";
import type { Loadable, ModuleSource } from "./module.js";

const everything: Loadable<Omit<typeof Glue, "default" | "initSync" | "__wbg_reset_state">> =
  /* @__PURE__ */ lazily(
    () => import("./wasm/pkg/edgepost.js"),
    ({ ClientEngine, MessageReader, SaslClient, ServerEngine, TraceReader }) => [
      ...[ClientEngine, MessageReader, SaslClient, ServerEngine, TraceReader],
    ],
    () => Promise.reject(new InputError("it has no usual place: init takes the module")),
  );

/**
 * Loads the engine from a place of your own, for hosts where its files are not found by themselves: the module that is
 * `edgepost/edgepost.wasm`, which does everything. Call it before anything else: what has been loaded by itself stays.
 * Rejects with an `InputError` when it cannot be loaded.
 */
export function init(source: ModuleSource): Promise<void> {
  const loading = everything.module.load(source);
  offer(everything);
  return loading;
}
