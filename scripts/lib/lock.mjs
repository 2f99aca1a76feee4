// Lets one process at a time do a thing, across processes; a holder that died is noticed and replaced.
import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Problem, Progress } from "./run.mjs";

const BEAT = 5_000;
const DEAD_AFTER = 60_000;

/**
 * Runs `action` while holding the file `path`. Waits for another holder at most `limit` seconds.
 * What is guarded must also be safe without the lock (made aside, then renamed): a stolen lock may cost time, never correctness.
 */
export async function locked(path, { label, limit }, action) {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path, label, limit);
  const beat = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), BEAT);
  beat.unref();
  try {
    return await action();
  } finally {
    clearInterval(beat);
    await rm(path, { force: true });
  }
}

async function acquire(path, label, limit) {
  const until = Date.now() + limit * 1000;
  const progress = new Progress(`waiting for another process that is at ${label}`);
  try {
    while (!(await create(path))) {
      if (await abandoned(path)) await discard(path);
      else if (Date.now() > until)
        throw new Problem(
          `another process has been at ${label} for ${limit} seconds: end it, or delete ${path}.`,
        );
      else await pause(100);
    }
  } finally {
    progress.end();
  }
}

async function create(path) {
  try {
    const file = await open(path, "wx");
    await file.writeFile(`${process.pid} ${hostname()}`);
    await file.close();
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

async function abandoned(path) {
  try {
    const [pid, host] = (await readFile(path, "utf8")).split(" ");
    if (host === hostname() && !alive(Number(pid))) return true;
    return Date.now() - (await stat(path)).mtimeMs > DEAD_AFTER;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

/** Takes a dead holder's file away by renaming it, so that of several who notice only one does it. */
async function discard(path) {
  const aside = `${path}.${process.pid}.dead`;
  await rename(path, aside).catch(() => {});
  await rm(aside, { force: true });
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
