/** Reads what was recorded of a session by the engine's passive reader: octets become steps, with secrets cut out. */
import type { Step, TraceReader } from "../engine.js";
import { counted, octetsOf } from "./recording.js";
import type { Happening, Recorded, Side } from "./recording.js";
import { Records } from "./records.js";
import type { TraceNote, TraceStep } from "./trace.js";

/** What was seen in the octets of content. */
export interface Seen {
  readonly bareLf: number;
  readonly bareCr: number;
  /** Octets of the longest line, with its end. */
  readonly longest: number;
}

/** A session that was read. */
export interface Replayed {
  readonly steps: TraceStep[];
  /** What was seen in content, by the index of its step. */
  readonly seen: ReadonlyMap<number, Seen>;
  readonly notes: readonly TraceNote[];
  readonly began: number | undefined;
  /** The first alert of TLS that went in clear: who sent it, and its number. */
  readonly alert?: { readonly from: Side; readonly description: number };
  /** Steps were left out, because there were too many. */
  readonly over: boolean;
}

/** How much there may still be, of all sessions together. */
export interface Budget {
  steps: number;
  /** Steps were left out. */
  over: boolean;
  /** What is made up in place of octets that are missing: so time is linear in the recording. */
  filler: number;
}

const REDACTED = "[redacted]";
/** What has no secret in it, whatever was lost before it. */
const COMMAND =
  /^(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|STARTTLS|VRFY|EXPN|HELP|ETRN)(?: [^]*)?$/i;

/** A session that is being read: what it shows goes in, its steps come out. */
export class Replay implements Replayed {
  readonly steps: TraceStep[] = [];
  readonly seen: Map<number, Seen> = new Map();
  alert?: { readonly from: Side; readonly description: number };
  over = false;
  /** When it began, by the recording's own clock. */
  began: number | undefined;
  readonly #recorded: Recorded;
  readonly #reader: TraceReader;
  readonly #budget: Budget;
  readonly #scan: Scan = new Scan();
  /** The last octet of each side tells whether it is in the midst of a line. */
  readonly #last: Record<Side, number> = { client: LF, server: LF };
  #records: Record<Side, Records> = { client: new Records(), server: new Records() };
  #secure = false;
  /** STARTTLS was granted, and nothing came since. */
  #granted = false;
  /** What the client sends now. */
  #content: "none" | "asked" | "dotted" | "chunk" = "none";
  /** Octets of that content that are missing. */
  #missing = 0;
  /** Octets of the client are missing: AUTH may have been among them. */
  #blind = false;
  #place = 1;
  #at: number | undefined;

  constructor(recorded: Recorded, reader: TraceReader, budget: Budget) {
    this.#recorded = recorded;
    this.#reader = reader;
    this.#budget = budget;
  }

  get notes(): readonly TraceNote[] {
    return this.#recorded.notes;
  }

  happened({ place, at, what }: Happening): void {
    if (this.over) return;
    this.#place = place;
    this.#at = at;
    this.began ??= at;
    switch (what.type) {
      case "octets":
        return what.from === "client" ? this.#client(what.octets, at) : this.#server(what.octets, at);
      case "chunk":
        return this.#chunk(what.command, at);
      case "content":
        return this.#told(what, at);
      case "step":
        return this.#push(redacted(what.step), at);
      case "gap":
        return this.#gap(what.from, what.octets, at);
      case "secured":
        return this.#secured(at);
      case "closed":
        return this.#take(this.#reader.closed(what.side, 0), at);
    }
  }

  /** What was begun is shown, even where the recording ends before a side closes. */
  end(): void {
    if (!this.over) this.#take(this.#reader.closed("link", 0).slice(0, -1), this.#at);
    this.#reader.free();
  }

