/** `edgepost bridge`: lets pages reach SMTP servers, through WebSocket. */
import { mintToken, startBridge } from "edgepost/bridge";
import type { BridgeLog, NodeBridgeOptions, RunningBridge } from "edgepost/bridge";
import { readFile } from "node:fs/promises";
import { Complaint, DONE, octetCount, parseOptions, UsageError, wholeNumber } from "./command.js";
import type { Command } from "./command.js";
import { harmless, json, palette, print, size } from "./terminal.js";

const KEY_VARIABLE = "EDGEPOST_BRIDGE_KEY";

const HELP = `Usage: edgepost bridge --allow HOST:PORT [options]

A bridge from WebSocket to TCP, so that pages and workers can reach SMTP servers. It reaches only
what you allow, and only for the pages that you name.

Examples:
  edgepost bridge --allow localhost:2525 --origin http://localhost:8080
  edgepost bridge --allow smtp.example.com:465 --origin https://app.example.com \\
    --token-key-file token.key --host 0.0.0.0 --cert cert.pem --key key.pem
  In the page: websocket({ url: "wss://bridge.example.com:8025/", host: "smtp.example.com",
    port: 465, tls: "bridge", token })

What the bridge sees: everything that is not under TLS between the page and the server. With
tls: "bridge" the TLS is the bridge's, so it sees the messages and the passwords.

What it reaches:
  --allow HOST:PORT     may be given several times; *.example.com:587 is every name below
                        example.com. Default: nothing
  --network NETWORK     let servers on the list have addresses in a network that is not public, as
                        10.1.0.0/16; may be given several times. "localhost" and addresses that
                        --allow names need no more
  --ca FILE             trust the certificates in this PEM file, when the bridge makes TLS

Who may use it:
  --origin ORIGIN       pages of this origin, as https://app.example.com; may be given several
                        times; "*": all pages. Default: none. Programs send no origin, and may
  --token-key-file FILE everybody needs a token that was minted with the key in the first line of
                        FILE; the environment variable ${KEY_VARIABLE} has the same effect.
                        "openssl rand -hex 32" makes a key
  --audience NAME       what tokens call this bridge; default: edgepost-bridge
  --mint HOST:PORT      print a token for this server, and end
  --lifetime SECONDS    how long that token can be used, up to an hour; default: 60

Listening:
  --port PORT           default: 8025; 0: one that is free
  --host ADDRESS        default: 127.0.0.1, so that only this machine reaches it
  --cert FILE           speak wss: with this certificate chain, in PEM form
  --key FILE            private key of --cert
  --client-header NAME  a proxy in front puts the client's address into this header field, as
                        X-Real-IP; whoever reaches the bridge past the proxy can lie in it

Limits:
  --connections N       at once; default: 256
  --per-client N        at once for one client; default: 16
  --octets SIZE         of one connection, both ways; default: 256M
  --message SIZE        of one WebSocket message; default: 256K, at least 64K
  --handshake SECONDS   for a client's request; default: 10
  --connect SECONDS     to reach the server; default: 20
  --idle SECONDS        without an octet; default: 660
  --total SECONDS       for a connection; default: 7200
  --ping SECONDS        until a client that does not answer is given up; default: 30
  --close SECONDS       for sessions to end by themselves when the bridge is stopped; default: 5

Output:
  --json                print events as lines of JSON: "listening" (url, address, port), "open",
                        "end" and "refused" (time, client, origin, host, port, reason, code ...)
  -h, --help            print this

It prints a line for each connection that is made or refused, and for its end: never content, never
tokens. Ctrl-C ends it, a second one at once. Exit codes: 0 ended; 1 cannot listen; 2 wrong usage.
`;

