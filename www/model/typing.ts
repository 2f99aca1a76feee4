/**
 * What is typed by hand in a session, while it is typed: what is wrong with it and at which octet, what a well-formed line
 * meets that is out of place, and what could be typed next. Nothing here keeps anybody from sending it. No DOM.
 */
import { firstNotUtf8 } from "./explain/line.js";
import type { Side } from "./link.js";
import type { SessionPlan } from "./plan.js";
import type { SessionRecord } from "./recording.js";
import { octetsOf, placeOf } from "./typed.js";
import { clientHint, readCommand, readContent, readResponse } from "./typing/client.js";
import { begunOf, Course, courseOf } from "./typing/course.js";
import type { Completion as Text, Finding } from "./typing/finding.js";
import { clientCompletions } from "./typing/offered.js";
import { readReply, serverCompletions, serverHint } from "./typing/server.js";

/** Where a session is, for whoever types what a side says. */
export interface Situation {
  readonly side: Side;
  readonly plan: SessionPlan;
  readonly course: Course;
  /** Octets of a line, a reply or content that were sent, and go on with what is typed. */
  readonly begun: Uint8Array;
}

export interface Completion extends Text {
  /** What of the typed text it takes the place of. */
  readonly from: number;
  readonly to: number;
}

/** A finding with its place. */
export interface TypedFinding extends Omit<Finding, "start" | "end"> {
  /** Which line of the text, from 1. */
  readonly line: number;
  /** The first octet, counted from the line's beginning, from 0. */
  readonly octet: number;
  /** In the text that was typed: at its end, nothing. */
  readonly from: number;
  readonly to: number;
}

export interface Typing {
  /** What is expected, in a sentence or two. */
  readonly hint: string;
  readonly findings: readonly TypedFinding[];
  readonly completions: readonly Completion[];
}

/** A text that is longer is sent, but not read here: characters. */
export const LONGEST_READ = 16_384;
/** So many findings are shown. */
const FINDINGS = 20;
const COMPLETIONS = 40;
/** Of one text so many commands or replies are read. */
const LINES = 500;

const WAIT_FOR_354: Finding = {
  severity: "warning",
  message: "Behind DATA, a client waits for 354: if DATA is refused, these lines are taken for commands.",
  reference: "5321#4.1.1.4",
  start: 0,
  end: 1,
};

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where it is for a side; nothing is recorded: before the first octet. */
export function situationOf(side: Side, plan: SessionPlan, record: SessionRecord | undefined): Situation {
  const course = record === undefined ? new Course() : courseOf(record);
  const begun = record === undefined || course.left > 0 ? new Uint8Array() : begunOf(record, side);
  return { side, plan, course, begun };
}

/** Reads what is typed; the engine must be loaded. */
export function readTyping(situation: Situation, text: string, caret: number): Typing {
  const { side, course } = situation;
  const hint = side === "client" ? clientHint(course) : serverHint(course);
  if (text.length > LONGEST_READ)
    return {
      hint: `This is more than ${LONGEST_READ.toLocaleString("en")} characters: it is sent, but not read here.`,
      findings: [],
      completions: [],
    };
  const walk = new Walk(situation, text, caret);
  if (side === "client") walk.client();
  else walk.server();
  return { hint, findings: walk.findings, completions: walk.completions };
}

class Walk {
  readonly findings: TypedFinding[] = [];
  completions: Completion[] = [];
  readonly #situation: Situation;
  readonly #text: string;
  readonly #caret: number;
  readonly #octets: Uint8Array;
  /** Where the octets of the text begin. */
  readonly #base: number;
  /** The octet behind the caret. */
  readonly #at: number;
  readonly #course: Course;

  constructor(situation: Situation, text: string, caret: number) {
    this.#situation = situation;
    this.#text = text;
    this.#caret = caret;
    this.#course = situation.course.copy();
    const typed = octetsOf(text);
    this.#base = situation.begun.length;
    this.#octets = new Uint8Array(this.#base + typed.length);
    this.#octets.set(situation.begun);
    this.#octets.set(typed, this.#base);
    this.#at = this.#base + octetsOf(`${text.slice(0, caret)}\\c`).length;
  }

