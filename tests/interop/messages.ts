/** Messages that have broken mail software before: what an application hands over, and what must arrive. */

import assert from "node:assert/strict";

/** `content` is `raw` with CRLF line ends throughout, and one at the end. */
export interface Sample {
  name: string;
  raw: Buffer;
  content: Buffer;
}

/** A header that leaves nothing for a server to add, the empty line after it, and a body. */
export function message(name: string, body: string | Uint8Array): Buffer {
  const header = [
    "From: <app@client.test>",
    "To: <bob@example.test>",
    `Subject: ${name}`,
    "Date: Mon, 23 Nov 2026 18:00:00 +0000",
    `Message-ID: <${name.replaceAll(" ", ".")}@client.test>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
  ];
  return Buffer.concat([Buffer.from(`${header.join("\r\n")}\r\n\r\n`), Buffer.from(body as string)]);
}

/** The oracle for line ends: every CR, LF and CRLF ends a line, and so does the end of what is not empty. */
export function normalized(raw: Uint8Array): Buffer {
  const text = Buffer.from(raw)
    .toString("latin1")
    .replace(/\r\n|\r|\n/g, "\r\n");
  return Buffer.from(text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`, "latin1");
}

function sample(name: string, raw: Buffer): Sample {
  return { name, raw, content: normalized(raw) };
}

const high = Uint8Array.from({ length: 128 }, (_, i) => 128 + i);
const DOTS = ["", ".", "..", "...", ".x", "..x", ". ", "x.", "", ".", "QUIT", "."].join("\r\n");

/** One message that is all of it: dots, octets over 127, lines of 998 octets. It has CRLF line ends throughout. */
export const thorough: Sample = sample(
  "thorough",
  Buffer.concat([
    message("thorough", `${DOTS}\r\nZażółć gęślą jaźń 👋\r\n`),
    high,
    Buffer.from(`\r\n${"x".repeat(998)}\r\n.${"y".repeat(997)}\r\n\t\x01\x7f\r\n\r\n.\r\nend\r\n`, "latin1"),
  ]),
);

/** Messages for every way of sending. */
export const samples: readonly Sample[] = [
  thorough,
  sample("short", message("short", "hello\r\n")),
  sample("empty", Buffer.alloc(0)),
  sample("no body", message("no body", "")),
  sample("a header and nothing else", Buffer.from("Subject: a header and nothing else\r\n")),
  sample("no line end at the end", message("no line end at the end", "one\r\ntwo")),
  sample("a dot at the end", message("a dot at the end", "one\r\n.")),
  sample("dots", message("dots", `${DOTS}\r\n`)),
  sample(
    "LF only",
    Buffer.from(message("LF only", `one\r\n${DOTS}\r\n`).toString().replaceAll("\r\n", "\n")),
  ),
  sample("CR only", message("CR only", "one\rtwo\r\r.\r.three\r")),
  sample("line ends mixed", message("line ends mixed", "one\ntwo\r\r\nthree\n\rfour\r\n\n\r")),
  sample(
    "an end of data in other line ends",
    message("not an end", "a\n.\nb\r.\rc\r\n.\nd\n.\r\ne\r\n.\rf\r.\r\ng\n.\r"),
  ),
  sample("line of 998", message("line of 998", `${"x".repeat(998)}\r\n${".".repeat(998)}\r\n`)),
  sample("octets over 127", message("octets over 127", Buffer.concat([high, Buffer.from("\r\n"), high]))),
];

/** A message of `octets` in lines of different lengths, each with its number, some beginning with a dot. */
export function large(octets: number): Buffer {
  const lines: string[] = [];
  let length = 0;
  for (let i = 0; length < octets - 1_000; i++) {
    const line = `${i % 7 === 0 ? "." : ""}${i} ${"abcdefgh".repeat(i % 100)}`;
    lines.push(line);
    length += line.length + 2;
  }
  return message("large", `${lines.join("\r\n")}\r\n`);
}

let count = 0;

/** A reverse-path that no other message has. */
export function sender(): string {
  return `m${process.pid}.${++count}@client.test`;
}

/** Compares without printing megabytes. */
export function sameOctets(actual: Buffer, expected: Buffer, what = "the message"): void {
  if (actual.equals(expected)) return;
  const at = expected.findIndex((octet, i) => actual[i] !== octet);
  const around = (octets: Buffer): string =>
    at < 0 ? "" : JSON.stringify(octets.toString("latin1", Math.max(0, at - 40), at + 40));
  assert.fail(
    `${what}: ${actual.length} octets arrived for ${expected.length}, different from ${at < 0 ? expected.length : at}:\n` +
      `arrived  ${around(actual)}\nexpected ${around(expected)}`,
  );
}
