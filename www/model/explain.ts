/** What things of the protocol mean, in plain words, and where it is written. No DOM. */
export { explainCommand } from "./explain/commands.js";
export { explainKeyword, explainParameter } from "./explain/keywords.js";
export { lineOf } from "./explain/context.js";
export { explainExpected } from "./explain/expected.js";
export { readLine } from "./explain/line.js";
export type { Part, Problem, ReadLine, SessionLine } from "./explain/line.js";
export { explainReply } from "./explain/replies.js";
export type { ExplainedReply } from "./explain/replies.js";
export { explainRule } from "./explain/rules.js";
export type { ExplainedRule } from "./explain/rules.js";
export { decodeSasl, explainMechanism } from "./explain/sasl.js";
export type { SaslField, SaslMessage } from "./explain/sasl.js";
export type { Explained } from "./explain/explained.js";
