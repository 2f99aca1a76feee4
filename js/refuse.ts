/** A reply that says no, as a handler throws it (RFC 5321 section 4.2, RFC 3463). */
import { InputError } from "./errors.js";

/** What a refusal says. */
export interface Refusal {
  /** 400 to 499: the client may try again later. 500 to 599: it must not. */
  readonly code: number;
  /** The enhanced status code, as `"5.1.1"`; its class is that of the code. */
  readonly enhanced?: string;
  /** For people: one line, without control characters. */
  readonly text: string;
}

/** Thrown by a server's handler, it is the reply to the client. Throws an `InputError` when it is none. */
export class Refuse extends Error {
  readonly code: number;
  declare readonly enhanced?: string;

  constructor(refusal: Refusal) {
    const { code, enhanced, text } = refusal;
    if (!Number.isInteger(code) || code < 400 || code > 599)
      throw new InputError("the code of a refusal must be 400 to 599", { field: "code" });
    if (enhanced !== undefined && !isEnhanced(enhanced, code))
      throw new InputError(`the enhanced code of a refusal must look like "${Math.floor(code / 100)}.1.1"`, {
        field: "enhanced",
      });
    if (typeof text !== "string" || !isReplyText(text))
      throw new InputError("the text of a refusal must be a line without control characters", {
        field: "text",
      });
    super(text);
    this.code = code;
    if (enhanced !== undefined) this.enhanced = enhanced;
  }

  /** The text of the reply. */
  get text(): string {
    return this.message;
  }
}

Object.defineProperty(Refuse.prototype, "name", { value: "Refuse", configurable: true, writable: true });

function isEnhanced(enhanced: string, code: number): boolean {
  return /^[45]\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.test(enhanced) && enhanced[0] === String(code)[0];
}

function isReplyText(text: string): boolean {
  return /^[^\u0000-\u001f\u007f]*$/.test(text);
}
