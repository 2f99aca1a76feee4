/**
 * The bridge as a Worker: WebSocketPair and `cloudflare:sockets`, and nothing of Node's. The runtime resolves names and decides
 * which addresses it reaches: Cloudflare's, and workerd's own by default, only public ones. Addresses are checked here.
 */
import { connect } from "cloudflare:sockets";
import { platform } from "../clock.js";
import { ClosedError, TlsError, wordsOf } from "../errors.js";
import type { Transport } from "../transport.js";
import { addressOctets } from "./address.js";
import type { Destination } from "./destination.js";
import type { BridgeLog, BridgeOptions } from "./options.js";
import { Policy } from "./policy.js";
import type { Admission, Place, Refusal } from "./policy.js";
import { CLOSE, closeReason, SUBPROTOCOL } from "./protocol.js";
import { Relay, Unreachable } from "./relay.js";
import type { Near } from "./relay.js";
import type { WorkersHandler } from "./workers-handler.js";

export * from "./index.js";

/** Makes the `fetch` handler of a Worker that is a bridge. Throws an `InputError`. */
export function bridgeHandler(options: BridgeOptions): WorkersHandler {
  const policy = new Policy(options);
  return { fetch: (request) => answer(policy, request) };
}

/** What a Worker has beside the platform's own. */
interface WorkerSocket extends WebSocket {
  accept(): void;
}
declare const WebSocketPair: new () => { 0: WorkerSocket; 1: WorkerSocket };

async function answer(policy: Policy, request: Request): Promise<Response> {
  const asked = {
    method: request.method,
    url: request.url,
    header: (name: string) => request.headers.get(name),
    client: request.headers.get("cf-connecting-ip") ?? undefined,
  };
  await policy.ready();
  const place = policy.enter(asked);
  if (isRefusal(place)) return refusal(place);
  const judged = await policy.judge(asked, place, Date.now());
  if (isRefusal(judged) && judged.close === undefined) {
    place.leave();
    return refusal(judged);
  }
  if (!isRefusal(judged) && !judged.controlled) {
    // A Worker cannot make a client wait by itself.
    place.leave();
    const told = { status: 400, text: `this bridge needs the subprotocol ${SUBPROTOCOL}` };
    policy.refused(place.who, told);
    return refusal(told);
  }
  const { 0: client, 1: server } = new WebSocketPair();
  server.binaryType = "arraybuffer";
  server.accept();
  if (isRefusal(judged)) {
    server.close(judged.close, closeReason(judged.text));
    place.leave();
  } else relay(policy, server, judged, place);
  // What a Worker's response has, and others' have not.
  return new Response(null, {
    status: 101,
    webSocket: client,
    headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL },
  } as ResponseInit);
}

function relay(
  policy: Policy,
  socket: WorkerSocket,
  { destination, subject }: Admission,
  place: Place,
): void {
  const { host, port } = destination;
  const entry = { ...place.who, ...(subject !== undefined && { subject }), host, port };
  const relay = new Relay(nearOf(socket), {
    settings: policy.settings,
    clock: platform,
    controlled: true,
    ended: (ending) => {
      place.leave();
      policy.log({ event: "end", ...entry, ...ending });
    },
  });
  socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) => {
    const message = typeof data === "string" ? data : new Uint8Array(data);
    if (message.length <= policy.settings.limits.message) return relay.message(message);
    socket.close(1009, "the message is too large");
    relay.gone("the client's messages are none: too large");
  });
  socket.addEventListener("close", ({ code }: CloseEvent) =>
    relay.gone(`the client has closed the connection (${code})`),
  );
  socket.addEventListener("error", () => relay.gone("the client was lost"));
  void relay.connect((signal) => open(policy, destination, entry, signal));
}

async function open(
  policy: Policy,
  destination: Destination,
  entry: Omit<BridgeLog, "event" | "reason">,
  signal: AbortSignal,
): Promise<Transport> {
  const { host, port, tls } = destination;
  if (addressOctets(host) !== undefined && policy.reachable(destination, [host]).length === 0)
    throw new Unreachable(
      CLOSE.destination,
      "this server is not one that the bridge may reach",
      "its address is not public, and not named",
    );
  const socket = connect(
    { hostname: host, port },
    { secureTransport: tls ? "on" : "off", allowHalfOpen: true },
  );
  const give = (): void => void socket.close().catch(() => {});
  signal.addEventListener("abort", give, { once: true });
  try {
    await socket.opened;
  } catch (cause) {
    // The runtime does not say whether it was the certificate.
    const words = `cannot connect: ${wordsOf(cause)}`;
    throw tls
      ? new TlsError(`no TLS connection with the server: ${wordsOf(cause)}`, { cause })
      : new ClosedError(words, { cause });
  } finally {
    signal.removeEventListener("abort", give);
  }
  policy.log({ event: "open", ...entry, reason: "connected" });
  const close = async (): Promise<void> => give();
  const { readable, writable } = socket;
  return { readable, writable, secure: tls, close, [Symbol.asyncDispose]: close };
}

function nearOf(socket: WorkerSocket): Near {
  const unlessClosed = (action: () => void): void => {
    try {
      action();
    } catch {
      // The client has gone; `close` says so.
    }
  };
  return {
    // The runtime does not tell when: the client's credit is the limit.
    send: async (message) => unlessClosed(() => socket.send(message as string | Uint8Array<ArrayBuffer>)),
    close: (code, reason) => unlessClosed(() => socket.close(code, reason)),
    destroy: () => unlessClosed(() => socket.close()),
  };
}

function isRefusal(value: Place | Admission | Refusal): value is Refusal {
  return "status" in value;
}

function refusal({ status, text }: Refusal): Response {
  return new Response(`${text}\n`, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      ...(status === 426 && { Upgrade: "websocket" }),
    },
  });
}
