// Folders as values: list, hash, and make one equal to another.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** Every file below `folder`, sorted, as full paths; none when there is no such folder. */
export async function walk(folder, skip = () => false) {
  const found = [];
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return found;
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (skip(path)) continue;
    if (entry.isDirectory()) found.push(...(await walk(path, skip)));
    else found.push(path);
  }
  return found.sort();
}

/** A hash over names and contents of `paths` (a missing file counts as such) and over `extra` values. */
export async function fingerprint(paths, ...extra) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const content = await readIfThere(path);
    hash.update(`${path}\0${content?.length ?? "missing"}\0`);
    if (content) hash.update(content);
  }
  return hash.update(JSON.stringify(extra)).digest("hex");
}

export async function readIfThere(path, encoding) {
  try {
    return await readFile(path, encoding);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Makes `to` hold exactly the files of `from`; `keep` names files (relative to `to`) that are somebody else's. */
export async function mirror(from, to, keep = () => false) {
  const wanted = new Set();
  for (const path of await walk(from)) {
    const name = relative(from, path);
    wanted.add(name);
    await copyChanged(path, join(to, name));
  }
  for (const path of await walk(to)) {
    const name = relative(to, path);
    if (wanted.has(name) || keep(name)) continue;
    await rm(path, { force: true });
    await rmdir(dirname(path)).catch(() => {});
  }
}

/** Copies a file unless it is there already, so that a reader never sees half of it. */
export async function copyChanged(from, to) {
  const [now, before] = await Promise.all([readFile(from), readIfThere(to)]);
  if (before && now.equals(before)) return;
  await mkdir(dirname(to), { recursive: true });
  const aside = `${to}.${process.pid}.new`;
  await copyFile(from, aside);
  await rename(aside, to);
}
