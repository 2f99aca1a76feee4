/** Our client delivers to npm's smtp-server. */

import { peerSuite } from "./peer-suite.js";
import { startSmtpServer } from "./servers/smtp-server.js";

await peerSuite({
  name: "smtp-server",
  software: [],
  start: startSmtpServer,
  links: { off: "starttls", starttls: "starttls", implicit: "implicit" },
  mechanisms: ["PLAIN", "LOGIN"],
  everyday: ["PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"],
  smtpUtf8: true,
});
