/** The directory that a server delivers into, one file a message. */

import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A message as it was delivered. `content` has CRLF line ends and nothing that the server added. */
export interface Delivered {
  from: string;
  to: string[];
  /** The parameters of MAIL, where the server tells. */
  parameters?: string[];
  content: Buffer;
}

const HEAD = 4096; // octets in which an envelope is found

/** Messages are told apart by their reverse-path: tests use one of their own for each. */
export class Mailbox {
  readonly #dir: string;
  readonly #read: (file: Buffer) => Delivered;
  readonly #froms = new Map<string, string>();

  /** `read` takes apart a file, of which `from` is also right when only the beginning is given. */
  constructor(dir: string, read: (file: Buffer) => Delivered) {
    this.#dir = dir;
    this.#read = read;
  }

  /** What has been delivered from `from` so far, in no order. */
  async now(from: string): Promise<Delivered[]> {
    const names = (await readdir(this.#dir)).filter((name) => !name.startsWith("."));
    for (const name of names)
      if (!this.#froms.has(name)) this.#froms.set(name, this.#read(await this.#head(name)).from);
    const found = names.filter((name) => this.#froms.get(name) === from);
    return Promise.all(found.map(async (name) => this.#read(await readFile(join(this.#dir, name)))));
  }

  /** As {@link now}, once it has reached `recipients` of them in all; fails when it does not. */
  async delivered(from: string, recipients = 1, patience = 20_000): Promise<Delivered[]> {
    const deadline = Date.now() + patience;
    for (;;) {
      const found = await this.now(from);
      const reached = found.flatMap(({ to }) => to).length;
      if (reached >= recipients) return found;
      if (Date.now() > deadline)
        throw new Error(`mail from ${from} reached ${reached} of ${recipients} recipients`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #head(name: string): Promise<Buffer> {
    await using file = await open(join(this.#dir, name));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  }
}
