/** The mail software that the interop tests talk to: found, else installed by install.sh, else named as missing. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { run } from "../support/process.js";

/** What tests can ask for. */
export type Software =
  | ("aiosmtpd" | "dovecot" | "exim" | "haraka" | "opensmtpd" | "postfix" | "sendmail")
  | ("chromium" | "curl" | "firefox" | "msmtp" | "openssl" | "python3" | "s-nail" | "swaks" | "tcpdump")
  | ("websockify" | "workerd");

/** Servers that switch users and mount directories, and what reads the network. */
const ROOT: readonly Software[] = ["dovecot", "exim", "opensmtpd", "postfix", "sendmail", "tcpdump"];

const cache =
  process.env["EDGEPOST_CACHE"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "edgepost");
const aiosmtpd = join(cache, "aiosmtpd-1.4.6");
const haraka = join(cache, "haraka-3.3.4");
const websockify = join(cache, "websockify-0.13.0");

/** The interpreter that has aiosmtpd. */
export const AIOSMTPD_PYTHON = join(aiosmtpd, "bin", "python");

const workerd = join(cache, "workerd-1.20261117.1");

/** The program of workerd. */
export const WORKERD = join(workerd, "node_modules", ".bin", "workerd");

const puppeteer = join(cache, "puppeteer-core-24.43.1");

/** The module that drives Firefox. */
export const PUPPETEER = join(
  puppeteer,
  "node_modules",
  "puppeteer-core",
  "lib",
  "esm",
  "puppeteer",
  "puppeteer-core.js",
);

/** The program of websockify. */
export const WEBSOCKIFY = join(websockify, "bin", "websockify");

/** Haraka's package. */
export const HARAKA = join(haraka, "node_modules", "haraka");

/** Exim's program, and the roots under which OpenSMTPD and Sendmail were unpacked. */
export const EXIM = join(cache, "exim", "usr", "sbin", "exim4");
export const OPENSMTPD = join(cache, "opensmtpd");
export const SENDMAIL = join(cache, "sendmail");

/** The path of a program, also of one for administrators only, or nothing. */
export function program(name: string): string | undefined {
  const directories = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
  ];
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

const FOUND: Record<Software, () => boolean> = {
  aiosmtpd: () => existsSync(join(aiosmtpd, "complete")),
  chromium: () => program("chromium") !== undefined,
  curl: () => program("curl") !== undefined,
  dovecot: () =>
    program("dovecot") !== undefined &&
    ["lmtp", "submission"].every((name) => existsSync(join("/usr/lib/dovecot", name))),
  exim: () => existsSync(join(cache, "exim", "complete")),
  firefox: () => program("firefox-esr") !== undefined && existsSync(join(puppeteer, "complete")),
  haraka: () => existsSync(join(haraka, "complete")),
  msmtp: () => program("msmtp") !== undefined,
  opensmtpd: () => existsSync(join(OPENSMTPD, "complete")),
  openssl: () => program("openssl") !== undefined,
  postfix: () => ["postconf", "saslpasswd2", "smtp-source"].every(program) && saslMechanisms(),
  python3: () => program("python3") !== undefined,
  "s-nail": () => program("s-nail") !== undefined,
  sendmail: () => existsSync(join(SENDMAIL, "complete")) && ["m4", "saslpasswd2"].every(program),
  workerd: () => existsSync(join(workerd, "complete")),
  websockify: () => existsSync(join(websockify, "complete")),
  tcpdump: () => program("tcpdump") !== undefined,
  swaks: () => program("swaks") !== undefined && spawnSync("perl", ["-MNet::SSLeay", "-e", "1"]).status === 0,
};

function saslMechanisms(): boolean {
  const triplets = ["x86_64-linux-gnu", "aarch64-linux-gnu", ""];
  return triplets.some((triplet) => existsSync(join("/usr/lib", triplet, "sasl2", "libplain.so")));
}

/**
 * Makes sure of the software that a test file needs. Gives the `skip` option for its tests: false, or the name of what is
 * missing and cannot be installed here. With CI=true that is an error: there a test that cannot run has failed.
 */
export async function need(...names: Software[]): Promise<string | false> {
  const absent = (): Software[] => names.filter((name) => !FOUND[name]());
  let why = "";
  if (absent().length > 0) {
    console.error(`installing ${absent().join(", ")}`);
    const script = fileURLToPath(new URL("install.sh", import.meta.url));
    const env = process.env; // apt-get and pip may need its certificates and proxies
    const ran = await run("bash", [script, ...absent()], { env, limit: 600_000 }).catch(
      (error: Error) => error,
    );
    why = ran instanceof Error ? ran.message : ran.log;
  }
  const missing: string[] = absent();
  const root = names.find((name) => ROOT.includes(name));
  if (root !== undefined && missing.length === 0 && process.getuid?.() !== 0)
    missing.push(`root, for ${root}`);
  if (missing.length === 0) return false;
  if (process.env["CI"] === "true") throw new Error(`missing: ${missing.join(", ")}\n${why}`);
  const last = why.trim().split("\n").at(-1);
  return `missing: ${missing.join(", ")}${last ? ` (${last})` : ""}`;
}
