// Sets up and builds, then shows it: a session over TCP, a message that arrived, and a page with both sides in it.
// With --once it checks the page, too, and ends: `npm start -- --once`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { build } from "./build.mjs";
import { inRoot } from "./lib/paths.mjs";
import { isProgram, main, Problem } from "./lib/run.mjs";
import { buildPage, servePage } from "./page.mjs";

const USAGE = "usage: npm start [-- --once]";
const PORTS = [8025, 8026, 8027, 8028, 8029, 0];
const USER = "ann";
const PASSWORD = "correct horse battery staple";
/** Seconds. */
const LIMIT = 30;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const MESSAGE = [
  "From: Ann <ann@client.example>",
  "To: bob@mx.example, carol@mx.example",
  "Subject: It works",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: 8bit",
  "",
  "From WebAssembly to WebAssembly, grüezi.",
  ".a line that begins with a dot",
  ".",
  "..and the end",
  "",
].join("\r\n");

export async function start(argv) {
  const { once: onlyOnce } = options(argv);
  await build();
  for (const signal of SIGNALS) process.once(signal, giveUp);
  await using_(async (cleanUp) => {
    console.log("Edgepost: an SMTP client and an SMTP server, both in WebAssembly.\n");
    const folder = await mkdtemp(join(tmpdir(), "edgepost-"));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    process.once("exit", remove);
    cleanUp(remove);
    await deliver(folder, cleanUp);

    const page = await servePage(await buildPage(), PORTS);
    cleanUp(() => page.close());
    if (onlyOnce) {
      await checkPage(page.url);
      console.log(`4. A page with both of them in it is served at ${page.url}; it is as it should be.`);
    } else {
      console.log(`4. See both of them talk in a page: ${page.url}\n   Ctrl-C ends.`);
      await ended();
    }
  });
}

function options(argv) {
  try {
    return parseArgs({ args: argv, options: { once: { type: "boolean", default: false } } }).values;
  } catch {
    throw new Problem(USAGE);
  }
}

/** Runs `action`; undoes in the end, in reverse order, what it has handed to `cleanUp`. */
async function using_(action) {
  const undo = [];
  try {
    await action((step) => undo.push(step));
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** Starts the sink, sends it a message over TCP, and looks whether it has it. */
async function deliver(folder, cleanUp) {
  const [mail, ca, file] = ["mail", "ca.pem", "message.eml"].map((name) => join(folder, name));
  await writeFile(file, MESSAGE);

  const sink = await startSink(["--dir", mail, "--cert-out", ca, "--auth", `${USER}:${PASSWORD}`]);
  cleanUp(() => sink.stop());
  console.log(`1. The server listens on port ${sink.port} of this machine: edgepost sink`);

  console.log("2. The client brings it a message, over TCP with TLS: edgepost send --trace\n");
  const from = [
    "--file",
    file,
    "--host",
    "localhost",
    "--port",
    String(sink.port),
    "--ca",
    ca,
    "--user",
    USER,
  ];
  await send([...from, "--name", "client.example", "--timeout", String(LIMIT), "--trace"]);

  const kept = (await readdir(mail)).filter((name) => name.endsWith(".eml"));
  if (kept.length !== 1)
    throw new Problem(`the server should have kept one message, and has ${kept.length}.`);
  const octets = await readFile(join(mail, kept[0]));
  if (!octets.equals(Buffer.from(MESSAGE)))
    throw new Problem("the server has another message than was sent.");
  console.log(`\n3. The server has the message, byte for byte: ${octets.length} octets.`);
}

/** Runs the command; it ends with this process, whatever happens. */
function edgepost(command, args, options) {
  const child = spawn(process.execPath, [inRoot("dist", "cli", "edgepost.js"), command, ...args], options);
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const exited = once(child, "exit").finally(() => process.off("exit", kill));
  return { child, exited };
}

/** Resolves when the sink listens. */
async function startSink(args) {
  const { child, exited } = edgepost("sink", ["--port", "0", "--json", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = async () => {
    child.kill();
    await exited;
  };
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT * 1000);
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, port } = JSON.parse(line);
    if (event !== "listening") continue;
    clearTimeout(timer);
    child.stdout.resume();
    return { port, stop };
  }
  throw new Problem("the server did not start.");
}

/** Shows the session on standard output, indented. */
async function send(args) {
  const { child, exited } = edgepost("send", args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      EDGEPOST_PASS: PASSWORD,
      ...(process.stdout.hasColors?.() && { FORCE_COLOR: "1" }),
    },
  });
  let said = "";
  const show = async (stream) => {
    for await (const line of createInterface({ input: stream })) {
      said += `${stripVTControlCharacters(line)}\n`;
      console.log(`   ${line}`);
    }
  };
  const [[code]] = await Promise.all([exited, show(child.stdout), show(child.stderr)]);
  if (code !== 0) throw new Problem("the message could not be sent.");
  const missing = ["EHLO", "STARTTLS", "secured by TLS", "AUTH", "MAIL FROM", "RCPT TO", "BDAT"].filter(
    (word) => !said.includes(word),
  );
  if (missing.length > 0) throw new Problem(`the session lacks ${missing.join(", ")}.`);
}

/** Fetches what a browser would fetch first, and compiles the engine. */
async function checkPage(url) {
  const html = await fetched(url, "text/html");
  await fetched(new URL(link(html, /src="([^"]+\.js)"/, "script"), url), "text/javascript");
  await fetched(new URL(link(html, /href="([^"]+\.css)"/, "style sheet"), url), "text/css");
  // What is kept for when there is no network is all of it.
  const all = await fetched(new URL("sw.js", url), "text/javascript");
  const address = new URL(link(all, /"(\.\/assets\/edgepost_bg-[\w-]+\.wasm)"/, "engine"), url);
  const engine = await WebAssembly.compileStreaming(fetch(address));
  if (WebAssembly.Module.exports(engine).length === 0) throw new Problem("the page's engine is empty.");
}

async function fetched(url, type) {
  const response = await fetch(url);
  const problem = (what) => new Problem(`the page is not served properly: ${url} ${what}.`);
  if (!response.ok) throw problem(`gives ${response.status}`);
  if (!response.headers.get("content-type").startsWith(type)) throw problem(`is not ${type}`);
  if (!response.headers.get("content-security-policy")?.includes("default-src 'none'"))
    throw problem("has no content security policy");
  return response.text();
}

function link(text, pattern, what) {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Problem(`the page names no ${what}.`);
  return found;
}

/** Resolves at Ctrl-C, or when asked to end. */
function ended() {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.off(signal, giveUp).once(signal, resolve);
  });
}

/** At Ctrl-C before all is done: what was started ends with this process. */
function giveUp() {
  process.exit(1);
}

if (isProgram(import.meta.url)) await main(() => start(process.argv.slice(2)));
