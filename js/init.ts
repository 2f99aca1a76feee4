/** The whole engine as one module, for hosts that bring it themselves. */
import type * as Glue from "./wasm/pkg/edgepost.js";
import { InputError } from "./errors.js";
import { Module, offer } from "./module.js";
import type { ModuleSource } from "./module.js";

/** What is around the module, there once it is loaded; never a static import, as in serving.ts. */
let loaded: typeof Glue;
const module: Module = /* @__PURE__ */ new Module(
  {
    async load(options) {
      loaded = await import("./wasm/pkg/edgepost.js");
      return loaded.default(options);
    },
    renew: () => loaded.__wbg_reset_state(),
    get types() {
      return [loaded.ClientEngine, loaded.SaslClient, loaded.ServerEngine, loaded.TraceReader];
    },
  },
  () => Promise.reject(new InputError("it has no usual place: init takes the module")),
);

/**
 * Loads the engine from a place of your own, for hosts where its files are not found by themselves: the module that is
 * `edgepost/edgepost.wasm`, which does everything. Call it before anything else: what has been loaded by itself stays.
 * Rejects with an `InputError` when it cannot be loaded.
 */
export function init(source: ModuleSource): Promise<void> {
  const loading = module.load(source);
  offer({
    module,
    get glue() {
      return loaded;
    },
  });
  return loading;
}
