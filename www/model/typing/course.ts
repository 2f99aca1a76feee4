/**
 * Where a session is by what was said in it: what the server has announced, which message has begun, and who owes what.
 * What is typed is followed in the same way, as if all went well (RFC 5321 section 4.1.4). No DOM.
 */
import type { Line, SessionRecord } from "../recording.js";

/** A command that has no reply yet; `"greeting"` and `"content"` are answered, too. */
export interface Owed {
  readonly verb: string;
  /** The whole line. */
  readonly text: string;
}

export class Course {
  /** The code that the server greeted with. */
  greeting: number | undefined;
  /** How the client has greeted. */
  hello: string | undefined;
  /** The extensions of the last reply to EHLO or LHLO: keywords in capitals, and their parameters. */
  offers: ReadonlyMap<string, readonly string[]> = new Map();
  secure = false;
  /** The client is authenticated. */
  user = false;
  /** The MAIL command of the message that has begun. */
  mail: string | undefined;
  /** Forward-paths that were taken. */
  recipients: readonly string[] = [];
  /** A chunk of the message was taken. */
  chunks = false;
  /** How many messages have begun. */
  messages = 0;
  /** In order. */
  owed: readonly Owed[] = [{ verb: "greeting", text: "" }];
  /** What the client is to say. */
  awaits: "command" | "content" | "response" = "command";
  /** So many octets of a chunk are still to come. */
  left = 0;
  /** What the server has asked in the AUTH exchange, as it stands behind 334. */
  challenge = "";
  /** How often the client has answered in it. */
  responses = 0;
  over = false;

  copy(): Course {
    return Object.assign(new Course(), this);
  }

  get transaction(): boolean {
    return this.mail !== undefined;
  }

  /** Of the AUTH command that is not answered yet. */
  get mechanism(): string {
    return /^AUTH +(\S+)/i.exec(this.owed[0]?.text ?? "")?.[1] ?? "";
  }

  /** A command goes to the server. */
  asks(verb: string, text: string): void {
    this.owed = [...this.owed, { verb, text }];
    if (verb === "AUTH") this.responses = /^\S+ +\S+ +\S/.test(text) ? 1 : 0;
    if (verb === "BDAT") this.left = Number(/^\S+ +(\d+)/.exec(text)?.[1] ?? 0);
  }

  /** The client has answered a challenge. */
  responds(): void {
    this.awaits = "command";
    this.responses++;
  }

  /** All content has gone. With LMTP there is a reply for each recipient (RFC 2033 section 4.2). */
  ends(): void {
    this.awaits = "command";
    const replies = this.hello === "LHLO" ? this.recipients : [""];
    this.owed = [...this.owed, ...replies.map((text) => ({ verb: "content", text }))];
  }

  /** A reply goes to the client: texts of its lines, without code. */
  answers(code: number, lines: readonly string[]): void {
    const [owed, ...rest] = this.owed;
    if (code === 421) this.over = true;
    if (owed === undefined) return;
    if (owed.verb === "AUTH" && code === 334) {
      this.awaits = "response";
      this.challenge = lines[0] ?? "";
      return;
    }
    this.owed = rest;
    this.awaits = "command";
    const done = code < 400;
    switch (owed.verb) {
      case "greeting":
        this.greeting = code;
        break;
      case "EHLO":
      case "LHLO":
      case "HELO":
        if (!done) break;
        this.hello = owed.verb;
        this.offers = owed.verb === "HELO" ? new Map() : offersOf(lines);
        this.#forget();
        break;
      case "AUTH":
        this.user ||= done;
        break;
      case "MAIL":
        if (!done) break;
        this.mail = owed.text;
        this.messages++;
        break;
      case "RCPT":
        if (done) this.recipients = [...this.recipients, pathOf(owed.text)];
        break;
      case "DATA":
        if (code === 354) this.awaits = "content";
        break;
      case "BDAT":
        this.chunks = true;
        if (/\sLAST\s*$/i.test(owed.text)) this.#forget();
        break;
      case "content":
        if (rest[0]?.verb !== "content") this.#forget();
        break;
      case "RSET":
        if (done) this.#forget();
        break;
      case "QUIT":
        this.over = true;
    }
  }

  /** TLS has begun: all is as at the beginning, but for the greeting (RFC 3207 section 4.2). */
  secures(): void {
    this.secure = true;
    this.hello = undefined;
    this.offers = new Map();
    this.#forget();
  }

  #forget(): void {
    this.mail = undefined;
    this.recipients = [];
    this.chunks = false;
  }
}

/** Where a recorded session is at its end. */
export function courseOf({ plan, lines, octets }: SessionRecord): Course {
  const course = new Course();
  course.secure = plan.client.tls === "implicit";
  for (const line of lines) follow(course, line);
  const last = lines.filter(({ from }) => from === "client").at(-1);
  // What has come of a chunk is recorded when all of it is there.
  if (course.left > 0) course.left -= octets.client.length - (last?.end ?? 0);
  return course;
}

/** What a side has sent of a line, of a reply or of content, that is not over yet. */
export function begunOf({ lines, octets }: SessionRecord, side: "client" | "server"): Uint8Array {
  return octets[side].subarray(lines.filter(({ from }) => from === side).at(-1)?.end ?? 0);
}

function follow(course: Course, { from, kind, verb, text, code = 0 }: Line): void {
  if (kind === "closed") course.over = true;
  else if (kind === "tls") course.secures();
  else if (from === "server")
    course.answers(
      code,
      text.split("\n").map((line) => line.slice(4)),
    );
  else if (kind === "auth") course.responds();
  else if (kind !== "content") course.asks(verb ?? verbOf(text), text);
  else if (course.owed.at(-1)?.verb === "BDAT") course.left = 0;
  else course.ends();
}

function verbOf(text: string): string {
  return text.split(" ", 1)[0]!.toUpperCase();
}

function pathOf(text: string): string {
  return /<(.*)>/.exec(text)?.[1] ?? "";
}

/** The keywords behind the first line, and what stands behind each. */
function offersOf(lines: readonly string[]): Map<string, readonly string[]> {
  return new Map(
    lines.slice(1).map((line) => {
      const [keyword = "", ...parameters] = line.trim().split(/ +/);
      return [keyword.toUpperCase(), parameters];
    }),
  );
}
