/** Our client delivers to Exim: no enhanced status codes, and who speaks too early is refused. */

import assert from "node:assert/strict";

import { message, sender } from "./messages.js";
import { ALICE, BOB, peerSuite } from "./peer-suite.js";
import { startExim } from "./servers/exim.js";

await peerSuite(
  {
    name: "Exim",
    software: ["exim"],
    start: (certificates) => startExim(certificates),
    links: { off: "plain", starttls: "starttls", implicit: "implicit" },
    mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"],
    everyday: ["PIPELINING", "SIZE", "8BITMIME", "CHUNKING"],
    asks: ["VRFY", "EXPN", "HELP", "ETRN"],
    dsn: true,
    smtpUtf8: true,
  },
  ({ session, dial, arrived }) => {
    session("PRDR: one of two does not want the message", ["PRDR"], async (witness) => {
      const from = sender();
      const raw = Buffer.concat([Buffer.from("X-Unwanted-By: alice\r\n"), message("prdr", "hello\r\n")]);
      await using smtp = await dial(witness, "starttls");
      const { recipients } = await smtp.send({ envelope: { from, to: [BOB, ALICE], prdr: true }, raw });
      assert.deepEqual(
        recipients.map(({ recipient, status }) => [recipient, status]),
        [
          [BOB, "accepted"],
          [ALICE, "refused"],
        ],
      );
      await arrived(from, [BOB], raw);
    });
  },
);
