// A mail server for one domain: a file for each message.
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Refuse, serve } from "edgepost";
import type { ServerHandlers } from "edgepost";
import { listen } from "edgepost/bun";

const domain = process.env["MAIL_DOMAIN"] ?? "example.net";
const folder = process.env["MAIL_DIR"] ?? "mail";
await mkdir(folder, { recursive: true });

const handlers: ServerHandlers = {
  onRcpt(to) {
    if (to.toLowerCase().endsWith(`@${domain}`)) return;
    throw new Refuse({ code: 550, enhanced: "5.7.1", text: `mail is taken for ${domain} only` });
  },
  async onMessage(content, envelope) {
    const id = crypto.randomUUID();
    const aside = join(folder, `${id}.part`);
    try {
      const file = Bun.file(aside).writer();
      file.write(`Return-Path: <${envelope.from}>\r\nDelivered-To: ${envelope.to.join(", ")}\r\n`);
      for await (const bytes of content) file.write(bytes);
      await file.end();
      // Whole or not at all: what has the name is complete.
      await rename(aside, join(folder, `${id}.eml`));
    } catch (error) {
      await rm(aside, { force: true });
      throw error; // 451: the client keeps the message, and tries again.
    }
    console.log(`kept ${id} from <${envelope.from}> for ${envelope.to.join(", ")}`);
    return { text: `kept as ${id}` };
  },
  onError: (error) => console.error(error),
};

const host = process.env["HOST"] ?? "127.0.0.1";
const listener = listen({ port: Number(process.env["PORT"] ?? 2525), host });
await listener.ready;
console.log(`listening on ${host}:${listener.port}`);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void listener.close());
for await (const transport of listener)
  void serve(transport, handlers, { name: `mx.${domain}`, size: 10 << 20, recipients: 50 });
