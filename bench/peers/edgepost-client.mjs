// Edgepost as a client, over TCP in this process.
import { connect } from "edgepost";
import { tcp } from "edgepost/node";
import { rawMessage, recipients, sender } from "../message.mjs";

/**
 * Delivers `job.messages` messages on one connection and resolves to the milliseconds that took: from the call of
 * connect to the last receipt, or, when `job.before` messages go ahead, from there on.
 */
export async function deliver({ port, messages, octets, to = 1, before = 0, options = {} }) {
  const message = { envelope: { from: sender, to: recipients(to) }, raw: rawMessage(octets) };
  let begin = performance.now();
  const smtp = await connect(tcp({ host: "127.0.0.1", port }), {
    name: "bench.example",
    tls: "off",
    ...options,
  });
  if (before > 0) {
    await send(smtp, message, before, to);
    begin = performance.now();
  }
  await send(smtp, message, messages, to);
  const elapsed = performance.now() - begin;
  await smtp.close();
  return elapsed;
}

async function send(smtp, message, count, to) {
  if (count === 1) return accepted(await smtp.send(message), to);
  let receipts = 0;
  for await (const result of smtp.sendMany(repeat(message, count))) {
    if (!result.ok) throw result.error;
    accepted(result.receipt, to);
    receipts += 1;
  }
  if (receipts !== count) throw new Error(`${receipts} receipts for ${count} messages`);
}

function accepted(receipt, to) {
  if (receipt.accepted.length !== to)
    throw new Error(`${receipt.accepted.length} of ${to} recipients were accepted`);
}

function* repeat(message, count) {
  for (let at = 0; at < count; at++) yield message;
}
