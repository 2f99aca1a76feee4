// The messages that are measured: raw, CRLF line ends, seven bits, no line that starts with a dot.

const head =
  "From: Sender <sender@example.org>\r\nTo: Recipient <r1@example.com>\r\nSubject: A measured message\r\n" +
  "Date: Mon, 23 Nov 2026 18:00:00 +0000\r\nMessage-ID: <bench@example.org>\r\nMIME-Version: 1.0\r\n" +
  "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
const line = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZywgYW5kIGFnYWluIQ==\r\n"; // 76 octets and CRLF

const made = new Map();

/** A raw message of exactly this many octets (at least 400); always the same one. */
export function rawMessage(octets) {
  if (!made.has(octets)) made.set(octets, make(octets));
  return made.get(octets);
}

function make(octets) {
  const rest = octets - head.length - 2;
  return Buffer.from(
    `${head}${line.repeat(rest / line.length)}${"x".repeat(rest % line.length)}\r\n`,
    "latin1",
  );
}

export const sender = "sender@example.org";

export function recipients(count) {
  return Array.from({ length: count }, (_, at) => `r${at + 1}@example.com`);
}
