/** What a page, a worker and a Service Worker do in the tests of the bridge: send one message through it. */

import { connect, SmtpError } from "edgepost";
import { websocket } from "edgepost/websocket";

export interface Sending {
  readonly url: string;
  readonly port: number;
  readonly token?: string;
  readonly octets: number;
}

export default async function send({ url, port, token, octets }: Sending): Promise<object> {
  try {
    const connector = websocket({ url, host: "localhost", port, ...(token !== undefined && { token }) });
    const smtp = await connect(connector, {
      tls: "off",
      name: "page.test",
      auth: { user: "ann", pass: "secret" },
    });
    const { reply } = await smtp.send({
      from: "ann@example.com",
      to: "bob@example.net",
      subject: "From a browser",
      text: "x"
        .repeat(60)
        .concat("\n")
        .repeat(Math.ceil(octets / 61)),
    });
    await smtp.close();
    return { code: reply.code };
  } catch (error) {
    if (error instanceof SmtpError)
      return { name: error.name, message: error.message, retryable: error.retryable };
    return { name: "?", message: String(error) };
  }
}
