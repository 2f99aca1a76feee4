// Runs a program with a time limit and, when it takes more than three seconds, shows how far it is.
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./paths.mjs";

const SHOW_AFTER = 3_000;
const SHOW_EVERY_PLAIN = 15_000;
const KEPT_OUTPUT = 200_000;

/** Something a person has to fix; its message is the whole explanation and needs no stack. */
export class Problem extends Error {
  name = "Problem";
}

/**
 * Runs `command` and resolves to `{ code, output }` (both streams, in order, the last 200 kB); `code` is null when it could
 * not be started. Rejects with a Problem when it runs longer than `limit` seconds.
 * With `show`, its output goes straight to the terminal instead.
 */
export function run(command, args, { label = command, limit, cwd = root, env = {}, show = false } = {}) {
  const grouped = process.platform !== "win32";
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
      detached: grouped,
    });
    const progress = show ? undefined : new Progress(label);
    let output = "";
    const keep = (text) => {
      output = (output + text).slice(-KEPT_OUTPUT);
      progress.saw(text);
    };
    child.stdout?.setEncoding("utf8").on("data", keep);
    child.stderr?.setEncoding("utf8").on("data", keep);

    const stop = () => {
      try {
        if (grouped && child.pid) process.kill(-child.pid, "SIGKILL");
        else child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    const interrupted = (signal) => {
      stop();
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupted);

    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, limit * 1000);

    const settle = (finish) => {
      clearTimeout(timer);
      progress?.end();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, interrupted);
      finish();
    };
    child.on("error", (error) => settle(() => done({ code: null, output: error.message })));
    child.on("close", (code, signal) =>
      settle(() => {
        if (late) fail(new Problem(`${label} took longer than ${limit} seconds and was stopped.`));
        else done({ code: code ?? signal, output });
      }),
    );
  });
}

/** One changing line on a terminal; plain lines, seldom, anywhere else. */
export class Progress {
  #label;
  #last = "";
  #began = Date.now();
  #shown = 0;
  #open = false;
  #timer;

  constructor(label) {
    this.#label = label;
    this.#timer = setInterval(() => this.#tick(), 500);
    this.#timer.unref();
  }

  saw(text) {
    const lines = text.split(/[\r\n]+/).map((line) => line.trim());
    this.#last = lines.findLast((line) => line !== "") ?? this.#last;
  }

  end() {
    clearInterval(this.#timer);
    if (this.#open) process.stderr.write("\r\x1b[K");
  }

  #tick() {
    const elapsed = Date.now() - this.#began;
    if (elapsed < SHOW_AFTER) return;
    const line = `${this.#label}: ${Math.round(elapsed / 1000)} s  ${plain(this.#last)}`;
    if (process.stderr.isTTY) {
      this.#open = true;
      process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
    } else if (this.#shown === 0 || elapsed - this.#shown >= SHOW_EVERY_PLAIN) {
      this.#shown = elapsed;
      process.stderr.write(`${line.slice(0, 160)}\n`);
    }
  }
}

/** The text without terminal escapes. */
export const plain = (text) => text.replace(/\x1b(\[[0-9;?]*[A-Za-z]|\(.)/g, "");

/** The last lines of a program's output, indented, for the end of an error message. */
export const tail = (output, lines = 20) =>
  plain(output)
    .trimEnd()
    .split("\n")
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join("\n");

/** Runs a script's main function: a Problem ends it with its one sentence, anything else with a stack. */
export async function main(action) {
  try {
    await action();
  } catch (error) {
    process.stderr.write(
      error instanceof Problem ? `edgepost: ${error.message}\n` : `${error.stack ?? error}\n`,
    );
    process.exitCode = 1;
  }
}

/** True when the module with this URL is the program that was started, not imported by another. */
export const isProgram = (url) =>
  process.argv[1] !== undefined && fileURLToPath(url) === realpathSync(process.argv[1]);
