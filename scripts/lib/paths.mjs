// Where things are: the checkout, its build state, and the user's tool cache.
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Cargo's output folder, wherever the user keeps it. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR || "target");

/** Stamps, locks and intermediate files of these scripts; safe to delete. */
export const state = join(root, "target", "edgepost");

/** Tools that take minutes to build are kept here, shared by all checkouts of one user. */
export const cache =
  process.env.EDGEPOST_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "edgepost");

export const inRoot = (...parts) => join(root, ...parts);
export const executable = (name) => (process.platform === "win32" ? `${name}.exe` : name);
