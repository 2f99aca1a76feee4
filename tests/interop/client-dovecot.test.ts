/** Our client submits to Dovecot, which hands the mail over to our server while it waits. */

import { peerSuite } from "./peer-suite.js";
import { startDovecot } from "./servers/dovecot.js";
import type { Delivered } from "./servers/mailbox.js";
import { startSink } from "./sink.js";

await peerSuite({
  name: "Dovecot",
  software: ["dovecot"],
  async start(certificates) {
    const { cert, key } = certificates.good;
    const sink = await startSink({ tls: { cert, key }, auth: true });
    const dovecot = await startDovecot(certificates, sink.port);
    const now = (from: string): Promise<Delivered[]> =>
      Promise.resolve(sink.from(from).map((one) => ({ ...one, content: withoutTrace(one.content) })));
    return {
      ...dovecot,
      mailbox: { now, delivered: now },
      async stop() {
        await dovecot.stop();
        await sink.stop();
      },
    };
  },
  links: { off: "starttls", starttls: "starttls", implicit: "implicit" },
  mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"],
  tokens: ["XOAUTH2", "OAUTHBEARER"],
  authRequired: true,
  everyday: ["PIPELINING", "CHUNKING", "ENHANCEDSTATUSCODES"],
});

/** Without what Dovecot puts in front. In chunks a message may end as it was written. */
function withoutTrace(content: Buffer): Buffer {
  const added = /^Received: .*\r\n(?:[ \t].*\r\n)*/.exec(content.toString("latin1", 0, 4096));
  const end = content.at(-1) === 0x0a ? "" : "\r\n";
  return Buffer.concat([content.subarray(added?.[0].length ?? 0), Buffer.from(end)]);
}
