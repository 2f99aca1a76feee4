/** What Workers import from their runtime, on Node: enough for a handler of mail. */
import { register } from "node:module";

const MODULE = `
  export const connect = () => { throw new Error("there is no network"); };
  export class EmailMessage { constructor(from, to, raw) { Object.assign(this, { from, to, raw }); } }`;
const HOOKS = `export const resolve = (name, context, next) => name.startsWith("cloudflare:")
  ? { url: ${JSON.stringify(urlOf(MODULE))}, shortCircuit: true } : next(name, context);`;

/** What is imported after this call finds the modules of the runtime. */
export function standInForWorkers(): void {
  register(urlOf(HOOKS));
}

function urlOf(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
