/** Begins: loads the engine and shows the page. */
import { init } from "edgepost";
import engine from "edgepost/edgepost.wasm?url";
import "./app.js";
import { listen } from "./keys.js";

void init(new URL(engine, import.meta.url));
listen();
