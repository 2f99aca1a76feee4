// Reads which file imports which in js/ and www/, and finds what points upward or goes behind the package's public names.
import { posix } from "node:path";
import typescript from "typescript";

/** The library, lowest first; a file imports from the rows before its own. */
const LAYERS = [
  ["errors", "clock", "pace", "abort"],
  ["transport", "options", "refuse"],
  ["scram"],
  ["module"],
  ["lazy"],
  ["engine"],
  ["serving", "init"],
  ["exchange"],
  ["pump"],
  ["parameters", "address", "content"],
  ["source", "draft", "media", "report"],
  ["composer", "reader"],
  ["skeleton"],
  ["fields", "assemble"],
  ["structure"],
  ["compose", "address-list", "ready", "parse"],
  ["check", "reporting"],
  ["message", "traced", "composition", "dissect"],
  ["answer"],
  ["email"],
  ["decision", "incoming"],
  ["receipt"],
  ["split", "queue-id"],
  ["session", "handlers", "credentials"],
  ["send", "reception", "extensions"],
  ["client", "server", "dispatch"],
  ["probe"],
  ["pool"],
  ["index"],
  ["nodemailer", "workers"],
];
/** What one file uses beside the library: the runtime's own. */
const OUTSIDE = { nodemailer: ["edgepost/tcp"], email: ["cloudflare:email"] };
/** The adapter that one file passes on. */
const PASSED_ON = { index: "loopback", workers: "workers" };
/** What one file loads when it is called: a folder of its own, of which nothing is imported but types. */
const LATER = { dissect: "js/dissect/" };
/** The two sides share what is below them and never know each other. */
const SIDES = [
  ["client", "session", "send", "dispatch", "pool", "probe", "credentials"],
  ["server", "decision", "incoming", "handlers", "reception", "extensions", "refuse", "scram"],
];
const layerOf = (name) => LAYERS.findIndex((layer) => layer.includes(name));
const sideOf = (name) => SIDES.findIndex((side) => side.includes(name));

/** One sentence for each violation in `files`, a map from paths in the checkout (`js/client.ts`) to their source. */
export function javascriptViolations(files) {
  return Object.entries(files).flatMap(([file, source]) => {
    const rule = ruleFor(file);
    const imports = typescript
      .preProcessFile(source, true, true)
      .importedFiles.map(({ fileName }) => fileName);
    const [values, later] = [VALUES, LATE].map((form) => [...source.matchAll(form)].map(([, from]) => from));
    return [...new Set(imports)].flatMap((name) => {
      const relative = /^\.{1,2}(\/|$)/.test(name);
      const target = relative ? posix.join(posix.dirname(file), name) : name;
      const why = rule(target, file, relative, { now: values.includes(name), later: later.includes(name) });
      return why ? [`${file}: imports ${name}, but ${why}`] : [];
    });
  });
}

/** From where values are taken at once, or passed on; and from where they are taken later. */
const VALUES = /^(?:import|export) (?!type\b)(?:[^;]*?\bfrom )?"([^"]+)";/gm;
const LATE = /\bimport\("([^"]+)"\)/g;

function ruleFor(file) {
  if (file.startsWith("js/dissect/")) return dissection;
  if (file.startsWith("js/cli/"))
    return outside("js/cli/", "the command uses the package by its public names");
  if (file.startsWith("www/")) return outside("www/", "the playground uses the package by its public names");
  if (file.startsWith("js/adapters/")) return adapter;
  if (file.startsWith("js/bridge/")) return bridge;
  if (file.startsWith("js/wasm/")) return loader;
  return library;
}

/** A consumer of the package: its own folder, public names, Node, and whatever packages it likes. */
const outside = (folder, why) => (target, file, relative) => {
  const allowed = relative ? target.startsWith(folder) : /^[\w@]/.test(target);
  return allowed ? undefined : why;
};

/** What adapters are made of: the transport's shape, the errors, and what some of them share or keep in a file of its own. */
const PARTS = [
  ...["js/transport.js", "js/errors.js", "js/bridge/protocol.js"],
  ...["channel-binding", "listener", "options", "pem", "promised"].map((name) => `js/adapters/${name}.js`),
];

/** An adapter only translates: it knows its parts, and its runtime. */
function adapter(target) {
  if (PARTS.includes(target) || isRuntime(target)) return undefined;
  return "an adapter imports only transport, errors and its runtime's own modules";
}

