/** Starting a mail server on ports of 127.0.0.1 chosen by the system, with all that it writes in one directory. */

import { mkdir, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { freePorts } from "../../support/ports.js";
import { check, type Running, start } from "../../support/process.js";
import { temporary } from "../../support/temporary.js";
import { program } from "../software.js";
import { greeted } from "./greeting.js";
import type { Mailbox } from "./mailbox.js";

/** A running server. */
export interface Server<Port extends string> extends AsyncDisposable {
  readonly port: Record<Port, number>;
  readonly mailbox: Mailbox;
  /** What it logged, whole. */
  log(): string;
  stop(): Promise<void>;
}

/** What is done with a server's directory. */
export class Place<Port extends string> {
  constructor(
    readonly path: string,
    readonly port: Record<Port, number>,
  ) {}

  /** The path of what is in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Makes directories, and gives them to a user if one is named. */
  async directories(names: readonly string[], user?: string): Promise<void> {
    for (const name of names) await mkdir(this.at(name), { recursive: true });
    if (user !== undefined) await check("chown", [`${user}:`, ...names.map((name) => this.at(name))]);
  }

  async write(name: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.at(name)), { recursive: true });
    await writeFile(this.at(name), text, { mode });
  }
}

/** How a server is launched. */
export interface Launch<Port extends string> {
  /** Its name, for errors. */
  name: string;
  /** The ports; the first one has to greet. */
  ports: readonly [Port, ...Port[]];
  /** Writes what it needs and gives the command that runs it in the foreground. */
  prepare(place: Place<Port>): Promise<readonly [command: string, ...args: string[]]>;
  mailbox(place: Place<Port>): Mailbox;
  /** A file that it logs to, in its directory; else what it says is the log. */
  logFile?: string;
  env?: NodeJS.ProcessEnv;
}

/** Launches a server and waits until it greets. */
export async function launch<Port extends string>(launch: Launch<Port>): Promise<Server<Port>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(launch);
    } catch (error) {
      if (attempt === 3) throw error; // a port may have been taken by another program in between
    }
  }
}

async function once<Port extends string>(launch: Launch<Port>): Promise<Server<Port>> {
  const { name, ports, prepare, mailbox, logFile, env } = launch;
  const root = await temporary(0o711); // servers switch users
  const free = await freePorts(ports.length);
  const port = Object.fromEntries(ports.map((name, i) => [name, free[i]])) as Record<Port, number>;
  const place = new Place(root.path, port);
  let server: Running | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    await root.remove();
  };
  const log = (): string => {
    try {
      return readFileSync(place.at(logFile ?? "."), "utf8");
    } catch {
      return server?.log() ?? "";
    }
  };
  try {
    const command = [...(await prepare(place))] as [string, ...string[]];
    // So that it ends with this process even if that is killed.
    const setpriv = program("setpriv");
    if (setpriv !== undefined) command.unshift(setpriv, "--pdeathsig", "TERM");
    const [path, ...args] = command;
    server = start(path, args, { cwd: place.path, ...(env && { env }) });
    await greeted(server, port[ports[0]]);
  } catch (error) {
    const logged = log();
    await stop();
    throw new Error(`${name} did not start: ${(error as Error).message}\n${logged.slice(-2_000)}`, {
      cause: error,
    });
  }
  return { port, mailbox: mailbox(place), log, stop, [Symbol.asyncDispose]: stop };
}
