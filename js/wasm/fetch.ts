/**
 * Where browsers and all other hosts find the modules: assets, or text where those have been left behind, as by Vite before 8 while
 * an application is developed, and by bundlers that copy no files.
 */
import * as assets from "./assets.js";

/** The module that sends. */
export function sending(): Promise<Response | Uint8Array> {
  return part("sending");
}

/** The module that composes. */
export function composing(): Promise<Response | Uint8Array> {
  return part("composing");
}

/** The module that reads messages. */
export function reading(): Promise<Response | Uint8Array> {
  return part("reading");
}

/** The module that serves. */
export function serving(): Promise<Response | Uint8Array> {
  return part("serving");
}

function part(name: "sending" | "composing" | "reading" | "serving"): Promise<Response | Uint8Array> {
  return assets[name]().catch(async () => (await import("./inline.js"))[name]());
}
