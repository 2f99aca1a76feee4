// As server.mjs, but the ten connections are kept (`smtp-source -d`): what a message costs without its connection.
import { servers } from "./server.mjs";

export const title = "server, small messages, 10 sessions, connections kept";
export const unit = "messages/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };

export const contenders = servers({ keep: true });

export function goal() {
  return undefined; // none is set
}
