/** One session inside the page: the engine as a client and the engine as a server, joined by a loopback. No DOM. */
import { connect, loopback, Refuse, serve } from "edgepost";
import type { Receipt, Step, Transport } from "edgepost";
import { delayed } from "./delay.js";

/** All that a person can set. */
export interface Scenario {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Extensions that the server offers; all others that it knows are switched off. */
  readonly offered: ReadonlySet<string>;
  /** Extensions that the client uses where they are offered. */
  readonly used: ReadonlySet<string>;
  /** Whether the client logs in. */
  readonly login: boolean;
  /** What the server refuses. */
  readonly refuse: Refusal;
  /** Milliseconds, each way. */
  readonly delay: number;
}

export type Refusal =
  | { readonly what: "nothing" | "sender" | "message" | "everybody" }
  | { readonly what: "recipient"; readonly address: string };

/** A message as the server has it. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
}

export interface Events {
  step(step: Step): void;
  /** The server has a message's content, and has not answered yet. */
  received(message: Received): void;
}

export type Outcome = { readonly receipt: Receipt } | { readonly error: Error };

/** The server's extensions that can be switched, in the order in which they are shown. */
export const EXTENSIONS = [
  "PIPELINING",
  "CHUNKING",
  "8BITMIME",
  "SMTPUTF8",
  "SIZE",
  "ENHANCEDSTATUSCODES",
  "STARTTLS",
] as const;

/** Runs it to its end; never rejects. */
export async function runSession(scenario: Scenario, events: Events, signal: AbortSignal): Promise<Outcome> {
  const { offered, delay } = scenario;
  const [clientEnd, serverEnd] = loopback({ tls: offered.has("STARTTLS") });
  const served = serve(
    serverEnd,
    {
      onAuth() {},
      onMail() {
        if (scenario.refuse.what === "sender")
          throw new Refuse({ code: 550, enhanced: "5.7.1", text: "we take nothing from this sender" });
      },
      onRcpt(to) {
        if (isRefused(to, scenario.refuse))
          throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user here" });
      },
      async onMessage(content, envelope) {
        const source = await new Response(content).text();
        events.received({ from: envelope.from, to: envelope.to, source });
        if (scenario.refuse.what === "message")
          throw new Refuse({ code: 554, enhanced: "5.7.1", text: "this looks like spam" });
        return { text: "kept until you close this page" };
      },
    },
    {
      name: "mx.example",
      size: 10_000_000,
      disable: EXTENSIONS.filter((extension) => !offered.has(extension)),
      auth: {},
    },
  );
  const outcome = await send(scenario, delayed(clientEnd, delay), events, signal);
  await served;
  return outcome;
}

async function send(
  { from, to, subject, text, offered, used, login }: Scenario,
  transport: Transport,
  { step }: Events,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const smtp = await connect(transport, {
      name: "client.example",
      tls: offered.has("STARTTLS") ? "required" : "off",
      pipelining: used.has("PIPELINING"),
      chunking: used.has("CHUNKING"),
      ...(login && { auth: { user: "ann", pass: "correct horse" } }),
      trace: step,
      signal,
    });
    try {
      return { receipt: await smtp.send({ from, to, subject, text }) };
    } finally {
      await smtp.close();
    }
  } catch (error) {
    return { error: error as Error };
  }
}

function isRefused(address: string, refuse: Refusal): boolean {
  return refuse.what === "everybody" || (refuse.what === "recipient" && refuse.address === address);
}
