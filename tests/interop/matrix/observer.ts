/** Follows one session on the wire and notes which rows of the matrix it offers and uses. */

import type { Step } from "edgepost";

import { type Exchange, FEATURES, offeredBy } from "./features.js";

/** A command whose reply is still to come. */
type Pending = Omit<Exchange, "code" | "enhanced"> & {
  /** How many replies are still to come, once there was one. */
  left?: number;
};

/** Hand it every step of a session, in order. */
export class Observer {
  /** Rows that the server offered, at any time. */
  readonly offered = new Set<string>();
  /** Keywords that the server offered and that are no row. */
  readonly unknown = new Set<string>();
  /** Rows that were used, and the peer agreed. */
  readonly used = new Set<string>();
  readonly #pending: Pending[] = [];
  #lmtp = false;
  /** Recipients of this message that were accepted. */
  #recipients = 0;
  #octets = 0;
  #messages = 0;
  #startTls = false;
  #greeted = false;
  #early = false;

  /** `implicit`: the session was under TLS before its greeting. */
  constructor(implicit: boolean) {
    if (implicit) this.#note(this.#event("TLS", "implicit"));
  }

  step({ from, kind, text, verb, code, octets, enhanced }: Step): void {
    if (from === "link") {
      if (kind === "tls" && this.#startTls) this.#note(this.#event("TLS", "STARTTLS"));
      return;
    }
    if (kind === "greeting") {
      if (this.#early && code === 220) this.#note(this.#event("PROXY", ""));
      this.#greeted = true;
    }
    if (from === "client") {
      // Nobody but a proxy speaks before the greeting.
      if (!this.#greeted) {
        this.#early = true;
        return;
      }
      if (kind === "command") this.#command(text, verb ?? text.split(" ", 1)[0]!.toUpperCase());
      else if (kind === "content") this.#content(octets);
      return;
    }
    if (kind === "reply") this.#reply(text, code ?? 0, enhanced);
  }

  #command(line: string, verb: string): void {
    this.#push(verb, line);
  }

  #push(verb: string, line: string): void {
    const behind = this.#pending.length > 0;
    this.#pending.push({ verb, line, behind, messages: 0, octets: 0 });
  }

  #content(octets: number): void {
    this.#octets += octets;
    // After BDAT the command is still waiting for its reply; DATA has had its own.
    if (this.#pending.at(-1)?.verb !== "BDAT") this.#push("CONTENT", "");
  }

  #reply(text: string, code: number, enhanced: string | undefined): void {
    const command = this.#pending[0];
    if (command === undefined) return;
    const ends = command.verb === "CONTENT" || / LAST$/i.test(command.line);
    const { left = this.#replies(ends, code), ...rest } = command;
    const exchange = { ...rest, code, messages: this.#messages, octets: ends ? this.#octets : 0 };
    this.#note(enhanced === undefined ? exchange : { ...exchange, enhanced });
    command.left = left - 1;
    if (command.left > 0) return;
    this.#pending.shift();
    this.#follow(command.verb, ends, text, code);
  }

  /** How many replies there are: with LMTP and PRDR the end of a message has more than one. */
  #replies(ends: boolean, code: number): number {
    if (!ends) return 1;
    if (code === 353) return this.#recipients + 2;
    return this.#lmtp ? Math.max(1, this.#recipients) : 1;
  }

  #follow(verb: string, ends: boolean, text: string, code: number): void {
    const done = code >= 200 && code < 300;
    if (verb === "EHLO" || verb === "LHLO") {
      this.#lmtp = verb === "LHLO";
      const { features, unknown } = offeredBy(
        text
          .split("\n")
          .map((line) => line.slice(4))
          .slice(1),
      );
      for (const name of features) this.offered.add(name);
      for (const keyword of unknown) this.unknown.add(keyword);
    }
    if (verb === "STARTTLS") this.#startTls = code === 220;
    if (verb === "MAIL" && done) [this.#recipients, this.#octets] = [0, 0];
    if (verb === "RCPT" && done) this.#recipients++;
    if (ends && done) this.#messages++;
  }

  #event(verb: string, line: string): Exchange {
    return { verb, line, code: 0, behind: false, messages: this.#messages, octets: 0 };
  }

  #note(exchange: Exchange): void {
    for (const { name, used } of FEATURES) if (used(exchange)) this.used.add(name);
  }
}
