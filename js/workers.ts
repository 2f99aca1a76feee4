/** What there is for Cloudflare Workers: their sockets as transports, and messages that their `email` handlers get. */
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
