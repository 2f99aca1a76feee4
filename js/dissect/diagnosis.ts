/** What there is to say of a session, in plain words: what was refused and why, what was lost, and what was done wrongly. */
import type { Capability } from "../engine.js";
import type { Conversation, Exchange } from "./conversation.js";
import { alertWords } from "./records.js";
import type { Replayed } from "./replay.js";
import type { Recorded } from "./recording.js";
import type { Finding, TraceStep } from "./trace.js";

/** What is asked of the host's engine: the meaning of an enhanced status code, if it is registered. */
export type MeaningOf = (enhanced: string) => string | undefined;

/** What a session is judged by. */
export interface Case {
  readonly recorded: Recorded;
  readonly replayed: Replayed;
  readonly conversation: Conversation;
  readonly meaningOf: MeaningOf;
  /** Milliseconds after which a reply is slow. */
  readonly slow: number;
}

type Rule = readonly [severity: Finding["severity"], reference: string];

/** All rules. */
const RULES = {
  "not-connected": ["error", "RFC 5321 section 4.5.4.1"],
  "greeting-refused": ["error", "RFC 5321 section 3.1"],
  "greeting-missing": ["warning", "RFC 5321 section 4.3.1"],
  "early-talk": ["warning", "RFC 5321 section 4.3.1"],
  "hello-refused": ["error", "RFC 5321 section 4.1.4"],
  "starttls-refused": ["error", "RFC 3207 section 4"],
  "starttls-not-last": ["error", "RFC 3207 section 4"],
  "starttls-unused": ["warning", "RFC 8314 section 3"],
  "tls-failed": ["error", "RFC 8446 section 6.2"],
  "tls-sealed": ["info", "RFC 3207 section 4"],
  "auth-failed": ["error", "RFC 4954 section 6"],
  "auth-later": ["warning", "RFC 4954 section 6"],
  "auth-in-clear": ["warning", "RFC 4954 section 4"],
  "sender-refused": ["error", "RFC 5321 section 3.3"],
  "recipient-refused": ["error", "RFC 5321 section 3.3"],
  "message-refused": ["error", "RFC 5321 section 3.3"],
  greylisted: ["warning", "RFC 6647 section 2"],
  "try-later": ["warning", "RFC 5321 section 4.2.1"],
  "command-refused": ["warning", "RFC 5321 section 4.2.4"],
  "closing-down": ["warning", "RFC 5321 section 3.8"],
  "size-exceeded": ["warning", "RFC 1870 section 6.1"],
  "not-offered": ["warning", "RFC 5321 section 2.2.1"],
  "pipelining-not-offered": ["warning", "RFC 2920 section 3.1"],
  "pipelining-not-last": ["warning", "RFC 2920 section 3.1"],
  "content-too-early": ["error", "RFC 5321 section 4.1.1.4"],
  "content-bare-lf": ["error", "RFC 5321 section 2.3.8"],
  "content-bare-cr": ["error", "RFC 5321 section 2.3.8"],
  "content-long-line": ["warning", "RFC 5321 section 4.5.3.1.6"],
  "content-cut-off": ["error", "RFC 5321 section 4.1.1.4"],
  "no-smtp": ["warning", "RFC 5321 section 2.3.8"],
  "slow-reply": ["warning", "RFC 5321 section 4.5.3.2"],
  "lost-uncertain": ["error", "RFC 1047"],
  "lost-connection": ["error", "RFC 5321 section 4.1.1.10"],
  "recording-ends": ["info", "RFC 5321 section 4.1.1.10"],
  "no-quit": ["info", "RFC 5321 section 4.1.1.10"],
  accepted: ["info", "RFC 5321 section 4.2.5"],
} as const satisfies Readonly<Record<string, Rule>>;

/** What there is to say, in the order of the steps; what is about no step comes last. */
export function diagnose(of: Case): Finding[] {
  const judge = new Judge(of);
  of.conversation.steps.forEach((step, index) => judge.step(step, index));
  judge.end();
  return judge.findings.sort((one, other) => (one.step ?? Infinity) - (other.step ?? Infinity) || 0);
}

