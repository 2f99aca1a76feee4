/** What `edgepost sink` tells its user: lines for people, or lines of JSON. */
import type { ServerSession } from "edgepost";
import { createInterface } from "node:readline";
import { KEPT } from "./mailbox.js";
import type { Kept, Received } from "./mailbox.js";
import type { Settings } from "./sink-server.js";
import { harmless, oneLine, palette, print, size } from "./terminal.js";

export interface Message extends Kept {
  readonly number: number;
  readonly received: Received;
  readonly subject: string;
}

/** What the user sees. */
export interface Report {
  listening(settings: Settings, host: string, port: number): Promise<void>;
  message(message: Message): Promise<void>;
  problem(error: unknown, session: ServerSession): Promise<void>;
  end(): void;
}

export class TextReport implements Report {
  readonly #show: boolean;
  /** By number; what the mailbox has forgotten gives no content. */
  readonly #messages = new Map<number, Message>();
  #prompt: ReturnType<typeof createInterface> | undefined;

  constructor(show: boolean) {
    this.#show = show;
  }

  async listening({ tls, login, folder }: Settings, host: string, port: number): Promise<void> {
    const { bold, dim } = palette(process.stdout);
    const security = tls === undefined ? "no TLS" : tls.mode === "implicit" ? "implicit TLS" : "STARTTLS";
    const who = login === undefined ? "any log-in or none" : `log-in as ${login.user}`;
    const where = folder === undefined ? `in memory, the newest ${KEPT.messages} or 256 MiB` : `in ${folder}`;
    await print(
      process.stdout,
      `${bold(`listening on ${host.includes(":") ? `[${host}]` : host}:${port}`)}\n` +
        `${dim(`${security}; ${who}; messages are kept ${where}. Ctrl-C ends.`)}\n`,
    );
    if (process.stdin.isTTY && process.stdout.isTTY) this.#listenForNumbers();
  }

  async message(message: Message): Promise<void> {
    const { number, received, subject, octets, file } = message;
    const { bold, dim, client } = palette(process.stdout);
    const { from, to, secure, user } = received;
    const how = [
      size(octets),
      secure ? "TLS" : "no TLS",
      ...(user === undefined ? [] : [`as ${oneLine(user)}`]),
    ];
    if (this.#prompt !== undefined) this.#remember(message);
    const line =
      `${bold(`#${number}`)} ${client(oneLine(from === "" ? "<>" : from))} -> ${client(oneLine(to.join(", ")))}  ` +
      `${subject === "" ? "(no subject)" : oneLine(subject)}  ${dim(`${how.join(", ")}${file ? `  ${file}` : ""}`)}\n`;
    await print(process.stdout, line);
    if (this.#show) await this.#print(message);
  }

  async problem(error: unknown, { remote }: ServerSession): Promise<void> {
    const { bad } = palette(process.stderr);
    const who = remote === undefined ? "" : ` from ${remote.address}:${remote.port}`;
    await print(process.stderr, `${bad("problem")}${who}: ${harmless(problemWords(error))}\n`);
  }

  end(): void {
    this.#prompt?.close();
    process.stdin.unref?.();
  }

  #listenForNumbers(): void {
    this.#prompt = createInterface({ input: process.stdin, terminal: false });
    this.#prompt.on("line", (line) => {
      const number = line.trim().replace(/^#/, "");
      if (number === "") return;
      const message = this.#messages.get(Number(number));
      if (message === undefined) void print(process.stdout, `there is no message ${oneLine(number)}\n`);
      else void this.#print(message);
    });
  }

  #remember(message: Message): void {
    this.#messages.set(message.number, message);
    const oldest = message.number - KEPT.messages;
    this.#messages.delete(oldest);
  }

  async #print(message: Message): Promise<void> {
    const content = message.content();
    if (content === undefined) return print(process.stdout, `message ${message.number} is forgotten\n`);
    const decoder = new TextDecoder();
    for await (const octets of content) await this.#printText(decoder.decode(octets, { stream: true }));
    await this.#printText(`${decoder.decode()}\n`);
  }

  #printText(text: string): Promise<void> {
    return print(process.stdout, harmless(text.replace(/\r\n/g, "\n")));
  }
}

export class JsonReport implements Report {
  readonly #show: boolean;

  constructor(show: boolean) {
    this.#show = show;
  }

  async listening({ tls, folder }: Settings, host: string, port: number): Promise<void> {
    await this.#event("listening", {
      host,
      port,
      tls: tls?.mode ?? "off",
      ...(folder !== undefined && { dir: folder }),
    });
  }

  async message({ number, received, subject, octets, file, content }: Message): Promise<void> {
    const source = this.#show ? content() : undefined;
    await this.#event("message", {
      number,
      ...received,
      subject,
      octets,
      ...(file !== undefined && { file }),
      ...(source !== undefined && { content: await base64(source) }),
    });
  }

  async problem(error: unknown, { remote }: ServerSession): Promise<void> {
    await this.#event("problem", { message: problemWords(error), ...(remote !== undefined && { remote }) });
  }

  end(): void {}

  #event(event: string, data: Record<string, unknown>): Promise<void> {
    return print(process.stdout, `${JSON.stringify({ event, ...data })}\n`);
  }
}

function problemWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function base64(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const octets of content) chunks.push(octets);
  return Buffer.concat(chunks).toString("base64");
}
