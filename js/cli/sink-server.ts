/** The server behind `edgepost sink`: takes connections, keeps messages, ends when told to or when it has enough. */
import { Refuse, serve } from "edgepost";
import type { Envelope, ServeOptions, ServerHandlers, ServerSession } from "edgepost";
import { listen } from "edgepost/node";
import type { Listener, ServerTlsOptions } from "edgepost/node";
import { Complaint } from "./command.js";
import { decodeWords, fieldValues, headerEnd } from "./header.js";
import { Full } from "./mailbox.js";
import type { Mailbox, Received } from "./mailbox.js";
import type { Report } from "./sink-report.js";

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly tls: (ServerTlsOptions & { readonly mode: "starttls" | "implicit" }) | undefined;
  /** Whom to let in; undefined: everybody. */
  readonly login: { readonly user: string; readonly pass: string } | undefined;
  readonly serve: ServeOptions;
  readonly mailbox: Mailbox;
  readonly folder: string | undefined;
  readonly count: number;
}

/** How long clients may still talk after the last message that was wanted: milliseconds. */
const LAST_WORDS = 2_000;

export class Sink {
  readonly #settings: Settings;
  readonly #report: Report;
  readonly #listening = new AbortController();
  readonly #serving = new AbortController();
  readonly #sessions = new Set<Promise<void>>();
  /** Messages that are kept, or just being so. */
  #taken = 0;
  #numbered = 0;
  #lastWords: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings, report: Report) {
    this.#settings = settings;
    this.#report = report;
  }

  /** Resolves when the sink was told to end, or has got what it waited for, and all sessions are over. */
  async run(): Promise<void> {
    const stop = (): void => this.#stop();
    process.once("SIGINT", stop).once("SIGTERM", stop);
    process.stdout.once("error", stop);
    const { host, port, tls, serve: options } = this.#settings;
    const listener = listen({ host, port, ...(tls && { tls }), signal: this.#listening.signal });
    try {
      await opened(listener, host, port);
      await this.#report.listening(this.#settings, listener.address, listener.port);
      for await (const transport of listener) {
        const session = serve(transport, this.#handlers(), { ...options, signal: this.#serving.signal });
        this.#sessions.add(session);
        void session.finally(() => this.#sessions.delete(session));
      }
      await Promise.allSettled(this.#sessions);
    } finally {
      clearTimeout(this.#lastWords);
      process.off("SIGINT", stop).off("SIGTERM", stop);
      process.stdout.off("error", stop);
      this.#report.end();
      await listener.close();
    }
  }

  #stop(): void {
    this.#listening.abort();
    this.#serving.abort();
  }

  #enough(): void {
    this.#listening.abort();
    this.#lastWords = setTimeout(() => this.#stop(), LAST_WORDS);
  }

  #handlers(): ServerHandlers {
    const { login, count } = this.#settings;
    return {
      onAuth({ user, pass }) {
        if (login !== undefined && (user !== login.user || pass !== login.pass))
          throw new Refuse({ code: 535, enhanced: "5.7.8", text: "wrong name or password" });
      },
      onMail: (_from, _params, session) => {
        if (login !== undefined && session.user === undefined)
          throw new Refuse({ code: 530, enhanced: "5.7.0", text: "log in first" });
        if (this.#taken >= count)
          throw new Refuse({ code: 421, enhanced: "4.3.2", text: "this sink has what it waited for" });
      },
      onMessage: (content, envelope, session) => this.#receive(content, envelope, session),
      onError: (error, session) => void this.#report.problem(error, session),
    };
  }

  async #receive(
    content: ReadableStream<Uint8Array>,
    envelope: Envelope,
    session: ServerSession,
  ): Promise<{ text: string }> {
    const { mailbox, count } = this.#settings;
    const { name: hello, remote, secure, user } = session;
    const received: Received = {
      received: new Date().toISOString(),
      from: envelope.from,
      to: envelope.to,
      ...(hello !== undefined && { hello }),
      ...(remote !== undefined && { remote }),
      secure,
      ...(user !== undefined && { user }),
    };
    const kept = await storing(async () => {
      const draft = await mailbox.draft();
      try {
        const subject = await copy(content, draft);
        return { subject, ...(await draft.keep(received)) };
      } finally {
        await draft.discard();
      }
    });
    const number = ++this.#numbered;
    await this.#report.message({ number, received, ...kept });
    if (++this.#taken >= count) this.#enough();
    return { text: `kept as message ${number}` };
  }
}

async function opened(listener: Listener, host: string, port: number): Promise<void> {
  try {
    await listener.ready;
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new Complaint(
        `port ${port} is in use: choose another with --port, or any free one with --port 0`,
      );
    if (code === "EACCES")
      throw new Complaint(`port ${port} may not be opened by this user: choose one above 1023`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new Complaint(`${host} is no address of this machine: choose another with --host`);
    throw new Complaint((error as Error).message);
  }
}

/** Copies a message and gives its subject. */
async function copy(
  content: ReadableStream<Uint8Array>,
  draft: { write(octets: Uint8Array): Promise<void> },
): Promise<string> {
  let head: Buffer = Buffer.alloc(0);
  for await (const octets of content) {
    if (head.length < SUBJECT_WITHIN) head = Buffer.concat([head, octets.subarray(0, SUBJECT_WITHIN)]);
    await draft.write(octets);
  }
  const [subject] = fieldValues(head.subarray(0, headerEnd(head) ?? head.length), "subject");
  return decodeWords(subject ?? "");
}

/** A subject is looked for in so many octets. */
const SUBJECT_WITHIN = 32 * 1024;

/** Tells a client that there is no room, rather than that something failed. */
async function storing<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (error instanceof Full || ["ENOSPC", "EDQUOT"].includes(code))
      throw new Refuse({ code: 452, enhanced: "4.3.1", text: "there is no room for this message" });
    throw error;
  }
}
