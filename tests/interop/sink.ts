/** Our server on TCP, as an application writes it: it keeps what it gets, and knows a user and some recipients. */

import {
  type Param,
  type PeerAttributes,
  Refuse,
  serve,
  type ServeOptions,
  type ServerHandlers,
  type ServerSession,
  type Step,
  traced,
} from "edgepost";
import { listen } from "edgepost/node";

import { Observer } from "./matrix/observer.js";

/** A message that the sink has accepted. */
export interface Received {
  from: string;
  to: string[];
  /** The parameters of MAIL, as `"SIZE=100"`. */
  parameters: string[];
  /** Those of RCPT, for each recipient. */
  recipientParameters: string[][];
  content: Buffer;
  secure: boolean;
  /** Who authenticated. */
  user: string | undefined;
  /** What a trusted peer said of where it came from. */
  forwarded: PeerAttributes | undefined;
  /** The address of the client, as far as is known. */
  remote: string | undefined;
}

/** How a sink is started. */
export interface SinkOptions {
  /** Without it there is no TLS. */
  tls?: { cert: string; key: string; implicit?: boolean };
  /** Offer AUTH; `"insecure"`: also in the clear. */
  auth?: boolean | "insecure";
  /** The most octets a message may have; 40 MB by default. */
  size?: number;
  /** How long clients may take, in milliseconds. */
  timeouts?: { command?: number; content?: number; handshake?: number };
  /** What `serve` is told beyond that. */
  options?: ServeOptions;
  /** Handlers for other commands than those that deliver mail. */
  handlers?: ServerHandlers;
  /** Gains one for each session; sinks may share it. */
  observers?: Observer[];
  /** Gets each step of the sessions, a line or more. */
  say?: (lines: string) => void;
}

/**
 * A running sink. `user` logs in with `secret`; at example.test it knows bob, alice and jörg, elsewhere all but
 * `refused`.
 */
export interface Sink extends AsyncDisposable {
  readonly port: number;
  readonly received: Received[];
  /** What was accepted from a reverse-path. */
  from(from: string): Received[];
  /** What `serve` reported. */
  readonly errors: unknown[];
  stop(): Promise<void>;
}

function words(params: readonly Param[]): string[] {
  return params.map(({ keyword, value }) => (value === undefined ? keyword : `${keyword}=${value}`));
}

const KNOWN = ["bob@example.test", "alice@example.test", "jörg@example.test"];

/** Listens on a port of 127.0.0.1 chosen by the system. */
export async function startSink({
  tls,
  auth,
  size = 40_000_000,
  timeouts = {},
  options = {},
  handlers: more = {},
  observers = [],
  say = () => {},
}: SinkOptions = {}): Promise<Sink> {
  const received: Received[] = [];
  const errors: unknown[] = [];
  const recipients = new WeakMap<ServerSession, string[][]>();
  const sessions = new Set<Promise<void>>();
  const closing = new AbortController();

  const listener = listen({ port: 0, host: "127.0.0.1", ...(tls && { tls }), signal: closing.signal });
  await listener.ready;
  const handlers: ServerHandlers = {
    ...more,
    onAuth({ user, pass }) {
      if (user !== "user" || pass !== "secret")
        throw new Refuse({ code: 535, enhanced: "5.7.8", text: "the password is wrong" });
    },
    onMail(from) {
      if (from === "refused@client.test")
        throw new Refuse({ code: 550, enhanced: "5.7.1", text: "not from you" });
    },
    onRcpt(to, params, session) {
      if (to.startsWith("refused@") || (to.endsWith("@example.test") && !KNOWN.includes(to)))
        throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
      const { envelope } = session;
      if (envelope?.to.length === 0) recipients.set(session, []);
      recipients.get(session)?.push(words(params));
    },
    async onMessage(content, envelope, session) {
      if (envelope.from === "unread@client.test") await new Promise(() => {});
      const pieces: Uint8Array[] = [];
      for await (const piece of content) pieces.push(piece);
      const whole = Buffer.concat(pieces);
      if (whole.includes("X-Unwanted:")) throw new Refuse({ code: 554, enhanced: "5.7.1", text: "unwanted" });
      received.push({
        from: envelope.from,
        to: [...envelope.to],
        parameters: words(envelope.params),
        recipientParameters: recipients.get(session) ?? [],
        content: whole,
        secure: session.secure,
        user: session.user,
        forwarded: session.forwarded,
        remote: session.remote?.address,
      });
      const unwanted = /^X-Unwanted-By: (.+)\r$/m.exec(whole.toString("latin1"))?.[1];
      if (unwanted === undefined || !envelope.perRecipient) return;
      const refuse = new Refuse({ code: 550, enhanced: "5.7.1", text: "I do not want this" });
      return { recipients: envelope.to.map((to) => (to === unwanted ? refuse : undefined)) };
    },
    onError: (error) => void errors.push(error),
  };

  let count = 0;
  const accepting = (async (): Promise<void> => {
    for await (const transport of listener) {
      const number = ++count;
      const observer = new Observer(transport.secure);
      observers.push(observer);
      const step = (step: Step): void => {
        observer.step(step);
        say(step.text.replace(/^/gm, `${number} ${step.from}: `) + "\n");
      };
      const heard = traced(transport, step, "server");
      const session = serve(heard, handlers, {
        name: "sink.test",
        size,
        timeouts,
        ...(auth && { auth: { mechanisms: ["PLAIN", "LOGIN"], insecure: auth === "insecure" } }),
        ...options,
        signal: closing.signal,
      });
      sessions.add(session.finally(() => sessions.delete(session)));
    }
  })();

  const stop = async (): Promise<void> => {
    closing.abort();
    await accepting.catch((error) => errors.push(error));
    await Promise.allSettled(sessions);
  };
  return {
    port: listener.port,
    received,
    errors,
    from: (from) => received.filter((one) => one.from === from),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
