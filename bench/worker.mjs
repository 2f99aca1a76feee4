// One process of a benchmark: a client, a server or the link runs alone in its process, so that none of them shares an event
// loop, a heap or a just-in-time compiler with what it is measured against. The same file is both ends: start() here,
// and the child that answers calls to the functions of a module.
import { fork } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startWatching, stopWatching } from "./memory.mjs";
import { startProfile, stopProfile } from "./profiler.mjs";

const thisFile = fileURLToPath(import.meta.url);

/** Starts a process that has `module` (a URL) loaded; `call(name, ...values)` runs a function of it there. */
export async function start(module) {
  const child = fork(thisFile, [fileURLToPath(module)], { serialization: "advanced", execArgv: [] });
  const waiting = new Map();
  let calls = 0;
  let stopping = false;
  const failed = (why) => {
    for (const { reject } of waiting.values()) reject(new Error(`${fileURLToPath(module)}: ${why}`));
    waiting.clear();
  };
  child.on("message", ({ id, value, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(value);
    else reject?.(new Error(error));
  });
  child.on("error", (error) => failed(error.message));
  child.on("exit", (code, signal) => {
    if (!stopping) failed(`the process ended early (${signal ?? code})`);
  });
  const call = (name, ...values) =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(new Error(`${fileURLToPath(module)}: the process is gone`));
      waiting.set(++calls, { resolve, reject });
      child.send({ id: calls, name, values });
    });
  return {
    call,
    profile: () => call("startProfile"),
    profiled: () => call("stopProfile"),
    watch: () => call("startWatching"),
    watched: () => call("stopWatching"),
    stop: () =>
      new Promise((resolve) => {
        stopping = true;
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", resolve);
        child.disconnect(); // a child without its parent ends: see answer()
      }),
  };
}

/** In the child: answers calls until the parent is gone. */
async function answer(path) {
  const loading = import(pathToFileURL(path).href);
  process.on("disconnect", () => process.exit(0));
  process.on("message", async ({ id, name, values }) => {
    try {
      const functions = { ...(await loading), startProfile, stopProfile, startWatching, stopWatching };
      process.send({ id, value: await functions[name](...values) });
    } catch (error) {
      process.send({ id, error: error?.stack ?? String(error) });
    }
  });
}

if (process.argv[1] === thisFile && process.send) await answer(process.argv[2]);
