// The bridge's WebSocket server: the library `ws`, as one file of dist with its licence, because the package has no dependencies.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { inRoot } from "../lib/paths.mjs";
import { Problem } from "../lib/run.mjs";

const library = inRoot("node_modules", "ws");
const output = inRoot("dist", "bridge", "ws.js");

/** What the bundle is made of, beside js/. */
export const inputs = [
  inRoot("scripts", "build", "bridge.mjs"),
  ...["package.json", "LICENSE"].map((name) => join(library, name)),
];

/** Puts the bundle in the place of what the compiler made. */
export async function bundleWebSockets() {
  const { build } = await import("esbuild");
  const [{ version }, licence] = await Promise.all([
    readFile(join(library, "package.json"), "utf8").then(JSON.parse),
    readFile(join(library, "LICENSE"), "utf8"),
  ]);
  const notice = `/*! The library ws ${version}, bundled.\n\n${licence.trim()}\n*/`;
  // The library is CommonJS, and asks for Node's modules when it runs.
  const require = `import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);`;
  try {
    await build({
      entryPoints: [inRoot("js", "bridge", "ws.ts")],
      outfile: output,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      // What is installed beside the package is not looked for.
      define: { "process.env.WS_NO_BUFFER_UTIL": "'1'", "process.env.WS_NO_UTF_8_VALIDATE": "'1'" },
      minifySyntax: true,
      minifyWhitespace: true,
      banner: { js: `${notice}\n${require}` },
      legalComments: "none",
      logLevel: "silent",
    });
  } catch (error) {
    throw new Problem(`the WebSocket server of the bridge could not be bundled: ${error.message}`);
  }
  await rm(`${output}.map`, { force: true });
}
