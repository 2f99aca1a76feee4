/** `edgepost send`: one message, composed from options or taken from a file, to one server. */
import { connect, InputError, parseAddress, ready, SmtpError } from "edgepost";
import type { ConnectOptions, Draft, RawMessage, Receipt, Reply } from "edgepost";
import { tcp } from "edgepost/node";
import { open, readFile } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { DONE, INTERRUPTED, REFUSED, TRY_LATER, UsageError, WRONG_USAGE } from "./command.js";
import { oneOf, parseOptions, wholeNumber } from "./command.js";
import type { Command } from "./command.js";
import { fieldValues, headerEnd, HEADER_OCTETS, mailboxes, withoutField } from "./header.js";
import type { NamedMailbox } from "./header.js";
import { harmless, oneLine, palette, print } from "./terminal.js";
import { transcript } from "./transcript.js";

const PASSWORD_VARIABLE = "EDGEPOST_PASS";

const HELP = `Usage: edgepost send --host HOST [options]

Sends one message to an SMTP server.

Example:
  edgepost send --host smtp.example.com --user ann@example.com \\
    --from ann@example.com --to bob@example.net --subject Hello --text "Are you there?"
  The password comes from the environment variable ${PASSWORD_VARIABLE}. Add --trace to watch the session.

Server:
  --host HOST         name or address of the server
  --port PORT         default: 587, or 465 with --tls implicit
  --tls MODE          required (default): by STARTTLS or not at all; implicit: from the first octet
                      (default on port 465); opportunistic: if offered; off: never
  --ca FILE           trust the certificates in this PEM file instead of the usual ones
  --name NAME         our name in EHLO
  --no-pipelining     wait for each reply, even if the server offers PIPELINING
  --no-chunking       use DATA, even if the server offers CHUNKING
  --timeout SECONDS   give up after so long in all; default: a limit for each step (RFC 5321)

Log-in:
  --user USER         log in (AUTH) with this name
  --pass-env NAME     take the password from this environment variable; default: ${PASSWORD_VARIABLE}
  --pass-file FILE    take the password from the first line of a file
  --pass PASSWORD     the password itself: others on this machine can see it

Message:
  --from ADDRESS      sender; "Ann <ann@example.com>" works too
  --to ADDRESSES      recipients, separated by commas; may be given several times
  --cc ADDRESSES      likewise, for copies
  --bcc ADDRESSES     likewise, not shown in the message
  --subject TEXT
  --text TEXT         what the message says
  --file FILE         send this message (.eml), or standard input with "-", instead of a new one.
                      The envelope comes from --from, --to, --cc and --bcc; whichever side is not
                      given comes from its header, and a Bcc field is then taken out

Output:
  --trace             print the session to standard error as it happens, without secrets
  --json              print the result as one line of JSON
  -h, --help          print this

Exit codes: 0 sent; 1 refused for some or all recipients, or failed; 2 wrong usage; 75 not sent,
but it may work later. With --json the result has "delivery": "uncertain" if a connection was
lost so late that the message may have arrived.
`;

