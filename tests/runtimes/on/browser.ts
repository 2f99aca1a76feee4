/** The suite in a page: every connection goes through a bridge, which the peer's control starts for its port. */
import { bridgeHandler, startBridge } from "edgepost/bridge";
import { listen, tcp } from "edgepost/tcp";
import { websocket } from "edgepost/websocket";
import { runSuite } from "../suite.js";
import type { Environment, Result } from "../suite.js";

/** What run.ts tells the page. */
export interface Settings {
  readonly control: string;
  readonly only?: string;
}

const TO = { host: "mx.test", port: 587 };
const NO_TLS =
  "a page cannot begin TLS on a connection: the bridge makes it before the greeting, or nobody does";
const BRIDGES = "the bridge makes the TLS, with no certificate of the page's, and verifies";
const NO_PORT = "a page cannot accept connections";

function environmentOf(control: string): Environment {
  const bridge = async (to: object): Promise<string> => {
    const response = await fetch(`${control}/bridge`, { method: "POST", body: JSON.stringify(to) });
    return ((await response.json()) as { url: string }).url;
  };
  return {
    control,
    tls: "implicit",
    tcp: (to) => ({
      ...to,
      open: async (options) => websocket({ ...to, url: await bridge(to), tls: "bridge" }).open(options),
    }),
    refused: {
      tcp: () => tcp(TO),
      listen: () => listen({ port: 0 }),
      startBridge: () => startBridge({ allow: [] }),
      bridgeHandler: () => bridgeHandler({ allow: [] }),
      url: () => websocket({ ...TO, url: "ws://bridge.test/", tls: "bridge" }),
    },
    cannot: {
      "STARTTLS with a private CA": NO_TLS,
      "STARTTLS, and the certificate is of an unknown CA": NO_TLS,
      "STARTTLS, and the certificate is for another name": NO_TLS,
      "STARTTLS at an address, which is in the certificate": NO_TLS,
      "STARTTLS, with a certificate of the client's own": NO_TLS,
      "implicit TLS, with a certificate of the client's own": BRIDGES,
      "STARTTLS, and the certificate is not to be verified": NO_TLS,
      "implicit TLS, and the certificate is not to be verified": BRIDGES,
      "edgepost/tcp is this runtime's own": "a page has no TCP sockets",
      serve: NO_PORT,
      "serve over implicit TLS": NO_PORT,
      "serve with STARTTLS": NO_PORT,
    },
  };
}

/** What run.ts calls. */
export function run({ control, only }: Settings): Promise<Result[]> {
  return runSuite(environmentOf(control), only);
}

Object.assign(globalThis, { run });
