/** The client of a session: the engine, told by the plan what to bring and how. Never rejects. No DOM. */
import { composeReport, connect, SmtpError, TlsError } from "edgepost";
import type { Draft, RawMessage, Receipt, Reply, SendResult, Transport } from "edgepost";
import { isToken } from "./plan.js";
import type { MessagePlan, SessionPlan } from "./plan.js";
import { octetsOf } from "./source.js";
import type { Outcome, Received, SessionRecord, Undelivered } from "./recording.js";

/** What became of what the client brought. */
export interface Brought {
  readonly outcome: Outcome;
  readonly undelivered?: Undelivered;
}

type Message = (Draft | RawMessage) & { readonly envelope?: { readonly from?: string } };

/** All messages are of this day, so that the same plan is the same octets. */
export const DATE = new Date("2026-03-02T09:30:00Z");

export async function bring(
  transport: Transport,
  plan: SessionPlan,
  before: SessionRecord | undefined,
  signal: AbortSignal,
): Promise<Brought> {
  const { client, server, messages } = plan;
  try {
    if (client.tls === "implicit" && server.certificate === "bad") {
      await transport.close();
      throw new TlsError("the server's certificate is not of an authority that is trusted");
    }
    const brought = (await Promise.all(messages.map((message) => written(message, before)))).flat();
    const smtp = await connect(transport, {
      name: client.name,
      tls: client.tls,
      pipelining: client.pipelining,
      chunking: client.chunking,
      ...(server.lmtp && { lmtp: true }),
      ...(client.auth && { auth: authOf(client.auth) }),
      signal,
    });
    try {
      if (brought.length === 1) return await one(smtp.send(brought[0]!), brought[0]!, before);
      const results: SendResult[] = [];
      for await (const result of smtp.sendMany(brought)) results.push(result);
      return { outcome: ofMany(results) };
    } finally {
      await smtp.close();
    }
  } catch (error) {
    return { outcome: ofError(error) };
  }
}

function authOf({ mechanism, user, secret }: NonNullable<SessionPlan["client"]["auth"]>): object {
  const secretless = mechanism === "EXTERNAL" || mechanism === "ANONYMOUS";
  return {
    mechanisms: [mechanism],
    user,
    ...(!secretless && (isToken(mechanism) ? { token: secret } : { pass: secret })),
  };
}

async function one(
  sent: Promise<Receipt>,
  message: Message,
  before: SessionRecord | undefined,
): Promise<Brought> {
  try {
    const { accepted, refused, reply } = await sent;
    const outcome: Outcome = {
      kind: refused.length === 0 ? "accepted" : "partly",
      words: [
        `Accepted for ${accepted.join(", ")}: ${wordsOf(reply)}`,
        ...refused.map(({ recipient, reply }) => `Not for ${recipient}: ${wordsOf(reply)}`),
      ],
    };
    return refused.length === 0 ? { outcome } : { outcome, ...undelivered(message, refused, before) };
  } catch (error) {
    const refused = error instanceof SmtpError ? (error.refused ?? []) : [];
    const { reply } = error as { reply?: Reply };
    const all =
      refused.length > 0 || reply === undefined
        ? refused
        : [toOf(message)].flat().map((recipient) => ({ recipient, reply }));
    return { outcome: ofError(error), ...undelivered(message, all, before) };
  }
}

function undelivered(
  message: Message,
  recipients: readonly { readonly recipient: string; readonly reply: Reply }[],
  before: SessionRecord | undefined,
): { undelivered?: Undelivered } {
  const content = "raw" in message ? message.raw : before?.carried?.content;
  const failed = recipients.filter(({ reply }) => reply.code >= 500);
  if (failed.length === 0 || !(content instanceof Uint8Array)) return {};
  return { undelivered: { from: message.envelope?.from ?? "", content, recipients: failed } };
}

function toOf(message: Message): readonly string[] {
  const to = "raw" in message ? message.envelope.to : message.to;
  return [to as string | readonly string[]].flat();
}

function ofMany(results: readonly SendResult[]): Outcome {
  const failed = results.filter((result) => !result.ok);
  const count = results.length - failed.length;
  const words = [`${count} of ${results.length} messages were accepted.`];
  for (const { error } of failed.slice(0, 5)) words.push(capital(error.message));
  return {
    kind: failed.length === 0 ? "accepted" : count > 0 ? "partly" : ofError(failed[0]!.error).kind,
    words,
  };
}

function ofError(error: unknown): Outcome {
  const words = [capital((error as Error).message)];
  if (!(error instanceof SmtpError)) return { kind: "failed", words };
  for (const { recipient, reply } of error.refused ?? []) words.push(`${recipient}: ${wordsOf(reply)}`);
  if (error.delivery === "uncertain") {
    words.push(
      "Whether the server has the message nobody can know from here: it may come twice, or not at all (RFC 1047).",
    );
    return { kind: "uncertain", words };
  }
  if (error.retryable) words.push("It may be tried again later.");
  return { kind: error.code === "reply" ? "refused" : "failed", words };
}

/** The messages that a plan means, as `send` takes them. */
async function written(plan: MessagePlan, before: SessionRecord | undefined): Promise<Message[]> {
  const { from, to, ask, times = 1 } = plan;
  if (plan.instead === "received") return [passedOn(before?.carried, to)];
  if (plan.instead === "bounce") return [await bounce(before?.undelivered)];
  const of = (number: number): Message =>
    plan.raw !== undefined
      ? { envelope: { from, to, ...ask }, raw: octetsOf(plan.raw) }
      : {
          from,
          to,
          subject: plan.subject,
          text: plan.text,
          date: DATE,
          messageId: `20260302.${number}@${from.split("@").at(-1)}`,
          ...(ask && { envelope: { ...ask } }),
        };
  return Array.from({ length: times }, (_, index) => of(index + 1));
}

function passedOn(received: Received | undefined, to: readonly string[]): Message {
  if (received === undefined) throw new Error("there is no message to pass on: nobody has taken one");
  const { from, content } = received;
  return { envelope: { from, to: to.length > 0 ? to : received.to }, raw: content };
}

async function bounce(undelivered: Undelivered | undefined): Promise<Message> {
  if (undelivered === undefined)
    throw new Error("there is nothing to report: all that was sent was accepted");
  const { from, content, recipients } = undelivered;
  const host = "relay.example";
  const report = await composeReport({
    from: `Mail Delivery System <mailer-daemon@${host}>`,
    to: from,
    reportingMta: host,
    date: DATE,
    messageId: `20260302.bounce@${host}`,
    recipients: recipients.map(({ recipient, reply }) => ({
      recipient,
      action: "failed",
      status: reply.enhanced ?? "5.0.0",
      diagnostic: wordsOf(reply),
    })),
    original: { content, headersOnly: true },
  });
  return { envelope: report.envelope, raw: await report.bytes() };
}

export function wordsOf({ code, enhanced, lines }: Reply): string {
  return [code, enhanced, ...lines].filter((part) => part !== undefined).join(" ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
