/** Edgepost: SMTP, both sides of it, where there is no mail stack. Runs in every runtime. */
export { connect, Smtp } from "./client.js";
export type { ConnectOptions, Probe } from "./client.js";
export type { SendOptions } from "./send.js";
export type { Clock } from "./clock.js";
export type { ClientAuthOptions } from "./credentials.js";
export type { Capability, ClientTimeouts, Mailbox, Param, PeerAttributes, Step } from "./engine.js";
export {
  AbortedError,
  ClosedError,
  InputError,
  ProtocolError,
  ReplyError,
  SmtpError,
  TimeoutError,
  TlsError,
} from "./errors.js";
export type {
  Delivery,
  ErrorCode,
  RecipientResult,
  RecipientStatus,
  RefusedRecipient,
  Reply,
  SmtpErrorDetails,
  Stage,
} from "./errors.js";
export type { MessageDecision, RecipientDecision } from "./decision.js";
export type { ServerExtensions } from "./extensions.js";
export type {
  Credentials,
  Denial,
  AskedOfMail,
  AskedOfRcpt,
  ReceivedEnvelope,
  ReceivedRecipient,
  SecretQuestion,
  ServerHandlers,
  ServerSession,
} from "./handlers.js";
export { compose, composeReport } from "./composition.js";
export type {
  ComposeOptions,
  Composition,
  DeliveryReport,
  OriginalMessage,
  RecipientReport,
} from "./composition.js";
export type {
  Address,
  Attachment,
  Draft,
  DraftHeaders,
  EncryptedEntity,
  IcalEvent,
  ListHeaders,
  SignedEntity,
} from "./draft.js";
export { applyFixes, check, checkRules, summarize } from "./check.js";
export type { Deliverability, Diagnostic, DiagnosticGroup, Edit, Fix, Rule, Severity } from "./check.js";
export type { ContentSource } from "./content.js";
export { dissect } from "./dissect.js";
export type {
  DissectOptions,
  Finding,
  LineRange,
  Trace,
  TraceEndpoint,
  TraceFormat,
  TraceMessage,
  TraceNote,
  TraceRecipient,
  TraceSession,
  TraceStep,
} from "./dissect.js";
export { init } from "./init.js";
export type { RawMessage, RawSource } from "./message.js";
export type { ModuleSource } from "./module.js";
export type { Envelope, EnvelopeRecipient, Notify, SendEnvelope } from "./parameters.js";
export type { Rate } from "./pace.js";
export { parse, parseStream } from "./parse.js";
export type {
  AddressGroup,
  Damage,
  HeaderField,
  MailboxAddress,
  Message,
  MessageEvent,
  ParsedAttachment,
  ParseOptions,
  Part,
  PartHeader,
} from "./parse.js";
export { pool, Pool } from "./pool.js";
export type { PoolOptions, Retry } from "./pool.js";
export { probe, verify } from "./probe.js";
export { Refuse } from "./refuse.js";
export type { Refusal } from "./refuse.js";
export { scramSecret } from "./scram.js";
export type { ScramSecret, ScramSecretOptions } from "./scram.js";
export { serve } from "./server.js";
export type { ServeOptions, ServerAuthOptions, Trusted } from "./server.js";
export type { Receipt, Recipient, SendResult } from "./receipt.js";
export { traced } from "./traced.js";
export type {
  ChannelBinding,
  Connector,
  Endpoint,
  OpenOptions,
  StartTlsOptions,
  Transport,
} from "./transport.js";
export { parseAddress, parseAddressList } from "./address-list.js";
export type { ParseAddressOptions } from "./address-list.js";
export type { ListedGroup, ListedMailbox, OctetSpan } from "./reader.js";
export { ready } from "./ready.js";
export type {
  BounceCause,
  DeliveryAction,
  Disposition,
  Feedback,
  Report,
  ReportedRecipient,
  ReturnedMessage,
} from "./report.js";
export { describeStatus, parseCommand, parseReply } from "./serving.js";
export type { Command, ParsedReply, Span, Status } from "./serving.js";
export { loopback } from "./adapters/loopback.js";
export type { LoopbackOptions } from "./adapters/loopback.js";
