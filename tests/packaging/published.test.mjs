// What `npm run check` says of packages that are not fit to be published.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { differences, faults, pack } from "../../scripts/package.mjs";

const read = async (name) => JSON.parse(await readFile(inRoot(name), "utf8"));
const ofNpm = await read("package.json");
const ofJsr = await read("jsr.json");

test("jsr.json says what package.json says", () => {
  assert.deepEqual(differences(ofNpm, ofJsr), []);
});

for (const [what, other, said] of [
  ["another version", { version: "0.0.9" }, /version is 0\.0\.9, and should be \d/],
  ["another licence", { license: "MIT" }, /license is MIT, and should be MIT OR/],
  ["an entry less", { exports: without(ofJsr.exports, "./node") }, /entry \.\/node is undefined/],
  ["an entry more", { exports: { ...ofJsr.exports, "./x": "./x.js" } }, /entry \.\/x .* should be undefined/],
  ["another module", { exports: { ...ofJsr.exports, "./node": "./x.js" } }, /entry \.\/node is \.\/x\.js/],
])
  test(`${what} in jsr.json is found`, () => {
    const found = differences(ofNpm, { ...ofJsr, ...other });
    assert.equal(found.length, 1);
    assert.match(found[0], said);
  });

test("a package without its files, or with the types of CommonJS, is found at fault", async () => {
  const folder = await mkdtemp(join(tmpdir(), "edgepost-published-"));
  try {
    const manifest = {
      ...{ name: "broken", version: "1.0.0", type: "module", license: "MIT" },
      exports: { ".": { types: "./index.d.cts", default: "./index.js" }, "./gone": "./gone.js" },
    };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await writeFile(join(folder, "index.js"), "export const one = 1;\n");
    await writeFile(join(folder, "index.d.cts"), "export declare const one: number;\n");
    const found = (await faults(await pack(folder))).join("\n");
    assert.match(found, /publint: .*gone\.js/);
    assert.match(found, /types: .*FalseCJS/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function without(entries, name) {
  return Object.fromEntries(Object.entries(entries).filter(([entry]) => entry !== name));
}