/** The bridge, lowest first; its hosts alone know a runtime, and what is bundled into one. */
const BRIDGE = [
  ["protocol", "address", "workers-handler", "ws"],
  ["destination"],
  ["token"],
  ["options"],
  ["node-options", "policy"],
  ["relay", "index"],
  ["node", "workers"],
];
/** What the bridge has of the library. */
const BASE = ["errors", "clock", "abort", "options", "transport"];
const bridgeLayerOf = (name) => BRIDGE.findIndex((layer) => layer.includes(name));

function bridge(target, file) {
  const name = /^js\/bridge\/([\w-]+?)(?:\.d)?\.ts$/.exec(file)?.[1];
  const imported = /^js\/bridge\/([\w-]+)\.js$/.exec(target)?.[1];
  if (imported !== undefined)
    return bridgeLayerOf(imported) < bridgeLayerOf(name)
      ? undefined
      : `imports point downward: ${BRIDGE.flat().join(", ")}`;
  if (BASE.some((base) => target === `js/${base}.js`)) return undefined;
  if (name === "ws") return target === "ws" ? undefined : "this file is the library's place";
  if (name === "node" && target === "js/adapters/node.js") return undefined;
  if (["node", "workers"].includes(name) && isRuntime(target)) return undefined;
  return "the bridge has what it needs of the library, and only its hosts know a runtime";
}

/** What dissects, lowest first. It is loaded alone: of the library it knows types only, and is handed what it needs. */
const DISSECTION = [
  ["trace", "records"],
  ["recording"],
  ["lines", "pcap"],
  [
    "edgepost",
    "swaks",
    "msmtp",
    "nodemailer",
    "smtplib",
    "postfix",
    "curl",
    "transcript",
    "terminal",
    "packet",
  ],
  ["flow"],
  ["connections", "replay"],
  ["conversation"],
  ["diagnosis"],
  ["main"],
];
const dissectionLayerOf = (name) => DISSECTION.findIndex((layer) => layer.includes(name));

function dissection(target, file, relative, { now, later }) {
  const [name, imported] = [file, target].map((path) => /^js\/dissect\/([\w-]+)\.[jt]s$/.exec(path)?.[1]);
  if (dissectionLayerOf(name) < 0) return `${file} has no layer`;
  if (imported !== undefined)
    return dissectionLayerOf(imported) < dissectionLayerOf(name)
      ? undefined
      : `imports point downward: ${DISSECTION.flat().join(", ")}`;
  if (now || later) return "what dissects is loaded alone, and imports of the library only types";
  const [, own] = /^js\/([\w-]+)\.js$/.exec(target) ?? [];
  return layerOf(own) >= 0 && layerOf(own) < layerOf("dissect")
    ? undefined
    : "it knows types of the library below it";
}

/** One of them is in two files (js/wasm/source.js). */
function loader(target) {
  const built = target.startsWith("js/wasm/pkg/") || /^js\/inline\/\w+\.deflated\.js$/.test(target);
  return built ||
    ["source", "inline", "assets"].some((name) => target === `js/wasm/${name}.js`) ||
    isRuntime(target)
    ? undefined
    : "a loader only finds the module";
}

const isRuntime = (target) => /^(node|cloudflare|bun):/.test(target) || target === "bun";

function library(target, file, _relative, { now }) {
  const name = /^js\/([\w-]+)\.ts$/.exec(file)?.[1];
  if (layerOf(name) < 0) return `${file} has no layer`;
  if (OUTSIDE[name]?.includes(target)) return undefined;
  if (target === "#wasm" || target.startsWith("js/wasm/"))
    return ["engine", "composer", "reader", "serving", "init", "module"].includes(name)
      ? undefined
      : "only module.ts, engine.ts, composer.ts, reader.ts, serving.ts and init.ts know WebAssembly";
  if (Object.hasOwn(PASSED_ON, name) && target === `js/adapters/${PASSED_ON[name]}.js`) return undefined;
  if (Object.hasOwn(LATER, name) && target.startsWith(LATER[name]))
    return now ? "it is loaded when it is wanted" : undefined;
  if (target.startsWith("js/adapters/")) return "nothing imports an adapter";
  const imported = /^js\/([\w-]+)\.js$/.exec(target)?.[1];
  if (layerOf(imported) < 0) return "the library has no dependencies and uses only what every runtime has";
  if (layerOf(imported) >= layerOf(name)) return `imports point downward: ${LAYERS.flat().join(", ")}`;
  const sides = [name, imported].map(sideOf);
  return sides[0] !== sides[1] && !sides.includes(-1)
    ? "client and server do not know each other"
    : undefined;
}
