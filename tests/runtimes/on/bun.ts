/** The suite on Bun. */
import { listen, tcp } from "edgepost/bun";
import { runSuite } from "../suite.js";
import { accepting } from "./accepting.js";
import type { Settings } from "./accepting.js";

const settings = JSON.parse(process.argv[2]!) as Settings;
const { control, ca, only } = settings;
const environment = {
  control,
  tcp: (to: { host: string; port: number }) => tcp({ ...to, tls: { ca } }),
  accept: accepting(listen, settings),
  refused: {
    "tls.minVersion": () => tcp({ host: "mx.test", port: 587, tls: { minVersion: "TLSv1.3" } }),
  },
  cannot: {},
};
console.log(JSON.stringify(await runSuite(environment, only)));
