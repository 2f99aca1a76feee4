/** The suite on Workers: a request starts it, and connections that are accepted come to `connect`. */
import type { Transport } from "edgepost";
import { accepted, listen, tcp } from "edgepost/workers";
import type { WorkersSocket } from "edgepost/workers";
import { runSuite } from "../suite.js";

interface Settings {
  readonly control: string;
  readonly only?: string;
  /** Where the runtime accepts for this Worker. */
  readonly ports: Readonly<Record<"off" | "implicit", number>>;
}

const NONE_OF_ITS_OWN = "a Worker's sockets show no certificate";
const ALWAYS = "the runtime verifies every certificate";
const TO = { host: "mx.test", port: 587 };

let take: ((transport: Transport) => Promise<void>) | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    const { control, only, ports } = (await request.json()) as Settings;
    const environment = {
      control,
      tcp,
      async accept(tls: "off" | "starttls" | "implicit", taken: typeof take) {
        take = taken;
        return { port: ports[tls as "off" | "implicit"], stop: () => void (take = undefined) };
      },
      refused: {
        "tls.ca": () => tcp({ ...TO, tls: { ca: "" } }),
        "tls.rejectUnauthorized": () => tcp({ ...TO, tls: { rejectUnauthorized: false } }),
        "tls.cert": () => tcp({ ...TO, tls: { cert: "" } }),
        "tls.key": () => tcp({ ...TO, tls: { key: "" } }),
        "tls.minVersion": () => tcp({ ...TO, tls: { minVersion: "TLSv1.3" } }),
        "tls.servername": () => tcp({ ...TO, tls: { servername: "other.test" } }).open({ implicitTls: true }),
        noDelay: () => tcp({ ...TO, noDelay: false }),
        listen: () => listen({ port: 0 }),
      },
      cannot: {
        "serve with STARTTLS": "the runtime cannot begin TLS as a server on a connection that is there",
        "STARTTLS, with a certificate of the client's own": NONE_OF_ITS_OWN,
        "implicit TLS, with a certificate of the client's own": NONE_OF_ITS_OWN,
        "STARTTLS, and the certificate is not to be verified": ALWAYS,
        "implicit TLS, and the certificate is not to be verified": ALWAYS,
      },
    };
    return Response.json(await runSuite(environment, only));
  },
  async connect(socket: WorkersSocket): Promise<void> {
    await take?.(await accepted(socket));
  },
};
