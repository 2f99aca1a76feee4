/** Our client delivers to Sendmail: DELIVERBY, and no SMTPUTF8. */

import { peerSuite } from "./peer-suite.js";
import { startSendmail } from "./servers/sendmail.js";

await peerSuite({
  name: "Sendmail",
  software: ["sendmail"],
  start: (certificates) => startSendmail(certificates),
  links: { off: "starttls", starttls: "starttls", implicit: "implicit" },
  mechanisms: ["PLAIN", "LOGIN"],
  asks: ["VRFY", "EXPN", "HELP"],
  everyday: ["PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"],
});
