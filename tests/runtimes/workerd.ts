/** Starts workerd with the suite in it: one port starts the suite, two accept connections for it. */
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import type { Certificates } from "../support/certificates.js";
import { start } from "../support/process.js";
import { programs } from "./install.js";
import type { Result } from "./suite.js";

const PORTS = ["http", "smtp", "smtps"] as const;

/** Runs the suite of a project. */
export async function onWorkerd(
  project: string,
  settings: object,
  certificates: Certificates,
): Promise<Result[]> {
  const files = await bundle(project, "workers");
  const { ca, good } = certificates;
  for (const [name, text] of Object.entries({ ca, cert: good.cert, key: good.key }))
    await writeFile(join(project, `${name}.pem`), text);
  await writeFile(join(project, "config.capnp"), config(files));
  // It tells its ports on standard output.
  const workerd = start(programs.workerd, ["serve", "config.capnp", "--control-fd=1"], { cwd: project });
  try {
    const ports = await portsOf(workerd);
    const response = await fetch(`http://127.0.0.1:${ports["http"]}/`, {
      method: "POST",
      body: JSON.stringify({ ...settings, ports: { off: ports["smtp"], implicit: ports["smtps"] } }),
    });
    if (!response.ok)
      throw new Error(`workerd: ${response.status} ${await response.text()}\n${workerd.log()}`);
    return (await response.json()) as Result[];
  } finally {
    await workerd.stop();
  }
}

/** As Wrangler does it: one file of a Worker, and the modules beside it. The Worker's own file comes first. */
export async function bundle(project: string, entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [join("on", `${entry}.js`)],
    outdir: "bundle",
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    metafile: true,
    logLevel: "error",
  });
  const isWasm = (file: string): number => Number(file.endsWith(".wasm"));
  return Object.keys(metafile.outputs).sort((one, other) => isWasm(one) - isWasm(other));
}

function config(files: readonly string[]): string {
  const modules = files.map((file) => {
    const kind = file.endsWith(".wasm") ? "wasm" : "esModule";
    return `(name = "${basename(file)}", ${kind} = embed "${file}")`;
  });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.join(", ")}],
      compatibilityDate = "2026-04-01",
    )),
    # Instead of the built-in one, which reaches public addresses and trusts public authorities only.
    (name = "internet", network = (
      allow = ["public", "private"],
      tlsOptions = (trustBrowserCas = true, trustedCertificates = [embed "ca.pem"]),
    )),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:0", http = (), service = "main"),
    (name = "smtp", address = "127.0.0.1:0", tcp = (), service = "main"),
    (name = "smtps", address = "127.0.0.1:0", service = "main", tcp = (tlsOptions = (
      keypair = (privateKey = embed "key.pem", certificateChain = embed "cert.pem"),
    ))),
  ],
);
`;
}

/** The ports, when all are open. */
async function portsOf(workerd: ReturnType<typeof start>): Promise<Record<string, number>> {
  for (;;) {
    const told = [...workerd.log().matchAll(/"listen","socket":"(\w+)","port":(\d+)/g)];
    if (told.length === PORTS.length)
      return Object.fromEntries(told.map(([, name, port]) => [name!, Number(port)]));
    if (!workerd.running) throw new Error(`workerd has ended:\n${workerd.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
