/** Where the sink keeps messages: in memory, within limits, or in a folder, durably. */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** What came with a message: the envelope, and who brought it. Kept beside the message as JSON. */
export interface Received {
  /** When the content began, in UTC (RFC 3339). */
  readonly received: string;
  /** The reverse-path; `""` is the null one. */
  readonly from: string;
  readonly to: readonly string[];
  /** The name the client gave itself. */
  readonly hello?: string;
  readonly remote?: { readonly address: string; readonly port: number };
  /** Whether it came under TLS. */
  readonly secure: boolean;
  /** Who had logged in. */
  readonly user?: string;
}

/** A message on its way into a mailbox. */
export interface Draft {
  write(octets: Uint8Array): Promise<void>;
  /** Keeps the message; when it resolves, the message is safe. */
  keep(received: Received): Promise<Kept>;
  /** Forgets it. Never rejects; has no effect after `keep`. */
  discard(): Promise<void>;
}

/** A message that was kept. */
export interface Kept {
  readonly octets: number;
  /** Where it is, if it is in a file. */
  readonly file?: string;
  /** Its content; undefined: it is forgotten by now. */
  content(): AsyncIterable<Uint8Array> | undefined;
}

export interface Mailbox {
  draft(): Promise<Draft>;
}

/** There is no room for a message. */
export class Full extends Error {}

/** What is kept in memory at most. */
export const KEPT: { readonly messages: number; readonly octets: number } = {
  messages: 1000,
  octets: 256 * 1024 * 1024,
};

/** Keeps the newest messages, within `KEPT`; the oldest are forgotten. */
export class MemoryMailbox implements Mailbox {
  /** The oldest first. */
  readonly #kept: { chunks: Uint8Array[] | undefined; octets: number }[] = [];
  #octets = 0;

  draft(): Promise<Draft> {
    const message = { chunks: [] as Uint8Array[] | undefined, octets: 0 };
    let open = true;
    const discard = async (): Promise<void> => {
      if (!open) return;
      open = false;
      this.#octets -= message.octets;
      message.chunks = undefined;
    };
    const write = async (octets: Uint8Array): Promise<void> => {
      this.#octets += octets.length;
      message.octets += octets.length;
      message.chunks!.push(octets);
      while (this.#octets > KEPT.octets) if (!this.#forgetOldest()) throw new Full();
    };
    const keep = async (): Promise<Kept> => {
      open = false;
      this.#kept.push(message);
      if (this.#kept.length > KEPT.messages) this.#forgetOldest();
      return { octets: message.octets, content: () => message.chunks && iterate(message.chunks) };
    };
    return Promise.resolve({ write, keep, discard });
  }

  #forgetOldest(): boolean {
    const oldest = this.#kept.shift();
    if (oldest === undefined) return false;
    this.#octets -= oldest.octets;
    oldest.chunks = undefined;
    return true;
  }
}

async function* iterate(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

/**
 * One `.eml` file a message, and a `.json` file of the same name with what came with it. Both are written under another
 * name, flushed to the disk and renamed, the message last: an `.eml` file is always whole, and its envelope is there.
 */
export class FolderMailbox implements Mailbox {
  readonly #folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder if it is not there. */
  static async open(folder: string): Promise<FolderMailbox> {
    await mkdir(folder, { recursive: true });
    await flushFolder(folder);
    return new FolderMailbox(folder);
  }

  async draft(): Promise<Draft> {
    const name = `${new Date().toISOString().replace(/[-:]/g, "")}-${String(++this.#count).padStart(6, "0")}-${randomBytes(3).toString("hex")}`;
    const path = (suffix: string): string => join(this.#folder, `${name}${suffix}`);
    const [message, envelope] = [path(".eml"), path(".json")];
    const [messagePart, envelopePart] = [path(".eml.part"), path(".json.part")];
    const file = await open(messagePart, "wx");
    let octets = 0;
    let pending = true;
    return {
      async write(bytes) {
        octets += bytes.length;
        await writeAll(file, bytes);
      },
      keep: async (received) => {
        await file.sync();
        await file.close();
        await writeFlushed(envelopePart, `${JSON.stringify({ ...received, octets }, null, 2)}\n`);
        await rename(envelopePart, envelope);
        await rename(messagePart, message);
        await flushFolder(this.#folder);
        pending = false;
        return { octets, file: message, content: () => createReadStream(message) };
      },
      async discard() {
        if (!pending) return;
        pending = false;
        await file.close().catch(() => {});
        for (const part of [messagePart, envelopePart, message, envelope])
          await rm(part, { force: true }).catch(() => {});
      },
    };
  }
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a folder as durable as the files. Windows has no such thing, and needs none. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
