/**
 * Receiving: one session with a client over one transport. The engine speaks; the handlers decide (RFC 5321, RFC 3207,
 * RFC 4954, RFC 2920, RFC 3030).
 */
import { onAbort } from "./abort.js";
import { InputError, wordsOf } from "./errors.js";
import type { ServerConfig } from "./engine.js";
import { chosen, EXTENSIONS } from "./extensions.js";
import type { ServerExtensions } from "./extensions.js";
import type { ServerLimits } from "./engine.js";
import type { ServerHandlers } from "./handlers.js";
import {
  abortSignal,
  callback,
  count,
  flag,
  milliseconds,
  octets,
  text,
  texts,
  validate,
} from "./options.js";
import type { Rule, Shape } from "./options.js";
import { Reception } from "./reception.js";
import type { ChannelBinding, Transport } from "./transport.js";
import { readyToServe, serverEngine } from "./serving.js";

/** How a server behaves. */
export interface ServeOptions {
  /** The server's name, for the greeting and EHLO. Default: `"localhost"`. */
  readonly name?: string;
  /** Speak LMTP instead of SMTP (RFC 2033): one reply for each recipient. Default: false. */
  readonly lmtp?: boolean;
  /** The largest message, in octets (RFC 1870); 0 is no limit. Default: 26214400 (25 MiB). */
  readonly size?: number;
  /** The most recipients of one message. Default: 100. */
  readonly recipients?: number;
  /** Offers AUTH (RFC 4954). */
  readonly auth?: ServerAuthOptions;
  /** The text after the name in the greeting. */
  readonly greeting?: string;
  /** The reply to HELP, of one or more lines. Default: the commands there are. */
  readonly help?: string;
  /** The extensions to offer, and not to. A list, as `["CHUNKING"]`, is of those not to offer. */
  readonly extensions?: ServerExtensions | readonly string[];
  /** Extensions not to offer, as `["CHUNKING"]`: short for `extensions: { CHUNKING: false }`. */
  readonly disable?: readonly string[];
  /**
   * Peers that may speak for other clients, by address or network, as `"192.0.2.0/24"`. A list is of those that may use
   * XCLIENT and XFORWARD. Those under `proxy` have to begin with a PROXY header, in clear, of version 1 or 2.
   */
  readonly trusted?: readonly string[] | Trusted;
  /**
   * Patience with clients that do wrong: behind the first `after` faults and refused recipients, the reply to each is
   * `delay` milliseconds late. Defaults: 10 and 1000; a `delay` of 0 is none.
   */
  readonly tarpit?: { readonly delay?: number; readonly after?: number };
  /**
   * How long the client may take: milliseconds. Defaults: 5 minutes for a command and for the next octets of content (RFC
   * 5321 section 4.5.3.2), 1 minute for the TLS handshake, 4 hours for the whole `session`; 0 there is no limit.
   */
  readonly timeouts?: {
    readonly command?: number;
    readonly content?: number;
    readonly handshake?: number;
    readonly session?: number;
  };
  /** How much a client may say (RFC 5321 section 4.5.3.1). */
  readonly limits?: ServerLimits;
  /** Ends the session with 421, after what is being decided. */
  readonly signal?: AbortSignal;
}

/** How clients may authenticate. */
export interface ServerAuthOptions {
  /**
   * The mechanisms to offer. Default: SCRAM-SHA-256-PLUS and SCRAM-SHA-256 where there is an `onSecret`, PLAIN and LOGIN
   * where there is an `onAuth`. There are also SCRAM-SHA-1-PLUS, SCRAM-SHA-1 and CRAM-MD5, which ask `onSecret`; and
   * OAUTHBEARER, XOAUTH2, EXTERNAL and ANONYMOUS, which ask `onAuth`. The -PLUS forms are offered where the transport has
   * a channel binding.
   */
  readonly mechanisms?: readonly string[];
  /** Offer them without TLS too: passwords then cross the network in clear. Default: false. */
  readonly insecure?: boolean;
  /**
   * How often a password is hashed for SCRAM that `onSecret` gives in clear, and what is said of a user who does not exist.
   * Default: 15000, as `scramSecret`; with secrets of another count give it here, or it tells who exists. A password in
   * clear is hashed at each login, and the time that takes tells who exists, too: what `scramSecret` makes does not.
   */
  readonly iterations?: number;
}

/** Who may speak for other clients, and how: addresses or networks. */
export interface Trusted {
  readonly xclient?: readonly string[];
  readonly xforward?: readonly string[];
  readonly proxy?: readonly string[];
}

