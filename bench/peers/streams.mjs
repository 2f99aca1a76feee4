// Messages of any size from streams, sent and read: what each does with content that it must not keep.
import { once } from "node:events";
import { Readable } from "node:stream";

const envelope = { from: "sender@example.org", to: ["r1@example.com"] };
const line = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZywgYW5kIGFnYWluISEh\r\n"; // 76 octets and CRLF
const piece = 65_536; // octets: as much as is read from a file at once
const lines = Buffer.from(line.repeat(piece / 2)); // whole lines and whole pieces

const head = `From: Sender <${envelope.from}>\r\nTo: <${envelope.to}>\r\nSubject: Large\r\nMIME-Version: 1.0\r\n`;
const part = (fields, body) => `--b\r\n${fields}\r\n${body}`;
const begin = Buffer.from(
  `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n` +
    part("Content-Type: text/plain\r\n", "It is attached.\r\n") +
    part("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n", ""),
);
const end = Buffer.from("--b--\r\n");

/** The same octets over and over: what is measured is not what Node lets lie around of a source. */
function* attachment(octets) {
  for (let at = 0; at < octets; at += piece) {
    const from = at % lines.length;
    yield lines.subarray(from, from + Math.min(piece, octets - at));
  }
}

function* message(octets) {
  yield begin;
  yield* attachment(octets);
  yield end;
}

/** Readable.toWeb would copy each piece. */
const web = (pieces) =>
  new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
const node = (pieces) => Readable.from(pieces, { objectMode: false });

const draft = { from: envelope.from, to: envelope.to, subject: "Large", text: "It is attached." };

const senders = {
  async edgepost(port) {
    const [{ connect }, { tcp }] = await Promise.all([import("edgepost"), import("edgepost/node")]);
    const smtp = await connect(tcp({ host: "127.0.0.1", port }), { name: "bench.example", tls: "off" });
    return { stream: web, send: (message) => smtp.send(message), close: () => smtp.close() };
  },
  async nodemailer(port) {
    const { default: nodemailer } = await import("nodemailer");
    const server = { host: "127.0.0.1", port, name: "bench.example", secure: false, ignoreTLS: true };
    const transport = nodemailer.createTransport(server);
    return {
      stream: node,
      send: (message) => transport.sendMail(message),
      close: () => transport.close(),
    };
  },
};

/** A message that exists already. */
export async function sendRaw(who, { port, octets }) {
  const { stream, send, close } = await senders[who](port);
  await send({ envelope, raw: stream(message(octets)) });
  await close();
}

/** A draft with an attachment. */
export async function sendDraft(who, { port, octets }) {
  const { stream, send, close } = await senders[who](port);
  await send({ ...draft, attachments: [{ filename: "large.bin", content: stream(attachment(octets)) }] });
  await close();
}

/** Each reads the attachment to its end, decoded, and forgets it: how many octets it had. */
const readers = {
  async edgepost(octets) {
    const { parseStream } = await import("edgepost");
    let read = 0;
    for await (const event of parseStream(web(message(octets))))
      if (event.type === "content" && event.part === 2) read += event.bytes.length;
    return read;
  },
  async mailparser(octets) {
    const { MailParser } = await import("mailparser");
    const parser = new MailParser();
    let read = 0;
    parser.on("data", ({ type, content, release }) => {
      if (type !== "attachment") return;
      content.on("data", (bytes) => (read += bytes.length));
      content.on("end", release);
    });
    node(message(octets)).pipe(parser);
    await once(parser, "end");
    return read;
  },
};

export async function parse(who, { octets }) {
  const read = await readers[who](octets);
  if (read < octets * 0.73) throw new Error(`${who} has read ${read} octets of the attachment`);
}
