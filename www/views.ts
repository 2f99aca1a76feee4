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
  {
    id: "line",
    title: "Line lab",
    about: "One command, reply, address or header field: its octets and their rules",
    key: "3",
    tag: "ep-line",
    load: () => import("./views/line/line.js"),
  },
  {
    id: "log",
    title: "Log reader",
    about: "A recorded session, drawn, and what went wrong in plain words",
    key: "4",
    tag: "ep-log",
    load: () => import("./views/log/log.js"),
  },
  {
    id: "live",
    title: "Live",
    about: "A session with a real server, drawn as it happens",
    key: "5",
    tag: "ep-live",
    load: () => import("./views/live/live.js"),
  },
  {
    id: "learn",
    title: "Lessons",
    about: "A course in thirteen chapters, with exercises that the engine checks",
    key: "6",
    tag: "ep-learn",
    load: () => import("./views/learn/learn.js"),
  },
];
