/** `edgepost playground`: the page that shows sessions, with a sink and a bridge beside it, all on this machine. */
import { startBridge } from "edgepost/bridge";
import type { RunningBridge } from "edgepost/bridge";
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { Complaint, DONE, parseOptions, UsageError, wholeNumber } from "./command.js";
import type { Command } from "./command.js";
import { MemoryMailbox } from "./mailbox.js";
import { pageServer } from "./page-server.js";
import type { PageServer } from "./page-server.js";
import type { Message, Report } from "./sink-report.js";
import { Sink } from "./sink-server.js";
import type { Settings } from "./sink-server.js";
import { harmless, json, palette, print } from "./terminal.js";

const HELP = `Usage: edgepost playground [options]

Serves a page that shows what SMTP is: a client and a server in it, lessons, and tools to read
messages, lines and logs. Beside it run a sink, which keeps what it gets, and a bridge by which the
page reaches the sink: a session with a real server is drawn as it happens.

Examples:
  edgepost playground
  edgepost playground --allow smtp.example.com:465

Options:
  --port PORT        of the page; default: 8025; 0: one that is free
  --smtp-port PORT   of the sink, for other programs; default: 2525; 0: one that is free
  --host ADDRESS     where all of it listens; default: 127.0.0.1, so that only this machine reaches
                     it. Whoever reaches the page reads what the sink has
  --allow HOST:PORT  lets the page reach another server, too; may be given several times
  --json             print one line of JSON when all is there ("listening": page, bridge, smtp), and
                     one for each message
  -h, --help         print this

Messages are kept in memory. Ctrl-C ends. Exit codes: 0 ended; 1 cannot listen; 2 wrong usage.
`;

const OPTIONS = {
  port: { type: "string", default: "8025" },
  "smtp-port": { type: "string", default: "2525" },
  host: { type: "string", default: "127.0.0.1" },
  allow: { type: "string", multiple: true },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>;

/** Where the page is in the package, and where it finds the engine. */
const PAGE = new URL("../playground/", import.meta.url);
const ENGINE = new URL("../wasm/pkg/edgepost_bg.wasm", import.meta.url);
const LARGEST = 25 * 1024 * 1024;

export const playground: Command = {
  name: "playground",
  summary: "a page that shows SMTP, with a server to send to",
  help: HELP,
  async run(args) {
    const values = parseOptions(args, OPTIONS);
    const settings: Settings = {
      host: values.host,
      port: wholeNumber(values["smtp-port"], "--smtp-port", 0, 65_535),
      tls: undefined,
      login: undefined,
      serve: { name: "localhost", size: LARGEST, auth: { insecure: true } },
      mailbox: new MemoryMailbox(),
      folder: undefined,
      count: Infinity,
    };
    const port = wholeNumber(values.port, "--port", 0, 65_535);
    const shown = new Playground(values, port, await pageFiles());
    try {
      await new Sink(settings, shown).run();
    } finally {
      await shown.close();
    }
    return DONE;
  },
};

/** The files of the page by their paths: in the package they are compressed. */
async function pageFiles(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  let names: string[];
  try {
    names = await readdir(PAGE, { recursive: true });
  } catch (cause) {
    throw new Complaint(`the page is not in this package: ${(cause as Error).message}`);
  }
  for (const name of names) {
    const path = name.replaceAll("\\", "/");
    if (path.endsWith(".br"))
      files.set(`/${path.slice(0, -3)}`, brotliDecompressSync(await readFile(new URL(path, PAGE))));
  }
  // The engine is in the package anyway; the page knows it by a name with a hash.
  const text = [...files]
    .filter(([path]) => path.endsWith(".js"))
    .map(([, octets]) => Buffer.from(octets).toString());
  const [engine] = text.flatMap((script) => /edgepost_bg-[\w-]+\.wasm/.exec(script) ?? []);
  if (engine !== undefined) files.set(`/assets/${engine}`, await readFile(fileURLToPath(ENGINE)));
  return files;
}

/** What stands beside the sink, and hears of it. */
class Playground implements Report {
  readonly #values: Values;
  readonly #port: number;
  readonly #files: Map<string, Uint8Array>;
  #page: PageServer | undefined;
  #bridge: RunningBridge | undefined;

  constructor(values: Values, port: number, files: Map<string, Uint8Array>) {
    this.#values = values;
    this.#port = port;
    this.#files = files;
  }

  /** The sink listens: now the others can. */
  async listening(_: Settings, address: string, port: number): Promise<void> {
    const { host, allow = [] } = this.#values;
    const smtp = { host: ["0.0.0.0", "::"].includes(address) ? "127.0.0.1" : address, port };
    this.#page = await pageServer(this.#files, host, this.#port);
    const { origins } = this.#page;
    try {
      this.#bridge = await startBridge({
        host,
        allow: [smtp, ...allow],
        origins,
        ...(origins.length === 0 && { origins: ["*"] }),
      });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
    this.#page.live = {
      bridge: this.#bridge.url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//127.0.0.1:"),
      servers: [smtp, ...allow.map(split)],
    };
    await this.#welcome(smtp);
  }

  async #welcome(smtp: { host: string; port: number }): Promise<void> {
    const { url } = this.#page!;
    const { url: bridge } = this.#bridge!;
    if (this.#values.json)
      return print(process.stdout, `${json({ event: "listening", page: url, bridge, smtp })}\n`);
    const { bold, dim } = palette(process.stdout);
    await print(
      process.stdout,
      `${bold(url)}\n${dim(
        `The page. A server for it and for other programs: ${smtp.host}:${smtp.port}, without TLS, any log-in or none; the\nbridge: ${bridge}. Messages are kept in memory. Ctrl-C ends.`,
      )}\n`,
    );
  }

  async message(message: Message): Promise<void> {
    this.#page?.keep(message);
    const { number, received, subject, octets } = message;
    const { from, to } = received;
    const line = this.#values.json
      ? json({ event: "message", number, from, to, subject, octets })
      : `#${number} ${harmless(from)} -> ${harmless(to.join(", "))}  ${harmless(subject)}`;
    await print(process.stdout, `${line}\n`);
  }

  async problem(error: unknown): Promise<void> {
    await print(process.stderr, `${harmless((error as Error).message)}\n`);
  }

  end(): void {}

  async close(): Promise<void> {
    await Promise.all([this.#page?.close(), this.#bridge?.close()]);
  }
}

function split(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(":");
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(text.slice(at + 1)) };
}
