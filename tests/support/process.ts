/** Child processes of tests: bounded in time, with a known environment, and never left behind. */

import { type ChildProcess, spawn } from "node:child_process";

const exits = new Set<() => void>();

/** Runs `action` if this process ends before the returned function was called. */
export function onExit(action: () => void): () => void {
  if (exits.size === 0) {
    process.once("exit", runExits);
    // Not once: the default action of a second signal would end the clean-up.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, exitBySignal);
  }
  exits.add(action);
  return () => {
    exits.delete(action);
    if (exits.size > 0) return;
    process.off("exit", runExits);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, exitBySignal);
  };
}

function runExits(): void {
  for (const action of [...exits].reverse()) {
    try {
      action();
    } catch {
      // The others still have to run.
    }
  }
}

function exitBySignal(): never {
  process.exit(1);
}

/** What shells and CI images set to make programs trust other certificates, or to send them through a proxy. */
const AMBIENT =
  /^(.*SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|.*CA_BUNDLE|GIT_SSL_CAINFO|PIP_CERT|PERL_LWP_SSL_.*|(ALL|HTTPS?|NO)_PROXY)$/i;

/** This process's environment without the ambient trust and proxies, so that a TLS test tests what it says. */
export function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !AMBIENT.test(name) && !name.startsWith("NODE_TEST_"),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/** Options of {@link run}. */
export interface RunOptions {
  /** What the child reads on standard input; nothing by default. */
  input?: string | Uint8Array;
  /** Replaces {@link environment}. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Milliseconds until the child is killed; 30 s by default. */
  limit?: number;
}

/** How a child ended, and what it said on standard output and error, each whole and together in order. */
export interface Ran {
  code: number | null;
  stdout: Buffer;
  log: string;
}

/** Runs a command to its end, whatever its exit code; rejects if it cannot start or takes longer than `limit`. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input = "", env = environment(), cwd, limit = 30_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: "pipe" });
    const forget = onExit(() => child.kill("SIGKILL"));
    const stdout: Buffer[] = [];
    const both: Buffer[] = [];
    child.stdout.on("data", (bytes: Buffer) => (stdout.push(bytes), both.push(bytes)));
    child.stderr.on("data", (bytes: Buffer) => both.push(bytes));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limit);
    const done = (): string => {
      clearTimeout(timer);
      forget();
      return Buffer.concat(both).toString();
    };
    child.on("error", (error) => (done(), reject(error)));
    child.on("close", (code) => {
      const log = done();
      if (late) reject(new Error(`${command} did not end within ${limit} ms:\n${log}`));
      else resolve({ code, stdout: Buffer.concat(stdout), log });
    });
    child.stdin.on("error", () => {}); // a child may end without reading
    child.stdin.end(input);
  });
}

/** Runs a command that has to succeed. */
export async function check(command: string, args: readonly string[], options?: RunOptions): Promise<Ran> {
  const ran = await run(command, args, options);
  if (ran.code !== 0) throw new Error(`${command} ${args[0] ?? ""}: exit code ${ran.code}\n${ran.log}`);
  return ran;
}

/** A program that runs until it is stopped. */
export interface Running extends AsyncDisposable {
  /** What it has said so far on standard output and error. */
  log(): string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  readonly running: boolean;
  /** Asks it to end, by SIGTERM or another signal, then insists; its own process group goes with it. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program as the leader of a process group of its own; its standard input stays open until it is stopped. */
export function start(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Running {
  const { env = environment(), cwd } = options;
  const child: ChildProcess = spawn(command, args, { cwd, env, stdio: "pipe", detached: true });
  const said: Buffer[] = [];
  child.stdout?.on("data", (bytes: Buffer) => said.push(bytes));
  child.stderr?.on("data", (bytes: Buffer) => said.push(bytes));
  child.stdin?.on("error", () => {});
  let running = true;
  const end = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Nothing of the group is left.
    }
  };
  const forget = onExit(() => end("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => {
    child.on("error", (error) => (said.push(Buffer.from(`${error.message}\n`)), resolve(null)));
    child.on("exit", (code) => resolve(code));
  }).finally(() => (running = false));
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    const insist = setTimeout(() => end("SIGKILL"), 5_000);
    if (running && child.pid !== undefined) child.kill(signal);
    await ended;
    clearTimeout(insist);
    end("SIGKILL");
    forget();
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  return {
    log: () => Buffer.concat(said).toString(),
    ended,
    get running() {
      return running;
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}