  /** Commands, and content and answers to challenges where they are expected. */
  client(): void {
    const course = this.#course;
    const { plan } = this.#situation;
    const octets = this.#octets;
    let before: string | undefined;
    let inHeader = true;
    let began = false;
    let lines = 0;
    let at = 0;
    while (at < octets.length) {
      if (course.left > 0) {
        const taken = Math.min(course.left, octets.length - at);
        course.left -= taken;
        at += taken;
        if (course.left === 0) course.answers(250, [""]);
        continue;
      }
      const { end, next, open } = this.#line(at);
      const line = octets.subarray(at, end);
      this.#complete(at, end, (line) => clientCompletions({ plan, course, line }, inHeader, began));
      if (course.awaits === "content") {
        // A dot alone, and the end of its line, which Enter brings.
        if (line.length === 1 && line[0] === 46 && next > end) {
          course.ends();
          course.answers(250, [""]);
        } else {
          if (before !== undefined) this.#find(at, [WAIT_FOR_354]);
          this.#find(at, readContent(course, line));
          if (line.length === 0 && !open) inHeader = false;
          began ||= !open;
        }
        before = undefined;
      } else {
        const text = this.#decoded(at, line);
        const nothing = open && text === "";
        if (++lines > LINES) return;
        if (text !== undefined && !nothing) {
          const waits = course.awaits === "response";
          this.#find(
            at,
            waits ? readResponse(course, { text, open }) : readCommand(course, { text, open }, plan, before),
          );
          before = waits ? undefined : text.split(" ", 1)[0]!.toUpperCase();
        }
      }
      at = next;
    }
    this.#complete(at, at, (line) => clientCompletions({ plan, course, line }, inHeader, began));
  }

  /** Replies, of one or more lines each. */
  server(): void {
    const octets = this.#octets;
    const course = this.#course;
    const { plan } = this.#situation;
    /** The last reply has more lines, which are not there yet. */
    let continues = false;
    let lines = 0;
    let at = 0;
    while (at < octets.length) {
      if (++lines > LINES) return;
      const start = at;
      const reply: string[] = [];
      let open = false;
      let end = at;
      let more = true;
      while (more && at < octets.length) {
        const line = this.#line(at);
        this.#complete(at, line.end, (line) => serverCompletions({ plan, course, line }, reply));
        const said = decoder.decode(octets.subarray(at, line.end));
        more = /^\d{3}-/.test(said);
        reply.push(said);
        ({ end, open } = line);
        at = line.next;
      }
      if (more) this.#complete(at, at, (line) => serverCompletions({ plan, course, line }, reply));
      const text = this.#decoded(start, octets.subarray(start, end));
      if (text === undefined || (open && text === "")) continue;
      this.#find(start, readReply(course, { text, open: open || more }));
      continues = more;
    }
    if (!continues) this.#complete(at, at, (line) => serverCompletions({ plan, course, line }, []));
  }

  /** The line that begins there. Open: no line end was typed behind it. */
  #line(at: number): { readonly end: number; readonly next: number; readonly open: boolean } {
    const octets = this.#octets;
    let feed = octets.indexOf(10, at);
    while (feed > at && octets[feed - 1] !== 13) feed = octets.indexOf(10, feed + 1);
    if (feed <= at) return { end: octets.length, next: octets.length, open: true };
    const last = feed + 1 === octets.length;
    return { end: feed - 1, next: feed + 1, open: last && !this.#text.endsWith("\n") };
  }

  #decoded(at: number, octets: Uint8Array): string | undefined {
    const wrong = firstNotUtf8(octets);
    if (wrong === undefined) return decoder.decode(octets);
    this.#find(at, [
      {
        severity: "error",
        message: "The octets here are no UTF-8.",
        reference: "3629#3",
        start: wrong,
        end: wrong + 1,
      },
    ]);
    return undefined;
  }

  #find(at: number, findings: readonly Finding[]): void {
    const inOrder = [...findings].sort((one, other) => one.start - other.start);
    for (const { start, end, ...finding } of inOrder) {
      if (this.findings.length >= FINDINGS) return;
      const first = Math.max(0, at + start - this.#base);
      const last = Math.max(first, at + end - 1 - this.#base);
      const from = placeOf(this.#text, first).start;
      // Where the line ends, nothing of the next one is marked.
      const to = this.#text[from] === "\n" ? from : Math.max(from, placeOf(this.#text, last).end);
      const line = this.#text.slice(0, from).split("\n").length;
      this.findings.push({ ...finding, line, octet: this.#octetOf(at, at + start), from, to });
    }
  }

  /** Counted from the beginning of its line; the first of these lines begins at `from`. */
  #octetOf(from: number, at: number): number {
    let start = at;
    while (start > from && !(this.#octets[start - 1] === 10 && this.#octets[start - 2] === 13)) start--;
    return at - start;
  }

  /** Looks for completions, if the caret is in this line: at its end, or before a space or a bracket. */
  #complete(start: number, end: number, completions: (line: string) => readonly Text[]): void {
    if (this.#at < start || this.#at > end || start < this.#base) return;
    // A line that nothing stands on yet is there when the one before has ended.
    if (start === this.#octets.length && !this.#text.endsWith("\n")) return;
    const from = placeOf(this.#text, start - this.#base).start;
    const rest = /^[^\n]*/.exec(this.#text.slice(this.#caret))![0];
    if (rest !== "" && !/^[ >]/.test(rest)) return;
    const closed = rest.startsWith(">") ? 1 : 0;
    const line = this.#text.slice(from, this.#caret);
    this.completions = completions(line)
      .filter(({ text }) => rest === "" || !text.includes("\n"))
      .map((completion) => ({
        ...completion,
        from,
        to: this.#caret + (completion.text.endsWith(">") ? closed : 0),
      }))
      .filter(({ text, from, to }) => text !== this.#text.slice(from, to))
      .slice(0, COMPLETIONS);
  }
}
