/** The suite on Node. */
import { listen, tcp } from "edgepost/node";
import { runSuite } from "../suite.js";
import { accepting } from "./accepting.js";
import type { Settings } from "./accepting.js";

const settings = JSON.parse(process.argv[2]!) as Settings;
const { control, ca, only } = settings;
const environment = {
  control,
  tcp: (to: { host: string; port: number }) => tcp({ ...to, tls: { ca } }),
  accept: accepting(listen, settings),
  refused: {},
  cannot: {
    "what the runtime cannot do is an InputError that says what to do instead": "there is nothing of it",
  },
};
console.log(JSON.stringify(await runSuite(environment, only)));
