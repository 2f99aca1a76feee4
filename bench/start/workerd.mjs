// How long a program takes to start in workerd: what a request that starts it takes longer than one that does not.
import { once } from "node:events";
import { spawn } from "node:child_process";
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundled } from "./bundle.mjs";

/** What workerd is asked for nothing before: connection and isolate are warm then, and what that takes is known. */
const EMPTY = 200;

/**
 * Milliseconds. The modules of WebAssembly are compiled when the Worker is loaded, before it gets a request; `prepared`: the
 * program, too, has been loaded before.
 */
export function startsInWorkerd(workerd, program, prepared) {
  return bundled(program, "workerd", async (folder) => {
    await copyFile(new URL("worker.mjs", import.meta.url), join(folder, "worker.js"));
    await writeFile(join(folder, "config.capnp"), config(await readdir(folder)));
    // It tells its port on standard output.
    const child = spawn(workerd, ["serve", "config.capnp", "--control-fd=1"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const agent = new Agent({ keepAlive: true });
    try {
      const port = await portOf(child);
      const ask = (path) => answered(`http://127.0.0.1:${port}${path}`, agent);
      if (prepared) await ask("/prepare");
      const empty = [];
      for (let count = 0; count < EMPTY; count++) empty.push(await ask("/"));
      const idle = empty.slice(EMPTY / 2).sort((one, other) => one - other)[EMPTY / 4];
      return (await ask("/start")) - idle;
    } finally {
      agent.destroy();
      const gone = once(child, "exit");
      child.kill();
      await gone;
    }
  });
}

function config(files) {
  const modules = ["worker.js", ...files.filter((file) => file !== "worker.js" && /\.(js|wasm)$/.test(file))];
  const listed = modules.map(
    (file) => `(name = "${file}", ${file.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${file}")`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${listed.join(", ")}],
    compatibilityDate = "2026-04-01",
    compatibilityFlags = ["nodejs_compat"],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

async function portOf(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return port;
  }
  throw new Error("workerd does not start");
}

/** How long a request takes until all of its response is there: milliseconds. */
function answered(url, agent) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    get(url, { agent }, (response) => {
      const words = [];
      response.on("data", (octets) => words.push(octets));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - begin);
        else reject(new Error(`workerd: ${response.statusCode} ${Buffer.concat(words)}`));
      });
    }).on("error", reject);
  });
}