const TRUSTED: Shape = { xclient: texts, xforward: texts, proxy: texts };
/** For an option that is a list or an object; which it is decides how it is checked. */
const anything: Rule = { allows: () => true, words: "" };
const SERVE_OPTIONS: Shape = {
  name: text,
  lmtp: flag,
  size: octets,
  recipients: count,
  auth: { mechanisms: texts, insecure: flag, iterations: count },
  greeting: text,
  help: text,
  extensions: anything,
  disable: texts,
  trusted: anything,
  tarpit: { delay: milliseconds, after: octets },
  timeouts: { command: milliseconds, content: milliseconds, handshake: milliseconds, session: milliseconds },
  limits: {
    commandLine: octets,
    authLine: octets,
    faults: count,
    logins: count,
    refusedRecipients: count,
    idleCommands: count,
    refusedCommands: count,
    messages: octets,
    recipientDomains: octets,
    localPart: octets,
    domain: octets,
    path: octets,
  },
  signal: abortSignal,
};
const HANDLERS: Shape = {
  onConnect: callback,
  onAuth: callback,
  onSecret: callback,
  onDenied: callback,
  onMail: callback,
  onRcpt: callback,
  onMessage: callback,
  onVrfy: callback,
  onExpn: callback,
  onEtrn: callback,
  onBurl: callback,
  onError: callback,
  onClose: callback,
};

/**
 * Serves one client over one transport until the session is over, and closes the transport. Resolves then, however it
 * ended; `onError` gets what went wrong. Rejects with an `InputError` only, when an option, a handler or the transport is
 * wrong.
 */
export async function serve(
  transport: Transport,
  handlers: ServerHandlers = {},
  options: ServeOptions = {},
): Promise<void> {
  if (typeof (transport as Transport | null | undefined)?.close !== "function")
    throw new InputError("the transport is none", { field: "transport", stage: "connect" });
  let reception: Reception;
  try {
    validate(options, SERVE_OPTIONS);
    const { extensions, trusted } = options;
    validate({ extensions }, { extensions: Array.isArray(extensions) ? texts : EXTENSIONS });
    validate({ trusted }, { trusted: Array.isArray(trusted) ? texts : TRUSTED });
    if (Object.getPrototypeOf(handlers) === Object.prototype) validate(handlers, HANDLERS, "handlers");
    await readyToServe();
    const bindings = options.auth && transport.secure ? await transport.channelBinding?.() : undefined;
    reception = begin(transport, handlers, options, bindings);
  } catch (error) {
    await transport.close();
    throw error;
  }
  const { signal } = options;
  if (signal === undefined) return reception.pump.finished;
  const stop = (): void => reception.stop();
  if (signal.aborted) stop();
  const unwatch = onAbort(signal, stop);
  await reception.pump.finished;
  unwatch();
}

function begin(
  transport: Transport,
  handlers: ServerHandlers,
  options: ServeOptions,
  bindings: readonly ChannelBinding[] | undefined,
): Reception {
  const {
    name = "localhost",
    lmtp,
    size,
    recipients,
    auth,
    greeting,
    help,
    tarpit,
    timeouts,
    limits,
  } = options;
  const trusted = trustedOf(options.trusted);
  const { extensions = {} } = options;
  const { offer, disable } = chosen(isList(extensions) ? {} : extensions, handlers);
  const engine = serverEngine({
    name,
    secure: transport.secure,
    upgradable: transport.startTls !== undefined,
    ...(lmtp !== undefined && { lmtp }),
    ...(size !== undefined && { size }),
    ...(recipients !== undefined && { recipients }),
    ...(auth !== undefined && { auth: serverAuth(auth, handlers) }),
    ...(greeting !== undefined && { greeting }),
    ...(help !== undefined && { help }),
    offer,
    disable: [...disable, ...(isList(extensions) ? extensions : []), ...(options.disable ?? [])],
    // A scope is of one host's view of a network, and no part of the address.
    ...(transport.remote !== undefined && { remote: transport.remote.address.replace(/%.*$/, "") }),
    ...(trusted !== undefined && { trusted }),
    ...(tarpit !== undefined && { tarpit }),
    ...(timeouts !== undefined && { timeouts }),
    ...(limits !== undefined && { limits }),
  });
  if (bindings !== undefined) engine.bind(bindings);
  try {
    return new Reception(engine, transport, handlers);
  } catch (error) {
    throw new InputError(`the transport cannot be used: ${wordsOf(error)}`, {
      stage: "connect",
      cause: error,
    });
  }
}

function trustedOf(trusted: ServeOptions["trusted"]): Trusted | undefined {
  if (trusted === undefined || !isList(trusted)) return trusted;
  return { xclient: trusted, xforward: trusted };
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}

const ASK_FOR_SECRETS = /^(scram-|cram-md5$)/i;
/** What makes up the salts of users who have none: the same as long as the program runs. */
let pepper: Uint8Array | undefined;

function serverAuth(auth: ServerAuthOptions, handlers: ServerHandlers): NonNullable<ServerConfig["auth"]> {
  const keeps = handlers.onSecret !== undefined;
  const mechanisms = auth.mechanisms ?? [
    ...(keeps ? ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] : []),
    ...(keeps && handlers.onAuth === undefined ? [] : ["PLAIN", "LOGIN"]),
  ];
  const needy = keeps ? undefined : mechanisms.find((mechanism) => ASK_FOR_SECRETS.test(mechanism));
  if (needy !== undefined)
    throw new InputError(`${needy} needs the handler onSecret`, { field: "auth.mechanisms" });
  pepper ??= crypto.getRandomValues(new Uint8Array(32));
  return { ...auth, mechanisms, nonce: crypto.getRandomValues(new Uint8Array(18)), pepper };
}
