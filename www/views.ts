/** The views of the page: each in a folder of its own, and loaded when it is opened first. */
import type { Slice } from "./store.js";

export interface View {
  /** As in the URL. */
  readonly id: string;
  readonly title: string;
  /** What it is for, in a few words. */
  readonly about: string;
  /** The key that opens it. */
  readonly key: string;
  readonly tag: string;
  /** Loads its element; its state is what a link carries. */
  load(): Promise<{ readonly slice: Slice<unknown> }>;
}

export const VIEWS: readonly View[] = [
  {
    id: "studio",
    title: "Studio",
    about: "A client and a server talk: run, step, break it",
    key: "1",
    tag: "ep-studio",
    load: () => import("./views/studio/studio.js"),
  },
  {
    id: "message",
    title: "Message lab",
    about: "A message in all its octets: check it, mend it, read it",
    key: "2",
    tag: "ep-message",
    load: () => import("./views/message/message.js"),
  },
];
