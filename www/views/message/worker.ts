/** Reads messages beside the page, so that it can be worked with meanwhile. */
import { init } from "edgepost";
import engine from "edgepost/edgepost.wasm?url";
import { Reader } from "../../model/reader.js";
import type { Answer, Request } from "./work.js";

// What concerns the page is typed for the whole of it, and this is no window.
const scope = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEvent<Request>) => void): void;
  postMessage(answer: Answer): void;
};

const reader = new Reader();
const ready = init(new URL(engine, import.meta.url));
/** What is asked is answered in its order. */
let last: Promise<void> = ready;

scope.addEventListener("message", ({ data }) => {
  last = last.then(() => answer(data));
});

async function answer({ id, ask, value }: Request): Promise<void> {
  try {
    const work = reader[ask] as (value: unknown) => unknown;
    scope.postMessage({ id, value: await work.call(reader, value) });
  } catch (error) {
    const { message, field } = error as { message: string; field?: string };
    scope.postMessage({ id, error: message, ...(field !== undefined && { field }) });
  }
}
