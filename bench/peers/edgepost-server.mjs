// Edgepost as a server that accepts everything, reads it and forgets it.
import { serve } from "edgepost";
import { listen as accept } from "edgepost/node";

let messages = 0;
let octets = 0;

export async function listen() {
  const listener = accept({ port: 0, host: "127.0.0.1" });
  await listener.ready;
  void session(listener);
  return { port: listener.port };
}

/** What came since the last call. */
export function count() {
  const counted = { messages, octets };
  messages = octets = 0;
  return counted;
}

async function session(listener) {
  const handlers = {
    async onMessage(content) {
      for await (const chunk of content) octets += chunk.length;
      messages += 1;
    },
  };
  const options = { name: "bench.example", size: 0, recipients: 100 };
  for await (const transport of listener) void serve(transport, handlers, options);
}
