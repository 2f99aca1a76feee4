// Tells from a program's output what a person has to do about its failure.
import { Problem, tail } from "../lib/run.mjs";

const SIGNS = [
  "Could not resolve host",
  "Couldn't resolve host",
  "failed to lookup address",
  "dns error",
  "error sending request",
  "could not download file",
  "could not connect to server",
  "couldn't connect to server",
  "Connection refused",
  "Network is unreachable",
  "Timeout was reached",
  "Connection timed out",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENETUNREACH",
  "ENOTCACHED",
];

const noNetwork = (output) => SIGNS.some((sign) => output.toLowerCase().includes(sign.toLowerCase()));

/** The Problem to throw after `action` failed with this output; `missing` is what it was to bring, if anything. */
export function explain(action, output, missing) {
  if (noNetwork(output))
    return new Problem(
      `${missing ? `${missing} is missing and could not be downloaded` : `${action} could not download what it needs`}: ` +
        "connect to the network and run this again.",
    );
  if (/linker `?\S+`? not found/.test(output))
    return new Problem(
      "a C compiler (cc), with which Rust links, is missing: install one, on Debian with `apt-get install gcc libc6-dev`, and run this again.",
    );
  return new Problem(`${missing ? `${missing} is missing and ` : ""}${action} failed:\n${tail(output, 60)}`);
}
