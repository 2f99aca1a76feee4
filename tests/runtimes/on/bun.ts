/** The suite on Bun. */
import { listen, tcp } from "edgepost/bun";
import { runSuite } from "../suite.js";
import { accepting } from "./accepting.js";
import type { Settings } from "./accepting.js";

const settings = JSON.parse(process.argv[2]!) as Settings;
const { control, ca, cert, key, only } = settings;
type To = { host: string; port: number };
const environment = {
  control,
  tcp: (to: To) => tcp({ ...to, tls: { ca } }),
  certified: (to: To) => tcp({ ...to, tls: { ca, cert, key } }),
  unverified: (to: To) => tcp({ ...to, tls: { rejectUnauthorized: false } }),
  accept: accepting(listen, settings),
  refused: {
    "tls.minVersion": () => tcp({ host: "mx.test", port: 587, tls: { minVersion: "TLSv1.3" } }),
  },
  cannot: {},
};
console.log(JSON.stringify(await runSuite(environment, only)));
