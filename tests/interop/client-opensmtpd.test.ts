/** Our client delivers to OpenSMTPD: no PIPELINING, no CHUNKING, and a STARTTLS that fails. */

import assert from "node:assert/strict";

import { TlsError } from "edgepost";

import { peerSuite } from "./peer-suite.js";
import { startOpenSmtpd } from "./servers/opensmtpd.js";

await peerSuite(
  {
    name: "OpenSMTPD",
    software: ["opensmtpd"],
    start: (certificates) => startOpenSmtpd(certificates),
    links: { off: "plain" },
    asks: ["HELP"],
    dsn: true,
    everyday: ["SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"],
  },
  ({ session, dialPort, server }) => {
    for (const tls of ["required", "opportunistic"] as const)
      session(`a handshake that fails ends the session, TLS ${tls}`, [], async (witness) => {
        await assert.rejects(dialPort(witness, server().port.starttls, { tls }), TlsError);
        assert.equal(witness.verbs.at(-1), "STARTTLS");
      });
  },
);
