/** The suite on Deno. */
import { listen, tcp } from "edgepost/deno";
import { runSuite } from "../suite.js";
import { accepting } from "./accepting.js";
import type { Settings } from "./accepting.js";

const settings = JSON.parse(process.argv[2]!) as Settings;
const { control, ca, cert, key, only } = settings;
type To = { host: string; port: number };
const TO = { host: "mx.test", port: 587 };
const ALWAYS = "Deno verifies every certificate";
const environment = {
  control,
  tcp: (to: To) => tcp({ ...to, tls: { ca } }),
  certified: (to: To) => tcp({ ...to, tls: { ca, cert, key } }),
  accept: accepting(listen, settings),
  refused: {
    "tls.rejectUnauthorized": () => tcp({ ...TO, tls: { rejectUnauthorized: false } }),
    "tls.minVersion": () => tcp({ ...TO, tls: { minVersion: "TLSv1.3" } }),
    "tls.cert": () => tcp({ ...TO, tls: { cert: "", key: "" } }).open({ implicitTls: false }),
    "tls.implicit": () => listen({ port: 0, tls: { cert: settings.cert, key: settings.key } }),
  },
  cannot: {
    "serve with STARTTLS": "Deno cannot begin TLS as a server on a connection that is there",
    "STARTTLS, with a certificate of the client's own": "Deno shows it only in TLS from the beginning",
    "STARTTLS, and the certificate is not to be verified": ALWAYS,
    "implicit TLS, and the certificate is not to be verified": ALWAYS,
  },
};
console.log(JSON.stringify(await runSuite(environment, only)));
