/**
 * Receiving: one session with a client over one transport. The engine speaks; the handlers decide (RFC 5321, RFC 3207,
 * RFC 4954, RFC 2920, RFC 3030).
 */
import { InputError, wordsOf } from "./errors.js";
import { chosen, EXTENSIONS } from "./extensions.js";
import type { ServerExtensions } from "./extensions.js";
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
import type { Shape } from "./options.js";
import { Reception } from "./reception.js";
import type { Transport } from "./transport.js";
import { ready, serverEngine } from "./whole.js";

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
  /** Offers AUTH (RFC 4954), under TLS only unless `insecure`. */
  readonly auth?: { readonly mechanisms?: readonly string[]; readonly insecure?: boolean };
  /** The text after the name in the greeting. */
  readonly greeting?: string;
  /** The reply to HELP, of one or more lines. Default: the commands there are. */
  readonly help?: string;
  /** The extensions to offer, and not to. */
  readonly extensions?: ServerExtensions;
  /** Extensions not to offer, as `["CHUNKING"]`: short for `extensions: { CHUNKING: false }`. */
  readonly disable?: readonly string[];
  /** How long the client may take: milliseconds. Defaults: RFC 5321 section 4.5.3.2.7, 5 minutes. */
  readonly timeouts?: { readonly command?: number; readonly content?: number; readonly handshake?: number };
  /** The longest a client may say things: octets (RFC 5321 section 4.5.3.1). */
  readonly limits?: {
    readonly commandLine?: number;
    readonly localPart?: number;
    readonly domain?: number;
    readonly path?: number;
  };
  /** Ends the session with 421, after what is being decided. */
  readonly signal?: AbortSignal;
}

const SERVE_OPTIONS: Shape = {
  name: text,
  lmtp: flag,
  size: octets,
  recipients: count,
  auth: { mechanisms: texts, insecure: flag },
  greeting: text,
  help: text,
  extensions: EXTENSIONS,
  disable: texts,
  timeouts: { command: milliseconds, content: milliseconds, handshake: milliseconds },
  limits: { commandLine: octets, localPart: octets, domain: octets, path: octets },
  signal: abortSignal,
};
const HANDLERS: Shape = {
  onConnect: callback,
  onAuth: callback,
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
 * ended; `onError` gets what went wrong. Rejects with an `InputError` only, when an option or a handler is wrong.
 */
export async function serve(
  transport: Transport,
  handlers: ServerHandlers = {},
  options: ServeOptions = {},
): Promise<void> {
  let reception: Reception;
  try {
    validate(options, SERVE_OPTIONS);
    if (Object.getPrototypeOf(handlers) === Object.prototype) validate(handlers, HANDLERS, "handlers");
    await ready();
    reception = begin(transport, handlers, options);
  } catch (error) {
    await transport.close();
    throw error;
  }
  const { signal } = options;
  if (signal === undefined) return reception.pump.finished;
  const stop = (): void => reception.stop();
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  await reception.pump.finished;
  signal.removeEventListener("abort", stop);
}

function begin(transport: Transport, handlers: ServerHandlers, options: ServeOptions): Reception {
  const { name = "localhost", lmtp, size, recipients, auth, greeting, help, timeouts, limits } = options;
  const { offer, disable } = chosen(options.extensions ?? {}, handlers);
  const engine = serverEngine({
    name,
    secure: transport.secure,
    upgradable: transport.startTls !== undefined,
    ...(lmtp !== undefined && { lmtp }),
    ...(size !== undefined && { size }),
    ...(recipients !== undefined && { recipients }),
    ...(auth !== undefined && { auth: { ...auth, mechanisms: auth.mechanisms ?? ["PLAIN", "LOGIN"] } }),
    ...(greeting !== undefined && { greeting }),
    ...(help !== undefined && { help }),
    offer,
    disable: [...disable, ...(options.disable ?? [])],
    ...(timeouts !== undefined && { timeouts }),
    ...(limits !== undefined && { limits }),
  });
  try {
    return new Reception(engine, transport, handlers);
  } catch (error) {
    throw new InputError(`the transport cannot be used: ${wordsOf(error)}`, {
      stage: "connect",
      cause: error,
    });
  }
}
