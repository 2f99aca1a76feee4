/** A test CA and certificates, good and bad, made by openssl. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { check } from "./process.js";

/** A certificate with its chain, and its private key: the PEM text and the files that hold it. */
export interface Certificate {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

/** All but the last three verify against `ca` for localhost and 127.0.0.1. */
export interface Certificates {
  /** PEM text of the test CA. */
  ca: string;
  caFile: string;
  good: Certificate;
  /** Valid in January 2020 only. */
  expired: Certificate;
  /** For wrong.test only. */
  wrongName: Certificate;
  /** Signed by a CA that `ca` does not hold. */
  unknownCa: Certificate;
}

const NAMES = "DNS:localhost,IP:127.0.0.1,IP:::1";
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Writes certificates with EC keys into `dir`, which exists and is empty; takes a fraction of a second. */
export async function certificates(dir: string): Promise<Certificates> {
  const at = (name: string): string => join(dir, name);

  const authority = (name: string): Promise<unknown> =>
    check("openssl", [
      ...["req", "-x509", ...EC, "-days", "3650", "-subj", `/CN=${name}`],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)],
      ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ]);

  // By "openssl ca", as "openssl req" cannot set a start date.
  const leaf = async (
    name: string,
    issuer: string,
    names: string,
    start: string,
    end: string,
  ): Promise<Certificate> => {
    const [database, config, request, out] = ["index", "conf", "csr", "pem"].map((suffix) =>
      at(`${name}.${suffix}`),
    );
    await writeFile(database!, "");
    await writeFile(
      config!,
      [
        "[ca]\ndefault_ca = test",
        `[test]\ndatabase = ${database}\nnew_certs_dir = ${dir}\nrand_serial = yes\ndefault_md = sha256`,
        "policy = any\nx509_extensions = leaf\nunique_subject = no",
        "[any]\ncommonName = supplied",
        "[leaf]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature",
        `extendedKeyUsage = serverAuth,clientAuth\nsubjectAltName = ${names}`,
        "",
      ].join("\n"),
    );
    const keyFile = at(`${name}.key`);
    await check("openssl", ["req", ...EC, "-subj", `/CN=${name}`, "-keyout", keyFile, "-out", request!]);
    await check("openssl", [
      ...["ca", "-batch", "-notext", "-config", config!, "-in", request!, "-out", out!],
      ...[
        "-cert",
        at(`${issuer}.pem`),
        "-keyfile",
        at(`${issuer}.key`),
        "-startdate",
        start,
        "-enddate",
        end,
      ],
    ]);
    const cert = (await readFile(out!, "utf8")) + (await readFile(at(`${issuer}.pem`), "utf8"));
    await writeFile(out!, cert);
    return { cert, key: await readFile(keyFile, "utf8"), certFile: out!, keyFile };
  };

  const date = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, "");
  const now: [string, string] = [date(-1), date(30)];
  const past: [string, string] = ["20200101000000Z", "20200201000000Z"];

  await Promise.all([authority("ca"), authority("other-ca")]);
  const [good, expired, wrongName, unknownCa] = await Promise.all([
    leaf("good", "ca", NAMES, ...now),
    leaf("expired", "ca", NAMES, ...past),
    leaf("wrong-name", "ca", "DNS:wrong.test", ...now),
    leaf("unknown-ca", "other-ca", NAMES, ...now),
  ]);
  return {
    ca: await readFile(at("ca.pem"), "utf8"),
    caFile: at("ca.pem"),
    good,
    expired,
    wrongName,
    unknownCa,
  };
}
