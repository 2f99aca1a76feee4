/**
 * Modules whose glue is loaded with them. It is never a static import: who only sends would download it, because some bundlers
 * put all that index.ts reaches beside it as soon as a dynamic import reaches it, too.
 */
import { Module } from "./module.js";
import type { Loadable, UsualSource } from "./module.js";

/** What wasm-bindgen puts into every glue. */
interface Generated {
  default(options: { module_or_path: BufferSource }): Promise<unknown>;
  __wbg_reset_state(): void;
}

/** A module that `source` gives, behind the glue that `load` imports; `types` are its classes. */
export function lazily<Glue extends Generated>(
  load: () => Promise<Glue>,
  types: (glue: Glue) => readonly { readonly prototype: object }[],
  source: () => Promise<UsualSource>,
): Loadable<Omit<Glue, "default" | "initSync" | "__wbg_reset_state">> {
  let glue: Glue;
  const module = new Module(
    {
      async load(options) {
        glue = await load();
        return glue.default(options);
      },
      renew: () => glue.__wbg_reset_state(),
      get types() {
        return types(glue);
      },
    },
    source,
  );
  return {
    module,
    /** There once it is loaded. */
    get glue() {
      return glue;
    },
  };
}
