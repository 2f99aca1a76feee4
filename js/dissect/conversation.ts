/** What answers what in a session, and what became of its messages (RFC 5321 section 3.3, RFC 2920, RFC 1047, RFC 2033). */
import type { Capability } from "../engine.js";
import type { RecipientStatus } from "../errors.js";
import type { TraceMessage, TraceStep } from "./trace.js";

/** Something that the client sent and the server has to answer. */
export interface Exchange {
  /** The index of its step. */
  readonly command: number;
  readonly verb?: string;
  /** It is the end of content. */
  readonly content: boolean;
  /** It was sent before all that came before it was answered. */
  readonly early: boolean;
  readonly message?: Message;
  readonly recipient?: Recipient;
  reply?: number;
}

/** A message, while what becomes of it is found out. */
export interface Message {
  readonly from: string;
  readonly recipients: Recipient[];
  readonly step: number;
  octets?: number;
  /** Its content went out, all of it. */
  sent: boolean;
  /** The reply that decided about it; the last one, where each recipient has one. */
  decided?: number;
  /** How many recipients have been decided about, where each has a reply. */
  next: number;
}

/** A recipient of it. */
export interface Recipient {
  readonly recipient: string;
  status: RecipientStatus;
  step?: number;
  /** RCPT was accepted. */
  taken: boolean;
}

/** A command that says that the content ends with its chunk. */
const LAST_CHUNK = /^BDAT\s+\d+\s+LAST\s*$/i;

/** A session in which it is known what answers what. */
export interface Conversation {
  readonly steps: TraceStep[];
  /** Those with a reply, by its step. */
  readonly answered: ReadonlyMap<number, Exchange>;
  readonly byCommand: ReadonlyMap<number, Exchange>;
  /** Those that are still without one in the end. */
  readonly unanswered: readonly Exchange[];
  readonly messages: readonly Message[];
  /** What the server offers, from the step on that says it. */
  readonly offers: ReadonlyMap<number, readonly Capability[]>;
  readonly name?: string;
}

/** What a command says of an address: `from` of MAIL, `to` of RCPT. */
export type AddressOf = (line: string) => string;

/** Follows a session. */
export function conversation(steps: readonly TraceStep[], addressOf: AddressOf): Conversation {
  const following = new Following(addressOf);
  steps.forEach((step, index) => following.step(step, index));
  return following;
}

class Following implements Conversation {
  readonly steps: TraceStep[] = [];
  readonly answered: Map<number, Exchange> = new Map();
  readonly byCommand: Map<number, Exchange> = new Map();
  readonly messages: Message[] = [];
  readonly offers: Map<number, readonly Capability[]> = new Map();
  name?: string;
  readonly #addressOf: AddressOf;
  #waiting: Exchange[] = [];
  /** How many of them were answered: a queue that is cut only now and then. */
  #done = 0;
  #message: Message | undefined;
  /** The last command. */
  #last: TraceStep | undefined;
  #lmtp = false;
  /** How many replies the content still gets, where each recipient has one. */
  #each = 0;
  #repliedAt: number | undefined;

  constructor(addressOf: AddressOf) {
    this.#addressOf = addressOf;
  }

  get unanswered(): readonly Exchange[] {
    return this.#waiting.slice(this.#done);
  }

  step(step: TraceStep, index: number): void {
    if (step.from === "server" && step.code !== undefined) this.#reply(step, index);
    else {
      this.steps.push(step);
      if (step.from === "client") this.#sent(step, index);
      else if (step.kind === "tls") this.#forget();
    }
  }

  #sent(step: TraceStep, index: number): void {
    if (step.kind === "content") return this.#content(step, index);
    if (step.kind !== "command" && step.kind !== "auth" && step.kind !== "garbage") return;
    const verb = step.kind === "auth" ? "AUTH" : step.verb;
    if (step.kind === "command") this.#last = step;
    let recipient: Recipient | undefined;
    if (verb === "MAIL") this.#begin(step, index);
    else if (verb === "RCPT" && this.#message !== undefined) {
      recipient = { recipient: this.#addressOf(step.text), status: "notSent", taken: false };
      this.#message.recipients.push(recipient);
    } else if (verb === "EHLO" || verb === "HELO" || verb === "LHLO") {
      this.name ??= step.text.split(/\s+/)[1] ?? "";
      this.#lmtp = verb === "LHLO";
    }
    this.#expect({ command: index, content: false, ...(verb && { verb }), ...(recipient && { recipient }) });
    if (verb !== undefined && ENDS.has(verb)) this.#message = undefined;
    else if (/^BDAT\s+0+\s+LAST\s*$/i.test(step.text)) this.#end();
  }

  #begin(step: TraceStep, index: number): void {
    this.#message = { from: this.#addressOf(step.text), recipients: [], step: index, sent: false, next: 0 };
    this.messages.push(this.#message);
  }

