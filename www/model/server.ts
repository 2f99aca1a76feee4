/** The server of a session: the engine, told by the plan what to offer and what to refuse. Never rejects. No DOM. */
import { Refuse, serve } from "edgepost";
import type { ReceivedEnvelope, ServeOptions, ServerExtensions, ServerHandlers, Transport } from "edgepost";
import { DATE } from "./client.js";
import type { Faults } from "./faults.js";
import { EXTENSIONS, SECRET, TOKEN } from "./plan.js";
import type { SessionPlan } from "./plan.js";
import type { Received } from "./recording.js";

/** Hashing for SCRAM takes a moment each time: as few rounds as a client takes (RFC 7677 section 4). */
const ITERATIONS = 4096;
/** What FUTURERELEASE allows: a week. */
const LONGEST_HOLD = 7 * 24 * 60 * 60;

export async function take(
  transport: Transport,
  plan: SessionPlan,
  faults: Faults,
  receive: (message: Omit<Received, "at">) => void,
  signal: AbortSignal,
): Promise<undefined> {
  await serve(transport, handlersOf(plan, faults, receive), { ...optionsOf(plan), signal });
}

function optionsOf({ server }: SessionPlan): ServeOptions {
  const { name, size, mechanisms, insecure, recipients, messages, lmtp } = server;
  return {
    name,
    size,
    extensions: extensionsOf(server.offers),
    ...(mechanisms.length > 0 && {
      auth: { mechanisms, iterations: ITERATIONS, ...(insecure && { insecure }) },
    }),
    ...(recipients !== undefined && { recipients }),
    ...(messages !== undefined && { limits: { messages } }),
    ...(lmtp && { lmtp }),
  };
}

function extensionsOf(offers: readonly string[]): ServerExtensions {
  const has = (keyword: string): boolean => offers.includes(keyword);
  const offered = Object.fromEntries(EXTENSIONS.map((keyword) => [keyword, has(keyword)]));
  const until = new Date(DATE.getTime() + LONGEST_HOLD * 1000);
  return { ...offered, FUTURERELEASE: has("FUTURERELEASE") && { interval: LONGEST_HOLD, until } };
}

function handlersOf(
  { server, client }: SessionPlan,
  faults: Faults,
  receive: (message: Omit<Received, "at">) => void,
): ServerHandlers {
  let count = 0;
  return {
    onConnect: () => faults.decide("greeting"),
    onAuth: ({ pass, token, mechanism }) => {
      faults.decide("AUTH");
      return pass === SECRET || token === TOKEN || mechanism === "EXTERNAL" || mechanism === "ANONYMOUS";
    },
    onSecret: () => {
      faults.decide("AUTH");
      return SECRET;
    },
    onMail: () => faults.decide("MAIL"),
    onRcpt: (to) => faults.decide("RCPT", to),
    onVrfy: (argument) => `<${argument.replace(/^<|>$/g, "")}>`,
    async onMessage(content, envelope, { secure, user }) {
      const octets = await whole(content);
      const id = `${server.name.charAt(0).toUpperCase()}${1000 + ++count}`;
      const recipients = envelope.perRecipient ? decisions(envelope, faults) : undefined;
      if (recipients === undefined) faults.decide("content");
      const by = protocol(server.lmtp === true, secure, user !== undefined);
      const trace = `Received: from ${client.name} by ${server.name}\r\n with ${by} id ${id};\r\n ${dateTime()}\r\n`;
      receive({
        from: envelope.from,
        to: envelope.to,
        content: joined(new TextEncoder().encode(trace), octets),
      });
      return { text: `queued as ${id}`, ...(recipients && { recipients }) };
    },
  };
}

/** For each recipient by itself (RFC 2033). */
function decisions({ to }: ReceivedEnvelope, faults: Faults): (Refuse | undefined)[] {
  return to.map((recipient) => {
    try {
      faults.decide("content", recipient);
    } catch (refusal) {
      return refusal as Refuse;
    }
    return undefined;
  });
}

/** The name of what was spoken (RFC 3848). */
function protocol(lmtp: boolean, secure: boolean, authenticated: boolean): string {
  return `${lmtp ? "LMTP" : "ESMTP"}${secure ? "S" : ""}${authenticated ? "A" : ""}`;
}

/** As in RFC 5322 section 3.3. */
function dateTime(): string {
  return DATE.toUTCString().replace("GMT", "+0000");
}

/** Read piece by piece: a `Response` would do it beside this page's turns, and simulated time would not wait for that. */
async function whole(content: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const reader = content.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) pieces.push(read.value);
  return joined(...pieces);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
