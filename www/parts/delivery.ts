/** One message, brought to a server through a bridge; and in words what came of it. */
import { connect, SmtpError } from "edgepost";
import type { ConnectOptions, Draft, RawMessage, Receipt } from "edgepost";
import { websocket } from "edgepost/websocket";
import type { Place } from "./beside.js";

export interface Way extends Place {
  /** The address of the bridge. */
  readonly bridge: string;
  /** Whether the bridge makes TLS with the server. */
  readonly tls?: boolean;
}

export interface Delivered {
  readonly kind: "accepted" | "failed";
  /** A sentence. */
  readonly words: string;
}

/** A session may take so long: milliseconds. */
const LIMIT = 120_000;

/** Never rejects: what went wrong is said. */
export async function deliver(
  message: Draft | RawMessage,
  { bridge, host, port, tls = false }: Way,
  options: Pick<ConnectOptions, "auth" | "trace"> & { readonly signal: AbortSignal },
): Promise<Delivered> {
  try {
    const connector = websocket({ url: bridge, host, port, ...(tls && { tls: "bridge" as const }) });
    const smtp = await connect(connector, {
      ...options,
      name: "playground.example",
      tls: tls ? "implicit" : "off",
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(LIMIT)]),
    });
    try {
      return { kind: "accepted", words: wordsOf(await smtp.send(message)) };
    } finally {
      await smtp.close();
    }
  } catch (error) {
    const uncertain = error instanceof SmtpError && error.delivery === "uncertain";
    const { message } = error as Error;
    return { kind: "failed", words: `${message}.${uncertain ? " It may have arrived nevertheless." : ""}` };
  }
}

function wordsOf({ accepted, refused, reply: { code, enhanced = "", lines } }: Receipt): string {
  const others = refused.map(({ recipient }) => recipient).join(", ");
  return `Accepted for ${accepted.join(", ")}: ${code} ${enhanced} ${lines.join(" ")}${others === "" ? "" : `; refused: ${others}`}`;
}
