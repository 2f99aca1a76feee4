// The package as users get it: packed, installed without a network in an empty project, imported, run.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { after, before, test } from "node:test";
import { walk } from "../../scripts/lib/files.mjs";
import { inRoot, root } from "../../scripts/lib/paths.mjs";
import { npm } from "../../scripts/lib/npm.mjs";
import { run } from "../../scripts/lib/run.mjs";

const LIMIT = 120;
const manifest = JSON.parse(await readFile(inRoot("package.json"), "utf8"));
const entries = Object.keys(manifest.exports);
const nameOf = (entry) => posix.join(manifest.name, entry);
const code = entries.filter((entry) => manifest.exports[entry].types);

let project;
let installed;
let packed;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "edgepost-packaging-"));
  installed = join(project, "node_modules", manifest.name);
  const [tarball] = JSON.parse(
    await succeed(
      npm,
      ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", project],
      root,
    ),
  );
  packed = tarball.files.map(({ path }) => path);
  await writeFile(
    join(project, "package.json"),
    JSON.stringify({ name: "user", private: true, type: "module" }),
  );
  await succeed(npm, [
    "install",
    "--offline",
    "--no-audit",
    "--no-fund",
    "--prefix",
    project,
    `./${tarball.filename}`,
  ]);
});

after(() => rm(project, { recursive: true, force: true }));

test("no function of the module has an external reference as its only result", async () => {
  // V8 of Node 20 and 22 inlines such calls, and dies when it has to undo that while one runs.
  const declarations = await readFile(inRoot("js/wasm/pkg/edgepost_bg.wasm.d.ts"), "utf8");
  assert.match(declarations, /clientengine_poll: /);
  assert.doesNotMatch(declarations, /=> any;/);
});

test("the tarball holds what is built, the licences and the read-me, and nothing else", () => {
  const allowed =
    /^(package\.json|README\.md|CHANGELOG\.md|LICENSE-(MIT|APACHE)|dist\/.+\.(js|js\.map|d\.ts|wasm)|dist\/playground\/.+\.br)$/;
  assert.deepEqual(
    packed.filter((path) => !allowed.test(path)),
    [],
  );
  for (const path of ["package.json", "README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"])
    assert.ok(packed.includes(path), `${path} is missing`);
});

test("the crate holds its source, its tests in Rust, the licences and the read-me, and nothing else", async () => {
  const cargo = { command: "cargo", args: ["package", "--list", "--allow-dirty", "--offline", "--quiet"] };
  const allowed =
    /^((Cargo\.(toml|toml\.orig|lock)|\.cargo_vcs_info\.json|README\.md|CHANGELOG\.md|LICENSE-(MIT|APACHE))|src\/.+\.(rs|md)|tests\/.+\.rs|tests\/transcripts\/.+)$/;
  const files = (await succeed(cargo, [], root)).trim().split(/\r?\n/);
  assert.deepEqual(
    files.filter((path) => !allowed.test(path)),
    [],
  );
  assert.ok(files.includes("src/lib.rs"), files.join(" "));
});

test("every file that the manifest names is in the tarball", () => {
  const named = [manifest.exports, manifest.imports, manifest.bin].flatMap(leaves);
  for (const path of named) assert.ok(packed.includes(posix.normalize(path)), `${path} is missing`);
});

test("the package has no dependencies and runs nothing when it is installed", () => {
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies"])
    assert.equal(manifest[field], undefined);
  for (const script of ["preinstall", "install", "postinstall", "prepare"])
    assert.equal(manifest.scripts[script], undefined);
});

test("npm can say where the package was built, which it compares with the repository", async () => {
  const { repository, homepage, bugs, license, publishConfig } = manifest;
  const [, place] = /^git\+(https:\/\/github\.com\/[\w-]+\/[\w-]+)\.git$/.exec(repository.url);
  assert.equal(homepage, `${place}#readme`);
  assert.equal(bugs, `${place}/issues`);
  assert.equal(license, "MIT OR Apache-2.0");
  assert.equal(publishConfig.provenance, true);
  const release = await readFile(inRoot(".github", "workflows", "release.yml"), "utf8");
  assert.match(release, /^ +id-token: write$/m);
});

