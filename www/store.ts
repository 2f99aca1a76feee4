/**
 * The one place where the state is: which view is open, and what each view shows. A view's part is plain data; the URL
 * holds the open one, `localStorage` all of them. Nothing is sent anywhere: it is the part of the URL that stays here.
 */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { pack, unpack } from "./links.js";

/** A view's part of the state. */
export interface Slice<S> {
  /** The view's name, as in the URL. */
  readonly id: string;
  readonly initial: S;
  /** What came from a link or a draft, if it is one; anything may come. */
  read(value: unknown): S | undefined;
}

/** Milliseconds in which changes are gathered. */
const PAUSE = 250;
/** Links longer than this are not put into the address by themselves: characters. */
const LONGEST_ADDRESS = 8_000;
/** A link that is asked for may be so long, as browsers and chats still take it. */
const LONGEST_LINK = 64_000;
const DRAFT = "edgepost:";

export class Store extends EventTarget {
  view = "";
  readonly #values = new Map<string, unknown>();
  readonly #slices = new Map<string, Slice<unknown>>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** What a view shows; its draft of the last time, or how it begins. */
  get<S>(slice: Slice<S>): S {
    const known = this.#values.get(slice.id) as S | undefined;
    if (known !== undefined) return known;
    this.#slices.set(slice.id, slice as Slice<unknown>);
    const value = draft(slice) ?? slice.initial;
    this.#values.set(slice.id, value);
    return value;
  }

  set<S>(slice: Slice<S>, value: S): void {
    this.#slices.set(slice.id, slice as Slice<unknown>);
    this.#values.set(slice.id, value);
    this.dispatchEvent(new Event("change"));
    clearTimeout(this.#timers.get(slice.id));
    const timer = setTimeout(() => {
      void this.#keep(slice.id).then(() => {
        if (this.#timers.get(slice.id) === timer) this.#timers.delete(slice.id);
      });
    }, PAUSE);
    this.#timers.set(slice.id, timer);
  }

  /** Keeps at once what has changed: the page goes away. An address takes longer to make: the draft has it. */
  leave(): void {
    for (const [id, timer] of this.#timers) {
      clearTimeout(timer);
      this.#draft(id);
      if (id === this.view) history.replaceState(null, "", `#${id}`);
    }
    this.#timers.clear();
  }

  /** Opens a view, as it was. */
  open(view: string): void {
    this.view = view;
    this.dispatchEvent(new Event("change"));
  }

  /** Opens a view with what a link says that it shows; false: that cannot be read. */
  async follow<S>(slice: Slice<S>, packed: string): Promise<boolean> {
    const value = slice.read(await unpack(packed).catch(() => undefined));
    if (value !== undefined) this.set(slice, value);
    return value !== undefined;
  }

  /** The link to the open view as it is now. Undefined: it is too much for a link. */
  async link(): Promise<string | undefined> {
    const address = await this.#address(this.view, LONGEST_LINK);
    return address === undefined ? undefined : new URL(address, location.href).href;
  }

  #draft(id: string): void {
    try {
      localStorage.setItem(DRAFT + id, JSON.stringify(this.#values.get(id)));
    } catch {
      // No room, or not allowed: then there is no draft.
    }
  }

  async #keep(id: string): Promise<void> {
    this.#draft(id);
    if (id !== this.view) return;
    const address = await this.#address(id, LONGEST_ADDRESS);
    if (id === this.view) history.replaceState(null, "", address ?? `#${id}`);
  }

  async #address(id: string, longest: number): Promise<string | undefined> {
    const value = this.#values.get(id);
    if (value === undefined || value === this.#slices.get(id)?.initial) return `#${id}`;
    const address = `#${id}=${await pack(value)}`;
    return address.length > longest ? undefined : address;
  }
}

function draft<S>(slice: Slice<S>): S | undefined {
  try {
    const kept = localStorage.getItem(DRAFT + slice.id);
    return kept === null ? undefined : slice.read(JSON.parse(kept));
  } catch {
    return undefined;
  }
}

export const store = new Store();

/** Draws its host again when the store changes. */
export class Watch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #changed = (): void => this.#host.requestUpdate();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    store.addEventListener("change", this.#changed);
  }

  hostDisconnected(): void {
    store.removeEventListener("change", this.#changed);
  }
}
