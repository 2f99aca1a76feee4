/** The lines of a log, and what is common to the readers of logs: sessions that grow line by line. */
import type { Step } from "../engine.js";
import { octetsOf, textOf } from "./recording.js";
import type { Follow, Happening, Recorded, Side } from "./recording.js";
import type { LineRange } from "./trace.js";

/** A line of a log; its characters are octets. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** What reads a kind of log. */
export interface LogReader {
  /** Who has sent what the line shows, if it looks like one of this kind that shows that. */
  sender(text: string): Side | undefined;
  read(lines: Iterable<Line>, log: Log): void;
}

const ESCAPES = /\x1b\[[0-9;]*[A-Za-z]/g;

/** The lines of a log: without their ends, and without the colours of a terminal. */
export function* linesOf(text: string): Generator<Line> {
  let number = 0;
  for (let start = 0; start < text.length;) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, text[end - 1] === "\r" && end > start ? end - 1 : end);
    yield { number: ++number, text: line.includes("\x1b") ? line.replace(ESCAPES, "") : line };
    start = end + 1;
  }
}

/** The text of a log, whose characters are octets of UTF-8; what a shell has written as UTF-16 becomes that. */
export function logText(octets: Uint8Array): string {
  const [first, second, third] = octets;
  const wide =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "";
  if (wide !== "") return textOf(new TextEncoder().encode(new TextDecoder(wide).decode(octets)));
  return textOf(first === 0xef && second === 0xbb && third === 0xbf ? octets.subarray(3) : octets);
}

const CRLF = "\r\n";
const GREETING = /^220(?:[ -]|$)/;

/** One session of a log. */
export class LoggedSession {
  readonly recorded: Recorded = { wire: false, notes: [] };
  readonly #follow: Follow;
  #closed = false;
  #secure = false;
  #greeted = false;
  #spoken = false;
  /** A command is not answered yet that 220 may answer, too: the next 220 is no greeting. */
  #expects220 = false;
  /** After 354: whether content has been shown. */
  #content: "none" | "wanted" | "begun" = "none";
  /** How much content there was since, where only that is shown. */
  #told: number | undefined;
  /** Octets of a chunk that is to come, and how many of them have been shown. */
  #chunk = 0;
  #shown = 0;
  #lastTime = 0;
  #days = 0;

  constructor(follow: (recorded: Recorded) => Follow) {
    this.#follow = follow(this.recorded);
  }

  /** Whether the log says that it is under TLS. */
  get secure(): boolean {
    return this.#secure;
  }

  /** Whether a line of the server is the first of another session. */
  isOver(text: string): boolean {
    return this.#greeted && this.#spoken && !this.#expects220 && GREETING.test(text);
  }

  /** Whether what the client sends is content. */
  get inContent(): boolean {
    return this.#content !== "none" || this.#chunk > 0;
  }

  /** Whether some of it has been shown. */
  get contentBegun(): boolean {
    return this.#content === "begun";
  }

  /** A line of one side, without its end. */
  line(from: Side, text: string, place: number, at?: number): void {
    if (from === "client") return this.octets(text + CRLF, place, at);
    this.#replied(text, place, at);
    this.#put(place, at, { type: "octets", from, octets: octetsOf(text + CRLF) });
  }

