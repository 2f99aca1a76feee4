/** Begins: loads the engine and shows the page. */
import { init } from "edgepost";
import engine from "edgepost/edgepost.wasm?url";
import "./app.js";
import { listen } from "./keys.js";

void init(new URL(engine, import.meta.url));
listen();
// Where there is no such worker, or it is not allowed, the page needs the network each time.
if (import.meta.env.PROD) navigator.serviceWorker?.register("./sw.js").catch(() => {});
