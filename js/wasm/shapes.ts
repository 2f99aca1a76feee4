/**
 * What the engine hands out, made on this side of the border: one call a value, because a call for each field costs more
 * than the protocol does. Octets come as views into the engine's memory and are copied here.
 */

export const send = (bytes: Uint8Array): object => ({ type: "send", bytes: bytes.slice() });

export const body = (bytes: Uint8Array): object => ({ type: "body", bytes: bytes.slice() });

/** `until` below 0 is no time. */
export const wait = (until: number, read: boolean): object =>
  until < 0 ? { type: "wait", until: undefined, read } : { type: "wait", until, read };

/** `until` below 0 is no time. */
export const wanted = (transaction: number, until: number): object =>
  until < 0 ? { type: "body", transaction, until: undefined } : { type: "body", transaction, until };

/** Without `changed`, the octets that were passed in are the body. */
export const piece = (before: Uint8Array, body: Uint8Array, changed: boolean, after: Uint8Array): object => ({
  before: before.slice(),
  body: changed ? body.slice() : undefined,
  after: after.slice(),
});

/**
 * What a server asks of every message, and tells. `text` is a path and a line for each parameter: neither has line ends in
 * it. `asked` is JSON.
 */
export const mail = (text: string, asked: string | undefined): object => {
  const [from, ...params] = text.split("\n");
  return { type: "ask", ask: { type: "mail", from, params: params.map(param), asked: asked && json(asked) } };
};

export const rcpt = (text: string, asked: string | undefined): object => {
  const [to, ...params] = text.split("\n");
  return { type: "ask", ask: { type: "rcpt", to, params: params.map(param), asked: asked && json(asked) } };
};

const param = (text: string): object => {
  const [keyword, value] = text.split("=");
  return value === undefined ? { keyword } : { keyword, value };
};

export const content = (perRecipient: boolean): object => ({
  type: "event",
  event: { type: "content", perRecipient },
});

export const message = (): object => ({ type: "ask", ask: { type: "message" } });

/** Everything else comes as JSON. */
export const json = (text: string): unknown => JSON.parse(text);

/** What needs Unicode's tables, which every runtime has (src/unicode.rs). */
export const nfc = (text: string): string => text.normalize("NFC");

/** A domain with A-labels. Its grammar was checked before: it holds nothing that a URL would end it at. */
export const toAscii = (domain: string): string | undefined => {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return undefined;
  }
};
