/** The shape of a Worker's handler, without its runtime. */

/** What a Worker exports: `export default bridgeHandler({ ... })`. */
export interface WorkersHandler {
  /** Answers a request for a WebSocket with one that leads to the server; anything else with an error in words. */
  fetch(request: Request): Promise<Response>;
}
