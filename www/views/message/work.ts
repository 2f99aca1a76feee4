/** The page's side of the worker that reads messages. */
import type { Reader } from "../../model/reader.js";

type Asks = "read" | "hunks" | "mended" | "file" | "images" | "composed";
type Value<A extends Asks> = Parameters<Reader[A]>[0];
type Answered<A extends Asks> = Awaited<ReturnType<Reader[A]>>;

export interface Request {
  readonly id: number;
  readonly ask: Asks;
  readonly value: unknown;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string; readonly field?: string };

/** What could not be done, and with which field of a draft. */
export class WorkError extends Error {
  constructor(
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}

/** It is built with the page, to share what both need, and all that is built is in one folder. */
const WORKER = import.meta.env.PROD ? "./worker.js" : "./worker.ts";

export class Work {
  #worker: Worker | undefined;
  #asked = new Map<number, { resolve(value: unknown): void; reject(error: WorkError): void }>();
  #id = 0;

  ask<A extends Asks>(ask: A, value?: Value<A>): Promise<Answered<A>> {
    this.#worker ??= this.#begin();
    const id = ++this.#id;
    return new Promise<unknown>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#worker!.postMessage({ id, ask, value } satisfies Request);
    }) as Promise<Answered<A>>;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#asked.clear();
  }

  #begin(): Worker {
    const worker = new Worker(new URL(WORKER, import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      const asked = this.#asked.get(data.id);
      this.#asked.delete(data.id);
      if ("error" in data) asked?.reject(new WorkError(data.error, data.field));
      else asked?.resolve(data.value);
    });
    worker.addEventListener("error", () => {
      const error = new WorkError("The message cannot be read: the engine has not started, or broke off.");
      for (const { reject } of this.#asked.values()) reject(error);
      this.close();
    });
    return worker;
  }
}
