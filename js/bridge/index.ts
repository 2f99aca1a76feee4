/**
 * The bridge from WebSocket to TCP that a page needs to send mail. This is what hosts get that have no sockets: tokens can be
 * minted everywhere. Node, Deno and Bun get `node.ts`, Workers `workers.ts`.
 */
import { InputError } from "../errors.js";
import type { NodeBridgeOptions, RunningBridge } from "./node-options.js";
import type { BridgeOptions } from "./options.js";
import type { WorkersHandler } from "./workers-handler.js";

export { mintToken } from "./token.js";
export { CLOSE } from "./protocol.js";
export type { CloseCode } from "./protocol.js";
export type { TokenKey, TokenOptions } from "./token.js";
export type { Allowed } from "./destination.js";
export type { BridgeLimits, BridgeLog, BridgeOptions, BridgeTimeouts } from "./options.js";
export type { NodeBridgeOptions, RunningBridge } from "./node-options.js";
export type { WorkersHandler } from "./workers-handler.js";

/** Starts a bridge that listens by itself, on Node, Deno or Bun. Rejects with an `InputError` or a `ClosedError`. */
export async function startBridge(options: NodeBridgeOptions): Promise<RunningBridge> {
  void options;
  throw new InputError("startBridge needs Node, Deno or Bun; in a Worker, export what bridgeHandler gives", {
    field: "startBridge",
  });
}

/** Makes the `fetch` handler of a Worker that is a bridge. Throws an `InputError`. */
export function bridgeHandler(options: BridgeOptions): WorkersHandler {
  void options;
  throw new InputError(
    "bridgeHandler needs the sockets of Workers (cloudflare:sockets); on Node use startBridge",
    { field: "bridgeHandler" },
  );
}
