/** Our client delivers to Sendmail: DELIVERBY, and no SMTPUTF8. */

import { message, sender } from "./messages.js";
import { BOB, peerSuite } from "./peer-suite.js";
import { startSendmail } from "./servers/sendmail.js";

await peerSuite(
  {
    name: "Sendmail",
    software: ["sendmail"],
    start: (certificates) => startSendmail(certificates),
    links: { off: "starttls", starttls: "starttls", implicit: "implicit" },
    mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"],
    asks: ["VRFY", "EXPN", "HELP", "ETRN"],
    dsn: true,
    everyday: ["PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"],
  },
  ({ session, dial, arrived }) => {
    session("DELIVERBY", ["DELIVERBY"], async (witness) => {
      const [from, raw] = [sender(), message("soon", "hello\r\n")];
      await using smtp = await dial(witness, "starttls");
      const deliverBy = { seconds: 600, mode: "notify", trace: true } as const;
      await smtp.send({ envelope: { from, to: BOB, deliverBy }, raw });
      await arrived(from, [BOB], raw);
    });
  },
);
