/** Certificates and keys as text, as runtimes take them that take nothing else. */
import type { Pem } from "./options.js";

/** Each as text. */
export function texts(pem: Pem): string[] {
  const list = typeof pem === "string" || pem instanceof Uint8Array ? [pem] : pem;
  return list.map((item) => (typeof item === "string" ? item : new TextDecoder().decode(item)));
}

/** All of it as one text. */
export function text(pem: Pem): string {
  return texts(pem).join("\n");
}
