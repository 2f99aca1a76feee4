// Serves the page, runs the bridge, and gives tokens.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { mintToken, startBridge } from "edgepost/bridge";

const { SMTP_HOST = "127.0.0.1", SMTP_PORT = "465", SMTP_TLS = "implicit", PORT = "0" } = process.env;
const port = Number(SMTP_PORT);
const key = randomBytes(32);
const pub = fileURLToPath(new URL("public", import.meta.url));
/** The package's own files: the page imports them as they are. */
const dist = fileURLToPath(new URL("..", import.meta.resolve("edgepost/edgepost.wasm")) + "../");

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  try {
    if (pathname === "/settings.json")
      return json(response, { bridge: bridge.url, host: SMTP_HOST, port, tls: SMTP_TLS });
    // Here you would look who asks.
    if (pathname === "/token" && request.method === "POST")
      return json(response, { token: await mintToken({ key, host: SMTP_HOST, port }) });
    const file = pathname.startsWith("/edgepost/") ? within(dist, pathname.slice(10)) : within(pub, pathname);
    const content = await readFile(file);
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Security-Policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' ${new URL(bridge.url).origin}; base-uri 'none'; form-action 'none'`,
      "X-Content-Type-Options": "nosniff",
    });
    response.end(content);
  } catch {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("there is no such file\n");
  }
});

await new Promise((resolve) => server.listen(Number(PORT), "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const bridge = await startBridge({
  allow: [{ host: SMTP_HOST, port }],
  origins: [origin],
  tokens: { key },
  limits: { perClient: 4, octets: 30 << 20 },
  log: ({ event, client, reason }) => console.log(event, client, reason ?? ""),
});
console.log(`the page is at ${origin}/`);

for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    server.close();
    void bridge.close();
  });

function json(response, value) {
  response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(value));
}

/** A file below a folder, and nothing above it. */
function within(folder, path) {
  const file = normalize(join(folder, decodeURIComponent(path) || "index.html"));
  if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) throw new Error("outside");
  return path === "/" ? join(folder, "index.html") : file;
}