  #client(octets: Uint8Array, at: number | undefined): void {
    this.#arrived("client", octets, at);
    const steps = this.#reader.client(octets, 0);
    if (this.#records.client.sealed) return this.#take(steps, at);
    let start = 0;
    for (const step of steps) {
      const end = Math.max(start, Math.min(octets.length, start + step.octets - this.#scan.octets));
      this.#scan.read(octets.subarray(start, end));
      start = end;
      this.#take([step], at);
    }
    this.#scan.read(octets.subarray(start));
  }

  #server(octets: Uint8Array, at: number | undefined): void {
    // Where content has a gap and is answered, its end is in the gap.
    if (this.#content === "dotted" && this.#missing > 0)
      this.#take(this.#reader.client(octetsOf("\r\n.\r\n"), 0), at);
    this.#arrived("server", octets, at);
    this.#take(this.#reader.server(octets, 0), at);
  }

  #arrived(from: Side, octets: Uint8Array, at: number | undefined): void {
    // A log that shows what was said under TLS shows by that that there was TLS.
    if (this.#granted && !this.#recorded.wire) this.#secured(at);
    this.#last[from] = octets[octets.length - 1] ?? this.#last[from];
    const description = this.#recorded.wire ? this.#records[from].read(octets) : undefined;
    if (description !== undefined) this.alert ??= { from, description };
  }

  /** The reader waits for no chunk: its size may be anything, and it is told of separately. */
  #chunk(command: string, at: number | undefined): void {
    if (this.#granted) this.#secured(at);
    const [step] = this.#reader.client(octetsOf("BDAT 0\r\n"), 0);
    if (step !== undefined) this.#take([{ ...step, text: command, octets: command.length + 2 }], at);
  }

  #told(
    { dotted, octets, cut }: { dotted: boolean; octets?: number; cut: boolean },
    at: number | undefined,
  ): void {
    if (dotted) this.#reader.client(octetsOf(".\r\n"), 0);
    const text =
      octets === undefined ? "content that is not in the recording" : `${counted(octets)} of content`;
    const wire = octets === undefined ? undefined : octets + (dotted && !cut ? 3 : 0);
    const step = { from: "client", kind: "content", text: cut ? `${text}, cut off` : text } as const;
    this.#take([{ ...step, ...(wire !== undefined && { octets: wire }) }], at);
  }

  #secured(at: number | undefined): void {
    if (this.#secure) return;
    this.#secure = true;
    this.#granted = false;
    this.#take(this.#reader.secured(0), at);
  }

  #gap(from: Side, octets: number, at: number | undefined): void {
    const text = `[${counted(octets)} ${octets === 1 ? "is" : "are"} missing in the recording]`;
    this.#fill(from, octets, at);
    this.#push({ from, kind: "gap", text, octets }, at);
    if (from === "client") this.#blind = true;
  }

