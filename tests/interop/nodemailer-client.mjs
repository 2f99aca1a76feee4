// nodemailer: sends the message on standard input, and prints its log. The argument is JSON; see dissect.test.ts.
import { format } from "node:util";
import { createTransport } from "nodemailer";

const { from, to, port, ca, tls, json } = JSON.parse(process.argv[2]);
const print =
  (level) =>
  (entry, words, ...values) =>
    console.log(JSON.stringify({ level, time: Date.now(), ...entry, msg: format(words, ...values) }));
const levels = ["trace", "debug", "info", "warn", "error", "fatal"];
const transport = createTransport({
  host: "localhost",
  port,
  name: "client.test",
  requireTLS: tls === "starttls",
  ignoreTLS: tls === "off",
  tls: { ca },
  auth: { user: "user", pass: "secret" },
  debug: true,
  logger: json ? { level() {}, ...Object.fromEntries(levels.map((level) => [level, print(level)])) } : true,
});
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
await transport.sendMail({ envelope: { from, to }, raw: Buffer.concat(chunks) });
transport.close();