const OPTIONS = {
  host: { type: "string" },
  port: { type: "string" },
  tls: { type: "string" },
  ca: { type: "string" },
  name: { type: "string" },
  "no-pipelining": { type: "boolean" },
  "no-chunking": { type: "boolean" },
  timeout: { type: "string" },
  user: { type: "string" },
  pass: { type: "string" },
  "pass-env": { type: "string" },
  "pass-file": { type: "string" },
  from: { type: "string" },
  to: { type: "string", multiple: true },
  cc: { type: "string", multiple: true },
  bcc: { type: "string", multiple: true },
  subject: { type: "string" },
  text: { type: "string" },
  file: { type: "string" },
  trace: { type: "boolean" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>;

export const send: Command = {
  name: "send",
  summary: "send a message to a server",
  help: HELP,
  async run(args) {
    const values = parseOptions(args, OPTIONS);
    if (values.host === undefined) throw new UsageError("say which server: --host HOST");
    const { signal, timedOut, interrupted, release } = limits(values.timeout);
    try {
      await ready();
      const options = await connectOptions(values, signal);
      const target = await connector(values, options.tls === "implicit");
      const message =
        values.file === undefined ? composed(values) : await fromFile(values, values.file, signal);
      const receipt = await deliver(target, options, message);
      await report(receipt, values.json ?? false);
      return codeFor(receipt);
    } catch (error) {
      if (!(error instanceof SmtpError)) {
        if (interrupted()) return INTERRUPTED;
        throw error;
      }
      if (values.json === true) await print(process.stdout, `${JSON.stringify({ ok: false, error })}\n`);
      await print(process.stderr, `${complaint(error, timedOut(), values)}\n`);
      if (interrupted()) return INTERRUPTED;
      if (timedOut() && error.delivery === "none") return TRY_LATER;
      return error.retryable ? TRY_LATER : isUsage(error) ? WRONG_USAGE : REFUSED;
    } finally {
      release();
    }
  },
};

async function deliver(
  target: ReturnType<typeof tcp>,
  options: ConnectOptions,
  message: Draft | RawMessage,
): Promise<Receipt> {
  const smtp = await connect(target, options);
  try {
    return await smtp.send(message);
  } finally {
    await smtp.close();
  }
}

/** What ends the session early: Ctrl-C, and `--timeout`. A second Ctrl-C ends the program. */
function limits(timeout: string | undefined): {
  signal: AbortSignal;
  timedOut(): boolean;
  interrupted(): boolean;
  release(): void;
} {
  const controller = new AbortController();
  const { signal } = controller;
  const seconds = timeout === undefined ? undefined : wholeNumber(timeout, "--timeout", 1, 1_000_000);
  let ended: "timeout" | "interrupt" | undefined;
  const end = (why: "timeout" | "interrupt", words: string): void => {
    ended ??= why;
    controller.abort(words);
  };
  const onSignal = (): void => end("interrupt", "interrupted");
  const timer =
    seconds && setTimeout(() => end("timeout", `${seconds} s are over (--timeout)`), seconds * 1000);
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const release = (): void => {
    clearTimeout(timer);
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  };
  return { signal, timedOut: () => ended === "timeout", interrupted: () => ended === "interrupt", release };
}

const TLS_MODES = ["required", "implicit", "opportunistic", "off"] as const;

async function connectOptions(values: Values, signal: AbortSignal): Promise<ConnectOptions> {
  const auth = await credentials(values);
  return {
    signal,
    ...(values.tls !== undefined && { tls: oneOf(values.tls, "--tls", TLS_MODES) }),
    ...(values.name !== undefined && { name: values.name }),
    ...(auth !== undefined && { auth }),
    ...(values["no-pipelining"] && { pipelining: false }),
    ...(values["no-chunking"] && { chunking: false }),
    ...(values.trace && { trace: transcript(process.stderr) }),
  };
}

async function connector(values: Values, implicit: boolean): Promise<ReturnType<typeof tcp>> {
  const port =
    values.port === undefined ? (implicit ? 465 : 587) : wholeNumber(values.port, "--port", 1, 65_535);
  const ca = values.ca === undefined ? undefined : await readText(values.ca, "--ca");
  return tcp({ host: values.host!, port, ...(ca !== undefined && { tls: { ca } }) });
}

async function credentials(values: Values): Promise<{ user: string; pass: string } | undefined> {
  const { user, pass } = values;
  const file = values["pass-file"];
  const variable = values["pass-env"];
  if ([pass, file, variable].filter((source) => source !== undefined).length > 1)
    throw new UsageError("give the password one way: --pass-env, --pass-file or --pass");
  if (user === undefined) {
    if ((pass ?? file ?? variable) !== undefined)
      throw new UsageError("a password needs a name with it: --user");
    return undefined;
  }
  if (pass !== undefined) return { user, pass };
  if (file !== undefined)
    return { user, pass: (await readText(file, "--pass-file")).replace(/\r?\n[^]*$/, "") };
  const name = variable ?? PASSWORD_VARIABLE;
  const found = process.env[name];
  if (found === undefined)
    throw new UsageError(
      `there is no password for ${user}: set ${name} in the environment, or use --pass-file`,
    );
  return { user, pass: found };
}

async function readText(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${option}: ${unreadable(path, error)}`);
  }
}

function unreadable(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return `there is no file ${path}`;
  if (code === "EISDIR") return `${path} is a folder`;
  if (code === "EACCES") return `${path} may not be read`;
  return `${path} cannot be read: ${message}`;
}

function composed(values: Values): Draft {
  const { from, subject, text } = values;
  if (from === undefined) throw new UsageError("say who sends: --from ADDRESS");
  const [to, cc, bcc] = (["to", "cc", "bcc"] as const).map((name) => recipients(values[name], `--${name}`));
  if (to!.length + cc!.length + bcc!.length === 0) throw new UsageError("say who gets it: --to ADDRESS");
  if (subject === undefined && text === undefined)
    throw new UsageError("say what to send: --subject and --text, or --file");
  return { from: sender(from, "--from"), to, cc, bcc, subject: subject ?? "", text: text ?? "" };
}

/** A message that exists. It is streamed; only its header is held, and only when the envelope has to come from it. */
async function fromFile(values: Values, path: string, signal: AbortSignal): Promise<RawMessage> {
  if (values.subject !== undefined || values.text !== undefined)
    throw new UsageError("--file brings the whole message: leave --subject and --text out");
  const given = (["to", "cc", "bcc"] as const).flatMap((name) => recipients(values[name], `--${name}`));
  const source = await octetsOf(path, signal);
  if (values.from !== undefined && given.length > 0)
    return { envelope: envelope(values.from, "--from", given), raw: source };
  const { header, rest } = await split(source, path);
  const field = (name: string): string => fieldValues(header, name).join(",");
  const whose = `the header of ${nameOf(path)}`;
  const from = values.from ?? (field("sender") || field("from"));
  if (from === "" && values.from === undefined)
    throw new UsageError(`${whose} has no From field: say who sends with --from`);
  const to = given.length > 0 ? given : recipients(["to", "cc", "bcc"].map(field), whose);
  if (to.length === 0) throw new UsageError(`${whose} names no recipients: say who gets it with --to`);
  const where = values.from === undefined ? whose : "--from";
  return { envelope: envelope(from, where, to), raw: joined(withoutField(header, "bcc"), rest) };
}

function envelope(from: string, where: string, to: readonly NamedMailbox[]): RawMessage["envelope"] {
  const isNull = /^(<>)?$/.test(from.trim());
  return { from: isNull ? "" : sender(from, where).address, to: to.map(({ address }) => address) };
}

/** The mailboxes of comma lists; `where` they come from is for the complaint about a wrong one. */
function recipients(lists: readonly string[] | undefined, where: string): NamedMailbox[] {
  const found = mailboxes((lists ?? []).join(","));
  for (const { address } of found) check(address, where);
  return found;
}

/** The first mailbox; a message may be from several people, but only one can get its bounces. */
function sender(text: string, where: string): NamedMailbox {
  const [first] = mailboxes(text);
  check(first?.address ?? text, where);
  return first!;
}

function check(address: string, where: string): void {
  if (/^postmaster$/i.test(address)) return; // the one local part that needs no domain (RFC 5321 section 4.5.1)
  try {
    parseAddress(address, { utf8: true });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new UsageError(`${where}: "${address}" is no address: ${error.message}`);
  }
}

const nameOf = (path: string): string => (path === "-" ? "the message" : path);

/** A file, or standard input, as it comes. Reading ends when the signal fires. */
async function octetsOf(path: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
  if (path === "-") return addAbortSignal(signal, process.stdin);
  try {
    const file = await open(path);
    if ((await file.stat()).isFile()) return file.createReadStream({ highWaterMark: 256 * 1024, signal });
    await file.close();
  } catch (error) {
    throw new UsageError(`--file: ${unreadable(path, error)}`);
  }
  throw new UsageError(`--file: ${path} is no file`);
}

async function split(
  source: AsyncIterable<Buffer>,
  path: string,
): Promise<{ header: Buffer; rest: AsyncIterable<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]();
  const rest = { [Symbol.asyncIterator]: () => chunks };
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const end = headerEnd(head);
    if (end !== undefined) return { header: head.subarray(0, end), rest: joined(head.subarray(end), rest) };
    if (head.length > HEADER_OCTETS)
      throw new UsageError(`${nameOf(path)} is no message: its header has no end`);
    const { done, value } = await chunks.next();
    if (done === true) return { header: head, rest };
    head = Buffer.concat([head, value]);
  }
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  if (first.length > 0) yield first;
  yield* rest;
}

async function report(receipt: Receipt, json: boolean): Promise<void> {
  if (json) return print(process.stdout, `${JSON.stringify({ ok: true, receipt })}\n`);
  const { good, bad } = palette(process.stdout);
  const { accepted, refused, reply } = receipt;
  const lines = [
    `${good("accepted")} for ${oneLine(accepted.join(", "))}: ${words(reply)}`,
    ...refused.map(({ recipient, reply }) => `${bad("refused")} for ${oneLine(recipient)}: ${words(reply)}`),
  ];
  await print(process.stdout, `${lines.join("\n")}\n`);
}

function words({ code, enhanced, lines }: Reply): string {
  return oneLine([code, enhanced, ...lines].filter((part) => part !== undefined).join(" "));
}

function codeFor({ refused }: Receipt): number {
  if (refused.length === 0) return DONE;
  return refused.every(({ reply }) => reply.code < 500) ? TRY_LATER : REFUSED;
}

/** What went wrong, and what to do about it where that is known. */
function complaint(error: SmtpError, timedOut: boolean, values: Values): string {
  const { bad } = palette(process.stderr);
  const lines = [`${bad("edgepost send:")} ${harmless(error.message)}`];
  for (const { recipient, reply } of error.refused ?? [])
    lines.push(`  ${oneLine(recipient)}: ${words(reply)}`);
  const hint = hintFor(error, timedOut, values);
  if (hint !== undefined) lines.push(`  ${hint}`);
  return lines.join("\n");
}

function hintFor(error: SmtpError, timedOut: boolean, values: Values): string | undefined {
  if (error.delivery === "uncertain") return "Look whether it arrived before sending it again.";
  const { code } = (error.cause ?? {}) as { code?: unknown };
  if (code === "ECONNREFUSED") return `Is there a server on ${values.host}, and is the port right?`;
  if (code === "ENOTFOUND") return `There is no host ${values.host}: look at --host.`;
  if (error.code === "tls" && error.stage === "starttls")
    return "Name the certificate to trust with --ca, or allow a session without TLS with --tls opportunistic.";
  if (error.code === "tls" && values.tls !== "implicit")
    return "If the server wants STARTTLS here, use --tls required.";
  if (error.code === "reply" && error.stage === "auth") return "Look at --user and the password.";
  if (error.code === "timeout" && error.stage === "greeting" && values.tls !== "implicit")
    return "If the server expects TLS at once on this port, use --tls implicit.";
  if (error.retryable || timedOut) return "The same may work later.";
  return undefined;
}

/** Whether an option is wrong, rather than the message for this server: too large, or in need of an extension. */
function isUsage(error: SmtpError): boolean {
  if (!(error instanceof InputError)) return false;
  return error.stage === undefined || (error.field !== undefined && error.field !== "raw");
}