  /** Octets of the client, line ends and all. */
  octets(text: string, place: number, at?: number): void {
    this.#spoken = true;
    if (this.#chunk > 0 && COMMAND.test(text)) this.content({}, place, at);
    if (this.#chunk > 0) {
      this.#shown += text.length;
      if (this.#shown >= this.#chunk) this.content({}, place, at);
      return;
    }
    const content = this.#content !== "none";
    const chunk = content ? null : CHUNK.exec(text);
    if (content) this.#content = /(?:^|\n)\.\r?\n$/.test(text.slice(-4)) ? "none" : "begun";
    else this.#expects220 ||= /^(?:STARTTLS\s*$|XCLIENT |AUTH )/i.test(text);
    if (chunk === null)
      return this.#put(place, at, { type: "octets", from: "client", octets: octetsOf(text) });
    this.#chunk = Number(chunk[1]);
    this.#shown = 0;
    this.#put(place, at, { type: "chunk", command: text.trimEnd() });
  }

  /**
   * All of a content that the log does not show: after DATA as much as `octets` or nobody knows how much, after BDAT what was
   * said there.
   */
  content(told: { octets?: number | undefined; cut?: boolean }, place: number, at?: number): void {
    const dotted = this.#chunk === 0;
    const octets = told.octets ?? (dotted ? undefined : this.#chunk);
    this.#content = "none";
    this.#chunk = 0;
    this.#told = undefined;
    const cut = told.cut === true;
    this.#put(place, at, { type: "content", dotted, cut, ...(octets !== undefined && { octets }) });
  }

  /** A part of such a content; the next reply says that there is no more. */
  partOfContent(octets: number): void {
    this.#told = (this.#told ?? 0) + octets;
  }

  secured(place: number, at?: number): void {
    this.#secure = true;
    this.#put(place, at, { type: "secured" });
  }

  closed(side: Side | "link", place: number, at?: number): void {
    if (!this.#closed) this.#put(place, at, { type: "closed", side });
    this.#closed = true;
  }

  /** Milliseconds of a clock that shows only the time of the day: a session goes on past midnight. */
  timeOfDay(text: string): number {
    const [hours, minutes, seconds] = text.replace(",", ".").split(":").map(Number);
    const time = ((hours! * 60 + minutes!) * 60 + seconds!) * 1000;
    if (time < this.#lastTime - 43_200_000) this.#days++;
    this.#lastTime = time;
    return time + this.#days * 86_400_000;
  }

  /** Content comes between 354 and the next reply; a log that shows none leaves it out. */
  #replied(text: string, place: number, at: number | undefined): void {
    this.#greeted ||= GREETING.test(text);
    if (this.#chunk > 0) this.content({}, place, at);
    if (this.#content === "wanted") this.content({ octets: this.#told }, place, at);
    this.#content = /^354(?: |$)/.test(text) ? "wanted" : "none";
    if (/^(?:220|235|[45]\d\d)(?: |$)/.test(text)) this.#expects220 = false;
  }

  /** A step that was read when it was recorded. */
  step(step: Step, place: number): void {
    this.#put(place, step.at, { type: "step", step });
  }

  #put(place: number, at: number | undefined, what: Happening["what"]): void {
    this.#closed = false;
    this.#follow({ place, ...(at !== undefined && { at }), what });
  }
}

const CHUNK = /^BDAT +(\d{1,15})(?: +LAST)?\s*$/i;
/** What comes after a chunk that the log does not show. */
const COMMAND = /^(?:BDAT|MAIL|NOOP|QUIT|RSET)\b/i;

/** A log while it is read: its sessions, and the lines that are no part of them. */
export class Log {
  readonly skipped: LineRange[] = [];
  #open = new Map<string, LoggedSession>();
  #sessions = 0;
  readonly #most: number;
  readonly #follow: (recorded: Recorded) => Follow;
  /** Whether sessions were left out, because there are too many. */
  over = false;

  /** At most so many sessions; `follow` gets each when it begins. */
  constructor(most: number, follow: (recorded: Recorded) => Follow) {
    this.#most = most;
    this.#follow = follow;
  }

  /** The session of this name that goes on, if there is one. */
  open(name = ""): LoggedSession | undefined {
    return this.#open.get(name);
  }

  /** The session of this name; it begins if there is none. */
  session(name = ""): LoggedSession {
    return this.open(name) ?? this.begin(name);
  }

  /** The session to which a line of the server belongs, which may be the greeting of another one. */
  sessionOf(text: string, name = ""): LoggedSession {
    return this.open(name)?.isOver(text) === true ? this.begin(name) : this.session(name);
  }

  /** Another session. */
  begin(name = ""): LoggedSession {
    const over = this.#sessions >= this.#most;
    const session = new LoggedSession(over ? () => ignore : this.#follow);
    this.#sessions++;
    this.over ||= over;
    this.#open.set(name, session);
    return session;
  }

  /** What comes under this name is another session. */
  end(name = ""): void {
    this.#open.delete(name);
  }

  /** A line that is no part of a session. */
  skip({ number, text }: Line): void {
    if (text.trim() === "") return;
    const last = this.skipped.at(-1);
    if (last?.last === number - 1)
      this.skipped[this.skipped.length - 1] = { first: last.first, last: number };
    else this.skipped.push({ first: number, last: number });
  }
}

function ignore(): void {}
