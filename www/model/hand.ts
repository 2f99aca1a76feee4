/** A side whose lines a person types: no engine, only what was typed, and what came back. No DOM. */
import type { Transport } from "edgepost";
import { octetsOf } from "./typed.js";
import type { Simulation } from "./simulation.js";

/** One end of the link, by hand. */
export class Hand {
  readonly #texts: readonly string[];
  readonly #simulation: Simulation;
  readonly #side: "client" | "server";
  #transport: Transport;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #next = 0;
  /** What came since this side last said something, a character for each octet. */
  #heard = "";
  #starting = false;
  /** STARTTLS was the last that this side has said. */
  #asked = false;
  over = false;

  constructor(
    transport: Transport,
    texts: readonly string[],
    simulation: Simulation,
    side: "client" | "server",
  ) {
    this.#transport = transport;
    this.#writer = transport.writable.getWriter();
    this.#texts = texts;
    this.#simulation = simulation;
    this.#side = side;
    void this.#listen(transport);
  }

  /** Says what comes next. False: there is nothing more, or nobody to say it to. */
  say(): boolean {
    const text = this.#texts[this.#next];
    if (text === undefined || this.over || this.#starting) return false;
    this.#next++;
    const heard = this.#heard;
    this.#heard = "";
    this.#simulation.touch();
    void this.#write(text, heard);
    return true;
  }

  async #write(text: string, heard: string): Promise<void> {
    const grants = this.#side === "server" && /^220/.test(text) && /^STARTTLS\r?\n/im.test(heard);
    this.#asked = this.#side === "client" && /(?:^|\n)STARTTLS\s*$/i.test(text);
    this.#starting = grants;
    try {
      await this.#writer.write(octetsOf(text));
      if (grants) await this.#startTls();
    } catch {
      this.over = true;
    }
  }

  async close(): Promise<void> {
    await this.#transport.close().catch(ignore);
  }

  async #listen(transport: Transport): Promise<void> {
    const reader = transport.readable.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        this.#simulation.touch();
        this.#heard += String.fromCharCode(...value.subarray(0, 4096));
        if (this.#asked && /^220[ -].*\n$/s.test(this.#heard)) {
          reader.releaseLock();
          return await this.#startTls();
        }
      }
      this.over = true;
    } catch {
      if (!this.#starting) this.over = true;
    }
  }

  async #startTls(): Promise<void> {
    this.#starting = true;
    this.#asked = false;
    this.#heard = "";
    const { startTls } = this.#transport;
    try {
      this.#writer.releaseLock();
      this.#transport = await startTls!.call(this.#transport);
      this.#writer = this.#transport.writable.getWriter();
      this.#starting = false;
      void this.#listen(this.#transport);
    } catch {
      this.over = true;
    }
    this.#simulation.touch();
  }
}

function ignore(): void {}