const OPTIONS = {
  allow: { type: "string", multiple: true },
  network: { type: "string", multiple: true },
  ca: { type: "string" },
  origin: { type: "string", multiple: true },
  "token-key-file": { type: "string" },
  audience: { type: "string" },
  mint: { type: "string" },
  lifetime: { type: "string" },
  port: { type: "string", default: "8025" },
  host: { type: "string", default: "127.0.0.1" },
  cert: { type: "string" },
  key: { type: "string" },
  "client-header": { type: "string" },
  connections: { type: "string" },
  "per-client": { type: "string" },
  octets: { type: "string" },
  message: { type: "string" },
  handshake: { type: "string" },
  connect: { type: "string" },
  idle: { type: "string" },
  total: { type: "string" },
  ping: { type: "string" },
  close: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>;

export const bridge: Command = {
  name: "bridge",
  summary: "let pages reach SMTP servers, through WebSocket",
  help: HELP,
  async run(args) {
    const values = parseOptions(args, OPTIONS);
    const key = await keyOf(values);
    if (values.mint !== undefined) return mint(values, values.mint, key);
    if (values.lifetime !== undefined) throw new UsageError("--lifetime goes with --mint");
    if (values.allow === undefined)
      throw new UsageError("say which servers may be reached: --allow smtp.example.com:465");
    const options = await optionsOf(values, key);
    const report = values.json ? reportJson : reportText;
    const running = await listening({ ...options, log: (entry) => void report(entry) });
    // Whoever reads that it listens may end it.
    const ended = stopped();
    await (values.json
      ? print(process.stdout, `${json({ event: "listening", ...whereOf(running) })}\n`)
      : print(process.stdout, welcome(running, options)));
    await ended;
    await running.close();
    return DONE;
  },
};

async function listening(options: NodeBridgeOptions): Promise<RunningBridge> {
  try {
    return await startBridge(options);
  } catch (error) {
    throw cannotListen(error as Error, options);
  }
}

async function keyOf(values: Values): Promise<string | undefined> {
  const file = values["token-key-file"];
  if (file === undefined) return process.env[KEY_VARIABLE] || undefined;
  const [line = ""] = (await readText(file, "--token-key-file")).split(/\r?\n/);
  return line;
}

async function mint(values: Values, target: string, key: string | undefined): Promise<number> {
  if (key === undefined) throw new UsageError(`--mint needs a key: --token-key-file, or ${KEY_VARIABLE}`);
  const at = target.lastIndexOf(":");
  if (at < 1) throw new UsageError("--mint needs a server: --mint smtp.example.com:465");
  const token = await mintToken({
    key,
    host: target.slice(0, at),
    port: wholeNumber(target.slice(at + 1), "the port of --mint", 1, 65_535),
    ...(values.audience !== undefined && { audience: values.audience }),
    ...(values.lifetime !== undefined && {
      lifetime: wholeNumber(values.lifetime, "--lifetime", 1, 3_600),
    }),
  });
  await print(process.stdout, `${token}\n`);
  return DONE;
}

async function optionsOf(values: Values, key: string | undefined): Promise<NodeBridgeOptions> {
  const { cert, key: keyFile, ca, audience } = values;
  if ((cert === undefined) !== (keyFile === undefined)) throw new UsageError("--cert and --key go together");
  if (audience !== undefined && key === undefined) throw new UsageError("--audience needs a key for tokens");
  const header = values["client-header"]?.toLowerCase();
  return {
    allow: values.allow ?? [],
    networks: values.network ?? [],
    origins: values.origin ?? [],
    port: wholeNumber(values.port, "--port", 0, 65_535),
    host: values.host,
    ...(key !== undefined && { tokens: { key, ...(audience !== undefined && { audience }) } }),
    ...(ca !== undefined && { ca: await readText(ca, "--ca") }),
    ...(cert !== undefined &&
      keyFile !== undefined && {
        tls: { cert: await readText(cert, "--cert"), key: await readText(keyFile, "--key") },
      }),
    ...(header !== undefined && {
      client: (field: (name: string) => string | undefined, address: string | undefined) =>
        field(header) ?? address,
    }),
    limits: {
      ...given(values.connections, "connections", (text) => wholeNumber(text, "--connections", 1, 1e6)),
      ...given(values["per-client"], "perClient", (text) => wholeNumber(text, "--per-client", 1, 1e6)),
      ...given(values.octets, "octets", (text) => octetCount(text, "--octets")),
      ...given(values.message, "message", (text) => octetCount(text, "--message")),
    },
    timeouts: Object.assign(
      {},
      ...(["handshake", "connect", "idle", "total", "ping", "close"] as const).map((name) =>
        given(
          values[name],
          name,
          (text) => wholeNumber(text, `--${name}`, name === "close" ? 0 : 1, 1e6) * 1000,
        ),
      ),
    ) as object,
  };
}

/** An option that was given, under its name. */
function given(
  text: string | undefined,
  name: string,
  read: (text: string) => number,
): Record<string, number> {
  return text === undefined ? {} : { [name]: read(text) };
}

async function readText(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

function cannotListen(error: Error, { port, host }: NodeBridgeOptions): Error {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return new Complaint(`port ${port} is in use: choose another with --port, or any free one with --port 0`);
  if (code === "EACCES")
    return new Complaint(`port ${port} may not be opened by this user: choose one above 1023`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new Complaint(`${host} is no address of this machine: choose another with --host`);
  return error;
}

function whereOf({ url, address, port }: RunningBridge): { url: string; address: string; port: number } {
  return { url, address, port };
}

function welcome(running: RunningBridge, options: NodeBridgeOptions): string {
  const { bold, dim, warning } = palette(process.stdout);
  const { allow, origins = [], tokens } = options;
  const who = origins.length === 0 ? "no pages (see --origin)" : `pages of ${origins.join(", ")}`;
  const lines = [
    bold(`listening on ${running.url}`),
    dim(harmless(`to ${allow.join(", ")}; for ${who}; ${tokens ? "with" : "without"} tokens. Ctrl-C ends.`)),
  ];
  const open = !["127.0.0.1", "::1"].includes(running.address) && tokens === undefined;
  if (open) lines.push(warning("everybody who reaches this address can use it: see --token-key-file"));
  return `${lines.join("\n")}\n`;
}

function reportJson(entry: BridgeLog): Promise<void> {
  return print(process.stdout, `${json({ time: new Date().toISOString(), ...entry })}\n`);
}

function reportText(entry: BridgeLog): Promise<void> {
  const { dim, good, bad } = palette(process.stdout);
  const {
    event,
    client = "somebody",
    origin,
    subject,
    host,
    port,
    reason,
    code,
    sent,
    received,
    duration,
  } = entry;
  const paint = event === "refused" ? bad : event === "open" ? good : dim;
  const who = [
    client,
    ...(origin === undefined ? [] : [origin]),
    ...(subject === undefined ? [] : [subject]),
  ];
  const target = host === undefined ? "" : ` -> ${host.includes(":") ? `[${host}]` : host}:${port}`;
  const figures =
    event === "end" && duration !== undefined
      ? `  ${dim(`${size(sent ?? 0)} sent, ${size(received ?? 0)} received, ${(duration / 1000).toFixed(1)} s`)}`
      : "";
  const words = harmless(`${who.join(" ")}${target}: ${reason}${code === undefined ? "" : ` (${code})`}`);
  return print(process.stdout, `${paint(event.padEnd(7))} ${words}${figures}\n`);
}

/** Settles when the command is to end: by a signal, or because nobody reads what it prints. A second signal does what signals do. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve()).once("SIGTERM", () => resolve());
    process.stdout.once("error", () => resolve());
  });
}
