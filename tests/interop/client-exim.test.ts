/** Our client delivers to Exim: no enhanced status codes, and who speaks too early is refused. */

import { peerSuite } from "./peer-suite.js";
import { startExim } from "./servers/exim.js";

await peerSuite({
  name: "Exim",
  software: ["exim"],
  start: (certificates) => startExim(certificates),
  links: { off: "plain", starttls: "starttls", implicit: "implicit" },
  mechanisms: ["PLAIN", "LOGIN"],
  everyday: ["PIPELINING", "SIZE", "8BITMIME", "CHUNKING"],
  asks: ["VRFY", "EXPN", "HELP"],
  smtpUtf8: true,
});
