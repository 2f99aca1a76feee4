// A CPU profile of this process, from startProfile() to stopProfile(), and its summary: the functions by the time spent in
// themselves, at their place in the TypeScript source where a source map tells it.
import { existsSync, readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { SourceMap } from "node:module";
import { relative, resolve, dirname } from "node:path";
import { fileURLToPath } from "node:url";

let session;

export async function startProfile() {
  session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 }); // microseconds
  await session.post("Profiler.start");
}

/** Ends the profile: the text of a `.cpuprofile` file. */
export async function stopProfile() {
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return JSON.stringify(profile);
}

/** `.cpuprofile` text -> `{ milliseconds, areas, functions }`, each with its share of the time that was not idle. */
export function summarise(text) {
  const profile = JSON.parse(text);
  const spent = new Map(profile.nodes.map((node) => [node.id, 0]));
  profile.samples.forEach((id, at) => spent.set(id, spent.get(id) + profile.timeDeltas[at]));
  const functions = new Map();
  const areas = new Map();
  let busy = 0;
  for (const node of profile.nodes) {
    const { functionName, url, lineNumber, columnNumber } = node.callFrame;
    const own = spent.get(node.id);
    if (functionName === "(idle)" || own === 0) continue;
    busy += own;
    const where = place(url, lineNumber, columnNumber);
    const label = `${functionName || "(anonymous)"}  ${where}`;
    functions.set(label, (functions.get(label) ?? 0) + own);
    const area = areaOf(functionName, url);
    areas.set(area, (areas.get(area) ?? 0) + own);
  }
  const ranked = (map) =>
    [...map]
      .sort((a, b) => b[1] - a[1])
      .map(([label, own]) => ({ label, share: own / busy, milliseconds: own / 1000 }));
  return { milliseconds: busy / 1000, areas: ranked(areas), functions: ranked(functions) };
}

function areaOf(name, url) {
  if (name === "(garbage collector)") return "garbage collection";
  if (name === "(program)") return "native code of the runtime (system calls included)";
  if (url.startsWith("wasm:")) return "wasm";
  if (/wasm\/pkg\//.test(url)) return "wasm-bindgen glue";
  if (url.startsWith("node:")) {
    if (/webstreams/.test(url)) return "node: web streams";
    if (/streams?\b|stream_base|net$|\/net/.test(url)) return "node: sockets and streams";
    return "node: other";
  }
  if (/\/dist\//.test(url) && !/node_modules/.test(url)) return "edgepost's JavaScript";
  if (/node_modules/.test(url)) return "packages";
  return url === "" ? "built-in functions" : "the benchmark";
}

const maps = new Map();

function place(url, line, column) {
  if (!url.startsWith("file:")) return url === "" ? "" : `${url}:${line + 1}`;
  const path = fileURLToPath(url);
  if (!maps.has(path)) {
    const map = `${path}.map`;
    maps.set(path, existsSync(map) ? new SourceMap(JSON.parse(readFileSync(map, "utf8"))) : undefined);
  }
  const entry = maps.get(path)?.findEntry(line, column);
  const [file, at] = entry?.originalSource
    ? [resolve(dirname(path), entry.originalSource), entry.originalLine]
    : [path, line];
  return `${relative(process.cwd(), file)}:${at + 1}`;
}
