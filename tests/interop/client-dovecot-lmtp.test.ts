/** Our client delivers to Dovecot by LMTP (RFC 2033). */

import { peerSuite } from "./peer-suite.js";
import { startDovecot } from "./servers/dovecot.js";

const NOWHERE = 9; // the submission proxy is not used here

await peerSuite({
  name: "Dovecot LMTP",
  software: ["dovecot"],
  start: (certificates) => startDovecot(certificates, NOWHERE),
  links: { off: "lmtp", starttls: "lmtp" },
  options: { lmtp: true },
  everyday: ["LMTP", "PIPELINING", "CHUNKING", "8BITMIME", "ENHANCEDSTATUSCODES"],
  takesAnybody: true,
  single: true,
});
