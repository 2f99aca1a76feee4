/** Our client delivers to Haraka. */

import { peerSuite } from "./peer-suite.js";
import { startHaraka } from "./servers/haraka.js";

await peerSuite({
  name: "Haraka",
  software: ["haraka"],
  start: (certificates) => startHaraka(certificates),
  links: { off: "starttls", starttls: "starttls", implicit: "implicit" },
  mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"],
  everyday: ["PIPELINING", "SIZE", "8BITMIME"],
  smtpUtf8: true,
});
