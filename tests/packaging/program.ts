/**
 * A program that uses every entry point, by its types alone where the runtime is another: typescript.test.ts compiles it with no
 * types but the package's and the platform's, and runs it on Node. It prints what arrived, and by which way it came.
 */
import { check, compose, connect, loopback, parse, serve, SmtpError } from "edgepost";
import type { Connector, Message, Receipt, Transport } from "edgepost";
import { mintToken, startBridge } from "edgepost/bridge";
import type { BridgeOptions, WorkersHandler } from "edgepost/bridge";
import type * as bun from "edgepost/bun";
import type * as deno from "edgepost/deno";
import * as inline from "edgepost/inline";
import * as node from "edgepost/node";
import { edgepost } from "edgepost/nodemailer";
import type { ComposedMail, SentMessageInfo } from "edgepost/nodemailer";
import { listen, tcp } from "edgepost/tcp";
import type { TcpOptions } from "edgepost/tcp";
import { websocket } from "edgepost/websocket";
import type * as workers from "edgepost/workers";

const KEY = "0123456789abcdef0123456789abcdef";
const ENVELOPE = { from: "ann@example.com", to: ["bob@example.net"] };
const arrived: string[] = [];

/** The server of all ways. */
async function take(transport: Transport): Promise<void> {
  const taken: Message[] = [];
  await serve(transport, {
    async onMessage(content) {
      taken.push(await parse(content));
    },
  });
  arrived.push(...taken.map(({ subject }) => subject ?? ""));
}

async function send(subject: string, way: Connector | Transport, library = { connect }): Promise<Receipt> {
  const smtp = await library.connect(way, { tls: "off" });
  const receipt = await smtp.send({ ...ENVELOPE, subject, text: "Text." });
  await smtp.close();
  return receipt;
}

const listener: node.Listener = listen({ port: 0, host: "127.0.0.1" });
const taking = (async () => {
  for await (const transport of listener) await take(transport);
})();
await listener.ready;
const to = { host: "localhost", port: listener.port } satisfies TcpOptions;

await send("tcp", tcp(to));
await send("node", node.tcp(to));
await send("inline", tcp(to), inline);

const bridge = await startBridge({
  allow: [`${to.host}:${to.port}`],
  tokens: { key: KEY },
  log() {},
} satisfies BridgeOptions);
await send(
  "websocket",
  websocket({ ...to, url: bridge.url, token: () => mintToken({ key: KEY, ...to, subject: "ann" }) }),
);
await bridge.close();

const raw = await compose({ ...ENVELOPE, subject: "nodemailer", text: "Text." });
const mail: ComposedMail = {
  data: {},
  message: {
    getEnvelope: () => ENVELOPE,
    messageId: () => raw.messageId,
    createReadStream: () => raw.content,
  },
};
await new Promise<SentMessageInfo | undefined>((resolve, reject) =>
  edgepost({ ...to, ignoreTLS: true }).send(mail, (error, info) => (error ? reject(error) : resolve(info))),
);

await listener.close();
await taking;

const [near, far] = loopback();
await Promise.all([take(far), send("loopback", near)]);

const findings = await check("From: ann@example.com\r\n\r\n");
const error = await connect(tcp({ ...to, port: listener.port })).catch((error: unknown) => error);
console.log(
  JSON.stringify({
    arrived,
    rule: findings[0]?.rule,
    code: error instanceof SmtpError && error.code,
  }),
);

/** What programs for other runtimes are written with, which cannot be loaded on Node. */
export function elsewhere(
  onBun: typeof bun,
  onDeno: typeof deno,
  onWorkers: typeof workers,
  bridgeHandler: (options: BridgeOptions) => WorkersHandler,
): object {
  const ways: readonly Connector[] = [onBun.tcp(to), onDeno.tcp(to), onWorkers.tcp(to)];
  const handler = bridgeHandler({ allow: ["smtp.example.com:465"], origins: ["https://app.example.com"] });
  return {
    ways,
    fetch: handler.fetch,
    async email(incoming: workers.IncomingEmail): Promise<void> {
      const email = await onWorkers.receive(incoming);
      if (email.unanswerable) return email.reject(email.unanswerable.message);
      await email.reply({ text: `"${email.message.subject ?? ""}" has come.` });
    },
    async connect(socket: workers.WorkersSocket): Promise<void> {
      await take(await onWorkers.accepted(socket));
    },
  };
}
