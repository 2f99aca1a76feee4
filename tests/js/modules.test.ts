/** Which of the modules is loaded for what: nobody downloads what is not used. */
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { check } from "../support/process.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** `raw()` is a server that speaks by itself, without the engine. */
const PRELUDE = `
  import * as edgepost from "edgepost";
  import { readFile } from "node:fs/promises";
  const { connect, init, loopback, parseAddress, ready, serve } = edgepost;
  const loaded = [];
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args);
    const { exports } = made.instance ?? made;
    // Node has modules of its own.
    const has = (name) => name in exports;
    if (has("serverengine_poll")) loaded.push("whole");
    else if (has("clientengine_poll")) loaded.push("sending");
    else if (has("composeText")) loaded.push("message");
    return made;
  };
  const raw = () => {
    const [near, far] = loopback();
    const writer = far.writable.getWriter();
    const say = (text) => writer.write(new TextEncoder().encode(text + "\\r\\n"));
    void (async () => {
      await say("220 raw.test");
      let heard = "";
      for await (const bytes of far.readable) {
        heard += new TextDecoder().decode(bytes);
        if (heard.endsWith("QUIT\\r\\n")) await say("221 bye");
        else if (heard.endsWith("DATA\\r\\n")) await say("354 go on");
        else await say("250 raw.test");
      }
    })().catch(() => {});
    return near;
  };
  const options = { tls: "off", name: "client.test" };
  const session = async (transport, more) => (await connect(transport, { ...options, ...more })).close();
  const sent = async (message) => {
    const smtp = await connect(raw(), options);
    await smtp.send(message);
    await smtp.close();
  };
  const content = { from: "a@b.test", to: "c@d.test", text: "hello" };
  const served = async () => {
    const [near, far] = loopback();
    await Promise.all([serve(far), session(near)]);
  };
`;

const CASES: readonly [what: string, script: string, modules: string][] = [
  ["sending loads the small module", "await session(raw()); await session(raw());", "sending"],
  [
    "raw content is sent without the module that composes",
    'await sent({ envelope: { from: "a@b.test", to: "c@d.test" }, raw: "Subject: x\\r\\n\\r\\nhello\\r\\n" });',
    "sending",
  ],
  [
    "composing loads a module of its own, once",
    "await sent(content); await sent(content);",
    "sending,message",
  ],
  ["the whole one composes, too", "await ready(); await sent(content);", "whole"],
  ["reading an address loads the whole one", 'await ready(); parseAddress("a@b.test");', "whole"],
  [
    "receiving loads the whole one, which then sends as well",
    "await served(); await session(raw());",
    "whole",
  ],
  ["receiving after sending loads both", "await session(raw()); await served();", "sending,whole"],
  [
    "tracing loads the whole one, which sends as well",
    `let steps = 0;
     await session(raw(), { trace: () => steps++ });
     if (steps < 4) throw new Error("only " + steps + " steps");`,
    "whole",
  ],
  [
    "init takes the whole one, for everything",
    `await init(readFile(new URL(import.meta.resolve("edgepost/edgepost.wasm"))));
     await session(raw());
     await served();
     parseAddress("a@b.test");`,
    "whole",
  ],
  [
    "after an init in vain, sending loads its own",
    `if ((await init(new Uint8Array(8)).catch((error) => error)).name !== "InputError") throw new Error("no error");
     await session(raw());`,
    "sending",
  ],
];

for (const [what, script, modules] of CASES)
  test(what, async () => {
    const code = `${PRELUDE}${script}\nconsole.log(loaded.join());`;
    const { stdout } = await check(process.execPath, ["--input-type=module", "-e", code], { cwd: root });
    assert.equal(stdout.toString().trim(), modules);
  });
