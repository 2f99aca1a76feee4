/** An SMTP client of a few lines on a bare socket, for what a proper client would never send. */

import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const PATIENCE = 10_000; // milliseconds that a reply may take

/** A session by hand. What was said is in `transcript`, for the message of a failing test. */
export class Raw implements AsyncDisposable {
  transcript = "";
  #socket: Socket;
  #received = Buffer.alloc(0);
  #closed = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  /** Connects, with the test CA for implicit TLS if one is given. Does not wait for the greeting. */
  static async connect(port: number, ca?: string): Promise<Raw> {
    const socket =
      ca === undefined
        ? connectTcp({ port, host: "127.0.0.1", allowHalfOpen: true })
        : connectTls({ port, host: "127.0.0.1", ca });
    await new Promise((resolve, reject) => {
      socket.once(ca === undefined ? "connect" : "secureConnect", resolve);
      socket.once("error", reject);
    });
    return new Raw(socket);
  }

  #listen(): void {
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    const close = (): void => {
      this.#closed = true;
      this.#wake();
    };
    this.#socket.on("close", close).on("end", close).on("error", close);
  }

  async #until<T>(found: () => T | undefined): Promise<T> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (this.#closed) throw new Error(`the server closed the connection\n${this.transcript}`);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no reply within ${PATIENCE} ms\n${this.transcript}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
  }

  /** The next reply: its lines, without line ends. */
  async reply(): Promise<string[]> {
    const end = await this.#until(
      () => /^(\d{3}-.*\r\n)*\d{3}( .*)?\r\n/.exec(this.#received.toString("latin1"))?.[0].length,
    );
    const text = this.#received.subarray(0, end).toString();
    this.#received = this.#received.subarray(end);
    const lines = text.slice(0, -2).split("\r\n");
    for (const line of lines) this.transcript += `S: ${line}\n`;
    return lines;
  }

  /** Sends octets as they are; text as UTF-8. */
  write(octets: string | Uint8Array): void {
    const bytes = Buffer.from(octets as string);
    const shown = bytes.subarray(0, 400).toString();
    this.transcript += `C: ${JSON.stringify(shown)}${bytes.length > 400 ? ` and so on, ${bytes.length} octets` : ""}\n`;
    this.#socket.write(bytes);
  }

  /** Sends a line, and CRLF; gives the code of the reply, for example 250. */
  async command(line: string): Promise<number> {
    this.write(`${line}\r\n`);
    return code(await this.reply());
  }

  /** Expects the greeting, says EHLO, gives the keywords offered. */
  async hello(): Promise<string[]> {
    await this.reply();
    return this.ehlo();
  }

  /** Says EHLO, gives the lines after the first. */
  async ehlo(): Promise<string[]> {
    this.write("EHLO client.test\r\n");
    return (await this.reply()).slice(1).map((line) => line.slice(4));
  }

  /** The TLS handshake, after the reply to STARTTLS was read. Plaintext that came with the reply is an error. */
  async handshake(ca: string): Promise<void> {
    if (this.#received.length > 0)
      throw new Error(`plaintext after the reply to STARTTLS: ${this.#received.toString()}`);
    this.#socket.removeAllListeners("data");
    const secure = connectTls({ socket: this.#socket, ca, host: "127.0.0.1" });
    await new Promise((resolve, reject) => {
      secure.once("secureConnect", resolve);
      secure.once("error", reject);
    });
    this.transcript += "-- TLS --\n";
    this.#socket = secure;
    this.#listen();
  }

  /** All that still comes until the server closes the connection. */
  async rest(): Promise<string> {
    await this.#until(() => (this.#closed ? true : undefined));
    return this.#received.toString();
  }

  /** Sends `octets` again and again, until they stay in this process for 500 ms or `limit` is reached; gives their sum. */
  async fill(octets: Uint8Array, limit: number): Promise<number> {
    for (let sum = octets.length; ; sum += octets.length) {
      const taken = this.#socket.write(octets);
      if (taken) continue;
      const drained = await new Promise<boolean>((resolve) => {
        const drain = (): void => (clearTimeout(timer), resolve(true));
        const timer = setTimeout(() => (this.#socket.off("drain", drain), resolve(false)), 500);
        this.#socket.once("drain", drain);
      });
      if (!drained || sum >= limit) return sum;
    }
  }

  /** Sends the last octets and ends this side; replies may still come. */
  end(octets: string): void {
    this.write(octets);
    this.#socket.end();
  }

  /** Stops reading, so that the server's replies pile up. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection without a word. */
  close(): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The code of a reply. */
export function code(reply: readonly string[]): number {
  return Number(reply[0]!.slice(0, 3));
}
