// The scripts behind the front door: limits hold, locks exclude, and what is missing is said in one sentence.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fingerprint, mirror } from "../scripts/lib/files.mjs";
import { locked } from "../scripts/lib/lock.mjs";
import { inRoot } from "../scripts/lib/paths.mjs";
import { Problem, run } from "../scripts/lib/run.mjs";
import { explain } from "../scripts/setup/causes.mjs";

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "edgepost-scripts-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const node = (script, options) => run(process.execPath, ["-e", script], { limit: 60, ...options });

test("a program's exit status and both its streams are reported", async () => {
  const { code, output } = await node("console.log('out'); console.error('err'); process.exitCode = 3");
  assert.equal(code, 3);
  assert.match(output, /out/);
  assert.match(output, /err/);
});

test("a program that does not exist is no exception", async () => {
  assert.equal((await run(join(folder, "nothing"), [], { limit: 60 })).code, null);
});

test("a program and its children are stopped at the time limit, and the limit is named", async () => {
  const child = "setInterval(() => {}, 1000)";
  const parent = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" })`;
  await assert.rejects(node(`${parent}; ${child}`, { limit: 0.5, label: "waiting for ever" }), (error) => {
    assert.ok(error instanceof Problem);
    assert.match(error.message, /^waiting for ever took longer than 0.5 seconds/);
    return true;
  });
});

test("one process at a time holds a lock", async () => {
  const path = join(folder, "lock");
  const order = [];
  const hold = (name) =>
    locked(path, { label: "a test", limit: 60 }, async () => {
      order.push(`${name} in`);
      await new Promise((done) => setImmediate(done));
      order.push(`${name} out`);
    });
  await Promise.all([hold("a"), hold("b"), hold("c")]);
  for (let i = 0; i < order.length; i += 2) assert.equal(order[i].replace("in", "out"), order[i + 1]);
  assert.equal(order.length, 6);
});

test("a lock is free again after an error", async () => {
  const path = join(folder, "failing");
  const options = { label: "a test", limit: 60 };
  await assert.rejects(
    locked(path, options, () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(await locked(path, options, () => Promise.resolve("yes")), "yes");
});

test("the lock of a process that died is taken over", async () => {
  const path = join(folder, "abandoned");
  const { output } = await node("console.log(process.pid)");
  await writeFile(path, `${output.trim()} ${hostname()}`);
  assert.equal(await locked(path, { label: "a test", limit: 60 }, () => Promise.resolve("mine")), "mine");
});

test("who waits too long for a lock is told about whom and where", async () => {
  const path = join(folder, "held");
  await writeFile(path, `${process.pid} ${hostname()}`);
  await assert.rejects(
    locked(path, { label: "a test", limit: 0 }, () => {}),
    (error) => error instanceof Problem && error.message.includes("a test") && error.message.includes(path),
  );
});

test("a fingerprint changes with a name, a content, a missing file and an extra value", async () => {
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  await writeFile(a, "1");
  const prints = [await fingerprint([a]), await fingerprint([a, b]), await fingerprint([a], "x")];
  await writeFile(a, "2");
  prints.push(await fingerprint([a]));
  await writeFile(b, "2");
  prints.push(await fingerprint([b]), await fingerprint([a, b]));
  assert.equal(new Set(prints).size, prints.length);
});

test("a mirrored folder holds what the original holds, and what is kept", async () => {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  for (const path of [join(from, "deep"), to]) await mkdir(path, { recursive: true });
  await writeFile(join(from, "deep", "new"), "1");
  await writeFile(join(to, "old"), "1");
  await writeFile(join(to, "kept"), "1");
  await mirror(from, to, (name) => name === "kept");
  assert.deepEqual((await readdir(to)).sort(), ["deep", "kept"]);
  assert.deepEqual(await readdir(join(to, "deep")), ["new"]);
});

const CAUSES = [
  ["curl: Could not resolve host: index.example", /could not download .*connect to the network/],
  ["npm error code EAI_AGAIN", /could not download .*connect to the network/],
  ["error: linker `cc` not found", /a C compiler .* is missing: install one/],
  ["error: expected one of `!`", /^building failed:\n {2}error: expected/],
];

for (const [output, sentence] of CAUSES)
  test(`"${output}" is explained`, () => {
    assert.match(explain("building", output).message, sentence);
  });

test(
  "set-up without Rust says so in one sentence and fails",
  { skip: process.platform === "win32" },
  async () => {
    const bin = join(folder, "bin");
    await mkdir(bin);
    await symlink(process.execPath, join(bin, "node"));
    const { code, output } = await run(join(bin, "node"), [inRoot("scripts", "setup.mjs")], {
      limit: 60,
      env: { PATH: bin, HOME: folder, CARGO_HOME: join(folder, "cargo") },
    });
    assert.equal(code, 1);
    assert.match(
      output,
      /^edgepost: Rust \(cargo\) is missing: install Rust \S+ or newer from \S+ and run this again\.\n$/,
    );
  },
);