  /** Keeps the reader's place in content, and ends a line that has lost its end. */
  #fill(from: Side, octets: number, at: number | undefined): void {
    this.#records[from].lose();
    if (this.#records[from].sealed) return;
    if (from === "client" && this.#content !== "none") {
      this.#missing += octets;
      if (this.#content !== "chunk") return;
      const filled = Math.min(octets, this.#budget.filler);
      this.#budget.filler -= filled;
      for (let left = filled; left > 0; left -= PIECE)
        this.#take(this.#reader.client(new Uint8Array(Math.min(left, PIECE)), 0), at);
    } else if (this.#last[from] !== LF) {
      const steps = this.#reader[from](octetsOf(` [${counted(octets)} missing]\r\n`), 0);
      this.#last[from] = LF;
      this.#scan.begin();
      this.#take(steps, at);
    }
  }

  #take(steps: readonly (Omit<TraceStep, "place"> | Step)[], at: number | undefined): void {
    for (const taken of steps) {
      const { at: _, ...step } = taken as Step;
      this.#follow(step);
      if (step.from === "client" && step.kind !== "closed") {
        if (step.kind === "content") this.seen.set(this.steps.length, this.#scan.seen);
        this.#scan.begin();
      }
      const missing = step.kind === "content" ? this.#missing : 0;
      if (step.kind === "content") this.#missing = 0;
      this.#push(missing > 0 ? withGap(step, missing) : step, at);
    }
  }

  /** What comes next of the client, as the reader takes it. */
  #follow({ from, kind, verb, code }: Omit<Step, "at">): void {
    if (kind === "content" || kind === "tls") this.#content = "none";
    else if (from === "client" && kind === "command")
      this.#content = verb === "DATA" ? "asked" : verb === "BDAT" && this.#recorded.wire ? "chunk" : "none";
    else if (from === "server" && code === 354) this.#content = "dotted";
    else if (from === "server" && verb === "DATA" && this.#content === "asked") this.#content = "none";
    if (from === "server" && verb === "STARTTLS" && code === 220) {
      this.#granted = true;
      this.#records = { client: new Records(), server: new Records() };
    }
  }

  #push(step: Omit<TraceStep, "place" | "at">, at: number | undefined): void {
    if (this.#budget.steps === 0) {
      this.over = this.#budget.over = true;
      return;
    }
    this.#budget.steps--;
    const hidden = step.from === "client" && this.#mayBeSecret(step);
    this.steps.push({
      ...step,
      ...(hidden && { text: REDACTED }),
      place: this.#place,
      ...(at !== undefined && { at }),
    });
  }

  /** Whether it may be the rest of an AUTH that is not in the recording: logs lose lines, and captures packets. */
  #mayBeSecret({ kind, verb, text }: Omit<TraceStep, "place">): boolean {
    if ((kind !== "command" && kind !== "garbage") || verb === "AUTH" || COMMAND.test(text)) return false;
    return this.#blind || (!this.#recorded.wire && /^\S+$/.test(text));
  }
}

const PIECE = 1 << 16;
const LF = 0x0a;
const CR = 0x0d;

function withGap(step: Omit<Step, "at">, missing: number): Omit<Step, "at"> {
  return {
    ...step,
    text: `${step.text}, and ${counted(missing)} that ${missing === 1 ? "is" : "are"} missing`,
  };
}

/** A step that was told by somebody: secrets are cut out as the engine would have done it. */
function redacted({ at: _, ...step }: Step): Omit<Step, "at"> {
  if (step.from !== "client") return step;
  if (/^\s*AUTH(?![^\s])/i.test(step.text)) {
    const [command, mechanism = "", rest] = step.text.trim().split(/\s+/, 3);
    const named = /^[A-Z0-9_-]{0,20}$/.test(mechanism);
    const shown = [command, named ? mechanism : REDACTED, ...(named && rest !== undefined ? [REDACTED] : [])];
    return { ...step, text: shown.join(" ").trim() };
  }
  const known = step.kind !== "auth" || step.text === "*";
  return known ? step : { ...step, text: REDACTED };
}

/** Reads the octets of the client's content for what should not be in them. */
class Scan {
  /** Octets since it began. */
  octets = 0;
  #bareLf = 0;
  #bareCr = 0;
  #line = 0;
  #longest = 0;
  #afterCr = false;

  get seen(): Seen {
    const [bareLf, bareCr] = [this.#bareLf, this.#bareCr];
    return { bareLf, bareCr, longest: Math.max(this.#longest, this.#line) };
  }

  begin(): void {
    this.octets = this.#bareLf = this.#bareCr = this.#line = this.#longest = 0;
    this.#afterCr = false;
  }

  read(octets: Uint8Array): void {
    this.octets += octets.length;
    for (const octet of octets) {
      this.#line++;
      if (octet === LF) {
        if (!this.#afterCr) this.#bareLf++;
        if (this.#line > this.#longest) this.#longest = this.#line;
        this.#line = 0;
      } else if (this.#afterCr) this.#bareCr++;
      this.#afterCr = octet === CR;
    }
  }
}
