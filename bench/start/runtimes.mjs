// The runtimes that programs are started in, installed as the tests install them.
import { tsImport } from "tsx/esm/api";
import { startsInChromium } from "./chromium.mjs";
import { startsInWorkerd } from "./workerd.mjs";

const software = await tsImport("../../tests/interop/software.ts", import.meta.url);
const installed = await tsImport("../../tests/runtimes/install.ts", import.meta.url);

const STARTS = {
  workerd: (...program) => startsInWorkerd(installed.programs.workerd, ...program),
  chromium: (...program) => startsInChromium(software.program("chromium"), ...program),
};

/** Why a runtime is not there, or false. */
export async function missing(host) {
  if (host === "chromium") return software.need("chromium");
  try {
    await installed.installRuntimes();
    return false;
  } catch (error) {
    return `it cannot be installed: ${error.message}`;
  }
}

/** Starts a program there; milliseconds. */
export function runtime(host) {
  return STARTS[host];
}
