/** A plan from a link or a draft: anything may come, and only a plan comes out. No DOM. */
import { EXTENSIONS, MECHANISMS, STAGES } from "./plan.js";
import type {
  Ask,
  AuthPlan,
  ClientPlan,
  Fault,
  LinkPlan,
  MessagePlan,
  Plan,
  ServerPlan,
  SessionPlan,
} from "./plan.js";

const SESSIONS = 12;
const MESSAGES = 20;
const RECIPIENTS = 200;
const FAULTS = 50;
const TEXTS = 500;
/** Characters. */
const LONGEST = 1 << 20;
const TIMES = 1000;
/** Milliseconds. */
export const LONGEST_DELAY = 60_000;
const LONGEST_PAUSE = 7 * 24 * 60 * 60 * 1000;

class NoPlan extends Error {}

/** Undefined: it is none. */
export function readPlan(value: unknown): Plan | undefined {
  try {
    const sessions = list(object(value)["sessions"], SESSIONS, sessionOf);
    return sessions.length === 0 ? undefined : { sessions };
  } catch (error) {
    if (error instanceof NoPlan) return undefined;
    throw error;
  }
}

function sessionOf(value: unknown): SessionPlan {
  const { title, after, client, server, link, faults, messages } = object(value);
  return {
    ...maybe("title", title, text),
    ...maybe("after", after, (value) => number(value, LONGEST_PAUSE)),
    client: clientOf(client),
    server: serverOf(server),
    link: linkOf(link),
    faults: list(faults, FAULTS, faultOf),
    messages: list(messages, MESSAGES, messageOf),
  };
}

function clientOf(value: unknown): ClientPlan {
  const { name, tls, pipelining, chunking, auth, byHand } = object(value);
  return {
    name: text(name),
    tls: oneOf(tls, ["off", "opportunistic", "required", "implicit"]),
    pipelining: flag(pipelining),
    chunking: flag(chunking),
    ...maybe("auth", auth, authOf),
    ...maybe("byHand", byHand, (value) => list(value, TEXTS, text)),
  };
}

function authOf(value: unknown): AuthPlan {
  const { mechanism, user, secret } = object(value);
  return { mechanism: oneOf(mechanism, MECHANISMS), user: text(user), secret: text(secret) };
}

function serverOf(value: unknown): ServerPlan {
  const { name, offers, size, mechanisms, insecure, certificate, recipients, messages, lmtp, byHand } =
    object(value);
  return {
    name: text(name),
    offers: list(offers, EXTENSIONS.length, (value) => oneOf(value, EXTENSIONS)),
    size: number(size, Number.MAX_SAFE_INTEGER),
    mechanisms: list(mechanisms, MECHANISMS.length, (value) => oneOf(value, MECHANISMS)),
    ...maybe("insecure", insecure, flag),
    ...maybe("certificate", certificate, (value) => oneOf(value, ["good", "bad"] as const)),
    ...maybe("recipients", recipients, (value) => Math.max(1, number(value, 100_000))),
    ...maybe("messages", messages, (value) => number(value, 100_000)),
    ...maybe("lmtp", lmtp, flag),
    ...maybe("byHand", byHand, (value) => list(value, TEXTS, text)),
  };
}

function linkOf(value: unknown): LinkPlan {
  const { delay, chunk } = object(value);
  return { delay: number(delay, LONGEST_DELAY), chunk: number(chunk, 1 << 20) };
}

function faultOf(value: unknown): Fault {
  const { at, nth, recipient, what, code, enhanced, text: words } = object(value);
  const where = {
    at: oneOf(at, STAGES),
    ...maybe("nth", nth, (value) => Math.max(1, number(value, 100_000))),
    ...maybe("recipient", recipient, text),
  };
  if (what !== "reply")
    return { ...where, what: oneOf(what, ["lost-before", "lost-after", "silence"] as const) };
  const number_ = number(code, 599);
  if (number_ < 400) throw new NoPlan();
  return {
    ...where,
    what,
    code: number_,
    ...maybe("enhanced", enhanced, (value) => enhancedOf(value, number_)),
    text: line(words),
  };
}

function enhancedOf(value: unknown, code: number): string {
  const given = text(value);
  if (!/^[45]\.\d{1,3}\.\d{1,3}$/.test(given) || given[0] !== String(code)[0]) throw new NoPlan();
  return given;
}

function messageOf(value: unknown): MessagePlan {
  const { from, to, subject, text: body, raw, instead, ask, times } = object(value);
  return {
    from: text(from),
    to: list(to, RECIPIENTS, text),
    subject: text(subject),
    text: text(body),
    ...maybe("raw", raw, text),
    ...maybe("instead", instead, (value) => oneOf(value, ["received", "bounce"] as const)),
    ...maybe("ask", ask, askOf),
    ...maybe("times", times, (value) => Math.max(1, number(value, TIMES))),
  };
}

function askOf(value: unknown): Ask {
  const { ret, envid, notify, requireTls, holdFor, priority, deliverBy } = object(value);
  return {
    ...maybe("ret", ret, (value) => oneOf(value, ["full", "headers"] as const)),
    ...maybe("envid", envid, text),
    ...maybe("notify", notify, (value) =>
      value === "never"
        ? ("never" as const)
        : list(value, 3, (event) => oneOf(event, ["success", "failure", "delay"] as const)),
    ),
    ...maybe("requireTls", requireTls, flag),
    ...maybe("holdFor", holdFor, (value) => number(value, 10_000_000)),
    ...maybe("priority", priority, (value) => number(value, 9, -9)),
    ...maybe("deliverBy", deliverBy, (value) => {
      const { seconds, mode } = object(value);
      return { seconds: number(seconds, 10_000_000), mode: oneOf(mode, ["return", "notify"] as const) };
    }),
  };
}

function maybe<K extends string, T>(
  key: K,
  value: unknown,
  read: (value: unknown) => T,
): { readonly [key in K]?: T } {
  return (value === undefined ? {} : { [key]: read(value) }) as { readonly [key in K]?: T };
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NoPlan();
  return value as Record<string, unknown>;
}

function list<T>(value: unknown, most: number, read: (value: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) throw new NoPlan();
  return value.map(read);
}

function text(value: unknown): string {
  if (typeof value !== "string" || value.length > LONGEST) throw new NoPlan();
  return value;
}

/** What can stand in a reply. */
function line(value: unknown): string {
  const given = text(value);
  if (/[\u0000-\u001f\u007f]/.test(given) || given.length > 400) throw new NoPlan();
  return given;
}

function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new NoPlan();
  return value;
}

function number(value: unknown, most: number, least = 0): number {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
    throw new NoPlan();
  return value as number;
}

function oneOf<T extends string>(value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new NoPlan();
  return found;
}
