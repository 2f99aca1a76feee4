/** aiosmtpd, a server without PIPELINING, CHUNKING or enhanced codes, on ports of 127.0.0.1 chosen by the system. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Certificates } from "../../support/certificates.js";
import { environment, type Running, start } from "../../support/process.js";
import { temporary } from "../../support/temporary.js";
import { type Delivered, Mailbox } from "./mailbox.js";
import { AIOSMTPD_PYTHON } from "../software.js";

/** The listeners. `plain` has no TLS and takes AUTH in the clear, `submission` requires STARTTLS and AUTH. */
export type Port = "plain" | "starttls" | "implicit" | "submission" | "expired" | "wrongName" | "unknownCa";

/** A running aiosmtpd, with the same user and recipients as {@link Postfix} here. */
export interface Aiosmtpd extends AsyncDisposable {
  readonly port: Record<Port, number>;
  readonly mailbox: Mailbox;
  /** What it logged, whole: the sessions, line by line. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts aiosmtpd and waits until it listens. */
export async function startAiosmtpd(certificates: Certificates): Promise<Aiosmtpd> {
  const root = await temporary();
  const mail = join(root.path, "mail");
  await mkdir(mail);
  const files = (["good", "expired", "wrongName", "unknownCa"] as const).map((name) => [
    name,
    [certificates[name].certFile, certificates[name].keyFile],
  ]);
  const script = fileURLToPath(new URL("aiosmtpd-server.py", import.meta.url));
  const server = start(AIOSMTPD_PYTHON, [script, mail, JSON.stringify(Object.fromEntries(files))], {
    env: environment({ PYTHONDONTWRITEBYTECODE: "1" }),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await root.remove();
  };
  try {
    const port = await listening(server);
    return {
      port,
      mailbox: new Mailbox(mail, read),
      log: () => server.log(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    const log = server.log();
    await stop();
    throw new Error(`aiosmtpd did not start\n${log}`, { cause: error });
  }
}

async function listening(server: Running): Promise<Record<Port, number>> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const ports = /^\{.*\}$/m.exec(server.log());
    if (ports !== null) return JSON.parse(ports[0]) as Record<Port, number>;
    if (!server.running || Date.now() > deadline) throw new Error("it does not listen");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function read(file: Buffer): Delivered {
  const end = file.indexOf("\n");
  const envelope = JSON.parse(file.toString("utf8", 0, end)) as Omit<Delivered, "content">;
  return { ...envelope, content: file.subarray(end + 1) };
}
