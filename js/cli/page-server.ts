/** The server of the playground's page: its files, and what the sink has kept. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { Complaint } from "./command.js";
import type { Message } from "./sink-report.js";

/** What the page can reach. */
export interface Live {
  /** The bridge's address. */
  readonly bridge: string;
  /** The servers that it reaches; the first is the sink. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
}

export interface PageServer {
  readonly url: string;
  /** The origins of the page. */
  readonly origins: readonly string[];
  /** Set when the bridge is there. */
  live: Live | undefined;
  keep(message: Message): void;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".eml": "message/rfc822",
};

/** Messages that the page lists: the newest. */
const LISTED = 500;

/** Serves the page. `host` and `port` are where. */
export async function pageServer(
  files: ReadonlyMap<string, Uint8Array>,
  host: string,
  port: number,
): Promise<PageServer> {
  const messages: Message[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", ({ code, message }: NodeJS.ErrnoException) =>
      reject(
        new Complaint(
          code === "EADDRINUSE"
            ? `port ${port} is in use: choose another with --port, or any free one with --port 0`
            : message,
        ),
      ),
    );
    server.listen(port, host);
  });
  const { port: found } = server.address() as AddressInfo;
  const open = host === "0.0.0.0" || host === "::";
  const name = open ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  const names = [`${name}:${found}`, ...(["127.0.0.1", "::1"].includes(host) ? [`localhost:${found}`] : [])];
  const page: PageServer = {
    url: `http://${name}:${found}/`,
    origins: open ? [] : names.map((name) => `http://${name}`),
    live: undefined,
    keep(message) {
      messages.push(message);
      if (messages.length > LISTED) messages.shift();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(
    { method, url = "/", headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    // A page of elsewhere, whose name leads here by a trick of its DNS, reads nothing.
    if (!open && !names.includes(headers.host ?? ""))
      return send(response, 421, ".txt", "this is not the name of this page\n");
    if (method !== "GET" && method !== "HEAD") return send(response, 405, ".txt", "only GET and HEAD\n");
    const [pathname = "/"] = url.split("?");
    const path = pathname === "/" ? "/index.html" : pathname;
    if (path === "/live.json" && page.live !== undefined)
      return send(response, 200, ".json", JSON.stringify(page.live));
    if (path === "/messages.json") return send(response, 200, ".json", JSON.stringify(messages.map(listed)));
    const [, number] = /^\/messages\/(\d{1,9})\.eml$/.exec(path) ?? [];
    if (number !== undefined) {
      const content = messages.find((message) => message.number === Number(number))?.content();
      if (content === undefined) return send(response, 404, ".txt", "there is no such message any more\n");
      const octets: Uint8Array[] = [];
      for await (const piece of content) octets.push(piece);
      return send(response, 200, ".eml", Buffer.concat(octets));
    }
    const file = files.get(path);
    if (file === undefined) return send(response, 404, ".txt", "there is no such page\n");
    send(response, 200, extname(path), file, path === "/frame.html" ? frame : undefined);
  }

  /** What messages are shown in: what they bring along as style is shown, and nothing is run or fetched. */
  const frame =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

  function send(
    response: ServerResponse,
    status: number,
    kind: string,
    content: string | Uint8Array,
    policy?: string,
  ): void {
    const bridge = page.live === undefined ? "" : ` ${new URL(page.live.bridge).origin}`;
    response.writeHead(status, {
      "Content-Type": TYPES[kind] ?? "text/plain; charset=utf-8",
      "Content-Security-Policy":
        policy ??
        `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'${bridge}; manifest-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cache-Control": "no-cache",
    });
    response.end(content);
  }
  return page;
}

function listed({ number, received, subject, octets }: Message): object {
  return { number, subject, octets, ...received };
}
