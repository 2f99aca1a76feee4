/** The files of `edgepost check` and `edgepost dissect`: found, read whole, and replaced so that there is always one of them, the old or the new. */
import { createReadStream } from "node:fs";
import { open, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Complaint, UsageError, WRONG_USAGE } from "./command.js";
import { size } from "./terminal.js";

/** Standard input, where a file could be named. */
export const STDIN = "-";

/** A message or a recording is held in memory whole. */
const LARGEST = 100_000_000;

/** The files to check, folders replaced by the .eml files in them. */
export async function filesOf(named: readonly string[], recursive: boolean): Promise<string[]> {
  if (named.length === 0 && process.stdin.isTTY === true)
    throw new UsageError('say which file, or "-" for standard input');
  if (named.filter((path) => path === STDIN).length > 1)
    throw new UsageError("standard input can be read only once");
  if (named.length === 0) return [STDIN];
  const found = await Promise.all(
    named.map(async (path) => {
      if (path === STDIN || !(await isFolder(path))) return [path];
      if (!recursive)
        throw new UsageError(
          `${path} is a folder: name the files in it, or give --recursive for all of its .eml`,
        );
      const inside = await messagesIn(path);
      if (inside.length === 0) throw new UsageError(`there is no .eml file in ${path}`);
      return inside;
    }),
  );
  return [...new Set(found.flat())];
}

/** Whether it is one; what cannot be looked at is for reading to complain of. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function messagesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => /\.eml$/i.test(entry.name) && !entry.isDirectory())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .sort();
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** A whole file. Throws a {@link Complaint} when it cannot be had. */
export async function read(path: string): Promise<Uint8Array> {
  if (path === STDIN) return collect("standard input", process.stdin);
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new Complaint(`${path} is a folder`, WRONG_USAGE);
    if (found.size > LARGEST) throw tooLarge(path);
    return found.isFile() ? await readFile(path) : await collect(path, createReadStream(path));
  } catch (error) {
    throw error instanceof Complaint ? error : unreadable(path, error);
  }
}

/** What a pipe brings, whose size is not known before. */
async function collect(name: string, source: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    octets += chunk.length;
    if (octets > LARGEST) throw tooLarge(name);
  }
  return Buffer.concat(chunks);
}

function tooLarge(name: string): Complaint {
  return new Complaint(`${name} is too large: ${size(LARGEST)} at most can be read`, WRONG_USAGE);
}

function unreadable(path: string, error: unknown): Complaint {
  const { code, message } = error as NodeJS.ErrnoException;
  const words =
    code === "ENOENT"
      ? `there is no file ${path}`
      : code === "EACCES"
        ? `${path} may not be read`
        : `${path} cannot be read: ${message}`;
  return new Complaint(words, WRONG_USAGE);
}

/**
 * Puts other octets in place of a file's: whole, or not at all, and not if somebody else has changed it since. Its mode stays,
 * and so does a link that leads to it.
 */
export async function replace(path: string, before: Uint8Array, octets: Uint8Array): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await realpath(path);
    const old = await stat(target);
    if (!old.isFile()) throw new Error("it is no ordinary file");
    if (Buffer.compare(await readFile(target), before) !== 0) throw new Error("it was changed meanwhile");
    const beside = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    const file = await open(beside, "wx", 0o600);
    temporary = beside;
    try {
      await file.writeFile(octets);
      const made = await file.stat();
      if (made.uid !== old.uid || made.gid !== old.gid) await file.chown(old.uid, old.gid).catch(() => {}); // others need not be ours to give
      await file.chmod(old.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw new Complaint(`${path} cannot be written: ${(error as Error).message}`, WRONG_USAGE);
  }
}
