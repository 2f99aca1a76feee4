/** What a person does with a page, in any browser: looks until something is there, points at it, and types. */
import type { Page } from "../support/browsers.js";

/** How long a person waits for something to be there: milliseconds. */
const PATIENCE = 30_000;

export interface Person {
  /** Waits until something is to be seen, and reads it. */
  see(what: string, words?: Words): Promise<string>;
  /** Reads all that is there now, in the order of the page. */
  all(what: string): Promise<readonly string[]>;
  /** Waits until nothing of the kind is to be seen. */
  gone(what: string, words?: Words): Promise<void>;
  click(what: string, words?: Words): Promise<void>;
  press(...keys: readonly string[]): Promise<void>;
  /** Types in place of what a field has, which is clicked on for that. */
  fill(what: string, words: Words, text: string): Promise<void>;
  type(text: string): Promise<void>;
  /** Goes by the tabulator until the focus is on this; with `Shift+Tab` backwards. It may not leave the page on its way. */
  tabTo(what: string, words?: Words, way?: "Tab" | "Shift+Tab"): Promise<void>;
  /** Has a text in the clipboard, from elsewhere. */
  copy(text: string): Promise<void>;
}

/** What is written there, or how it is called: a part of it, or a pattern. */
export type Words = string | RegExp;

interface Look {
  /** CSS selectors; each is looked for within what was found for the one before, in shadow trees, too. */
  readonly path: readonly string[];
  readonly words: string;
  readonly pattern: boolean;
  readonly limit: number;
  /** Whether the place has to be one that can be pointed at. */
  readonly point: boolean;
  /** Whether nothing is to be found. */
  readonly gone: boolean;
  /** Whether the focus has to be in it now. */
  readonly focused: boolean;
}

/** `what` is a CSS selector; ` >>> ` stands between selectors of what is inside of one another. */
export function personAt(page: Page): Person {
  const look = (what: string, words: Words, more: Partial<Look> = {}): ReturnType<typeof found> =>
    found(page, {
      path: what.split(" >>> "),
      words: typeof words === "string" ? words : words.source,
      pattern: typeof words !== "string",
      limit: PATIENCE,
      point: false,
      gone: false,
      focused: false,
      ...more,
    });
  const there = async (...asked: Parameters<typeof look>): Promise<Found> => {
    const [first] = await look(...asked);
    if (first === undefined) {
      const others = (await look(asked[0], "", { limit: 0 })).map(({ text }) => text).join(" | ");
      const said = page.complaints.join("; ");
      throw new Error(`${asked[0]} ${String(asked[1])} is not there, but: ${others}; said was: ${said}`);
    }
    return first;
  };
  const person: Person = {
    see: async (what, words = "") => (await there(what, words)).text,
    all: async (what) => (await look(what, "", { limit: 0 })).map(({ text }) => text),
    async gone(what, words = "") {
      const [still] = await look(what, words, { gone: true });
      if (still !== undefined) throw new Error(`${what} ${String(words)} stays: ${still.text}`);
    },
    async click(what, words = "") {
      const { x, y } = await there(what, words, { point: true });
      await page.click(x, y);
    },
    async press(...keys) {
      for (const key of keys) await page.press(key);
    },
    async fill(what, words, text) {
      await person.click(what, words);
      await page.press("Control+a");
      await page.type(text);
    },
    type: (text) => page.type(text),
    async tabTo(what, words = "", way = "Tab") {
      for (let step = 0; step < 100; step++) {
        if ((await look(what, words, { limit: 0, focused: true })).length > 0) return;
        await page.press(way);
      }
      throw new Error(`no way leads to ${what} ${String(words)} by the tabulator`);
    },
    async copy(text) {
      await page.evaluate((text) => {
        const field = document.createElement("textarea");
        field.id = "elsewhere";
        field.value = text;
        document.body.append(field);
        field.select();
      }, text);
      await page.press("Control+c");
      await page.evaluate(() => document.querySelector("#elsewhere")!.remove(), undefined);
    },
  };
  return person;
}

interface Found {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Looks again with each frame until there is what is looked for. It runs in the page: no function in it has a name. */
function found(page: Page, look: Look): Promise<readonly Found[]> {
  return page.evaluate(async ({ path, words, pattern, limit, point, gone, focused }) => {
    const until = performance.now() + limit;
    // What was done last has its effect with the next frame.
    await new Promise(requestAnimationFrame);
    for (;;) {
      let within: ParentNode[] = [document];
      for (const css of path) {
        const roots: ParentNode[] = within.flatMap((node) =>
          node instanceof Element && node.shadowRoot !== null ? [node, node.shadowRoot] : [node],
        );
        // It grows while it is gone through.
        for (const root of roots)
          for (const { shadowRoot } of root.querySelectorAll("*"))
            if (shadowRoot !== null && !roots.includes(shadowRoot)) roots.push(shadowRoot);
        within = [...new Set(roots.flatMap((root) => [...root.querySelectorAll(css)]))];
      }
      const seen = (within as HTMLElement[]).filter((element) => {
        const trees = element.shadowRoot === null ? [] : [element.shadowRoot];
        for (const tree of trees)
          for (const { shadowRoot } of tree.querySelectorAll("*"))
            if (shadowRoot !== null) trees.push(shadowRoot);
        const shown = trees.flatMap((tree) =>
          [...tree.children].map((child) => (child as HTMLElement).innerText),
        );
        const names = [element.innerText ?? "", element.ariaLabel ?? "", element.title, shown.join("\n")];
        const meant = names.some((name) =>
          pattern ? new RegExp(words, "u").test(name.trim()) : name.includes(words),
        );
        return meant && element.checkVisibility({ visibilityProperty: true });
      });
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      const right = focused ? seen.filter((element) => element === active) : seen;
      const [first] = right;
      let place = { x: 0, y: 0 };
      let reached = !point;
      if (point && first !== undefined) {
        first.scrollIntoView({ block: "nearest", inline: "nearest" });
        const before = first.getBoundingClientRect();
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        const { x, y, width, height } = first.getBoundingClientRect();
        place = { x: x + width / 2, y: y + height / 2 };
        let hit: Node | null = document.elementFromPoint(place.x, place.y);
        for (;;) {
          const inner: Element | null | undefined = (hit as Element | null)?.shadowRoot?.elementFromPoint(
            place.x,
            place.y,
          );
          if (!inner || inner === hit) break;
          hit = inner;
        }
        while (hit !== null && hit !== first) hit = hit instanceof ShadowRoot ? hit.host : hit.parentNode;
        const enabled = !(first as HTMLButtonElement).disabled;
        reached = hit === first && enabled && x === before.x && y === before.y;
      }
      const done = gone ? right.length === 0 : right.length > 0 && reached;
      if (done && gone) {
        // A focus that was in it has left it only with the next frame but one.
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
      }
      if (done || performance.now() >= until)
        return (gone || reached ? right : []).map((element) => ({
          text: (element.innerText ?? element.textContent).trim(),
          ...place,
        }));
      await new Promise(requestAnimationFrame);
    }
  }, look);
}
