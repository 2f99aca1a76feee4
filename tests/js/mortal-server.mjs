// A server that keeps messages in a file and dies, without a word, at a moment of its life:
// `node mortal-server.mjs FILE mail|stored N`, at the Nth MAIL, or when the Nth message is stored and nobody knows.
import { appendFileSync } from "node:fs";
import { serve } from "edgepost";
import { listen } from "edgepost/node";

const [file, moment, number] = process.argv.slice(2);
let left = Number(number);

function reached(now) {
  if (now === moment && --left === 0) process.kill(process.pid, "SIGKILL");
}

const handlers = {
  onMail: () => reached("mail"),
  async onMessage(content) {
    const text = await new Response(content).text();
    appendFileSync(file, `${/^Subject: (\d+)\r$/m.exec(text)[1]}\n`);
    reached("stored");
  },
};

const listener = listen({ port: 0, host: "127.0.0.1" });
await listener.ready;
process.stdout.write(`${listener.port}\n`);
for await (const transport of listener) void serve(transport, handlers);
