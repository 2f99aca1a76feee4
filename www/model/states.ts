/** The state of each side at a moment of a session, from what it has said and heard until then. No DOM. */
import type { Side } from "./link.js";
import type { Position } from "./position.js";
import type { Line } from "./recording.js";

/** What a side can be at. `ready`: between messages. */
export const NODES = [
  "greeting",
  "EHLO",
  "TLS",
  "AUTH",
  "ready",
  "MAIL",
  "RCPT",
  "content",
  "QUIT",
  "closed",
] as const;
export type Node = (typeof NODES)[number];

export interface State {
  readonly node: Node;
  /** The client: the commands whose replies it waits for, in order. The server: those that have come, and are not answered. */
  readonly owed: readonly string[];
}

/** Where a session begins. */
export function statesAt(lines: readonly Line[], position: Position): Record<Side, State> {
  const client = new Track("client");
  const server = new Track("server");
  const { shown, time } = position;
  const events: { at: number; apply: () => void }[] = [];
  for (let index = 0; index < shown; index++) {
    const line = lines[index]!;
    const there = line.arrived !== undefined && line.arrived <= time ? line.arrived : undefined;
    const own = line.from === "server" ? server : client;
    const other = line.from === "server" ? client : server;
    events.push({ at: line.sent, apply: () => own.said(line) });
    if (there !== undefined && line.from !== "link")
      events.push({ at: there, apply: () => other.heard(line) });
    if (line.from === "link") events.push({ at: line.sent, apply: () => other.said(line) });
  }
  events.sort((one, other) => one.at - other.at).forEach(({ apply }) => apply());
  return { client: client.state, server: server.state };
}

/** One side, as it goes. */
class Track {
  #node: Node = "greeting";
  #owed: string[] = [];

  constructor(readonly side: Side) {}

  get state(): State {
    return { node: this.#node, owed: this.#owed };
  }

  said(line: Line): void {
    if (line.kind === "closed") this.#node = "closed";
    else if (line.kind === "tls") this.#node = "EHLO";
    else if (this.side === "client") this.#asks(line);
    else this.#answers(line);
  }

  heard(line: Line): void {
    if (line.kind === "closed") return;
    if (this.side === "client") this.#answers(line);
    else this.#asks(line);
  }

  /** A command, or content, goes from the client to the server. */
  #asks({ kind, verb, text }: Line): void {
    if (kind === "content") {
      this.#node = "content";
      // A chunk has its reply as the command that announces it.
      if (this.#owed.at(-1) !== "BDAT") this.#owed.push("content");
      return;
    }
    if (kind === "auth") return;
    const name = verb ?? text.split(" ", 1)[0]!.toUpperCase().slice(0, 12);
    this.#owed.push(name);
    if (this.side === "client") this.#node = NODE_OF[name] ?? this.#node;
  }

  /** A reply goes from the server to the client. */
  #answers({ kind, verb, code = 0 }: Line): void {
    if (kind === "greeting") {
      this.#node = code < 400 ? "EHLO" : "QUIT";
      return;
    }
    if (code === 334) {
      this.#node = "AUTH";
      return;
    }
    const answered = this.#owed.shift() ?? verb ?? "";
    if (this.side === "server") this.#did(answered, code);
    else if (this.#owed.length === 0) this.#rests(answered, code);
  }

  /** The server has decided. */
  #did(command: string, code: number): void {
    if (code === 421 || command === "QUIT") this.#node = "QUIT";
    else if (code >= 400)
      this.#node =
        ENVELOPE.includes(command) && command !== "MAIL" && this.#node !== "content" ? this.#node : "ready";
    else if (command === "STARTTLS") this.#node = "TLS";
    else if (command === "MAIL" || command === "RCPT") this.#node = command;
    else if (command === "DATA" || (command === "BDAT" && code === 354)) this.#node = "content";
    else this.#node = "ready";
  }

  /** The client has all replies that it waited for. */
  #rests(command: string, code: number): void {
    if (command === "QUIT" || code === 421) this.#node = "QUIT";
    else if (command === "STARTTLS" && code < 400) this.#node = "TLS";
    else if (code === 354) this.#node = "content";
    else if ((command === "MAIL" || command === "RCPT") && code < 400) this.#node = command;
    else this.#node = "ready";
  }
}

const ENVELOPE: readonly string[] = ["MAIL", "RCPT", "DATA"];

const NODE_OF: Readonly<Record<string, Node>> = {
  EHLO: "EHLO",
  HELO: "EHLO",
  LHLO: "EHLO",
  STARTTLS: "TLS",
  AUTH: "AUTH",
  MAIL: "MAIL",
  RCPT: "RCPT",
  DATA: "content",
  BDAT: "content",
  QUIT: "QUIT",
  RSET: "ready",
};
