/** `edgepost sink`: an SMTP server that accepts everything, keeps it, and shows it. */
import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { testCertificate } from "./certificate.js";
import { Complaint, DONE, octetCount, oneOf, parseOptions, UsageError, wholeNumber } from "./command.js";
import type { Command } from "./command.js";
import { FolderMailbox, KEPT, MemoryMailbox } from "./mailbox.js";
import type { Mailbox } from "./mailbox.js";
import { JsonReport, TextReport } from "./sink-report.js";
import { Sink } from "./sink-server.js";
import type { Settings } from "./sink-server.js";

const SIZE = "64M";

const HELP = `Usage: edgepost sink [options]

An SMTP server for tests: it accepts every message for everybody, delivers none, and shows what it
got. Do not let strangers reach it.

Examples:
  edgepost sink
  edgepost sink --port 0 --dir mail --cert-out ca.pem --auth ann:secret --json

Server:
  --port PORT       default: 2525; 0: one that is free
  --host ADDRESS    address to listen on; default: 127.0.0.1, so that only this machine reaches it
  --tls MODE        starttls (default): clients may use STARTTLS; implicit: TLS from the first
                    octet; off
  --cert FILE       certificate chain to show, in PEM form; default: one made for this run, for
                    localhost, this machine's name, and --host
  --key FILE        private key of --cert
  --cert-out FILE   write what clients have to trust for the certificate made for this run
  --auth USER:PASS  accept mail only after a log-in (AUTH) with this name and password;
                    default: any log-in is accepted, and none is needed.
                    AUTH is offered under TLS, and without it only with --tls off
  --size SIZE       refuse larger messages, like 500K or 25M; default: ${SIZE}
  --name NAME       our name in the greeting; default: localhost

Messages:
  --dir DIR         keep each message in DIR as a file NAME.eml, exactly as received, with its
                    envelope in NAME.json; it is on the disk before the client gets its 250.
                    Default: in memory, the newest ${KEPT.messages} messages or 256 MiB, until the sink ends
  --show            print each message whole; at a terminal a message's number and Enter do so too
  --once            end after one message
  --count N         end after N messages
  --json            print events as lines of JSON: "listening" (host, port, tls), "message" (number,
                    from, to, subject, octets, file ...), "problem"; with --show a message has its
                    content in base64
  -h, --help        print this

Ctrl-C ends it. Exit codes: 0 ended; 1 cannot listen or write; 2 wrong usage.
`;

const OPTIONS = {
  port: { type: "string", default: "2525" },
  host: { type: "string", default: "127.0.0.1" },
  tls: { type: "string", default: "starttls" },
  cert: { type: "string" },
  key: { type: "string" },
  "cert-out": { type: "string" },
  auth: { type: "string" },
  size: { type: "string", default: SIZE },
  name: { type: "string", default: "localhost" },
  dir: { type: "string" },
  show: { type: "boolean", default: false },
  once: { type: "boolean", default: false },
  count: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>;

export const sink: Command = {
  name: "sink",
  summary: "receive messages and show them",
  help: HELP,
  async run(args) {
    const values = parseOptions(args, OPTIONS);
    const settings = await settingsOf(values);
    const running = new Sink(
      settings,
      values.json ? new JsonReport(values.show) : new TextReport(values.show),
    );
    await running.run();
    return DONE;
  },
};

async function settingsOf(values: Values): Promise<Settings> {
  const port = wholeNumber(values.port, "--port", 0, 65_535);
  const limit = octetCount(values.size, "--size");
  const mode = oneOf(values.tls, "--tls", ["starttls", "implicit", "off"] as const);
  if (values.once && values.count !== undefined) throw new UsageError("give either --once or --count");
  const count = values.once
    ? 1
    : values.count === undefined
      ? Infinity
      : wholeNumber(values.count, "--count", 1, 1e9);
  const login = values.auth === undefined ? undefined : loginOf(values.auth);
  const tls = await tlsOf(values, mode);
  const { dir: folder } = values;
  return {
    host: values.host,
    port,
    tls,
    login,
    serve: {
      name: values.name,
      size: folder === undefined ? Math.min(limit, KEPT.octets) : limit,
      auth: { insecure: mode === "off" },
    },
    mailbox: folder === undefined ? new MemoryMailbox() : await openFolder(folder),
    folder,
    count,
  };
}

function loginOf(text: string): { user: string; pass: string } {
  const colon = text.indexOf(":");
  if (colon < 1) throw new UsageError("--auth needs a name and a password: --auth USER:PASS");
  return { user: text.slice(0, colon), pass: text.slice(colon + 1) };
}

async function tlsOf(values: Values, mode: "starttls" | "implicit" | "off"): Promise<Settings["tls"]> {
  const { cert, key, host } = values;
  const out = values["cert-out"];
  if ((cert === undefined) !== (key === undefined)) throw new UsageError("--cert and --key go together");
  if (mode === "off") {
    if (cert !== undefined || out !== undefined) throw new UsageError("--tls off needs no certificate");
    return undefined;
  }
  const implicit = mode === "implicit";
  if (cert !== undefined && key !== undefined) {
    if (out !== undefined)
      throw new UsageError("--cert-out is for the certificate made for this run, not for --cert");
    return { mode, implicit, cert: await readPem(cert, "--cert"), key: await readPem(key, "--key") };
  }
  const names = new Set(["localhost", "127.0.0.1", "::1", hostname()]);
  if (!["0.0.0.0", "::"].includes(host)) names.add(host);
  const made = testCertificate([...names]);
  if (out !== undefined) await write(out, made.ca);
  return { mode, implicit, cert: made.cert, key: made.key };
}

async function readPem(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new Complaint(`--cert-out: ${(error as Error).message}`);
  }
}

async function openFolder(folder: string): Promise<Mailbox> {
  try {
    return await FolderMailbox.open(folder);
  } catch (error) {
    throw new Complaint(`--dir: ${(error as Error).message}`);
  }
}
