// nodemailer as a client: its plain transport for a single message, its pool with one connection for more.
import nodemailer from "nodemailer";
import { rawMessage, recipients, sender } from "../message.mjs";

/** As deliver() of edgepost-client.mjs. */
export async function deliver({ port, messages, octets, to = 1, before = 0 }) {
  const message = { envelope: { from: sender, to: recipients(to) }, raw: rawMessage(octets) };
  const server = { host: "127.0.0.1", port, name: "bench.example", secure: false, ignoreTLS: true };
  const pool = { pool: true, maxConnections: 1, maxMessages: Infinity };
  let begin = performance.now();
  const transport = nodemailer.createTransport(before + messages === 1 ? server : { ...server, ...pool });
  if (before > 0) {
    await send(transport, message, before, to);
    begin = performance.now();
  }
  await send(transport, message, messages, to);
  const elapsed = performance.now() - begin;
  transport.close();
  return elapsed;
}

async function send(transport, message, count, to) {
  const sent = await Promise.all(Array.from({ length: count }, () => transport.sendMail({ ...message })));
  for (const { accepted } of sent) {
    if (accepted.length !== to) throw new Error(`${accepted.length} of ${to} recipients were accepted`);
  }
}
