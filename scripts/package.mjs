// Looks at what would be published: the packed tarball, by publint and Are The Types Wrong, and jsr.json beside package.json.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { installPrograms, load } from "../tests/packaging/programs.mjs";
import { npm } from "./lib/npm.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { isProgram, main, Problem, run, tail } from "./lib/run.mjs";

/** What there is for npm only: files, which are no modules. */
const FILES = ["./edgepost.wasm", "./package.json"];

/** Where JSR, which knows no conditions, has another module of the same exports: one that runs without assets, or Deno's. */
const INSTEAD = {
  ".": "./dist/inline/index.js",
  "./tcp": "./dist/adapters/deno.js",
  "./bridge": "./dist/bridge/node.js",
};

/** What jsr.json says otherwise than package.json, a sentence for each. */
export function differences(ofNpm, ofJsr) {
  const found = [];
  const compare = (what, is, should) => {
    if (is !== should)
      found.push(`jsr.json: ${what} is ${is}, and should be ${should}, as package.json says`);
  };
  for (const field of ["version", "license"]) compare(field, ofJsr[field], ofNpm[field]);
  const expected = {};
  for (const [entry, target] of Object.entries(ofNpm.exports))
    if (!FILES.includes(entry)) expected[entry] = INSTEAD[entry] ?? target.default;
  for (const entry of new Set([...Object.keys(expected), ...Object.keys(ofJsr.exports)]))
    compare(`the entry ${entry}`, ofJsr.exports[entry], expected[entry]);
  return found;
}

/** Packs a package as it is, without building it; resolves to the tarball's octets. */
export async function pack(folder = root) {
  const aside = await mkdtemp(join(tmpdir(), "edgepost-package-"));
  try {
    const args = [...npm.args, "pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", aside];
    const { code, output } = await run(npm.command, args, { label: "packing", limit: 120, cwd: folder });
    if (code !== 0) throw new Problem(`the package cannot be packed:\n${tail(output)}`);
    const [{ filename }] = JSON.parse(output);
    return await readFile(join(aside, filename));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** What is wrong with a tarball, a sentence for each. */
export async function faults(tarball) {
  return [...(await lint(tarball)), ...(await wrongTypes(tarball))];
}

async function lint(tarball) {
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: asBuffer(tarball) } });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

async function wrongTypes(tarball) {
  await installPrograms();
  const { checkPackage, createPackageFromTarballData } = await load("@arethetypeswrong/core");
  const { types, problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)), {
    excludeEntrypoints: FILES,
  });
  if (!types) return ["types: there are none"];
  // The package is of modules only: what requires one, and what knows no "exports", is not for it.
  const meant = ({ kind, resolutionKind }) =>
    kind === "CJSResolvesToESM" || (kind === "NoResolution" && resolutionKind === "node10");
  return problems.filter((problem) => !meant(problem)).map((problem) => `types: ${JSON.stringify(problem)}`);
}

const asBuffer = ({ buffer, byteOffset, byteLength }) => buffer.slice(byteOffset, byteOffset + byteLength);

if (isProgram(import.meta.url))
  await main(async () => {
    const read = async (name) => JSON.parse(await readFile(inRoot(name), "utf8"));
    const found = [
      ...differences(await read("package.json"), await read("jsr.json")),
      ...(await faults(await pack())),
    ];
    if (found.length > 0) throw new Problem(`the package is not fit to be published:\n${found.join("\n")}`);
  });
