/** One WebAssembly module behind its glue: loaded once, and given a fresh instance when it breaks. */
import { ClosedError, InputError, wordsOf } from "./errors.js";
import type * as Whole from "./wasm/pkg/edgepost.js";

/** What `init` takes: a compiled module, its octets, its address, or a fetched response. */
export type ModuleSource =
  | WebAssembly.Module
  | BufferSource
  | URL
  | string
  | Response
  | PromiseLike<WebAssembly.Module | BufferSource | Response>;

/** What js/wasm/ gives, a file for each runtime. */
export type UsualSource = WebAssembly.Module | Uint8Array | Response;

/** What the glue has for every module. */
export interface Loader {
  /** Loads the module; its octets are one of the forms that it takes. */
  load(options: { module_or_path: BufferSource }): Promise<unknown>;
  /** Makes another instance of the loaded module. Objects of the one before must not be used any more. */
  renew(): void;
  /** The classes of the objects that live in an instance. */
  readonly types: readonly { readonly prototype: object }[];
}

/** The instance that an object lives in. */
const INSTANCE = Symbol("instance");
type Method = (this: { [INSTANCE]?: object }, ...args: unknown[]) => unknown;

/** Calls that fail where they are made. All others are made in vain, because the next poll says that it is over. */
const NEEDED: ReadonlySet<string> = new Set([
  "poll",
  "receive",
  "end",
  "send",
  "content",
  "cleanContent",
  "chunked",
  "request",
  "initial",
  "respond",
  "succeeded",
]);
const NOTHING: readonly never[] = [];

/** A module and what is around it: functions and classes, there once it is loaded. */
export interface Loadable<Glue> {
  readonly module: Module;
  readonly glue: Glue;
}

/** What is around the module that does everything, but for what is around every module. */
type Everything = Omit<typeof Whole, "default" | "initSync" | "__wbg_reset_state">;

/** The module that a host has brought (js/init.ts), which does everything. */
let everything: Loadable<Everything> | undefined;

/** Has `loadable` do everything that no other module has been loaded for. */
export function offer(loadable: Loadable<Everything>): void {
  everything = loadable;
}

/** The module for a part of the work: the part's own, unless a host has brought one before that was loaded. */
export function moduleFor<Part extends keyof Everything>(
  own: Loadable<Pick<Everything, Part>>,
): Loadable<Pick<Everything, Part>> {
  return everything?.module.begun === true && !own.module.begun ? everything : own;
}

export class Module {
  readonly #loader: Loader;
  readonly #source: () => Promise<UsualSource>;
  #loading: Promise<void> | undefined;
  #loaded = false;
  #guarded = false;
  #instance: object = {};
  #broken = false;

  constructor(loader: Loader, source: () => Promise<UsualSource>) {
    this.#loader = loader;
    this.#source = source;
  }

  /** Whether it is loaded, or being loaded. */
  get begun(): boolean {
    return this.#loading !== undefined;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Loads it, once; from its usual place unless told otherwise. Rejects with an `InputError`. */
  load(from?: ModuleSource): Promise<void> {
    this.#loading ??= (async () => {
      try {
        await this.#loader.load({ module_or_path: (await (from ?? this.#source())) as BufferSource });
      } catch (cause) {
        this.#loading = undefined;
        throw new InputError(`the engine cannot be loaded: ${wordsOf(cause)}`, { cause });
      }
      if (!this.#guarded)
        for (const { prototype } of this.#loader.types) this.#guard(prototype as Record<string, Method>);
      this.#guarded = true;
      this.#loaded = true;
    })();
    return this.#loading;
  }

  /** For what cannot wait: throws an `InputError` when it is not loaded. */
  demand(): void {
    if (!this.#loaded) throw new InputError("the engine is not loaded yet: call `await ready()` first");
  }

  /** Makes an object that lives in the present instance, and dies with it. */
  make(construct: () => object): object {
    const made = this.run(construct);
    (made as { [INSTANCE]: object })[INSTANCE] = this.#instance;
    return made;
  }

  /** Runs a call into the present instance. */
  run<T>(call: () => T): T {
    if (this.#broken) this.#renew();
    try {
      return call();
    } catch (thrown) {
      throw this.#judge(thrown);
    }
  }

  /** What to throw for what was thrown. After a trap, nothing in the instance can be relied on: it is let go. */
  #judge(thrown: unknown): unknown {
    if (!(thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError)) return thrown;
    this.#instance = {};
    this.#broken = true;
    try {
      this.#renew();
    } catch {
      // No memory, perhaps. The next session tries again, and says so.
    }
    return new ClosedError(`the engine failed: ${wordsOf(thrown)}`, { cause: thrown });
  }

  #renew(): void {
    this.#loader.renew();
    this.#broken = false;
  }

  /** Keeps what lived in a broken instance away from the one that took its place. */
  #guard(prototype: Record<string, Method>): void {
    const judge = (thrown: unknown): unknown => this.#judge(thrown);
    const present = (): object => this.#instance;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name === "constructor" || name.startsWith("__")) continue;
      const method = prototype[name]!;
      const needed = NEEDED.has(name);
      prototype[name] = function (...args) {
        if (this[INSTANCE] !== present()) {
          if (needed) throw new ClosedError("the engine failed, and its sessions with it");
          return NOTHING;
        }
        try {
          return method.apply(this, args);
        } catch (thrown) {
          const error = judge(thrown);
          if (error === thrown || needed) throw error;
          return NOTHING;
        }
      };
    }
  }
}