class Judge {
  readonly findings: Finding[] = [];
  readonly #case: Case;
  readonly #steps: readonly TraceStep[];
  readonly #said: Set<string> = new Set();
  #offer: ReadonlyMap<string, readonly string[]> | undefined;
  #secure = false;
  #greeted = false;
  /** STARTTLS was offered in this step, and not asked for since. */
  #unused: number | undefined;
  #quit = false;
  #goodbye = false;
  #lostAt: number | undefined;
  #sealed = false;
  #beyondHello = false;
  /** The command before. */
  #command: TraceStep | undefined;

  constructor(of: Case) {
    this.#case = of;
    this.#steps = of.conversation.steps;
  }

  step(step: TraceStep, index: number): void {
    if (step.kind === "tls") return this.#tls(step, index);
    if (step.kind === "closed") return this.#closed(step, index);
    if (step.kind === "garbage") this.#find("no-smtp", noSmtp(step), index, step.from);
    else if (step.from === "client") this.#client(step, index);
    else if (step.kind === "greeting") this.#greeting(step, index);
    else if (step.kind === "reply" || step.kind === "auth") this.#reply(step, index);
  }

  end(): void {
    const { recorded, replayed, conversation } = this.#case;
    const heard = this.#steps.some(({ from, kind }) => from === "client" && kind !== "closed");
    if (recorded.connected === false && !heard) {
      const how = this.#steps.some(({ kind }) => kind === "closed")
        ? "refused the connection"
        : "did not answer";
      this.#find(
        "not-connected",
        `The server ${how}: nothing listens there, or something in between forbids it.`,
      );
      return;
    }
    if (this.#unused !== undefined && !this.#secure && this.#beyondHello)
      this.#find(
        "starttls-unused",
        "The server offered STARTTLS, and the client did not use it: everybody in between can read and change all of it.",
        this.#unused,
      );
    const { alert } = replayed;
    if (alert !== undefined)
      this.#find(
        "tls-failed",
        `The TLS handshake failed: the ${alert.from} complained of ${alertWords(alert.description)} (alert ${alert.description}).`,
        lastIndex(this.#steps, "tls"),
      );
    this.#messages();
    if (!this.#greeted && !this.#sealed && recorded.wire && this.#steps.some(({ kind }) => kind === "closed"))
      this.#find("greeting-missing", "The server did not greet.");
    const { unanswered } = conversation;
    const lost = unanswered.find(({ command }) => !(this.#steps[command]!.verb === "QUIT"));
    if (this.#lostAt === undefined && lost !== undefined && !this.#sealed)
      this.#find(
        "recording-ends",
        `The recording ends before ${this.#words(lost)} is answered.`,
        lost.command,
      );
  }

  #tls(step: TraceStep, index: number): void {
    if (step.from === "link") {
      this.#secure = true;
      this.#offer = undefined;
      this.#unused = undefined;
      return;
    }
    this.#secure = true;
    this.#sealed = true;
    this.#find(
      "tls-sealed",
      "From here on the session is under TLS: the recording has its octets, and not the keys to read them.",
      index,
    );
  }

