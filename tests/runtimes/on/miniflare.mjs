// Runs a Worker in Miniflare until it is ended, and says where its triggers are.
import { pathToFileURL } from "node:url";

const { miniflare, root, modules, ...options } = JSON.parse(process.argv[2]);
const { Miniflare } = await import(pathToFileURL(miniflare).href);
const worker = new Miniflare({
  host: "127.0.0.1",
  port: 0,
  cf: false,
  modulesRoot: root,
  modules: modules.map((path) => ({ type: path.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path })),
  ...options,
  compatibilityDate: "2026-04-01",
  unsafeTriggerHandlers: true,
});
console.log(`listening on ${await worker.ready}`);
