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
    if (has("serverengine_poll")) loaded.push(has("clientengine_poll") ? "edgepost" : "serving");
    else if (has("clientengine_poll")) loaded.push("sending");
    else if (has("composeSkeleton")) loaded.push("composing");
    else if (has("parseMessage")) loaded.push("reading");
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
    "sending,composing",
  ],
  ["checking loads the module that reads", 'await edgepost.check("");', "reading"],
  ["reading loads a module of its own", 'await edgepost.parse("");', "reading"],
  [
    "composing without a session loads the module that composes alone",
    "await (await edgepost.compose(content)).bytes(); await edgepost.compose(content);",
    "composing",
  ],
  [
    "reading an address loads the modules that serve and read messages",
    'await ready(); parseAddress("a@b.test");',
    "serving,reading",
  ],
  [
    "an address is read by the module that sends, once it is there",
    'await session(raw()); parseAddress("a@b.test");',
    "sending",
  ],
  [
    "receiving loads the module that serves",
    "await Promise.all([0, 0].map(async () => { const [near, far] = loopback(); const done = serve(far); await near.close(); await done.catch(() => {}); }));",
    "serving",
  ],
  ["receiving after sending loads both", "await session(raw()); await served();", "sending,serving"],
  [
    "tracing loads the module that serves, too",
    `let steps = 0;
     await session(raw(), { trace: () => steps++ });
     if (steps < 4) throw new Error("only " + steps + " steps");`,
    "serving,sending",
  ],
  [
    "speaking for another loads the module that serves, too",
    `await session(raw(), {
       proxy: { source: { address: "192.0.2.1", port: 1 }, destination: { address: "192.0.2.2", port: 25 } },
     });`,
    "serving,sending",
  ],
  [
    "init takes the one that does everything",
    `await init(readFile(new URL(import.meta.resolve("edgepost/edgepost.wasm"))));
     await sent(content);
     await edgepost.compose(content);
     await served();
     parseAddress("a@b.test");`,
    "edgepost",
  ],
  [
    "what has been loaded by itself stays after init",
    `await session(raw());
     await init(readFile(new URL(import.meta.resolve("edgepost/edgepost.wasm"))));
     await sent(content);
     await served();`,
    "sending,edgepost",
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
    // Those that are loaded together come in any order.
    const sorted = (names: string): string => names.trim().split(",").sort().join();
    assert.equal(sorted(stdout.toString()), sorted(modules));
  });
