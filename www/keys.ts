/** Keys: each action has one, and the page can tell which. */
import type { ReactiveController, ReactiveControllerHost } from "lit";

export interface Key {
  /** As `KeyboardEvent.key` has it, with `Shift+` or `Alt+` before it where that is wanted. */
  readonly key: string;
  readonly does: string;
  run(): void;
}

/** The keys of what is on the page now, the innermost last. */
const groups: { readonly title: string; readonly keys: readonly Key[] }[] = [];

export function keysNow(): readonly { readonly title: string; readonly keys: readonly Key[] }[] {
  return groups;
}

/** Gives keys to a component, for as long as it is on the page. */
export class Keys implements ReactiveController {
  readonly #group: { readonly title: string; readonly keys: readonly Key[] };

  constructor(host: ReactiveControllerHost, title: string, keys: readonly Key[]) {
    this.#group = { title, keys };
    host.addController(this);
  }

  hostConnected(): void {
    groups.push(this.#group);
  }

  hostDisconnected(): void {
    groups.splice(groups.indexOf(this.#group), 1);
  }
}

/** Listens for keys, everywhere but where somebody types. */
export function listen(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.defaultPrevented || typesIn(event)) return;
    const pressed = `${event.altKey ? "Alt+" : ""}${event.shiftKey && event.key.length > 1 ? "Shift+" : ""}${event.key}`;
    const key = groups
      .flatMap(({ keys }) => keys)
      .filter(({ key }) => key === pressed)
      .at(-1);
    if (key === undefined) return;
    event.preventDefault();
    key.run();
  });
}

function typesIn(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  // Enter and space are a button's own.
  return (
    (target instanceof HTMLButtonElement ||
      target instanceof HTMLAnchorElement ||
      target.tagName === "SUMMARY") &&
    (event.key === " " || event.key === "Enter")
  );
}
