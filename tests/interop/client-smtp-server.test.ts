/** Our client delivers to npm's smtp-server, by SMTP and LMTP. */

import assert from "node:assert/strict";

import { message, sender } from "./messages.js";
import { ALICE, BOB, NOBODY, peerSuite } from "./peer-suite.js";
import { startSmtpServer } from "./servers/smtp-server.js";

await peerSuite(
  {
    name: "smtp-server",
    software: [],
    start: startSmtpServer,
    links: { off: "starttls", starttls: "starttls", implicit: "implicit" },
    mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"],
    tokens: ["XOAUTH2"],
    everyday: ["PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"],
    smtpUtf8: true,
    dsn: true,
  },
  ({ session, dial, dialPort, server, arrived }) => {
    session("REQUIRETLS", ["REQUIRETLS"], async (witness) => {
      const [from, raw] = [sender(), message("tls", "hello\r\n")];
      await using smtp = await dial(witness, "implicit");
      await smtp.send({ envelope: { from, to: BOB, requireTls: true }, raw });
      await arrived(from, [BOB], raw);
    });

    session("XCLIENT", ["XCLIENT"], async (witness) => {
      const [from, raw] = [sender(), message("xclient", "hello\r\n")];
      const xclient = { NAME: "mx.client.test", ADDR: "192.0.2.1" };
      await using smtp = await dial(witness, "off", { xclient });
      await smtp.send({ envelope: { from, to: BOB }, raw });
      await arrived(from, [BOB], raw);
    });

    session("a PROXY header", ["PROXY"], async (witness) => {
      const [from, raw] = [sender(), message("proxy", "hello\r\n")];
      const source = { address: "192.0.2.1", port: 1025 };
      const proxy = { source, destination: { address: "192.0.2.25", port: 25 }, version: 1 } as const;
      await using smtp = await dialPort(witness, server().port.proxy, { tls: "off", proxy });
      await smtp.send({ envelope: { from, to: BOB }, raw });
      await arrived(from, [BOB], raw);
    });

    session("LMTP", ["LMTP"], async (witness) => {
      const [from, raw] = [sender(), message("lmtp", "hello\r\n")];
      await using smtp = await dialPort(witness, server().port.lmtp, { tls: "off", lmtp: true });
      const { recipients } = await smtp.send({ envelope: { from, to: [BOB, NOBODY, ALICE] }, raw });
      assert.deepEqual(
        recipients.map(({ recipient, status }) => [recipient, status]),
        [
          [BOB, "accepted"],
          [NOBODY, "refused"],
          [ALICE, "accepted"],
        ],
      );
      await arrived(from, [BOB, ALICE], raw);
    });
  },
);
