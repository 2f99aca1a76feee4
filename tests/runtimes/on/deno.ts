/** The suite on Deno. */
import { listen, tcp } from "edgepost/deno";
import { runSuite } from "../suite.js";
import { accepting } from "./accepting.js";
import type { Settings } from "./accepting.js";

const settings = JSON.parse(process.argv[2]!) as Settings;
const { control, ca, only } = settings;
const environment = {
  control,
  tcp: (to: { host: string; port: number }) => tcp({ ...to, tls: { ca } }),
  accept: accepting(listen, settings),
  cannot: { "serve with STARTTLS": "Deno cannot begin TLS as a server on a connection that is there" },
};
console.log(JSON.stringify(await runSuite(environment, only)));
