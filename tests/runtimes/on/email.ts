/** A Worker that gets mail. What it does with a message is said by the local part that it is for; what fails, by its rejection. */
import { connect } from "edgepost";
import { receive, tcp } from "edgepost/workers";
import type { IncomingEmail, ReceivedEmail } from "edgepost/workers";

interface Bindings {
  /** Where a server takes what the runtime cannot send. */
  readonly SMTP_PORT: number;
}

const ACTIONS: Readonly<Record<string, (email: ReceivedEmail, bindings: Bindings) => Promise<unknown>>> = {
  async reply(email) {
    const { envelope, message, raw } = email;
    const findings = (await email.findings()).map(({ rule }) => rule);
    const told = { envelope, subject: message.subject, octets: raw.length, findings };
    return email.reply({ from: `Support <${envelope.to}>`, text: `${JSON.stringify(told)}\n` });
  },
  async twice(email) {
    await email.reply({ text: "One." });
    await email.reply({ text: "Two." });
  },
  ask: async (email) => email.reject(JSON.stringify(email.unanswerable ?? "nothing forbids it")),
  refuse: async (email) => email.reject("no such user"),
  async bounce(email, { SMTP_PORT }) {
    const { envelope, content } = await email.composeBounce({ status: "5.1.1" });
    await sent(SMTP_PORT, envelope, content);
  },
  async relay(email, { SMTP_PORT }) {
    const { envelope, content } = await email.composeReply({ text: "On another way." });
    await sent(SMTP_PORT, envelope, content);
  },
};

async function sent(
  port: number,
  envelope: { from: string; to: readonly string[] },
  raw: ReadableStream<Uint8Array>,
): Promise<void> {
  const smtp = await connect(tcp({ host: "127.0.0.1", port }), { tls: "off", name: "worker.test" });
  await smtp.send({ envelope: { from: envelope.from, to: [...envelope.to] }, raw });
  await smtp.close();
}

export default {
  async email(incoming: IncomingEmail, bindings: Bindings): Promise<void> {
    const action = incoming.to.slice(0, incoming.to.indexOf("@"));
    try {
      const email = await receive(incoming, action === "small" ? { limit: 64 } : {});
      await ACTIONS[action]!(email, bindings);
    } catch (error) {
      incoming.setReject(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
  },
};
