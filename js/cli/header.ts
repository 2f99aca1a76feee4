/**
 * What the commands read from a message's header (RFC 5322): its fields, the mailboxes in them, a subject to show. The
 * rest of the message is never looked at.
 */

/** A header may be this long; a message that goes on longer without an empty line is no message. */
export const HEADER_OCTETS: number = 256 * 1024;

/** A mailbox of a header field or of an option. */
export interface NamedMailbox {
  readonly name?: string;
  readonly address: string;
}

/** Where the header ends, the empty line included; undefined: not within `octets`. */
export function headerEnd(octets: Buffer): number | undefined {
  if (/^\r?\n/.test(octets.toString("latin1", 0, 2))) return 0;
  const [lf, crlf] = [octets.indexOf("\n\n"), octets.indexOf("\n\r\n")];
  if (lf < 0 && crlf < 0) return undefined;
  return crlf < 0 || (lf >= 0 && lf < crlf) ? lf + 2 : crlf + 3;
}

/** The values of all fields of that name, unfolded. */
export function fieldValues(header: Buffer, name: string): string[] {
  const pattern = new RegExp(`^${name}[ \\t]*:([^\\r\\n]*(?:\\r?\\n[ \\t][^\\r\\n]*)*)`, "gim");
  return [...header.toString("utf8").matchAll(pattern)].map(([, value]) =>
    value!.replace(/\r?\n(?=[ \t])/g, "").trim(),
  );
}

/** The header without the fields of that name; every other octet stays. */
export function withoutField(header: Buffer, name: string): Buffer {
  const pattern = new RegExp(`^${name}[ \\t]*:[^\\r\\n]*(?:\\r?\\n[ \\t][^\\r\\n]*)*(?:\\r?\\n|$)`, "gim");
  return Buffer.from(header.toString("latin1").replace(pattern, ""), "latin1");
}

/**
 * The mailboxes of an address list (RFC 5322 section 3.4): names, groups, comments and quoted strings are understood;
 * whether an address is right is for the engine to say.
 */
export function mailboxes(list: string): NamedMailbox[] {
  const found: NamedMailbox[] = [];
  let words = "";
  let angle: string | undefined;
  const finish = (): void => {
    const text = words.trim();
    if (angle !== undefined)
      found.push(text === "" ? { address: angle } : { name: unquoted(text), address: angle });
    else if (text !== "") found.push({ address: text });
    words = "";
    angle = undefined;
  };
  for (let at = 0; at < list.length;) {
    const start = at;
    const character = list[at]!;
    at = tokenEnd(list, at);
    const token = list.slice(start, at);
    if (character === "<") angle = token.replace(/^<|>$/g, "").trim();
    else if (character === "," || character === ";") finish();
    else if (character === ":")
      words = ""; // it was the name of a group
    else if (character !== "(") words += token;
  }
  finish();
  return found;
}

/** Where the token that begins at `at` ends: a quoted string, comment, literal or route as a whole, else one character. */
function tokenEnd(text: string, at: number): number {
  const close = { '"': '"', "(": ")", "[": "]", "<": ">" }[text[at]!];
  if (close === undefined) return at + 1;
  const open = text[at];
  let depth = 0;
  for (let next = at + 1; next < text.length; next++) {
    const character = text[next];
    if (character === "\\") next++;
    else if (character === close && depth-- === 0) return next + 1;
    else if (character === open && open === "(") depth++;
    else if (character === '"' && open === "<") next = tokenEnd(text, next) - 1;
  }
  return text.length;
}

const QUOTED = /^"(?:\\.|[^"\\])*"$/s;

/** A phrase without its quotes. The last one may be unfinished, and then stays. */
function unquoted(phrase: string): string {
  let words = "";
  for (let at = 0; at < phrase.length;) {
    const end = tokenEnd(phrase, at);
    const token = phrase.slice(at, end);
    words += QUOTED.test(token) ? token.slice(1, -1).replace(/\\(.)/gs, "$1") : token;
    at = end;
  }
  return decodeWords(words);
}
/** Text with its encoded words read (RFC 2047); what cannot be read stays as it is. */
export function decodeWords(text: string): string {
  return text
    .replace(/(\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, "$1")
    .replace(
      /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi,
      (word, charset: string, encoding: string, body: string) => {
        try {
          return new TextDecoder(charset).decode(
            encoding.toLowerCase() === "b" ? Buffer.from(body, "base64") : quotedPrintable(body),
          );
        } catch {
          return word; // a character set that nobody here knows
        }
      },
    );
}

function quotedPrintable(body: string): Buffer {
  const octets = body
    .replace(/_/g, " ")
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(octets, "latin1");
}
