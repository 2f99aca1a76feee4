// Imports point strictly downward, in Rust and in TypeScript; the checkers are tried on made-up violations first.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import test from "node:test";
import { walk } from "../scripts/lib/files.mjs";
import { inRoot } from "../scripts/lib/paths.mjs";
import { javascriptViolations } from "./direction/javascript.mjs";
import { rustViolations } from "./direction/rust.mjs";

async function sources(folder, base, extension) {
  const paths = await walk(inRoot(folder), (path) => /[/\\](pkg|node_modules|dist)$/.test(path));
  const wanted = paths.filter((path) => extension.test(path));
  const name = (path) => relative(inRoot(base), path).split(sep).join("/");
  return Object.fromEntries(
    await Promise.all(wanted.map(async (path) => [name(path), await readFile(path, "utf8")])),
  );
}

test("Rust modules name only modules of lower layers", async () => {
  const files = await sources("src", "src", /\.rs$/);
  assert.ok(files["lib.rs"]);
  assert.deepEqual(rustViolations(files), []);
});

test("TypeScript files import only from lower layers", async () => {
  const files = { ...(await sources("js", ".", /\.ts$/)), ...(await sources("www", ".", /\.(ts|js|mjs)$/)) };
  assert.ok(files["js/index.ts"]);
  assert.deepEqual(javascriptViolations(files), []);
});

const RUST = [
  ["a lower layer", "client/state.rs", "use crate::wire::reply::Reply;", 0],
  [
    "the module itself",
    "client/state.rs",
    "use super::error::Fault; use self::x::Y; use crate::client::Z;",
    0,
  ],
  ["a higher layer", "wire/line.rs", "use crate::client::Client;", 1],
  ["a neighbour", "client/state.rs", "use crate::server::Server;", 1],
  [
    "a neighbour among others",
    "sasl/plain.rs",
    "use crate::{time::Millis, wire::{base64, line::Line as L}, message::Date};",
    1,
  ],
  [
    "a neighbour by way of the parents",
    "client/state.rs",
    "fn f() -> super::super::trace::Step { todo!() }",
    1,
  ],
  ["a neighbour in the module's own file", "client/mod.rs", "use super::server::Server;", 1],
  [
    "a neighbour in the middle of an expression",
    "trace/mod.rs",
    "fn f() { let x = crate::server::state(1); }",
    1,
  ],
  [
    "a neighbour in a unit test",
    "client/mod.rs",
    "mod tests { use super::*; use super::super::server::Server; }",
    1,
  ],
  [
    "the parent in a unit test",
    "client/mod.rs",
    "mod tests { use super::*; fn f() { if x { super::go() } } }",
    0,
  ],
  ["a neighbour by the crate's own name", "client/mod.rs", "use edgepost::server::Server;", 1],
  ["everything at the root", "time.rs", "use super::*;", 1],
  ["a re-export of the root", "client/mod.rs", "use crate::Reply;", 1],
  [
    "a neighbour, but only in comments",
    "client/mod.rs",
    "//! crate::server::X\n/* a /* crate::server::X */ crate::server */",
    0,
  ],
  [
    "a neighbour, but only in literals",
    "client/mod.rs",
    `const A: &str = "\\" crate::server::X"; const B: &str = r#"crate::server::"X"#;`,
    0,
  ],
  [
    "a neighbour after literals",
    "client/mod.rs",
    `const A: [char; 3] = ['"', '\\'', '/']; use crate::server::X; // "`,
    1,
  ],
  ["a neighbour after lifetimes", "client/mod.rs", "fn f<'a>(x: &'a str) -> crate::server::X<'a> { x }", 1],
  ["nothing, from a module without a layer", "helper.rs", "", 1],
  ["a visibility", "wire/line.rs", "pub(crate) fn f() {} pub(super) fn g() {}", 0],
];

for (const [what, file, source, count] of RUST)
  test(`Rust: ${count ? "refuses" : "allows"} naming ${what}`, () => {
    assert.equal(
      rustViolations({ [file]: source }).length,
      count,
      rustViolations({ [file]: source }).join("\n"),
    );
  });

const ROOT = [
  [
    "declarations and re-exports",
    `#![no_std]\n#![doc = "a; b"]\nextern crate alloc;\n#[cfg(feature = "client")]\npub mod client;\npub use wire::Reply;`,
    0,
  ],
  ["a type", "pub mod wire; pub struct Reply { code: u16 }", 1],
  ["a function", "mod time; fn f() {}", 1],
  ["a constant", "const A: u8 = 1;", 1],
];

for (const [what, source, count] of ROOT)
  test(`Rust: lib.rs ${count ? "must not have" : "may have"} ${what}`, () => {
    assert.equal(
      rustViolations({ "lib.rs": source }).length,
      count,
      rustViolations({ "lib.rs": source }).join("\n"),
    );
  });

