// The command `edgepost`: one file with what it needs inside, except the package itself and Node.
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { fingerprint, walk } from "../lib/files.mjs";
import { inRoot } from "../lib/paths.mjs";
import { Problem } from "../lib/run.mjs";
import { step } from "../lib/step.mjs";

const entry = inRoot("js", "cli", "main.ts");
const output = inRoot("dist", "cli", "edgepost.js");

export async function buildCli() {
  if (!existsSync(entry)) return false;
  const inputs = await fingerprint([
    ...(await walk(inRoot("js", "cli"))),
    inRoot("package.json"),
    inRoot("package-lock.json"),
    inRoot("scripts", "build", "cli.mjs"),
  ]);
  return step("command", { inputs, outputs: [output] }, async () => {
    const { build } = await import("esbuild");
    try {
      await build({
        entryPoints: [entry],
        outfile: output,
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node20",
        external: ["edgepost", "edgepost/*"],
        minifySyntax: true,
        minifyWhitespace: true,
        banner: { js: "#!/usr/bin/env node" },
        legalComments: "none",
        logLevel: "silent",
      });
    } catch (error) {
      throw new Problem(`the command could not be bundled: ${error.message}`);
    }
    await chmod(output, 0o755);
  });
}
