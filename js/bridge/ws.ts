/** The WebSocket server of the library `ws`; the build puts the library, and its licence, in this file's place. */

/** @internal */
export { WebSocketServer } from "ws";
/** @internal */
export type { WebSocket } from "ws";
