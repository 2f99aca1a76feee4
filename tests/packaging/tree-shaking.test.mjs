// What nobody imports, nobody downloads: a bundler leaves it out.
import assert from "node:assert/strict";
import { basename } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { inRoot } from "../../scripts/lib/paths.mjs";

/** The files of the package that a bundle of this code has something of, by what they are called in js/. */
async function bundled(contents) {
  const { metafile } = await build({
    stdin: { contents, resolveDir: inRoot() },
    bundle: true,
    write: false,
    splitting: true,
    outdir: inRoot("dist"),
    format: "esm",
    conditions: ["import"],
    external: ["cloudflare:*"],
    metafile: true,
    logLevel: "error",
  });
  const { outputs } = metafile;
  const [start] = Object.keys(outputs).filter((name) => outputs[name].entryPoint === "<stdin>");
  const wanted = new Set();
  const want = (name) => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const { path, kind, external } of outputs[name].imports)
      if (!external && kind !== "dynamic-import") want(path);
  };
  want(start);
  const files = [...wanted].flatMap((name) => Object.entries(outputs[name].inputs));
  return files.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => basename(file, ".js"));
}

/** The glue of the whole module, which is loaded when the module is. */
const WHOLE = "edgepost";
const POOL = ["pool", "dispatch", "pace", "clock"];
const SERVER = ["server", "reception"];
/** What reads recorded sessions: all of it is loaded when it is called. */
const DISSECTION = ["main", "replay", "lines", "pcap", "diagnosis"];

for (const [what, code, absent] of [
  [
    "connect",
    `import { connect } from "edgepost"; connect();`,
    [...POOL, ...SERVER, WHOLE, ...DISSECTION, "dissect", "probe", "loopback"],
  ],
  ["probe", `import { probe } from "edgepost"; probe();`, [...POOL, ...SERVER, WHOLE]],
  [
    "dissect",
    `import { dissect } from "edgepost"; dissect();`,
    [...POOL, ...SERVER, WHOLE, ...DISSECTION, "client"],
  ],
  ["pool", `import { pool } from "edgepost"; pool();`, [...SERVER, WHOLE]],
  ["serve", `import { serve } from "edgepost"; serve();`, [...POOL, "client", "session"]],
  [
    "tcp for Workers",
    `import { tcp } from "edgepost/workers"; tcp();`,
    ["email", "answer", "compose", "parse", "check", "reader", WHOLE],
  ],
])
  test(`who imports ${what} gets nothing of ${absent.join(", ")}`, async () => {
    const files = await bundled(code);
    assert.deepEqual(
      files.filter((file) => absent.includes(file)),
      [],
    );
    assert.ok(files.includes("errors"), files.join(", "));
  });