  #greeting(step: TraceStep, index: number): void {
    this.#greeted = true;
    if (step.code! >= 400)
      this.#find("greeting-refused", `The server refused to talk: ${this.#because(step)}.`, index);
  }

  #client(step: TraceStep, index: number): void {
    const { byCommand } = this.#case.conversation;
    const exchange = byCommand.get(index);
    const verb = step.verb ?? (step.kind === "auth" ? "AUTH" : undefined);
    if (!this.#greeted && this.#case.recorded.wire && index === 0 && !/^PROXY /.test(step.text))
      this.#find("early-talk", "The client spoke before the greeting.", index);
    if (step.kind === "content") return this.#content(step, index);
    if (exchange?.early === true) this.#early(step, exchange, index);
    if (step.kind === "command") this.#command = step;
    if (verb === "QUIT") this.#quit = true;
    else if (verb !== undefined && !HELLOS.has(verb)) this.#beyondHello ||= verb !== "STARTTLS";
    if (verb === "STARTTLS") this.#unused = undefined;
    if (verb === "AUTH" && step.kind === "command") this.#auth(step, index);
    if (verb === "MAIL") this.#mail(step, index);
    if (verb === "BDAT") this.#needs("CHUNKING", "BDAT", index);
  }

  #early(step: TraceStep, exchange: Exchange, index: number): void {
    const before = this.#command;
    if (before?.verb === "STARTTLS")
      this.#find(
        "starttls-not-last",
        `The client sent ${nameOf(step)} before STARTTLS was answered, in clear: a server must not act on it.`,
        index,
      );
    else if (before?.verb !== undefined && LAST_OF_GROUP.has(before.verb) && !exchange.content)
      this.#find(
        "pipelining-not-last",
        `The client sent ${nameOf(step)} before ${before.verb} was answered, which must be the last of its group.`,
        index,
        before.verb,
      );
    else if (this.#offer === undefined || !this.#offer.has("PIPELINING"))
      this.#find(
        "pipelining-not-offered",
        `The client did not wait for replies, though the server did not offer PIPELINING: it sent ${nameOf(step)} before what came before that was answered.`,
        index,
      );
  }

  #auth(step: TraceStep, index: number): void {
    const mechanism = step.text.split(/\s+/)[1]?.toUpperCase() ?? "";
    const offered = this.#offer?.get("AUTH");
    if (
      offered !== undefined &&
      !offered.some((one) => one.toUpperCase() === mechanism) &&
      /^[A-Z]/.test(mechanism)
    )
      this.#find(
        "not-offered",
        `The client used AUTH ${mechanism}, which the server did not offer.`,
        index,
        "AUTH",
      );
    else if (this.#offer !== undefined && offered === undefined)
      this.#find("not-offered", "The client used AUTH, which the server did not offer.", index, "AUTH");
    const known = this.#case.recorded.wire || this.#offer?.has("STARTTLS") === true;
    if (CLEAR.has(mechanism) && !this.#secure && known)
      this.#find(
        "auth-in-clear",
        `The client sent its password or token by AUTH ${mechanism} without TLS: whoever reads along has it. Change it.`,
        index,
      );
  }

  #mail(step: TraceStep, index: number): void {
    const parameters = step.text
      .split(/\s+/)
      .slice(1)
      .map((one) => one.toUpperCase());
    for (const [parameter, keyword] of PARAMETERS)
      if (parameters.some((one) => one === parameter || one.startsWith(`${parameter}=`)))
        this.#needs(keyword, parameter, index);
    const declared = Number(/\sSIZE=(\d{1,15})/i.exec(step.text)?.[1] ?? 0);
    this.#size(declared, "declared", index);
  }

  #size(octets: number, how: string, index: number): void {
    const most = Number(this.#offer?.get("SIZE")?.[0] ?? 0);
    if (most > 0 && octets > most)
      this.#find(
        "size-exceeded",
        `The message is larger than the server takes: ${octets} octets ${how}, ${most} allowed.`,
        index,
      );
  }

  #needs(keyword: string, what: string, index: number): void {
    if (this.#offer !== undefined && !this.#offer.has(keyword))
      this.#find(
        "not-offered",
        `The client used ${what}, though the server did not offer ${keyword}.`,
        index,
        keyword,
      );
  }

  #content(step: TraceStep, index: number): void {
    const { byCommand } = this.#case.conversation;
    const exchange = byCommand.get(index);
    if (exchange?.early === true)
      this.#find(
        "content-too-early",
        "The client sent the content before the server had asked for it with 354.",
        index,
      );
    if (/, cut off\b/.test(step.text)) {
      this.#find(
        "content-cut-off",
        "The content was cut off before its end: the message was not delivered by this session.",
        index,
      );
    }
    this.#size(step.octets ?? 0, "sent", index);
    const seen = this.#case.replayed.seen.get(index);
    if (seen === undefined || !this.#case.recorded.wire) return;
    const times = (count: number): string => (count === 1 ? "once" : `${count} times`);
    if (seen.bareLf > 0)
      this.#find(
        "content-bare-lf",
        `The content has a bare LF, ${times(seen.bareLf)}: servers refuse that, or take it for the end of a line, which lets messages be smuggled in.`,
        index,
      );
    if (seen.bareCr > 0)
      this.#find(
        "content-bare-cr",
        `The content has a bare CR, ${times(seen.bareCr)}: servers refuse that, or read the message in another way than it was written.`,
        index,
      );
    if (seen.longest > 1000)
      this.#find(
        "content-long-line",
        `The longest line of the content has ${seen.longest} octets, and 1000 are allowed: servers may cut it, which breaks signatures.`,
        index,
      );
  }

  #reply(step: TraceStep, index: number): void {
    const { answered, offers } = this.#case.conversation;
    const exchange = answered.get(index);
    const code = step.code!;
    const offer = offers.get(index);
    if (offer !== undefined) this.#offered(offer, index);
    if (step.waited !== undefined && step.waited >= this.#case.slow && exchange !== undefined)
      this.#find(
        "slow-reply",
        `The client waited ${seconds(step.waited, this.#case.recorded.resolution)} for the reply to ${this.#words(exchange)}.`,
        index,
        String(index),
      );
    if (code === 221) this.#goodbye = true;
    if (code === 421) {
      this.#goodbye = true;
      return this.#find(
        "closing-down",
        `The server closed the connection by itself: ${this.#because(step)}.`,
        index,
      );
    }
    if (code < 400) return;
    this.#refused(step, exchange, index);
  }

  #offered(offer: readonly Capability[], index: number): void {
    this.#offer = new Map(offer.map(({ keyword, parameters }) => [keyword, parameters]));
    if (this.#offer.has("STARTTLS") && !this.#secure) this.#unused = index;
  }

  #refused(step: TraceStep, exchange: Exchange | undefined, index: number): void {
    const later = step.code! < 500;
    const why = this.#because(step);
    const verb = exchange?.verb;
    if (verb === "AUTH") {
      const given = exchange !== undefined && this.#steps[exchange.command]!.text === "*";
      if (given) return this.#find("auth-failed", `The client gave AUTH up: ${why}.`, index, String(index));
      return later
        ? this.#find(
            "auth-later",
            `AUTH could not be decided about for now, and may succeed later: ${why}.`,
            index,
            String(index),
          )
        : this.#find("auth-failed", `AUTH failed: ${authWords(step.code!)}: ${why}.`, index, String(index));
    }
    if (verb === "STARTTLS")
      return this.#find("starttls-refused", `The server refused STARTTLS: ${why}.`, index);
    if (verb === "EHLO" || verb === "HELO" || verb === "LHLO")
      return this.#find("hello-refused", `The server refused ${verb}: ${why}.`, index, String(index));
    const what =
      verb === "MAIL"
        ? `the sender <${exchange?.message?.from ?? ""}>`
        : verb === "RCPT"
          ? `the recipient <${exchange?.recipient?.recipient ?? ""}>`
          : verb === "DATA" || verb === "BDAT"
            ? "the message"
            : undefined;
    if (what === undefined)
      return this.#find(
        "command-refused",
        `The server refused ${exchange === undefined ? "something" : this.#words(exchange)}: ${why}.`,
        index,
        String(index),
      );
    if (later && GREYLISTED.test(step.text))
      return this.#find(
        "greylisted",
        `Greylisted: the server does not know the sender yet and refused ${what} for now; it will be taken when it is sent again later: ${why}.`,
        index,
        String(index),
      );
    if (later)
      return this.#find(
        "try-later",
        `The server refused ${what} for now, so try again later: ${why}.`,
        index,
        String(index),
      );
    const rule =
      verb === "MAIL" ? "sender-refused" : verb === "RCPT" ? "recipient-refused" : "message-refused";
    this.#find(rule, `The server refused ${what}: ${why}.`, index, String(index));
  }

  #closed(step: TraceStep, index: number): void {
    if (this.#lostAt !== undefined) return;
    const { recorded, conversation, replayed } = this.#case;
    const waiting = conversation.unanswered.filter(({ command }) => this.#steps[command]!.verb !== "QUIT");
    const by = step.from === "link" ? "was lost" : `was closed by the ${step.from}`;
    const open = waiting.find(({ command }) => command < index);
    this.#lostAt = index;
    if (this.#sealed || replayed.over || this.#goodbye) return;
    if (open !== undefined) {
      const { message } = open;
      const uncertain =
        message?.sent === true && waiting.some(({ content, verb }) => content || verb === "BDAT");
      if (uncertain)
        this.#find(
          "lost-uncertain",
          `The connection ${by} after the end of the content: whether the message was accepted is not known. Sent again, it may arrive twice.`,
          index,
        );
      else
        this.#find(
          "lost-connection",
          `The connection ${by} before ${this.#words(open)} was answered.`,
          index,
        );
    } else if (step.from !== "client" && !this.#quit && this.#greeted)
      this.#find("lost-connection", `The connection ${by} without a word of the server.`, index);
    else if (!this.#quit && this.#greeted && (recorded.wire || step.from === "client"))
      this.#find("no-quit", "The client closed the connection without QUIT.", index);
  }

  /** What went through. */
  #messages(): void {
    for (const { recipients } of this.#case.conversation.messages) {
      const accepted = recipients.filter(({ status }) => status === "accepted");
      const decided = accepted.at(-1)?.step;
      if (decided === undefined) continue;
      const how = `for ${accepted.length} ${accepted.length === 1 ? "recipient" : "recipients"}`;
      const words = this.#because(this.#steps[decided]!);
      this.#find("accepted", `The server accepted the message ${how}: ${words}.`, decided, String(decided));
    }
  }

  /** Says it, of the same kind once for each `about`. */
  #find(rule: keyof typeof RULES, message: string, step?: number, about = ""): void {
    const key = `${rule} ${about}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    const [severity, reference] = RULES[rule];
    this.findings.push({ rule, severity, message, ...(step !== undefined && { step }), reference });
  }

  /** What a reply says, and what its codes mean. */
  #because({ text, code, enhanced }: TraceStep): string {
    const words = text
      .split("\n")
      .map((line) => line.slice(4))
      .map((line) =>
        (enhanced !== undefined && line.startsWith(enhanced) ? line.slice(enhanced.length) : line).trim(),
      )
      .filter((line) => line !== "")
      .join(" ");
    // X.0.0 says nothing that the code does not.
    const telling = enhanced !== undefined && !enhanced.endsWith(".0.0");
    const meaning = telling ? this.#case.meaningOf(enhanced) : undefined;
    const codes = [code, enhanced].filter((part) => part !== undefined).join(" ");
    const sentence = words.endsWith(".") ? words.slice(0, -1) : words;
    return `${sentence === "" ? "" : `${sentence} `}(${codes}${meaning === undefined ? "" : `: ${meaning}`})`;
  }

  #words({ command, content, verb }: Exchange): string {
    if (content) return "the end of the content";
    const step = this.#steps[command]!;
    return step.kind === "auth" ? "AUTH" : (verb ?? "a line that is no command");
  }
}

const HELLOS: ReadonlySet<string> = new Set(["EHLO", "HELO", "LHLO"]);
/** After them a client waits (RFC 2920 section 3.1, RFC 4954 section 4). */
const LAST_OF_GROUP: ReadonlySet<string> = new Set([
  "EHLO",
  "HELO",
  "LHLO",
  "AUTH",
  "DATA",
  "VRFY",
  "EXPN",
  "NOOP",
  "QUIT",
]);
/** Mechanisms that show what they prove. */
const CLEAR: ReadonlySet<string> = new Set(["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"]);
/** Parameters of MAIL, and what has to be offered for them. */
const PARAMETERS: readonly (readonly [parameter: string, keyword: string])[] = [
  ["SMTPUTF8", "SMTPUTF8"],
  ["BODY=8BITMIME", "8BITMIME"],
  ["BODY=BINARYMIME", "BINARYMIME"],
  ["SIZE", "SIZE"],
  ["RET", "DSN"],
  ["ENVID", "DSN"],
  ["REQUIRETLS", "REQUIRETLS"],
];
const GREYLISTED = /gr[ea]y-?\s?list/i;

function noSmtp({ from, text }: TraceStep): string {
  const what = from === "client" ? "a command" : "a reply";
  return `The ${from} sent what is not ${what}: a line that does not end in CRLF, is cut off, or has other octets than text${text.length > 60 ? "" : `: "${text}"`}.`;
}

function nameOf({ kind, verb }: TraceStep): string {
  return kind === "content"
    ? "the content"
    : (verb ?? (kind === "auth" ? "an answer of AUTH" : "a line that is no command"));
}

function authWords(code: number): string {
  switch (code) {
    case 535:
      return "the name or the password is wrong, or the account may not do this";
    case 534:
      return "the mechanism is too weak for this account";
    case 538:
      return "it needs TLS first";
    case 504:
      return "the server does not know the mechanism";
    case 530:
      return "the server wants something else before it";
    default:
      return "the server refused it";
  }
}

function seconds(milliseconds: number, resolution = 0): string {
  const about = resolution >= 1000 ? "about " : "";
  return `${about}${(milliseconds / 1000).toFixed(resolution >= 1000 ? 0 : 1)} s`;
}

function lastIndex(steps: readonly TraceStep[], kind: TraceStep["kind"]): number | undefined {
  let index = steps.length - 1;
  while (index >= 0 && steps[index]!.kind !== kind) index--;
  return index < 0 ? undefined : index;
}
