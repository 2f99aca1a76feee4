// Reads which module names which in Rust source, and finds what does not point strictly downward.

/** The layers of src/; what is in one layer does not know its neighbours. */
const LAYERS = [
  ["time", "unicode"],
  ["wire"],
  ["sasl", "message"],
  ["client", "server", "trace", "auth", "relay"],
  ["wasm", "manual"],
];
const layerOf = (module) => LAYERS.findIndex((layer) => layer.includes(module));

/** One sentence for each violation in `files`, a map from paths below src/ (`wire/line.rs`) to their source. */
export function rustViolations(files) {
  const found = [];
  for (const [file, source] of Object.entries(files)) {
    if (file === "lib.rs") found.push(...codeInRoot(source));
    else found.push(...upwardPaths(file, source));
  }
  return found;
}

function upwardPaths(file, source) {
  const home = moduleOf(file);
  const from = home[0];
  if (layerOf(from) < 0) return [`src/${file}: the module ${from} has no layer`];
  const found = new Set();
  for (const path of pathsIn(source, home)) {
    const to = path[0];
    if (to === from) continue;
    if (layerOf(to) < 0)
      found.add(`src/${file}: crate::${to} is in no layer; name the module that defines it`);
    else if (layerOf(to) >= layerOf(from))
      found.add(`src/${file}: ${from} (layer ${layerOf(from)}) imports ${to} (layer ${layerOf(to)})`);
  }
  return [...found];
}

/** lib.rs declares and re-exports; anything else belongs into a module. */
function codeInRoot(source) {
  const items = withoutAttributes(withoutText(source))
    .split(";")
    .map((item) => item.trim().replace(/\s+/g, " "));
  const declares = /^(pub(\([^)]*\))? )?(mod \w+|use .+|extern crate \w+( as \w+)?)$/;
  return items
    .filter((item) => item !== "" && !declares.test(item))
    .map((item) => `src/lib.rs: only declares modules, but has "${item.slice(0, 40)}"`);
}

/** `wire/line.rs` is module wire::line, `wire/mod.rs` is wire. */
function moduleOf(file) {
  const parts = file.replace(/\.rs$/, "").split("/");
  return parts.at(-1) === "mod" ? parts.slice(0, -1) : parts;
}

/** Every path that starts at the crate, at a parent or at the module itself, resolved from the crate's root. */
function pathsIn(source, home) {
  const tokens = withoutText(source).match(/::|\w+|\S/g) ?? [];
  const paths = [];
  const open = [];
  const here = () => [...home, ...open.filter((name) => name !== null)];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === "{") open.push(tokens[at - 2] === "mod" ? tokens[at - 1] : null);
    else if (token === "}") open.pop();
    else if (tokens[at + 1] === "::" && tokens[at - 1] !== "::" && isAnchor(token)) {
      const tree = useTree(tokens, at);
      paths.push(...tree.paths.map((path) => resolve(path, here())));
      at = tree.end - 1;
    }
  }
  return paths.filter((path) => path.length > 0);
}

const isAnchor = (token) => ["crate", "super", "self", "edgepost"].includes(token);

/** The paths of the use tree that starts at `at`, and where it ends. */
function useTree(tokens, at) {
  const prefix = [];
  while (tokens[at] !== undefined) {
    if (tokens[at] === "{") {
      const group = useGroup(tokens, at + 1);
      return { paths: group.paths.map((path) => [...prefix, ...path]), end: group.end };
    }
    prefix.push(tokens[at]);
    if (tokens[at + 1] !== "::") return { paths: [prefix], end: at + 1 };
    at += 2;
  }
  return { paths: [prefix], end: at };
}

function useGroup(tokens, at) {
  const paths = [];
  while (tokens[at] !== undefined && tokens[at] !== "}") {
    const tree = useTree(tokens, at);
    paths.push(...tree.paths);
    at = tree.end;
    while (tokens[at] !== undefined && tokens[at] !== "," && tokens[at] !== "}") at += 1;
    if (tokens[at] === ",") at += 1;
  }
  return { paths, end: at + 1 };
}

/** From the crate's root; a glob of the root itself is spelled `*`. */
function resolve([anchor, ...rest], here) {
  if (anchor === "crate" || anchor === "edgepost") return rest;
  if (anchor === "self") return [...here, ...rest];
  const parent = here.slice(0, -1);
  return rest[0] === "super" ? resolve(rest, parent) : [...parent, ...rest];
}

/** The source without comments (which hold examples) and without what is inside literals. */
function withoutText(source) {
  const text =
    /\/\/[^\n]*|\/\*|\bb?r(#*)"[\s\S]*?"\1|"(?:\\[\s\S]|[^"\\])*"|'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\])'/g;
  let kept = "";
  let at = 0;
  for (let match = text.exec(source); match; match = text.exec(source)) {
    kept += `${source.slice(at, match.index)} `;
    at = match[0] === "/*" ? endOfComment(source, match.index) : match.index + match[0].length;
    text.lastIndex = at;
  }
  return kept + source.slice(at);
}

/** Block comments nest in Rust. */
function endOfComment(source, start) {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(source); mark; mark = marks.exec(source)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return source.length;
}

function withoutAttributes(source) {
  let kept = "";
  for (let at = 0; at < source.length; at += 1) {
    const start = /^#!?\s*\[/.exec(source.slice(at))?.[0];
    if (!start) {
      kept += source[at];
      continue;
    }
    at += start.length;
    for (let depth = 1; at < source.length; at += 1) {
      if (source[at] === "[") depth += 1;
      if (source[at] === "]") depth -= 1;
      if (depth === 0) break;
    }
  }
  return kept;
}
