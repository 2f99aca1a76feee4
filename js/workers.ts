/**
 * What there is for Cloudflare Workers: their sockets as transports, and messages that their `email` handlers get. It has no
 * effects, but package.json says so: else esbuild leaves it out of bundles, and what it passes on may be used before it begins.
 */
export * from "./adapters/workers.js";
export { receive } from "./email.js";
export type {
  BounceDraft,
  IncomingEmail,
  ReceivedEmail,
  ReceiveOptions,
  ReplyDraft,
  SentReply,
  Unanswerable,
} from "./email.js";