const JAVASCRIPT = [
  ["js/client.ts", "./pump.js", true],
  ["js/client.ts", "./server.js", false],
  ["js/client.ts", "./handlers.js", false],
  ["js/server.ts", "./session.js", false],
  ["js/pump.ts", "./client.js", false],
  ["js/errors.ts", "./transport.js", false],
  ["js/engine.ts", "#wasm", true],
  ["js/engine.ts", "./wasm/pkg/edgepost.js", true],
  ["js/client.ts", "./wasm/pkg/edgepost.js", false],
  ["js/client.ts", "#wasm", false],
  ["js/client.ts", "./adapters/node.js", false],
  ["js/client.ts", "./index.js", false],
  ["js/client.ts", "nodemailer", false],
  ["js/client.ts", "node:net", false],
  ["js/index.ts", "./adapters/loopback.js", true],
  ["js/index.ts", "./adapters/node.js", false],
  ["js/workers.ts", "./adapters/workers.js", true],
  ["js/workers.ts", "./adapters/loopback.js", false],
  ["js/email.ts", "cloudflare:email", true],
  ["js/email.ts", "cloudflare:sockets", false],
  ["js/answer.ts", "cloudflare:email", false],
  ["js/answer.ts", "./email.js", false],
  ["js/helper.ts", "./errors.js", false],
  ["js/adapters/node.ts", "../transport.js", true],
  ["js/adapters/node.ts", "node:net", true],
  ["js/adapters/node.ts", "../engine.js", false],
  ["js/adapters/node.ts", "./loopback.js", false],
  ["js/adapters/websocket.ts", "../bridge/protocol.js", true],
  ["js/adapters/websocket.ts", "../bridge/policy.js", false],
  ["js/bridge/policy.ts", "./token.js", true],
  ["js/bridge/policy.ts", "./relay.js", false],
  ["js/bridge/policy.ts", "node:net", false],
  ["js/bridge/relay.ts", "../engine.js", false],
  ["js/bridge/node.ts", "../adapters/node.js", true],
  ["js/bridge/node.ts", "ws", false],
  ["js/bridge/ws.ts", "ws", true],
  ["js/bridge/workers.ts", "cloudflare:sockets", true],
  ["js/bridge/workers.ts", "./node.js", false],
  ["js/dissect/main.ts", "./replay.js", true],
  ["js/dissect/replay.ts", "./main.js", false],
  ["js/dissect/swaks.ts", "node:fs", false],
  ["js/dissect/swaks.ts", "../client.js", false],
  ["js/traced.ts", "./dissect/main.js", false],
  ["js/wasm/node.ts", "node:fs/promises", true],
  ["js/wasm/node.ts", "../engine.js", false],
  ["js/cli/main.ts", "edgepost/node", true],
  ["js/cli/main.ts", "./send.js", true],
  ["js/cli/main.ts", "node:fs", true],
  ["js/cli/main.ts", "../client.js", false],
  ["js/cli/main.ts", "#wasm", false],
  ["www/main.ts", "edgepost", true],
  ["www/main.ts", "../js/client.js", false],
  ["www/main.ts", "../dist/index.js", false],
  ["www/main.ts", "/dist/index.js", false],
  ["js/cli/main.ts", "../../tests/support.js", false],
];

for (const [file, target, allowed] of JAVASCRIPT)
  test(`TypeScript: ${file} ${allowed ? "may" : "must not"} import ${target}`, () => {
    const forms = [
      `import { a } from "X";`,
      `export * from "X";`,
      `import "X";`,
      `const a = await import("X");`,
      `import type { A } from "X";`,
    ];
    for (const form of forms) {
      const source = `// import "comment"\n${form.replace("X", target)}`;
      assert.equal(javascriptViolations({ [file]: source }).length, allowed ? 0 : 1, source);
    }
  });

for (const [form, file, target, allowed] of [
  [`import type { A } from "X";`, "js/dissect/replay.ts", "../engine.js", true],
  [`import { a } from "X";`, "js/dissect/replay.ts", "../engine.js", false],
  [`import "X";`, "js/dissect/replay.ts", "../engine.js", false],
  [`const a = await import("X");`, "js/dissect/replay.ts", "../engine.js", false],
  [`import type * as A from "X";`, "js/dissect.ts", "./dissect/main.js", true],
  [`const a = await import("X");`, "js/dissect.ts", "./dissect/main.js", true],
  [`import { a } from "X";`, "js/dissect.ts", "./dissect/main.js", false],
])
  test(`TypeScript: ${file} ${allowed ? "may" : "must not"} ${form.replace("X", target)}`, () => {
    const source = form.replace("X", target);
    assert.equal(javascriptViolations({ [file]: source }).length, allowed ? 0 : 1);
  });
