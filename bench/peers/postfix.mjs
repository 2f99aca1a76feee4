// Postfix's test programs smtp-sink (a server that accepts and forgets) and smtp-source (a load generator), in C.
import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import net from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folders = [
  ...(process.env.PATH ?? "").split(delimiter),
  "/usr/sbin",
  "/usr/local/sbin",
  "/usr/libexec/postfix",
];
const installer = fileURLToPath(new URL("../../tests/interop/install.sh", import.meta.url));

function find(name) {
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Looks for both programs; as root on Debian it installs Postfix when they are absent. Says why when it cannot. */
export function available() {
  const there = () => find("smtp-sink") && find("smtp-source");
  if (there()) return { ok: true };
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get") || !existsSync(installer)) {
    return {
      ok: false,
      why: "smtp-sink and smtp-source are not on PATH; they come with the package postfix",
    };
  }
  console.error("Installing Postfix for smtp-sink and smtp-source ...");
  const { status } = spawnSync(installer, ["postfix"], {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 300_000,
  });
  return there()
    ? { ok: true }
    : { ok: false, why: `the package postfix could not be installed (exit status ${status})` };
}

/** Whether Postfix itself can be started, as the interop tests do. */
export function startable() {
  if (!find("postfix") || !find("saslpasswd2"))
    return { ok: false, why: "the packages postfix and sasl2-bin are absent" };
  if (!find("openssl")) return { ok: false, why: "its set-up wants openssl" };
  return process.getuid?.() === 0 ? { ok: true } : { ok: false, why: "it wants to be started by root" };
}

/** The version of the programs, as Postfix says it. */
export function version() {
  const postconf = find("postconf");
  const said = postconf && spawnSync(postconf, ["-d", "-h", "mail_version"], { encoding: "utf8" }).stdout;
  return said?.trim() || "unknown";
}

/** Starts smtp-sink; it has the shape of a worker whose listen() has been called. */
export async function startSink() {
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    // As root it wants a user to become.
    const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
    const child = spawn(find("smtp-sink"), [...user, `127.0.0.1:${port}`, "1000"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    const kill = () => child.kill();
    process.on("exit", kill);
    const stop = () =>
      new Promise((resolve) => {
        process.off("exit", kill);
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", resolve);
        child.kill();
      });
    if (await answers(port, child)) return { port, stop };
    await stop();
    if (attempt === 5) throw new Error(`smtp-sink does not start: ${said.trim()}`);
  }
}

/** Sends `messages` messages of `octets` octets in `sessions` parallel sessions; resolves to the milliseconds it took. */
export async function source({ port, messages, octets, sessions, keep = false }) {
  const options = ["-s", `${sessions}`, "-m", `${messages}`, "-l", `${octets}`, ...(keep ? ["-d"] : [])];
  const begin = performance.now();
  await promisify(execFile)(find("smtp-source"), [...options, `127.0.0.1:${port}`], { timeout: 120_000 });
  return performance.now() - begin;
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether something greets on the port before the child has ended. */
async function answers(port, child) {
  const patience = performance.now() + 5000;
  while (child.exitCode === null && performance.now() < patience) {
    const greeted = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.once("data", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => resolve(false));
      socket.once("data", () => socket.end("QUIT\r\n"));
    });
    if (greeted) return true;
    await pause(20);
  }
  return false;
}
