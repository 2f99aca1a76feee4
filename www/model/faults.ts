/**
 * What goes wrong in a session, done where it would be done: replies to what a server decides are decided by its handlers;
 * all else by somebody between the server and the wire, who knows which reply answers which command. No DOM.
 */
import { Refuse } from "edgepost";
import type { Transport } from "edgepost";
import type { Link } from "./link.js";
import type { Fault, FaultStage } from "./plan.js";
import type { Simulation } from "./simulation.js";

/** Stages whose reply a handler of the server decides. */
const DECIDED: readonly FaultStage[] = ["greeting", "AUTH", "MAIL", "RCPT", "content"];

/** The faults of a session; counts how often each stage was reached. */
export class Faults {
  readonly #faults: readonly Fault[];
  readonly #decided = new Map<FaultStage, number>();

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  /** For a handler: throws the refusal that is planned for here. */
  decide(stage: FaultStage, recipient?: string): void {
    const count = (this.#decided.get(stage) ?? 0) + 1;
    this.#decided.set(stage, count);
    const fault = this.find(stage, count, (fault) => fault.what === "reply", recipient);
    if (fault?.what !== "reply") return;
    const { code, enhanced, text } = fault;
    throw new Refuse({ code, text, ...(enhanced !== undefined && { enhanced }) });
  }

  /** The fault for the how-manieth time that a stage is reached. */
  find(
    stage: FaultStage,
    count: number,
    wanted: (fault: Fault) => boolean,
    recipient?: string,
  ): Fault | undefined {
    return this.#faults.find(
      (fault) =>
        fault.at === stage &&
        (fault.nth === undefined || fault.nth === count) &&
        (fault.recipient === undefined || recipient === undefined || fault.recipient === recipient) &&
        wanted(fault),
    );
  }

  /** Whether somebody has to stand between the server and the wire. */
  get between(): boolean {
    return this.#faults.some((fault) => fault.what !== "reply" || !DECIDED.includes(fault.at));
  }
}

/** A reply that is owed: the server's, or one that is given in its place. */
interface Owed {
  readonly stage: FaultStage | "other";
  readonly fault: Fault | undefined;
  /** The server has not seen the command, and this is the reply. */
  readonly instead?: string;
}

/** What the client's octets are just now. */
type Mode = { is: "commands" } | { is: "auth" } | { is: "data" } | { is: "chunk"; left: number };

/** Stands between a server and its end of the link. */
export class Between {
  readonly #faults: Faults;
  readonly #link: Link;
  readonly #simulation: Simulation;
  readonly #counts = new Map<FaultStage, number>();
  readonly #owed: Owed[];
  #mode: Mode = { is: "commands" };
  #line = "";
  #reply = "";
  #accepted = 0;
  readonly #lmtp: boolean;

  constructor(faults: Faults, link: Link, simulation: Simulation, lmtp: boolean) {
    this.#faults = faults;
    this.#link = link;
    this.#simulation = simulation;
    this.#lmtp = lmtp;
    this.#owed = [this.#owe("greeting")];
  }

