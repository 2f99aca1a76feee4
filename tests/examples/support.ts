/** What examples are run with: a folder with the packed package in it, and a server that keeps what it gets. */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Refuse, serve } from "edgepost";
import { listen } from "edgepost/node";

import { installPackage, installRuntimes } from "../runtimes/install.js";
import type { Running } from "../support/process.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** Folders of examples with the package in them. */
export interface Workshop {
  /** A copy of an example, whose imports find the package as it is packed. */
  copy(name: string): Promise<string>;
  clear(): Promise<void>;
}

export async function workshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), "edgepost-examples-"));
  await installRuntimes();
  await installPackage(folder);
  let copies = 0;
  return {
    async copy(name) {
      const copy = join(folder, `${name}-${++copies}`);
      await cp(join(examples, name), copy, {
        recursive: true,
        filter: (path) => !/[/\\](node_modules|target)([/\\]|$)/.test(path.slice(examples.length)),
      });
      await symlink(join(folder, "project", "node_modules"), join(copy, "node_modules"), "junction");
      return copy;
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface Kept {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
  readonly user: string | undefined;
}

/** A server on this machine. Nobody is at `nobody@`; the content with `later` in its subject is refused for now. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  readonly kept: Kept[];
}

export const USER = "ann";
export const PASSWORD = "correct horse";

export async function server(): Promise<Server> {
  const kept: Kept[] = [];
  const listener = listen({ port: 0, host: "127.0.0.1" });
  const taking = (async () => {
    for await (const transport of listener)
      void serve(
        transport,
        {
          onAuth: ({ user, pass }) => user === USER && pass === PASSWORD,
          onRcpt(to) {
            if (to.startsWith("nobody@"))
              throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
          },
          async onMessage(content, { from, to }, { user }) {
            const text = await new Response(content).text();
            if (/^Subject:.*later/m.test(text))
              throw new Refuse({ code: 451, enhanced: "4.3.0", text: "not now" });
            kept.push({ from, to, content: text, user });
          },
        },
        { name: "mx.example", auth: { insecure: true } },
      );
  })();
  await listener.ready;
  return {
    port: listener.port,
    kept,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await taking;
    },
  };
}

/** What the examples are told, by the environment or as bindings. */
export function settings(port: number): Record<string, string> {
  return {
    SMTP_HOST: "127.0.0.1",
    SMTP_PORT: String(port),
    SMTP_TLS: "off",
    SMTP_USER: USER,
    SMTP_PASS: PASSWORD,
    MAIL_FROM: "ann@example.com",
    MAIL_TO: "bob@example.net",
  };
}

/** What a program that runs has said, as soon as it has. */
export async function said(program: Running, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(program.log());
    if (found !== null) return found;
    if (!program.running) throw new Error(`it has ended:\n${program.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port of this machine where nobody listens. */
export async function nowhere(): Promise<number> {
  const listener = listen({ port: 0, host: "127.0.0.1" });
  await listener.ready;
  const { port } = listener;
  await listener.close();
  return port;
}

/** Writes a small file to send. */
export async function report(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "report.csv");
  await writeFile(path, "day,mails\n1,42\n");
  return path;
}
