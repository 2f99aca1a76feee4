/** A client that a test plays by hand, against our own server. */
import assert from "node:assert/strict";

import { loopback, serve } from "edgepost";
import type { ServeOptions, ServerHandlers, Transport } from "edgepost";

const encoder = new TextEncoder();

/** A client by hand: `say` sends lines, `hear` gives the next reply whole. */
export function byHand(handlers: ServerHandlers, options: ServeOptions = {}): ByHand {
  const [client, server] = loopback({ tls: true });
  const served = serve(server, handlers, options);
  return new ByHand(client, served);
}

export class ByHand {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #heard = "";

  constructor(
    readonly transport: Transport,
    readonly served: Promise<void>,
  ) {
    this.#reader = transport.readable.getReader();
    this.#writer = transport.writable.getWriter();
  }

  async hear(): Promise<string> {
    for (;;) {
      const reply = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(this.#heard)?.[0];
      if (reply !== undefined) {
        this.#heard = this.#heard.slice(reply.length);
        return reply.trimEnd();
      }
      const { done, value } = await this.#reader.read();
      if (done) return "(closed)";
      this.#heard += new TextDecoder().decode(value);
    }
  }

  /** Sends octets as they are. */
  write(octets: Uint8Array): Promise<void> {
    return this.#writer.write(octets);
  }

  async say(text: string): Promise<string> {
    void this.#writer.write(encoder.encode(`${text}\r\n`)).catch(() => {});
    return this.hear();
  }

  async hello(): Promise<string> {
    await this.hear();
    return this.say("EHLO client.test");
  }

  async startTls(): Promise<ByHand> {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    return new ByHand(await this.transport.startTls!(), this.served);
  }
}

/** Says all that comes before DATA. */
export async function envelope(client: ByHand): Promise<void> {
  await client.hello();
  assert.match(await client.say("MAIL FROM:<ann@example.com>"), /^250/);
  assert.match(await client.say("RCPT TO:<bob@example.org>"), /^250/);
}