test("the npm package and the crate have the same version", async () => {
  const [, version] = /^version = "(.+)"$/m.exec(await readFile(inRoot("Cargo.toml"), "utf8"));
  assert.equal(manifest.version, version);
});

test("tools are pinned, and the lock file names none of the places they came from", async () => {
  for (const version of Object.values(manifest.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
  const { packages } = JSON.parse(await readFile(inRoot("package-lock.json"), "utf8"));
  for (const [path, entry] of Object.entries(packages)) {
    if (path === "") continue;
    assert.equal(entry.resolved, undefined, path);
    assert.ok(entry.integrity, path);
  }
});

test("no path of the machine that built it is in the package", async () => {
  const home = process.env.CARGO_HOME ?? join(process.env.HOME ?? root, ".cargo");
  for (const path of await walk(installed)) {
    const content = await readFile(path, "latin1");
    for (const secret of [root, home]) assert.ok(!content.includes(secret), `${path} names ${secret}`);
  }
});

/** What imports a module that only its own runtime has; see tests/runtimes. */
const ELSEWHERE = ["./workers"];

test("every entry point can be imported and exports something", async () => {
  const names = code.filter((entry) => !ELSEWHERE.includes(entry)).map(nameOf);
  const script = `for (const name of ${JSON.stringify(names)})
    if (Object.keys(await import(name)).length === 0) throw new Error(name + " exports nothing");`;
  await evaluate(script);
});

test("the raw module is reachable by its name and compiles", async () => {
  await evaluate(`
    import { readFile } from "node:fs/promises";
    const module = await WebAssembly.compile(await readFile(new URL(import.meta.resolve("edgepost/edgepost.wasm"))));
    if (WebAssembly.Module.exports(module).length === 0) throw new Error("it exports nothing");`);
});

test("a message goes from client to server inside the installed package", async () => {
  const output = await evaluate(`
    import { connect, loopback, serve } from "edgepost";
    const [near, far] = loopback();
    const served = serve(far, {
      onRcpt() {},
      async onMessage(content, envelope) {
        let octets = 0;
        for await (const bytes of content) octets += bytes.length;
        console.log(envelope.from, octets);
      },
    }, { name: "mx.example" });
    const smtp = await connect(near, { name: "client.example", tls: "off" });
    await smtp.send({ envelope: { from: "a@client.example", to: "b@mx.example" }, raw: "Subject: hello\\r\\n\\r\\nHello.\\r\\n" });
    await smtp.close();
    await served;`);
  assert.equal(output.trim(), "a@client.example 26");
});

test("CommonJS can require it, where Node can require modules", async (t) => {
  if (!process.features.require_module) return t.skip("this Node cannot");
  const file = join(project, "script.cjs");
  await writeFile(
    file,
    'require("edgepost").parse("Subject: hello\\r\\n\\r\\n").then(({ subject }) => console.log(subject));',
  );
  assert.match(await succeed(node(file), []), /^hello$/m);
});

test("the command is installed and explains itself", async () => {
  const [name] = Object.keys(manifest.bin);
  const output = await succeed({ command: join(project, "node_modules", ".bin", name), args: [] }, [
    "--help",
  ]);
  assert.match(output, /edgepost send/);
});

const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));
const node = (...args) => ({ command: process.execPath, args });

async function evaluate(script) {
  const file = join(project, "script.mjs");
  await writeFile(file, script);
  return succeed(node(file), []);
}

/** Runs a program in the new project and resolves to its output. */
async function succeed({ command, args }, rest, cwd = project) {
  const { code: status, output } = await run(command, [...args, ...rest], { limit: LIMIT, cwd });
  assert.equal(status, 0, output);
  return output;
}