  /** Wraps the server's end. */
  wrap(inner: Transport): Transport {
    const reader = inner.readable.getReader();
    const writer = inner.writable.getWriter();
    reader.closed.catch(ignore);
    writer.closed.catch(ignore);
    const write = async (text: string): Promise<void> => {
      if (text !== "") await writer.write(octets(text));
    };
    const readable = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return controller.close();
            const [passed, own] = this.#heard(characters(value));
            await write(own);
            if (passed === "") continue;
            return controller.enqueue(octets(passed));
          }
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
    const writable = new WritableStream<Uint8Array>({
      write: (bytes) => write(this.#said(characters(bytes))),
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    });
    const { startTls } = inner;
    const close = (): Promise<void> => inner.close();
    return {
      readable,
      writable,
      secure: inner.secure,
      ...(startTls !== undefined && {
        startTls: async (options): Promise<Transport> => {
          reader.releaseLock();
          writer.releaseLock();
          return this.wrap(await startTls.call(inner, options));
        },
      }),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  /** What of the client's octets the server gets; and the replies that can be given at once in its place. */
  #heard(text: string): [passed: string, own: string] {
    let passed = "";
    while (text !== "") {
      if (this.#mode.is === "chunk") {
        const piece = text.slice(0, this.#mode.left);
        passed += piece;
        text = text.slice(piece.length);
        this.#mode.left -= piece.length;
        if (this.#mode.left === 0) this.#mode = { is: "commands" };
        continue;
      }
      const end = text.indexOf("\n") + 1;
      this.#line += end === 0 ? text : text.slice(0, end);
      text = end === 0 ? "" : text.slice(end);
      if (!this.#line.endsWith("\n")) break;
      const line = this.#line;
      this.#line = "";
      if (this.#mode.is === "commands" ? this.#command(line.trimEnd()) : this.#other(line)) passed += line;
    }
    // Of a line that is not complete, the server need know nothing yet.
    return [passed, this.#due()];
  }

  /** A line of content, or an answer in a SASL exchange. */
  #other(line: string): boolean {
    if (this.#mode.is === "data" && line === ".\r\n") {
      this.#mode = { is: "commands" };
      this.#owed.push(...this.#content());
    }
    return true;
  }

  #content(): Owed[] {
    const replies = this.#lmtp ? this.#accepted : 1;
    return Array.from({ length: replies }, () => this.#owe("content"));
  }

  /** Whether the server gets it. */
  #command(line: string): boolean {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "BDAT") {
      const [, octets, last] = line.split(/ +/);
      this.#mode = Number(octets) > 0 ? { is: "chunk", left: Number(octets) } : this.#mode;
      if (last === undefined) this.#owed.push(this.#owe("other"));
      else this.#owed.push(...this.#content());
      return true;
    }
    if (verb === "MAIL") this.#accepted = 0;
    const stage = STAGE_OF[verb] ?? (/^STARTTLS$/i.test(line) ? "STARTTLS" : "other");
    const recipient = stage === "RCPT" ? /<(.*?)>/.exec(line)?.[1] : undefined;
    const owed = this.#owe(stage, recipient);
    this.#owed.push(owed);
    return owed.instead === undefined;
  }

  #owe(stage: FaultStage | "other", recipient?: string): Owed {
    if (stage === "other") return { stage, fault: undefined };
    const count = (this.#counts.get(stage) ?? 0) + 1;
    this.#counts.set(stage, count);
    const mine = (fault: Fault): boolean => fault.what !== "reply" || !DECIDED.includes(stage);
    const fault = this.#faults.find(stage, count, mine, recipient);
    if (fault?.what !== "reply") return { stage, fault };
    const { code, enhanced, text } = fault;
    return { stage, fault, instead: `${[code, enhanced, text].filter(Boolean).join(" ")}\r\n` };
  }

  /** What goes on the wire of what the server has written. */
  #said(text: string): string {
    let out = "";
    for (const line of text.split(/(?<=\n)/)) {
      this.#reply += line;
      if (!/^\d{3}(?: .*)?\r\n$/.test(line)) continue;
      const reply = this.#reply;
      this.#reply = "";
      out += this.#answer(reply);
      out += this.#due();
    }
    return out;
  }

  #answer(reply: string): string {
    const owed = this.#owed[0];
    if (reply.startsWith("334")) {
      this.#mode = { is: "auth" };
      return reply;
    }
    this.#owed.shift();
    if (this.#mode.is === "auth") this.#mode = { is: "commands" };
    if (owed?.stage === "DATA" && reply.startsWith("354")) this.#mode = { is: "data" };
    if (owed?.stage === "RCPT" && reply.startsWith("2")) this.#accepted++;
    switch (owed?.fault?.what) {
      case "silence":
        return "";
      case "lost-before":
        this.#loseLater();
        return "";
      case "lost-after":
        this.#loseLater();
        return reply;
      default:
        return reply;
    }
  }

  /** What is under way now still arrives. */
  #loseLater(): void {
    this.#simulation.after(0, () => this.#simulation.after(this.#link.delay, () => this.#link.lose()));
  }

  /** The replies in the server's place that are next in turn. */
  #due(): string {
    let out = "";
    while (this.#owed[0]?.instead !== undefined) out += this.#owed.shift()!.instead;
    return out;
  }
}

const STAGE_OF: Readonly<Record<string, FaultStage>> = {
  EHLO: "EHLO",
  HELO: "EHLO",
  LHLO: "EHLO",
  AUTH: "AUTH",
  MAIL: "MAIL",
  RCPT: "RCPT",
  DATA: "DATA",
  RSET: "RSET",
  QUIT: "QUIT",
};

/** A character for each octet. */
function characters(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function ignore(): void {}
