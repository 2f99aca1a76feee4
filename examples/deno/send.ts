// Sends a message to each of the people on standard input, a line each: address, name
import { connect, SmtpError } from "edgepost";
import type { Draft } from "edgepost";
import { tcp } from "edgepost/deno";

const host = Deno.env.get("SMTP_HOST") ?? "127.0.0.1";
const port = Number(Deno.env.get("SMTP_PORT") ?? 587);
const tls = (Deno.env.get("SMTP_TLS") ?? "required") as "required" | "implicit" | "off";
const user = Deno.env.get("SMTP_USER");
const from = Deno.env.get("MAIL_FROM") ?? "news@example.com";

const people = (await new Response(Deno.stdin.readable).text())
  .split("\n")
  .map((line) => line.split(",").map((part) => part.trim()))
  .filter(([address]) => address !== "");

/** Made one after the other, as the server takes them. */
function* messages(): Iterable<Draft> {
  for (const [address = "", name = "you"] of people)
    yield { from, to: { name, address }, subject: "News", text: `Dear ${name},\n\nthere is none.\n` };
}

let failed = 0;
try {
  await using smtp = await connect(tcp({ host, port }), {
    tls,
    ...(user !== undefined && { auth: { user, pass: Deno.env.get("SMTP_PASS") ?? "" } }),
  });
  let index = 0;
  for await (const result of smtp.sendMany(messages())) {
    const [address] = people[index++]!;
    if (result.ok) console.log(`${address}: ${result.receipt.reply.code}`);
    else console.error(`${address}: ${result.error.message} (delivery: ${result.error.delivery})`);
    if (!result.ok) failed++;
  }
} catch (error) {
  if (!(error instanceof SmtpError)) throw error;
  console.error(error.message);
  Deno.exit(error.retryable ? 75 : 1);
}
Deno.exit(failed > 0 ? 1 : 0);