  /** The end of content is answered after DATA; after BDAT the command is. */
  #content(step: TraceStep, index: number): void {
    const message = this.#message;
    if (message !== undefined && step.octets !== undefined)
      message.octets = (message.octets ?? 0) + step.octets;
    const whole = !/, cut off\b/.test(step.text);
    const chunk = this.#last?.verb === "BDAT";
    if (!chunk && whole) this.#expect({ command: index, verb: "DATA", content: true });
    if (whole && (!chunk || LAST_CHUNK.test(this.#last!.text))) this.#end();
  }

  /** The message went out. */
  #end(): void {
    if (this.#message !== undefined) this.#message.sent = true;
    this.#message = undefined;
  }

  #expect(exchange: Omit<Exchange, "early" | "message">): void {
    const early = this.#waiting.length > this.#done;
    const message = this.#message;
    const expected = { ...exchange, early, ...(message !== undefined && { message }) };
    this.#waiting.push(expected);
    this.byCommand.set(exchange.command, expected);
  }

  #reply(step: TraceStep, index: number): void {
    const exchange = step.kind === "greeting" ? undefined : this.#answer(step.verb);
    const asked = exchange === undefined ? undefined : this.steps[exchange.command]!.at;
    const since = Math.max(asked ?? -Infinity, this.#repliedAt ?? -Infinity);
    const waited =
      exchange !== undefined && asked !== undefined && step.at !== undefined ? step.at - since : undefined;
    this.#repliedAt = step.at;
    this.steps.push({
      ...step,
      ...(exchange !== undefined && { answers: exchange.command }),
      ...(waited !== undefined && { waited: Math.max(0, waited) }),
    });
    if (exchange === undefined) return;
    exchange.reply = index;
    this.answered.set(index, exchange);
    this.#decide(exchange, step, index);
    if (exchange.verb === "EHLO" || exchange.verb === "LHLO")
      if (step.code! < 300) this.offers.set(index, offerOf(step.text));
  }

  /** What a reply answers; the reader's own count says which verb, where it knows. */
  #answer(verb: string | undefined): Exchange | undefined {
    let front = this.#waiting[this.#done];
    if (front === undefined) return undefined;
    if (verb !== undefined && front.verb !== verb) {
      let later = this.#done;
      while (later < this.#done + LOOK && later < this.#waiting.length && this.#waiting[later]!.verb !== verb)
        later++;
      if (this.#waiting[later]?.verb === verb) this.#done = later;
      front = this.#waiting[this.#done]!;
    }
    if (this.#each === 0) this.#each = this.#repliesFor(front);
    if (--this.#each === 0) this.#done++;
    if (this.#done > 1024 && this.#done * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#done);
      this.#done = 0;
    }
    return front;
  }

  /** LMTP answers content for each recipient that was accepted (RFC 2033 section 4.2). */
  #repliesFor({ content, verb, command, message }: Exchange): number {
    const ends = content || (verb === "BDAT" && LAST_CHUNK.test(this.steps[command]!.text));
    if (!this.#lmtp || !ends || message === undefined) return 1;
    return Math.max(1, message.recipients.filter(({ taken }) => taken).length);
  }

  #decide(exchange: Exchange, { code = 0 }: TraceStep, index: number): void {
    const { verb, message, recipient, content } = exchange;
    if (message === undefined) return;
    const refused = code >= 400;
    if (recipient !== undefined) {
      recipient.taken = !refused;
      if (refused) Object.assign(recipient, { status: "refused", step: index });
      return;
    }
    const last = content || (verb === "BDAT" && LAST_CHUNK.test(this.steps[exchange.command]!.text));
    if (!last && !(refused && (verb === "MAIL" || verb === "DATA" || verb === "BDAT"))) return;
    const status = refused ? "refused" : "accepted";
    if (this.#lmtp && last) {
      while (message.next < message.recipients.length && !isOpen(message.recipients[message.next]!))
        message.next++;
      const one = message.recipients[message.next++];
      if (one !== undefined) Object.assign(one, { status, step: index });
    } else if (message.decided === undefined)
      for (const one of message.recipients) if (isOpen(one)) Object.assign(one, { status, step: index });
    message.decided = index;
  }

  #forget(): void {
    this.#waiting = [];
    this.#done = 0;
    this.#each = 0;
    this.#message = undefined;
  }
}

/** What is not decided about yet. */
function isOpen({ taken, step }: Recipient): boolean {
  return taken && step === undefined;
}

/** Commands after which there is no transaction. */
const ENDS: ReadonlySet<string> = new Set(["RSET", "EHLO", "HELO", "LHLO", "QUIT", "STARTTLS"]);
/** How far a count that went wrong is put right. */
const LOOK = 256;

/** The keywords of a reply to EHLO and their parameters (RFC 5321 section 4.1.1.1); the first line is the server's name. */
function offerOf(text: string): Capability[] {
  return text
    .split("\n")
    .slice(1)
    .map((line) =>
      line
        .slice(4)
        .trim()
        .replace(/^AUTH=/i, "AUTH ")
        .split(/\s+/),
    )
    .filter(([keyword = ""]) => keyword !== "")
    .map(([keyword, ...parameters]) => ({ keyword: keyword!.toUpperCase(), parameters }));
}

/** What became of messages in the end. */
export function outcomes({ messages }: Conversation): TraceMessage[] {
  return messages.map(({ from, recipients, step, octets, sent }) => ({
    from,
    recipients: recipients.map(({ recipient, status, step: decided, taken }) => ({
      recipient,
      status: decided === undefined && taken && sent ? "uncertain" : status,
      ...(decided !== undefined && { step: decided }),
    })),
    step,
    ...(octets !== undefined && { octets }),
  }));
}
